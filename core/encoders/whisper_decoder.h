// Whisper's decoder (Radford et al. 2022, section 2.2): words out of the encoder's frames, one token after the other.
// Greedy choice alone; beams, timestamps and the text of tokens are not here.
#pragma once

#include <cstdint>
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
    WhisperLinear queryKeyValue, out;  // [3 · width, width]; [width, width]
    WhisperNorm crossNorm;
    WhisperLinear crossQuery, crossKeyValue, crossOut;  // k and v of the frames: [2 · width, width]
    WhisperNorm mlpNorm;
    WhisperLinear up, down;  // [4 · width, width] and back
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

// Immutable: any thread may decode, each with its own WhisperDecoding. float32.
class WhisperDecoder {
 public:
  explicit WhisperDecoder(WhisperDecoderWeights weights);  // throws on shapes that do not fit

  WhisperDecoding begin(const at::Tensor& frames) const;  // [B, T, width] of the encoder
  // Appends tokens [B, N] int64, N >= 1 and at most longest() in all -> the scores [B, N, vocabulary] of what follows
  // each.
  at::Tensor append(const at::Tensor& tokens, WhisperDecoding& decoding) const;

  std::int64_t width() const { return m_weights.embeddings.size(1); }
  std::int64_t vocabulary() const { return m_weights.embeddings.size(0); }
  std::int64_t longest() const { return m_weights.positions.size(0); }

 private:
  at::Tensor attend(const WhisperDecoderWeights::Block& block, const at::Tensor& x, WhisperDecoding::Memory& memory,
                    std::int64_t before) const;

  WhisperDecoderWeights m_weights;
};

// From the files that loadWhisperEncoder() takes. heads 0: what the file says, else width / 64.
Result<WhisperDecoder> loadWhisperDecoder(const weights::Checkpoint& checkpoint, std::int64_t heads = 0);

enum class WhisperTask { Transcribe = 1, Translate };  // into English

// What the decoder is given first: start, language, task, no timestamps. `vocabulary` tells the release: 51864 knows
// English alone and has neither language nor task, 51865 has 99 languages, 51866 (large-v3) 100. BadInput for a
// language (ISO 639 as Whisper spells it, "en", "zh", …) or a vocabulary that is none of these.
Result<std::vector<std::int64_t>> whisperPrompt(std::int64_t vocabulary, std::string_view language, WhisperTask task);

// The likeliest token each time, until the end of the text or `most` tokens. Timestamps and other special tokens are
// never chosen, and neither are a lone space and the end as the first one. frames [T, width].
std::vector<std::int64_t> transcribeGreedily(const WhisperDecoder& decoder, const at::Tensor& frames,
                                             const std::vector<std::int64_t>& prompt, std::int64_t most = 224);

}  // namespace xllm::encoders
