#include "core/weights/some_tensors.h"

#include <set>
#include <string>
#include <utility>

#include <ATen/core/Tensor.h>

namespace xllm::weights {
namespace {

class SomeTensors final : public Checkpoint {
 public:
  SomeTensors(std::shared_ptr<const Checkpoint> file, const std::function<bool(std::string_view)>& belongs)
      : Checkpoint(file->path()), m_file(std::move(file)) {
    for (const TensorInfo& info : m_file->tensors()) {
      if (!belongs(info.name)) continue;
      m_names.insert(info.name);
      m_tensors.push_back(info);
    }
  }

  std::string_view format() const override { return m_file->format(); }
  const std::vector<TensorInfo>& tensors() const override { return m_tensors; }
  const Metadata& metadata() const override { return m_file->metadata(); }
  const TensorInfo* find(std::string_view name) const override {
    return m_names.contains(name) ? m_file->find(name) : nullptr;
  }
  Result<at::Tensor> load(std::string_view name) const override {
    if (find(name) == nullptr) return absent(name);
    return m_file->load(name);
  }
  Result<StoredTensor> stored(std::string_view name) const override {
    if (find(name) == nullptr) return absent(name);
    return m_file->stored(name);
  }
  void letGo(std::string_view name) const override { m_file->letGo(name); }

 private:
  tl::unexpected<Error> absent(std::string_view name) const {
    return fail(ErrorCode::NotFound,
                "This part of " + path().string() + " has no tensor \"" + std::string(name) + "\".");
  }

  std::shared_ptr<const Checkpoint> m_file;
  std::set<std::string, std::less<>> m_names;
  std::vector<TensorInfo> m_tensors;
};

}  // namespace

std::shared_ptr<const Checkpoint> someTensors(std::shared_ptr<const Checkpoint> file,
                                              const std::function<bool(std::string_view)>& belongs) {
  return std::make_shared<SomeTensors>(std::move(file), belongs);
}

}  // namespace xllm::weights
