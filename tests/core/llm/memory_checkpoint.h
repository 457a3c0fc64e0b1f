// A checkpoint whose tensors a test makes or takes from a file and may then spoil; and a tiny random Llama in that
// form.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/llm/language_model.h"
#include "core/weights/checkpoint.h"

namespace xllm::tests {

class MemoryCheckpoint final : public weights::Checkpoint {
 public:
  explicit MemoryCheckpoint(std::string_view format = "safetensors", weights::Metadata metadata = {});

  void put(const std::string& name,
           const at::Tensor& tensor);  // F32, F16, I8 or I64, as it is; replaces one of the same name
  void putQ8(const std::string& name, const at::Tensor& matrix);  // the same rounded to Q8_0 blocks
  void erase(std::string_view name);

  std::string_view format() const override { return m_format; }
  const std::vector<weights::TensorInfo>& tensors() const override { return m_infos; }
  const weights::Metadata& metadata() const override { return m_metadata; }
  const weights::TensorInfo* find(std::string_view name) const override;
  Result<at::Tensor> load(std::string_view name) const override;
  Result<weights::StoredTensor> stored(std::string_view name) const override;

 private:
  struct Data {
    at::Tensor values;
    std::vector<std::byte> bytes;
  };  // `bytes`: Q8_0
  std::size_t place(std::string_view name) const;

  std::string m_format;
  weights::Metadata m_metadata;
  std::vector<weights::TensorInfo> m_infos;
  std::vector<Data> m_data;  // beside m_infos
};

// 2 layers, 4 heads over 2 key heads; sizes are multiples of 32, so that every matrix can be packed.
llm::DecoderConfig tinyConfig();
// Random weights under Hugging Face's names; with `gguf` under GGUF's, q and k rows permuted as its converters do. The
// same `seed` gives the same model either way.
std::shared_ptr<MemoryCheckpoint> tinyLlama(bool gguf, bool packed, std::int64_t seed = 1);

}  // namespace xllm::tests
