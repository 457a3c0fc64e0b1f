#include "media/encode/sound_encoder.h"

#include <algorithm>
#include <new>
#include <span>
#include <string>
#include <utility>

#include "media/encode/track.h"

namespace xllm::media {
namespace {

constexpr int kHighestRateHz = 655'350;  // FLAC's own

// Memory that FFmpeg writes a file into.
class MemoryFile {
 public:
  MemoryFile() {
    if (avio_open_dyn_buf(&m_io) < 0) throw std::bad_alloc();
  }
  ~MemoryFile() { (void)take(); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  AVIOContext* io() { return m_io; }
  std::vector<std::byte> take() {
    if (m_io == nullptr) return {};
    std::uint8_t* bytes = nullptr;
    const int size = avio_close_dyn_buf(std::exchange(m_io, nullptr), &bytes);
    const std::unique_ptr<std::uint8_t, void (*)(void*)> owner(bytes, av_free);
    const auto all = std::as_bytes(std::span(bytes, static_cast<std::size_t>(std::max(size, 0))));
    return {all.begin(), all.end()};
  }

 private:
  AVIOContext* m_io = nullptr;
};

Result<std::vector<std::byte>> encode(const AudioClip& clip) {
  MemoryFile file;
  auto output = newOutput("flac");
  if (!output) return tl::unexpected(std::move(output.error()));
  auto encoder = Track::encoderOf(AV_CODEC_ID_FLAC);
  if (!encoder) return tl::unexpected(std::move(encoder.error()));
  (*encoder)->sample_fmt = AV_SAMPLE_FMT_S16;
  (*encoder)->sample_rate = clip.sampleRateHz;
  (*encoder)->time_base = {1, clip.sampleRateHz};
  (*encoder)->ch_layout = AV_CHANNEL_LAYOUT_MONO;
  auto track = Track::add(**output, std::move(*encoder));
  if (!track) return tl::unexpected(std::move(track.error()));
  (*output)->pb = file.io();
  if (const int status = avformat_write_header(output->get(), nullptr); status < 0) return notWritten(status);

  const std::span<const float> samples(clip.samples);
  const auto each = static_cast<std::size_t>(track->encoder().frame_size);
  for (std::size_t at = 0; at < samples.size(); at += each) {
    const auto piece = samples.subspan(at, std::min(each, samples.size() - at));
    const FrameHandle frame = newSoundFrame(track->encoder(), static_cast<int>(piece.size()));
    frame->pts = static_cast<std::int64_t>(at);
    fill(*frame, piece);
    if (auto encoded = track->encode(*frame); !encoded) return tl::unexpected(std::move(encoded.error()));
  }
  if (auto done = track->finish(static_cast<std::int64_t>(samples.size())); !done) {
    return tl::unexpected(std::move(done.error()));
  }
  if (const int status = av_write_trailer(output->get()); status < 0) return notWritten(status);
  return file.take();
}

}  // namespace

Result<std::vector<std::byte>> encodeSound(const AudioClip& clip) {
  if (clip.samples.empty()) return fail(ErrorCode::BadInput, "The recording is empty; there is nothing to keep of it.");
  if (clip.sampleRateHz < 1 || clip.sampleRateHz > kHighestRateHz) {
    return fail(ErrorCode::BadInput, "A recording of " + std::to_string(clip.sampleRateHz) +
                                         " samples a second cannot be kept as FLAC; bring it to 16000 first.");
  }
  try {
    return encode(clip);
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::OutOfMemory, "There was not enough memory to keep the recording.");
  }
}

}  // namespace xllm::media
