#include "tests/media/clips/long_clip.h"

#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "media/decode/ffmpeg.h"

namespace xllm::tests {
namespace {

using media::CodecHandle;
using media::FrameHandle;
using media::orNoMemory;
using media::PacketHandle;

void need(int status, const char* what) {
  if (status < 0) throw std::runtime_error(std::string(what) + ": " + media::ffmpegText(status));
}

CodecHandle openEncoder(const LongClip& what) {
  const AVCodec* const codec = orNoMemory(avcodec_find_encoder(AV_CODEC_ID_MPEG4));
  CodecHandle encoder(orNoMemory(avcodec_alloc_context3(codec)));
  encoder->width = what.width;
  encoder->height = what.height;
  encoder->pix_fmt = AV_PIX_FMT_YUV420P;
  encoder->time_base = {1, what.framesPerSecond};
  encoder->gop_size = what.keyEvery;
  encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_QSCALE;
  encoder->global_quality = 3 * FF_QP2LAMBDA;
  need(avcodec_open2(encoder.get(), codec, nullptr), "opening the encoder");
  return encoder;
}

// The packets from one key frame to the next, all of one grey.
std::vector<PacketHandle> encodeGroup(const LongClip& what, int grey) {
  const CodecHandle encoder = openEncoder(what);
  const FrameHandle frame(orNoMemory(av_frame_alloc()));
  frame->width = what.width;
  frame->height = what.height;
  frame->format = AV_PIX_FMT_YUV420P;
  need(av_frame_get_buffer(frame.get(), 0), "a frame");
  std::vector<PacketHandle> packets;
  for (int i = 0; i <= what.keyEvery; ++i) {
    if (i < what.keyEvery) {
      need(av_frame_make_writable(frame.get()), "a frame");
      const auto size = [&](int plane) {
        return static_cast<std::size_t>(frame->linesize[plane]) *
               static_cast<std::size_t>(plane == 0 ? what.height : what.height / 2);
      };
      std::memset(frame->data[0], grey, size(0));
      for (const int plane : {1, 2}) std::memset(frame->data[plane], 128, size(plane));
      frame->pts = i;
    }
    need(avcodec_send_frame(encoder.get(), i < what.keyEvery ? frame.get() : nullptr), "encoding");
    for (PacketHandle packet(orNoMemory(av_packet_alloc())); avcodec_receive_packet(encoder.get(), packet.get()) >= 0;
         packet.reset(orNoMemory(av_packet_alloc()))) {
      packets.push_back(std::move(packet));
    }
  }
  return packets;
}

struct FreeOutput {
  void operator()(AVFormatContext* output) const {
    avio_closep(&output->pb);
    avformat_free_context(output);
  }
};

}  // namespace

void makeLongClip(const std::filesystem::path& file, const LongClip& what) {
  AVFormatContext* made = nullptr;
  need(avformat_alloc_output_context2(&made, nullptr, "mp4", file.c_str()), "an MP4 file");
  const std::unique_ptr<AVFormatContext, FreeOutput> output(made);
  AVStream* const stream = orNoMemory(avformat_new_stream(made, nullptr));
  need(avcodec_parameters_from_context(stream->codecpar, openEncoder(what).get()), "its codec");
  stream->time_base = {1, 1000};
  need(avio_open(&made->pb, file.c_str(), AVIO_FLAG_WRITE), file.c_str());
  need(avformat_write_header(made, nullptr), "its head");
  const auto frames = static_cast<std::int64_t>(what.seconds * what.framesPerSecond);
  const std::int64_t groups = (frames + what.keyEvery - 1) / what.keyEvery;
  const std::int64_t each = stream->time_base.den / what.framesPerSecond;
  const PacketHandle copy(orNoMemory(av_packet_alloc()));
  std::vector<PacketHandle> packets;
  int level = -1;
  for (std::int64_t frame = 0; frame < frames; ++frame) {
    const int now = static_cast<int>(frame / what.keyEvery * what.levels / groups);
    if (now != level) packets = encodeGroup(what, 40 + 20 * (level = now));
    need(av_packet_ref(copy.get(), packets.at(static_cast<std::size_t>(frame % what.keyEvery)).get()), "a packet");
    copy->stream_index = 0;
    copy->pts = copy->dts = frame * each;
    copy->duration = each;
    need(av_interleaved_write_frame(made, copy.get()), "writing");
  }
  need(av_write_trailer(made), "its index");
}

}  // namespace xllm::tests
