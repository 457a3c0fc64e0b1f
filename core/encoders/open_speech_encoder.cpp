// The one door to all speech encoders.
#include <array>
#include <string>
#include <string_view>

#include "core/encoders/conformer_loader.h"
#include "core/encoders/paraformer.h"
#include "core/encoders/speech_encoder.h"
#include "core/kernels/int8_linear.h"

namespace xllm::encoders {
namespace {

enum class Statistics { None = 1, Possible, Needed };
enum class Graph { Whisper = 1, Conformer, Paraformer };

struct KnownType {
  std::string_view name;
  Graph graph;
  Statistics statistics;
  SpeechToolkit toolkit;  // of a Conformer
  bool choosesPositions = false;
};

constexpr std::array kTypes = {
    KnownType{"whisper", Graph::Whisper, Statistics::None, {}},
    KnownType{"wenet-conformer", Graph::Conformer, Statistics::Possible, SpeechToolkit::WeNet},
    KnownType{"espnet-conformer", Graph::Conformer, Statistics::None, SpeechToolkit::EspNet, true},
    KnownType{"funasr-conformer", Graph::Conformer, Statistics::Needed, SpeechToolkit::FunAsr, true},
    KnownType{"paraformer", Graph::Paraformer, Statistics::Needed, {}},
};

Result<RelativeRule> ruleOf(const KnownType& type, const std::string& positions) {
  if (!type.choosesPositions) {
    if (positions.empty()) return RelativeRule::WeNet;
    return fail(ErrorCode::BadInput, "A speech encoder of the type \"" + std::string(type.name) +
                                         "\" has no choice of positions; leave \"" + positions + "\" out.");
  }
  if (positions.empty() || positions == "legacy") return RelativeRule::Legacy;
  if (positions == "latest") return RelativeRule::Latest;
  return fail(ErrorCode::BadInput, "The speech encoder's positions are \"" + positions +
                                       "\"; they may be \"legacy\" or \"latest\", as rel_pos_type in its config says.");
}

Result<void> checkStatistics(const KnownType& type, const std::filesystem::path& statistics) {
  const std::string name(type.name);
  if (type.statistics == Statistics::Needed && statistics.empty()) {
    return fail(ErrorCode::BadInput, "A speech encoder of the type \"" + name +
                                         "\" needs statistics: name the am.mvn that came with its weights.");
  }
  if (type.statistics == Statistics::None && !statistics.empty()) {
    return fail(ErrorCode::BadInput, "A speech encoder of the type \"" + name +
                                         "\" has no statistics beside it; leave " + statistics.string() + " out.");
  }
  return {};
}

// The type that `kind` names, if everything else it says fits.
Result<KnownType> typeOf(const SpeechEncoderKind& kind) {
  std::string names;
  for (const KnownType& type : kTypes) {
    names += (names.empty() ? "" : ", ") + std::string(type.name);
    if (type.name != kind.type) continue;
    if (auto fine = ruleOf(type, kind.positions); !fine) return tl::unexpected(fine.error());
    if (auto fine = checkStatistics(type, kind.statistics); !fine) return tl::unexpected(fine.error());
    return type;
  }
  return fail(ErrorCode::Unsupported, "The speech encoder's type is \"" + kind.type +
                                          "\", which this version does not know; it knows " + names + ".");
}

}  // namespace

Result<void> checkSpeechEncoderKind(const SpeechEncoderKind& kind) {
  return typeOf(kind).map([](const KnownType&) {});
}

Result<std::unique_ptr<SpeechEncoder>> openSpeechEncoder(const SpeechEncoderKind& kind,
                                                         const std::filesystem::path& weights,
                                                         std::optional<Precision> precision) {
  const auto type = typeOf(kind);
  if (!type) return tl::unexpected(type.error());
  if (precision == Precision::Int8 && type->graph != Graph::Whisper) {
    return fail(ErrorCode::BadInput,
                "A speech encoder of the type \"" + kind.type +
                    "\" is not computed in int8; its precision may be \"float32\" or \"bfloat16\".");
  }
  if (precision == Precision::Int8 && !kernels::int8IsFast()) precision.reset();
  const auto file = weights::Checkpoint::open(weights);
  if (!file) return tl::unexpected(file.error());
  switch (type->graph) {
    case Graph::Whisper: return loadWhisperEncoder(**file, {.precision = precision});
    case Graph::Paraformer: return loadParaformerEncoder(**file, kind.statistics, precision);
    case Graph::Conformer: break;
  }
  return loadConformerEncoder(**file, {.toolkit = type->toolkit,
                                       .rule = *ruleOf(*type, kind.positions),
                                       .statistics = kind.statistics,
                                       .precision = precision});
}

}  // namespace xllm::encoders
