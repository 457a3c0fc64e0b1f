#!/usr/bin/env python3
"""Writes the Whisper of a CTranslate2 file as whisper.cpp wants it: the same float16 weights under OpenAI's names.

Usage: whisper_ggml.py FROM.ct2.bin TO.bin (in an environment that has numpy; compare.py makes one). whisper.cpp is timed on its
encoder alone, so the tokens' texts are numbers and the mel filters zeros.
"""
import pathlib
import struct
import sys

import numpy

MAGIC, FLOAT32, FLOAT16 = 0x67676D6C, 0, 1
HEAD_WIDTH, BINS = 64, 201  # of Whisper at every size


def stored(file):
    """name -> array, of CTranslate2's binary format, version 6 (its model.cc)."""
    data, at = file.read_bytes(), 0

    def read(form):
        nonlocal at
        values = struct.unpack_from("<" + form, data, at)
        at += struct.calcsize("<" + form)
        return values

    def text():
        return read(f"{read('H')[0]}s")[0].rstrip(b"\0").decode()

    read("I"), text(), read("I")
    tensors = {}
    for _ in range(read("I")[0]):
        name, rank = text(), read("B")[0]
        shape, kind, size = read(f"{rank}I"), read("B")[0], read("I")[0]
        if kind in (0, 4):
            dtype = numpy.float32 if kind == 0 else numpy.float16
            tensors[name] = numpy.frombuffer(data, dtype, size // numpy.dtype(dtype).itemsize, at).reshape(shape)
        at += size
    return tensors


def linear(tensors, source, target, parts=("",)):
    """One matrix of CTranslate2's may hold several of OpenAI's, below each other; keys have no bias there."""
    weights = numpy.split(tensors[source + "/weight"], len(parts))
    biases = numpy.split(tensors[source + "/bias"], len(parts))
    for part, weight, bias in zip(parts, weights, biases):
        yield f"{target}{part}.weight", weight
        if part != ".key":
            yield f"{target}{part}.bias", bias


def norm(tensors, source, target):
    yield f"{target}.weight", tensors[source + "/gamma"]
    yield f"{target}.bias", tensors[source + "/beta"]


def attention(tensors, source, target):
    crossed = source.endswith("/attention")
    yield from norm(tensors, source + "/layer_norm", target + "_ln")
    if crossed:
        yield from linear(tensors, source + "/linear_0", target, (".query",))
        yield from linear(tensors, source + "/linear_1", target, (".key", ".value"))
    else:
        yield from linear(tensors, source + "/linear_0", target, (".query", ".key", ".value"))
    yield from linear(tensors, f"{source}/linear_{2 if crossed else 1}", target, (".out",))


def layers(tensors, half):
    return len({name.split("/")[1] for name in tensors if name.startswith(f"{half}/layer_")} - {"layer_norm"})


def renamed(tensors):
    """(OpenAI's name, array) of all that whisper.cpp asks for."""
    for half in ("encoder", "decoder"):
        yield f"{half}.positional_embedding", tensors[f"{half}/position_encodings/encodings"]
        yield from norm(tensors, f"{half}/layer_norm", f"{half}.ln_post" if half == "encoder" else f"{half}.ln")
        for layer in range(layers(tensors, half)):
            source, target = f"{half}/layer_{layer}", f"{half}.blocks.{layer}"
            yield from attention(tensors, f"{source}/self_attention", f"{target}.attn")
            if half == "decoder":
                yield from attention(tensors, f"{source}/attention", f"{target}.cross_attn")
            yield from norm(tensors, f"{source}/ffn/layer_norm", f"{target}.mlp_ln")
            yield from linear(tensors, f"{source}/ffn/linear_0", f"{target}.mlp", (".0",))
            yield from linear(tensors, f"{source}/ffn/linear_1", f"{target}.mlp", (".2",))
    for number in (1, 2):
        yield f"encoder.conv{number}.weight", tensors[f"encoder/conv{number}/weight"]
        yield f"encoder.conv{number}.bias", tensors[f"encoder/conv{number}/bias"].reshape(-1, 1)
    yield "decoder.token_embedding.weight", tensors["decoder/embeddings/weight"]


def write(tensors, to):
    vocabulary, width = tensors["decoder/embeddings/weight"].shape
    frames, positions = (tensors[f"{half}/position_encodings/encodings"].shape[0] for half in ("encoder", "decoder"))
    heads, mels = width // HEAD_WIDTH, tensors["encoder/conv1/weight"].shape[1]
    to.write(struct.pack("<12i", MAGIC, vocabulary, frames, width, heads, layers(tensors, "encoder"), positions, width, heads,
                         layers(tensors, "decoder"), mels, FLOAT16))
    to.write(struct.pack("<2i", mels, BINS) + bytes(4 * mels * BINS))
    to.write(struct.pack("<i", vocabulary))
    for token in range(vocabulary):
        word = str(token).encode()
        to.write(struct.pack("<i", len(word)) + word)
    for name, array in renamed(tensors):
        small = array.ndim < 2 or name.endswith((".positional_embedding", ".bias"))
        array = numpy.ascontiguousarray(array, numpy.float32 if small else numpy.float16)
        to.write(struct.pack("<3i", array.ndim, len(name), FLOAT32 if small else FLOAT16))
        to.write(struct.pack(f"<{array.ndim}i", *reversed(array.shape)) + name.encode() + array.tobytes())


if __name__ == "__main__":
    source, target = map(pathlib.Path, sys.argv[1:])
    partial = target.with_suffix(".partial")
    with open(partial, "wb") as file:
        write(stored(source), file)
    partial.rename(target)
