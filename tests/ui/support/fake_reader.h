// Reads "pictures" and "sounds" by the ending of their names, so that the composer is tested without decoders. Tests
// only.
#pragma once

#include <atomic>
#include <chrono>
#include <thread>

#include "ui/composer/media_reader.h"

namespace xllm::tests {

class FakeReader final : public ui::MediaReader {
 public:
  std::atomic<bool> slow{false};  // reads wait until it is false again

  Result<ui::MediaKind> identify(const std::filesystem::path& file) const override {
    while (slow) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const auto extension = file.extension();
    if (extension == ".png") return ui::MediaKind::Picture;
    if (extension == ".wav") return ui::MediaKind::Sound;
    if (extension == ".mp4") return ui::MediaKind::Video;
    return fail(ErrorCode::BadInput, file.string() + " is neither a picture nor a sound file.");
  }
  Result<RgbImage> decodePicture(const std::filesystem::path&) const override {
    RgbImage image{.width = 640, .height = 400, .pixels = {}};
    image.pixels.assign(static_cast<std::size_t>(image.width * image.height * 3), 128);
    return image;
  }
  Result<AudioClip> decodeSound(const std::filesystem::path&) const override {
    return AudioClip{.sampleRateHz = 16000, .samples = std::vector<float>(16000 * 7, 0.0f)};
  }
};

}  // namespace xllm::tests
