// Folders of training data in which tests plant faults: small sounds, pictures and clips, made while the test runs.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/base/rgb_image.h"
#include "media/encode/clip_writer.h"
#include "tests/core/data/scratch.h"

namespace xllm::tests {

inline std::string slurp(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot open " + path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

inline std::filesystem::path given(const std::string& name) {
  return std::filesystem::path(XLLM_TEST_DIR "/data") / name;
}

inline std::string little(std::uint32_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xFF);
  return text;
}

// 16-bit WAV of a voice-like buzz that comes and goes, as loud as `peak`; more than 1 is cut off at full scale.
inline std::string wav(double seconds, double peak = 0.4, int rateHz = 16000, int channels = 1, double pitchHz = 140) {
  const auto count = static_cast<std::uint32_t>(seconds * rateHz);
  std::string samples;
  for (std::uint32_t i = 0; i < count; ++i) {
    const double time = static_cast<double>(i) / rateHz;
    const double loudness = 0.55 + 0.45 * std::sin(2 * 3.14159265 * 3 * time);
    const double wave = std::sin(2 * 3.14159265 * pitchHz * time);
    const double value = std::clamp(peak * loudness * wave, -1.0, 1.0);
    const auto sample = static_cast<std::int16_t>(std::lround(value * 32767));
    for (int c = 0; c < channels; ++c) samples += little(static_cast<std::uint16_t>(sample), 2);
  }
  const auto size = static_cast<std::uint32_t>(samples.size());
  const auto rate = static_cast<std::uint32_t>(rateHz), width = static_cast<std::uint32_t>(2 * channels);
  return "RIFF" + little(36 + size, 4) + "WAVEfmt " + little(16, 4) + little(1, 2) +
         little(static_cast<std::uint32_t>(channels), 2) + little(rate, 4) + little(rate * width, 4) +
         little(width, 2) + little(16, 2) + "data" + little(size, 4) + samples;
}

// A picture of soft waves that `seed` sets apart from others.
inline RgbImage waves(int width, int height, int seed) {
  RgbImage image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) {
        const double across = std::sin((seed % 5 + 1.7) * x / width * 3.1 + seed * 1.3 + c);
        const double down = std::cos((seed % 7 + 1.3) * y / height * 2.7 + seed * 0.7 - c);
        image.pixels.push_back(static_cast<std::uint8_t>(127 + 60 * across + 60 * down));
      }
    }
  }
  return image;
}

inline RgbImage oneColour(int width, int height) {
  return {width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(width * height * 3), 90)};
}

inline std::string ppm(const RgbImage& image) {
  return "P6\n" + std::to_string(image.width) + " " + std::to_string(image.height) + "\n255\n" +
         std::string(image.pixels.begin(), image.pixels.end());
}

// Half as wide and high, and a little brighter, as 24-bit BMP.
inline std::string halvedBmp(const RgbImage& image) {
  const int width = image.width / 2, height = image.height / 2, padding = (4 - width * 3 % 4) % 4;
  std::string rows;
  for (int y = height - 1; y >= 0; --y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 2; c >= 0; --c) {
        const std::uint8_t value = image.pixels[static_cast<std::size_t>((2 * y * image.width + 2 * x) * 3 + c)];
        rows += static_cast<char>(std::min(value + 4, 255));
      }
    }
    rows.append(static_cast<std::size_t>(padding), '\0');
  }
  const auto size = static_cast<std::uint32_t>(rows.size());
  return "BM" + little(54 + size, 4) + little(0, 4) + little(54, 4) + little(40, 4) +
         little(static_cast<std::uint32_t>(width), 4) + little(static_cast<std::uint32_t>(height), 4) + little(1, 2) +
         little(24, 2) + little(0, 4) + little(size, 4) + little(2835, 4) + little(2835, 4) + little(0, 4) +
         little(0, 4) + rows;
}

// The bytes of a JPEG with what stands in the middle of its picture overwritten.
inline std::string scratched(std::string jpeg) {
  for (std::size_t i = jpeg.size() / 2; i < jpeg.size() / 2 + 400; ++i) jpeg[i] = '\xFF';
  return jpeg;
}

// 10 frames a second.
inline void writeClip(const std::filesystem::path& file, double seconds, int seed, bool blank = false) {
  auto writer = media::ClipWriter::open(file, {.width = 96, .height = 64});
  if (!writer) throw std::runtime_error(writer.error().message);
  const int frames = std::max(static_cast<int>(seconds * 10), 1);
  for (int i = 0; i < frames; ++i) {
    const auto added = writer->addFrame(blank ? oneColour(96, 64) : waves(96, 64, seed + i / 5), i / 10.0);
    if (!added) throw std::runtime_error(added.error().message);
  }
  if (const auto done = writer->finish(seconds); !done) throw std::runtime_error(done.error().message);
}

}  // namespace xllm::tests
