// What comes from another process is what FileDecoder gives here; and whatever becomes of that process, this one goes
// on.
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <future>
#include <thread>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "core/base/other_process.h"
#include "media/decode/file_decoder.h"
#include "media/isolated/isolated_decoder.h"
#include "tests/media/decode/support.h"

namespace xllm::media {
namespace {

using tests::data;

void expectEqual(const RgbImage& ours, const RgbImage& theirs) {
  EXPECT_EQ(ours.width, theirs.width);
  EXPECT_EQ(ours.height, theirs.height);
  EXPECT_EQ(ours.pixels, theirs.pixels);
}

void expectEqual(const AudioClip& ours, const AudioClip& theirs) {
  EXPECT_EQ(ours.sampleRateHz, theirs.sampleRateHz);
  EXPECT_EQ(ours.samples, theirs.samples);
}

void expectEqual(const ClipFacts& ours, const ClipFacts& theirs) {
  EXPECT_EQ(ours.seconds, theirs.seconds);
  EXPECT_EQ(ours.width, theirs.width);
  EXPECT_EQ(ours.height, theirs.height);
  EXPECT_EQ(ours.hasSound, theirs.hasSound);
}

void expectEqual(const VideoClip& ours, const VideoClip& theirs) {
  EXPECT_EQ(ours.seconds, theirs.seconds);
  EXPECT_EQ(ours.missingSeconds, theirs.missingSeconds);
  ASSERT_EQ(ours.frames.size(), theirs.frames.size());
  for (std::size_t i = 0; i < ours.frames.size(); ++i) {
    EXPECT_EQ(ours.frames[i].seconds, theirs.frames[i].seconds);
    expectEqual(ours.frames[i].image, theirs.frames[i].image);
  }
}

void expectEqual(MediaKind ours, MediaKind theirs) { EXPECT_EQ(ours, theirs); }

void expectEqual(const PictureLook& ours, const PictureLook& theirs) {
  EXPECT_EQ(ours.width, theirs.width);
  EXPECT_EQ(ours.height, theirs.height);
  expectEqual(ours.small, theirs.small);
}

void expectEqual(const SoundLook& ours, const SoundLook& theirs) {
  expectEqual(ours.clip, theirs.clip);
  EXPECT_EQ(ours.sampleRateHz, theirs.sampleRateHz);
  EXPECT_EQ(ours.channels, theirs.channels);
  EXPECT_EQ(ours.promisedSeconds, theirs.promisedSeconds);
}

void expectEqual(const ClipLook& ours, const ClipLook& theirs) {
  expectEqual(ours.facts, theirs.facts);
  EXPECT_EQ(ours.missingSeconds, theirs.missingSeconds);
  ASSERT_EQ(ours.frames.size(), theirs.frames.size());
  for (std::size_t i = 0; i < ours.frames.size(); ++i) expectEqual(ours.frames[i], theirs.frames[i]);
}

template <typename T>
void expectSame(const Result<T>& ours, const Result<T>& theirs) {
  ASSERT_EQ(ours.has_value(), theirs.has_value()) << (ours ? theirs.error().message : ours.error().message);
  if (ours) return expectEqual(*ours, *theirs);
  EXPECT_EQ(toString(ours.error().code), toString(theirs.error().code));
  EXPECT_EQ(ours.error().message, theirs.error().message);
}

// One thread's calls go to one process.
std::int64_t processOf(const IsolatedDecoder& decoder) {
  return std::stoll(decoder.decodePicture("id").error().message);
}

void expectBrokenOff(const Result<RgbImage>& result, ErrorCode code, const std::string& words) {
  ASSERT_FALSE(result);
  EXPECT_EQ(toString(result.error().code), toString(code)) << result.error().message;
  EXPECT_NE(result.error().message.find(words), std::string::npos) << result.error().message;
}

TEST(IsolatedDecoder, GivesWhatTheDecoderGivesAndItsErrors) {
  const FileDecoder inside;
  const IsolatedDecoder outside(XLLM_DECODER);
  const ClipSampling sampling{.frames = 5, .startSeconds = 0.1};
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(data("formats"))) {
    SCOPED_TRACE(entry.path());
    const auto& file = entry.path();
    expectSame(outside.identify(file), inside.identify(file));
    expectSame(outside.decodePicture(file), inside.decodePicture(file));
    expectSame(outside.decodeSound(file), inside.decodeSound(file));
    expectSame(outside.decodeSound(file, {0.1, 0.3}, {}), inside.decodeSound(file, {0.1, 0.3}, {}));
    expectSame(outside.decodeClip(file, sampling), inside.decodeClip(file, sampling));
    expectSame(outside.describeClip(file), inside.describeClip(file));
    expectSame(outside.lookAtPicture(file), inside.lookAtPicture(file));
    expectSame(outside.listenTo(file), inside.listenTo(file));
    expectSame(outside.lookAtClip(file, {}), inside.lookAtClip(file, {}));
    ++files;
  }
  EXPECT_GT(files, 20);
  for (const char* file : {"/nowhere/cat.jpg", "/dev/zero", "/", ""}) {
    expectSame(outside.decodePicture(file), inside.decodePicture(file));
  }
}

TEST(IsolatedDecoder, GivesSmallPicturesOneByOneAndNoMoreThanAreWanted) {
  const IsolatedDecoder outside(XLLM_DECODER);
  for (const int wanted : {1, 3, 100}) {
    std::vector<RgbImage> ours, theirs;
    const auto into = [wanted](std::vector<RgbImage>& list) {
      return [wanted, &list](int index, RgbImage picture) {
        EXPECT_EQ(index, static_cast<int>(list.size()));
        list.push_back(std::move(picture));
        return static_cast<int>(list.size()) < wanted;
      };
    };
    EXPECT_TRUE(outside.glanceAtClip(data("formats/clip.mp4"), 6, into(ours), {}));
    EXPECT_TRUE(FileDecoder().glanceAtClip(data("formats/clip.mp4"), 6, into(theirs), {}));
    ASSERT_EQ(ours.size(), theirs.size());
    EXPECT_GE(ours.size(), 1U);
    for (std::size_t i = 0; i < ours.size(); ++i) expectEqual(ours[i], theirs[i]);
  }
  const auto none = outside.glanceAtClip("/nowhere", 6, [](int, RgbImage) { return true; }, {});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::NotFound);
}

TEST(IsolatedDecoder, OutlivesADecoderThatBreaks) {
  const IsolatedDecoder decoder(XLLM_BROKEN_DECODER);
  for (const char* name : {"segfault", "abort", "leave", "half", "wrong-size", "negative", "endless", "wrong-code"}) {
    SCOPED_TRACE(name);
    const auto before = processOf(decoder);
    expectBrokenOff(decoder.decodePicture(name), ErrorCode::CorruptFile, std::string(name) + " broke the process");
    EXPECT_TRUE(decoder.decodePicture("well"));
    EXPECT_NE(processOf(decoder), before);
    EXPECT_FALSE(isProcessAlive(before));
  }
  expectBrokenOff(decoder.decodePicture("oom-killer"), ErrorCode::OutOfMemory, "memory ran out");
  expectBrokenOff(decoder.decodePicture("out-of-time"), ErrorCode::CorruptFile, "half an hour");
  EXPECT_TRUE(decoder.decodePicture("well"));
}

TEST(IsolatedDecoder, BelievesNoAnswerThatNoDecoderGives) {
  const IsolatedDecoder decoder(XLLM_BROKEN_DECODER);
  const auto refused = [](const auto& result) { return !result && result.error().code == ErrorCode::CorruptFile; };
  EXPECT_TRUE(refused(decoder.identify("f")));        // a kind that there is not
  EXPECT_TRUE(refused(decoder.decodeSound("f")));     // no samples in a second
  EXPECT_TRUE(refused(decoder.decodeClip("f")));      // no frame
  EXPECT_TRUE(refused(decoder.lookAtPicture("f")));   // no pixel
  EXPECT_TRUE(refused(decoder.lookAtClip("f", {})));  // no frame
  const auto sink = [](int, RgbImage) { return true; };
  EXPECT_TRUE(decoder.glanceAtClip("f", 3, sink, {}));
  EXPECT_TRUE(refused(decoder.glanceAtClip("beyond", 3, sink, {})));
  int pictures = 0;
  const auto count = [&](int, RgbImage) { return ++pictures < 1000; };
  EXPECT_TRUE(refused(decoder.glanceAtClip("many", 3, count, {})));  // no more than were asked for
  EXPECT_EQ(pictures, 1);
  EXPECT_EQ(decoder.decodePicture("controls").error().message, " [2J Gone.");  // no commands to a terminal
}

TEST(IsolatedDecoder, KeepsProcessesForTheNextCallAndEndsThemWithItself) {
  std::int64_t process = 0;
  {
    const IsolatedDecoder decoder(XLLM_BROKEN_DECODER);
    decoder.makeReady();
    process = processOf(decoder);
    EXPECT_EQ(processOf(decoder), process);
    EXPECT_TRUE(isProcessAlive(process));
    ::kill(static_cast<::pid_t>(process), SIGKILL);  // somebody does, while it waits
    while (isProcessAlive(process)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));  // the rest of its threads
    EXPECT_TRUE(decoder.decodePicture("well"));
    process = processOf(decoder);
  }
  EXPECT_FALSE(isProcessAlive(process));
}

TEST(IsolatedDecoder, IsStoppedWhileItReads) {
  const IsolatedDecoder decoder(XLLM_BROKEN_DECODER);
  std::stop_source already;
  already.request_stop();
  EXPECT_EQ(decoder.describeClip("f", already.get_token()).error().code, ErrorCode::Cancelled);
  // The sink is called while the process waits for its answer: a stop from there comes in the middle.
  std::stop_source stop;
  const auto sink = [&](int, RgbImage) { return stop.request_stop(); };
  const auto result = decoder.glanceAtClip("f", 3, sink, stop.get_token());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::Cancelled);
  EXPECT_EQ(result.error().message, "Reading f was stopped.");
}

TEST(IsolatedDecoder, IsStoppedFromAnotherThread) {
  const IsolatedDecoder decoder(XLLM_BROKEN_DECODER);
  const auto process = processOf(decoder);
  std::stop_source stop;
  const std::jthread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stop.request_stop();
  });
  const auto result = decoder.decodeClip("sleep", {}, stop.get_token());  // an hour
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::Cancelled);
  EXPECT_FALSE(isProcessAlive(process));
}

TEST(IsolatedDecoder, EndsItsWorkWhenItsParentIsGone) {
  int results[2];
  ASSERT_EQ(::pipe(results), 0);
  const ::pid_t parent = ::fork();
  if (parent == 0) {
    const IsolatedDecoder decoder(XLLM_BROKEN_DECODER);
    const std::int64_t process = processOf(decoder);
    if (::write(results[1], &process, sizeof(process)) != sizeof(process)) std::_Exit(1);
    static_cast<void>(decoder.decodeClip("sleep"));  // an hour
    std::_Exit(1);
  }
  std::int64_t process = 0;
  ASSERT_EQ(::read(results[0], &process, sizeof(process)), static_cast<::ssize_t>(sizeof(process)));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));  // it is asked for the clip, or about to be
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  for (int i = 0; i < 500 && isProcessAlive(process); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_FALSE(isProcessAlive(process));
  ::close(results[0]);
  ::close(results[1]);
}

TEST(IsolatedDecoder, IsStoppedForGoodWhateverItReads) {
  IsolatedDecoder decoder(XLLM_BROKEN_DECODER);
  const auto process = processOf(decoder);
  const std::jthread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    decoder.stopAll();
  });
  const auto result = decoder.decodeClip("sleep");  // an hour, and nobody can stop it alone
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::Cancelled);
  EXPECT_FALSE(isProcessAlive(process));
  EXPECT_EQ(decoder.decodePicture("well").error().code, ErrorCode::Cancelled);
}

TEST(IsolatedDecoder, ReadsSeveralFilesAtOnce) {
  const IsolatedDecoder decoder(XLLM_DECODER);
  const auto expected = FileDecoder().decodePicture(data("formats/quadrants.png"));
  ASSERT_TRUE(expected);
  std::vector<std::future<int>> threads;
  for (int thread = 0; thread < 6; ++thread) {
    threads.push_back(std::async(std::launch::async, [&] {
      int right = 0;
      for (int i = 0; i < 20; ++i) {
        const auto picture = decoder.decodePicture(data("formats/quadrants.png"));
        right += picture && picture->pixels == expected->pixels;
      }
      return right;
    }));
  }
  for (auto& thread : threads) EXPECT_EQ(thread.get(), 20);
}

TEST(IsolatedDecoder, SaysThatItsProgramIsMissing) {
  const IsolatedDecoder decoder("/nowhere/xllm-decoder");
  decoder.makeReady();
  expectBrokenOff(decoder.decodePicture("cat.jpg"), ErrorCode::NotFound, "/nowhere/xllm-decoder, which reads");
}

TEST(IsolatedDecoder, BlamesNoFileWhenItsProgramDoesNotStart) {
  const tests::TemporaryFolder folder;
  const auto program = folder.write("xllm-decoder", "#!/bin/sh\nexit 127\n");
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  const IsolatedDecoder decoder(program);
  expectBrokenOff(decoder.decodePicture("cat.jpg"), ErrorCode::Internal, "does not start");
  folder.write("xllm-decoder", "#!/bin/sh\nprintf 'hello' >&0\nread x\n");
  expectBrokenOff(decoder.decodePicture("cat.jpg"), ErrorCode::Internal, "replaced by another version");
}

TEST(IsolatedDecoder, IsFoundBesideTheProgram) {
  EXPECT_EQ(decoderProgram(), std::filesystem::path(XLLM_DECODER)) << "tests lie where programs do";
}

TEST(IsolatedDecoder, InheritsNoFiles) {
  const int file = ::open("/dev/null", O_RDONLY);  // without O_CLOEXEC, as libraries do
  const IsolatedDecoder decoder(XLLM_BROKEN_DECODER);
  EXPECT_EQ(decoder.decodePicture("files").error().message, "0");
  ::close(file);
}

#ifdef __linux__
TEST(IsolatedDecoder, HasGivenUpItsRights) {
  if (::prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0) GTEST_SKIP() << "This kernel has no seccomp.";
  const tests::TemporaryFolder folder;
  const auto old = folder.write("old", "what is there");
  const IsolatedDecoder decoder(XLLM_BROKEN_DECODER);
  EXPECT_EQ(decoder.decodePicture(folder.path() / "rights").error().message, "");
  EXPECT_EQ(decoder.decodePicture("threads").error().message, "");
  EXPECT_EQ(tests::slurp(old), "what is there");
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "new"));
  std::ifstream score("/proc/" + std::to_string(processOf(decoder)) + "/oom_score_adj");
  int adjustment = 0;
  score >> adjustment;
  EXPECT_EQ(adjustment, 1000);
}
#endif

TEST(IsolatedDecoder, HasAShareOfTheMachine) {
  const IsolatedDecoder decoder(XLLM_BROKEN_DECODER);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  expectBrokenOff(decoder.decodePicture("much-memory"), ErrorCode::OutOfMemory, "There is none.");
#endif
  const auto facts = decoder.describeClip("f");
  ASSERT_TRUE(facts);
  EXPECT_NEAR(facts->seconds, 30 * 60, 2);
}

}  // namespace
}  // namespace xllm::media
