// Small checkpoints and sounds for the tests of encoders: tensors through a file, as users' weights come.
#pragma once

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "core/base/audio_clip.h"
#include "core/weights/checkpoint.h"
#include "tests/core/weights/temporary_folder.h"

namespace xllm::tests {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

inline std::shared_ptr<const weights::Checkpoint> opened(const std::filesystem::path& path) {
  auto file = weights::Checkpoint::open(path);
  if (!file) throw std::runtime_error(file.error().message);
  return *file;
}

inline std::shared_ptr<const weights::Checkpoint> stored(const std::filesystem::path& path,
                                                         const NamedTensors& tensors) {
  if (auto saved = weights::saveSafetensors(path, tensors); !saved) throw std::runtime_error(saved.error().message);
  return opened(path);
}

// Samples in [-1, 1] at 16 kHz.
inline AudioClip toSound(const at::Tensor& samples) {
  const at::Tensor whole = samples.to(at::kFloat).contiguous();
  const auto* data = whole.const_data_ptr<float>();
  return {16000, {data, data + whole.numel()}};
}

}  // namespace xllm::tests
