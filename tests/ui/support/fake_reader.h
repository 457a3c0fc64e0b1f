// Reads "pictures" and "sounds" by the ending of their names (kept ones by their first bytes), so that the composer is
// tested without decoders. Tests only.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <string_view>
#include <thread>

#include "ui/composer/media_reader.h"

namespace xllm::tests {

class FakeReader final : public ui::MediaReader {
 public:
  std::atomic<bool> slow{false};     // reads wait until it is false again
  std::atomic<bool> missing{false};  // files are not there

  Result<ui::MediaKind> identify(const std::filesystem::path& file) const override {
    while (slow) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (missing) return fail(ErrorCode::NotFound, file.string() + " is not there.");
    const auto extension = file.extension();
    if (extension == ".png") return ui::MediaKind::Picture;
    if (extension == ".wav") return ui::MediaKind::Sound;
    if (extension == ".mp4") return ui::MediaKind::Video;
    if (extension.empty()) return kept(file);  // in the media vault
    return fail(ErrorCode::BadInput, file.string() + " is neither a picture nor a sound file.");
  }
  static Result<ui::MediaKind> kept(const std::filesystem::path& file) {
    std::array<char, 4> start{};
    std::ifstream(file, std::ios::binary).read(start.data(), start.size());
    if (std::string_view(start.data() + 1, 3) == "PNG") return ui::MediaKind::Picture;
    if (std::string_view(start.data(), 4) == "RIFF") return ui::MediaKind::Sound;
    return fail(ErrorCode::NotFound, file.string() + " is not there.");
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
