#include "core/encoders/efficientnet_lite.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/support/golden.h"
#include "tests/support/parts.h"

namespace xllm::encoders {
namespace {

using tests::Golden;
using tests::isWithin;

class RealEfficientNet : public ::testing::Test {
 protected:
  void SetUp() override {
    XLLM_SKIP_WITHOUT_PART("efficientnet-lite0-57934424.pth");
    auto opened = weights::Checkpoint::open(tests::part("efficientnet-lite0-57934424.pth"));
    ASSERT_TRUE(opened) << opened.error().message;
    auto loaded = loadEfficientNetLite(**opened);
    ASSERT_TRUE(loaded) << loaded.error().message;
    encoder.reset(dynamic_cast<EfficientNetLite*>(loaded->release()));
    ASSERT_NE(encoder, nullptr);
  }

  at::Tensor pixels() const {
    const at::Tensor bytes = Golden("image_preprocess")["expected.resized_224x224_u8"].contiguous();
    const auto* data = bytes.const_data_ptr<std::uint8_t>();
    return encoder->preprocess(RgbImage{224, 224, {data, data + bytes.numel()}});
  }

  std::unique_ptr<EfficientNetLite> encoder;
  Golden golden{"real/efficientnet_lite0"};
};

TEST_F(RealEfficientNet, EqualsTheReferenceOnTheGoldenPicture) {
  const ImageFeatures features = encoder->forward(pixels());
  ASSERT_EQ(features.cells.sizes(), at::IntArrayRef({1, 49, 1280}));
  EXPECT_EQ(encoder->shape().cells, 49);
  EXPECT_TRUE(isWithin(encoder->logits(features.cells)[0], golden["expected.logits"], 2e-3));
  EXPECT_TRUE(isWithin(features.pooled[0], golden["expected.pooled_1280"], 2e-3));
  EXPECT_TRUE(isWithin(features.cells[0].mean(1).view({7, 7}), golden["expected.map_mean_over_channels_7x7"], 2e-3));
  EXPECT_TRUE(isWithin(features.probabilities[0], at::softmax(golden["expected.logits"], 0), 2e-3));
}

TEST_F(RealEfficientNet, RowsOfABatchAreIndependent) {
  const at::Tensor one = pixels();
  const ImageFeatures both = encoder->forward(at::cat({one.flip(3), one}));
  EXPECT_TRUE(isWithin(both.pooled[1], golden["expected.pooled_1280"], 2e-3));
  EXPECT_FALSE(at::allclose(both.pooled[0], both.pooled[1], 1e-3, 1e-3)) << "a mirrored picture has the same features";
}

TEST_F(RealEfficientNet, ResizesAnyPicture) {
  const Golden preprocess("image_preprocess");
  const at::Tensor bytes = preprocess["input.image_u8_hwc"].contiguous();
  const auto* data = bytes.const_data_ptr<std::uint8_t>();
  const at::Tensor small = encoder->preprocess(RgbImage{61, 47, {data, data + bytes.numel()}});
  EXPECT_TRUE(isWithin(small, pixels(), 0));
  const at::Tensor expected = (preprocess["expected.resized_224x224_u8"].to(at::kFloat) - 127.0) / 128.0;
  EXPECT_TRUE(isWithin(small[0], expected.permute({2, 0, 1}), 1e-6));
}

// What drawing feature maps from the head's statistics relies on: folded and unfolded normalisation describe the same
// numbers.
TEST_F(RealEfficientNet, HeadStatisticsAreThoseOfTheNetworksOutput) {
  const EfficientNetWeights::Head& head = encoder->head();
  EXPECT_EQ(head.classWeight.sizes(), at::IntArrayRef({1000, 1280}));
  EXPECT_TRUE(head.variance.gt(0).all().item<bool>());
  EXPECT_EQ(head.epsilon, 1e-3);
  const at::Tensor drawn = (at::randn({64, 49, 1280}) * head.scale + head.shift).clamp_(0.0, 6.0);
  const double drawnMean = drawn.mean().item<double>();
  const double realMean = encoder->forward(pixels()).cells.mean().item<double>();
  EXPECT_NEAR(drawnMean / realMean, 1.0, 0.5) << drawnMean << " against " << realMean;
  const at::Tensor sums = encoder->classify(drawn).sum(-1);
  EXPECT_TRUE(isWithin(sums, at::ones({64}), 1e-5));
}

TEST(EfficientNetLite, RefusesAnotherModelsFile) {
  auto loaded = loadEfficientNetLite(*Golden("whisper_encoder").checkpoint());
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::CorruptFile);
  EXPECT_NE(loaded.error().message.find("_conv_stem.weight"), std::string::npos) << loaded.error().message;
}

}  // namespace
}  // namespace xllm::encoders
