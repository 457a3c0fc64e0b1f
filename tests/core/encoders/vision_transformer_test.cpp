#include "core/encoders/vision_transformer.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/golden.h"
#include "tests/support/published_names.h"

namespace xllm::encoders {
namespace {

using tests::Golden;
using tests::huggingFaceTower;
using tests::isClose;
using tests::isWithin;
using tests::replaced;
using tests::visualGlmTower;
using tests::weightsOf;
using Named = tests::NamedTensors;

constexpr double kExact = 1e-4;    // of the largest number, as the golden files ask
constexpr double kSixteen = 3e-2;  // in bfloat16

VisionOptions exact() {
  VisionOptions options;
  options.heads = 4;
  options.precision = Precision::Float32;
  return options;
}

std::unique_ptr<ImageEncoder> loaded(Result<std::unique_ptr<ImageEncoder>> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

// A file of its own for each test, with the given tensors.
class VisionFile {
 public:
  explicit VisionFile(const Named& tensors, const std::string& config = {}) {
    m_folder = std::filesystem::path(::testing::TempDir()) /
               ("vision_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::remove_all(m_folder);
    std::filesystem::create_directories(m_folder);
    const auto saved = weights::saveSafetensors(path(), tensors);
    if (!saved) throw std::runtime_error(saved.error().message);
    if (!config.empty()) std::ofstream(m_folder / "config.json") << config;
  }
  ~VisionFile() { std::filesystem::remove_all(m_folder); }
  std::filesystem::path path() const { return m_folder / "model.safetensors"; }
  std::shared_ptr<const weights::Checkpoint> checkpoint() const { return *weights::Checkpoint::open(path()); }

 private:
  std::filesystem::path m_folder;
};

TEST(EvaVit, EqualsThePublishedOneBlockByBlock) {
  const Golden golden("eva_vit");
  VisionOptions options = exact();
  const at::Tensor pixels = golden.input("pixel_values");
  EXPECT_TRUE(isClose(loaded(loadEvaVit(*golden.checkpoint(), options))->forward(pixels).cells,
                      golden.expected("ln_vision"), kExact));
  options.finalNorm = false;
  const auto encoder = loaded(loadEvaVit(*golden.checkpoint(), options));
  EXPECT_TRUE(isClose(encoder->forward(pixels).cells, golden.expected("tokens"), kExact));
  EXPECT_EQ(encoder->shape().inputSide, 28);
  EXPECT_EQ(encoder->shape().cells, 17);
  EXPECT_FALSE(encoder->forward(pixels).pooled.defined());
  for (std::int64_t block = 0; block < 3; ++block) {
    options.blocks = block + 1;
    const auto part = loaded(loadEvaVit(*golden.checkpoint(), options));
    EXPECT_TRUE(isClose(part->forward(pixels).cells, golden.expected("hidden.block_" + std::to_string(block)), kExact));
  }
}

TEST(EvaVit, InterpolatesPositionsForAnotherPictureSize) {
  const Golden golden("eva_vit");
  const at::Tensor positions = golden["visual_encoder.pos_embed"][0];
  EXPECT_TRUE(isClose(interpolatePositions(positions, 1, 6), golden.expected("resized.pos_embed")[0], kExact));
  VisionOptions options = exact();
  options.inputSide = 42;
  options.finalNorm = false;
  const auto encoder = loaded(loadEvaVit(*golden.checkpoint(), options));
  EXPECT_TRUE(
      isClose(encoder->forward(golden.input("resized.pixel_values")).cells, golden.expected("resized.tokens"), kExact));
  EXPECT_EQ(encoder->preprocess(RgbImage{3, 2, std::vector<std::uint8_t>(18, 9)}).sizes(),
            at::IntArrayRef({1, 3, 42, 42}));
}

TEST(EvaVit, StaysCloseInSixteenBits) {
  const Golden golden("eva_vit");
  const at::Tensor pixels = golden.input("pixel_values"), expected = golden.expected("ln_vision");
  VisionOptions options = exact();
  options.precision = Precision::BFloat16;
  const at::Tensor computed = loaded(loadEvaVit(*golden.checkpoint(), options))->forward(pixels).cells;
  EXPECT_EQ(computed.scalar_type(), at::kFloat);
  EXPECT_TRUE(isClose(computed, expected, kSixteen));
  EXPECT_FALSE(isClose(computed, expected, 1e-6)) << "nothing was computed in bfloat16";
  options.precision = Precision::Float32;
  options.storage = Storage::BFloat16;
  const at::Tensor kept = loaded(loadEvaVit(*golden.checkpoint(), options))->forward(pixels).cells;
  EXPECT_TRUE(isClose(kept, expected, kSixteen));
  EXPECT_FALSE(isClose(kept, expected, 1e-6)) << "nothing was kept in bfloat16";
}

// Matrices of ViT-g's size are converted a few rows at a time.
TEST(EvaVit, ConvertsLargeMatricesInPartsWithoutChangingTheResult) {
  constexpr std::int64_t kWidth = 512, kInner = 2048;
  at::manual_seed(5);
  const std::string block = "visual_encoder.blocks.0.";
  Named full;
  const auto add = [&](const std::string& name, at::IntArrayRef shape) {
    full.emplace_back(name, (at::randn(shape) * 0.05).to(at::kBFloat16).to(at::kFloat));
  };
  add("visual_encoder.cls_token", {1, 1, kWidth});
  add("visual_encoder.pos_embed", {1, 5, kWidth});
  add("visual_encoder.patch_embed.proj.weight", {kWidth, 3, 4, 4});
  add(block + "attn.qkv.weight", {3 * kWidth, kWidth});
  add(block + "attn.proj.weight", {kWidth, kWidth});
  add(block + "mlp.fc1.weight", {kInner, kWidth});
  add(block + "mlp.fc1.bias", {kInner});
  add(block + "mlp.fc2.weight", {kWidth, kInner});
  for (const char* vector : {"norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias", "attn.q_bias", "attn.v_bias",
                             "attn.proj.bias", "mlp.fc2.bias"}) {
    add(block + vector, {kWidth});
  }
  Named half = full;
  for (auto& [name, tensor] : half) tensor = tensor.to(at::kBFloat16);
  const at::Tensor pixels = at::randn({2, 3, 8, 8});
  VisionOptions options = exact();
  const VisionFile file(full);
  const at::Tensor expected = loaded(loadEvaVit(*file.checkpoint(), options))->forward(pixels).cells;
  const VisionFile small(half);
  EXPECT_TRUE(isClose(loaded(loadEvaVit(*small.checkpoint(), options))->forward(pixels).cells, expected, 1e-5));
}

// LAVIS' published files: matrices and their biases in float16, the rest in float32.
TEST(EvaVit, ReadsFloat16MatricesWithoutRoundingThemFurther) {
  const Golden golden("eva_vit");
  Named half, rounded;
  for (const auto& [name, tensor] : weightsOf(golden)) {
    const bool small = name.find("norm") == std::string::npos && name.find("q_bias") == std::string::npos &&
                       name.find("v_bias") == std::string::npos && name.find("blocks") != std::string::npos;
    half.emplace_back(name, small ? tensor.to(at::kHalf) : tensor);
    rounded.emplace_back(name, small ? tensor.to(at::kHalf).to(at::kFloat) : tensor);
  }
  const at::Tensor pixels = golden.input("pixel_values");
  const VisionFile file(half);
  const at::Tensor actual = loaded(loadEvaVit(*file.checkpoint(), exact()))->forward(pixels).cells;
  EXPECT_TRUE(isClose(actual, golden.expected("ln_vision"), 5e-3));
  const VisionFile full(rounded);
  EXPECT_TRUE(isClose(actual, loaded(loadEvaVit(*full.checkpoint(), exact()))->forward(pixels).cells, 1e-6));
}

TEST(EvaVit, ReadsHuggingFaceNames) {
  const Golden golden("eva_vit");
  const VisionFile file(huggingFaceTower(weightsOf(golden)));
  EXPECT_EQ(imageEncoderTypeOf(*file.checkpoint()), "eva-vit");
  VisionOptions options = exact();
  options.finalNorm = false;
  const at::Tensor actual =
      loaded(loadEvaVit(*file.checkpoint(), options))->forward(golden.input("pixel_values")).cells;
  EXPECT_TRUE(isClose(actual, golden.expected("tokens"), kExact));
}

// LAVIS' ln_vision has another epsilon than Hugging Face's post_layernorm; it shows where features are small.
TEST(EvaVit, NormsFeaturesWithEachPublishersEpsilon) {
  const Golden golden("eva_vit");
  Named lavis = weightsOf(golden);
  for (auto& [name, tensor] : lavis) {
    if (!name.starts_with("ln_vision")) tensor = tensor * 1e-3;
  }
  for (const bool huggingFace : {false, true}) {
    const VisionFile file(huggingFace ? huggingFaceTower(lavis) : lavis);
    VisionOptions options = exact();
    const at::Tensor pixels = golden.input("pixel_values");
    const at::Tensor normed = loaded(loadEvaVit(*file.checkpoint(), options))->forward(pixels).cells;
    options.finalNorm = false;
    const at::Tensor raw = loaded(loadEvaVit(*file.checkpoint(), options))->forward(pixels).cells;
    const auto with = [&](double epsilon) {
      return at::layer_norm(raw, {64}, golden["ln_vision.weight"], golden["ln_vision.bias"], epsilon);
    };
    EXPECT_TRUE(isClose(normed, with(huggingFace ? 1e-6 : 1e-5), kExact)) << huggingFace;
    EXPECT_FALSE(isClose(normed, with(huggingFace ? 1e-5 : 1e-6), kExact)) << huggingFace;
    options.finalNorm = true;
    options.finalNormEpsilon = 1e-3;
    EXPECT_TRUE(isClose(loaded(loadEvaVit(*file.checkpoint(), options))->forward(pixels).cells, with(1e-3), kExact));
  }
}

TEST(EvaVit, ReadsVisualGlmNames) {
  const Golden golden("eva_vit");
  const VisionFile file(visualGlmTower(weightsOf(golden)));
  EXPECT_TRUE(isClose(loaded(loadEvaVit(*file.checkpoint(), exact()))->forward(golden.input("pixel_values")).cells,
                      golden.expected("ln_vision"), kExact));
}

// eva_vit_g.pth holds EVA-CLIP's 40 blocks under bare names; BLIP-2 was trained on what 39 of them give.
TEST(EvaVit, LeavesOutTheLastOfEvaClipsFortyBlocks) {
  const Golden golden("eva_vit");
  Named named;
  for (const auto& [name, tensor] : weightsOf(golden)) {
    const std::string bare = replaced(name, "visual_encoder.", "");
    if (bare.starts_with("ln_vision")) continue;
    if (!bare.starts_with("blocks.")) named.emplace_back(bare, tensor);
    if (!bare.starts_with("blocks.0.")) continue;
    for (int i = 0; i < 40; ++i)
      named.emplace_back(replaced(bare, "blocks.0.", "blocks." + std::to_string(i) + "."),
                         tensor * (i == 39 ? 3.0 : 0.1));
  }
  const VisionFile file(named);
  VisionOptions options = exact();
  const at::Tensor pixels = golden.input("pixel_values");
  const at::Tensor standard = loaded(loadEvaVit(*file.checkpoint(), options))->forward(pixels).cells;
  options.blocks = 39;
  EXPECT_TRUE(isWithin(standard, loaded(loadEvaVit(*file.checkpoint(), options))->forward(pixels).cells, 0));
  options.blocks = 40;
  EXPECT_FALSE(isClose(standard, loaded(loadEvaVit(*file.checkpoint(), options))->forward(pixels).cells, 1e-2));
  options.blocks = 41;
  const auto tooMany = loadEvaVit(*file.checkpoint(), options);
  ASSERT_FALSE(tooMany);
  EXPECT_NE(tooMany.error().message.find("has 40 blocks, and 41"), std::string::npos) << tooMany.error().message;
}

TEST(ClipVision, EqualsHuggingFacesBlockByBlock) {
  const Golden golden("clip_vision_hf");
  VisionOptions options = exact();
  const at::Tensor pixels = golden.input("pixel_values");
  const ImageFeatures features = loaded(loadClipVision(*golden.checkpoint(), options))->forward(pixels);
  EXPECT_TRUE(isClose(features.cells, golden.expected("last_hidden_state"), kExact));
  EXPECT_TRUE(isClose(features.pooled, golden.expected("pooler_output"), kExact));
  EXPECT_TRUE(isClose(features.embedding, golden.expected("image_embeds"), kExact));
  for (std::int64_t block = 1; block <= 3; ++block) {
    options.blocks = block;
    const auto encoder = loaded(loadClipVision(*golden.checkpoint(), options));
    EXPECT_TRUE(isClose(encoder->forward(pixels).cells, golden.expected("hidden." + std::to_string(block)), kExact));
  }
}

TEST(ClipVision, EqualsOpenAis) {
  const Golden golden("clip_vision_openai");
  const at::Tensor pixels = golden.input("pixel_values");
  const auto encoder = loaded(loadClipVision(*golden.checkpoint(), exact()));
  EXPECT_TRUE(isClose(encoder->forward(pixels).embedding, golden.expected("image_embeds"), kExact));
  const Golden twin("clip_vision_hf");
  EXPECT_TRUE(isClose(encoder->forward(pixels).cells, twin.expected("last_hidden_state"), kExact));
}

// ViT-B-32.pt is a TorchScript archive: modules in modules, of which only the numbers are read.
TEST(ClipVision, ReadsTheKindOfArchiveThatOpenAiPublished) {
  const Golden golden("clip_vision_openai");
  torch::jit::Module root("Multimodal");
  std::map<std::string, torch::jit::Module> modules{{"", root}};
  const std::function<torch::jit::Module(const std::string&)> moduleAt = [&](const std::string& path) {
    if (const auto known = modules.find(path); known != modules.end()) return known->second;
    const auto dot = path.rfind('.');
    const std::string parent = dot == std::string::npos ? "" : path.substr(0, dot);
    torch::jit::Module made("Part");
    moduleAt(parent).register_module(path.substr(dot + 1), made);
    return modules.emplace(path, made).first->second;
  };
  for (const auto& [name, tensor] : weightsOf(golden)) {
    const auto dot = name.rfind('.');
    moduleAt(name.substr(0, dot)).register_parameter(name.substr(dot + 1), tensor, /*is_buffer=*/false);
  }
  const auto path = std::filesystem::path(::testing::TempDir()) / "clip_torchscript.pt";
  root.save(path.string());
  const auto encoder = loaded(openImageEncoder("clip", path, exact()));
  EXPECT_TRUE(
      isClose(encoder->forward(golden.input("pixel_values")).embedding, golden.expected("image_embeds"), kExact));
  std::filesystem::remove(path);
}

TEST(ClipVision, StaysCloseInSixteenBits) {
  const Golden golden("clip_vision_hf");
  VisionOptions options = exact();
  options.precision = Precision::BFloat16;
  const ImageFeatures features =
      loaded(loadClipVision(*golden.checkpoint(), options))->forward(golden.input("pixel_values"));
  EXPECT_TRUE(isClose(features.cells, golden.expected("last_hidden_state"), kSixteen));
  EXPECT_TRUE(isClose(features.embedding, golden.expected("image_embeds"), kSixteen));
}

TEST(SiglipVision, EqualsHuggingFaces) {
  const Golden golden("siglip_vision_hf");
  const auto encoder = loaded(loadSiglipVision(*golden.checkpoint(), exact()));
  const ImageFeatures features = encoder->forward(golden.input("pixel_values"));
  EXPECT_TRUE(isClose(features.cells, golden.expected("last_hidden_state"), kExact));
  EXPECT_TRUE(isClose(features.pooled, golden.expected("pooler_output"), kExact));
  EXPECT_EQ(encoder->shape().cells, 16);
  EXPECT_TRUE(isClose(encoder->describe(golden.expected("last_hidden_state")).pooled, golden.expected("pooler_output"),
                      kExact));
}

TEST(SiglipVision, StaysCloseInSixteenBits) {
  const Golden golden("siglip_vision_hf");
  VisionOptions options = exact();
  options.precision = Precision::BFloat16;
  const ImageFeatures features =
      loaded(loadSiglipVision(*golden.checkpoint(), options))->forward(golden.input("pixel_values"));
  EXPECT_TRUE(isClose(features.cells, golden.expected("last_hidden_state"), kSixteen));
  EXPECT_TRUE(isClose(features.pooled, golden.expected("pooler_output"), kSixteen));
}

// Each encoder's own resize, crop and normalisation, against the bytes of Pillow and torchvision.
TEST(VisionTransformer, PreparesPicturesAsEachModelWasTrained) {
  const Golden preprocess("image_preprocess");
  const at::Tensor bytes = preprocess["input.image_u8_hwc"].contiguous();
  const auto* data = bytes.const_data_ptr<std::uint8_t>();
  const RgbImage picture{61, 47, {data, data + bytes.numel()}};
  VisionOptions options = exact();
  options.inputSide = 224;
  const auto eva = loaded(loadEvaVit(*Golden("eva_vit").checkpoint(), options));
  const auto clip = loaded(loadClipVision(*Golden("clip_vision_hf").checkpoint(), options));
  const auto siglip = loaded(loadSiglipVision(*Golden("siglip_vision_hf").checkpoint(), options));
  const at::Tensor stretched = preprocess["expected.resized_224x224_u8"].to(at::kFloat).permute({2, 0, 1}) / 255.0;
  const at::Tensor mean = at::tensor({0.48145466, 0.4578275, 0.40821073}, at::kFloat).view({3, 1, 1});
  const at::Tensor deviation = at::tensor({0.26862954, 0.26130258, 0.27577711}, at::kFloat).view({3, 1, 1});
  EXPECT_TRUE(isWithin(eva->preprocess(picture)[0], (stretched - mean) / deviation, 1e-5));
  EXPECT_TRUE(isWithin(siglip->preprocess(picture)[0], stretched * 2.0 - 1.0, 1e-5));
  const at::Tensor cropped = normalise(resizeShortSideAndCrop(picture, 224), kClipNormalisation);
  EXPECT_TRUE(isWithin(clip->preprocess(picture), cropped, 0));
  EXPECT_FALSE(isWithin(clip->preprocess(picture), eva->preprocess(picture), 1e-2)) << "CLIP does not crop";
  EXPECT_EQ(clip->look(picture).pixels.pixels, resizeShortSideAndCrop(picture, 224).pixels);
  EXPECT_LT(clip->look(picture).width, 61);
  EXPECT_EQ(eva->look(picture).width, 61);
}

TEST(VisionTransformer, RowsOfABatchAreIndependent) {
  const Golden golden("siglip_vision_hf");
  const auto encoder = loaded(loadSiglipVision(*golden.checkpoint(), exact()));
  const at::Tensor pixels = golden.input("pixel_values");
  const ImageFeatures one = encoder->forward(pixels.narrow(0, 1, 1));
  EXPECT_TRUE(isClose(one.cells, golden.expected("last_hidden_state").narrow(0, 1, 1), kExact));
  EXPECT_TRUE(isClose(one.pooled, golden.expected("pooler_output").narrow(0, 1, 1), kExact));
}

TEST(ImageEncoderDoor, TellsTheTypeFromTheNames) {
  for (const auto& [file, type] :
       {std::pair("eva_vit", "eva-vit"), std::pair("clip_vision_hf", "clip"), std::pair("clip_vision_openai", "clip"),
        std::pair("siglip_vision_hf", "siglip"), std::pair("whisper_encoder", "")}) {
    EXPECT_EQ(imageEncoderTypeOf(*Golden(file).checkpoint()), type) << file;
  }
}

TEST(ImageEncoderDoor, OpensEachTypeAndRefusesOthers) {
  const auto path = [](const char* name) { return tests::goldenPath(name + std::string(".safetensors")); };
  for (const auto& [file, type] : {std::pair("eva_vit", "eva-vit"), std::pair("clip_vision_openai", "clip"),
                                   std::pair("siglip_vision_hf", "siglip"), std::pair("siglip_vision_hf", "")}) {
    EXPECT_TRUE(openImageEncoder(type, path(file), exact())) << file;
  }
  const auto unknown = openImageEncoder("resnet", path("eva_vit"));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::Unsupported);
  EXPECT_NE(unknown.error().message.find("eva-vit, clip, siglip"), std::string::npos) << unknown.error().message;
  for (const char* type : {"clip", ""}) {
    const auto other = openImageEncoder(type, path("whisper_encoder"), exact());
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, ErrorCode::Unsupported);
    EXPECT_NE(other.error().message.find("whisper_encoder.safetensors"), std::string::npos) << other.error().message;
  }
}

TEST(ImageEncoderDoor, HearsTheConfigBesideTheFile) {
  const Golden golden("clip_vision_hf");
  const std::string config =
      R"({"model_type": "clip", "text_config": {"num_attention_heads": 2},
          "vision_config": {"num_attention_heads": 4, "hidden_act": "quick_gelu", "layer_norm_eps": 1e-05}})";
  const VisionFile file(weightsOf(golden), config);
  VisionOptions options;
  options.precision = Precision::Float32;
  const at::Tensor pixels = golden.input("pixel_values");
  const auto heard = loaded(openImageEncoder("clip", file.path(), options));
  EXPECT_TRUE(isClose(heard->forward(pixels).cells, golden.expected("last_hidden_state"), kExact));
  const auto alone = loaded(openImageEncoder("clip", tests::goldenPath("clip_vision_hf.safetensors"), options));
  EXPECT_FALSE(isClose(alone->forward(pixels).cells, golden.expected("last_hidden_state"), kExact))
      << "one head of 64 gives the same as four";
  options.activation = Activation::Gelu;
  const auto other = loaded(openImageEncoder("clip", file.path(), options));
  EXPECT_FALSE(isClose(other->forward(pixels).cells, golden.expected("last_hidden_state"), kExact))
      << "an option gives way to the config";
}

TEST(ImageEncoderDoor, RefusesAConfigItCannotFollow) {
  const Golden golden("clip_vision_hf");
  for (const auto& [config, mention] :
       {std::pair(R"({"vision_config": {"hidden_act": "swish"}})", "\"hidden_act\": \"swish\""),
        std::pair(R"({"vision_config": {"num_attention_heads": 0}})", "num_attention_heads"),
        std::pair(R"({"vision_config": {"layer_norm_eps": "small"}})", "layer_norm_eps"),
        std::pair("{", "not valid JSON")}) {
    const VisionFile file(weightsOf(golden), config);
    const auto opened = openImageEncoder("clip", file.path());
    ASSERT_FALSE(opened) << config;
    EXPECT_EQ(opened.error().code, ErrorCode::CorruptFile);
    EXPECT_NE(opened.error().message.find(mention), std::string::npos) << opened.error().message;
    EXPECT_NE(opened.error().message.find("config.json"), std::string::npos) << opened.error().message;
  }
  const VisionFile language(weightsOf(golden), R"({"model_type": "llama", "num_attention_heads": 999})");
  EXPECT_TRUE(openImageEncoder("clip", language.path(), exact())) << "another model's config is heard";
}

TEST(VisionTransformer, NamesWhatIsMissingOrMisshapen) {
  const Golden golden("eva_vit");
  const auto broken = [&](const std::string& name, const at::Tensor& by) {
    Named named;
    for (const auto& [key, tensor] : weightsOf(golden)) {
      if (key != name) named.emplace_back(key, tensor);
      if (key == name && by.defined()) named.emplace_back(key, by);
    }
    const VisionFile file(named);
    const auto opened = openImageEncoder("eva-vit", file.path(), exact());
    EXPECT_FALSE(opened) << name;
    if (opened) return;
    EXPECT_EQ(opened.error().code, ErrorCode::CorruptFile);
    EXPECT_NE(opened.error().message.find(replaced(name, ".weight", "")), std::string::npos) << opened.error().message;
    EXPECT_NE(opened.error().message.find("model.safetensors"), std::string::npos) << opened.error().message;
  };
  broken("visual_encoder.blocks.1.attn.q_bias", {});
  broken("visual_encoder.blocks.1.attn.proj.weight", at::zeros({64, 32}));
  broken("visual_encoder.blocks.2.mlp.fc2.weight", at::zeros({64, 9}));
  broken("visual_encoder.cls_token", at::zeros({1, 1, 32}));
  broken("visual_encoder.pos_embed", at::zeros({1, 17, 32}));
  broken("visual_encoder.patch_embed.proj.weight", at::zeros({64, 3, 7, 6}));
  VisionOptions seven = exact();
  seven.heads = 7;
  const auto odd = loadEvaVit(*golden.checkpoint(), seven);
  ASSERT_FALSE(odd);
  EXPECT_NE(odd.error().message.find("7 attention heads do not divide"), std::string::npos) << odd.error().message;
}

}  // namespace
}  // namespace xllm::encoders
