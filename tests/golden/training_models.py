"""The trainable interfaces and the frozen language model, written once more in plain PyTorch operations, for
make_training_steps.py. Each function takes the parameters as a dictionary name -> tensor, under the names that the
program's modules have. Written from docs, papers and the golden files' notes, not from the C++ code's structure."""

import math

import torch
import torch.nn.functional as F


def linear(p, name, x):
    return F.linear(x, p[name + ".weight"], p.get(name + ".bias"))


def norm(p, name, x, eps):
    return F.layer_norm(x, (x.shape[-1],), p[name + ".weight"], p[name + ".bias"], eps)


def attention(p, name, x, memory, mask, heads):
    """BERT's attention without its residual: softmax(QK'/sqrt(d) + mask) V, then `output.dense`."""
    batch, rows, hidden = x.shape
    split = lambda t: t.view(batch, -1, heads, hidden // heads).transpose(1, 2)
    q, k, v = (split(linear(p, f"{name}.self.{n}", y)) for n, y in (("query", x), ("key", memory), ("value", memory)))
    scores = q @ k.transpose(2, 3) / math.sqrt(hidden // heads)
    if mask is not None:
        scores = scores + mask
    return linear(p, name + ".output.dense", (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, rows, hidden))


def feed(p, layer, suffix, x):
    return linear(p, f"{layer}.output{suffix}.dense", F.gelu(linear(p, f"{layer}.intermediate{suffix}.dense", x)))


# --- I2L -------------------------------------------------------------------------------------------------------------


def image_memory(p, c, batch):
    """What the queries attend to: pooled cells with their places, the global mean, the class probabilities."""
    tokens = batch["cells"]
    if c["poolTo"]:
        side = math.isqrt(tokens.shape[1])
        grid = tokens.transpose(1, 2).reshape(len(tokens), -1, side, side)
        step = side // c["poolTo"]
        tokens = F.avg_pool2d(grid, step).flatten(2).transpose(1, 2)
    normed = (lambda x: norm(p, "ln_vision", x, 1e-5)) if c["featureNorm"] else (lambda x: x)
    tokens = normed(tokens)
    if c["cellPositions"]:
        tokens = tokens + p["cell_positions"]
    parts = [tokens]
    if c["usePooled"]:
        parts.append(normed(batch["pooled"])[:, None])
    if c["classes"]:
        sharp = batch["probabilities"] ** c["classPower"]
        parts.append(linear(p, "class_proj", sharp / sharp.sum(1, keepdim=True))[:, None])
    return torch.cat(parts, 1)


def former_layers(p, text, c, queries, words, memory, mask):
    """The Q-Former: shared self-attention, cross-attention for the queries, one feed-forward for each kind."""
    eps, heads = c["normEpsilon"], c["heads"]
    for i in range(c["layers"]):
        layer = f"Qformer.bert.encoder.layer.{i}"
        x = torch.cat([t for t in (queries, words) if t is not None], 1)
        x = norm(p, layer + ".attention.output.LayerNorm",
                 x + attention(p, layer + ".attention", x, x, mask, heads), eps)
        count = 0 if queries is None else queries.shape[1]
        if queries is not None:
            queries = x[:, :count]
            if i % c["crossAttentionEvery"] == 0:
                seen = attention(p, layer + ".crossattention", queries, memory, None, heads)
                queries = norm(p, layer + ".crossattention.output.LayerNorm", queries + seen, eps)
            queries = norm(p, layer + ".output_query.LayerNorm", queries + feed(p, layer, "_query", queries), eps)
        if words is not None:
            words = x[:, count:]
            words = norm(text, layer + ".output.LayerNorm", words + feed(text, layer, "", words), eps)
    return queries, words


def start_queries(p, c, size):
    q = norm(p, "Qformer.bert.embeddings.LayerNorm", p["query_tokens"], c["normEpsilon"])
    return q.expand(size, -1, -1)


def image_interface(p, c, batch):
    memory = image_memory(p, c, batch)
    queries, _ = former_layers(p, None, c, start_queries(p, c, len(memory)), None, memory, None)
    return linear(p, "opt_proj", queries)


def clip_motion(cells, times):
    """[B, F, C, width], normed cells: how far each is from its frame's mean, from the first frame and from the last."""
    frames = cells.shape[1]
    shown = [(2 * t + 1) * frames // (2 * times) for t in range(times)]
    x = F.layer_norm(cells[:, shown], (cells.shape[3],))
    length = lambda d: d.pow(2).mean(-1).sqrt()
    numbers = torch.stack([length(x - x.mean(2, keepdim=True)), length(x - x[:, :1]), length(x - x[:, -1:])], -1).flatten(1)
    return F.layer_norm(numbers, (numbers.shape[1],))


def watch(p, c, batch):
    """V2L with joint queries: they attend to all frames' memories, each with its time added, and know what changes."""
    cells = batch["cells"]
    size, frames = cells.shape[:2]
    flat = {k: batch[k].flatten(0, 1) for k in ("cells", "pooled", "probabilities")}
    memory = image_memory(p, c, flat).view(size, frames, -1, c["featureWidth"])
    times = [(2 * i + 1) * c["timePositions"] // (2 * frames) for i in range(frames)]
    memory = (memory + p["time_embeddings"][times][None, :, None]).flatten(1, 2)
    side = math.isqrt(cells.shape[2])
    grid = flat["cells"].transpose(1, 2).reshape(size * frames, -1, side, side)
    pooled = F.avg_pool2d(grid, side // c["poolTo"]).flatten(2).transpose(1, 2).view(size, frames, -1, c["featureWidth"])
    moved = linear(p, "motion_proj", F.gelu(linear(p, "motion_units", clip_motion(pooled, c["timePositions"]))))
    queries, _ = former_layers(p, None, c, start_queries(p, c, size) + moved[:, None], None, memory, None)
    return linear(p, "opt_proj", queries)


def word_loss(soft, targets, candidates):
    """Soft tokens [B, Q, width] as words: squared distance to the right embedding over the table's mean squared norm,
    and the cross-entropy of choosing it by squared distance."""
    norms = candidates.pow(2).sum(1)
    distance = (soft - candidates[targets]).pow(2).sum(-1).mean() / norms.mean()
    nearness = -(soft[:, :, None] - candidates[None, None]).pow(2).sum(-1)
    return distance + F.cross_entropy(nearness.flatten(0, 1), targets.flatten())


def parted_word_loss(soft, targets, candidates, places):
    """The same of each part's places, and the mean over parts."""
    return sum(word_loss(s, t, candidates) for s, t in zip(soft.split(places, 1), targets.split(places, 1))) / len(places)


def embed_words(p, text, c, ids):
    x = text["Qformer.bert.embeddings.word_embeddings.weight"][ids]
    x = x + text["Qformer.bert.embeddings.position_embeddings.weight"][: ids.shape[1]]
    return norm(p, "Qformer.bert.embeddings.LayerNorm", x, c["normEpsilon"])


def blocked(open_):
    return (~open_).float() * -10000.0


def image_text_loss(parameters, c, batch):
    """BLIP-2's three losses, with fixed negatives; parameters of the query branch begin with image., the rest text."""
    p = {k[6:]: v for k, v in parameters.items() if k.startswith("image.")}
    t = {k[5:]: v for k, v in parameters.items() if k.startswith("text.")}
    memory, ids, valid = image_memory(p, c, batch), batch["ids"], batch["valid"]
    size, length = ids.shape
    count = c["queries"]

    queries, _ = former_layers(p, t, c, start_queries(p, c, size), None, memory, None)
    _, words = former_layers(p, t, c, None, embed_words(p, t, c, ids), None, blocked(valid)[:, None, None])
    pictures = F.normalize(linear(t, "vision_proj", queries), dim=-1)
    texts = F.normalize(linear(t, "text_proj", words[:, 0]), dim=-1)
    similarity = torch.einsum("pqe,te->ptq", pictures, texts).amax(-1) / t["temp"]
    target = torch.arange(size)
    contrastive = sum(F.cross_entropy(s, target, label_smoothing=c["smoothing"]) for s in (similarity, similarity.T)) / 2

    picture_of = torch.cat([target, batch["negative_pictures"], target])
    text_of = torch.cat([target, target, batch["negative_texts"]])
    seen = torch.cat([torch.ones(3 * size, count, dtype=torch.bool), valid[text_of]], 1)
    both, _ = former_layers(p, t, c, start_queries(p, c, 3 * size), embed_words(p, t, c, ids[text_of]),
                            memory[picture_of], blocked(seen)[:, None, None])
    match_scores = linear(t, "itm_head", both).mean(1)
    matching = F.cross_entropy(match_scores, torch.cat([torch.ones(size), torch.zeros(2 * size)]).long())

    decoded = ids.clone()
    decoded[:, 0] = c["decodeId"]
    total = count + length
    open_ = torch.zeros(total, total, dtype=torch.bool)
    open_[:, :count] = True
    open_[count:, count:] = torch.ones(length, length).tril().bool()
    _, words = former_layers(p, t, c, start_queries(p, c, size), embed_words(p, t, c, decoded), memory, blocked(open_))
    inner = norm(t, "Qformer.cls.predictions.transform.LayerNorm",
                 F.gelu(linear(t, "Qformer.cls.predictions.transform.dense", words)), c["normEpsilon"])
    scores = inner @ t["Qformer.cls.predictions.decoder.weight"].T + t["Qformer.cls.predictions.bias"]
    labels = decoded.masked_fill(~valid, -100)[:, 1:]
    generation = F.cross_entropy(scores[:, :-1].flatten(0, 1), labels.flatten(), label_smoothing=c["smoothing"])
    return contrastive + matching + generation, {"similarity": similarity, "match_scores": match_scores,
                                                 "word_scores": scores * valid[..., None]}


# --- S2L -------------------------------------------------------------------------------------------------------------


def norm_before_layers(p, name, x, mask, heads, layers, eps):
    """Pre-norm Transformer: x + f(norm(x)), and one norm at the end."""
    for i in range(layers):
        layer = f"{name}.layer.{i}"
        h = norm(p, layer + ".attention.output.LayerNorm", x, eps)
        x = x + attention(p, layer + ".attention", h, h, mask, heads)
        x = x + feed(p, layer, "", norm(p, layer + ".output.LayerNorm", x, eps))
    return norm(p, name + ".LayerNorm", x, eps)


def positions(length, width):
    half = width // 2
    angle = torch.arange(length).double()[:, None] * 10000.0 ** (-torch.arange(half).double() / (half - 1))
    return torch.cat([angle.sin(), angle.cos()], 1).float()


def integrate(frames, alphas, tokens):
    """Continuous integrate-and-fire of one recording, frame by frame in float64: a frame fills the token under way, and
    what is left of it the next ones. alphas are scaled, so that they sum to the number of tokens."""
    out, held, room = [], torch.zeros(frames.shape[1], dtype=torch.float64), torch.tensor(1.0, dtype=torch.float64)
    for frame, left in zip(frames.double(), alphas):
        while left > room and len(out) < tokens - 1:
            out.append(held + room * frame)
            left, held, room = left - room, torch.zeros_like(held), torch.ones_like(room)
        held, room = held + left * frame, room - left
    return torch.stack(out + [held]).float()


def recognise(p, c, batch):
    """S2L with scaled CIF weights: scores over the language model's tokens, letters, unscaled weights."""
    valid, stride, width = batch["valid"], c["convolutionStride"], c["frontWidth"]
    x = F.conv1d((batch["features"] * valid[..., None]).transpose(1, 2), p["front_conv.weight"], p["front_conv.bias"],
                 stride, stride)
    x, valid = F.gelu(x).transpose(1, 2), valid[:, ::stride]
    x = x + positions(x.shape[1], width)
    x = norm_before_layers(p, "front", x, blocked(valid)[:, None, None], c["frontHeads"], c["frontLayers"], 1e-5)
    x = x * valid[..., None]
    size, steps, frames = len(x), c["ctcSteps"], valid.sum(1)
    letters = linear(p, "ctc_head", x).view(size, x.shape[1] * steps, -1)
    local = F.conv1d(x.transpose(1, 2), p["cif.conv.weight"], p["cif.conv.bias"], padding=c["cifKernel"] // 2)
    alphas = linear(p, "cif.weight_proj", local.transpose(1, 2)).squeeze(2).sigmoid() * valid

    lengths = batch["lengths"]
    wide = alphas.double()
    scaled = wide * (lengths / (wide.sum(1) + 1e-8))[:, None]
    most = int(lengths.max())
    fired = torch.stack([F.pad(integrate(x[b], scaled[b], int(lengths[b])), (0, 0, 0, most - int(lengths[b])))
                         for b in range(size)])
    spoken = torch.arange(most)[None] < lengths[:, None]
    bert = "speech_bert_adaptor."
    h = linear(p, "pre_bert_proj", fired).relu()
    h = h + p[bert + "embeddings.position_embeddings.weight"][:most] + p[bert + "embeddings.token_type_embeddings.weight"][0]
    h = norm(p, bert + "embeddings.LayerNorm", h, c["normEpsilon"])
    h = norm_before_layers(p, bert + "encoder", h, blocked(spoken)[:, None, None], c["heads"], c["layers"],
                           c["normEpsilon"])
    scores = linear(p, "vocab_proj", h) @ batch["table"].T * p["vocab_scale"]
    scores = scores + linear(p, "vocab_spelling", h) @ batch["spelled"].float().T

    return scores, letters, alphas, frames, spoken


def speech_loss(p, c, batch):
    """Recognition: cross-entropy over the language model's tokens, CTC over letters, and CIF's quantity."""
    scores, letters, alphas, frames, spoken = recognise(p, c, batch)
    entropy = F.cross_entropy(scores.flatten(0, 1), batch["tokens"].masked_fill(~spoken, -100).flatten())
    quantity = (alphas.sum(1) - batch["lengths"]).abs().mean()
    ctc = F.ctc_loss(letters.log_softmax(2).transpose(0, 1), batch["letters"], frames * c["ctcSteps"],
                     batch["letter_counts"], reduction="none", zero_infinity=True)
    total = entropy + c["quantityWeight"] * quantity + c["ctcWeight"] * (ctc / batch["letter_counts"]).mean()
    return total, {"scores": scores * spoken[..., None], "alphas": alphas, "letters": letters * 1.0}


def spoken_answer_loss(p, c, batch, w, sizes):
    """Stage 2: the language model's loss of answers to what is heard, as expected embeddings, and recognition beside."""
    recognition, _ = speech_loss(p, c, batch)
    scores = recognise(p, c, batch)[0]
    soft = scores.softmax(2) @ batch["table"]
    examples = [([c["before"], soft[b, : batch["lengths"][b]], c["after"]], answer)
                for b, answer in enumerate(c["answers"])]
    loss, answered = answer_loss(w, sizes, examples)
    return c["wordWeight"] * recognition + c["languageWeight"] * loss, {"answer_scores": answered}


# --- the frozen language model ---------------------------------------------------------------------------------------


def rms(x, weight, eps):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps) * weight


def llama(w, c, x):
    """Llama over embeddings [1, T, hidden], one sequence without padding -> logits [1, T, vocabulary]."""
    _, length, hidden = x.shape
    dim, heads, groups = c["head_dim"], c["num_attention_heads"], c["num_key_value_heads"]
    angle = torch.arange(length)[:, None] * c["rope_theta"] ** (-torch.arange(0, dim, 2).float() / dim)
    cos, sin = angle.cos(), angle.sin()

    def turned(t):
        a, b = t[..., : dim // 2], t[..., dim // 2:]
        return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)

    causal = torch.full((length, length), float("-inf")).triu(1)
    for i in range(c["num_hidden_layers"]):
        n = f"model.layers.{i}."
        h = rms(x, w[n + "input_layernorm.weight"], c["rms_norm_eps"])
        split = lambda name, k: (h @ w[n + f"self_attn.{name}_proj.weight"].T).view(1, length, k, dim).transpose(1, 2)
        q, k, v = turned(split("q", heads)), turned(split("k", groups)), split("v", groups)
        k, v = (t.repeat_interleave(heads // groups, 1) for t in (k, v))
        attended = (q @ k.transpose(2, 3) / math.sqrt(dim) + causal).softmax(-1) @ v
        x = x + attended.transpose(1, 2).reshape(1, length, hidden) @ w[n + "self_attn.o_proj.weight"].T
        h = rms(x, w[n + "post_attention_layernorm.weight"], c["rms_norm_eps"])
        h = F.silu(h @ w[n + "mlp.gate_proj.weight"].T) * (h @ w[n + "mlp.up_proj.weight"].T)
        x = x + h @ w[n + "mlp.down_proj.weight"].T
    return rms(x, w["model.norm.weight"], c["rms_norm_eps"]) @ w["model.embed_tokens.weight"].T


def answer_loss(w, c, examples):
    """Each example: a prompt of id lists and soft tokens [N, hidden], and an answer's ids. Mean over answer tokens;
    every example goes through the model alone, so there is no padding and no shared prefix to get wrong."""
    scores, labels = [], []
    for prompt, answer in examples:
        rows = [part if torch.is_tensor(part) else w["model.embed_tokens.weight"][part] for part in prompt]
        rows.append(w["model.embed_tokens.weight"][answer])
        logits = llama(w, c, torch.cat(rows)[None])[0]
        scores.append(logits[-len(answer) - 1: -1])
        labels += answer
    scores = torch.cat(scores)
    return F.cross_entropy(scores, torch.tensor(labels)), scores
