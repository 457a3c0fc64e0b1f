#include "core/listening/silero_vad.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "core/weights/checkpoint.h"

namespace xllm::listening {

namespace {

constexpr std::size_t kWindow = 256, kHop = 128, kBins = 129, kFrames = 4;  // of the short-time Fourier transform
constexpr std::size_t kPadded = 64 + 512 + 64;                              // context, chunk, mirrored end
static_assert((kPadded - kWindow) / kHop + 1 == kFrames);

using Row = std::vector<float>;

// A convolution over time with kernel 3 and padding 1, its weights turned so that the innermost loop runs over output
// channels, which stand side by side: a compiler makes vectors of that without being allowed to reorder sums.
struct Convolution {
  std::size_t in = 0, out = 0, stride = 1;
  Row weights;  // [tap][in][out]
  Row bias;     // [out]
};

// What is wrong with the file, thrown inside this file only and turned into a Result in open().
struct Problem {
  Error error;
};

std::string written(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const std::int64_t size : shape) text += (text.empty() ? "[" : ", ") + std::to_string(size);
  return text.empty() ? "[]" : text + "]";
}

Row read(const weights::Checkpoint& file, const std::string& name, const std::vector<std::int64_t>& shape) {
  const auto refuse = [&](ErrorCode code, const std::string& what) {
    throw Problem{{code, file.path().string() + " is not a Silero voice detector for 16 kHz: " + what +
                             ". Take silero_vad_16k.safetensors of the package silero-vad 6."}};
  };
  const weights::TensorInfo* info = file.find(name);
  if (info == nullptr) refuse(ErrorCode::CorruptFile, "it has no tensor " + name);
  if (info->shape != shape) {
    refuse(ErrorCode::CorruptFile, "its tensor " + name + " is " + written(info->shape) + " and not " + written(shape));
  }
  if (info->type != weights::StorageType::F32) {
    refuse(ErrorCode::Unsupported,
           "its tensor " + name + " is stored as " + std::string(weights::toString(info->type)) + " and not as F32");
  }
  const auto stored = file.stored(name);
  if (!stored) throw Problem{stored.error()};
  Row values(stored->bytes.size() / sizeof(float));
  std::memcpy(values.data(), stored->bytes.data(), values.size() * sizeof(float));
  if (!std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); })) {
    refuse(ErrorCode::CorruptFile, "its tensor " + name + " holds values that are not numbers");
  }
  return values;
}

// [rows][columns][taps] -> [taps][columns][rows]
Row turned(const Row& values, std::size_t rows, std::size_t columns, std::size_t taps) {
  Row result(values.size());
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      for (std::size_t tap = 0; tap < taps; ++tap) {
        result[(tap * columns + column) * rows + row] = values[(row * columns + column) * taps + tap];
      }
    }
  }
  return result;
}

Convolution readConvolution(const weights::Checkpoint& file, const std::string& name, std::size_t in, std::size_t out,
                            std::size_t stride) {
  const auto signedIn = static_cast<std::int64_t>(in), signedOut = static_cast<std::int64_t>(out);
  return {in, out, stride, turned(read(file, name + ".weight", {signedOut, signedIn, 3}), out, in, 3),
          read(file, name + ".bias", {signedOut})};
}

// sums[0 … n) += factor · row[0 … n)
void addScaled(float* __restrict sums, const float* __restrict row, float factor, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) sums[i] += factor * row[i];
}

// signal [frames][in] -> [frames / stride][out], rectified
Row convolve(const Convolution& layer, const Row& signal) {
  const std::size_t frames = signal.size() / layer.in, made = (frames - 1) / layer.stride + 1;
  Row result(made * layer.out);
  for (std::size_t t = 0; t < made; ++t) {
    float* sums = result.data() + t * layer.out;
    std::copy(layer.bias.begin(), layer.bias.end(), sums);
    for (std::size_t tap = 0; tap < 3; ++tap) {
      const std::size_t frame = t * layer.stride + tap;  // one too many: padding stands in front
      if (frame == 0 || frame > frames) continue;
      for (std::size_t i = 0; i < layer.in; ++i) {
        addScaled(sums, layer.weights.data() + (tap * layer.in + i) * layer.out, signal[(frame - 1) * layer.in + i],
                  layer.out);
      }
    }
  }
  for (float& value : result) value = std::max(value, 0.0F);
  return result;
}

// padded [kPadded] -> [kFrames][kBins]
Row magnitudes(const Row& transform, std::span<const float> padded) {
  Row result(kFrames * kBins);
  for (std::size_t t = 0; t < kFrames; ++t) {
    std::array<float, 2 * kBins> parts{};  // real, then imaginary
    for (std::size_t i = 0; i < kWindow; ++i) {
      addScaled(parts.data(), transform.data() + i * parts.size(), padded[t * kHop + i], parts.size());
    }
    for (std::size_t bin = 0; bin < kBins; ++bin) {
      const float real = parts[bin], imaginary = parts[kBins + bin];
      result[t * kBins + bin] = std::sqrt(real * real + imaginary * imaginary);
    }
  }
  return result;
}

float sigmoid(float x) { return 1.0F / (1.0F + std::exp(-x)); }

}  // namespace

struct SileroVad::Weights {
  Row transform;  // [kWindow][2 · kBins]
  std::array<Convolution, 4> convolutions;
  Row input, hidden;  // [128][4 · kHidden]: gates i, f, g, o
  Row bias;           // [4 · kHidden], both of the cell's
  Row last;           // [kHidden]
  float lastBias = 0;
};

SileroVad::SileroVad(std::shared_ptr<const Weights> weights) : m_weights(std::move(weights)) {}

Result<SileroVad> SileroVad::open(const std::filesystem::path& safetensors) try {
  const auto opened = weights::Checkpoint::open(safetensors);
  if (!opened) return tl::unexpected(opened.error());
  const weights::Checkpoint& file = **opened;
  auto loaded = std::make_shared<Weights>();
  loaded->transform = turned(read(file, "stft_conv.weight", {2 * kBins, 1, kWindow}), 2 * kBins, kWindow, 1);
  loaded->convolutions = {readConvolution(file, "conv1", kBins, 128, 1), readConvolution(file, "conv2", 128, 64, 2),
                          readConvolution(file, "conv3", 64, 64, 2), readConvolution(file, "conv4", 64, kHidden, 1)};
  loaded->input = turned(read(file, "lstm_cell.weight_ih", {4 * kHidden, kHidden}), 4 * kHidden, kHidden, 1);
  loaded->hidden = turned(read(file, "lstm_cell.weight_hh", {4 * kHidden, kHidden}), 4 * kHidden, kHidden, 1);
  loaded->bias = read(file, "lstm_cell.bias_ih", {4 * kHidden});
  addScaled(loaded->bias.data(), read(file, "lstm_cell.bias_hh", {4 * kHidden}).data(), 1, loaded->bias.size());
  loaded->last = read(file, "final_conv.weight", {1, kHidden, 1});
  loaded->lastBias = read(file, "final_conv.bias", {1}).front();
  return SileroVad(std::move(loaded));
} catch (const Problem& problem) {
  return tl::unexpected(problem.error);
}

float SileroVad::next(std::span<const float, kChunk> samples) {
  std::array<float, kPadded> padded{};
  std::copy(m_context.begin(), m_context.end(), padded.begin());
  std::transform(samples.begin(), samples.end(), padded.begin() + kContext,
                 [](float sample) { return std::isfinite(sample) ? std::clamp(sample, -1.0F, 1.0F) : 0.0F; });
  const std::size_t heard = kContext + kChunk;
  std::copy(padded.begin() + kChunk, padded.begin() + heard, m_context.begin());
  for (std::size_t i = 0; heard + i < kPadded; ++i) padded[heard + i] = padded[heard - 2 - i];

  Row signal = magnitudes(m_weights->transform, padded);
  for (const Convolution& layer : m_weights->convolutions) signal = convolve(layer, signal);

  std::array<float, 4 * kHidden> gates{};
  std::copy(m_weights->bias.begin(), m_weights->bias.end(), gates.begin());
  for (std::size_t i = 0; i < kHidden; ++i) {
    addScaled(gates.data(), m_weights->input.data() + i * gates.size(), signal[i], gates.size());
    addScaled(gates.data(), m_weights->hidden.data() + i * gates.size(), m_hidden[i], gates.size());
  }
  float sum = m_weights->lastBias;
  for (std::size_t i = 0; i < kHidden; ++i) {
    const float* gate = gates.data() + i;
    m_cell[i] = sigmoid(gate[kHidden]) * m_cell[i] + sigmoid(gate[0]) * std::tanh(gate[2 * kHidden]);
    m_hidden[i] = sigmoid(gate[3 * kHidden]) * std::tanh(m_cell[i]);
    sum += m_weights->last[i] * std::max(m_hidden[i], 0.0F);
  }
  return sigmoid(sum);
}

void SileroVad::reset() {
  m_context = {};
  m_hidden = {};
  m_cell = {};
}

}  // namespace xllm::listening
