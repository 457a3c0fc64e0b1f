// Silero VAD against the numbers of its own package on real recordings; and files that are something else.
#include "core/listening/silero_vad.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/audio_clip.h"
#include "media/decode/file_decoder.h"
#include "tests/core/weights/temporary_folder.h"
#include "tests/support/golden.h"
#include "tests/support/parts.h"

namespace xllm::listening {
namespace {

constexpr const char* kPart = "silero_vad_16k.safetensors";
using Chunk = std::span<const float, SileroVad::kChunk>;

SileroVad opened() { return SileroVad::open(tests::part(kPart)).value(); }

std::vector<float> recording(const std::string& name) {
  if (name.starts_with("whisper_features")) {
    const at::Tensor samples = tests::Golden("whisper_features").input("waveform_int16").to(at::kFloat) / 32768;
    return {samples.const_data_ptr<float>(), samples.const_data_ptr<float>() + samples.numel()};
  }
  const auto file =
      std::filesystem::path(XLLM_TEST_DIR) / "data" / std::filesystem::path(name).replace_extension(".flac");
  return media::FileDecoder().decodeSound(file).value().samples;
}

std::vector<float> probabilities(SileroVad& detector, const std::vector<float>& samples) {
  std::vector<float> found;
  for (std::size_t at = 0; at + SileroVad::kChunk <= samples.size(); at += SileroVad::kChunk)
    found.push_back(detector.next(Chunk(samples.data() + at, SileroVad::kChunk)));
  return found;
}

TEST(SileroVadReal, GivesTheProbabilitiesOfItsOwnPackage) {
  XLLM_SKIP_WITHOUT_PART(kPart);
  const auto golden = nlohmann::json::parse(std::ifstream(tests::goldenPath("real/silero_vad.json")));
  SileroVad detector = opened();
  for (const auto& [name, expected] : golden.at("probabilities").items()) {
    detector.reset();
    const std::vector<float> found = probabilities(detector, recording(name));
    ASSERT_EQ(found.size(), expected.size()) << name;
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i].get<float>(), 1e-4) << name << i;
  }
}

TEST(SileroVadReal, CopiesHearForThemselves) {
  XLLM_SKIP_WITHOUT_PART(kPart);
  const std::vector<float> speech = recording("conf-now-recording.g722");
  SileroVad first = opened(), second = first;
  const auto expected = probabilities(first, speech);
  probabilities(second, std::vector<float>(5120, 0.3F));
  second.reset();
  EXPECT_EQ(probabilities(second, speech), expected);
  EXPECT_NE(probabilities(second, speech), expected) << "what came before counts";
}

TEST(SileroVadReal, WhatIsNoSoundDoesNoHarm) {
  XLLM_SKIP_WITHOUT_PART(kPart);
  SileroVad detector = opened();
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), 1e30F}) {
    for (const float p : probabilities(detector, std::vector<float>(2048, bad))) EXPECT_TRUE(p >= 0 && p <= 1) << p;
  }
  for (int i = 0; i < 100; ++i) probabilities(detector, std::vector<float>(SileroVad::kChunk));
  EXPECT_LT(probabilities(detector, std::vector<float>(SileroVad::kChunk)).front(), 0.1F);
}

class SileroVadFile : public ::testing::Test {
 protected:
  // The real file's header and bytes, changed; opened.
  std::string refusal(const std::function<void(nlohmann::json& header, std::string& bytes)>& change) {
    const std::string real = tests::contentsOf(tests::part(kPart));
    std::uint64_t length = 0;
    std::memcpy(&length, real.data(), sizeof length);
    auto header = nlohmann::json::parse(real.substr(8, length));
    std::string bytes = real.substr(8 + length);
    change(header, bytes);
    std::string text = header.dump();
    text.append((8 - text.size() % 8) % 8, ' ');
    length = text.size();
    std::string file(reinterpret_cast<const char*>(&length), sizeof length);
    const auto made = SileroVad::open(tests::writeFile(folder / "detector.safetensors", file + text + bytes));
    return made ? "" : made.error().message;
  }
  tests::TemporaryFolder folder;
};

TEST_F(SileroVadFile, NamesWhatIsWrongWithIt) {
  XLLM_SKIP_WITHOUT_PART(kPart);
  using nlohmann::json;
  EXPECT_EQ(refusal([](json&, std::string&) {}), "");
  const auto missing = refusal([](json& header, std::string&) {
    header["conv9.bias"] = header["conv2.bias"];
    header.erase("conv2.bias");
  });
  EXPECT_NE(missing.find("it has no tensor conv2.bias"), std::string::npos) << missing;
  EXPECT_NE(missing.find("detector.safetensors"), std::string::npos) << missing;
  const auto shape = refusal([](json& header, std::string&) { header["lstm_cell.weight_hh"]["shape"] = {128, 512}; });
  EXPECT_NE(shape.find("lstm_cell.weight_hh is [128, 512] and not [512, 128]"), std::string::npos) << shape;
  const auto type = refusal([](json& header, std::string&) { header["final_conv.bias"]["dtype"] = "I32"; });
  EXPECT_NE(type.find("final_conv.bias is stored as I32"), std::string::npos) << type;
  const auto number = refusal([](json& header, std::string& bytes) {
    const float bad = std::numeric_limits<float>::quiet_NaN();
    std::memcpy(bytes.data() + header["conv4.weight"]["data_offsets"][0].get<std::size_t>(), &bad, sizeof bad);
  });
  EXPECT_NE(number.find("conv4.weight holds values that are not numbers"), std::string::npos) << number;
  EXPECT_NE(refusal([](json&, std::string& bytes) { bytes.resize(bytes.size() / 2); }), "");
}

TEST_F(SileroVadFile, RefusesWhatIsNoDetector) {
  EXPECT_EQ(SileroVad::open(folder / "nowhere").error().code, ErrorCode::NotFound);
  EXPECT_EQ(SileroVad::open(tests::writeFile(folder / "text", "no weights at all")).error().code,
            ErrorCode::Unsupported);
  const auto other = SileroVad::open(tests::goldenPath("cif_pytorch.safetensors"));
  EXPECT_NE(other.error().message.find("is not a Silero voice detector"), std::string::npos) << other.error().message;
}

}  // namespace
}  // namespace xllm::listening
