// Reads "pictures", "sounds" and "clips" by the ending of their names (kept ones by their first bytes), so that the
// composer is tested without decoders. Tests only.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

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
    if (std::string_view(start.data(), 4) == "CLIP") return ui::MediaKind::Video;
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

  // Clips are 12 s long and 64 × 36; each frame is grey by its time, 10 + 20 for each second. One whose name begins
  // with "mute" has no sound; one whose name begins with "gone" cannot be read twice.
  static constexpr double kClipSeconds = 12;
  mutable std::mutex mutex;
  mutable std::vector<ClipSampling> samplings;  // guarded by mutex: what was read of clips, in order
  mutable std::atomic<int> clipSounds{0}, stopped{0};
  std::atomic<bool> slowClips{false};  // frames wait until it is false again, or they are stopped

  Result<ClipFacts> describeClip(const std::filesystem::path& file, std::stop_token) const override {
    return ClipFacts{kClipSeconds, 64, 36, !file.filename().string().starts_with("mute")};
  }
  Result<VideoClip> decodeClip(const std::filesystem::path& file, const ClipSampling& sampling,
                               std::stop_token stop) const override {
    while (slowClips && !stop.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (stop.stop_requested()) {
      ++stopped;
      return fail(ErrorCode::Cancelled, "Stopped.");
    }
    {
      const std::lock_guard lock(mutex);
      samplings.push_back(sampling);
      if (samplings.size() > 1 && file.filename().string().starts_with("gone")) {
        return fail(ErrorCode::NotFound, "There is no file " + file.string() + ".");
      }
    }
    return framesOf(sampling);
  }
  static VideoClip framesOf(const ClipSampling& sampling) {
    VideoClip clip;
    clip.seconds = kClipSeconds;
    const double end = std::min(sampling.endSeconds, kClipSeconds);
    for (int i = 0; i < sampling.frames; ++i) {
      const double seconds = sampling.startSeconds + (i + 0.5) * (end - sampling.startSeconds) / sampling.frames;
      clip.frames.push_back({seconds, pictureAt(seconds)});
    }
    return clip;
  }
  static RgbImage pictureAt(double seconds) {
    RgbImage image{.width = 64, .height = 36, .pixels = {}};
    image.pixels.assign(64 * 36 * 3, static_cast<std::uint8_t>(10 + 20 * seconds));
    return image;
  }
  Result<AudioClip> decodeClipSound(const std::filesystem::path&, double startSeconds, double endSeconds,
                                    std::stop_token) const override {
    ++clipSounds;
    const double seconds = std::min(endSeconds, kClipSeconds) - startSeconds;
    return AudioClip{.sampleRateHz = 16000, .samples = std::vector<float>(static_cast<std::size_t>(16000 * seconds))};
  }
  Result<void> glanceAtClip(const std::filesystem::path&, int count, const GlanceSink& sink,
                            std::stop_token stop) const override {
    for (int i = 0; i < count && !stop.stop_requested(); ++i) {
      if (!sink(i, pictureAt((i + 0.5) * kClipSeconds / count))) break;
    }
    return {};
  }
};

}  // namespace xllm::tests
