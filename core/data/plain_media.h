// Two plain formats read without any library: WAV (16-bit PCM, 16 kHz, mono) and binary PPM (P6, 8 bits). What the
// training recipes write themselves, so that training needs no media decoding.
#pragma once

#include "core/base/clip_decoder.h"
#include "core/base/media_probe.h"

namespace xllm::data {

// Everything else goes to `other` if there is one, else is refused: Unsupported. Safe to call from several threads if
// `other` is.
class PlainMedia final : public ClipDecoder {
 public:
  explicit PlainMedia(const ClipDecoder* other = nullptr) : m_other(other) {}
  Result<RgbImage> decodePicture(const std::filesystem::path& file) const override;
  Result<AudioClip> decodeSound(const std::filesystem::path& file) const override;
  Result<VideoClip> decodeClip(const std::filesystem::path& file, const ClipSampling& sampling) const override;

 private:
  const ClipDecoder* m_other;  // outlives this
};

// As the probe looks at it, and binary PPM besides.
Result<PictureLook> lookAtPicture(const std::filesystem::path& file, const MediaProbe& probe);

}  // namespace xllm::data
