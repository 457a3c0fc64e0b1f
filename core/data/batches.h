// In which order examples are seen: shuffled anew each epoch, examples of about one length together. The position in
// training is one number, so it can be saved and resumed; nothing else is remembered.
#pragma once

#include <cstdint>
#include <vector>

namespace xllm::data {

class Batches {
 public:
  enum class Rest { Kept = 1, LeftOut };

  // `lengths` of the examples, in any unit; `size` examples a batch. Of what is left of an epoch the last batch is
  // made, smaller; or it is left out, others each time, where examples are compared with each other and a few are not
  // enough.
  Batches(std::vector<std::int64_t> lengths, std::int64_t size, std::uint64_t seed, Rest rest = Rest::Kept);

  std::int64_t perEpoch() const;
  // Examples of batch number `position` (0, 1, …, over all epochs). The same for the same seed, always.
  std::vector<std::int64_t> at(std::int64_t position);

 private:
  void arrange(std::int64_t epoch);

  std::vector<std::int64_t> m_lengths;
  std::int64_t m_size;
  std::uint64_t m_seed;
  bool m_wholeOnly;
  std::int64_t m_epoch = -1;
  std::vector<std::vector<std::int64_t>> m_batches;  // of m_epoch
};

}  // namespace xllm::data
