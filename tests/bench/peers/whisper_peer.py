#!/usr/bin/env python3
"""CTranslate2 beside us: Whisper's encoder on one window of 30 s, one JSON line per line asked.

Usage: whisper_peer.py FOLDER float32|int8 THREADS (in an environment that has ctranslate2; compare.py makes one).
"""
import json
import sys
import time

import ctranslate2
import numpy


def main():
    model = ctranslate2.models.Whisper(sys.argv[1], device="cpu", compute_type=sys.argv[2], intra_threads=int(sys.argv[3]))
    mel = numpy.random.default_rng(1).standard_normal((1, 80, 3000)).astype(numpy.float32) * 0.3

    def encode() -> float:
        start = time.perf_counter()
        numpy.asarray(model.encode(ctranslate2.StorageView.from_array(mel)))
        return time.perf_counter() - start

    encode()
    print(json.dumps({"ready": ctranslate2.__version__}), flush=True)
    for _ in sys.stdin:
        print(json.dumps({"seconds": encode()}), flush=True)


if __name__ == "__main__":
    main()
