// Picture, sound and video files, or their bytes, become plain buffers. What a file is, is told from its content, never
// from its name; everything is capped before memory is taken for it, and no file can make another one, or the network,
// be opened.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <stop_token>

#include "media/base/decode_limits.h"
#include "media/base/media_decoder.h"

namespace xllm::media {

// Immutable. What each function gives, and its errors: media_decoder.h.
class FileDecoder final : public MediaDecoder {
 public:
  explicit FileDecoder(const DecodeLimits& limits = {}) : m_limits(limits) {}

  Result<MediaKind> identify(const std::filesystem::path& file) const override;

  // JPEG, PNG, WebP, BMP, TIFF, GIF: the first frame, turned upright as EXIF says, on white where it is transparent.
  Result<RgbImage> decodePicture(const std::filesystem::path& file) const override;
  Result<RgbImage> decodePicture(
      std::span<const std::byte> bytes) const;  // the bytes of such a file, for example pasted

  // Whatever FFmpeg opens, a video's sound track included: 16 kHz, channels averaged to one, within [-1, 1].
  Result<AudioClip> decodeSound(const std::filesystem::path& file) const override;
  Result<AudioClip> decodeSound(std::span<const std::byte> bytes) const;
  Result<AudioClip> decodeSound(const std::filesystem::path& file, const SoundSpan& span,
                                std::stop_token stop) const override;

  // Whatever FFmpeg opens, turned upright, pixels made square. A clip whose end is damaged gives what comes before,
  // and says how much is missing.
  Result<VideoClip> decodeClip(const std::filesystem::path& file, const ClipSampling& sampling = {}) const override;
  Result<VideoClip> decodeClip(const std::filesystem::path& file, const ClipSampling& sampling,
                               std::stop_token stop) const override;
  Result<ClipFacts> describeClip(const std::filesystem::path& file, std::stop_token stop = {}) const override;
  Result<void> glanceAtClip(const std::filesystem::path& file, int count, const GlanceSink& sink,
                            std::stop_token stop) const override;

  Result<PictureLook> lookAtPicture(const std::filesystem::path& file) const override;
  Result<SoundLook> listenTo(const std::filesystem::path& file) const override;
  Result<ClipLook> lookAtClip(const std::filesystem::path& file, std::stop_token stop) const override;

 private:
  DecodeLimits m_limits;
};

}  // namespace xllm::media
