#!/usr/bin/env python3
"""Writes ChatGLM-6B with random weights as it is published: PyTorch files with THUDM's names, config.json and a tokenizer. At full size
unless told otherwise; for trying memory and time where the published weights are not at hand.

random_chatglm.py FOLDER [--bits 16|8|4] [--layers 28] [--hidden 4096] [--heads 32] [--inner 16384] [--vocabulary 130528] [--seed 1]

4 bits: one file, pytorch_model.bin; 8 and 16: a file for every seven layers and pytorch_model.bin.index.json. Tensor by tensor, so that it
needs little memory. Standard library alone. The tokenizer is the small one of tests/golden: answers are noise in any case.
"""

import argparse
import collections
import json
import pickle
import random
import shutil
import struct
import sys
import types
import zipfile
from pathlib import Path

GOLDEN = Path(__file__).resolve().parent.parent / "golden/tokenizers/sp_unigram_chatglm_like.model"
BYTES = {"HalfStorage": 2, "FloatStorage": 4, "CharStorage": 1}
LAYERS_A_FILE = 7


class _Module:
    """Stands for what torch.save names in a pickle: nothing is called while writing."""

    def __init__(self, name: str, *parts: str):
        module = types.ModuleType(name)
        for part in parts:
            stand_in = type(part, (), {"__module__": name})
            setattr(module, part, stand_in)
            setattr(self, part, stand_in)
        sys.modules[name] = module


TORCH = _Module("torch", *BYTES)
UTILS = _Module("torch._utils", "_rebuild_tensor_v2")


class Tensor:
    def __init__(self, kind: str, shape: tuple[int, ...], write):
        self.kind, self.shape, self.write = kind, shape, write  # write(file, numbers): the payload
        self.key = ""

    def count(self) -> int:
        product = 1
        for size in self.shape:
            product *= size
        return product

    def __reduce__(self):
        strides, step = [], 1
        for size in reversed(self.shape):
            strides.insert(0, step)
            step *= size
        return UTILS._rebuild_tensor_v2, (Storage(self), 0, self.shape, tuple(strides), False, collections.OrderedDict())


class Storage:
    def __init__(self, tensor: Tensor):
        self.tensor = tensor


class Pickler(pickle.Pickler):
    def persistent_id(self, thing):
        if not isinstance(thing, Storage):
            return None
        tensor = thing.tensor
        return "storage", getattr(TORCH, tensor.kind), tensor.key, "cpu", tensor.count()


def aligned(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    """A member whose payload begins on a multiple of 64 bytes, by an extra field of the right length, as torch.save does it."""
    member, zip64 = zipfile.ZipInfo(name), 20
    begin = archive.fp.tell() + 30 + len(name) + zip64 + 4
    padding = -begin % 64
    member.extra = struct.pack("<HH", 0x4246, padding) + b"Z" * padding
    return member


def save(path: Path, tensors: dict[str, Tensor]) -> int:
    """torch.save(tensors, path), payload after payload."""
    total = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for number, tensor in enumerate(tensors.values()):
            tensor.key = str(number)
        with archive.open("archive/data.pkl", "w") as file:
            Pickler(file, protocol=2).dump(collections.OrderedDict(tensors))
        for tensor in tensors.values():
            with archive.open(aligned(archive, f"archive/data/{tensor.key}"), "w", force_zip64=True) as file:
                tensor.write(file, tensor.count())
            total += tensor.count() * BYTES[tensor.kind]
        archive.writestr("archive/version", "3\n")
    return total


class Numbers:
    """Payloads: normal numbers out of one block, whole numbers, scales."""

    def __init__(self, seed: int):
        self.rng = random.Random(seed)
        normal = [self.rng.gauss(0.0, 1.0) for _ in range(1 << 16)]
        self.blocks = {}
        self.normal = normal

    def _repeat(self, file, block: bytes, size: int) -> None:
        start = self.rng.randrange(0, len(block) // 4) * 4
        block = block[start:] + block[:start]
        while size > 0:
            file.write(block[:size])
            size -= len(block)

    def half(self, deviation: float):
        if deviation not in self.blocks:
            self.blocks[deviation] = struct.pack(f"<{len(self.normal)}e", *(deviation * n for n in self.normal))
        return lambda file, numbers: self._repeat(file, self.blocks[deviation], 2 * numbers)

    def constant(self, code: str, value: float):
        return lambda file, numbers: file.write(struct.pack("<" + code, value) * numbers)

    def whole(self, bits: int):
        """8: -127 … 127. 4: two of -7 … 7 in a byte."""
        if bits not in self.blocks:
            if bits == 8:
                self.blocks[bits] = bytes(self.rng.randint(-127, 127) & 255 for _ in range(1 << 18))
            else:
                self.blocks[bits] = bytes((self.rng.randint(-7, 7) & 15) << 4 | self.rng.randint(-7, 7) & 15 for _ in range(1 << 18))
        return lambda file, numbers: self._repeat(file, self.blocks[bits], numbers)


def layer(number: int, given: argparse.Namespace, numbers: Numbers) -> dict[str, Tensor]:
    prefix, hidden, inner = f"transformer.layers.{number}.", given.hidden, given.inner
    made: dict[str, Tensor] = {}
    for norm in ("input_layernorm", "post_attention_layernorm"):
        made[f"{prefix}{norm}.weight"] = Tensor("FloatStorage", (hidden,), numbers.constant("f", 1.0))
        made[f"{prefix}{norm}.bias"] = Tensor("FloatStorage", (hidden,), numbers.constant("f", 0.0))
    for name, out, into in (("attention.query_key_value", 3 * hidden, hidden), ("attention.dense", hidden, hidden),
                            ("mlp.dense_h_to_4h", inner, hidden), ("mlp.dense_4h_to_h", hidden, inner)):
        deviation = into ** -0.5
        if given.bits == 16:
            made[f"{prefix}{name}.weight"] = Tensor("HalfStorage", (out, into), numbers.half(deviation))
        else:
            made[f"{prefix}{name}.weight"] = Tensor("CharStorage", (out, into * given.bits // 8), numbers.whole(given.bits))
            spread = 73.6 if given.bits == 8 else 4.32  # of the whole numbers
            made[f"{prefix}{name}.weight_scale"] = Tensor("HalfStorage", (out,), numbers.constant("e", deviation / spread))
        made[f"{prefix}{name}.bias"] = Tensor("HalfStorage", (out,), numbers.constant("e", 0.0))
    return made


def language_model(given: argparse.Namespace, numbers: Numbers) -> list[dict[str, Tensor]]:
    """A dictionary for each file."""
    words = {"transformer.word_embeddings.weight": Tensor("HalfStorage", (given.vocabulary, given.hidden), numbers.half(0.02))}
    end = {"transformer.final_layernorm.weight": Tensor("FloatStorage", (given.hidden,), numbers.constant("f", 1.0)),
           "transformer.final_layernorm.bias": Tensor("FloatStorage", (given.hidden,), numbers.constant("f", 0.0)),
           "lm_head.weight": Tensor("HalfStorage", (given.vocabulary, given.hidden), numbers.half(0.02))}
    step = given.layers if given.bits == 4 else LAYERS_A_FILE
    parts = []
    for first in range(0, given.layers, step):
        parts.append({} if parts else words)
        for number in range(first, min(first + step, given.layers)):
            parts[-1] |= layer(number, given, numbers)
    parts[-1] |= end
    return parts


def write(folder: Path, parts: list[dict[str, Tensor]], config: dict) -> int:
    """Everything of a published folder; the bytes of all tensors."""
    folder.mkdir(parents=True, exist_ok=True)
    place, total = {}, 0
    for number, tensors in enumerate(parts, 1):
        name = "pytorch_model.bin" if len(parts) == 1 else f"pytorch_model-{number:05}-of-{len(parts):05}.bin"
        total += save(folder / name, tensors)
        place |= {key: name for key in tensors}
    if len(parts) > 1:
        index = {"metadata": {"total_size": total}, "weight_map": place}
        (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index, indent=1) + "\n")
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    shutil.copyfile(GOLDEN, folder / "ice_text.model")
    return total


def add_sizes(arguments: argparse.ArgumentParser) -> None:
    arguments.add_argument("folder", type=Path)
    for name, value in (("layers", 28), ("hidden", 4096), ("heads", 32), ("inner", 16384), ("vocabulary", 130528), ("seed", 1)):
        arguments.add_argument(f"--{name}", type=int, default=value)


def config_of(given: argparse.Namespace) -> dict:
    return {"model_type": "chatglm", "hidden_size": given.hidden, "num_layers": given.layers, "num_attention_heads": given.heads,
            "inner_hidden_size": given.inner, "layernorm_epsilon": 1e-5, "max_sequence_length": 2048, "position_encoding_2d": True,
            "vocab_size": given.vocabulary, "torch_dtype": "float16"}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_sizes(arguments)
    arguments.add_argument("--bits", type=int, default=4)
    given = arguments.parse_args()
    config = config_of(given)
    if given.bits != 16:
        config["quantization_bit"] = given.bits
    total = write(given.folder, language_model(given, Numbers(given.seed)), config)
    print(f"{given.folder}: {total / 1e9:.2f} GB")


if __name__ == "__main__":
    main()
