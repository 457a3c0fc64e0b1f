// The language model of a pack, out of its published files: matrices rounded to 8 or 4 bits if that is asked for,
// everything in one file that is mapped, not read. The pack around it is import_pack.h's business.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/importing/found_model.h"
#include "core/importing/pack_draft.h"
#include "core/importing/write_tensors.h"

namespace xllm::importing {

// How matrices are kept. Whole numbers with one scale a row (ChatGLM's own files) become blocks of the same numbers in
// every case.
enum class MatrixBits {
  AsStored = 1,
  Eight,  // Q8_0
  Four,   // Q4_1; word embeddings and the output layer Q8_0
};

// Numbers in all tensors, whole numbers and their scales counted as the matrices they stand for.
std::int64_t parameterCount(const FoundModel& found);
// Bytes that the weights take, in the file and in memory, with matrices kept so.
std::uint64_t weightBytes(const FoundModel& found, MatrixBits bits);

// The files of a language model inside a pack.
struct LanguageModelFiles {
  std::string weights, tokenizer;  // tokenizer: empty where it is inside the weights
  std::vector<std::string> all;
};
// Writes them, checks that what was written opens, is complete, and has the shapes of its configuration. Unsupported
// for bits of a GGUF file, whose matrices are rounded already.
Result<LanguageModelFiles> writeLanguageModel(const FoundModel& found, MatrixBits bits, const PackDraft& draft,
                                              TensorWriter& writer);

}  // namespace xllm::importing
