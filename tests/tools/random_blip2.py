#!/usr/bin/env python3
"""Writes BLIP-2's eyes with random weights as LAVIS publishes them: EVA ViT-g with float16 matrices, ln_vision, the Q-Former's query
branch, queries and the adapter, in one safetensors file. For measuring memory and time where no published file is at hand.

random_blip2.py OUT [--blocks 39] [--width 1408] [--inner 6144] [--former-layers 12] [--hidden 768] [--llm-width 4096] [--seed 1]

The file is written as it is made; it is complete or not there. The same arguments give the same bytes. Standard library alone.
"""

import argparse
import array
import json
import math
import random
import struct
from pathlib import Path

NOISE = 1_000_003  # values drawn once; a prime, so that rows of a matrix begin at different ones


def tower(given: argparse.Namespace) -> list[tuple[str, str, list[int], str]]:
    """(name, type, shape, kind) of the vision transformer and ln_vision."""
    wide, patches = given.width, (given.side // given.patch) ** 2
    tensors = [("cls_token", "F32", [1, 1, wide], "noise"), ("pos_embed", "F32", [1, patches + 1, wide], "noise"),
               ("patch_embed.proj.weight", "F16", [wide, 3, given.patch, given.patch], "noise"),
               ("patch_embed.proj.bias", "F16", [wide], "noise")]
    for index in range(given.blocks):
        block = f"blocks.{index}."
        for norm in ("norm1", "norm2"):
            tensors += [(f"{block}{norm}.weight", "F32", [wide], "ones"), (f"{block}{norm}.bias", "F32", [wide], "noise")]
        tensors += [(block + "attn.q_bias", "F32", [wide], "noise"), (block + "attn.v_bias", "F32", [wide], "noise"),
                    (block + "attn.qkv.weight", "F16", [3 * wide, wide], "noise")]
        for name, out, into in (("attn.proj", wide, wide), ("mlp.fc1", given.inner, wide), ("mlp.fc2", wide, given.inner)):
            tensors += [(f"{block}{name}.weight", "F16", [out, into], "noise"), (f"{block}{name}.bias", "F16", [out], "noise")]
    last = [("ln_vision.weight", "F32", [wide], "ones"), ("ln_vision.bias", "F32", [wide], "noise")]
    return [("visual_encoder." + name, *rest) for name, *rest in tensors] + last


def former(given: argparse.Namespace) -> list[tuple[str, str, list[int], str]]:
    """The same of the Q-Former and the adapter."""
    hidden, inner = given.hidden, 4 * given.hidden
    tensors = [("query_tokens", "F32", [1, 32, hidden], "noise")]

    def linear(name: str, out: int, into: int) -> None:
        tensors.extend([(name + ".weight", "F32", [out, into], "noise"), (name + ".bias", "F32", [out], "noise")])

    def norm(name: str) -> None:
        tensors.extend([(name + ".weight", "F32", [hidden], "ones"), (name + ".bias", "F32", [hidden], "noise")])

    norm("Qformer.bert.embeddings.LayerNorm")
    for index in range(given.former_layers):
        layer = f"Qformer.bert.encoder.layer.{index}."
        for attention, memory in (("attention", hidden), ("crossattention", given.width)):
            if attention == "crossattention" and index % 2:
                continue
            linear(layer + attention + ".self.query", hidden, hidden)
            linear(layer + attention + ".self.key", hidden, memory)
            linear(layer + attention + ".self.value", hidden, memory)
            linear(layer + attention + ".output.dense", hidden, hidden)
            norm(layer + attention + ".output.LayerNorm")
        linear(layer + "intermediate_query.dense", inner, hidden)
        linear(layer + "output_query.dense", hidden, inner)
        norm(layer + "output_query.LayerNorm")
    linear("opt_proj", given.llm_width, hidden)
    return tensors


def values(kind: str, stored: str, count: int, noise: dict[str, bytes], start: int):
    """The bytes of `count` values, in pieces."""
    size = {"F16": 2, "F32": 4}[stored]
    if kind == "ones":
        yield struct.pack("<e" if stored == "F16" else "<f", 1.0) * count
        return
    drawn = noise[stored]
    while count > 0:
        piece = drawn[start * size:(start + count) * size]
        yield piece
        count -= len(piece) // size
        start = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    for name, standard in (("blocks", 39), ("width", 1408), ("inner", 6144), ("former-layers", 12), ("hidden", 768),
                           ("llm-width", 4096), ("side", 224), ("patch", 14), ("seed", 1)):
        parser.add_argument("--" + name, type=int, default=standard)
    given = parser.parse_args()

    rng = random.Random(given.seed)
    drawn = array.array("f", (rng.gauss(0.0, 0.02) for _ in range(NOISE)))
    noise = {"F16": struct.pack(f"<{NOISE}e", *drawn), "F32": struct.pack(f"<{NOISE}f", *drawn)}
    header, at = {}, 0
    tensors = tower(given) + former(given)
    for name, stored, shape, _ in tensors:
        size = math.prod(shape) * {"F16": 2, "F32": 4}[stored]
        header[name] = {"dtype": stored, "shape": shape, "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 64)
    part = given.out.with_name(given.out.name + ".part")
    with part.open("wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        for _, stored, shape, kind in tensors:
            for piece in values(kind, stored, math.prod(shape), noise, rng.randrange(NOISE)):
                out.write(piece)
    part.rename(given.out)


if __name__ == "__main__":
    main()
