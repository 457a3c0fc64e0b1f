// The whole graph on the starter pack's real parts. Skipped where the pack was not assembled (`make starter-pack`).
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "core/encoders/resample.h"
#include "core/generation/encoded_media.h"
#include "core/generation/model_backend.h"
#include "core/generation/prompt.h"
#include "core/model/model.h"

namespace xllm::generation {
namespace {

std::filesystem::path starterPack() { return std::filesystem::path(XLLM_TEST_DIR) / "../build/packs/starter"; }

class StarterPack : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(starterPack() / "pack.json")) {
      GTEST_SKIP() << starterPack().string() << " is not there; `make starter-pack` makes it";
    }
    load();
  }
  // What was known of conversations is gone then.
  void load() {
    const auto loaded = backend->load(starterPack(), {}, [](double, const std::string&) {});
    ASSERT_TRUE(loaded) << loaded.error().message;
    pack = *loaded;
  }
  Result<Summary> ask(const ChatRequest& request, std::string& text, std::stop_token stop = {}) {
    text.clear();
    return backend->answer(request, stop, [&](const std::string& piece) { text += piece; });
  }
  static ChatRequest greedy(std::vector<Turn> turns, int tokens = 24) {
    ChatRequest request{std::move(turns), {}};
    request.options.sampling.temperature = 0;
    request.options.maxNewTokens = tokens;
    return request;
  }

  std::unique_ptr<ChatBackend> backend = makeModelBackend(Loading::WhenNeeded);
  PackSummary pack;
};

TEST_F(StarterPack, KnowsTheCapitalOfFrance) {
  std::string text;
  const auto summary = ask(greedy({{Role::User, {std::string("What is the capital of France?")}}}), text);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_NE(text.find("Paris"), std::string::npos) << text;
  EXPECT_EQ(summary->stopReason, StopReason::EndOfTurn);
}

TEST_F(StarterPack, AFollowUpReusesTheWholeConversation) {
  std::vector<Turn> turns = {{Role::User, {std::string("What is the capital of France?")}}};
  std::string text;
  ASSERT_TRUE(ask(greedy(turns), text));
  turns.push_back({Role::Assistant, {text}});
  turns.push_back({Role::User, {std::string("And of Italy?")}});
  const auto summary = ask(greedy(turns), text);
  ASSERT_TRUE(summary);
  EXPECT_LT(summary->promptTokens - summary->reusedPromptTokens, 20);
  EXPECT_GT(summary->reusedPromptTokens, 10);
}

TEST_F(StarterPack, AnotherConversationInBetweenIsNoReasonToReadAllAgain) {
  std::vector<Turn> turns = {{Role::User, {std::string("Tell me about the rainbow, its colours and its weather.")}}};
  std::string text, other;
  ASSERT_TRUE(ask(greedy(turns, 100), text));
  ASSERT_TRUE(ask(greedy({{Role::User, {std::string("What is the capital of France?")}}}), other));
  turns.push_back({Role::Assistant, {text}});
  turns.push_back({Role::User, {std::string("And what is behind it?")}});
  const auto summary = ask(greedy(turns), text);
  ASSERT_TRUE(summary);
  EXPECT_GT(summary->reusedPromptTokens, 100);
  EXPECT_LT(summary->promptTokens - summary->reusedPromptTokens, 20);
}

TEST_F(StarterPack, AConversationKeptInAnotherFormIsReadAgainOnce) {
  ChatRequest request = greedy({{Role::User, {std::string("What is the capital of France?")}}});
  std::string text, other;
  const auto halves = ask(request, text);
  ASSERT_TRUE(halves);
  request.options.kept = llm::KeptAs::Int8;
  const auto bytes = ask(request, text);
  ASSERT_TRUE(bytes);
  EXPECT_NE(text.find("Paris"), std::string::npos) << text;
  EXPECT_EQ(bytes->reusedPromptTokens, 0);
  EXPECT_LT(static_cast<double>(bytes->cacheBytes), 0.6 * static_cast<double>(halves->cacheBytes));
  // A question aside is kept in its own form, and what is known of the conversation stays.
  ChatRequest aside = request;
  aside.options.aside = true;
  aside.options.kept = llm::KeptAs::Float16;
  ASSERT_TRUE(ask(aside, other));
  const auto again = ask(request, other);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->reusedPromptTokens, again->promptTokens - 1);
  EXPECT_EQ(other, text);
}

TEST_F(StarterPack, ToldBeforeWhatAClipCosts) {
  const auto clipOf = [](int frames) {
    VideoClip clip;
    for (int i = 0; i < frames; ++i) {
      clip.frames.push_back({i + 0.5, {.width = 8, .height = 8, .pixels = std::vector<std::uint8_t>(192, 90)}});
    }
    return std::make_shared<const VideoClip>(std::move(clip));
  };
  std::string text;
  const auto tokens = [&](int frames) {
    const auto summary = ask(greedy({{Role::User, {clipOf(frames), std::string("What is this?")}}}, 1), text);
    return summary ? summary->promptTokens : -1;
  };
  const auto few = tokens(2), most = tokens(static_cast<int>(pack.mostClipFrames));
  EXPECT_EQ(pack.mostClipFrames, 8);
  EXPECT_EQ(most - few, pack.clipFrameTokens * (pack.mostClipFrames - 2));
  EXPECT_GE(few, pack.clipTokens + 2 * pack.clipFrameTokens);
  EXPECT_GT(pack.clipTokens + pack.clipFrameTokens, 0);
}

TEST_F(StarterPack, SaysThatItHeardNothingInsteadOfInventingWords) {
  const auto silence = std::make_shared<const AudioClip>(AudioClip{16000, std::vector<float>(16000 * 5, 0.0F)});
  std::string text;
  const auto summary = ask(greedy({{Role::User, {Sound(silence)}}}), text);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(text, kNothingHeard);
  EXPECT_EQ(summary->stopReason, StopReason::NothingHeard);
  EXPECT_EQ(summary->newTokens, 0);
  // Words beside the silence are answered as ever.
  const auto asked = ask(greedy({{Role::User, {Sound(silence), std::string("What is the capital of France?")}}}), text);
  ASSERT_TRUE(asked) << asked.error().message;
  EXPECT_NE(text.find("Paris"), std::string::npos) << text;
}

TEST_F(StarterPack, StopsWithinOneToken) {
  std::stop_source stop;
  int pieces = 0;
  const auto summary = backend->answer(greedy({{Role::User, {std::string("Tell me a long story.")}}}, 400),
                                       stop.get_token(), [&](const std::string&) {
                                         if (++pieces == 3) stop.request_stop();
                                       });
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().code, ErrorCode::Cancelled);
  EXPECT_EQ(pieces, 3);
}

Picture gradient(int width, int height) {
  RgbImage image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (const int value : {x, y, x + y}) image.pixels.push_back(static_cast<std::uint8_t>(value));
    }
  }
  return std::make_shared<const RgbImage>(std::move(image));
}

// As after a restart, when the picture is read from disk again.
TEST_F(StarterPack, TheSamePictureInOtherHandsIsNotEncodedAgain) {
  std::vector<Turn> turns = {{Role::User, {gradient(300, 200), std::string("What is this?")}}};
  std::string first, text;
  const auto cold = ask(greedy(turns), first);
  ASSERT_TRUE(cold) << cold.error().message;
  turns = {{Role::User, {gradient(300, 200), std::string("What is this?")}}, {Role::Assistant, {first}}};
  turns.push_back({Role::User, {std::string("And what colour?")}});
  const auto again = ask(greedy(turns), text);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_GE(again->reusedPromptTokens, cold->promptTokens) << "its tokens count as the same";
  turns.front().parts.front() = gradient(301, 200);
  const auto other = ask(greedy(turns), text);
  ASSERT_TRUE(other);
  EXPECT_LT(other->reusedPromptTokens, cold->promptTokens) << "another picture";
}

// Zeros take the place of what is seen, for comparison; what is heard stays, and is heard once.
TEST_F(StarterPack, ARecordingBesideAZeroedPictureIsNotEncodedAgain) {
  const auto model = model::Model::load(starterPack());
  ASSERT_TRUE(model);
  EncodedMedia media(**model);
  const Sound sound = std::make_shared<const AudioClip>(AudioClip{16000, std::vector<float>(16000, 0.0F)});
  const auto first = media.encode(sound, /*zeroed=*/true, {}), again = media.encode(sound, /*zeroed=*/true, {});
  ASSERT_TRUE(first && again);
  EXPECT_EQ(again->number, first->number);
  const Picture picture = gradient(30, 20);
  const auto zeros = media.encode(picture, /*zeroed=*/true, {}), seen = media.encode(picture, /*zeroed=*/false, {});
  ASSERT_TRUE(zeros && seen);
  EXPECT_FALSE(zeros->embeddings.any().item<bool>());
  EXPECT_TRUE(seen->embeddings.any().item<bool>());
}

TEST_F(StarterPack, ExaminingAPictureTellsWhatTheEncoderIsFedAndWhatItCosts) {
  const Picture picture = gradient(300, 200);
  const auto made = backend->examine(picture, {});
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_EQ(made->frames.size(), 1u);
  const SeenPicture& seen = made->frames[0].picture;
  EXPECT_EQ(seen.left, 0);
  EXPECT_EQ(seen.top, 0);
  EXPECT_EQ(seen.width, 300);
  EXPECT_EQ(seen.height, 200);
  const RgbImage expected = encoders::resizeBicubic(*picture, 224, 224);
  EXPECT_EQ(seen.pixels.width, 224);
  EXPECT_EQ(seen.pixels.pixels, expected.pixels);
  EXPECT_EQ(made->softTokens, 8);  // "queries" of the pack's image interface

  // The columns of a prompt are its words and just so many.
  const auto model = model::Model::load(starterPack());
  ASSERT_TRUE(model);
  const auto& part = *(*model)->pack().image;
  const PromptFormat format{
      (*model)->chatTemplate(), "", {part.wrap.before, part.wrap.after, part.defaultQuestion}, {}};
  const std::vector<Turn> turns = {{Role::User, {picture, std::string("What?")}}};
  std::int64_t words = 0;
  for (const PromptPiece& piece : layOutPrompt(turns, format, (*model)->tokenizer())) {
    if (const auto* ids = std::get_if<std::vector<tokenizer::TokenId>>(&piece)) words += std::ssize(*ids);
  }
  std::string text;
  const auto summary = ask(greedy(turns, 1), text);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->promptTokens, words + made->softTokens);
}

TEST_F(StarterPack, ExaminingAClipTellsEachFrameAndItsTime) {
  VideoClip clip{.frames = {}, .seconds = 4};
  for (int i = 0; i < 3; ++i) clip.frames.push_back({i + 0.5, *gradient(120 + 20 * i, 90)});
  const auto made = backend->examine(std::make_shared<const VideoClip>(clip), {});
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_EQ(made->frames.size(), 3u);
  EXPECT_EQ(made->softTokens, 20);  // joint queries of the pack's video interface
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(made->frames[i].seconds, clip.frames[i].seconds);
    EXPECT_EQ(made->frames[i].picture.width, clip.frames[i].image.width);
    EXPECT_EQ(made->frames[i].picture.pixels.pixels, encoders::resizeBicubic(clip.frames[i].image, 224, 224).pixels);
  }
}

TEST_F(StarterPack, WhatWasExaminedOrAnsweredIsNotEncodedAgain) {
  const auto noise = [](std::uint32_t state) {  // each its own: the same one is known by what is in it
    AudioClip clip{16000, std::vector<float>(16000 * 5)};
    for (float& sample : clip.samples) {
      state = state * 1664525 + 1013904223;
      sample = 0.1F * (static_cast<float>(state >> 8) / 8388608.0F - 1.0F);
    }
    return std::make_shared<const AudioClip>(std::move(clip));
  };
  const Sound examined = noise(1), answered = noise(2), transcribed = noise(3), unknown = noise(4);
  const auto made = backend->examine(examined, {});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->secondsHeard, 5);
  EXPECT_TRUE(made->frames.empty());
  const auto said = backend->transcribe(transcribed, {});
  ASSERT_TRUE(said);
  std::string text;
  ASSERT_TRUE(ask(greedy({{Role::User, {answered, std::string("What?")}}}, 1), text));
  // What is stopped already has no time to encode anything.
  std::stop_source stop;
  stop.request_stop();
  for (const Sound& known : {examined, answered, transcribed}) {
    const auto again = backend->examine(known, stop.get_token());
    ASSERT_TRUE(again) << again.error().message;
    if (known == examined) {
      EXPECT_EQ(again->softTokens, made->softTokens);
    }
    if (known != answered) {
      EXPECT_EQ(again->transcript, known == examined ? made->transcript : *said);
    }
  }
  EXPECT_EQ(backend->examine(unknown, stop.get_token()).error().code, ErrorCode::Cancelled);
}

TEST_F(StarterPack, ARecordingThatGrowsDoesNotMakeItForgetWhatTheConversationHolds) {
  const Picture picture = gradient(64, 64);
  ASSERT_TRUE(backend->examine(picture, {}));
  for (int i = 0; i < 40; ++i) {
    const auto grown = std::make_shared<const AudioClip>(AudioClip{16000, std::vector<float>(2000 + i * 100, 0.01F)});
    ASSERT_TRUE(backend->transcribe(grown, {}));
  }
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(backend->examine(picture, stop.get_token())) << "it was encoded again";
}

TEST_F(StarterPack, AnExaminationThatIsStoppedIsCancelledAndWordsAreNotExamined) {
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = backend->examine(gradient(30, 20), stop.get_token());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::Cancelled);
  EXPECT_EQ(backend->examine(std::string("words"), {}).error().code, ErrorCode::BadInput);
}

TEST_F(StarterPack, AnAnswerAsideLeavesTheConversationsCacheAlone) {
  std::vector<Turn> turns = {{Role::User, {std::string("What is the capital of France?")}}};
  std::string text, caption;
  ASSERT_TRUE(ask(greedy(turns), text));
  ChatRequest aside = greedy({{Role::User, {gradient(64, 64)}}}, 4);
  aside.options.aside = true;
  ASSERT_TRUE(ask(aside, caption));
  EXPECT_FALSE(caption.empty());
  turns.push_back({Role::Assistant, {text}});
  turns.push_back({Role::User, {std::string("And of Italy?")}});
  const auto summary = ask(greedy(turns), text);
  ASSERT_TRUE(summary);
  EXPECT_GT(summary->reusedPromptTokens, 10);
}

TEST_F(StarterPack, WhatWasPreparedIsNotComputedAgain) {
  std::vector<Turn> turns = {{Role::User, {gradient(64, 64), std::string("What is in this picture?")}}};
  std::string text;
  ASSERT_TRUE(ask(greedy(turns), text));
  turns.push_back({Role::Assistant, {text}});
  turns.push_back({Role::User, {std::string("What is the capital of France?")}});
  const auto told = backend->prepare(greedy(turns), {});
  ASSERT_TRUE(told) << told.error().message;
  EXPECT_FALSE(told->estimated);
  const auto summary = ask(greedy(turns), text);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->promptTokens, told->promptTokens);
  EXPECT_EQ(summary->reusedPromptTokens, told->promptTokens - 1);

  std::string fresh;
  load();
  ASSERT_TRUE(ask(greedy(turns), fresh));
  EXPECT_EQ(text, fresh);
}

TEST_F(StarterPack, WhatWasComputedBeforeChangesNoWord) {
  const std::vector<Turn> turns = {{Role::User, {std::string("What is the capital of France?")}},
                                   {Role::Assistant, {std::string("The capital of France is Paris.")}},
                                   {Role::User, {std::string("Name four colours of the rainbow, please.")}}};
  std::string fresh, prepared, again;
  ASSERT_TRUE(ask(greedy(turns, 40), fresh));
  load();
  ASSERT_TRUE(backend->prepare(greedy(turns, 40), {}));
  ASSERT_TRUE(ask(greedy(turns, 40), prepared));
  EXPECT_EQ(prepared, fresh);
  ASSERT_TRUE(ask(greedy(turns, 40), again));
  EXPECT_EQ(again, fresh);
}

TEST_F(StarterPack, PreparingStopsBetweenTwoChunksAndKeepsWhatIsComputed) {
  std::string endless;
  for (int i = 0; i < 2000; ++i) endless += "word ";
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    stop.request_stop();
  });
  const std::vector<Turn> turns = {{Role::User, {endless}}};
  const auto stopped = backend->prepare(greedy(turns), stop.get_token());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::Cancelled);
  std::string text;
  const auto summary = ask(greedy(turns, 1), text);
  ASSERT_TRUE(summary);
  EXPECT_GT(summary->reusedPromptTokens, 100);
  EXPECT_LT(summary->reusedPromptTokens, 2000);
}

TEST_F(StarterPack, ListensWithinAnAnswerWithoutChangingIt) {
  const auto asked = greedy({{Role::User, {std::string("What is the capital of France?")}}});
  std::string alone, disturbed;
  ASSERT_TRUE(ask(asked, alone));
  int heard = 0;
  const auto sound = std::make_shared<const AudioClip>(AudioClip{16000, std::vector<float>(16000, 0.01F)});
  backend->setInterlude([&] {
    ++heard;
    EXPECT_TRUE(backend->transcribe(std::make_shared<const AudioClip>(*sound), {}));
  });
  load();
  ASSERT_TRUE(ask(asked, disturbed));
  EXPECT_EQ(disturbed, alone);
  EXPECT_GE(heard, 5);  // chunks and tokens
}

TEST_F(StarterPack, RefusesAConversationLongerThanTheContext) {
  std::string endless;
  for (int i = 0; i < 9000; ++i) endless += "word ";
  std::string text;
  const auto summary = ask(greedy({{Role::User, {endless}}}), text);
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().code, ErrorCode::BadInput);
  EXPECT_NE(summary.error().message.find("8192"), std::string::npos) << summary.error().message;
}

}  // namespace
}  // namespace xllm::generation
