// What frozen encoders made of each example, kept on disk in bfloat16 so that it is computed once. One store =
// NAME.features (rows of bfloat16, one after another) and NAME.index (a line per example: its key and number of rows).
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <unordered_map>

#include <ATen/core/Tensor.h>

#include "core/base/mapped_file.h"
#include "core/base/result.h"
#include "core/data/content_key.h"

namespace xllm::data {

// One writer at a time; a stopped writer leaves a store that can be filled on: a line is written after its rows, and
// rows without a line are overwritten. One thread.
class FeatureStore {
 public:
  // Opens or makes folder/name.*; `width` values a row, [cellsPerExample] is up to the caller. CorruptFile when the
  // index does not fit the rows; DiskFull when the folder cannot be written.
  static Result<std::unique_ptr<FeatureStore>> open(const std::filesystem::path& folder, const std::string& name,
                                                    std::int64_t width);

  bool contains(const std::string& key) const { return m_entries.contains(key); }
  std::size_t size() const { return m_entries.size(); }
  // features [rows, width], any floating type. Keys hold no white space.
  Result<void> append(const std::string& key, const at::Tensor& features);
  // Everything appended becomes readable. Call once filling is done.
  Result<void> finish();

  std::int64_t rows(const std::string& key) const;  // of a key that is there
  at::Tensor load(const std::string& key) const;    // [rows, width] float32; after finish()

 private:
  struct Entry {
    std::int64_t firstRow = 0, rows = 0;
  };

  FeatureStore(std::filesystem::path features, std::filesystem::path index, std::int64_t width);
  Result<void> readIndex();

  std::filesystem::path m_featuresPath, m_indexPath;
  std::int64_t m_width, m_rows = 0;
  std::unordered_map<std::string, Entry> m_entries;
  std::fstream m_features;
  std::ofstream m_index;
  std::shared_ptr<const MappedFile> m_mapped;
};

}  // namespace xllm::data
