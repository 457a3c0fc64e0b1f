#include "core/model/image_parts.h"

#include <utility>

#include "core/model/precision_names.h"
#include "core/weights/checkpoint.h"
#include "core/x2l/config_fields.h"
#include "core/x2l/image_interface.h"
#include "core/x2l/published_qformer.h"

namespace xllm::model {
namespace {

using encoders::Activation;
using encoders::Precision;
using encoders::Storage;
using encoders::VisionOptions;

// As in Hugging Face's "hidden_act".
constexpr x2l::EnumNames<Activation, 3> kActivations{
    {{"gelu", Activation::Gelu}, {"gelu_pytorch_tanh", Activation::GeluTanh}, {"quick_gelu", Activation::QuickGelu}}};
constexpr x2l::EnumNames<Storage, 2> kStorages{{{"as stored", Storage::AsStored}, {"bfloat16", Storage::BFloat16}}};

Result<VisionOptions> visionOptions(const Pack& pack) {
  VisionOptions options;
  Activation activation{};
  Precision precision{};
  double normEpsilon = 0, finalNormEpsilon = 0;
  x2l::ConfigFields fields(pack.imageEncoder->config, "The image encoder's config in the pack " + pack.name);
  fields.read("heads", options.heads, 1);
  fields.read("blocks", options.blocks, 1);
  fields.read("inputSide", options.inputSide, 1);
  fields.read("activation", activation, kActivations);
  fields.read("normEpsilon", normEpsilon, 0.0, 1.0);
  fields.read("finalNormEpsilon", finalNormEpsilon, 0.0, 1.0);
  fields.read("finalNorm", options.finalNorm);
  fields.read("precision", precision, kFloatPrecisionNames);
  fields.read("storage", options.storage, kStorages);
  constexpr std::int64_t kLargestSide = 8192;
  fields.require(options.inputSide <= kLargestSide, "has an inputSide of more than 8192 pixels");
  if (auto fine = fields.finish(); !fine) return tl::unexpected(fine.error());
  if (activation != Activation{}) options.activation = activation;
  if (precision != Precision{}) options.precision = precision;
  if (normEpsilon > 0) options.normEpsilon = normEpsilon;
  if (finalNormEpsilon > 0) options.finalNormEpsilon = finalNormEpsilon;
  return options;
}

}  // namespace

std::string missingFeatures(const x2l::ImageInterfaceConfig& config, const encoders::ImageEncoderShape& shape) {
  if (config.featureWidth != shape.width) {
    return "features " + std::to_string(config.featureWidth) + " wide, and the encoder's are " +
           std::to_string(shape.width);
  }
  if (config.usePooled && !shape.pooled) return "a pooled vector (usePooled), which this encoder does not make";
  if (config.classes > 0 && config.classes != shape.classes) {
    return "the probabilities of " + std::to_string(config.classes) + " classes, and the encoder tells " +
           std::to_string(shape.classes) + " apart";
  }
  return {};
}

Result<std::unique_ptr<encoders::ImageEncoder>> openImageEncoder(const Pack& pack) {
  const EncoderPart& part = *pack.imageEncoder;
  const auto options = visionOptions(pack);
  if (!options) return tl::unexpected(options.error());
  if (part.type == "efficientnet-lite" && !part.config.empty()) {
    return fail(ErrorCode::BadInput, "The pack " + pack.name +
                                         " gives its image encoder a \"config\", which efficientnet-lite has none of; "
                                         "take it out of pack.json.");
  }
  return encoders::openImageEncoder(part.type, pack.locate(part.file), *options);
}

Result<std::shared_ptr<x2l::ImageInterface>> openImageInterface(const Pack& pack, const InterfacePart& part,
                                                                const encoders::ImageEncoder& encoder) {
  const auto config = x2l::imageInterfaceConfig(part.config);
  if (!config) return tl::unexpected(config.error());
  if (const std::string wanted = missingFeatures(*config, encoder.shape()); !wanted.empty()) {
    return fail(ErrorCode::CorruptFile, "The parts of the pack " + pack.name + " do not fit: the interface in " +
                                            part.file + " needs " + wanted + ".");
  }
  const auto file = weights::Checkpoint::open(pack.locate(part.file));
  if (!file) return tl::unexpected(file.error());
  auto interface = std::make_shared<x2l::ImageInterface>(*config);
  if (const auto done = x2l::loadImageInterface(*interface, *file); !done) return tl::unexpected(done.error());
  interface->eval();
  return interface;
}

}  // namespace xllm::model
