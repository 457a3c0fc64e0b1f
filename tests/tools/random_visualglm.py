#!/usr/bin/env python3
"""Writes VisualGLM-6B with random weights as it is published: PyTorch files with THUDM's names for the language model and
SwissArmyTransformer's for the eyes (`image_encoder.vit.`, `.qformer.`, `.glm_proj.`), an index, config.json and a tokenizer.

random_visualglm.py FOLDER [sizes of the language model as in random_chatglm.py] [--blocks 39] [--width 1408] [--vit-heads 16]
    [--vit-inner 6144] [--side 224] [--patch 14] [--former-layers 12] [--former-width 768] [--former-heads 12] [--queries 32]

At full size unless told otherwise; the eyes are a file of their own. Tensor by tensor; standard library alone.
"""

import argparse

from random_chatglm import Numbers, Tensor, add_sizes, config_of, language_model, write

VIT, FORMER = "image_encoder.vit.", "image_encoder.qformer.transformer."


class Eyes:
    """Tensors of both transformers, in half precision."""

    def __init__(self, numbers: Numbers):
        self.numbers, self.tensors = numbers, {}

    def noise(self, name: str, *shape: int, deviation: float = 0.02) -> None:
        self.tensors[name] = Tensor("HalfStorage", shape, self.numbers.half(deviation))

    def linear(self, name: str, out: int, into: int) -> None:
        self.noise(name + ".weight", out, into, deviation=into ** -0.5)
        self.noise(name + ".bias", out)

    def norm(self, name: str, wide: int) -> None:
        self.tensors[name + ".weight"] = Tensor("HalfStorage", (wide,), self.numbers.constant("e", 1.0))
        self.noise(name + ".bias", wide)

    def tower(self, given: argparse.Namespace) -> None:
        wide, cells = given.width, (given.side // given.patch) ** 2 + 1
        self.noise(VIT + "mixins.patch_embedding.proj.weight", wide, 3, given.patch, given.patch)
        self.noise(VIT + "mixins.patch_embedding.proj.bias", wide)
        self.noise(VIT + "transformer.word_embeddings.weight", 1, wide)
        self.noise(VIT + "transformer.position_embeddings.weight", cells, wide)
        for number in range(given.blocks):
            block = f"{VIT}transformer.layers.{number}."
            self.norm(block + "input_layernorm", wide)
            self.linear(block + "attention.query_key_value", 3 * wide, wide)
            self.linear(block + "attention.dense", wide, wide)
            self.norm(block + "post_attention_layernorm", wide)
            self.linear(block + "mlp.dense_h_to_4h", given.vit_inner, wide)
            self.linear(block + "mlp.dense_4h_to_h", wide, given.vit_inner)
        self.norm(VIT + "mixins.cls.ln_vision", wide)

    def former(self, given: argparse.Namespace) -> None:
        wide = given.former_width
        self.noise(FORMER + "word_embeddings.weight", given.queries, wide, deviation=1.0)
        for number in range(given.former_layers):
            layer = f"{FORMER}layers.{number}."
            self.norm(layer + "input_layernorm", wide)
            self.linear(layer + "attention.query_key_value", 3 * wide, wide)
            self.linear(layer + "attention.dense", wide, wide)
            self.norm(layer + "post_attention_layernorm", wide)
            if number % 2 == 0:
                self.linear(layer + "cross_attention.query", wide, wide)
                self.linear(layer + "cross_attention.key_value", 2 * wide, given.width)
                self.linear(layer + "cross_attention.dense", wide, wide)
                self.norm(layer + "post_cross_attention_layernorm", wide)
            self.linear(layer + "mlp.dense_h_to_4h", 4 * wide, wide)
            self.linear(layer + "mlp.dense_4h_to_h", wide, 4 * wide)
        self.norm(FORMER + "final_layernorm", wide)
        self.linear("image_encoder.glm_proj", given.hidden, wide)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_sizes(arguments)
    for name, value in (("blocks", 39), ("width", 1408), ("vit-heads", 16), ("vit-inner", 6144), ("side", 224), ("patch", 14),
                        ("former-layers", 12), ("former-width", 768), ("former-heads", 12), ("queries", 32)):
        arguments.add_argument(f"--{name}", type=int, default=value)
    given = arguments.parse_args()
    given.bits = 16
    numbers = Numbers(given.seed)
    eyes = Eyes(numbers)
    eyes.tower(given)
    eyes.former(given)
    config = config_of(given) | {
        "image_length": given.queries,
        "eva_config": {"num_layers": given.blocks, "hidden_size": given.width, "num_attention_heads": given.vit_heads,
                       "inner_hidden_size": given.vit_inner, "layernorm_epsilon": 1e-6, "image_size": [given.side, given.side],
                       "patch_size": given.patch},
        "qformer_config": {"num_layers": given.former_layers, "hidden_size": given.former_width, "num_attention_heads": given.former_heads,
                           "vocab_size": given.queries, "cross_attn_hidden_size": given.width, "layernorm_epsilon": 1e-12}}
    total = write(given.folder, [*language_model(given, numbers), eyes.tensors], config)
    print(f"{given.folder}: {total / 1e9:.2f} GB")


if __name__ == "__main__":
    main()
