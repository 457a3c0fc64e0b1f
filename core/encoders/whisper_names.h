// The names under which published files keep Whisper, and the pieces that its encoder and decoder share. Internal to
// core/encoders.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/encoders/affine.h"
#include "core/encoders/weight_reader.h"
#include "core/weights/checkpoint.h"

namespace xllm::encoders {

struct WhisperNorm {
  at::Tensor scale, shift;  // [width]
};

// One half of the model in one layout.
struct WhisperNames {
  const char* prefix;
  const char* positions;
  const char* block;
  const char* separator;            // between parts of a name
  const char *query, *key, *value;  // `key` empty: q, k and v are one matrix under `query`
  const char* out;
  const char* attentionNorm;
  const char *crossQuery, *crossKey,
      *crossValue;  // decoder; `crossValue` empty: k and v are one matrix under `crossKey`
  const char* crossOut;
  const char* crossNorm;
  const char *up, *down;
  const char* mlpNorm;
  const char* finalNorm;
  const char *scale, *shift;  // of a norm
  const char* embeddings;     // decoder
  const char* heads;          // metadata key, empty: the file does not say
};

// Told apart by the name of the positions; nullptr: none of the known ones.
const WhisperNames* whisperEncoderNames(const weights::Checkpoint& checkpoint);
const WhisperNames* whisperDecoderNames(const weights::Checkpoint& checkpoint);

// Takes the pieces; after a failure everything is undefined and failure() says why.
class WhisperPieces {
 public:
  WhisperPieces(const weights::Checkpoint& checkpoint, const WhisperNames& names)
      : m_checkpoint(checkpoint), m_names(names), m_reader(checkpoint, names.prefix) {}

  WeightReader& reader() { return m_reader; }
  // CorruptFile unless the positions are [count, width] with both above 0.
  Result<void> readWidth();
  std::int64_t width() const { return m_width; }
  std::int64_t positions() const { return m_positions; }
  // What `wanted` says, else the file, else width / 64; CorruptFile where that does not divide the width.
  Result<std::int64_t> heads(std::int64_t wanted) const;

  std::string blockName(std::size_t index) const { return m_names.block + std::to_string(index) + m_names.separator; }
  bool hasBlock(std::size_t index) const {
    return m_reader.has(blockName(index) + m_names.attentionNorm + m_names.separator + m_names.scale);
  }
  WhisperNorm norm(const std::string& name);
  Affine affine(const std::string& name, const std::vector<std::int64_t>& shape);
  Affine queryKeyValue(const std::string& block);  // [3 · width, width]; k's bias is zero
  Affine crossKeyValue(const std::string& block);  // [2 · width, width]

 private:
  Affine keyAndValue(const std::string& key, const std::string& value);

  const weights::Checkpoint& m_checkpoint;
  const WhisperNames& m_names;
  WeightReader m_reader;
  std::int64_t m_positions = 0, m_width = 0;
};

}  // namespace xllm::encoders
