// JSON of both interfaces' configs: one list of keys each, read strictly, written in full.
#include <c10/util/StringUtil.h>
#include <nlohmann/json.hpp>

#include "core/x2l/config_fields.h"
#include "core/x2l/image_interface.h"
#include "core/x2l/speech_interface.h"

namespace xllm::x2l {
namespace {

constexpr EnumNames<ClipQueries, 2> kClipQueries{{{"per frame", ClipQueries::PerFrame}, {"joint", ClipQueries::Joint}}};
constexpr EnumNames<SpeechAdapter, 2> kAdapters{
    {{"linear", SpeechAdapter::Linear}, {"vocabulary", SpeechAdapter::Vocabulary}}};
constexpr EnumNames<VocabularyHead, 2> kHeads{{{"tied", VocabularyHead::Tied}, {"full", VocabularyHead::Full}}};
constexpr EnumNames<FormerNorm, 2> kNorms{{{"after", FormerNorm::After}, {"before", FormerNorm::Before}}};

void requireHeads(ConfigFields& fields, std::int64_t width, std::int64_t heads, std::string_view names) {
  fields.require(heads > 0 && width % heads == 0, c10::str("has ", names, " = ", width, " and ", heads,
                                                           ", but the first must be a multiple of the second"));
}

}  // namespace

Result<ImageInterfaceConfig> imageInterfaceConfig(const nlohmann::json& json) {
  ImageInterfaceConfig config;
  ConfigFields fields(json, "The image interface's config");
  fields.read("featureWidth", config.featureWidth, 1);
  fields.read("featureNorm", config.featureNorm);
  fields.read("poolTo", config.poolTo, 0);
  fields.read("cellPositions", config.cellPositions);
  fields.read("usePooled", config.usePooled);
  fields.read("classes", config.classes, 0);
  fields.read("classPower", config.classPower, 0.1, 100.0);
  fields.read("hidden", config.hidden, 1);
  fields.read("layers", config.layers, 1);
  fields.read("heads", config.heads, 1);
  fields.read("intermediate", config.intermediate, 1);
  fields.read("crossAttentionEvery", config.crossAttentionEvery, 1);
  fields.read("queries", config.queries, 1);
  fields.read("timePositions", config.timePositions, 0);
  fields.read("clipQueries", config.clipQueries, kClipQueries);
  fields.read("motionUnits", config.motionUnits, 0);
  fields.read("normEpsilon", config.normEpsilon, 0.0, 1.0);
  fields.read("dropout", config.dropout, 0.0, 0.9);
  fields.read("llmWidth", config.llmWidth, 1);
  requireHeads(fields, config.hidden, config.heads, "hidden and heads");
  fields.require(!config.cellPositions || config.poolTo > 0, "has cellPositions, which need poolTo above 0");
  fields.require(config.clipQueries == ClipQueries::PerFrame ||
                     (config.timePositions > 0 && config.featureWidth % 2 == 0 && config.featureWidth >= 4),
                 "has joint clipQueries, which need timePositions above 0 and an even featureWidth of at least 4");
  fields.require(config.motionUnits == 0 || (config.clipQueries == ClipQueries::Joint && config.poolTo > 0),
                 "has motionUnits, which need joint clipQueries and poolTo above 0");
  if (auto ok = fields.finish(); !ok) return tl::unexpected(ok.error());
  return config;
}

nlohmann::json toJson(const ImageInterfaceConfig& config) {
  return {{"featureWidth", config.featureWidth},
          {"featureNorm", config.featureNorm},
          {"poolTo", config.poolTo},
          {"cellPositions", config.cellPositions},
          {"usePooled", config.usePooled},
          {"classes", config.classes},
          {"classPower", config.classPower},
          {"hidden", config.hidden},
          {"layers", config.layers},
          {"heads", config.heads},
          {"intermediate", config.intermediate},
          {"crossAttentionEvery", config.crossAttentionEvery},
          {"queries", config.queries},
          {"timePositions", config.timePositions},
          {"clipQueries", nameOf(config.clipQueries, kClipQueries)},
          {"motionUnits", config.motionUnits},
          {"normEpsilon", config.normEpsilon},
          {"dropout", config.dropout},
          {"llmWidth", config.llmWidth}};
}

Result<SpeechInterfaceConfig> speechInterfaceConfig(const nlohmann::json& json) {
  SpeechInterfaceConfig config;
  ConfigFields fields(json, "The speech interface's config");
  fields.read("featureWidth", config.featureWidth, 1);
  fields.read("convolutionStride", config.convolutionStride, 1);
  fields.read("frontWidth", config.frontWidth, 4);
  fields.read("frontLayers", config.frontLayers, 0);
  fields.read("frontHeads", config.frontHeads, 1);
  fields.read("frontIntermediate", config.frontIntermediate, 1);
  fields.read("ctcAlphabet", config.ctcAlphabet);
  fields.read("ctcSteps", config.ctcSteps, 1);
  fields.read("cifKernel", config.cifKernel, 1);
  fields.read("cifTailThreshold", config.cifTailThreshold, 0.0, 1.0);
  fields.read("cifInput", config.cifInput);
  fields.read("projectionRelu", config.projectionRelu);
  fields.read("hidden", config.hidden, 1);
  fields.read("layers", config.layers, 0);
  fields.read("heads", config.heads, 1);
  fields.read("intermediate", config.intermediate, 1);
  fields.read("positions", config.positions, 1);
  fields.read("formerNorm", config.formerNorm, kNorms);
  fields.read("normEpsilon", config.normEpsilon, 0.0, 1.0);
  fields.read("dropout", config.dropout, 0.0, 0.9);
  fields.read("adapter", config.adapter, kAdapters);
  fields.read("adapterRelu", config.adapterRelu);
  fields.read("vocabularyHead", config.vocabularyHead, kHeads);
  fields.read("vocabularyBias", config.vocabularyBias);
  fields.read("spellingPlaces", config.spellingPlaces, 0);
  fields.read("spellingFoldsCase", config.spellingFoldsCase);
  fields.read("vocabularyScale", config.vocabularyScale);
  fields.read("llmWidth", config.llmWidth, 1);
  fields.read("llmVocabulary", config.llmVocabulary, 0);
  if (config.layers > 0) requireHeads(fields, config.hidden, config.heads, "hidden and heads");
  if (config.frontLayers > 0) {
    requireHeads(fields, config.frontWidth, config.frontHeads, "frontWidth and frontHeads");
    fields.require(config.frontWidth % 2 == 0, "has an odd frontWidth, which sinusoid positions cannot fill");
  }
  fields.require(config.cifKernel % 2 == 1, "has an even cifKernel; it must be odd to stay on its frame");
  fields.require(config.adapter != SpeechAdapter::Vocabulary || config.llmVocabulary > 0,
                 "has a vocabulary adapter, which needs llmVocabulary");
  fields.require(
      config.spellingPlaces == 0 || (config.vocabularyHead == VocabularyHead::Tied &&
                                     config.adapter == SpeechAdapter::Vocabulary && !config.ctcAlphabet.empty()),
      "has spellingPlaces, which need a tied vocabulary adapter and a ctcAlphabet");
  if (auto ok = fields.finish(); !ok) return tl::unexpected(ok.error());
  return config;
}

nlohmann::json toJson(const SpeechInterfaceConfig& config) {
  return {{"featureWidth", config.featureWidth},
          {"convolutionStride", config.convolutionStride},
          {"frontWidth", config.frontWidth},
          {"frontLayers", config.frontLayers},
          {"frontHeads", config.frontHeads},
          {"frontIntermediate", config.frontIntermediate},
          {"ctcAlphabet", config.ctcAlphabet},
          {"ctcSteps", config.ctcSteps},
          {"cifKernel", config.cifKernel},
          {"cifTailThreshold", config.cifTailThreshold},
          {"cifInput", config.cifInput},
          {"projectionRelu", config.projectionRelu},
          {"hidden", config.hidden},
          {"layers", config.layers},
          {"heads", config.heads},
          {"intermediate", config.intermediate},
          {"positions", config.positions},
          {"formerNorm", nameOf(config.formerNorm, kNorms)},
          {"normEpsilon", config.normEpsilon},
          {"dropout", config.dropout},
          {"adapter", nameOf(config.adapter, kAdapters)},
          {"adapterRelu", config.adapterRelu},
          {"vocabularyHead", nameOf(config.vocabularyHead, kHeads)},
          {"vocabularyBias", config.vocabularyBias},
          {"spellingPlaces", config.spellingPlaces},
          {"spellingFoldsCase", config.spellingFoldsCase},
          {"vocabularyScale", config.vocabularyScale},
          {"llmWidth", config.llmWidth},
          {"llmVocabulary", config.llmVocabulary}};
}

}  // namespace xllm::x2l
