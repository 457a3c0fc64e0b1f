#!/usr/bin/env python3
"""llama.cpp beside us: runs a GGUF file through llama-cpp-python and answers one JSON line per line asked.

Asked: {"work": "prefill", "size": 512} or {"work": "decode", "size": 128, "past": 0}. Answered: {"seconds": …}.
Usage: llama_peer.py FILE.gguf THREADS (in an environment that has llama-cpp-python; compare.py makes one).
"""
import ctypes
import json
import sys
import time

import llama_cpp

BATCH = 512


class Peer:
    def __init__(self, file: str, threads: int):
        llama_cpp.llama_backend_init()
        self.model = llama_cpp.llama_model_load_from_file(file.encode(), llama_cpp.llama_model_default_params())
        if not self.model:
            raise SystemExit(f"llama.cpp does not load {file}")
        settings = llama_cpp.llama_context_default_params()
        settings.n_ctx, settings.n_batch, settings.n_ubatch = 2048, BATCH, BATCH
        settings.n_threads = settings.n_threads_batch = threads
        self.context = llama_cpp.llama_init_from_model(self.model, settings)
        self.words = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(self.model))

    def some_words(self, count: int):
        return [(i * 7919 + 1000) % max(self.words - 64, 1) for i in range(count)]

    def clear(self):
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.context), True)

    def read(self, words):
        """The scores of the last word only, as llama_batch_get_one gives them."""
        tokens = (llama_cpp.llama_token * len(words))(*words)
        if llama_cpp.llama_decode(self.context, llama_cpp.llama_batch_get_one(tokens, len(words))) != 0:
            raise SystemExit("llama_decode failed")
        return llama_cpp.llama_get_logits_ith(self.context, -1)

    def best(self, scores) -> int:
        array = (ctypes.c_float * self.words).from_address(ctypes.addressof(scores.contents))
        return max(range(0, self.words, 997), key=array.__getitem__)  # any word does; Python must not be what is timed

    def prefill(self, size: int) -> float:
        self.clear()
        words = self.some_words(size)
        start = time.perf_counter()
        self.read(words)
        return time.perf_counter() - start

    def decode(self, size: int, past: int) -> float:
        self.clear()
        words = self.some_words(max(past, 1))
        for begin in range(0, len(words), BATCH):
            scores = self.read(words[begin:begin + BATCH])
        word = self.best(scores)
        start = time.perf_counter()
        for _ in range(size):
            word = self.best(self.read([word]))
        return time.perf_counter() - start


def main():
    peer = Peer(sys.argv[1], int(sys.argv[2]))
    peer.prefill(8)
    print(json.dumps({"ready": llama_cpp.__version__, "system": llama_cpp.llama_print_system_info().decode()}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        seconds = peer.prefill(asked["size"]) if asked["work"] == "prefill" else peer.decode(asked["size"], asked.get("past", 0))
        print(json.dumps({"seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()
