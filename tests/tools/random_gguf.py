#!/usr/bin/env python3
"""Writes a language model with random weights as a GGUF file: one of any of the families that the program loads, at any size,
with the tokenizer of another file. For trying what must work with every model, where no published one is at hand.

random_gguf.py OUT --tokenizer FILE.gguf [--architecture qwen2] [--type q8_0] [--hidden 128] [--layers 2] [--heads 4] [--kv-heads 2]
    [--head-width 32] [--window 512] [--seed 1]

Matrices are Q8_0 blocks or float32, norms and biases float32; the same arguments give the same bytes. Standard library alone.
"""

import argparse
import array
import math
import random
import struct
from dataclasses import dataclass
from pathlib import Path

ALIGNMENT = 32
F32, Q8_0 = 0, 8
UINT32, FLOAT32, STRING = 4, 6, 8
FIXED = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}


@dataclass
class Architecture:
    """What a family's files have beside Llama's tensors, or otherwise."""
    biases: bool = False  # of q, k and v
    head_norms: bool = False  # of q and k
    output_norms: bool = False  # behind attention and MLP
    fused_attention: bool = False  # q, k and v are one matrix …
    fused_mlp: bool = False  # … and so are gate and up
    half_turned: bool = False  # the rotation turns half of each head
    own_head: bool = False  # the output layer is not the word embeddings
    windows: bool = False


ARCHITECTURES = {
    "llama": Architecture(),
    "qwen2": Architecture(biases=True),
    "qwen3": Architecture(head_norms=True),
    "gemma3": Architecture(head_norms=True, output_norms=True, windows=True),
    "chatglm": Architecture(biases=True, fused_attention=True, fused_mlp=True, half_turned=True, own_head=True),
    "glm4": Architecture(biases=True, output_norms=True, fused_mlp=True, half_turned=True, own_head=True),
}


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


class Writer:
    """Tensors of a GGUF file, with random values."""

    def __init__(self, seed: int, kind: str):
        self.rng, self.kind = random.Random(seed), kind
        self.tensors: list[tuple[str, tuple[int, ...], int, bytes]] = []

    def matrix(self, name: str, rows: int, columns: int) -> None:
        """Uniform values of variance 1 / columns."""
        if self.kind == "q8_0":
            self.tensors.append((name, (columns, rows), Q8_0, self._q8(rows, columns)))
        else:
            reach = math.sqrt(3.0 / columns)
            values = array.array("f", (reach * (2 * self.rng.random() - 1) for _ in range(rows * columns)))
            self.tensors.append((name, (columns, rows), F32, values.tobytes()))

    def vector(self, name: str, width: int, middle: float) -> None:
        values = array.array("f", (middle + self.rng.uniform(-0.1, 0.1) for _ in range(width)))
        self.tensors.append((name, (width,), F32, values.tobytes()))

    def _q8(self, rows: int, columns: int) -> bytes:
        blocks = rows * columns // 32
        step = struct.pack("<e", math.sqrt(3.0 / columns) / 127)
        numbers, out = self.rng.randbytes(32 * blocks), bytearray(34 * blocks)
        out[0::34], out[1::34] = step[:1] * blocks, step[1:] * blocks
        for place in range(32):
            out[2 + place::34] = numbers[place::32]
        return bytes(out)

    def write(self, out: Path, metadata: list[bytes]) -> None:
        header = b"GGUF" + struct.pack("<IQQ", 3, len(self.tensors), len(metadata)) + b"".join(metadata)
        offset, body = 0, []
        for label, dims, kind, data in self.tensors:
            header += pack_string(label.encode()) + struct.pack(f"<I{len(dims)}QIQ", len(dims), *dims, kind, offset)
            body.append(data + bytes(-len(data) % ALIGNMENT))
            offset += len(body[-1])
        part = out.with_name(out.name + ".part")
        part.write_bytes(header + bytes(-len(header) % ALIGNMENT) + b"".join(body))
        part.rename(out)


def layer(writer: Writer, prefix: str, form: Architecture, hidden: int, inner: int, head: int, queries: int, keys: int) -> None:
    parts = (("attn_qkv", queries + 2 * keys),) if form.fused_attention else (("attn_q", queries), ("attn_k", keys), ("attn_v", keys))
    writer.vector(prefix + "attn_norm.weight", hidden, 1.0)
    for part, rows in parts:
        writer.matrix(prefix + part + ".weight", rows, hidden)
        if form.biases:
            writer.vector(prefix + part + ".bias", rows, 0.0)
        if form.head_norms and part != "attn_v":
            writer.vector(prefix + part + "_norm.weight", head, 1.0)
    writer.matrix(prefix + "attn_output.weight", hidden, queries)
    writer.vector(prefix + "ffn_norm.weight", hidden, 1.0)
    if form.output_norms:
        writer.vector(prefix + "post_attention_norm.weight", hidden, 1.0)
        writer.vector(prefix + "post_ffw_norm.weight", hidden, 1.0)
    if not form.fused_mlp:
        writer.matrix(prefix + "ffn_gate.weight", inner, hidden)
    writer.matrix(prefix + "ffn_up.weight", 2 * inner if form.fused_mlp else inner, hidden)
    writer.matrix(prefix + "ffn_down.weight", hidden, inner)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--tokenizer", type=Path, required=True)
    arguments.add_argument("--architecture", choices=ARCHITECTURES, default="qwen2")
    arguments.add_argument("--type", choices=("q8_0", "f32"), default="q8_0")
    arguments.add_argument("--hidden", type=int, default=128)
    arguments.add_argument("--layers", type=int, default=2)
    arguments.add_argument("--heads", type=int, default=4)
    arguments.add_argument("--kv-heads", type=int, default=2)
    arguments.add_argument("--head-width", type=int, help="default: hidden / heads")
    arguments.add_argument("--window", type=int, default=512, help="of gemma3's local layers")
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    if given.hidden % (32 * given.heads) or given.heads % given.kv_heads:
        raise SystemExit("--hidden must be a multiple of 32 times --heads, and --heads one of --kv-heads.")
    name, form = given.architecture, ARCHITECTURES[given.architecture]
    tokenizer, vocabulary = tokenizer_of(given.tokenizer)
    hidden, inner, head = given.hidden, 2 * given.hidden, given.head_width or given.hidden // given.heads
    writer = Writer(given.seed, given.type)
    writer.matrix("token_embd.weight", vocabulary, hidden)
    writer.vector("output_norm.weight", hidden, 1.0)
    if form.own_head:
        writer.matrix("output.weight", vocabulary, hidden)
    for number in range(given.layers):
        layer(writer, f"blk.{number}.", form, hidden, inner, head, given.heads * head, given.kv_heads * head)

    text = lambda key, value: pack_string(key.encode()) + struct.pack("<I", STRING) + pack_string(value.encode())  # noqa: E731
    whole = lambda key, value: pack_string(f"{name}.{key}".encode()) + struct.pack("<II", UINT32, value)  # noqa: E731
    real = lambda key, value: pack_string(f"{name}.{key}".encode()) + struct.pack("<If", FLOAT32, value)  # noqa: E731
    metadata = [text("general.architecture", name), text("general.name", f"random {name}"), whole("context_length", 2048),
                whole("embedding_length", hidden), whole("block_count", given.layers), whole("feed_forward_length", inner),
                whole("attention.head_count", given.heads), whole("attention.head_count_kv", given.kv_heads),
                whole("attention.key_length", head), whole("attention.value_length", head), whole("vocab_size", vocabulary),
                whole("rope.dimension_count", head // 2 if form.half_turned else head),
                real("attention.layer_norm_rms_epsilon", 1e-6), real("rope.freq_base", 1e6)]
    if form.windows:
        metadata.append(whole("attention.sliding_window", given.window))
    writer.write(given.out, metadata + tokenizer)


if __name__ == "__main__":
    main()
