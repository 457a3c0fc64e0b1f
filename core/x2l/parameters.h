// An interface's weights ↔ checkpoint files: loads every parameter of a module by name and says what is missing,
// unexpected or misshapen; saves them in full, half, or 8-bit per output channel. Knows no particular module.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <torch/nn/module.h>

#include "core/base/result.h"
#include "core/weights/checkpoint.h"

namespace xllm::x2l {

struct LoadOptions {
  // Stands in front of every name in the file: "interfaces.image.". Other names of the file are then no business of
  // ours.
  std::string prefix = {};
  // Begin of the module's name → begin of the file's name (after `prefix`), the first that fits:
  // {"speech_bert_adaptor.", "bert."}.
  std::vector<std::pair<std::string, std::string>> rename = {};
  // Patterns ('*' = anything) of names in the file that may be there without being used.
  std::vector<std::string> ignore = {};
  // Patterns of parameters that keep their values when the file does not have them.
  std::vector<std::string> optional = {};
};

// All or nothing: on failure no parameter has changed. CorruptFile lists names: missing ones, unexpected ones, wrong
// shapes. Any stored float type fits; 8-bit tensors [out, …] go with `<name>_scale` [out]. LayerNorms may be called
// gamma and beta.
Result<void> loadParameters(torch::nn::Module& module, const weights::Checkpoint& file,
                            const LoadOptions& options = {});

enum class ParameterFormat {
  Float32 = 1,
  Float16,
  Int8,  // matrices and convolutions of 4096 and more weights: I8 with `<name>_scale` per output channel; the rest
         // Float16
};

// The module's parameters, in the order of registration, with `prefix` in front. Atomic, the same bytes for the same
// values.
Result<void> saveParameters(const torch::nn::Module& module, const std::filesystem::path& path, ParameterFormat format,
                            const std::string& prefix = {}, const std::map<std::string, std::string>& metadata = {});

// The named tensors saveParameters() writes; for files that hold more than one module.
std::vector<std::pair<std::string, at::Tensor>> packedParameters(const torch::nn::Module& module,
                                                                 ParameterFormat format,
                                                                 const std::string& prefix = {});

}  // namespace xllm::x2l
