// What a pack's frozen picture encoder itself says is in a picture: the first choice of its own classifier.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/rgb_image.h"
#include "core/encoders/image_encoder.h"

namespace xllm::evaluation {

struct Recognised {
  std::string name;
  double probability = 0;
};

// One thread.
class Recogniser {
 public:
  // `pack`: a pack's folder; `names`: one class name a line. Unsupported without an encoder that classifies; BadInput
  // when there are not as many names as classes.
  static Result<std::unique_ptr<Recogniser>> open(const std::filesystem::path& pack,
                                                  const std::filesystem::path& names);
  Recognised recognise(const RgbImage& picture) const;

 private:
  Recogniser(std::unique_ptr<encoders::ImageEncoder> encoder, std::vector<std::string> names)
      : m_encoder(std::move(encoder)), m_names(std::move(names)) {}

  std::unique_ptr<encoders::ImageEncoder> m_encoder;
  std::vector<std::string> m_names;
};

}  // namespace xllm::evaluation
