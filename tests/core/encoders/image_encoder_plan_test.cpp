#include "core/encoders/image_encoder_plan.h"

#include <algorithm>
#include <fstream>
#include <string>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "tests/core/encoders/stored_tensors.h"
#include "tests/support/golden.h"
#include "tests/support/parts.h"
#include "tests/support/published_names.h"

namespace xllm::encoders {
namespace {

using tests::Golden;
using tests::weightsOf;

bool takes(const ImageEncoderPlan& plan, const std::string& name) {
  return std::ranges::find(plan.tensors, name) != plan.tensors.end();
}

class PlanImageEncoder : public testing::Test {
 protected:
  std::shared_ptr<const weights::Checkpoint> saved(const tests::NamedTensors& tensors) const {
    return tests::stored(m_folder.path() / "model.safetensors", tensors);
  }
  const tests::TemporaryFolder m_folder;
};

TEST_F(PlanImageEncoder, TellsTypeShapeAndTensors) {
  VisionOptions options;
  options.heads = 4;
  auto named = weightsOf(Golden("eva_vit"));
  named.emplace_back("visual_encoder.head.weight", at::ones({2, 64}));
  const auto plan = planImageEncoder(saved(named), options);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->type, "eva-vit");
  EXPECT_EQ(plan->shape.cells, 17);
  EXPECT_EQ(plan->shape.width, 64);
  EXPECT_EQ(plan->tensors.size(), named.size() - 1);
  EXPECT_TRUE(takes(*plan, "ln_vision.weight"));
  EXPECT_FALSE(takes(*plan, "visual_encoder.head.weight"));
  options.finalNorm = false;
  EXPECT_FALSE(takes(*planImageEncoder(saved(named), options), "ln_vision.weight"));
}

TEST_F(PlanImageEncoder, FailsAsTheLoaderDoes) {
  VisionOptions options;
  options.heads = 4;
  auto named = weightsOf(Golden("siglip_vision_hf"));
  for (auto& [name, tensor] : named) {
    if (name.ends_with("layers.1.mlp.fc1.bias")) tensor = at::ones({3});
  }
  const auto file = saved(named);
  const auto plan = planImageEncoder(file, options);
  const auto loaded = loadImageEncoder("siglip", *file, options);
  ASSERT_FALSE(plan);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(plan.error().message, loaded.error().message);
  EXPECT_NE(plan.error().message.find("layers.1.mlp.fc1.bias"), std::string::npos) << plan.error().message;
}

TEST_F(PlanImageEncoder, SaysWhichConfigSpeaksOfIt) {
  const auto file = saved(weightsOf(Golden("clip_vision_hf")));
  EXPECT_EQ(planImageEncoder(file)->visionConfig, "");
  const auto config = m_folder.path() / "config.json";
  std::ofstream(config) << R"({"model_type": "chatglm"})";
  EXPECT_EQ(planImageEncoder(file)->visionConfig, "");
  std::ofstream(config) << R"({"model_type": "clip_vision_model", "num_attention_heads": 4})";
  EXPECT_EQ(planImageEncoder(file)->visionConfig, config);
  // VisualGLM's way.
  std::ofstream(config)
      << R"({"eva_config": {"num_attention_heads": 4, "image_size": [64, 64], "layernorm_epsilon": 1e-6}})";
  EXPECT_EQ(planImageEncoder(file)->visionConfig, config);
  EXPECT_EQ(planImageEncoder(file)->shape.inputSide, 64);
  std::ofstream(config) << R"({"eva_config": {"image_size": [64, 32]}})";
  EXPECT_NE(planImageEncoder(file).error().message.find("image_size"), std::string::npos);
}

TEST_F(PlanImageEncoder, NeedsNoNumbersOfEfficientNet) {
  const std::string name = "efficientnet-lite0-57934424.pth";
  XLLM_SKIP_WITHOUT_PART(name);
  const auto plan = planImageEncoder(weights::Checkpoint::open(tests::part(name)).value());
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->type, "efficientnet-lite");
  EXPECT_EQ(plan->shape.classes, 1000);
  EXPECT_TRUE(takes(*plan, "_fc.weight"));
}

}  // namespace
}  // namespace xllm::encoders
