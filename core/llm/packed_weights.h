// Matrices in the order in which the kernels read them (core/kernels/block_kernels.h), kept in a file from one start to
// the next, so that only the first one repacks them. A cache: it may be deleted at any time, and whatever is missing,
// damaged or of another weight is made again.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/base/result.h"
#include "core/kernels/quantized_linear.h"
#include "core/llm/language_model.h"
#include "core/weights/checkpoint.h"

namespace xllm::llm {

// For the loading of one checkpoint, and as long as what was packed anew is written after it. One thread.
class PackedWeights {
 public:
  static constexpr std::uintmax_t kMostBytes = std::uintmax_t{16} << 30;

  // What `folder` keeps of `checkpoint`, if anything; the folder need not be there. All that it keeps, of whatever
  // checkpoints, is `mostBytes` at most.
  PackedWeights(const std::filesystem::path& folder, const weights::Checkpoint& checkpoint,
                std::uintmax_t mostBytes = kMostBytes);
  // Gives up a file that is not finished, unless it soon is (half a gigabyte left); then it waits for that.
  ~PackedWeights();
  PackedWeights(const PackedWeights&) = delete;
  PackedWeights& operator=(const PackedWeights&) = delete;

  // The matrix that is made of `weight` is called `name`. No strips, or another `weight` than they were made of: empty.
  kernels::KeptStrips find(const std::string& name, const weights::StoredTensor& weight);
  // What became of it after find(), found or packed.
  void add(const std::string& name, const kernels::QuantizedLinear& matrix);

  // On a thread of its own, after all that was loaded first has been used for a moment. If all was found, and takes no
  // more than half of the memory that is left, moves it to large pages (core/base/large_pages.h). Else writes what was
  // added, unhurried (some 400 MB a second at most), if the disk has more than twice the room. Makes room for it by
  // deleting what was not used for longest. When it cannot be written, the next start packs again.
  void keep();
  // Waits until that is done, which then begins at once.
  void finish();

 private:
  struct Matrix {
    std::string name, mark;
    std::optional<kernels::QuantizedLinear> packed;  // none: it was asked for alone
  };
  std::vector<Matrix>::iterator matrixNamed(const std::string& name);
  void moveToLargePages(const std::stop_token& stop) const;
  Result<void> write(const std::stop_token& stop) const;

  std::filesystem::path m_file;
  std::uintmax_t m_mostBytes;
  bool m_isComplete = true;                           // all that was asked for was found
  std::shared_ptr<const weights::Checkpoint> m_kept;  // null: nothing is
  std::vector<Matrix> m_matrices;                     // as they were asked for
  std::atomic<bool> m_isAwaited{false};
  std::jthread m_thread;  // last: it ends before what it reads
};

// As loadLanguageModel() in language_model.h with the precision AsStored, with matrices from `packed` where it has
// them; what it does not have is added to it.
Result<std::unique_ptr<LanguageModel>> loadLanguageModel(std::shared_ptr<const weights::Checkpoint> checkpoint,
                                                         PackedWeights& packed);

}  // namespace xllm::llm
