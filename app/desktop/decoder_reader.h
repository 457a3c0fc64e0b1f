// What the composer asks of files, answered by media/decode.
#pragma once

#include "media/decode/file_decoder.h"
#include "ui/composer/media_reader.h"

namespace xllm::desktop {

class DecoderReader final : public ui::MediaReader {
 public:
  Result<ui::MediaKind> identify(const std::filesystem::path& file) const override;
  Result<RgbImage> decodePicture(const std::filesystem::path& file) const override;
  Result<AudioClip> decodeSound(const std::filesystem::path& file) const override;

 private:
  media::FileDecoder m_decoder;
};

}  // namespace xllm::desktop
