// What is sent arrives; an older or newer program is told, not misread.
#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <thread>

#include <sys/socket.h>

#include "media/decode/file_decoder.h"
#include "media/isolated/decoder_server.h"
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
  if (!carry(receiver, received)) return std::nullopt;
  return received;
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

TEST(Messages, AnotherVersionIsToldInASentence) {
  Ends ends;
  std::uint32_t version = Request::kVersion + 1;
  Sender sender(*ends.first);
  ASSERT_TRUE(sender(version) && sender.flush());
  std::jthread server([&] { serve(*ends.second, FileDecoder()); });
  Receiver receiver(*ends.first);
  Result<RgbImage> answer;
  ASSERT_TRUE(carry(receiver, answer));
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().message.find("another version"), std::string::npos);
}

}  // namespace
}  // namespace xllm::media
