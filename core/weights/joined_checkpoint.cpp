#include "core/weights/joined_checkpoint.h"

#include <utility>

namespace xllm::weights {
namespace {

class JoinedCheckpoint final : public Checkpoint {
 public:
  JoinedCheckpoint(std::shared_ptr<const Checkpoint> first, std::shared_ptr<const Checkpoint> second,
                   std::string prefix)
      : Checkpoint(first->path()), m_first(std::move(first)), m_second(std::move(second)), m_prefix(std::move(prefix)) {
    const auto list = [&](const Checkpoint& holder) {
      for (const TensorInfo& tensor : holder.tensors()) {
        if (tensor.name.starts_with(m_prefix) == (&holder == m_second.get())) m_all.push_back(tensor);
      }
    };
    list(*m_first);
    list(*m_second);
  }

  std::string_view format() const override { return m_first->format(); }
  const std::vector<TensorInfo>& tensors() const override { return m_all; }
  const Metadata& metadata() const override { return m_first->metadata(); }
  const TensorInfo* find(std::string_view name) const override { return holder(name).find(name); }
  Result<at::Tensor> load(std::string_view name) const override { return holder(name).load(name); }
  Result<StoredTensor> stored(std::string_view name) const override { return holder(name).stored(name); }
  void letGo(std::string_view name) const override { holder(name).letGo(name); }

 private:
  const Checkpoint& holder(std::string_view name) const { return name.starts_with(m_prefix) ? *m_second : *m_first; }

  std::shared_ptr<const Checkpoint> m_first, m_second;
  std::string m_prefix;
  std::vector<TensorInfo> m_all;
};

}  // namespace

std::shared_ptr<const Checkpoint> joined(std::shared_ptr<const Checkpoint> first,
                                         std::shared_ptr<const Checkpoint> second, std::string prefix) {
  return std::make_shared<JoinedCheckpoint>(std::move(first), std::move(second), std::move(prefix));
}

}  // namespace xllm::weights
