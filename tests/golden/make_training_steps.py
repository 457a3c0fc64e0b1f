"""Makes training_<stage>.safetensors and .json: for a tiny configuration of each training stage the inputs, the weights
at the start, the scores and every gradient of the first step, and the loss of ten AdamW steps, in float32 without
dropout. Run where this file lies, with torch, numpy and safetensors:

    python make_training_steps.py

Weights are pseudo-random; the language model of stages 2 and 3 is llama_smollm2.safetensors, kept frozen."""

import json
import math
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

import training_models as models

HERE = Path(__file__).parent
STEPS = 10
OPTIMIZER = {"steps": STEPS, "warmupSteps": 3, "learningRate": 2e-3, "finalLearningRate": 1e-5, "weightDecay": 0.05,
             "beta1": 0.9, "beta2": 0.999, "clipNorm": 1.0}


def learning_rate(step):
    """Linear over the warm-up, then a cosine per step, down to the final rate at the last."""
    o = OPTIMIZER
    if step < o["warmupSteps"]:
        return o["learningRate"] * (step + 1) / o["warmupSteps"]
    share = (step - o["warmupSteps"]) / (STEPS - 1 - o["warmupSteps"])
    return o["finalLearningRate"] + (o["learningRate"] - o["finalLearningRate"]) * 0.5 * (1 + math.cos(math.pi * share))


def train(parameters, trained, loss_of):
    """Ten steps; `trained` says which parameters take part. Answers what the C++ tests compare."""
    leaves = {k: v.clone().requires_grad_(trained(k)) for k, v in parameters.items()}
    mine = {k: v for k, v in leaves.items() if v.requires_grad}
    groups = [{"params": [v for v in mine.values() if v.dim() >= 2], "weight_decay": OPTIMIZER["weightDecay"]},
              {"params": [v for v in mine.values() if v.dim() < 2], "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW([g for g in groups if g["params"]], betas=(OPTIMIZER["beta1"], OPTIMIZER["beta2"]),
                                  eps=1e-8)
    out, losses = {}, []
    for step in range(STEPS):
        optimizer.zero_grad()
        loss, scores = loss_of(leaves)
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            out.update({f"expected.{k}": v.detach().clone() for k, v in scores.items()})
            out.update({f"expected.gradient.{k}": v.grad.clone() for k, v in mine.items() if v.grad is not None})
        with torch.no_grad():
            grads = [v.grad for v in mine.values() if v.grad is not None]
            total = torch.sqrt(sum(g.double().pow(2).sum() for g in grads)).item()
            if total > OPTIMIZER["clipNorm"]:
                for g in grads:
                    g.mul_(OPTIMIZER["clipNorm"] / total)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step)
        optimizer.step()
    out["expected.losses"] = torch.tensor(losses)
    print("  losses", " ".join(f"{x:.5f}" for x in losses))
    return out


def save(name, weights, inputs, expected, config, notes):
    tensors = dict(weights)
    tensors.update({f"input.{k}": v for k, v in inputs.items()})
    tensors.update(expected)
    save_file({k: v.contiguous() for k, v in sorted(tensors.items())}, HERE / f"training_{name}.safetensors")
    document = {"name": f"training_{name}", "file": f"training_{name}.safetensors", "config": config,
                "optimizer": OPTIMIZER, "notes": notes,
                "provenance": {"reference": f"make_training_steps.py, PyTorch {torch.__version__.split('+')[0]}, float32",
                               "weights": "self-generated pseudo-random numbers (torch.Generator, fixed seed)"},
                "recommended_tolerance": "max abs diff <= 1e-4 * max|expected| for every tensor"}
    (HERE / f"training_{name}.json").write_text(json.dumps(document, indent=1) + "\n")


class Dice:
    """Pseudo-random tensors from one seed."""

    def __init__(self, seed):
        self.generator = torch.Generator().manual_seed(seed)

    def normal(self, *shape, scale=1.0):
        return torch.randn(shape, generator=self.generator) * scale

    def below(self, bound, *shape, least=0):
        return torch.randint(least, bound, shape, generator=self.generator)

    def linear(self, weights, name, width, out, bias=True):
        weights[name + ".weight"] = self.normal(out, width, scale=1 / math.sqrt(width))
        if bias:
            weights[name + ".bias"] = self.normal(out, scale=0.1)

    def norm(self, weights, name, width):
        weights[name + ".weight"] = 1 + self.normal(width, scale=0.1)
        weights[name + ".bias"] = self.normal(width, scale=0.1)

    def attention(self, weights, name, hidden, memory):
        for part, width in (("query", hidden), ("key", memory), ("value", memory)):
            self.linear(weights, f"{name}.self.{part}", width, hidden)
        self.linear(weights, name + ".output.dense", hidden, hidden)
        self.norm(weights, name + ".output.LayerNorm", hidden)

    def feed(self, weights, layer, suffix, hidden, inner):
        self.linear(weights, f"{layer}.intermediate{suffix}.dense", hidden, inner)
        self.linear(weights, f"{layer}.output{suffix}.dense", inner, hidden)
        self.norm(weights, f"{layer}.output{suffix}.LayerNorm", hidden)


IMAGE = {"featureWidth": 20, "featureNorm": True, "poolTo": 2, "cellPositions": True, "usePooled": True, "classes": 7,
         "classPower": 2.0, "hidden": 16, "layers": 2, "heads": 2, "intermediate": 24, "crossAttentionEvery": 2,
         "queries": 3, "normEpsilon": 1e-12, "llmWidth": 96}


def image_weights(dice, c):
    w = {}
    dice.norm(w, "ln_vision", c["featureWidth"])
    w["cell_positions"] = dice.normal(1, c["poolTo"] ** 2, c["featureWidth"], scale=0.3)
    dice.linear(w, "class_proj", c["classes"], c["featureWidth"])
    w["query_tokens"] = dice.normal(1, c["queries"], c["hidden"])
    dice.norm(w, "Qformer.bert.embeddings.LayerNorm", c["hidden"])
    for i in range(c["layers"]):
        layer = f"Qformer.bert.encoder.layer.{i}"
        dice.attention(w, layer + ".attention", c["hidden"], c["hidden"])
        if i % c["crossAttentionEvery"] == 0:
            dice.attention(w, layer + ".crossattention", c["hidden"], c["featureWidth"])
        dice.feed(w, layer, "_query", c["hidden"], c["intermediate"])
    dice.linear(w, "opt_proj", c["hidden"], c["llmWidth"])
    return w


def image_batch(dice, c, size):
    return {"cells": dice.normal(size, 16, c["featureWidth"]), "pooled": dice.normal(size, c["featureWidth"]),
            "probabilities": dice.normal(size, c["classes"]).softmax(1)}


def image_text():
    print("image-text")
    dice, c = Dice(101), {**IMAGE, "llmWidth": 12, "vocabulary": 11, "positions": 8, "embedding": 6, "decodeId": 2,
                          "smoothing": 0.1}
    weights = {"image." + k: v for k, v in image_weights(dice, c).items()}
    text, hidden, former = {}, c["hidden"], "Qformer.bert."
    text[former + "embeddings.word_embeddings.weight"] = dice.normal(c["vocabulary"], hidden)
    text[former + "embeddings.position_embeddings.weight"] = dice.normal(c["positions"], hidden)
    for i in range(c["layers"]):
        dice.feed(text, f"{former}encoder.layer.{i}", "", hidden, c["intermediate"])
    head = "Qformer.cls.predictions."
    dice.linear(text, head + "transform.dense", hidden, hidden)
    dice.norm(text, head + "transform.LayerNorm", hidden)
    dice.linear(text, head + "decoder", hidden, c["vocabulary"], bias=False)
    text[head + "bias"] = dice.normal(c["vocabulary"], scale=0.1)
    for name in ("vision_proj", "text_proj"):
        dice.linear(text, name, hidden, c["embedding"])
    dice.linear(text, "itm_head", hidden, 2)
    text["temp"] = torch.tensor(0.07)
    weights.update({"text." + k: v for k, v in text.items()})

    inputs = image_batch(dice, c, 4)
    inputs["ids"] = dice.below(c["vocabulary"], 4, 6, least=5)
    inputs["ids"][:, 0] = 1
    inputs["valid"] = torch.arange(6)[None] < torch.tensor([6, 4, 3, 5])[:, None]
    inputs["ids"][~inputs["valid"]] = 0
    inputs["negative_pictures"] = torch.tensor([2, 0, 3, 1])
    inputs["negative_texts"] = torch.tensor([1, 3, 0, 2])
    expected = train(weights, lambda name: True, lambda p: models.image_text_loss(p, c, inputs))
    save("image_text", weights, {**inputs, "valid": inputs["valid"].long()}, expected, c,
         ["stage 1 of I2L: contrastive + matching + generation; negatives are fixed",
          "word_scores are 0 on padding; image.opt_proj takes no part and has no gradient"])


def language_model():
    weights = {k: v for k, v in load_file(HERE / "llama_smollm2.safetensors").items() if k.startswith("model.")}
    return weights, json.loads((HERE / "llama_smollm2.json").read_text())["config"]


def image_language(name, seed, trained, notes):
    print(name)
    dice, c = Dice(seed), IMAGE
    weights, inputs = image_weights(dice, c), image_batch(dice, c, 3)
    llm, sizes = language_model()
    ids = lambda *counts: [dice.below(sizes["vocab_size"], n).tolist() for n in counts]
    before, after, answers = ids(5)[0], ids(4, 2, 7), ids(3, 6, 1)
    prompts = {"before": before, "after": after, "answers": answers}

    def loss_of(p):
        soft = models.image_interface(p, c, inputs)
        examples = [([before, soft[b], after[b]], answers[b]) for b in range(3)]
        loss, scores = models.answer_loss(llm, sizes, examples)
        return loss, {"soft": soft, "scores": scores}

    expected = train(weights, trained, loss_of)
    save(name, weights, inputs, expected, {**c, **prompts}, notes)


def image_words():
    print("image-words")
    dice, c = Dice(606), {**IMAGE, "llmWidth": 10}
    weights, inputs = image_weights(dice, c), image_batch(dice, c, 4)
    inputs |= {"candidates": dice.normal(9, c["llmWidth"]), "targets": dice.below(9, 4, c["queries"])}

    def loss_of(p):
        soft = models.image_interface(p, c, inputs)
        return models.word_loss(soft, inputs["targets"], inputs["candidates"]), {"soft": soft}

    save("image_words", weights, inputs, train(weights, lambda name: True, loss_of), c,
         ["stage image-words: soft tokens become the embeddings of words"])


CLIP = {**IMAGE, "queries": 5, "timePositions": 4, "clipQueries": "joint", "motionUnits": 3}
PLACES = [2, 2, 1]  # soft tokens for a thing, a second one, what happens


def clip_weights(dice, c):
    w = image_weights(dice, c)
    w["time_embeddings"] = dice.normal(c["timePositions"], c["featureWidth"], scale=0.5)
    dice.linear(w, "motion_units", c["timePositions"] * c["poolTo"] ** 2 * 3, c["motionUnits"])
    dice.linear(w, "motion_proj", c["motionUnits"], c["hidden"])
    return w


def clip_batch(dice, c, size, frames):
    flat = image_batch(dice, c, size * frames)
    return {k: v.view(size, frames, *v.shape[1:]) for k, v in flat.items()}


def video_words():
    print("video-words")
    dice, c = Dice(707), {**CLIP, "llmWidth": 10}
    weights, inputs = clip_weights(dice, c), clip_batch(dice, c, 3, 6)
    inputs |= {"candidates": dice.normal(9, c["llmWidth"]), "targets": dice.below(9, 3, c["queries"])}

    def loss_of(p):
        soft = models.watch(p, c, inputs)
        return models.parted_word_loss(soft, inputs["targets"], inputs["candidates"], PLACES), {"soft": soft}

    save("video_words", weights, inputs, train(weights, lambda name: True, loss_of), {**c, "places": PLACES},
         ["stage video-words: six frames on four times, joint queries with motion units; each part of the words counts alike"])


def video_language():
    print("video-language")
    dice, c = Dice(808), CLIP
    weights, inputs = clip_weights(dice, c), clip_batch(dice, c, 3, 4)
    llm, sizes = language_model()
    ids = lambda *counts: [dice.below(sizes["vocab_size"], n).tolist() for n in counts]
    prompts = {"before": ids(5)[0], "after": ids(4, 2, 7), "answers": ids(3, 6, 1), "wordWeight": 0.5,
               "languageWeight": 1.5, "places": PLACES}
    inputs |= {"candidates": dice.normal(9, c["llmWidth"], scale=0.3), "targets": dice.below(9, 3, c["queries"])}

    def loss_of(p):
        soft = models.watch(p, c, inputs)
        words = models.parted_word_loss(soft, inputs["targets"], inputs["candidates"], PLACES)
        examples = [([prompts["before"], soft[b], prompts["after"][b]], prompts["answers"][b]) for b in range(3)]
        loss, scores = models.answer_loss(llm, sizes, examples)
        return prompts["wordWeight"] * words + prompts["languageWeight"] * loss, {"soft": soft, "scores": scores}

    save("video_language", weights, inputs, train(weights, lambda name: True, loss_of), {**c, **prompts},
         ["stage video-language: 0.5 words + 1.5 the answers' loss through llama_smollm2"])


def integrate():
    print("integrate")
    llm, sizes = language_model()
    table = llm["model.embed_tokens.weight"]
    dice, speech, heard, sounds = speech_interface(909, sizes["hidden_size"], sizes["vocab_size"], table)
    image = IMAGE
    weights = {"image." + k: v for k, v in image_weights(dice, image).items()} | {"speech." + k: v for k, v in heard.items()}
    pictures = image_batch(dice, image, 3)
    ids = lambda *counts: [dice.below(sizes["vocab_size"], n).tolist() for n in counts]
    prompts = {"before": ids(4)[0], "between": ids(3)[0], "after": ids(2, 5, 3), "answers": ids(3, 1, 5)}

    def loss_of(p):
        part = lambda name: {k[len(name) + 1:]: v for k, v in p.items() if k.startswith(name + ".")}
        seen = models.image_interface(part("image"), image, pictures)
        said = models.recognise(part("speech"), speech, sounds)[0].softmax(2) @ table
        examples = [([prompts["before"], seen[b], prompts["between"], said[b, : sounds["lengths"][b]], prompts["after"][b]],
                     prompts["answers"][b]) for b in range(3)]
        loss, scores = models.answer_loss(llm, sizes, examples)
        return loss, {"scores": scores}

    trained = lambda name: name.split(".", 1)[1].startswith(("query_tokens", "opt_proj.", "vocab_"))
    expected = train(weights, trained, loss_of)
    inputs = {**pictures, "features": sounds["features"], "valid": sounds["valid"].long(), "lengths": sounds["lengths"],
              "spelled": sounds["spelled"]}
    save("integrate", weights, inputs, expected, {"image": image, "speech": speech, **prompts},
         ["stage 3: a picture and a recording in one turn; queries and adapters alone are trained"])


def speech_interface(seed, llm_width, llm_vocabulary, table=None):
    """Sizes, weights and a batch of three recordings for S2L."""
    c = {"featureWidth": 10, "convolutionStride": 2, "frontWidth": 12, "frontLayers": 1, "frontHeads": 2,
         "frontIntermediate": 20, "ctcAlphabet": "abc", "ctcSteps": 2, "cifKernel": 3, "hidden": 12, "layers": 1,
         "heads": 2, "intermediate": 18, "positions": 6, "formerNorm": "before", "normEpsilon": 1e-12,
         "adapter": "vocabulary", "spellingPlaces": 2, "vocabularyScale": True, "llmWidth": llm_width, "llmVocabulary": llm_vocabulary}
    dice, w, hidden, bert = Dice(seed), {}, c["hidden"], "speech_bert_adaptor."
    width, kinds = c["frontWidth"], 1 + len(c["ctcAlphabet"])

    def convolution(name, wide, out, kernel):
        w[name + ".weight"] = dice.normal(out, wide, kernel, scale=1 / math.sqrt(wide * kernel))
        w[name + ".bias"] = dice.normal(out, scale=0.1)

    def encoder(name, wide, inner, layers):
        for i in range(layers):
            dice.attention(w, f"{name}.layer.{i}.attention", wide, wide)
            dice.feed(w, f"{name}.layer.{i}", "", wide, inner)
        dice.norm(w, name + ".LayerNorm", wide)

    convolution("front_conv", c["featureWidth"], width, 5)
    encoder("front", width, c["frontIntermediate"], c["frontLayers"])
    dice.linear(w, "ctc_head", width, c["ctcSteps"] * kinds)
    convolution("cif.conv", width, width, c["cifKernel"])
    dice.linear(w, "cif.weight_proj", width, 1)
    dice.linear(w, "pre_bert_proj", width, hidden)
    w[bert + "embeddings.position_embeddings.weight"] = dice.normal(c["positions"], hidden, scale=0.3)
    w[bert + "embeddings.token_type_embeddings.weight"] = dice.normal(2, hidden, scale=0.3)
    dice.norm(w, bert + "embeddings.LayerNorm", hidden)
    encoder(bert + "encoder", hidden, c["intermediate"], c["layers"])
    dice.linear(w, "vocab_proj", hidden, c["llmWidth"])
    dice.linear(w, "vocab_spelling", hidden, c["spellingPlaces"] * (kinds + 1))
    w["vocab_scale"] = torch.ones(1)

    frames, lengths = torch.tensor([24, 17, 20]), torch.tensor([4, 1, 3])
    spelled = torch.zeros(c["llmVocabulary"], c["spellingPlaces"], kinds + 1, dtype=torch.uint8)
    spelled.scatter_(2, dice.below(kinds + 1, c["llmVocabulary"], c["spellingPlaces"], 1), 1)
    inputs = {"features": dice.normal(3, 24, c["featureWidth"]), "valid": torch.arange(24)[None] < frames[:, None],
              "lengths": lengths, "tokens": dice.below(c["llmVocabulary"], 3, 4),
              "letters": dice.below(kinds, 11, least=1), "letter_counts": torch.tensor([6, 2, 3]),
              "table": dice.normal(c["llmVocabulary"], c["llmWidth"]) if table is None else table,
              "spelled": spelled.flatten(1)}
    return dice, c, w, inputs


def speech_recognition():
    print("speech-recognition")
    _, c, w, inputs = speech_interface(404, 8, 9)
    weights_of = {"quantityWeight": 1.0, "ctcWeight": 0.3}
    expected = train(w, lambda name: True, lambda p: models.speech_loss(p, {**c, **weights_of}, inputs))
    save("speech_recognition", w, {**inputs, "valid": inputs["valid"].long()}, expected, {**c, **weights_of},
         ["stage 1 of S2L: cross-entropy + 0.3 CTC + quantity, with scaled CIF weights",
          "scores are 0 past the end of a recording's tokens; what stands in tokens past lengths does not count"])


def speech_language():
    print("speech-language")
    llm, sizes = language_model()
    table = llm["model.embed_tokens.weight"]
    dice, c, w, inputs = speech_interface(505, sizes["hidden_size"], sizes["vocab_size"], table)
    ids = lambda *counts: [dice.below(sizes["vocab_size"], n).tolist() for n in counts]
    before, after = ids(4, 3)
    extra = {"quantityWeight": 1.0, "ctcWeight": 0.3, "wordWeight": 0.5, "languageWeight": 1.5, "before": before,
             "after": after, "answers": ids(3, 5, 2)}
    expected = train(w, lambda name: True, lambda p: models.spoken_answer_loss(p, {**c, **extra}, inputs, llm, sizes))
    del inputs["table"]  # it is the language model's own
    save("speech_language", w, {**inputs, "valid": inputs["valid"].long()}, expected, {**c, **extra},
         ["stage 2 of S2L: 0.5 recognition + 1.5 the answers' loss through llama_smollm2",
          "answer_scores [answers' tokens, vocabulary], one example after another"])


if __name__ == "__main__":
    torch.set_num_threads(1)
    image_text()
    image_language("image_language", 202, lambda name: True,
                   ["stages image-language and image-captions: the answers' loss through llama_smollm2, all of I2L trained",
                    "scores [answers' tokens, vocabulary], one example after another"])
    image_language("adapters", 303, lambda name: name.startswith(("query_tokens", "opt_proj.")),
                   ["stage 3: the same loss, but only the queries and the I-Adapter are trained"])
    speech_recognition()
    speech_language()
    image_words()
    video_words()
    video_language()
    integrate()
