#!/usr/bin/env python3
"""Writes a language model with random weights as a GGUF file: one of any of the families that the program loads, at any size,
with the tokenizer of another file. For trying what must work with every model, where no published one is at hand.

random_gguf.py OUT --tokenizer FILE.gguf [--architecture qwen2] [--hidden 128] [--layers 2] [--heads 4] [--kv-heads 2] [--seed 1]

Matrices are Q8_0 blocks, norms and biases float32; the same arguments give the same bytes. Standard library alone.
"""

import argparse
import math
import random
import struct
from pathlib import Path

ALIGNMENT = 32
F32, Q8_0 = 0, 8
UINT32, FLOAT32, STRING = 4, 6, 8
FIXED = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
BIASED, NORMED = {"qwen2"}, {"qwen3"}


def pack_string(text: bytes) -> bytes:
    return struct.pack("<Q", len(text)) + text


def value_end(data: bytes, at: int, kind: int) -> int:
    """Where a metadata value that starts at `at` ends."""
    if kind == STRING:
        return at + 8 + struct.unpack_from("<Q", data, at)[0]
    if kind == 9:
        element, count = struct.unpack_from("<IQ", data, at)
        at += 12
        if element in FIXED:
            return at + count * struct.calcsize(FIXED[element])
        for _ in range(count):
            at = value_end(data, at, element)
        return at
    return at + struct.calcsize(FIXED[kind])


def tokenizer_of(file: Path) -> tuple[list[bytes], int]:
    """The metadata entries "tokenizer.…" of a GGUF file as they stand there, and how many tokens it has."""
    data = file.read_bytes()
    at, entries, tokens = 24, [], 0
    for _ in range(struct.unpack_from("<Q", data, 16)[0]):
        start = at
        length = struct.unpack_from("<Q", data, at)[0]
        key = data[at + 8:at + 8 + length]
        at += 8 + length
        kind = struct.unpack_from("<I", data, at)[0]
        if key == b"tokenizer.ggml.tokens":
            tokens = struct.unpack_from("<Q", data, at + 8)[0]
        at = value_end(data, at + 4, kind)
        if key.startswith(b"tokenizer."):
            entries.append(data[start:at])
    return entries, tokens


def q8(rng: random.Random, rows: int, columns: int) -> bytes:
    """Uniform values of variance 1 / columns."""
    blocks = rows * columns // 32
    step = struct.pack("<e", math.sqrt(3.0 / columns) / 127)
    numbers, out = rng.randbytes(32 * blocks), bytearray(34 * blocks)
    out[0::34], out[1::34] = step[:1] * blocks, step[1:] * blocks
    for place in range(32):
        out[2 + place::34] = numbers[place::32]
    return bytes(out)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--tokenizer", type=Path, required=True)
    arguments.add_argument("--architecture", choices=("llama", "qwen2", "qwen3"), default="qwen2")
    arguments.add_argument("--hidden", type=int, default=128)
    arguments.add_argument("--layers", type=int, default=2)
    arguments.add_argument("--heads", type=int, default=4)
    arguments.add_argument("--kv-heads", type=int, default=2)
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    if given.hidden % (32 * given.heads) or given.heads % given.kv_heads:
        raise SystemExit("--hidden must be a multiple of 32 times --heads, and --heads one of --kv-heads.")
    rng, name = random.Random(given.seed), given.architecture
    tokenizer, vocabulary = tokenizer_of(given.tokenizer)
    hidden, inner, head = given.hidden, 2 * given.hidden, given.hidden // given.heads
    keys = given.kv_heads * head
    tensors: list[tuple[str, tuple[int, ...], int, bytes]] = []

    def matrix(label: str, rows: int, columns: int) -> None:
        tensors.append((label + ".weight", (columns, rows), Q8_0, q8(rng, rows, columns)))

    def vector(label: str, width: int, middle: float) -> None:
        tensors.append((label, (width,), F32, struct.pack(f"<{width}f", *(middle + rng.uniform(-0.1, 0.1) for _ in range(width)))))

    matrix("token_embd", vocabulary, hidden)
    vector("output_norm.weight", hidden, 1.0)
    for number in range(given.layers):
        layer = f"blk.{number}."
        vector(layer + "attn_norm.weight", hidden, 1.0)
        for part, rows in (("attn_q", hidden), ("attn_k", keys), ("attn_v", keys)):
            matrix(layer + part, rows, hidden)
            if name in BIASED:
                vector(layer + part + ".bias", rows, 0.0)
            if name in NORMED and part != "attn_v":
                vector(layer + part + "_norm.weight", head, 1.0)
        matrix(layer + "attn_output", hidden, hidden)
        vector(layer + "ffn_norm.weight", hidden, 1.0)
        matrix(layer + "ffn_gate", inner, hidden)
        matrix(layer + "ffn_up", inner, hidden)
        matrix(layer + "ffn_down", hidden, inner)

    text = lambda key, value: pack_string(key.encode()) + struct.pack("<I", STRING) + pack_string(value.encode())  # noqa: E731
    whole = lambda key, value: pack_string(f"{name}.{key}".encode()) + struct.pack("<II", UINT32, value)  # noqa: E731
    real = lambda key, value: pack_string(f"{name}.{key}".encode()) + struct.pack("<If", FLOAT32, value)  # noqa: E731
    metadata = [text("general.architecture", name), text("general.name", f"random {name}"), whole("context_length", 2048),
                whole("embedding_length", hidden), whole("block_count", given.layers), whole("feed_forward_length", inner),
                whole("attention.head_count", given.heads), whole("attention.head_count_kv", given.kv_heads),
                whole("attention.key_length", head), whole("attention.value_length", head), whole("vocab_size", vocabulary),
                real("attention.layer_norm_rms_epsilon", 1e-6), real("rope.freq_base", 1e6), *tokenizer]
    header = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata)) + b"".join(metadata)
    offset, body = 0, []
    for label, dims, kind, data in tensors:
        header += pack_string(label.encode()) + struct.pack(f"<I{len(dims)}QIQ", len(dims), *dims, kind, offset)
        body.append(data + bytes(-len(data) % ALIGNMENT))
        offset += len(body[-1])
    part = given.out.with_name(given.out.name + ".part")
    part.write_bytes(header + bytes(-len(header) % ALIGNMENT) + b"".join(body))
    part.rename(given.out)


if __name__ == "__main__":
    main()
