#include "core/llm/frozen_block.h"

#include <cmath>
#include <vector>

#include <ATen/Parallel.h>
#include <torch/autograd.h>
#include <torch/types.h>

#include "core/llm/row_math.h"

namespace xllm::llm {
namespace {

constexpr std::int64_t kRowsPerTask = 16;

// A row of a float32 or bfloat16 matrix as floats: where it lies, or widened into `scratch`.
const float* readRow(const at::Tensor& matrix, std::int64_t row, std::vector<float>& scratch) {
  const std::int64_t width = matrix.size(-1);
  if (matrix.scalar_type() == at::kFloat) return matrix.const_data_ptr<float>() + row * width;
  scratch.resize(static_cast<std::size_t>(width));
  rows::widen(static_cast<const std::uint16_t*>(matrix.const_data_ptr()) + row * width, width, scratch.data());
  return scratch.data();
}

// Where a row may be written: in place, or in `scratch`, from which writeRow() brings it there.
float* rowToWrite(const at::Tensor& matrix, std::int64_t row, std::vector<float>& scratch) {
  if (matrix.scalar_type() == at::kFloat) return matrix.mutable_data_ptr<float>() + row * matrix.size(-1);
  scratch.resize(static_cast<std::size_t>(matrix.size(-1)));
  return scratch.data();
}

void writeRow(const at::Tensor& matrix, std::int64_t row, const float* from) {
  const std::int64_t width = matrix.size(-1);
  if (matrix.scalar_type() == at::kFloat) return;  // is there already
  rows::narrow(from, width, static_cast<std::uint16_t*>(matrix.mutable_data_ptr()) + row * width);
}

template <typename Body>
void forRows(std::int64_t count, const Body& body) {
  at::parallel_for(0, count, kRowsPerTask, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> in, out;
    for (std::int64_t row = begin; row < end; ++row) body(row, in, out);
  });
}

// The sizes of one pass.
struct Shape {
  std::int64_t batch, tokens, heads, kvHeads, headDim;
  double epsilon;

  std::int64_t rows() const { return batch * tokens; }
  std::int64_t qkvHeads() const { return heads + 2 * kvHeads; }
  // The queries that share a key head stand below one another.
  std::vector<std::int64_t> queryShape() const { return {batch * kvHeads, heads / kvHeads * tokens, headDim}; }
  // [B, kvHeads, T, headDim], behind the prefix when there is one -> [B · kvHeads, columns, headDim]
  at::Tensor columns(const at::Tensor& own, const at::Tensor& prefix) const {
    if (!prefix.defined()) return own.flatten(0, 1);
    return at::cat({prefix.to(at::kFloat).expand({batch, -1, -1, -1}), own}, 2).flatten(0, 1);
  }
  float queryScale() const { return 1.0F / std::sqrt(static_cast<float>(headDim)); }
};

struct Turning {
  at::Tensor cos, sin;  // [T or B·T, headDim/2] contiguous

  std::int64_t rowOf(std::int64_t row, const Shape& shape) const {
    return cos.size(0) == shape.rows() ? row : row % shape.tokens;
  }
};

// What a norm's gradient needs of its input: x · factor in the type of the activations [N, width], and factor [N].
struct Normed {
  at::Tensor rows, factors;
};

// The rows of x [N, width] normalised and weighted, in `type`; `kept` is filled.
at::Tensor normalised(const at::Tensor& x, const at::Tensor& weight, double epsilon, at::ScalarType type,
                      Normed& kept) {
  const std::int64_t width = x.size(1);
  at::Tensor result = at::empty(x.sizes(), type);
  kept = {at::empty(x.sizes(), type), at::empty({x.size(0)}, at::kFloat)};
  const auto* const w = weight.const_data_ptr<float>();
  const auto* const xs = x.const_data_ptr<float>();
  auto* const f = kept.factors.mutable_data_ptr<float>();
  forRows(x.size(0), [&](std::int64_t row, std::vector<float>& first, std::vector<float>& second) {
    const float* from = xs + row * width;
    f[row] = rows::inverseRms(from, epsilon, width);
    float* normed = rowToWrite(kept.rows, row, first);
    rows::scale(from, f[row], width, normed);
    writeRow(kept.rows, row, normed);
    float* weighted = rowToWrite(result, row, second);
    rows::normalise(from, f[row], w, width, weighted);
    writeRow(result, row, weighted);
  });
  return result;
}

// gradient [N, width] float32 += the gradient that comes back through the norm.
void addNormGradient(const at::Tensor& back, const Normed& kept, const at::Tensor& weight, at::Tensor& gradient) {
  const std::int64_t width = gradient.size(1);
  const auto* const w = weight.const_data_ptr<float>();
  const auto* const f = kept.factors.const_data_ptr<float>();
  auto* const into = gradient.mutable_data_ptr<float>();
  forRows(gradient.size(0), [&](std::int64_t row, std::vector<float>& first, std::vector<float>& second) {
    rows::normaliseBackward(readRow(back, row, first), readRow(kept.rows, row, second), f[row], w, width,
                            into + row * width);
  });
}

// x [N, width] float32 + y of any type, anew.
at::Tensor plus(const at::Tensor& x, const at::Tensor& y) {
  const std::int64_t width = x.size(1);
  at::Tensor result = x.clone();
  auto* const to = result.mutable_data_ptr<float>();
  forRows(x.size(0), [&](std::int64_t row, std::vector<float>& in, std::vector<float>&) {
    rows::add(readRow(y, row, in), width, to + row * width);
  });
  return result;
}

// Turns queries and keys of qkv [N, qkvHeads · headDim] in place.
void turnRows(at::Tensor& qkv, const Turning& turning, float direction, const Shape& shape) {
  const std::int64_t half = shape.headDim / 2;
  forRows(shape.rows(), [&](std::int64_t row, std::vector<float>& in, std::vector<float>& out) {
    const float* from = readRow(qkv, row, in);
    float* to = rowToWrite(qkv, row, out);
    if (to != from) std::copy_n(from, qkv.size(1), to);
    const auto angle = turning.rowOf(row, shape) * half;
    for (std::int64_t head = 0; head < shape.heads + shape.kvHeads; ++head) {
      rows::turn(to + head * shape.headDim, turning.cos.const_data_ptr<float>() + angle,
                 turning.sin.const_data_ptr<float>() + angle, direction, half);
    }
    writeRow(qkv, row, to);
  });
}

// Heads `first` … `first + count` of matrix [N, .. · headDim] as [B, count, T, headDim] float32, times `factor`.
at::Tensor headsOf(const at::Tensor& matrix, std::int64_t first, std::int64_t count, float factor, const Shape& shape) {
  at::Tensor heads = at::empty({shape.batch, count, shape.tokens, shape.headDim}, at::kFloat);
  auto* const to = heads.mutable_data_ptr<float>();
  forRows(shape.rows(), [&](std::int64_t row, std::vector<float>& in, std::vector<float>&) {
    const float* from = readRow(matrix, row, in);
    const std::int64_t b = row / shape.tokens, t = row % shape.tokens;
    for (std::int64_t head = 0; head < count; ++head) {
      rows::scale(from + (first + head) * shape.headDim, factor, shape.headDim,
                  to + ((b * count + head) * shape.tokens + t) * shape.headDim);
    }
  });
  return heads;
}

// The other way round: heads [B, count, T, headDim] float32 into their place in matrix rows.
void putHeads(const std::vector<at::Tensor>& parts, at::Tensor& matrix, const Shape& shape) {
  forRows(shape.rows(), [&](std::int64_t row, std::vector<float>&, std::vector<float>& out) {
    float* to = rowToWrite(matrix, row, out);
    const std::int64_t b = row / shape.tokens, t = row % shape.tokens;
    float* place = to;
    for (const at::Tensor& part : parts) {
      const std::int64_t count = part.numel() / (shape.rows() * shape.headDim);
      const auto* const from = part.const_data_ptr<float>();
      for (std::int64_t head = 0; head < count; ++head, place += shape.headDim) {
        std::copy_n(from + ((b * count + head) * shape.tokens + t) * shape.headDim, shape.headDim, place);
      }
    }
    writeRow(matrix, row, to);
  });
}

// What attention sees beside the rows' own q, k and v.
struct Context {
  at::Tensor mask, prefixKeys, prefixValues;
};

struct Heads {
  at::Tensor q, k, v;  // queryShape() (already scaled); both [B · kvHeads, columns, headDim]
};

Heads splitHeads(const at::Tensor& qkv, const Context& context, const Shape& shape) {
  const auto own = [&](std::int64_t first) { return headsOf(qkv, first, shape.kvHeads, 1, shape); };
  return {headsOf(qkv, 0, shape.heads, shape.queryScale(), shape).view(shape.queryShape()),
          shape.columns(own(shape.heads), context.prefixKeys),
          shape.columns(own(shape.heads + shape.kvHeads), context.prefixValues)};
}

// softmax(q kᵀ + mask) [B · kvHeads, group · T, columns]
at::Tensor attentionOf(const Heads& heads, const at::Tensor& mask, const Shape& shape) {
  const at::Tensor scores = at::bmm(heads.q, heads.k.transpose(1, 2));
  scores.view({shape.batch, shape.heads, shape.tokens, -1}).add_(mask);
  return at::softmax(scores, -1);
}

at::Tensor attend(const at::Tensor& qkv, const Context& context, const Shape& shape) {
  const Heads heads = splitHeads(qkv, context, shape);
  at::Tensor result = at::empty({shape.rows(), shape.heads * shape.headDim}, qkv.scalar_type());
  putHeads({at::bmm(attentionOf(heads, context.mask, shape), heads.v)}, result, shape);
  return result;
}

// back [N, heads · headDim] -> the gradient of qkv before it was turned.
at::Tensor attendBackward(const at::Tensor& back, const at::Tensor& qkv, const Context& context, const Turning& turning,
                          const Shape& shape) {
  const Heads heads = splitHeads(qkv, context, shape);
  const at::Tensor toOut = headsOf(back, 0, shape.heads, 1, shape).view(shape.queryShape());
  const at::Tensor weights = attentionOf(heads, context.mask, shape);
  const at::Tensor toV = at::bmm(weights.transpose(1, 2), toOut);
  const at::Tensor toScores =
      at::_softmax_backward_data(at::bmm(toOut, heads.v.transpose(1, 2)), weights, -1, at::kFloat);
  const at::Tensor toQ = at::bmm(toScores, heads.k).mul_(shape.queryScale());
  const at::Tensor toK = at::bmm(toScores.transpose(1, 2), heads.q);
  at::Tensor result = at::empty(qkv.sizes(), qkv.scalar_type());
  const auto own = [&](const at::Tensor& columns) {
    return columns.narrow(1, columns.size(1) - shape.tokens, shape.tokens).contiguous();
  };
  putHeads({toQ, own(toK), own(toV)}, result, shape);
  turnRows(result, turning, -1, shape);
  return result;
}

at::Tensor swiGlu(const at::Tensor& gateUp) {
  const std::int64_t width = gateUp.size(1) / 2;
  at::Tensor result = at::empty({gateUp.size(0), width}, gateUp.scalar_type());
  forRows(gateUp.size(0), [&](std::int64_t row, std::vector<float>& in, std::vector<float>& out) {
    const float* from = readRow(gateUp, row, in);
    float* to = rowToWrite(result, row, out);
    rows::swiGlu(from, from + width, width, to);
    writeRow(result, row, to);
  });
  return result;
}

at::Tensor swiGluBackward(const at::Tensor& gateUp, const at::Tensor& back) {
  const std::int64_t width = back.size(1);
  at::Tensor result = at::empty(gateUp.sizes(), gateUp.scalar_type());
  at::parallel_for(0, gateUp.size(0), kRowsPerTask, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> in, out, gradient;
    for (std::int64_t row = begin; row < end; ++row) {
      const float* from = readRow(gateUp, row, in);
      float* to = rowToWrite(result, row, out);
      rows::swiGluBackward(from, from + width, readRow(back, row, gradient), width, to, to + width);
      writeRow(result, row, to);
    }
  });
  return result;
}

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class FrozenBlock : public torch::autograd::Function<FrozenBlock> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& given, const DecoderConfig& config,
                            const FrozenWeights& w, const FrozenSurroundings& around) {
    const Shape shape{given.size(0), given.size(1), config.heads, config.kvHeads, config.headDim, config.normEpsilon};
    const Turning turning{around.rotation.cos.reshape({-1, config.headDim / 2}).contiguous(),
                          around.rotation.sin.reshape({-1, config.headDim / 2}).contiguous()};
    const at::ScalarType type = w.qkv_proj.scalar_type();
    const at::Tensor x = given.reshape({shape.rows(), given.size(2)}).contiguous();

    Normed before, after;
    at::Tensor qkv = at::linear(normalised(x, w.input_layernorm, shape.epsilon, type, before), w.qkv_proj);
    turnRows(qkv, turning, 1, shape);
    const at::Tensor middle =
        plus(x, at::linear(attend(qkv, {around.mask, around.prefixKeys, around.prefixValues}, shape), w.o_proj));
    const at::Tensor gateUp =
        at::linear(normalised(middle, w.post_attention_layernorm, shape.epsilon, type, after), w.gate_up_proj);
    const at::Tensor result = plus(middle, at::linear(swiGlu(gateUp), w.down_proj));

    context->save_for_backward({before.rows, before.factors, qkv, after.rows, after.factors, gateUp, turning.cos,
                                turning.sin, around.mask, around.prefixKeys, around.prefixValues, w.input_layernorm,
                                w.post_attention_layernorm, w.qkv_proj, w.o_proj, w.gate_up_proj, w.down_proj});
    context->saved_data["shape"] =
        c10::IntArrayRef{shape.batch, shape.tokens, shape.heads, shape.kvHeads, shape.headDim};
    return result.view(given.sizes());
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto s = context->get_saved_variables();
    const Normed before{s[0], s[1]}, after{s[3], s[4]};
    const at::Tensor &qkv = s[2], &gateUp = s[5];
    const Turning turning{s[6], s[7]};
    const Context seen{s[8], s[9], s[10]};
    const at::Tensor &normBefore = s[11], &normAfter = s[12];
    const at::Tensor &qkvProj = s[13], &oProj = s[14], &gateUpProj = s[15], &downProj = s[16];
    const auto sizes = context->saved_data["shape"].toIntVector();
    const Shape shape{sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], 0};
    const at::ScalarType type = qkvProj.scalar_type();

    at::Tensor g =
        gradients[0].to(at::kFloat).reshape({shape.rows(), gradients[0].size(2)}).clone(at::MemoryFormat::Contiguous);
    const at::Tensor toGateUp = swiGluBackward(gateUp, at::mm(g.to(type), downProj));
    addNormGradient(at::mm(toGateUp, gateUpProj), after, normAfter, g);
    const at::Tensor toQkv = attendBackward(at::mm(g.to(type), oProj), qkv, seen, turning, shape);
    addNormGradient(at::mm(toQkv, qkvProj), before, normBefore, g);
    return {g.view(gradients[0].sizes()), {}, {}, {}};
  }
};

}  // namespace

at::Tensor frozenBlock(const at::Tensor& x, const DecoderConfig& config, const FrozenWeights& weights,
                       const FrozenSurroundings& around) {
  return FrozenBlock::apply(x, config, weights, around);
}

}  // namespace xllm::llm
