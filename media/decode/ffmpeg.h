// FFmpeg's C interface, made safe to hold: owners that free, and errors as text. For media/decode alone.
#pragma once

#include <memory>
#include <new>
#include <string>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
}

namespace xllm::media {

// FFmpeg's freeing functions take the address of a pointer.
template <auto kFree>
struct FreeAt {
  template <typename T>
  void operator()(T* object) const {
    kFree(&object);
  }
};

using CodecHandle = std::unique_ptr<AVCodecContext, FreeAt<avcodec_free_context>>;
using PacketHandle = std::unique_ptr<AVPacket, FreeAt<av_packet_free>>;
using FrameHandle = std::unique_ptr<AVFrame, FreeAt<av_frame_free>>;
using ResamplerHandle = std::unique_ptr<SwrContext, FreeAt<swr_free>>;
using InputHandle = std::unique_ptr<AVFormatContext, FreeAt<avformat_close_input>>;

struct FreeScaler {
  void operator()(SwsContext* scaler) const { sws_freeContext(scaler); }
};
using ScalerHandle = std::unique_ptr<SwsContext, FreeScaler>;

// Throws std::bad_alloc for a null pointer, which from FFmpeg's alloc functions means no memory.
template <typename T>
T* orNoMemory(T* object) {
  if (object == nullptr) throw std::bad_alloc();
  return object;
}

inline std::string ffmpegText(int error) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(error, text, sizeof(text));
  return text;
}

}  // namespace xllm::media
