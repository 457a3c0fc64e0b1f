#include "core/model/speech_parts.h"

namespace xllm::model {

Result<std::unique_ptr<encoders::SpeechEncoder>> openSpeechEncoder(const Pack& pack) {
  const EncoderPart& part = *pack.speechEncoder;
  const encoders::SpeechEncoderKind kind{
      .type = part.type,
      .statistics = part.statistics.empty() ? std::filesystem::path() : pack.locate(part.statistics),
      .positions = part.positions};
  return encoders::openSpeechEncoder(kind, pack.locate(part.file));
}

}  // namespace xllm::model
