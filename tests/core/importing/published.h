// Tiny published models, as people have them on disk, out of the golden files.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include <ATen/ATen.h>

#include "core/weights/checkpoint.h"
#include "tests/core/data/scratch.h"
#include "tests/support/golden.h"
#include "tests/support/published_names.h"

namespace xllm::tests {

// The model of a golden file in a folder of its own: model.safetensors, config.json and a tokenizer. Golden models know
// few words; the tables of words are lengthened to `words` rows, where the tokenizer must fit.
class Published {
 public:
  explicit Published(const std::string& golden, const std::string& tokenizer = "sp_unigram_chatglm_like.model",
                     const std::string& tokenizerName = "ice_text.model", std::int64_t words = 0)
      : m_golden(golden) {
    nlohmann::json config = m_golden.config();
    if (words > 0) config["vocab_size"] = words;
    for (const std::string& name : m_golden.weightNames()) {
      m_tensors.emplace_back(name, m_golden[name]);
      at::Tensor& tensor = m_tensors.back().second;
      if (words > 0 && (name.ends_with("word_embeddings.weight") || name == "lm_head.weight"))
        tensor = at::cat({tensor, at::zeros({words - tensor.size(0), tensor.size(1)}, tensor.options())});
    }
    add({}, config);
    std::filesystem::copy_file(goldenPath("tokenizers/" + tokenizer), folder() / tokenizerName);
  }

  // More tensors in the same file, and what the configuration says beside or instead.
  void add(const NamedTensors& tensors, const nlohmann::json& config) {
    m_tensors.insert(m_tensors.end(), tensors.begin(), tensors.end());
    const auto saved = weights::saveSafetensors(folder() / "model.safetensors", m_tensors);
    EXPECT_TRUE(saved) << saved.error().message;
    m_config.update(config);
    m_scratch.write("model/config.json", m_config.dump());
  }

  const std::filesystem::path& folder() const { return m_folder; }
  std::filesystem::path beside(const std::string& name) const { return m_scratch.path() / name; }
  const Golden& golden() const { return m_golden; }

 private:
  static std::filesystem::path made(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    return folder;
  }

  Golden m_golden;
  NamedTensors m_tensors;
  nlohmann::json m_config = nlohmann::json::object();
  Scratch m_scratch;
  std::filesystem::path m_folder = made(m_scratch.path() / "model");
};

}  // namespace xllm::tests
