#include "core/listening/utterance_detector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

namespace xllm::listening {
namespace {

using Kind = UtteranceEvent::Kind;
using Kinds = std::vector<Kind>;
constexpr std::int64_t kChunk = UtteranceDetector::kChunk;
constexpr double kForever = std::numeric_limits<double>::infinity();

constexpr std::int64_t chunksIn(double seconds) { return static_cast<std::int64_t>(seconds * 16000 / kChunk + 0.5); }

constexpr std::int64_t kTail = chunksIn(UtteranceSettings{}.tailSeconds);

// Feeds a stream whose samples tell their own place, and checks of every event what holds for all of them.
class Stream {
 public:
  explicit Stream(const UtteranceSettings& settings) : detector(settings) {}

  void feed(std::int64_t chunks, float probability) {
    for (std::int64_t i = 0; i < chunks; ++i) {
      std::vector<float> samples(kChunk);
      for (float& sample : samples) sample = valueAt(m_at++);
      take(detector.push(std::span<const float, UtteranceDetector::kChunk>(samples.data(), kChunk), probability));
    }
  }
  void finish() { take(detector.finish()); }

  Kinds kinds() const {
    Kinds found;
    for (const auto& event : events) found.push_back(event.kind);
    return found;
  }
  std::int64_t at() const { return m_at; }
  static float valueAt(std::int64_t sample) { return static_cast<float>(sample) / (1 << 24); }

  UtteranceDetector detector;
  std::vector<UtteranceEvent> events;

 private:
  void take(const std::vector<UtteranceEvent>& fresh) {
    for (const UtteranceEvent& event : fresh) {
      check(event);
      events.push_back(event);
    }
  }
  void check(const UtteranceEvent& event) {
    const bool begins = event.kind == Kind::Began;
    const UtteranceEvent* last = events.empty() ? nullptr : &events.back();
    ASSERT_EQ(begins, last == nullptr || last->kind == Kind::Ended);
    ASSERT_TRUE(event.sound);
    ASSERT_EQ(std::ssize(event.sound->samples), event.end - event.begin);
    ASSERT_EQ(event.sound->sampleRateHz, 16000);
    ASSERT_LE(event.end, m_at);
    ASSERT_EQ(event.sound->samples.front(), valueAt(event.begin));
    ASSERT_EQ(event.sound->samples.back(), valueAt(event.end - 1));
    if (last == nullptr) return;
    if (begins) {
      ASSERT_GE(event.begin, last->end) << "no sample belongs to two utterances";
    } else {
      ASSERT_EQ(event.begin, last->begin);
      ASSERT_GE(event.end, last->end - (last->kind == Kind::FellSilent ? 0 : kChunk));
    }
    if (last->kind == Kind::FellSilent) {
      ASSERT_TRUE(event.kind == Kind::Grew || event.kind == Kind::Ended);
      ASSERT_EQ(event.sound == last->sound, event.kind == Kind::Ended);
    }
  }

  std::int64_t m_at = 0;
};

TEST(UtteranceDetector, TellsAnUtteranceFromItsPreRollToItsTail) {
  Stream stream({});
  stream.feed(50, 0.01F);
  const std::int64_t speechFrom = stream.at();
  stream.feed(3, 0.9F);
  EXPECT_TRUE(stream.events.empty());
  EXPECT_FALSE(stream.detector.inUtterance());
  stream.feed(7, 0.9F);
  EXPECT_TRUE(stream.detector.inUtterance());
  const std::int64_t speechUntil = stream.at();
  stream.feed(kTail, 0.1F);
  EXPECT_EQ(stream.kinds(), (Kinds{Kind::Began, Kind::FellSilent})) << "long before the delay is over";
  stream.feed(chunksIn(0.7) - kTail - 1, 0.1F);
  EXPECT_EQ(stream.events.size(), 2U);
  stream.feed(1, 0.1F);
  EXPECT_EQ(stream.kinds(), (Kinds{Kind::Began, Kind::FellSilent, Kind::Ended}));
  EXPECT_EQ(stream.events.back().begin, speechFrom - chunksIn(0.3) * kChunk);
  EXPECT_EQ(stream.events.back().end, speechUntil + kTail * kChunk);
  EXPECT_EQ(stream.events[2].sound, stream.events[1].sound);
  EXPECT_FALSE(stream.detector.inUtterance());
}

TEST(UtteranceDetector, AClickIsNoUtterance) {
  Stream stream({});
  for (int i = 0; i < 20; ++i) {
    stream.feed(3, 0.99F);
    stream.feed(1, 0.2F);
  }
  stream.finish();
  EXPECT_TRUE(stream.events.empty());
}

TEST(UtteranceDetector, AClickInThePauseNeitherGoesOnNorEndsIt) {
  Stream stream({});
  stream.feed(20, 0.9F);
  stream.feed(chunksIn(0.7) - 1, 0.1F);
  stream.feed(2, 0.9F);  // while it might be speech, nothing ends
  EXPECT_EQ(stream.events.back().kind, Kind::FellSilent);
  stream.feed(1, 0.1F);
  EXPECT_EQ(stream.events.back().kind, Kind::Ended);
}

TEST(UtteranceDetector, GoesOnAfterAPauseWithAllOfIt) {
  Stream stream({});
  stream.feed(10, 0.9F);
  stream.feed(chunksIn(0.4), 0.1F);
  const std::int64_t again = stream.at();
  stream.feed(4, 0.9F);
  EXPECT_EQ(stream.kinds(), (Kinds{Kind::Began, Kind::FellSilent, Kind::Grew}));
  EXPECT_EQ(stream.events.back().end, again + 4 * kChunk);
  stream.feed(30, 0.1F);
  EXPECT_EQ(stream.kinds(), (Kinds{Kind::Began, Kind::FellSilent, Kind::Grew, Kind::FellSilent, Kind::Ended}));
  EXPECT_NE(stream.events[3].sound, stream.events[1].sound);
}

TEST(UtteranceDetector, GrowsTwiceASecond) {
  Stream stream({});
  stream.feed(chunksIn(5), 0.9F);
  const auto grown = std::ranges::count(stream.kinds(), Kind::Grew);
  EXPECT_EQ(grown, (chunksIn(5) - 4) / chunksIn(0.5));
}

TEST(UtteranceDetector, WhoSpeaksGoesOnBelowTheThreshold) {
  Stream stream({.endDelaySeconds = 0.32, .tailSeconds = 0.064});
  stream.feed(50, 0.45F);
  EXPECT_TRUE(stream.events.empty()) << "nobody speaks yet";
  stream.feed(5, 0.55F);
  stream.feed(50, 0.4F);
  EXPECT_TRUE(stream.detector.inUtterance());
  EXPECT_EQ(std::ranges::count(stream.kinds(), Kind::FellSilent), 0);
  stream.feed(1, 0.3F);
  stream.feed(20, 0.4F);  // once below, it takes the threshold again
  EXPECT_EQ(stream.events.back().kind, Kind::Ended);
}

TEST(UtteranceDetector, SoftVoicesHaveAHysteresisToo) {
  Stream stream({.threshold = 0.1});
  stream.feed(10, 0.12F);
  stream.feed(100, 0.02F);
  EXPECT_EQ(stream.events.back().kind, Kind::Ended);
}

TEST(UtteranceDetector, WhatIsTooLongIsCutWithoutLosingASample) {
  Stream stream({.longestSeconds = 2});
  stream.feed(chunksIn(7), 0.9F);
  stream.finish();
  std::int64_t whole = 0, last = 0;
  for (const auto& event : stream.events) {
    if (event.kind != Kind::Ended) continue;
    EXPECT_EQ(event.begin, last);
    whole += event.end - event.begin;
    last = event.end;
  }
  EXPECT_EQ(whole, stream.at());
  EXPECT_EQ(std::ranges::count(stream.kinds(), Kind::Ended), 4);
}

TEST(UtteranceDetector, OnlyFinishingEndsItWithoutADelay) {
  Stream stream({.endDelaySeconds = kForever, .longestSeconds = kForever});
  stream.feed(10, 0.9F);
  stream.feed(chunksIn(60), 0.0F);
  EXPECT_EQ(stream.kinds(), (Kinds{Kind::Began, Kind::FellSilent}));
  stream.finish();
  EXPECT_EQ(stream.kinds(), (Kinds{Kind::Began, Kind::FellSilent, Kind::Ended}));
  EXPECT_EQ(stream.events.back().end, (10 + kTail) * kChunk) << "the silence behind it is cut off";
  stream.finish();
  EXPECT_EQ(stream.events.size(), 3U);
}

TEST(UtteranceDetector, FinishingWithinSpeechLosesNothing) {
  Stream stream({});
  stream.feed(10, 0.9F);
  stream.finish();
  EXPECT_EQ(stream.kinds(), (Kinds{Kind::Began, Kind::FellSilent, Kind::Ended}));
  EXPECT_EQ(stream.events.back().end, stream.at());
  stream.feed(4, 0.9F);  // the stream goes on
  EXPECT_EQ(stream.events.back().kind, Kind::Began);
  EXPECT_EQ(stream.events.back().begin, 10 * kChunk);
}

TEST(UtteranceDetector, DroppingForgetsWithoutAWord) {
  Stream stream({});
  stream.feed(10, 0.9F);
  const auto told = stream.events.size();
  const std::int64_t dropped = stream.at();
  stream.detector.drop();
  EXPECT_FALSE(stream.detector.inUtterance());
  stream.finish();
  EXPECT_EQ(stream.events.size(), told);
  stream.events.clear();
  stream.feed(4, 0.9F);
  ASSERT_EQ(stream.kinds(), Kinds{Kind::Began});
  EXPECT_EQ(stream.events.front().begin, dropped);
  stream.detector.reset();
  stream.detector.finish();
}

TEST(UtteranceDetector, TakesOtherSettingsWhileSomebodySpeaks) {
  Stream stream({});
  stream.feed(10, 0.9F);
  stream.detector.configure({.endDelaySeconds = 2});
  stream.feed(chunksIn(1.9), 0.1F);
  EXPECT_EQ(stream.events.back().kind, Kind::FellSilent);
  stream.feed(chunksIn(0.2), 0.1F);
  EXPECT_EQ(stream.events.back().kind, Kind::Ended);
}

TEST(UtteranceDetector, RefusesSettingsThatMeanNothing) {
  for (const double threshold : {0.0, 1.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THROW(UtteranceDetector({.threshold = threshold}), std::invalid_argument);
  }
  EXPECT_THROW(UtteranceDetector({.endDelaySeconds = -0.1}), std::invalid_argument);
  EXPECT_THROW(UtteranceDetector({.preRollSeconds = std::numeric_limits<double>::quiet_NaN()}), std::invalid_argument);
}

// Whatever the probabilities: events come in order (Stream checks each), and all speech longer than a click is in one
// utterance.
TEST(UtteranceDetector, LosesNoSpeechWhateverIsHeard) {
  std::mt19937 random(7);
  const auto pick = [&](double low, double high) { return std::uniform_real_distribution<double>(low, high)(random); };
  for (int round = 0; round < 100; ++round) {
    const UtteranceSettings settings{.threshold = pick(0.2, 0.8),
                                     .leastSpeechSeconds = pick(0, 0.3),
                                     .endDelaySeconds = pick(0, 1.2),
                                     .preRollSeconds = pick(0, 0.5),
                                     .tailSeconds = pick(0, 0.4),
                                     .growSeconds = pick(0, 1),
                                     .longestSeconds = round % 3 == 0 ? pick(1, 5) : 300};
    Stream stream(settings);
    std::vector<std::pair<std::int64_t, std::int64_t>> speech;  // runs above the threshold, in samples
    while (stream.at() < 16000 * 10) {
      const bool speaks = pick(0, 1) < 0.5;
      const std::int64_t from = stream.at(), chunks = 1 + static_cast<std::int64_t>(pick(0, speaks ? 30 : 20));
      for (std::int64_t i = 0; i < chunks; ++i) {
        stream.feed(1, static_cast<float>(speaks ? pick(settings.threshold + 0.001, 1) : pick(0, settings.threshold)));
      }
      if (speaks) speech.emplace_back(from, stream.at());
    }
    stream.finish();
    if (HasFatalFailure()) return;
    const std::int64_t least = std::max<std::int64_t>(chunksIn(settings.leastSpeechSeconds), 1) * kChunk;
    for (const auto& [from, until] : speech) {
      if (until - from < least || settings.longestSeconds < 300) continue;  // a cut may leave less than a click over
      EXPECT_TRUE(std::ranges::any_of(stream.events,
                                      [&](const UtteranceEvent& event) {
                                        return event.kind == Kind::Ended && event.begin <= from && event.end >= until;
                                      }))
          << "speech from " << from << " to " << until << " in round " << round;
    }
    EXPECT_TRUE(stream.events.empty() || stream.events.back().kind == Kind::Ended);
  }
}

}  // namespace
}  // namespace xllm::listening
