// Picture, sound and video files, or their bytes, become plain buffers. What a file is, is told from its content, never
// from its name; everything is capped before memory is taken for it, and no file can make another one, or the network,
// be opened.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <stop_token>

#include "media/base/media_decoder.h"

namespace xllm::media {

struct DecodeLimits {
  std::int64_t pixels = 100'000'000;  // width × height, as the header declares it
  double seconds = 30 * 60;           // of sound
  std::int64_t pictureBytes = std::int64_t{256} << 20;
  std::int64_t soundBytes = std::int64_t{4} << 30;  // the whole file, video included, where all of its sound is read
  std::int64_t clipBytes = std::int64_t{1} << 40;   // of any sound or video file
  std::int64_t surveyBytes = 64 << 20;       // up to here every frame's time is read; beyond, the container is believed
  std::int64_t framePixels = 1'000'000;      // of a clip's frame; larger ones are scaled down
  std::int64_t clipPixels = 20'000'000'000;  // decoded for one clip: five minutes of full HD between key frames
  std::int64_t glanceFramePixels = 48'000;   // of the small pictures of glanceAtClip()
  std::int64_t glancePixels = 1'500'000'000;  // decoded for these; beyond, key frames alone
};

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
