// The ways in which published files name BLIP-2's Q-Former and what belongs to it, all shown under LAVIS' names, which
// this project's modules have. Loads nothing itself.
#pragma once

#include <memory>

#include "core/base/result.h"
#include "core/weights/checkpoint.h"

namespace xllm::x2l {

class ImageInterface;

// `file` with its tensors called as in LAVIS' files: `Qformer.…`, `query_tokens`, `ln_vision.…`, `opt_proj.…`,
// `vision_proj.…`, `text_proj.…`, `itm_head.…`. Known are a state dict inside {"model": …}, Hugging Face's blip2 files,
// and VisualGLM's (`image_encoder.qformer.…`, whose fused matrices are shown cut into q, k and v). The vision tower is
// shown under `visual_encoder.…`, the language model under `opt_model.…`. A file of any other naming comes back as it
// is.
std::shared_ptr<const weights::Checkpoint> withLavisNames(std::shared_ptr<const weights::Checkpoint> file);

// Every parameter of `interface` from a file of our own or a published one, also from one that holds a whole model:
// then `ln_vision` is left to the encoder where the interface has no featureNorm. All or nothing, as loadParameters().
Result<void> loadImageInterface(ImageInterface& interface, std::shared_ptr<const weights::Checkpoint> file);

}  // namespace xllm::x2l
