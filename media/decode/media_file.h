// Sound and video files, opened safely: only containers of one self-contained file, which can make nothing else be
// opened. Leaves decoding to sound_decoder.h and video_decoder.h.
#pragma once

#include "core/base/result.h"
#include "media/decode/byte_source.h"
#include "media/decode/ffmpeg.h"
#include "media/decode/file_decoder.h"

namespace xllm::media {

// FFmpeg may have exchanged the buffer it was given.
struct FreeIo {
  void operator()(AVIOContext* io) const {
    av_freep(&io->buffer);
    avio_context_free(&io);
  }
};

// An opened file with what FFmpeg found out about its streams.
struct MediaFile {
  std::unique_ptr<AVIOContext, FreeIo> io;
  InputHandle input;  // closed before `io` is freed
};

// From the beginning of `source`, which outlives the result. May throw std::bad_alloc.
Result<MediaFile> openMedia(ByteSource& source, const DecodeLimits& limits);

// The first moving picture; a cover is none. nullptr without one.
const AVStream* videoIn(const AVFormatContext& input);

// Whether it holds more than one moving picture. False, too, where it cannot be read. May throw std::bad_alloc.
bool hasSeveralFrames(ByteSource& source, const DecodeLimits& limits);

// `error` is FFmpeg's. Throws std::bad_alloc when that is what it says.
tl::unexpected<Error> damagedMedia(const ByteSource& source, int error);

// `source` is no picture. May throw std::bad_alloc.
Result<MediaKind> identifyFrom(ByteSource& source, const DecodeLimits& limits);

}  // namespace xllm::media
