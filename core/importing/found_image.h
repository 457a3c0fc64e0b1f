// The eyes in a published folder or file, told from its contents: an image encoder, an image interface (a Q-Former and
// its projection), or both. Reads names and shapes alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/encoders/image_encoder_plan.h"
#include "core/weights/checkpoint.h"
#include "core/x2l/image_interface_plan.h"

namespace xllm::importing {

struct FoundImageEncoder {
  encoders::ImageEncoderPlan plan;
  std::shared_ptr<const weights::Checkpoint> file;  // under the published names
};

struct FoundImageInterface {
  x2l::ImageInterfacePlan plan;
  std::shared_ptr<const weights::Checkpoint> file;  // under LAVIS' names
  std::vector<std::string> textBranch;              // of stage 1: what training may start from and chats do not need
};

struct FoundImageParts {
  std::optional<FoundImageEncoder> encoder;
  std::optional<FoundImageInterface> interface;
  bool languageModel = false;  // in the same file, of a family that this program computes
  std::string leftOut;         // what else is in it and is of no use here, as words; empty: nothing
};

// `file` as it was opened: a single file, or an index of parts. None of both where there are no eyes in it. CorruptFile
// and Unsupported name the file, the tensor, what was expected and what was found.
Result<FoundImageParts> findImageParts(const std::shared_ptr<const weights::Checkpoint>& file);

// What of both goes together: the encoder's last norm (`ln_vision`) is the interface's own where the two come from
// different files. BadInput when the interface needs other features than the encoder gives.
Result<void> fitTogether(FoundImageEncoder& encoder, const FoundImageInterface& interface);

// "EVA ViT, 39 blocks …" is told by its type and shape: "EVA vision transformer".
std::string encoderName(const std::string& type);

// Numbers in the named tensors.
std::int64_t parameterCount(const weights::Checkpoint& file, const std::vector<std::string>& names);
// Bytes in memory of an encoder, with matrices in 16 bits or in 32; everything else is kept in float32.
std::uint64_t encoderMemory(const FoundImageEncoder& encoder, int matrixBits);

}  // namespace xllm::importing
