#include "core/encoders/kaldi_fbank.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "tests/support/golden.h"

namespace xllm::encoders {
namespace {

using tests::Golden;
using tests::isSame;
using tests::isWithin;

at::Tensor waveform(const Golden& golden) { return golden.input("waveform_int16").to(at::kFloat) / 32768.0; }

TEST(KaldiFbank, EqualsKaldisWithBothWindows) {
  const Golden golden("kaldi_fbank");
  for (const auto& [window, name] :
       {std::pair(FbankWindow::Povey, "fbank_povey"), std::pair(FbankWindow::Hamming, "fbank_hamming")}) {
    const at::Tensor frames = kaldiFbank(waveform(golden), window);
    const at::Tensor exact = golden.expected(std::string(name) + "_float64_recomputed");
    EXPECT_TRUE(isWithin(frames, exact, 2e-5)) << name;
    EXPECT_TRUE(isWithin(frames, golden.expected(name), 3e-3)) << name;
    EXPECT_LT((frames - golden.expected(name)).abs().mean().item<double>(), 1e-4) << name;
  }
}

TEST(KaldiFbank, HasKaldisTriangles) {
  EXPECT_TRUE(isWithin(kaldiMelBanks(), Golden("kaldi_fbank").expected("mel_banks_80x257"), 1e-5));
}

TEST(KaldiFbank, HasOneFrameOfTheFewestSamplesAndStaysFiniteInSilence) {
  const at::Tensor frames = kaldiFbank(at::zeros({400}), FbankWindow::Povey);
  ASSERT_EQ(frames.sizes(), at::IntArrayRef({1, 80}));
  EXPECT_TRUE(isWithin(frames, at::full({1, 80}, -15.942385), 1e-5));
}

TEST(LowFrameRate, StacksSevenFramesEverySix) {
  const Golden golden("kaldi_fbank");
  const at::Tensor stacked = lowFrameRate(golden.expected("fbank_hamming"), 7, 6);
  ASSERT_EQ(stacked.sizes(), at::IntArrayRef({50, 560}));
  EXPECT_TRUE(isSame(stacked.narrow(0, 0, 4), golden.expected("lfr_7_6_first_rows")));
  EXPECT_TRUE(isSame(stacked.narrow(0, 47, 3), golden.expected("lfr_7_6_last_rows")));
  EXPECT_TRUE(isWithin(stacked.sum(1), golden.expected("lfr_7_6_row_sum"), 0.05));
}

TEST(LowFrameRate, RepeatsTheOnlyFrame) {
  const at::Tensor frame = at::arange(3, at::kFloat).unsqueeze(0);
  EXPECT_TRUE(isSame(lowFrameRate(frame, 7, 6), frame.repeat({1, 7})));
}

}  // namespace
}  // namespace xllm::encoders
