// Real pictures end to end: decoded on white, resized, classified.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "core/encoders/efficientnet_lite.h"
#include "media/decode/file_decoder.h"
#include "tests/support/golden.h"
#include "tests/support/parts.h"

namespace xllm::encoders {
namespace {

constexpr const char* kPart = "efficientnet-lite0-57934424.pth";
constexpr const char* kStamps = "/usr/share/tuxpaint/stamps";

TEST(RealEfficientNetStamps, SeesInEachStampWhatTheReferenceSees) {
  XLLM_SKIP_WITHOUT_PART(kPart);
  if (!std::filesystem::exists(kStamps)) GTEST_SKIP() << "Debian's tuxpaint-stamps-default is not installed.";
  const auto file = weights::Checkpoint::open(tests::part(kPart));
  ASSERT_TRUE(file) << file.error().message;
  const auto encoder = loadEfficientNetLite(**file);
  ASSERT_TRUE(encoder) << encoder.error().message;
  const auto stamps = tests::Golden("real/efficientnet_lite0").document().at("stamps");
  ASSERT_FALSE(stamps.empty());
  for (const auto& stamp : stamps) {
    const auto path = std::filesystem::path(kStamps) / stamp.at("file").get<std::string>();
    const auto picture = media::FileDecoder().decodePicture(path);
    ASSERT_TRUE(picture) << picture.error().message;
    const at::Tensor seen = (*encoder)->forward((*encoder)->preprocess(*picture)).probabilities[0];
    EXPECT_EQ(seen.argmax().item<std::int64_t>(), stamp.at("top5").at(0).at("index").get<std::int64_t>()) << path;
    for (const auto& expected : stamp.at("top5")) {
      const auto index = expected.at("index").get<std::int64_t>();
      EXPECT_NEAR(seen[index].item<double>(), expected.at("p").get<double>(), 0.01) << path << ", class " << index;
    }
  }
}

}  // namespace
}  // namespace xllm::encoders
