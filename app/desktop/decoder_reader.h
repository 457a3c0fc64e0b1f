// What the composer asks of files, answered by a decoder of media/.
#pragma once

#include "media/base/media_decoder.h"
#include "ui/composer/media_reader.h"

namespace xllm::desktop {

class DecoderReader final : public ui::MediaReader {
 public:
  // `decoder` outlives it.
  explicit DecoderReader(const media::MediaDecoder& decoder) : m_decoder(decoder) {}

  Result<ui::MediaKind> identify(const std::filesystem::path& file) const override;
  Result<RgbImage> decodePicture(const std::filesystem::path& file) const override;
  Result<AudioClip> decodeSound(const std::filesystem::path& file) const override;
  Result<ClipFacts> describeClip(const std::filesystem::path& file, std::stop_token stop) const override;
  Result<VideoClip> decodeClip(const std::filesystem::path& file, const ClipSampling& sampling,
                               std::stop_token stop) const override;
  Result<AudioClip> decodeClipSound(const std::filesystem::path& file, double startSeconds, double endSeconds,
                                    std::stop_token stop) const override;
  Result<void> glanceAtClip(const std::filesystem::path& file, int count, const GlanceSink& sink,
                            std::stop_token stop) const override;

 private:
  const media::MediaDecoder& m_decoder;
};

}  // namespace xllm::desktop
