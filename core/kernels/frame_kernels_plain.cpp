// The reference: one number after the other.
#include <algorithm>
#include <cmath>

#include "core/kernels/frame_kernels.h"

namespace xllm::kernels {
namespace {

Word rounded(float x, float scale) { return scale > 0.0F ? static_cast<Word>(std::nearbyint(x / scale)) : Word{0}; }

float largestOf(const float* x, std::int64_t count) {
  float largest = 0.0F;
  for (std::int64_t i = 0; i < count; ++i) largest = std::max(largest, std::fabs(x[i]));
  return largest;
}

Word& part(WordPair* pairs, std::int64_t place, std::int64_t i) {
  return i % 2 == 0 ? pairs[place].even : pairs[place].odd;
}

std::int64_t keyPlace(std::int64_t column, std::int64_t i, std::int64_t dim) {
  return (column / kFrameBlock * pairsOf(dim) + i / 2) * kFrameBlock + column % kFrameBlock;
}

void packKeys(const FrameRows& keys, const PackedKeys& packed, WordPair* /*row*/) {
  for (std::int64_t c = 0; c < keys.count; ++c) {
    packed.scales[c] = largestOf(keys.at(c), keys.dim) / largestKey(keys.dim);
    for (std::int64_t i = 0; i < keys.dim; ++i) {
      part(packed.pairs, keyPlace(c, i, keys.dim), i) = rounded(keys.at(c)[i], packed.scales[c]);
    }
  }
}

void packValues(const FrameRows& values, const PackedValues& packed) {
  for (std::int64_t d = 0; d < values.dim; ++d) {
    float largest = 0.0F;
    for (std::int64_t c = 0; c < values.count; ++c) largest = std::max(largest, std::fabs(values.at(c)[d]));
    packed.scales[d] = largest / kLargestValue;
    for (std::int64_t c = 0; c < values.count; ++c) {
      part(packed.pairs, c / 2 * paddedWidth(values.dim) + d, c) = rounded(values.at(c)[d], packed.scales[d]);
    }
  }
}

void attend(const FrameTask& task, const FrameScratch& scratch) {
  const std::int64_t dim = task.queries.dim;
  for (std::int64_t r = 0; r < task.queries.count; ++r) {
    const float* const query = task.queries.at(r);
    const float scale = largestOf(query, dim) / largestKey(dim);
    for (std::int64_t c = 0; c < task.columns; ++c) {
      std::int32_t sum = 0;
      for (std::int64_t i = 0; i < dim; ++i) {
        sum += rounded(query[i], scale) * part(task.keys.pairs, keyPlace(c, i, dim), i);
      }
      scratch.scores[c] = static_cast<float>(sum) * (scale * task.scale) * task.keys.scales[c];
    }
    const float highest = *std::max_element(scratch.scores, scratch.scores + task.columns);
    std::int64_t total = 0;
    for (std::int64_t c = 0; c < task.columns; ++c) {
      scratch.weights[c] = rounded(std::exp(scratch.scores[c] - highest), 1.0F / kLargestWeight);
      total += scratch.weights[c];
    }
    for (std::int64_t d = 0; d < dim; ++d) {
      std::int64_t sum = 0;
      for (std::int64_t c = 0; c < task.columns; ++c) {
        sum += scratch.weights[c] * part(task.values.pairs, c / 2 * paddedWidth(dim) + d, c);
      }
      task.out[r * task.outStride + d] = static_cast<float>(sum) * task.values.scales[d] / static_cast<float>(total);
    }
  }
}

}  // namespace

float largestKey(std::int64_t dim) {
  return static_cast<float>(std::min(32767.0, std::floor(std::sqrt(2147483647.0 / static_cast<double>(dim)))));
}

const FrameKernels& plainFrameKernels() {
  static constexpr FrameKernels kKernels = {packKeys, packValues, attend};
  return kKernels;
}

const FrameKernels& frameKernels(Isa isa) {
#if defined(__x86_64__)
  switch (isa) {
    case Isa::Plain: break;
    case Isa::Avx2: return avx2FrameKernels();
    case Isa::AvxVnni: return avxVnniFrameKernels();
    case Isa::Amx:
    case Isa::Avx512Vnni: return avx512FrameKernels();
  }
#endif
  (void)isa;
  return plainFrameKernels();
}

}  // namespace xllm::kernels
