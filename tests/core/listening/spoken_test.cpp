// The voice detector and the detector of utterances together, on what a person said.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "core/listening/silero_vad.h"
#include "core/listening/utterance_detector.h"
#include "media/decode/file_decoder.h"
#include "tests/support/parts.h"

namespace xllm::listening {
namespace {

using Kind = UtteranceEvent::Kind;
constexpr const char* kPart = "silero_vad_16k.safetensors";

// A room with a little noise, in which recordings are played one after the other.
struct Room {
  std::vector<float> samples;
  std::vector<std::pair<std::int64_t, std::int64_t>> spoken;  // from the first to the last loud sample of each

  void silence(double seconds) {
    std::normal_distribution<float> hiss(0, 0.001F);
    for (int i = 0; i < static_cast<int>(seconds * 16000); ++i) samples.push_back(hiss(random));
  }
  void play(const std::string& name) {
    const auto file = std::filesystem::path(XLLM_TEST_DIR) / "data" / (name + ".flac");
    const std::vector<float> said = media::FileDecoder().decodeSound(file).value().samples;
    const auto loud = [](float sample) { return std::abs(sample) > 0.02F; };
    const auto first = std::ranges::find_if(said, loud);
    const auto last = std::find_if(said.rbegin(), said.rend(), loud);
    const auto from = std::ssize(samples);
    spoken.emplace_back(from + (first - said.begin()), from + (said.rend() - last));
    std::normal_distribution<float> hiss(0, 0.001F);
    for (const float sample : said) samples.push_back(sample + hiss(random));
  }
  std::mt19937 random{3};
};

std::vector<UtteranceEvent> heardIn(const Room& room, const UtteranceSettings& settings = {}) {
  SileroVad voices = SileroVad::open(tests::part(kPart)).value();
  UtteranceDetector detector(settings);
  std::vector<UtteranceEvent> events;
  for (std::size_t at = 0; at + SileroVad::kChunk <= room.samples.size(); at += SileroVad::kChunk) {
    const std::span<const float, SileroVad::kChunk> chunk(room.samples.data() + at, SileroVad::kChunk);
    for (const auto& event : detector.push(chunk, voices.next(chunk))) events.push_back(event);
  }
  return events;
}

TEST(Spoken, EachQuestionIsOneUtteranceWithAllOfItsWords) {
  XLLM_SKIP_WITHOUT_PART(kPart);
  Room room;
  room.silence(1);
  for (const char* name : {"please-try-call-later", "vm-msgsaved", "conf-now-recording", "check-number-dial-again",
                           "tt-monkeysintro", "vm-enter-num-to-call"}) {
    room.play(name);
    room.silence(1.2);
  }
  std::vector<UtteranceEvent> complete;
  const auto events = heardIn(room);
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].kind != Kind::Ended) continue;
    complete.push_back(events[i]);
    EXPECT_EQ(events[i - 1].kind, Kind::FellSilent);
    EXPECT_EQ(events[i - 1].sound, events[i].sound);
  }
  ASSERT_EQ(complete.size(), room.spoken.size());
  for (std::size_t i = 0; i < complete.size(); ++i) {
    const auto [from, until] = room.spoken[i];
    EXPECT_LE(complete[i].begin, from) << "its first syllable is cut, utterance " << i;
    EXPECT_GE(complete[i].end, until) << "its last syllable is cut, utterance " << i;
    EXPECT_GE(complete[i].begin, from - 16000 / 2) << "too much silence in front, utterance " << i;
    EXPECT_LE(complete[i].end, until + 16000 / 2) << "too much silence behind, utterance " << i;
  }
}

TEST(Spoken, NoiseClicksAndHumAreNoUtterances) {
  XLLM_SKIP_WITHOUT_PART(kPart);
  Room room;
  room.silence(3);
  std::normal_distribution<float> rustle(0, 0.1F);
  for (int i = 0; i < 16000 * 3; ++i) room.samples.push_back(rustle(room.random));
  for (int i = 0; i < 16000 * 3; ++i) room.samples.push_back(0.2F * std::sin(2 * 3.14159265F * 50 * i / 16000));
  for (int click = 0; click < 12; ++click) {
    room.silence(0.25);
    for (int i = 0; i < 200; ++i) room.samples.push_back(0.9F * std::exp(-i / 30.0F) * (i % 2 == 0 ? 1.0F : -1.0F));
  }
  room.silence(1);
  EXPECT_TRUE(heardIn(room).empty());
}

TEST(Spoken, AShortDelaySplitsWhereTheSpeakerPausesAndALongOneDoesNot) {
  XLLM_SKIP_WITHOUT_PART(kPart);
  Room room;
  room.silence(1);
  room.play("vm-msgsaved");
  room.silence(0.6);
  room.play("please-try-call-later");
  room.silence(2);
  const auto ended = [&](double delay) {
    const auto events = heardIn(room, {.endDelaySeconds = delay});
    return std::ranges::count(events, Kind::Ended, &UtteranceEvent::kind);
  };
  EXPECT_EQ(ended(0.3), 2);
  EXPECT_EQ(ended(1.5), 1);
}

}  // namespace
}  // namespace xllm::listening
