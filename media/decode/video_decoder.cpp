#include "media/decode/video_decoder.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "media/decode/clip_player.h"
#include "media/decode/clip_survey.h"
#include "media/decode/ffmpeg.h"
#include "media/decode/media_file.h"

namespace xllm::media {
namespace {

constexpr int kMostFrames = 64;      // that may be chosen
constexpr int kMostPasses = 6;       // over a clip whose end is broken
constexpr double kLeastTold = 0.25;  // seconds missing at the end that are worth a word
constexpr int kMostGlances = 256;

std::string secondsText(double seconds) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.1f s", seconds);
  return text;
}

// Frames of one pass, and when the first was due that could not be decoded, nor anything behind it.
struct Pass {
  std::vector<VideoClip::Frame> frames;
  std::optional<double> brokenAt;  // seconds
};

// `start` and `end` in seconds from the clip's first frame.
Result<Pass> decodePass(ByteSource& source, const ClipSurvey& survey, int count, double start, double end,
                        const DecodeLimits& limits) {
  auto player = ClipPlayer::open(source, survey, limits, limits.clipPixels);
  if (!player) return tl::unexpected(std::move(player.error()));
  Pass pass;
  for (int i = 0; i < count; ++i) {
    const double seconds = start + (i + 0.5) * (end - start) / count;
    const std::int64_t time = survey.start + static_cast<std::int64_t>(seconds / survey.unit);
    const AVFrame* const frame = (*player)->at(time);
    if ((*player)->tooMuch()) {
      return fail(
          ErrorCode::BadInput,
          source.name() + " takes too long to read: its key frames lie too far apart. Cut out the part that matters.");
    }
    const auto late = [&] {
      const std::int64_t behind = (*player)->dueAt(time, *frame) - frame->best_effort_timestamp;
      return static_cast<double>(behind) * survey.unit > kLeastTold;
    };
    if (frame == nullptr || ((*player)->atEnd() && late())) {
      pass.brokenAt = seconds;
      return pass;
    }
    auto image = pixelsOf(*frame, (*player)->stream(), source, limits.framePixels);
    if (!image) return tl::unexpected(std::move(image.error()));
    pass.frames.push_back({seconds, std::move(*image)});
  }
  return pass;
}

}  // namespace

Result<VideoClip> decodeClipFrom(ByteSource& source, const ClipSampling& sampling, const DecodeLimits& limits) {
  if (sampling.frames < 1 || sampling.frames > kMostFrames) {
    return fail(ErrorCode::BadInput, "1 to " + std::to_string(kMostFrames) + " frames of a clip can be chosen, not " +
                                         std::to_string(sampling.frames) + ".");
  }
  const auto found = surveyClip(source, limits);
  if (!found) return tl::unexpected(found.error());
  const double length = found->seconds();
  const double start = std::max(sampling.startSeconds, 0.0);
  double end = std::min(sampling.endSeconds, length);
  if (!(start < end)) {
    return fail(ErrorCode::BadInput, source.name() + " is " + secondsText(length) + " long; it has nothing between " +
                                         secondsText(start) + " and " + secondsText(sampling.endSeconds) + ".");
  }
  VideoClip clip;
  double readable = length;
  for (int attempt = 0; attempt < kMostPasses; ++attempt) {
    auto pass = decodePass(source, *found, sampling.frames, start, end, limits);
    if (!pass) return tl::unexpected(std::move(pass.error()));
    clip.frames = std::move(pass->frames);
    if (!pass->brokenAt) break;
    readable = end = *pass->brokenAt;  // once more, over what comes before
  }
  if (clip.frames.empty()) return damagedMedia(source, AVERROR_INVALIDDATA);
  clip.seconds = readable;
  const double missing = std::max(found->promisedSeconds, length) - readable;
  clip.missingSeconds = missing > std::max(kLeastTold, readable / 20) ? missing : 0;
  return clip;
}

Result<ClipFacts> describeClipFrom(ByteSource& source, const DecodeLimits& limits) {
  const auto found = surveyClip(source, limits);
  if (!found) return tl::unexpected(found.error());
  const auto file = openMedia(source, limits);
  if (!file) return tl::unexpected(file.error());
  const AVStream* const stream = videoIn(*file->input);
  if (stream == nullptr) return damagedMedia(source, AVERROR_INVALIDDATA);
  const ShownSize size = shownSizeOf(*stream);
  const bool hasSound = av_find_best_stream(file->input.get(), AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0) >= 0;
  return ClipFacts{found->seconds(), size.width, size.height, hasSound};
}

Result<ClipLook> lookAtClipFrom(ByteSource& source, const DecodeLimits& limits) {
  const auto found = surveyClip(source, limits);
  if (!found) return tl::unexpected(found.error());
  auto player = ClipPlayer::open(source, *found, limits, limits.glancePixels);
  if (!player) return tl::unexpected(std::move(player.error()));
  const AVStream& stream = (*player)->stream();
  const ShownSize size = shownSizeOf(stream);
  const bool hasSound = av_find_best_stream((*player)->input(), AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0) >= 0;
  ClipLook look{.facts = {found->seconds(), size.width, size.height, hasSound}, .frames = {}};
  const std::int64_t length = found->end - found->start;
  // The last frame begins before the end: a twentieth of a second where no times are known.
  const auto ticks = found->unit > 0 ? static_cast<std::int64_t>(0.05 / found->unit) : 0;
  const std::int64_t last = found->ofEveryFrame ? found->shown.back() : found->end - std::min(ticks + 1, length);
  constexpr std::int64_t kSmallPixels = std::int64_t{MediaProbe::kSmallEdge} * MediaProbe::kSmallEdge * 3 / 4;
  double readable = 0;
  for (const std::int64_t time : {found->start, found->start + length / 2, last}) {
    const AVFrame* const frame = (*player)->at(time);
    if (frame == nullptr || (*player)->tooMuch()) break;
    const std::int64_t behind = (*player)->dueAt(time, *frame) - frame->best_effort_timestamp;
    readable = static_cast<double>(frame->best_effort_timestamp + frame->pkt_duration - found->start) * found->unit;
    if ((*player)->atEnd() && static_cast<double>(behind) * found->unit > kLeastTold) break;
    auto image = pixelsOf(*frame, stream, source, kSmallPixels);
    if (!image) return tl::unexpected(std::move(image.error()));
    look.frames.push_back(std::move(*image));
  }
  if (look.frames.empty()) return damagedMedia(source, AVERROR_INVALIDDATA);
  const double promised = std::max(found->promisedSeconds, found->seconds());
  const double missing = promised - (look.frames.size() == 3 ? found->seconds() : readable);
  look.missingSeconds = missing > std::max(kLeastTold, promised / 20) ? missing : 0;
  return look;
}

Result<void> glanceAtClipFrom(ByteSource& source, int count, const GlanceSink& sink, const DecodeLimits& limits) {
  if (count < 1 || count > kMostGlances) {
    return fail(ErrorCode::BadInput, "1 to " + std::to_string(kMostGlances) + " small pictures can be had.");
  }
  const auto found = surveyClip(source, limits);
  if (!found) return tl::unexpected(found.error());
  auto player = ClipPlayer::open(source, *found, limits, limits.glancePixels);
  if (!player) return tl::unexpected(std::move(player.error()));
  const auto length = static_cast<double>(found->end - found->start);
  const auto tolerance = static_cast<std::int64_t>(length / count / 2);
  for (int i = 0; i < count; ++i) {
    const std::int64_t time = found->start + static_cast<std::int64_t>((i + 0.5) * length / count);
    const AVFrame* const frame = (*player)->near(time, tolerance);
    if (frame == nullptr) break;  // a broken end: what comes before was given
    auto picture = pixelsOf(*frame, (*player)->stream(), source, limits.glanceFramePixels);
    if (!picture) return tl::unexpected(std::move(picture.error()));
    if (!sink(i, std::move(*picture))) break;
  }
  return {};
}

}  // namespace xllm::media
