#include "media/encode/track.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <string>
#include <utility>

namespace xllm::media {

Result<OutputHandle> newOutput(const char* format) {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_level(AV_LOG_QUIET); });  // what is wrong is told in a Result
  AVFormatContext* made = nullptr;
  const int status = avformat_alloc_output_context2(&made, nullptr, format, nullptr);
  if (status == AVERROR(ENOMEM)) throw std::bad_alloc();
  if (status < 0) {
    return fail(ErrorCode::Unsupported,
                std::string("This computer's FFmpeg cannot write ") + format + " files; install its full version.");
  }
  return OutputHandle(made);
}

tl::unexpected<Error> notWritten(int error) {
  if (error == AVERROR(ENOMEM)) throw std::bad_alloc();
  return fail(ErrorCode::DiskFull, "The recording could not be written (" + ffmpegText(error) +
                                       "); look whether there is room on the disk.");
}

Result<CodecHandle> Track::encoderOf(AVCodecID codec) {
  const AVCodec* const found = avcodec_find_encoder(codec);
  if (found == nullptr) {
    return fail(ErrorCode::Unsupported, std::string("This computer's FFmpeg cannot encode ") + avcodec_get_name(codec) +
                                            "; install its full version.");
  }
  return CodecHandle(orNoMemory(avcodec_alloc_context3(found)));
}

Result<Track> Track::add(AVFormatContext& output, CodecHandle encoder) {
  if ((output.oformat->flags & AVFMT_GLOBALHEADER) != 0) encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  encoder->thread_count = 1;
  int status = avcodec_open2(encoder.get(), encoder->codec, nullptr);
  if (status < 0) return notWritten(status);
  AVStream* const stream = orNoMemory(avformat_new_stream(&output, nullptr));
  status = avcodec_parameters_from_context(stream->codecpar, encoder.get());
  if (status < 0) return notWritten(status);
  stream->time_base = encoder->time_base;
  return Track(output, std::move(encoder), *stream);
}

Track::Track(AVFormatContext& output, CodecHandle encoder, AVStream& stream)
    : m_output(&output),
      m_encoder(std::move(encoder)),
      m_stream(&stream),
      m_made(orNoMemory(av_packet_alloc())),
      m_waiting(orNoMemory(av_packet_alloc())) {}

Result<void> Track::encode(const AVFrame& frame) { return send(&frame); }

Result<void> Track::finish(std::int64_t end) {
  if (auto sent = send(nullptr); !sent) return sent;
  return write(end);
}

Result<void> Track::send(const AVFrame* frame) {
  int status = avcodec_send_frame(m_encoder.get(), frame);
  if (status < 0) return notWritten(status);
  while ((status = avcodec_receive_packet(m_encoder.get(), m_made.get())) >= 0) {
    // FLAC ends with a packet that brings a checksum alone; it has no time.
    if (auto written = write(m_made->pts != AV_NOPTS_VALUE ? m_made->pts : m_waiting->pts); !written) return written;
    av_packet_move_ref(m_waiting.get(), m_made.get());
    m_hasWaiting = true;
  }
  if (status != AVERROR(EAGAIN) && status != AVERROR_EOF) return notWritten(status);
  return {};
}

Result<void> Track::write(std::int64_t nextTime) {
  if (!std::exchange(m_hasWaiting, false)) return {};
  if (m_encoder->codec_type == AVMEDIA_TYPE_VIDEO) {
    m_waiting->duration = std::max<std::int64_t>(nextTime - m_waiting->pts, 1);
  }
  m_waiting->stream_index = m_stream->index;
  av_packet_rescale_ts(m_waiting.get(), m_encoder->time_base, m_stream->time_base);
  const int status = av_interleaved_write_frame(m_output, m_waiting.get());
  if (status < 0) return notWritten(status);
  return {};
}

FrameHandle newSoundFrame(const AVCodecContext& encoder, int count) {
  FrameHandle frame(orNoMemory(av_frame_alloc()));
  frame->nb_samples = count;
  frame->format = encoder.sample_fmt;
  frame->sample_rate = encoder.sample_rate;
  if (av_channel_layout_copy(&frame->ch_layout, &encoder.ch_layout) < 0) throw std::bad_alloc();
  if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
  return frame;
}

void fill(AVFrame& frame, std::span<const float> samples) {
  const auto clipped = [](float sample) { return std::isfinite(sample) ? std::clamp(sample, -1.0F, 1.0F) : 0.0F; };
  if (frame.format == AV_SAMPLE_FMT_S16) {
    std::ranges::transform(samples, reinterpret_cast<std::int16_t*>(frame.data[0]), [&](float sample) {
      return static_cast<std::int16_t>(std::lround(clipped(sample) * 32767.0F));
    });
  } else {
    std::ranges::transform(samples, reinterpret_cast<float*>(frame.data[0]), clipped);
  }
}

}  // namespace xllm::media
