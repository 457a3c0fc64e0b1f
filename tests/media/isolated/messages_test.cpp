// What is sent arrives; an older or newer program is told, not misread.
#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <stdexcept>
#include <thread>

#include <sys/socket.h>

#include "core/base/memory_use.h"
#include "media/isolated/messages.h"

namespace xllm::media {
namespace {

struct Ends {
  Ends() {
    int ends[2] = {};
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) throw std::runtime_error("no sockets");
    first.emplace(ends[0], ends[0]);
    second.emplace(ends[1], ends[1]);
  }
  std::optional<ByteChannel> first, second;
};

template <typename T>
std::optional<T> sent(T value) {
  Ends ends;
  std::jthread writer([&] {
    Sender sender(*ends.first);
    carry(sender, value) && sender.flush();
  });
  Receiver receiver(*ends.second);
  T received;
  const bool isReceived = carry(receiver, received);
  ends.second.reset();  // whoever still writes need not wait
  return isReceived ? std::optional(received) : std::nullopt;
}

TEST(Messages, ARequestArrives) {
  const auto request = sent(Request{.task = Task::PartOfSound,
                                    .file = "a folder/\xFF\xFE.wav",
                                    .span = {1.5, 2.5},
                                    .sampling = {.frames = 7, .startSeconds = 0.25, .endSeconds = 3},
                                    .count = 9});
  ASSERT_TRUE(request);
  EXPECT_EQ(request->task, Task::PartOfSound);
  EXPECT_EQ(request->file, "a folder/\xFF\xFE.wav");
  EXPECT_EQ(request->span.startSeconds, 1.5);
  EXPECT_EQ(request->span.endSeconds, 2.5);
  EXPECT_EQ(request->sampling.frames, 7);
  EXPECT_EQ(request->sampling.startSeconds, 0.25);
  EXPECT_EQ(request->sampling.endSeconds, 3);
  EXPECT_EQ(request->count, 9);
}

TEST(Messages, LargeAndSmallPartsArriveInTheirOrder) {
  ClipLook look;
  look.facts = {.seconds = 2, .width = 30, .height = 20, .hasSound = true};
  look.missingSeconds = 0.5;
  for (const int edge : {1, 700, 3}) {
    look.frames.push_back({edge, edge, std::vector<std::uint8_t>(static_cast<std::size_t>(3 * edge * edge), 7)});
  }
  const auto received = sent(look);
  ASSERT_TRUE(received);
  EXPECT_TRUE(received->facts.hasSound);
  EXPECT_EQ(received->missingSeconds, 0.5);
  ASSERT_EQ(received->frames.size(), 3U);
  EXPECT_EQ(received->frames[1].pixels, look.frames[1].pixels);
  EXPECT_EQ(received->frames[2].width, 3);
}

TEST(Messages, MoreFramesThanThereCanBeAreRefused) {
  VideoClip clip;
  clip.frames.assign(kMostFrames, {.seconds = 0, .image = {1, 1, {0, 0, 0}}});
  EXPECT_TRUE(sent(clip));
  clip.frames.push_back(clip.frames.front());
  EXPECT_FALSE(sent(clip));
}

template <typename T, typename Change>
bool isRefused(T value, Change change) {
  if (!sent(value)) return false;  // as it is, it is fine
  change(value);
  return !sent(value);
}

TEST(Messages, WhatNoDecoderGivesIsRefused) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  const RgbImage pixel{1, 1, {1, 2, 3}};
  EXPECT_TRUE(isRefused(pixel, [](RgbImage& image) { image.width = 0; }));
  EXPECT_TRUE(isRefused(pixel, [](RgbImage& image) { image.width = image.height = -1; }));
  EXPECT_TRUE(isRefused(pixel, [](RgbImage& image) { image.pixels.pop_back(); }));
  EXPECT_TRUE(isRefused(pixel, [](RgbImage& image) { image.pixels.push_back(0); }));
  EXPECT_TRUE(isRefused(pixel, [](RgbImage& image) { image.width = image.height = 20000; }));
  const AudioClip sound{16000, {0.5F}};
  EXPECT_TRUE(isRefused(sound, [](AudioClip& clip) { clip.sampleRateHz = 1; }));
  EXPECT_TRUE(isRefused(sound, [](AudioClip& clip) { clip.samples.clear(); }));
  EXPECT_TRUE(isRefused(sound, [](AudioClip& clip) { clip.samples[0] = std::numeric_limits<float>::quiet_NaN(); }));
  const ClipFacts facts{.seconds = 1, .width = 2, .height = 3, .hasSound = false};
  EXPECT_TRUE(isRefused(facts, [](ClipFacts& f) { f.seconds = kNone; }));
  EXPECT_TRUE(isRefused(facts, [](ClipFacts& f) { f.seconds = -1; }));
  EXPECT_TRUE(isRefused(facts, [](ClipFacts& f) { f.height = -7; }));
  EXPECT_TRUE(isRefused(facts, [](ClipFacts& f) { f.width = 119304647; }));
  VideoClip clip;
  clip.frames.assign(1, {.seconds = 0, .image = pixel});
  EXPECT_TRUE(isRefused(clip, [](VideoClip& c) { c.frames.clear(); }));
  EXPECT_TRUE(isRefused(clip, [](VideoClip& c) { c.frames[0].seconds = std::numeric_limits<double>::infinity(); }));
  // A frame is smaller than a picture may be.
  EXPECT_TRUE(isRefused(clip, [](VideoClip& c) {
    c.frames[0].image = {2000, 2000, std::vector<std::uint8_t>(12'000'000)};
  }));
  EXPECT_TRUE(isRefused(Error{ErrorCode::BadInput, "No."}, [](Error& e) { e.code = static_cast<ErrorCode>(77); }));
  EXPECT_TRUE(isRefused(Error{ErrorCode::BadInput, "No."}, [](Error& e) { e.message.resize(40'000, 'x'); }));
}

// Somebody who promises much and sends little costs little.
TEST(Messages, MemoryIsTouchedAsItComes) {
  Ends ends;
  Sender sender(*ends.first);
  int edge = 10'000;
  std::uint64_t bytes = 300'000'000;
  ASSERT_TRUE(sender(edge) && sender(edge) && sender(bytes) && sender.flush());
  ends.first.reset();
  Receiver receiver(*ends.second);
  const auto before = residentMemoryBytes();
  RgbImage image;
  EXPECT_FALSE(carry(receiver, image));
  EXPECT_FALSE(receiver.isNonsense());
  EXPECT_LT(residentMemoryBytes() - before, 50'000'000);
}

}  // namespace
}  // namespace xllm::media
