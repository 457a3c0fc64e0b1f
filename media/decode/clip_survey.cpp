#include "media/decode/clip_survey.h"

#include <cstdlib>
#include <string>

#include "media/decode/media_file.h"

namespace xllm::media {
namespace {

constexpr std::size_t kMostPackets = 2'000'000;  // 9 hours at 60 frames a second
// Times near the ends of the range would overflow in sums; no honest file has them.
constexpr std::int64_t kLastTime = std::int64_t{1} << 60;

double promisedBy(const AVFormatContext& input, const AVStream& stream) {
  const bool guessed = input.duration_estimation_method == AVFMT_DURATION_FROM_BITRATE;
  if (!guessed && stream.duration != AV_NOPTS_VALUE) {
    return static_cast<double>(std::max<std::int64_t>(stream.duration, 0)) * av_q2d(stream.time_base);
  }
  // Matroska keeps one length for all streams.
  const bool whole = !guessed && input.duration != AV_NOPTS_VALUE;
  return whole ? static_cast<double>(std::max<std::int64_t>(input.duration, 0)) / AV_TIME_BASE : 0.0;
}

Result<void> readTimes(AVFormatContext& input, const AVStream& stream, const ByteSource& source, ClipSurvey& found) {
  const PacketHandle packet(orNoMemory(av_packet_alloc()));
  for (; av_read_frame(&input, packet.get()) >= 0; av_packet_unref(packet.get())) {
    if (packet->stream_index != stream.index || (packet->flags & AV_PKT_FLAG_DISCARD) != 0) continue;
    const std::int64_t shown = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
    if (shown == AV_NOPTS_VALUE || std::llabs(shown) > kLastTime) continue;
    if (found.shown.size() == kMostPackets) {
      return fail(ErrorCode::BadInput, source.name() + " has more than " + std::to_string(kMostPackets) +
                                           " frames, which is too many; cut out the part that matters.");
    }
    found.shown.push_back(shown);
    const std::int64_t length = std::clamp<std::int64_t>(packet->duration, 0, kLastTime);
    found.end = found.shown.size() == 1 ? shown + length : std::max(found.end, shown + length);
    if ((packet->flags & AV_PKT_FLAG_KEY) != 0) {
      found.keys.push_back({shown, packet->dts != AV_NOPTS_VALUE ? packet->dts : shown});
    }
  }
  if (found.shown.empty()) return damagedMedia(source, AVERROR_INVALIDDATA);
  std::sort(found.shown.begin(), found.shown.end());
  std::sort(found.keys.begin(), found.keys.end(), [](const auto& a, const auto& b) { return a.shown < b.shown; });
  // Some containers do not say how long the last frame is seen: as long as the others on average.
  const auto count = static_cast<std::int64_t>(found.shown.size());
  const std::int64_t gap = count > 1 ? (found.shown.back() - found.shown.front()) / (count - 1) : 1;
  if (found.end <= found.shown.back()) found.end = found.shown.back() + std::max<std::int64_t>(gap, 1);
  found.start = found.shown.front();
  found.ofEveryFrame = true;
  return {};
}

}  // namespace

Result<ClipSurvey> surveyClip(ByteSource& source, const DecodeLimits& limits) {
  auto file = openMedia(source, limits);
  if (!file) return tl::unexpected(std::move(file.error()));
  AVFormatContext& input = *file->input;
  const AVStream* const stream = videoIn(input);
  if (stream == nullptr) return fail(ErrorCode::BadInput, source.name() + " has no moving picture in it.");
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    if (input.streams[i] != stream) input.streams[i]->discard = AVDISCARD_ALL;
  }
  ClipSurvey found;
  found.unit = av_q2d(stream->time_base);
  const double promised = promisedBy(input, *stream);
  // Sound may go on behind the last frame, so a length for all streams promises nothing of this one.
  if (stream->duration != AV_NOPTS_VALUE || input.nb_streams == 1) found.promisedSeconds = promised;
  const bool believed = source.size() > limits.surveyBytes && found.unit > 0 && promised > 0;
  const double length = believed ? promised / found.unit : 0;
  if (!believed || length >= static_cast<double>(kLastTime)) {
    if (auto read = readTimes(input, *stream, source, found); !read) return tl::unexpected(std::move(read.error()));
    return found;
  }
  const bool startsLate = stream->start_time != AV_NOPTS_VALUE && std::llabs(stream->start_time) < kLastTime;
  found.start = startsLate ? stream->start_time : 0;
  found.end = found.start + static_cast<std::int64_t>(length);
  return found;
}

}  // namespace xllm::media
