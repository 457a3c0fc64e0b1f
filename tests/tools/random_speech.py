#!/usr/bin/env python3
"""Writes X-LLM's ears with random weights: a Conformer with WeNet's names and sizes (80 bins, a quarter of the frame rate, 512 wide, 12 blocks),
and S2L (CIF, a C-Former of BERT's size, the adapter to the language model). For measuring where no published file is at hand.

random_speech.py FOLDER [--blocks 12] [--width 512] [--inner 2048] [--heads 8] [--former-layers 12] [--hidden 768] [--llm-width 4096] [--seed 1]

FOLDER/conformer.safetensors and FOLDER/s2l.safetensors, float32. The same arguments give the same bytes. Standard library alone.
"""

import argparse
import array
import json
import math
import random
import struct
from pathlib import Path

BINS, KERNEL, POSITIONS = 80, 15, 512


class Tensors:
    """Names and shapes, with a deviation for random values, or one value for all."""

    def __init__(self):
        self.all: list[tuple[str, list[int], float, float]] = []  # name, shape, middle, deviation

    def add(self, name: str, shape: list[int], middle: float = 0.0, deviation: float = 0.0) -> None:
        self.all.append((name, shape, middle, deviation))

    def linear(self, name: str, out: int, into: int, bias: bool = True, kernel: tuple[int, ...] = ()) -> None:
        self.add(name + ".weight", [out, into, *kernel], 0.0, (into * math.prod(kernel)) ** -0.5)
        if bias:
            self.add(name + ".bias", [out])

    def norm(self, name: str, width: int) -> None:
        self.add(name + ".weight", [width], 1.0)
        self.add(name + ".bias", [width])

    def write(self, path: Path, seed: int) -> None:
        rng = random.Random(seed)
        noise = array.array("f", (rng.gauss(0.0, 1.0) for _ in range(100_003)))
        header, at = {}, 0
        for name, shape, _, _ in self.all:
            size = 4 * math.prod(shape)
            header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + size]}
            at += size
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 64)
        part = path.with_name(path.name + ".part")
        with part.open("wb") as out:
            out.write(struct.pack("<Q", len(text)) + text)
            for _, shape, middle, deviation in self.all:
                count, start = math.prod(shape), rng.randrange(len(noise))
                values = array.array("f", (middle + deviation * value for value in noise)) if deviation else array.array("f", [middle])
                while count > 0:
                    piece = values[start % len(values):][:count]
                    piece.tofile(out)
                    count, start = count - len(piece), 0
        part.rename(path)


def conformer(given: argparse.Namespace) -> Tensors:
    wide, tensors = given.width, Tensors()
    tensors.add("encoder.global_cmvn.mean", [BINS], 10.0)
    tensors.add("encoder.global_cmvn.istd", [BINS], 0.25)
    tensors.linear("encoder.embed.conv.0", wide, 1, kernel=(3, 3))
    tensors.linear("encoder.embed.conv.2", wide, wide, kernel=(3, 3))
    tensors.linear("encoder.embed.out.0", wide, wide * (((BINS - 1) // 2 - 1) // 2))
    for index in range(given.blocks):
        block = f"encoder.encoders.{index}."
        for part in ("feed_forward", "feed_forward_macaron"):
            tensors.linear(block + part + ".w_1", given.inner, wide)
            tensors.linear(block + part + ".w_2", wide, given.inner)
        for part in ("q", "k", "v", "out"):
            tensors.linear(block + "self_attn.linear_" + part, wide, wide)
        tensors.linear(block + "self_attn.linear_pos", wide, wide, bias=False)
        for bias in ("pos_bias_u", "pos_bias_v"):
            tensors.add(block + "self_attn." + bias, [given.heads, wide // given.heads])
        tensors.linear(block + "conv_module.pointwise_conv1", 2 * wide, wide, kernel=(1,))
        tensors.linear(block + "conv_module.depthwise_conv", wide, 1, kernel=(KERNEL,))
        tensors.linear(block + "conv_module.pointwise_conv2", wide, wide, kernel=(1,))
        tensors.norm(block + "conv_module.norm", wide)
        tensors.add(block + "conv_module.norm.running_mean", [wide])
        tensors.add(block + "conv_module.norm.running_var", [wide], 1.0)
        for part in ("conv", "ff", "ff_macaron", "final", "mha"):
            tensors.norm(block + "norm_" + part, wide)
    tensors.norm("encoder.after_norm", wide)
    return tensors


def s2l(given: argparse.Namespace) -> Tensors:
    hidden, inner, tensors = given.hidden, 4 * given.hidden, Tensors()
    tensors.linear("cif.conv", given.width, given.width, kernel=(3,))
    tensors.linear("cif.weight_proj", 1, given.width)
    tensors.linear("pre_bert_proj", hidden, given.width)
    embeddings = "speech_bert_adaptor.embeddings."
    tensors.add(embeddings + "position_embeddings.weight", [POSITIONS, hidden], 0.0, 0.02)
    tensors.add(embeddings + "token_type_embeddings.weight", [2, hidden], 0.0, 0.02)
    tensors.norm(embeddings + "LayerNorm", hidden)
    for index in range(given.former_layers):
        layer = f"speech_bert_adaptor.encoder.layer.{index}."
        for part in ("query", "key", "value"):
            tensors.linear(layer + "attention.self." + part, hidden, hidden)
        tensors.linear(layer + "attention.output.dense", hidden, hidden)
        tensors.norm(layer + "attention.output.LayerNorm", hidden)
        tensors.linear(layer + "intermediate.dense", inner, hidden)
        tensors.linear(layer + "output.dense", hidden, inner)
        tensors.norm(layer + "output.LayerNorm", hidden)
    tensors.linear("post_bert_proj", given.llm_width, hidden)
    return tensors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    for name, standard in (("blocks", 12), ("width", 512), ("inner", 2048), ("heads", 8), ("former-layers", 12), ("hidden", 768),
                           ("llm-width", 4096), ("seed", 1)):
        parser.add_argument("--" + name, type=int, default=standard)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    conformer(given).write(given.folder / "conformer.safetensors", given.seed)
    s2l(given).write(given.folder / "s2l.safetensors", given.seed + 1)


if __name__ == "__main__":
    main()
