#include "app/desktop/decoder_reader.h"

#include <utility>

namespace xllm::desktop {

Result<ui::MediaKind> DecoderReader::identify(const std::filesystem::path& file) const {
  const auto kind = m_decoder.identify(file);
  if (!kind) return tl::unexpected(kind.error());
  switch (*kind) {
    case media::MediaKind::Picture: return ui::MediaKind::Picture;
    case media::MediaKind::Sound: return ui::MediaKind::Sound;
    case media::MediaKind::Video: return ui::MediaKind::Video;
  }
  return fail(ErrorCode::Unsupported, file.string() + " is neither a picture nor a sound or video file.");
}

Result<RgbImage> DecoderReader::decodePicture(const std::filesystem::path& file) const {
  return m_decoder.decodePicture(file);
}

Result<AudioClip> DecoderReader::decodeSound(const std::filesystem::path& file) const {
  return m_decoder.decodeSound(file);
}

Result<ClipFacts> DecoderReader::describeClip(const std::filesystem::path& file, std::stop_token stop) const {
  return m_decoder.describeClip(file, std::move(stop));
}

Result<VideoClip> DecoderReader::decodeClip(const std::filesystem::path& file, const ClipSampling& sampling,
                                            std::stop_token stop) const {
  return m_decoder.decodeClip(file, sampling, std::move(stop));
}

Result<AudioClip> DecoderReader::decodeClipSound(const std::filesystem::path& file, double startSeconds,
                                                 double endSeconds, std::stop_token stop) const {
  return m_decoder.decodeSound(file, {startSeconds, endSeconds}, std::move(stop));
}

Result<void> DecoderReader::glanceAtClip(const std::filesystem::path& file, int count, const GlanceSink& sink,
                                         std::stop_token stop) const {
  return m_decoder.glanceAtClip(file, count, sink, std::move(stop));
}

}  // namespace xllm::desktop
