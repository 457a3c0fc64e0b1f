// Whisper's encoder out of the files of OpenAI, Hugging Face, CTranslate2 and whisper.cpp.
#include <string>
#include <utility>

#include <ATen/ATen.h>

#include "core/encoders/speech_encoder.h"
#include "core/encoders/whisper_encoder.h"
#include "core/encoders/whisper_names.h"

namespace xllm::encoders {
namespace {

WhisperWeights::Block readBlock(WhisperPieces& pieces, const WhisperNames& names, const std::string& prefix) {
  const std::int64_t width = pieces.width();
  return {.attentionNorm = pieces.norm(prefix + names.attentionNorm),
          .queryKeyValue = pieces.queryKeyValue(prefix),
          .out = pieces.affine(prefix + names.out, {width, width}),
          .mlpNorm = pieces.norm(prefix + names.mlpNorm),
          .up = pieces.affine(prefix + names.up, {4 * width, width}),
          .down = pieces.affine(prefix + names.down, {width, 4 * width})};
}

Result<WhisperWeights> readWeights(const weights::Checkpoint& checkpoint, const WhisperNames& names,
                                   const WhisperOptions& options) {
  WhisperPieces pieces(checkpoint, names);
  if (auto done = pieces.readWidth(); !done) return tl::unexpected(done.error());
  const std::vector<std::int64_t> first = pieces.reader().shape(std::string("conv1") + names.separator + "weight");
  if (first.size() != 3 || first[1] < 1 || first[1] > 1024) {
    return fail(ErrorCode::CorruptFile, "The first convolution of the Whisper encoder in " +
                                            checkpoint.path().string() + " has a wrong shape.");
  }
  const auto heads = pieces.heads(options.heads);
  if (!heads) return tl::unexpected(heads.error());
  const std::int64_t width = pieces.width();
  WhisperWeights weights{.conv1 = pieces.affine("conv1", {width, first[1], 3}),
                         .conv2 = pieces.affine("conv2", {width, width, 3}),
                         .positions = pieces.reader().take(names.positions, {pieces.positions(), width}),
                         .blocks = {},
                         .finalNorm = pieces.norm(names.finalNorm),
                         .heads = *heads};
  while (pieces.hasBlock(weights.blocks.size())) {
    weights.blocks.push_back(readBlock(pieces, names, pieces.blockName(weights.blocks.size())));
  }
  if (pieces.reader().failure()) return tl::unexpected(*pieces.reader().failure());
  if (weights.blocks.empty()) {
    return fail(ErrorCode::CorruptFile, "The Whisper encoder in " + checkpoint.path().string() + " has no blocks.");
  }
  return weights;
}

}  // namespace

Result<std::unique_ptr<SpeechEncoder>> loadWhisperEncoder(const weights::Checkpoint& checkpoint,
                                                          const WhisperOptions& options) {
  const WhisperNames* names = whisperEncoderNames(checkpoint);
  if (names == nullptr) {
    return fail(ErrorCode::Unsupported,
                "The file " + checkpoint.path().string() +
                    " holds no Whisper encoder under a known naming (OpenAI, Hugging Face, CTranslate2).");
  }
  auto weights = readWeights(checkpoint, *names, options);
  if (!weights) return tl::unexpected(weights.error());
  return std::make_unique<WhisperEncoder>(std::move(*weights), options.precision.value_or(fastestWithInt8()),
                                          options.silenceSeconds);
}

}  // namespace xllm::encoders
