#include "core/evaluation/recogniser.h"

#include <utility>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include "core/data/example_list.h"
#include "core/data/format_text.h"
#include "core/model/image_parts.h"
#include "core/model/pack.h"

namespace xllm::evaluation {

Result<std::unique_ptr<Recogniser>> Recogniser::open(const std::filesystem::path& pack,
                                                     const std::filesystem::path& names) {
  const c10::InferenceMode inference;
  const auto opened = model::readPack(pack);
  if (!opened) return tl::unexpected(opened.error());
  const auto withoutClassifier = [&] {
    return fail(ErrorCode::Unsupported,
                data::formatText("Retention cannot be measured with the pack {}: it has no picture encoder with a "
                                 "classifier of its own.",
                                 opened->name));
  };
  if (!opened->imageEncoder) return withoutClassifier();
  auto encoder = model::openImageEncoder(*opened);
  if (!encoder) return tl::unexpected(encoder.error());
  const std::int64_t classes = (*encoder)->shape().classes;
  if (classes == 0) return withoutClassifier();
  auto classNames = data::readNames(names, classes);
  if (!classNames) return tl::unexpected(classNames.error());
  return std::unique_ptr<Recogniser>(new Recogniser(std::move(*encoder), std::move(*classNames)));
}

Recognised Recogniser::recognise(const RgbImage& picture) const {
  const c10::InferenceMode inference;
  const at::Tensor probabilities = m_encoder->forward(m_encoder->preprocess(picture)).probabilities[0];
  const auto best = probabilities.argmax().item<std::int64_t>();
  return {m_names[static_cast<std::size_t>(best)], probabilities[best].item<double>()};
}

}  // namespace xllm::evaluation
