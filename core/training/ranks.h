// The processes that train one run together (ranks, as c10d calls them), found through the environment that torchrun,
// Slurm and the Kubernetes training operator set: RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT. Sums over ranks and
// news of a lost one; what is summed, and what is done about it, is the trainer's. docs/scale-out.md.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/base/result.h"

namespace xllm::training {

// Every rank makes the same calls in the same order. One thread; a second one, inside, watches the other ranks. After
// DeviceLost, a sentence for people, nothing more can be done together: save, and end.
class Ranks {
 public:
  Ranks();  // one rank: sums are what they were, nothing waits
  ~Ranks();
  Ranks(Ranks&&) noexcept;
  Ranks& operator=(Ranks&&) noexcept;

  // One rank where WORLD_SIZE is absent or 1. Waits up to five minutes for the others. BadInput for a variable that is
  // missing or no number, DeviceLost when the others do not come.
  static Result<Ranks> fromEnvironment();

  std::int64_t rank() const;
  std::int64_t size() const;

  // Rank 0's numbers to all. Contiguous tensors on the CPU, of equal shapes everywhere.
  Result<void> broadcast(const std::vector<at::Tensor>& tensors);
  Result<void> sum(at::Tensor& tensor);  // in place
  Result<std::vector<double>> sum(std::vector<double> values);
  // Waits until all are here, however long that takes.
  Result<void> meet();

 private:
  struct Group;
  explicit Ranks(std::unique_ptr<Group> group);
  std::unique_ptr<Group> m_group;  // null: one rank
};

}  // namespace xllm::training
