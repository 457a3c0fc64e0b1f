#include "core/encoders/feature_statistics.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "tests/core/weights/temporary_folder.h"
#include "tests/support/golden.h"

namespace xllm::encoders {
namespace {

using tests::isWithin;
using tests::writeFile;

TEST(FeatureStatistics, ReadsWenetsSums) {
  const tests::TemporaryFolder folder;
  const auto file =
      writeFile(folder / "global_cmvn", R"({"mean_stat": [20, -40], "var_stat": [140, 200], "frame_num": 10})");
  const auto statistics = readFeatureStatistics(file, 2);
  ASSERT_TRUE(statistics) << statistics.error().message;
  // Means 2 and -4, variances 14 - 4 and 20 - 16.
  const at::Tensor frames = at::tensor({5.0F, -6.0F}).unsqueeze(0);
  EXPECT_TRUE(isWithin(statistics->normalise(frames), at::tensor({0.9486833F, -1.0F}).unsqueeze(0), 1e-6));
}

TEST(FeatureStatistics, ReadsFunAsrsNetworkText) {
  const tests::TemporaryFolder folder;
  const auto file = writeFile(folder / "am.mvn",
                              "<Nnet> \n<Splice> 2 2 \n[ 0 ]\n<AddShift> 2 2 \n<LearnRateCoef> 0 [ -8.5 1e-1 ]\n"
                              "<Rescale> 2 2 \n<LearnRateCoef> 0 [ 0.5 2 ]\n</Nnet> \n");
  const auto statistics = readFeatureStatistics(file, 2);
  ASSERT_TRUE(statistics) << statistics.error().message;
  EXPECT_TRUE(isWithin(statistics->normalise(at::zeros({1, 2})), at::tensor({-4.25F, 0.2F}).unsqueeze(0), 1e-6));
}

TEST(FeatureStatistics, NamesWhatIsWrong) {
  const tests::TemporaryFolder folder;
  const auto refused = [&](const std::string& text, ErrorCode code) {
    const auto statistics = readFeatureStatistics(writeFile(folder / "file", text), 2);
    ASSERT_FALSE(statistics) << text;
    EXPECT_EQ(statistics.error().code, code) << statistics.error().message;
    EXPECT_NE(statistics.error().message.find((folder / "file").string()), std::string::npos);
  };
  refused("", ErrorCode::CorruptFile);
  refused("{", ErrorCode::CorruptFile);
  refused(R"({"mean_stat": [1, 2], "var_stat": "no", "frame_num": 3})", ErrorCode::CorruptFile);
  refused(R"({"mean_stat": [1, 2], "var_stat": [1, 4], "frame_num": 0})", ErrorCode::CorruptFile);
  refused("<AddShift> [ 1 2 3 ] <Rescale> [ 1 2 3 ]", ErrorCode::CorruptFile);
  refused("<AddShift> [ 1 two ] <Rescale> [ 1 2 ]", ErrorCode::CorruptFile);
  refused("<AddShift> [ 1 2 ] <Rescale> [ 1 2", ErrorCode::CorruptFile);
  EXPECT_EQ(readFeatureStatistics(folder / "nothing", 2).error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace xllm::encoders
