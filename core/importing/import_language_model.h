// Turns a published language model into a pack that the program opens at once: matrices rounded to 8 or 4 bits if that
// is asked for, everything in one file that is mapped, not read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

#include "core/importing/found_model.h"

namespace xllm::importing {

// How matrices are kept. Whole numbers with one scale a row (ChatGLM's own files) become blocks of the same numbers in
// every case.
enum class MatrixBits {
  AsStored = 1,
  Eight,  // Q8_0
  Four,   // Q4_1; word embeddings and the output layer Q8_0
};

struct ImportOptions {
  MatrixBits bits = MatrixBits::AsStored;
  std::string name;            // of the pack
  std::string chatTemplate;    // of core/tokenizer
  std::filesystem::path into;  // the pack's folder, which must not be there yet
};

struct ImportReport {
  std::uint64_t bytes = 0;  // of the pack's weights
  // What rounding did to the matrices: root mean square of the error over that of the numbers, of all and of the worst.
  double error = 0.0, worstError = 0.0;
  std::string worstTensor;
};

// Fraction done of all bytes, and the tensor that is worked on.
using ImportProgress = std::function<void(double, const std::string&)>;

// Works tensor by tensor: memory for one matrix's rows, not for the model. The folder appears when it is complete; an
// interrupted import leaves only `.NAME.part` beside it, which the next one removes. DiskFull before anything is
// written, when it will not fit; Cancelled.
Result<ImportReport> importLanguageModel(const FoundModel& found, const ImportOptions& options, std::stop_token stop,
                                         const ImportProgress& progress);

// Numbers in all tensors, whole numbers and their scales counted as the matrices they stand for.
std::int64_t parameterCount(const FoundModel& found);
// Bytes that the weights take, in the file and in memory, with matrices kept so.
std::uint64_t weightBytes(const FoundModel& found, MatrixBits bits);

}  // namespace xllm::importing
