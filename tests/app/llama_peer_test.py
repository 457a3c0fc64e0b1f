#!/usr/bin/env python3
"""Greedy answers of the same random GGUF file by llama.cpp and by this program, in float32 or as llama.cpp quantises it.
Usage: llama_peer_test.py ANSWER_LOGITS TESTS ARCHITECTURE [Q4_K_M|Q5_K_M|Q6_K]

Runs only where XLLM_PEER_PYTHON names a Python that has llama-cpp-python (pip install llama-cpp-python): it compiles for a quarter of an hour.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

SKIPPED = 77
PEER = os.environ.get("XLLM_PEER_PYTHON")
TOKENIZER = "golden/llama_smollm2.gguf"  # 160 tokens
PROMPT = [(37 * number * number + 11 * number + 5) % 150 + 5 for number in range(40)]
ANSWERED = 48
# Sizes at which every rule of a family shows: seven layers, one of them global in Gemma 3; a window shorter than the prompt.
SIZES = ["--type", "f32", "--hidden", "128", "--layers", "7", "--heads", "4", "--kv-heads", "2", "--window", "16"]
# Rows of whole super-blocks of 256. Both sides round activations to 8 bits then, each in groups of its own.
QUANTISED_SIZES = ["--type", "f32", "--hidden", "512", "--layers", "4", "--heads", "8", "--kv-heads", "4"]
KINDS = {"Q4_K_M": 15, "Q5_K_M": 17, "Q6_K": 18}  # llama.cpp's numbers
ROUNDED, ROUNDED_TIE = 0.05, 0.12  # of the largest logit; between the best two
FREE_HEADS = ["llama", "qwen3", "gemma3", "glm4"]  # may be wider than hidden / heads; elsewhere the peer knows no such files
# Between the best two logits; where they are nearer, either token is right.
TIED = 1e-3
# Of the largest logit. llama.cpp looks Gemma's GELU up in a table of float16 numbers.
APART = {"gemma3": 1e-3}

ASK_PEER = """
import sys
import numpy
from llama_cpp import Llama
file, out, prompt, answered = sys.argv[1], sys.argv[2], [int(i) for i in sys.argv[3].split(",")], int(sys.argv[4])
model = Llama(file, n_ctx=len(prompt) + answered + 8, n_batch=512, n_threads=1, logits_all=True, type_k=0, type_v=0, verbose=False)  # float32 keys and values
model.eval(prompt)
rows, ids = [], []
for _ in range(answered):
    rows.append(numpy.array(model.scores[model.n_tokens - 1], dtype=numpy.float32))
    ids.append(int(rows[-1].argmax()))
    model.eval([ids[-1]])
numpy.stack(rows).tofile(out)
print(",".join(map(str, ids)))
"""

QUANTISE = """
import sys
import llama_cpp
how = llama_cpp.llama_model_quantize_default_params()
how.ftype = int(sys.argv[3])
sys.exit(llama_cpp.llama_model_quantize(sys.argv[1].encode(), sys.argv[2].encode(), how))
"""

COMPARE = """
import sys
import numpy
ours, peers = (numpy.fromfile(name, dtype=numpy.float32).reshape(int(sys.argv[3]), -1) for name in sys.argv[1:3])
best = numpy.sort(peers, axis=1)
margins, same = best[:, -1] - best[:, -2], ours.argmax(axis=1) == peers.argmax(axis=1)
apart, scale = float(abs(ours - peers).max()), float(abs(peers).max())
print(f"{int(same.sum())} of {len(same)} tokens are the same; logits differ by at most {apart:.1e} of {scale:.2f}; least margin {margins.min():.1e}")
assert apart <= float(sys.argv[5]) * scale, "the logits are not those of the peer"
for place in numpy.flatnonzero(~same):
    assert margins[place] < float(sys.argv[4]), f"token {place} is another one, at a margin of {margins[place]}"
"""


def compare(program, tests, architecture, kind=None):
    with tempfile.TemporaryDirectory() as folder:
        model, ours, peers = (os.path.join(folder, name) for name in ("model.gguf", "ours.f32", "peers.f32"))
        sizes = QUANTISED_SIZES if kind else [*SIZES, *(["--head-width", "64"] if architecture in FREE_HEADS else [])]
        subprocess.run([sys.executable, tests / "tools/random_gguf.py", model, "--tokenizer", tests / TOKENIZER,
                        "--architecture", architecture, *sizes], check=True)
        if kind:
            whole, model = model, os.path.join(folder, kind + ".gguf")
            subprocess.run([PEER, "-c", QUANTISE, whole, model, str(KINDS[kind])], check=True, stderr=subprocess.DEVNULL)
        prompt = ",".join(map(str, PROMPT))
        answer = subprocess.run([PEER, "-c", ASK_PEER, model, peers, prompt, str(ANSWERED)], check=True, stdout=subprocess.PIPE, text=True)
        subprocess.run([program, model, ours, prompt, answer.stdout.strip()], check=True)
        tied, apart = (ROUNDED_TIE, ROUNDED) if kind else (TIED, APART.get(architecture, 1e-4))
        subprocess.run([PEER, "-c", COMPARE, ours, peers, str(ANSWERED), str(tied), str(apart)], check=True)


if __name__ == "__main__":
    if not PEER:
        print("XLLM_PEER_PYTHON names no Python with llama-cpp-python")
        sys.exit(SKIPPED)
    compare(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), *sys.argv[3:])
