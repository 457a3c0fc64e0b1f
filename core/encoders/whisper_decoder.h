// Whisper's decoder (Radford et al. 2022, section 2.2): words out of the encoder's frames, one token after the other.
// Greedy choice alone; beams and timestamps are not here, and the text of tokens is core/transcription.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/base/result.h"
#include "core/encoders/whisper_names.h"
#include "core/weights/checkpoint.h"

namespace xllm::encoders {

struct WhisperDecoderWeights {
  struct Block {
    WhisperNorm attentionNorm;
    Affine queryKeyValue, out;  // [3 · width, width]; [width, width]
    WhisperNorm crossNorm;
    Affine crossQuery, crossKeyValue, crossOut;  // k and v of the frames: [2 · width, width]
    WhisperNorm mlpNorm;
    Affine up, down;  // [4 · width, width] and back
  };
  at::Tensor embeddings;  // [vocabulary, width], on the way in and on the way out
  at::Tensor positions;   // [longest, width], learned
  std::vector<Block> blocks;
  WhisperNorm finalNorm;
  std::int64_t heads = 0;
};

// What one decoding has seen: the frames, projected once, and the tokens so far. Belongs to one thread.
struct WhisperDecoding {
  struct Memory {
    at::Tensor frameKeys, frameValues;  // [B, heads, T, width / heads]
    at::Tensor keys, values;            // [B, heads, longest, width / heads], the first `tokens` filled
  };
  std::vector<Memory> blocks;
  std::int64_t tokens = 0;
};

// Immutable: any thread may decode, each with its own WhisperDecoding.
class WhisperDecoder {
 public:
  // weights: float32; throws on shapes that do not fit.
  explicit WhisperDecoder(WhisperDecoderWeights weights, Precision precision = Precision::Float32);

  WhisperDecoding begin(const at::Tensor& frames) const;  // [B, T, width] of the encoder
  // Appends tokens [B, N] int64, N >= 1 and at most longest() in all -> the scores [B, N, vocabulary] float32 of what
  // follows each.
  at::Tensor append(const at::Tensor& tokens, WhisperDecoding& decoding) const;

  std::int64_t width() const { return m_weights.embeddings.size(1); }
  std::int64_t vocabulary() const { return m_weights.embeddings.size(0); }
  std::int64_t longest() const { return m_weights.positions.size(0); }

 private:
  at::Tensor attend(const WhisperDecoderWeights::Block& block, const at::Tensor& x, WhisperDecoding::Memory& memory,
                    std::int64_t before) const;

  // Linear layers in m_precision; norms, positions and embeddings float32: near ties among the scores decide words, and
  // bfloat16 has steps of an eighth at their size.
  WhisperDecoderWeights m_weights;
  Precision m_precision;
};

struct WhisperDecoderOptions {
  std::optional<Precision> precision = {};  // none: fastestPrecision()
  std::int64_t heads = 0;                   // 0: what the file says, else width / 64
};
// From the files that loadWhisperEncoder() takes.
Result<WhisperDecoder> loadWhisperDecoder(const weights::Checkpoint& checkpoint,
                                          const WhisperDecoderOptions& options = {});

enum class WhisperTask { Transcribe = 1, Translate };  // into English

// What the decoder is given first: start, language, task, no timestamps. `vocabulary` tells the release: 51864 knows
// English alone and has neither language nor task, 51865 has 99 languages, 51866 (large-v3) 100. BadInput for a
// language (ISO 639 as Whisper spells it, "en", "zh", …) or a vocabulary that is none of these.
Result<std::vector<std::int64_t>> whisperPrompt(std::int64_t vocabulary, std::string_view language, WhisperTask task);

// The first token that is no text, which ends it: all tokens of words are below.
std::int64_t whisperEndOfText(std::int64_t vocabulary);

// The likeliest of the languages that the decoder knows, as whisperPrompt() takes it; "en" if it knows that alone.
// frames [T, width].
std::string whisperLanguage(const WhisperDecoder& decoder, const at::Tensor& frames);

struct WhisperRules {
  std::vector<std::int64_t> never = {};  // tokens of words that are not chosen either
  std::int64_t most = 224;               // tokens; what OpenAI's own code allows for 30 s
};
struct WhisperHeard {
  std::vector<std::int64_t> tokens;
  double meanLogProbability = 0;  // of the tokens and the end
  double noSpeech = 0;            // probability that nobody speaks, as the decoder sees it at the start
};
// The likeliest token each time, until the end of the text; what was chosen so far when `stop` is asked for. Timestamps
// and other special tokens are never chosen, and neither are a lone space and the end as the first one. frames
// [T, width]; prompt of whisperPrompt().
WhisperHeard transcribeGreedily(const WhisperDecoder& decoder, const at::Tensor& frames,
                                const std::vector<std::int64_t>& prompt, const WhisperRules& rules = {},
                                std::stop_token stop = {});

}  // namespace xllm::encoders
