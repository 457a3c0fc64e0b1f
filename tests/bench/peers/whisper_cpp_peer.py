#!/usr/bin/env python3
"""whisper.cpp beside us: Whisper's encoder on one window of 30 s, one JSON line per line asked.

Usage: whisper_cpp_peer.py MODEL THREADS (in an environment that has pywhispercpp; compare.py makes one). What it calls encoding
ends with the keys and values of the decoder, a twentieth of the work, which cannot be left out.
"""
import ctypes
import importlib.metadata
import json
import pathlib
import sys
import sysconfig
import time

import numpy

# Built from its sources, the package looks for its libraries where they were built; they lie beside it.
for library in ("ggml-base", "ggml-cpu", "ggml", "whisper"):
    ctypes.CDLL(str(pathlib.Path(sysconfig.get_path("platlib")) / f"lib{library}.so"), ctypes.RTLD_GLOBAL)
import _pywhispercpp  # noqa: E402


def main():
    model = _pywhispercpp.whisper_init_from_file_with_params(sys.argv[1], _pywhispercpp.whisper_context_default_params())
    threads = int(sys.argv[2])
    mel = numpy.random.default_rng(1).standard_normal(80 * 3000).astype(numpy.float32) * 0.3
    if _pywhispercpp.whisper_set_mel(model, mel, 3000, 80) != 0:
        raise SystemExit("whisper.cpp does not take the spectrogram")

    def encode() -> float:
        start = time.perf_counter()
        if _pywhispercpp.whisper_encode(model, 0, threads) != 0:
            raise SystemExit("whisper.cpp does not encode")
        return time.perf_counter() - start

    encode()
    print(json.dumps({"ready": importlib.metadata.version("pywhispercpp")}), flush=True)
    for _ in sys.stdin:
        print(json.dumps({"seconds": encode()}), flush=True)


if __name__ == "__main__":
    main()
