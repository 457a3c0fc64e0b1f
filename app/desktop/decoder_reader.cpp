#include "app/desktop/decoder_reader.h"

namespace xllm::desktop {

Result<ui::MediaKind> DecoderReader::identify(const std::filesystem::path& file) const {
  const auto kind = m_decoder.identify(file);
  if (!kind) return tl::unexpected(kind.error());
  switch (*kind) {
    case media::MediaKind::Picture: return ui::MediaKind::Picture;
    case media::MediaKind::Sound: return ui::MediaKind::Sound;
    case media::MediaKind::Video: return ui::MediaKind::Video;
  }
  return fail(ErrorCode::Unsupported, file.string() + " is neither a picture nor a sound file.");
}

Result<RgbImage> DecoderReader::decodePicture(const std::filesystem::path& file) const {
  return m_decoder.decodePicture(file);
}

Result<AudioClip> DecoderReader::decodeSound(const std::filesystem::path& file) const {
  return m_decoder.decodeSound(file);
}

}  // namespace xllm::desktop
