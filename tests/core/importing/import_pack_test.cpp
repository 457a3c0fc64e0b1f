#include "core/importing/import_pack.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>

#include "core/generation/model_backend.h"
#include "core/model/image_parts.h"
#include "core/x2l/image_interface.h"
#include "core/x2l/parameters.h"
#include "core/x2l/published_qformer.h"
#include "tests/core/importing/published.h"

namespace xllm::importing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using tests::Golden;
using tests::isClose;
using tests::isSame;
using tests::NamedTensors;
using tests::Published;
using tests::replaced;
using tests::Scratch;
using tests::weightsOf;

// Heads are all that tiny models must say, for theirs are narrower than the published ones'.
const json kHeads{{"vision_config", {{"num_attention_heads", 4}}}, {"qformer_config", {{"num_attention_heads", 4}}}};

NamedTensors tower() { return weightsOf(Golden("eva_vit")); }  // with ln_vision
// Of stage 1, with its text branch and heads, or the query branch alone, as later stages are published.
NamedTensors former(bool textBranch = true) {
  NamedTensors named = weightsOf(Golden("qformer_blip2_stage1"));
  const x2l::ImageInterface sizes(
      {.featureWidth = 64, .hidden = 64, .layers = 4, .heads = 4, .intermediate = 128, .queries = 6, .llmWidth = 128});
  const auto known = sizes.named_parameters();
  if (!textBranch) std::erase_if(named, [&](const auto& item) { return !known.contains(item.first); });
  return named;
}
NamedTensors together(NamedTensors first, const NamedTensors& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}
NamedTensors without(NamedTensors named, const std::string& part) {
  std::erase_if(named, [&](const auto& item) { return item.first.find(part) != std::string::npos; });
  return named;
}
template <typename Rename>
NamedTensors renamed(NamedTensors named, const Rename& rename) {
  for (auto& [name, tensor] : named) name = rename(name);
  return named;
}

// Files as people have them, in a folder with a config.json.
class ImportEyes : public testing::Test {
 protected:
  fs::path write(const std::string& name, const NamedTensors& tensors, const json& config = kHeads) const {
    const fs::path path = m_scratch.write(name, "");
    std::ofstream(path.parent_path() / "config.json") << config;
    const auto saved = weights::saveSafetensors(path, tensors);
    EXPECT_TRUE(saved) << saved.error().message;
    return path;
  }
  // LAVIS' files: EVA-CLIP's bare tower, and a Q-Former with everything around it but the tower.
  fs::path bareTower() const {
    return write("lavis/eva_vit_g.pth", renamed(without(tower(), "ln_vision"), [](const std::string& name) {
                   return replaced(name, "visual_encoder.", "");
                 }));
  }
  fs::path lavisFormer(const std::string& lacking = "nothing") const {
    NamedTensors norm = tower();
    std::erase_if(norm, [](const auto& item) { return !item.first.starts_with("ln_vision"); });
    return write("lavis/blip2.pth", renamed(without(together(norm, former()), lacking),
                                            [](const std::string& name) { return "model/" + name; }));
  }
  // A pack of ChatGLM-6B, 128 wide.
  model::Pack languagePack() {
    auto found = findSources({m_language.folder()});
    const auto report = importPack(
        {.found = found.value()}, {.name = "glm", .chatTemplate = "chatglm", .into = m_scratch.path() / "glm"}, {}, {});
    if (!report) throw std::runtime_error(report.error().message);
    return model::readPack(m_scratch.path() / "glm").value();
  }
  Result<ImportReport> import(const std::vector<fs::path>& given, std::optional<model::Pack> pack = std::nullopt,
                              const std::string& chatTemplate = {}) const {
    auto found = findSources(given);
    if (!found) return tl::unexpected(found.error());
    return importPack({.found = *std::move(found), .pack = std::move(pack)},
                      {.name = "eyes", .chatTemplate = chatTemplate, .into = made()}, {}, {});
  }
  void expectRefused(const Result<ImportReport>& report, const std::vector<std::string>& mentions) const {
    ASSERT_FALSE(report) << mentions.front();
    for (const std::string& mention : mentions)
      EXPECT_NE(report.error().message.find(mention), std::string::npos)
          << mention << " in: " << report.error().message;
    EXPECT_FALSE(fs::exists(made()));
    EXPECT_FALSE(fs::exists(m_scratch.path() / ".eyes.part"));
  }
  fs::path made() const { return m_scratch.path() / "eyes"; }

  // From the golden pixels, by the pack's own parts.
  static at::Tensor softTokens(const fs::path& folder) {
    const torch::NoGradGuard noGrad;
    auto pack = model::readPack(folder);
    if (!pack) throw std::runtime_error(pack.error().message);
    pack->imageEncoder->config["precision"] = "float32";
    const auto encoder = model::openImageEncoder(*pack);
    if (!encoder) throw std::runtime_error(encoder.error().message);
    const auto interface = model::openImageInterface(*pack, *pack->image, **encoder);
    if (!interface) throw std::runtime_error(interface.error().message);
    return (*interface)->forward((*encoder)->forward(pixels()).cells);
  }
  static at::Tensor pixels() { return Golden("xllm_pipeline").input("pixel_values"); }
  static at::Tensor expectedTokens() { return Golden("xllm_pipeline").expected("image_soft_tokens"); }

  const Scratch m_scratch;
  Published m_language{"chatglm_v1", "sp_unigram_chatglm_like.model", "ice_text.model", 1000};
};

// VisualGLM's names: one folder, all parts.
class ImportVisualGlm : public ImportEyes {
 protected:
  ImportVisualGlm() {
    m_language.add(together(tests::visualGlmTower(tower()), tests::visualGlmFormer(former(), 4)),
                   {{"eva_config", {{"num_attention_heads", 4}, {"image_size", {28, 28}}, {"layernorm_epsilon", 1e-6}}},
                    {"qformer_config", {{"num_attention_heads", 4}}}});
  }
};

TEST_F(ImportVisualGlm, SeesAsTheReferenceDoes) {
  const auto found = findSources({m_language.folder()});
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_TRUE(found->languageModel && found->imageEncoder && found->imageInterface);
  EXPECT_EQ(found->languageModel->family, "VisualGLM-6B");
  EXPECT_EQ(found->languageModel->chatTemplate, "visualglm");
  EXPECT_EQ(found->imageEncoder->plan.type, "eva-vit");
  EXPECT_EQ(found->imageInterface->plan.config.queries, 6);
  const auto report = import({m_language.folder()}, {}, "visualglm");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(isClose(softTokens(made()), expectedTokens(), 1e-4));
  const auto pack = model::readPack(made());
  EXPECT_EQ(pack->image->wrap.before, "<img>");
  EXPECT_EQ(pack->image->wrap.after, "</img>");
  EXPECT_EQ(pack->image->defaultQuestion, "描述这张图片。");
  EXPECT_EQ(pack->languageModel.chatTemplate, "visualglm");
}

TEST_F(ImportVisualGlm, ComputesTheNumbersOfTheUnimportedFile) {
  ASSERT_TRUE(import({m_language.folder()}, {}, "visualglm"));
  const torch::NoGradGuard noGrad;
  encoders::VisionOptions options;
  options.precision = encoders::Precision::Float32;
  const auto encoder = encoders::openImageEncoder("eva-vit", m_language.folder() / "model.safetensors", options);
  ASSERT_TRUE(encoder) << encoder.error().message;
  x2l::ImageInterface interface(findSources({m_language.folder()})->imageInterface->plan.config);
  const auto file = weights::Checkpoint::open(m_language.folder() / "model.safetensors").value();
  ASSERT_TRUE(x2l::loadImageInterface(interface, file));
  interface.eval();
  EXPECT_TRUE(isSame(softTokens(made()), interface.forward((*encoder)->forward(pixels()).cells)));

  const auto language = weights::Checkpoint::open(made() / "llm/model.safetensors").value();
  for (const weights::TensorInfo& tensor : language->tensors())
    EXPECT_FALSE(tensor.name.starts_with("image_encoder.")) << tensor.name;
  const auto loaded = llm::loadLanguageModel(language, llm::Precision::Float32);
  ASSERT_TRUE(loaded) << loaded.error().message;
  const at::Tensor hidden = (*loaded)->forward((*loaded)->embed(m_language.golden().input("prompt.input_ids")));
  EXPECT_TRUE(
      isClose((*loaded)->logits(hidden).narrow(-1, 0, 160), m_language.golden().expected("prompt.logits"), 1e-4));
}

TEST_F(ImportVisualGlm, AnswersAboutAPicture) {
  ASSERT_TRUE(import({m_language.folder()}, {}, "visualglm"));
  const auto backend = generation::makeModelBackend(generation::Loading::Everything);
  const auto pack = backend->load(made(), {}, {});
  ASSERT_TRUE(pack) << pack.error().message;
  const auto picture = std::make_shared<const RgbImage>(RgbImage{3, 2, std::vector<std::uint8_t>(18, 90)});
  const auto promptTokens = [&](std::vector<generation::Part> parts) {
    generation::ChatRequest request;
    request.turns = {{Role::User, std::move(parts)}};
    request.options.maxNewTokens = 2;
    const auto summary = backend->answer(request, {}, [](const std::string&) {});
    EXPECT_TRUE(summary) << summary.error().message;
    return summary ? summary->promptTokens : 0;
  };
  const auto words = promptTokens({std::string("ab")});
  EXPECT_GE(promptTokens({generation::Picture(picture), std::string("ab")}), words + 6 + 2);
}

TEST_F(ImportVisualGlm, SaysWhichOfItsEyesIsMissing) {
  for (const auto& [part, mention] :
       {std::pair<std::string, std::string>("position_embeddings", "image_encoder.vit.transformer.position_embeddings"),
        {"qformer.transformer.layers.0.input_layernorm.weight", "image_encoder.qformer.transformer.layers.0"},
        {"qformer.transformer.word_embeddings", "query_tokens"},
        {"qformer.transformer.layers.3.mlp.dense_h_to_4h", "layer.3.intermediate_query.dense.weight"},
        {"vit.transformer.layers.1.mlp.dense_4h_to_h.bias", "vit.transformer.layers.1.mlp.dense_4h_to_h.bias"}}) {
    Published visual("chatglm_v1");
    visual.add(without(together(tests::visualGlmTower(tower()), tests::visualGlmFormer(former(), 4)), part),
               {{"eva_config", {{"num_attention_heads", 4}}}, {"qformer_config", {{"num_attention_heads", 4}}}});
    expectRefused(import({visual.folder()}, {}, "visualglm"), {mention, "model.safetensors"});
  }
}

TEST_F(ImportEyes, LavisFilesGiveAPackEyes) {
  const auto pack = languagePack();
  const auto report = import({bareTower(), lavisFormer()}, pack);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(isClose(softTokens(made()), expectedTokens(), 1e-4));
  const auto eyes = model::readPack(made()).value();
  EXPECT_EQ(eyes.name, "eyes");
  EXPECT_EQ(eyes.image->wrap.before, "<Image>");
  EXPECT_EQ(eyes.languageModel.chatTemplate, "chatglm");
  EXPECT_TRUE(fs::equivalent(made() / pack.languageModel.file, pack.locate(pack.languageModel.file)));
  // The text branch is of no use in a chat.
  const auto file = weights::Checkpoint::open(eyes.locate(eyes.image->file)).value();
  EXPECT_EQ(file->find("Qformer.bert.embeddings.word_embeddings.weight"), nullptr);
  EXPECT_NE(file->find("ln_vision.weight"), nullptr);

  // Other eyes take the place of these; everything else stays.
  const auto whole = write("whole/model.safetensors", together(tests::huggingFaceTower(tower()),
                                                               renamed(former(false), tests::huggingFaceFormerName)));
  const auto again = importPack({.found = findSources({whole}).value(), .pack = eyes},
                                {.name = "other", .chatTemplate = "", .into = m_scratch.path() / "other"}, {}, {});
  ASSERT_TRUE(again) << again.error().message;
  const auto other = model::readPack(m_scratch.path() / "other").value();
  EXPECT_EQ(other.files.size(), eyes.files.size());
  EXPECT_FALSE(x2l::imageInterfaceConfig(other.image->config)->featureNorm);
  EXPECT_TRUE(isClose(softTokens(m_scratch.path() / "other"), expectedTokens(), 1e-3));  // its last norm's epsilon
}

TEST_F(ImportEyes, HuggingFacesBlip2LeavesItsLanguageModel) {
  NamedTensors named = together(tests::huggingFaceTower(tower()), renamed(former(false), tests::huggingFaceFormerName));
  named.emplace_back("language_model.model.decoder.embed_tokens.weight", at::ones({8, 128}));
  const auto found = findSources({write("blip2/model.safetensors", named).parent_path()});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_FALSE(found->languageModel);
  ASSERT_EQ(found->leftOut.size(), 1U);
  EXPECT_NE(found->leftOut[0].find("language model"), std::string::npos);
  const auto report = import({m_scratch.path() / "blip2"}, languagePack());
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(isClose(softTokens(made()), expectedTokens(), 1e-3));
}

// What `xllm train` exports takes a published Q-Former's place, with the config that it carries.
TEST_F(ImportEyes, AnInterfaceOfOurOwnIsOneToo) {
  x2l::ImageInterfaceConfig config{.featureWidth = 64,
                                   .poolTo = 2,
                                   .cellPositions = true,
                                   .hidden = 64,
                                   .layers = 2,
                                   .heads = 2,
                                   .intermediate = 128,
                                   .queries = 4,
                                   .llmWidth = 128};
  const auto exported = [&](const char* name) {
    const x2l::ImageInterface interface(config);
    const auto path = m_scratch.path() / name;
    EXPECT_TRUE(
        x2l::saveParameters(interface, path, x2l::ParameterFormat::Int8, "", {{"config", toJson(config).dump()}}));
    return path;
  };
  const auto report = import({bareTower(), exported("run.safetensors")}, languagePack());
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(softTokens(made()).sizes(), at::IntArrayRef({1, 4, 128}));
  fs::remove_all(made());
  config.timePositions = 8;
  expectRefused(import({exported("clips.safetensors")}), {"clips.safetensors", "timePositions"});
}

// Without a language model: parts that training names, and that are sources themselves.
TEST_F(ImportEyes, PartsAreKeptForTraining) {
  const auto report = import({bareTower(), lavisFormer("opt_proj")});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_FALSE(fs::exists(made() / "pack.json"));
  const auto file = weights::Checkpoint::open(made() / kImageInterfaceFile).value();
  for (const char* name : {"Qformer.bert.embeddings.word_embeddings.weight", "itm_head.weight", "ln_vision.weight",
                           "Qformer.bert.encoder.layer.1.output.dense.weight"})
    EXPECT_NE(file->find(name), nullptr) << name;
  const auto again = findSources({made()});
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->imageEncoder->plan.shape.width, 64);
  EXPECT_EQ(again->imageInterface->plan.config.heads, 4);
  EXPECT_EQ(again->imageInterface->plan.config.llmWidth, 0);
  EXPECT_TRUE(again->imageInterface->plan.config.featureNorm);
  const auto encoder = encoders::openImageEncoder("", made() / kImageEncoderFile);
  ASSERT_TRUE(encoder) << encoder.error().message;
  EXPECT_EQ((*encoder)->shape().cells, 17);
}

TEST_F(ImportEyes, TakesEveryKindOfEncoder) {
  for (const auto& [golden, type] : {std::pair("clip_vision_hf", "clip"), std::pair("clip_vision_openai", "clip"),
                                     std::pair("siglip_vision_hf", "siglip"), std::pair("eva_vit", "eva-vit")}) {
    const Golden model(golden);
    NamedTensors named = weightsOf(model);
    named.emplace_back("text_model.embeddings.token_embedding.weight", at::ones({3, 64}));  // of the other tower
    json config = kHeads;
    if (model.config().contains("model_type")) config = model.config();
    const auto source = write(golden + std::string("/model.safetensors"), named, config);
    fs::remove_all(made());
    const auto report = import({source.parent_path()});
    ASSERT_TRUE(report) << report.error().message;
    encoders::VisionOptions options;
    options.precision = encoders::Precision::Float32;
    const auto before = encoders::openImageEncoder(type, source, options);
    const auto after = encoders::openImageEncoder("", made() / kImageEncoderFile, options);
    ASSERT_TRUE(before && after) << golden;
    const at::Tensor side = at::rand({1, 3, (*before)->shape().inputSide, (*before)->shape().inputSide});
    EXPECT_TRUE(isSame((*after)->forward(side).cells, (*before)->forward(side).cells)) << golden;
    const auto kept = weights::Checkpoint::open(made() / kImageEncoderFile).value();
    EXPECT_EQ(kept->find("text_model.embeddings.token_embedding.weight"), nullptr) << golden;
    EXPECT_EQ(kept->tensors().size(), named.size() - 1) << golden;
  }
}

TEST_F(ImportEyes, SaysWhatDoesNotGoTogether) {
  const auto pack = languagePack();
  expectRefused(import({bareTower()}, pack), {"image encoder", "eva_vit_g.pth", "Q-Former"});
  expectRefused(import({lavisFormer()}, pack), {"Q-Former", "blip2.pth", "image encoder"});
  expectRefused(import({bareTower(), lavisFormer("opt_proj")}, pack), {"no projection", "xllm train"});
  expectRefused(import({bareTower(), lavisFormer("ln_vision")}), {"ln_vision.weight", "eva_vit_g.pth", "blip2.pth"});
  expectRefused(import({bareTower(), bareTower()}), {"Both", "an image encoder"});
  expectRefused(import({m_language.folder()}, pack, "chatglm"), {"one too many"});
  expectRefused(import({pack.folder}), {"is a pack already", "--language-model"});
  auto projected = former();
  for (auto& [name, tensor] : projected) {
    if (name.starts_with("opt_proj")) tensor = at::cat({tensor, tensor});
  }
  const auto other = write("wide/other.pth", together(tower(), projected));
  expectRefused(import({other}, pack), {"256 wide", "128 wide", "other.pth"});
}

TEST_F(ImportEyes, NamesWhatIsWrongInAFile) {
  const auto refused = [&](const std::string& from, const std::string& to, const std::string& mention) {
    const auto rename = [&](const std::string& name) { return replaced(name, from, to); };
    expectRefused(import({write("torn/model.safetensors", renamed(together(tower(), former()), rename))}),
                  {mention, "torn/model.safetensors"});
  };
  refused("visual_encoder.blocks.2.mlp.fc2.bias", "visual_encoder.blocks.2.mlp.fc2.bais", "blocks.2.mlp.fc2.bias");
  refused("layer.2.crossattention.self.value.weight", "layer.2.crossattention.self.v",
          "layer.2.crossattention.self.value");
  refused("query_tokens", "queries", "query_tokens");
  refused("layer.2.crossattention.self.key.weight", "layer.2.crossattention.self.k", "layer.2.crossattention.self.key");
  NamedTensors misshapen = together(tower(), former());
  for (auto& [name, tensor] : misshapen) {
    if (name == "Qformer.bert.encoder.layer.1.output_query.dense.weight") tensor = tensor.t().contiguous();
  }
  expectRefused(import({write("torn/model.safetensors", misshapen)}), {"[128, 64]", "[64, 128]"});
  const auto half = write("torn/model.safetensors", tower());
  fs::resize_file(half, fs::file_size(half) / 2);
  expectRefused(import({half}), {"model.safetensors", "damaged"});
  expectRefused(import({write("torn/model.safetensors", {{"some.weight", at::ones({2, 2})}}, json::object())}),
                {"torn/config.json"});
}

TEST_F(ImportEyes, LeavesNothingHalfDone) {
  std::stop_source stop;
  const auto report = importPack({.found = findSources({bareTower(), lavisFormer()}).value()},
                                 {.name = "eyes", .chatTemplate = "", .into = made()}, stop.get_token(),
                                 [&](double done, const std::string&) {
                                   if (done > 0.5) stop.request_stop();
                                 });
  expectRefused(report, {"Stopped."});
}

}  // namespace
}  // namespace xllm::importing
