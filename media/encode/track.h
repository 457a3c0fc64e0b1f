// One file that FFmpeg writes, and a track of it: an encoder with the stream that it feeds. For media/encode alone.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "core/base/result.h"
#include "media/decode/ffmpeg.h"

namespace xllm::media {

// Whoever opened `pb` closes it.
struct FreeOutput {
  void operator()(AVFormatContext* output) const { avformat_free_context(output); }
};
using OutputHandle = std::unique_ptr<AVFormatContext, FreeOutput>;

// `format` as FFmpeg calls it. Unsupported: this FFmpeg was built without it.
Result<OutputHandle> newOutput(const char* format);

// A sentence for what FFmpeg said while writing. Throws std::bad_alloc when that is what it says.
tl::unexpected<Error> notWritten(int error);

class Track {
 public:
  // An encoder that is not opened yet, to be set up. Unsupported as above.
  static Result<CodecHandle> encoderOf(AVCodecID codec);
  // Opens it and adds a stream for it; before the output's head is written.
  static Result<Track> add(AVFormatContext& output, CodecHandle encoder);

  const AVCodecContext& encoder() const { return *m_encoder; }
  // In the encoder's time base. The last packet waits for the next, whose time says how long it is seen.
  Result<void> encode(const AVFrame& frame);
  // What the encoder still holds, and the last packet, which is seen until `end` (in the encoder's time base).
  Result<void> finish(std::int64_t end);

 private:
  Track(AVFormatContext& output, CodecHandle encoder, AVStream& stream);

  Result<void> send(const AVFrame* frame);
  Result<void> write(std::int64_t nextTime);

  AVFormatContext* m_output;
  CodecHandle m_encoder;
  AVStream* m_stream;
  PacketHandle m_made, m_waiting;
  bool m_hasWaiting = false;
};

// A frame with `count` samples of one channel, with room for them. Throws std::bad_alloc.
FrameHandle newSoundFrame(const AVCodecContext& encoder, int count);
// Rounded and clipped into a frame of 16-bit or planar float samples.
void fill(AVFrame& frame, std::span<const float> samples);

}  // namespace xllm::media
