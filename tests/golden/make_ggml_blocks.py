#!/usr/bin/env python3
"""Random blocks of ggml's formats and the values they stand for, by the published `gguf` package (pip install gguf safetensors).

make_ggml_blocks.py  ->  ggml_blocks.safetensors, ggml_blocks.json beside this file. `input.TYPE` [rows, bytes], `expected.TYPE` [rows, values].
"""
import importlib.metadata
import json
import pathlib

import gguf
import numpy as np
from gguf.quants import dequantize
from safetensors.numpy import save_file

# Type: values and bytes of a block, and where its half-precision scales stand; every other byte may be anything.
TYPES = {
    "Q5_1": (32, 24, [0, 2]),
    "Q2_K": (256, 84, [80, 82]),
    "Q3_K": (256, 110, [108]),
    "Q5_K": (256, 176, [0, 2]),
}


def blocks(random, count, size, scales):
    made = random.integers(0, 256, (count, size), dtype=np.uint8)
    for at in scales:
        made[:, at : at + 2] = random.uniform(-0.1, 0.1, count).astype(np.float16).view(np.uint8).reshape(count, 2)
    return made


def main():
    random = np.random.default_rng(20260301)
    tensors = {}
    for name, (values, size, scales) in TYPES.items():
        stored = blocks(random, 2 * (512 // values), size, scales).reshape(2, -1)
        tensors[f"input.{name}"] = stored
        expected = dequantize(stored, gguf.GGMLQuantizationType[name])
        assert expected.shape == (2, 512) and expected.dtype == np.float32 and np.isfinite(expected).all()
        tensors[f"expected.{name}"] = expected
    here = pathlib.Path(__file__).parent
    save_file(tensors, here / "ggml_blocks.safetensors")
    about = {
        "config": {name: {"values": values, "bytes": size} for name, (values, size, _) in TYPES.items()},
        "recommended_tolerance": "1e-6 of the largest value",
        "provenance": {"reference": "gguf", "version": importlib.metadata.version("gguf"), "made_by": "tests/golden/make_ggml_blocks.py"},
        "tensors": {name: list(tensor.shape) for name, tensor in tensors.items()},
    }
    (here / "ggml_blocks.json").write_text(json.dumps(about, indent=1) + "\n")


if __name__ == "__main__":
    main()
