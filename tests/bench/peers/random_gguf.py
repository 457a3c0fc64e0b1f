#!/usr/bin/env python3
"""A GGUF file of ChatGLM-6B's size with random weights in Q4_0, that llama.cpp and we both load: 28 layers, 4096 wide, 32 heads.

Of architecture llama, whose gated feed-forward holds three matrices instead of two: 10944 wide, it has the weights of 16384.
As many COLUMNS as are wanted (a multiple of 32) have the same scale; in the file it stands once for each 32 all the same.
Usage: random_gguf.py FILE COLUMNS [LAYERS] (in an environment that has gguf and numpy; compare.py makes one).
"""
import sys

import gguf
import numpy

WIDTH, FORWARD, HEADS, WORDS = 4096, 10944, 32, 130528
random = numpy.random.default_rng(7)


def q4_0(out: int, width: int, columns: int) -> numpy.ndarray:
    """Blocks of a scale in float16 and 32 numbers of 4 bits, as bytes [out, width / 32 · 18]: products stay near 1."""
    groups = width // 32
    blocks = random.integers(0, 256, (out, groups, 18), dtype=numpy.uint8)
    scales = random.uniform(0.8, 1.2, (out, -(-width // columns))).astype(numpy.float32) / (4.6 * width**0.5)
    own = numpy.repeat(scales.astype(numpy.float16), columns // 32, axis=1)[:, :groups, None]
    blocks[:, :, :2] = numpy.ascontiguousarray(own).view(numpy.uint8)
    return blocks.reshape(out, -1)


def main():
    columns = int(sys.argv[2])
    layers = int(sys.argv[3]) if len(sys.argv) > 3 else 28
    writer = gguf.GGUFWriter(sys.argv[1], "llama", use_temp_file=False)
    writer.add_name("random 6B")
    writer.add_context_length(2048)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(WORDS)
    writer.add_tokenizer_model("no_vocab")

    def add(name, out, width):
        writer.add_tensor(name, q4_0(out, width, columns), raw_dtype=gguf.GGMLQuantizationType.Q4_0)

    def ones(name):
        writer.add_tensor(name, numpy.ones(WIDTH, dtype=numpy.float32))

    add("token_embd.weight", WORDS, WIDTH)
    for layer in range(layers):
        ones(f"blk.{layer}.attn_norm.weight")
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            add(f"blk.{layer}.{part}.weight", WIDTH, WIDTH)
        ones(f"blk.{layer}.ffn_norm.weight")
        add(f"blk.{layer}.ffn_gate.weight", FORWARD, WIDTH)
        add(f"blk.{layer}.ffn_up.weight", FORWARD, WIDTH)
        add(f"blk.{layer}.ffn_down.weight", WIDTH, FORWARD)
    ones("output_norm.weight")
    add("output.weight", WORDS, WIDTH)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
