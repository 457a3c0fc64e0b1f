#include "core/encoders/log_mel.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "tests/support/golden.h"

namespace xllm::encoders {
namespace {

using tests::Golden;
using tests::isWithin;

class LogMel : public ::testing::Test {
 protected:
  Golden golden{"whisper_features"};
  at::Tensor samples = golden["input.waveform_int16"].to(at::kFloat) / 32768.0;
};

TEST_F(LogMel, FiltersFollowTheSlaneyFormula) {
  EXPECT_TRUE(isWithin(melFilters(80), golden["expected.mel_filters_80x201"], 1e-7));
}

TEST_F(LogMel, EqualsWhispersOnTheBareSound) {
  EXPECT_TRUE(isWithin(logMel(samples, melFilters(80)), golden["expected.log_mel_3s"], 1e-4));
}

TEST_F(LogMel, EqualsWhispersPaddedToThirtySeconds) {
  const at::Tensor mel = logMel(at::constant_pad_nd(samples, {0, 480000 - samples.size(0)}), melFilters(80));
  ASSERT_EQ(mel.size(1), 3000);
  EXPECT_TRUE(isWithin(mel.narrow(1, 0, 320), golden["expected.log_mel_30s_first_320_frames"], 1e-4));
  EXPECT_TRUE(isWithin(mel.select(1, 2999), golden["expected.log_mel_30s_last_frame"], 1e-4));
  EXPECT_TRUE(isWithin(mel.mean(1), golden["expected.log_mel_30s_row_mean"], 1e-4));
}

TEST_F(LogMel, LargeWhisperHas128Bins) {
  const at::Tensor filters = melFilters(128);
  EXPECT_EQ(filters.sizes(), at::IntArrayRef({128, 201}));
  EXPECT_TRUE(filters.sum(1).gt(0).all().item<bool>()) << "a bin without any frequency";
}

TEST_F(LogMel, RefusesLessThanItsReflection) {
  EXPECT_THROW(logMel(at::zeros({200}), melFilters(80)), c10::Error);
  EXPECT_EQ(logMel(at::zeros({201}), melFilters(80)).size(1), 1);
}

}  // namespace
}  // namespace xllm::encoders
