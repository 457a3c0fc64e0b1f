// What of a pack looks at pictures: its image encoder, and the interfaces that go with it.
#pragma once

#include <memory>
#include <string>

#include "core/base/result.h"
#include "core/encoders/image_encoder.h"
#include "core/model/pack.h"

namespace xllm::x2l {
class ImageInterface;
struct ImageInterfaceConfig;
}  // namespace xllm::x2l

namespace xllm::model {

// The pack's image encoder, which it has. Unsupported for an unknown type, BadInput for a "config" that is not one of
// vision transformers' (docs/pack-format.md); else what the file's loader says.
Result<std::unique_ptr<encoders::ImageEncoder>> openImageEncoder(const Pack& pack);

// What an interface asks for and an encoder of this shape does not give, as the end of "… needs "; empty: nothing.
std::string missingFeatures(const x2l::ImageInterfaceConfig& config, const encoders::ImageEncoderShape& shape);

// The pack's image or video interface with its weights, from a file of our own or a published Q-Former. CorruptFile
// when it asks for other features than the encoder gives.
Result<std::shared_ptr<x2l::ImageInterface>> openImageInterface(const Pack& pack, const InterfacePart& part,
                                                                const encoders::ImageEncoder& encoder);

}  // namespace xllm::model
