#include "core/model/speech_parts.h"

#include "core/model/precision_names.h"

namespace xllm::model {
namespace {

Result<std::optional<encoders::Precision>> precisionOf(const Pack& pack) {
  encoders::Precision precision{};
  x2l::ConfigFields fields(pack.speechEncoder->config, "The speech encoder's config in the pack " + pack.name);
  fields.read("precision", precision, kPrecisionNames);
  if (auto fine = fields.finish(); !fine) return tl::unexpected(fine.error());
  if (precision == encoders::Precision{}) return std::nullopt;
  return precision;
}

}  // namespace

Result<std::unique_ptr<encoders::SpeechEncoder>> openSpeechEncoder(const Pack& pack,
                                                                   std::optional<encoders::Precision> precision) {
  const EncoderPart& part = *pack.speechEncoder;
  const encoders::SpeechEncoderKind kind{
      .type = part.type,
      .statistics = part.statistics.empty() ? std::filesystem::path() : pack.locate(part.statistics),
      .positions = part.positions};
  const auto said = precisionOf(pack);
  if (!said) return tl::unexpected(said.error());
  return encoders::openSpeechEncoder(kind, pack.locate(part.file), precision ? precision : *said);
}

}  // namespace xllm::model
