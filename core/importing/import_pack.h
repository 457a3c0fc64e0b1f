// Turns published files into a pack that the program opens at once; without a language model, into a folder of parts
// that training starts from and that can be imported again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>

#include "core/base/result.h"
#include "core/importing/found_source.h"
#include "core/importing/import_language_model.h"
#include "core/importing/write_tensors.h"
#include "core/model/pack.h"

namespace xllm::importing {

// A pack is made of `found.languageModel`, or of `pack`, another pack, all of which is kept but what looks at pictures
// and clips; of neither, a folder of parts.
struct ImportSources {
  FoundSource found;
  std::optional<model::Pack> pack = std::nullopt;

  bool makesPack() const { return found.languageModel || pack; }
};

struct ImportOptions {
  MatrixBits bits = MatrixBits::AsStored;  // of the language model; eyes stay as they are stored
  std::string name;                        // of the pack
  std::string chatTemplate;                // of core/tokenizer; of a published language model
  std::filesystem::path into;              // the folder to make, which must not be there yet
};

struct ImportReport {
  std::uint64_t bytes = 0;  // of the weights that were written
  // What rounding did to the matrices: root mean square of the error over that of the numbers, of all and of the worst.
  double error = 0.0, worstError = 0.0;
  std::string worstTensor;
};

// Works tensor by tensor: memory for one matrix's rows, not for the model. The folder appears when it is complete and
// checked; an interrupted import leaves only `.NAME.part` beside it, which the next one removes. BadInput where the
// parts do not go together, DiskFull before anything is written when it will not fit, Cancelled.
Result<ImportReport> importPack(const ImportSources& sources, const ImportOptions& options, std::stop_token stop,
                                const ImportProgress& progress);

}  // namespace xllm::importing
