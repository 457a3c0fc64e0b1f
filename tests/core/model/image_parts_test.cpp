#include "core/model/image_parts.h"

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "core/x2l/image_interface.h"
#include "tests/support/golden.h"

namespace xllm::model {
namespace {

using nlohmann::json;
using tests::Golden;
using tests::isClose;

// A tiny BLIP-2 in one file, laid out as LAVIS does: tower, ln_vision, Q-Former with its text branch, and an adapter.
class WholeModel : public testing::Test {
 protected:
  void SetUp() override {
    m_pack.name = "Tiny";
    m_pack.folder =
        std::filesystem::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(m_pack.folder);
    std::vector<std::pair<std::string, at::Tensor>> all;
    for (const char* part : {"eva_vit", "qformer_blip2_stage1"}) {
      const Golden golden(part);
      for (const auto& name : golden.weightNames()) all.emplace_back("model/" + name, golden[name]);
    }
    const auto saved = weights::saveSafetensors(m_pack.folder / "blip2.safetensors", all);
    ASSERT_TRUE(saved) << saved.error().message;
    m_pack.imageEncoder = EncoderPart{"eva-vit", "blip2.safetensors", {{"heads", 4}, {"precision", "float32"}}};
    m_pack.image = InterfacePart{.file = "blip2.safetensors",
                                 .config = {{"featureWidth", 64},
                                            {"hidden", 64},
                                            {"layers", 4},
                                            {"heads", 4},
                                            {"intermediate", 128},
                                            {"queries", 6},
                                            {"llmWidth", 128}},
                                 .wrap = {},
                                 .defaultQuestion = ""};
  }
  void TearDown() override { std::filesystem::remove_all(m_pack.folder); }

  at::Tensor softTokens(const at::Tensor& pixels) const {
    const torch::NoGradGuard noGrad;
    const auto encoder = openImageEncoder(m_pack);
    if (!encoder) throw std::runtime_error(encoder.error().message);
    const auto interface = openImageInterface(m_pack, *m_pack.image, **encoder);
    if (!interface) throw std::runtime_error(interface.error().message);
    return (*interface)->forward((*encoder)->forward(pixels).cells);
  }

  void expectRefused(const std::string& mention) const {
    const auto encoder = openImageEncoder(m_pack);
    if (!encoder) {
      EXPECT_NE(encoder.error().message.find(mention), std::string::npos) << encoder.error().message;
      return;
    }
    const auto interface = openImageInterface(m_pack, *m_pack.image, **encoder);
    ASSERT_FALSE(interface) << mention;
    EXPECT_NE(interface.error().message.find(mention), std::string::npos) << interface.error().message;
  }

  Pack m_pack;
};

TEST_F(WholeModel, SeesAsTheReferenceDoesFromPixelsToSoftTokens) {
  const Golden pipeline("xllm_pipeline");
  EXPECT_TRUE(isClose(softTokens(pipeline.input("pixel_values")), pipeline.expected("image_soft_tokens"), 1e-4));
}

TEST_F(WholeModel, MayLeaveTheLastNormToTheInterface) {
  const Golden pipeline("xllm_pipeline");
  m_pack.imageEncoder->config["finalNorm"] = false;
  EXPECT_FALSE(isClose(softTokens(pipeline.input("pixel_values")), pipeline.expected("image_soft_tokens"), 1e-2))
      << "ln_vision changes nothing";
  m_pack.image->config["featureNorm"] = true;
  EXPECT_TRUE(isClose(softTokens(pipeline.input("pixel_values")), pipeline.expected("image_soft_tokens"), 1e-4));
}

TEST_F(WholeModel, StaysCloseInSixteenBits) {
  const Golden pipeline("xllm_pipeline");
  m_pack.imageEncoder->config["precision"] = "bfloat16";
  EXPECT_TRUE(isClose(softTokens(pipeline.input("pixel_values")), pipeline.expected("image_soft_tokens"), 3e-2));
}

TEST_F(WholeModel, RefusesPartsThatDoNotFit) {
  m_pack.image->config["featureWidth"] = 1408;
  expectRefused("needs features 1408 wide, and the encoder's are 64");
  m_pack.image->config["featureWidth"] = 64;
  m_pack.image->config["usePooled"] = true;
  expectRefused("usePooled");
  m_pack.image->config["usePooled"] = false;
  m_pack.image->config["classes"] = 1000;
  expectRefused("1000 classes, and the encoder tells 0 apart");
}

TEST_F(WholeModel, RefusesAnEncoderItCannotFollow) {
  m_pack.imageEncoder->config["head"] = 4;
  expectRefused("\"heads\"");
  m_pack.imageEncoder->config = {{"precision", "float16"}};
  expectRefused("bfloat16");
  m_pack.imageEncoder->config = {{"blocks", 9}};
  expectRefused("has 3 blocks, and 9 are asked for");
  m_pack.imageEncoder->config = json::object();
  m_pack.imageEncoder->type = "resnet";
  expectRefused("\"resnet\" is no type of image encoder");
  m_pack.imageEncoder->type = "efficientnet-lite";
  expectRefused("_conv_stem.weight");
  m_pack.imageEncoder->config = {{"heads", 4}};
  expectRefused("efficientnet-lite has none of");
}

}  // namespace
}  // namespace xllm::model
