#include "core/x2l/image_interface_plan.h"

#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>
#include <torch/types.h>
#include <nlohmann/json.hpp>

#include "core/x2l/parameters.h"
#include "core/x2l/published_qformer.h"
#include "tests/support/golden.h"
#include "tests/support/published_names.h"

namespace xllm::x2l {
namespace {

using tests::Golden;
using tests::NamedTensors;

class PlanImageInterface : public testing::Test {
 protected:
  std::filesystem::path path() const {
    return std::filesystem::path(testing::TempDir()) /
           (std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + ".safetensors");
  }
  std::shared_ptr<const weights::Checkpoint> saved(const NamedTensors& tensors) const {
    if (const auto done = weights::saveSafetensors(path(), tensors); !done)
      throw std::runtime_error(done.error().message);
    return *weights::Checkpoint::open(path());
  }
  void TearDown() override { std::filesystem::remove(path()); }

  NamedTensors m_named = tests::weightsOf(Golden("qformer_blip2_stage1"));
};

TEST_F(PlanImageInterface, TellsSizesFromShapes) {
  const auto plan = planImageInterface(*saved(m_named), 4);
  ASSERT_TRUE(plan) << plan.error().message;
  const ImageInterfaceConfig& config = plan->config;
  EXPECT_EQ(config.featureWidth, 64);
  EXPECT_EQ(config.layers, 4);
  EXPECT_EQ(config.heads, 4);
  EXPECT_EQ(config.intermediate, 128);
  EXPECT_EQ(config.queries, 6);
  EXPECT_EQ(config.crossAttentionEvery, 2);
  EXPECT_EQ(config.llmWidth, 128);
  EXPECT_FALSE(config.featureNorm);
  EXPECT_TRUE(plan->published);
  ImageInterface interface(config);
  EXPECT_TRUE(loadImageInterface(interface, saved(m_named)));
  EXPECT_EQ(plan->tensors.size(), interface.named_parameters().size());
}

TEST_F(PlanImageInterface, TheNormIsItsOwnWhereThereIsNoTower) {
  m_named.emplace_back("ln_vision.weight", torch::ones({64}));
  m_named.emplace_back("ln_vision.bias", torch::zeros({64}));
  EXPECT_TRUE(planImageInterface(*saved(m_named), 4)->config.featureNorm);
  m_named.emplace_back("visual_encoder.cls_token", torch::ones({1, 1, 64}));
  EXPECT_FALSE(planImageInterface(*saved(m_named), 4)->config.featureNorm);
}

// What `xllm train` exports: sizes in the file, matrices in whole numbers with scales.
TEST_F(PlanImageInterface, OurOwnFilesSayTheirSizesThemselves) {
  const ImageInterfaceConfig config{.featureWidth = 64,
                                    .poolTo = 2,
                                    .cellPositions = true,
                                    .hidden = 64,
                                    .layers = 2,
                                    .heads = 2,
                                    .intermediate = 128,
                                    .queries = 4,
                                    .llmWidth = 128};
  const ImageInterface interface(config);
  const auto write = [&](const nlohmann::json& said) {
    EXPECT_TRUE(saveParameters(interface, path(), ParameterFormat::Int8, "", {{"config", said.dump()}}));
    return planImageInterface(**weights::Checkpoint::open(path()));
  };
  const auto plan = write(toJson(config));
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_FALSE(plan->published);
  EXPECT_EQ(toJson(plan->config), toJson(config));
  for (const char* name : {"cell_positions", "opt_proj.weight_scale"})
    EXPECT_NE(std::ranges::find(plan->tensors, name), plan->tensors.end()) << name;
  auto other = toJson(config);
  other["intermediate"] = 1 << 30;
  const auto refused = write(other);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("another interface"), std::string::npos) << refused.error().message;
}

TEST_F(PlanImageInterface, SaysWhatIsMissing) {
  const auto refusal = [&](const std::string& part) {
    NamedTensors torn = m_named;
    std::erase_if(torn, [&](const auto& item) { return item.first.find(part) != std::string::npos; });
    const auto plan = planImageInterface(*saved(torn), 4);
    return plan ? "" : plan.error().message;
  };
  EXPECT_NE(refusal("query_tokens").find("no tensor query_tokens"), std::string::npos) << refusal("query_tokens");
  EXPECT_NE(refusal("layer.0.attention").find("layer.0.attention.self.query.weight"), std::string::npos);
  EXPECT_NE(refusal("layer.2.output_query.LayerNorm.bias").find("layer.2.output_query.LayerNorm.bias"),
            std::string::npos);
  EXPECT_NE(refusal("layer.2.crossattention.self.key.weight").find("layer.2.crossattention.self.key.weight"),
            std::string::npos);
  EXPECT_NE(refusal("layer.0.crossattention").find("layer.0.crossattention.self.key.weight"), std::string::npos);
  for (auto& [name, tensor] : m_named) name = tests::replaced(name, "layer.2.crossattention", "layer.1.crossattention");
  EXPECT_NE(refusal("nothing").find("regular"), std::string::npos) << refusal("nothing");
  m_named = tests::weightsOf(Golden("qformer_blip2_stage1"));
  EXPECT_NE(planImageInterface(*saved(m_named), 5).error().message.find("5 attention heads"), std::string::npos);
}

}  // namespace
}  // namespace xllm::x2l
