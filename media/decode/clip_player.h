// Decodes a clip forward, and jumps to key frames where that saves work. For media/decode alone.
#pragma once

#include <memory>

#include "core/base/result.h"
#include "core/base/rgb_image.h"
#include "media/decode/clip_survey.h"
#include "media/decode/media_file.h"

namespace xllm::media {

class ClipPlayer {
 public:
  // All outlive it. At most `mostPixels` are decoded altogether. May throw std::bad_alloc, as all here.
  static Result<std::unique_ptr<ClipPlayer>> open(ByteSource& source, const ClipSurvey& survey,
                                                  const DecodeLimits& limits, std::int64_t mostPixels);

  const AVStream& stream() const { return m_stream; }
  AVFormatContext* input() const { return m_file.input.get(); }

  // The frame that is seen at `time`, which never goes back; nullptr when none up to there can be decoded.
  const AVFrame* at(std::int64_t time);
  // A frame that is seen within `tolerance` of `time`, a key frame where one is; else, and once too much was decoded,
  // the nearest before that costs nothing. `time` never goes back. nullptr as above.
  const AVFrame* near(std::int64_t time, std::int64_t tolerance);
  // Whether nothing can be decoded behind the frame that at() gave last.
  bool atEnd() const { return m_ended && !m_hasNext; }
  // Whether more than the limit was decoded: what at() gives then is no longer right.
  bool tooMuch() const { return m_pixels > m_mostPixels; }
  // When the frame that is to be seen at `time` begins; `frame` is what at() gave.
  std::int64_t dueAt(std::int64_t time, const AVFrame& frame) const;

 private:
  ClipPlayer(MediaFile file, const AVStream& stream, CodecHandle codec, const ClipSurvey& survey,
             std::int64_t mostPixels);

  void jumpTowards(std::int64_t time);
  void jumpByContainer(std::int64_t time);
  bool jump(std::int64_t decodeTime);
  bool decodeNext();
  void feed();

  MediaFile m_file;
  const AVStream& m_stream;
  CodecHandle m_codec;
  const ClipSurvey& m_survey;
  const std::int64_t m_mostPixels;
  PacketHandle m_packet;
  FrameHandle m_shown, m_next;  // the last frame up to the time asked for, and the one behind it
  bool m_hasShown = false, m_hasNext = false, m_ended = false, m_draining = false;
  std::int64_t m_reached;     // the last time that a packet was decoded at
  std::int64_t m_due = 0;     // frames before are not shown
  std::int64_t m_pixels = 0;  // decoded so far
};

// Upright, its pixels square, at most `mostPixels` of them. Unsupported: colours that are not read.
Result<RgbImage> pixelsOf(const AVFrame& frame, const AVStream& stream, const ByteSource& source,
                          std::int64_t mostPixels);

// As pixelsOf() gives it, without a limit.
struct ShownSize {
  int width = 0, height = 0;
};
ShownSize shownSizeOf(const AVStream& stream);

}  // namespace xllm::media
