#include "core/data/feature_store.h"

#include <span>
#include <sstream>

#include <torch/types.h>

#include "core/data/format_text.h"

namespace xllm::data {

namespace {

constexpr std::int64_t kBytes = 2;             // of a bfloat16
constexpr std::int64_t kMostRows = 1LL << 40;  // of one example; more is damage

tl::unexpected<Error> cannotWrite(const std::filesystem::path& path) {
  return fail(ErrorCode::DiskFull,
              formatText("{} cannot be written. Check the free space and the folder's permissions.", path.string()));
}

}  // namespace

FeatureStore::FeatureStore(std::filesystem::path features, std::filesystem::path index, std::int64_t width)
    : m_featuresPath(std::move(features)), m_indexPath(std::move(index)), m_width(width) {}

Result<std::unique_ptr<FeatureStore>> FeatureStore::open(const std::filesystem::path& folder, const std::string& name,
                                                         std::int64_t width) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  std::unique_ptr<FeatureStore> store(
      new FeatureStore(folder / (name + ".features"), folder / (name + ".index"), width));
  if (auto read = store->readIndex(); !read) return tl::unexpected(read.error());
  return store;
}

Result<void> FeatureStore::readIndex() {
  std::error_code failed;
  const std::uintmax_t size =
      std::filesystem::exists(m_featuresPath, failed) ? std::filesystem::file_size(m_featuresPath, failed) : 0;
  std::ifstream index(m_indexPath);
  std::uintmax_t intact = 0;
  for (std::string line; std::getline(index, line) && !index.eof();) {  // a line without its end was cut off
    std::istringstream words(line);
    std::string key;
    std::int64_t rows = 0, width = 0;
    if (!(words >> key >> rows >> width) || rows < 0 || rows > kMostRows || width != m_width) {
      return fail(
          ErrorCode::CorruptFile,
          formatText(
              "{} is damaged or belongs to another encoder (line \"{}\"). Delete it to compute the features again.",
              m_indexPath.string(), line));
    }
    // A power cut may leave a line whose rows never reached the disk: it and all behind it are computed again.
    if (static_cast<std::uintmax_t>((m_rows + rows) * m_width * kBytes) > size) break;
    m_entries[key] = {m_rows, rows};
    m_rows += rows;
    intact += line.size() + 1;
  }
  index.close();
  std::ofstream(m_featuresPath, std::ios::app | std::ios::binary).flush();
  if (std::filesystem::exists(m_indexPath, failed)) std::filesystem::resize_file(m_indexPath, intact, failed);
  m_features.open(m_featuresPath, std::ios::in | std::ios::out | std::ios::binary);
  m_index.open(m_indexPath, std::ios::app);
  if (!m_features || !m_index || failed) return cannotWrite(m_featuresPath);
  return {};
}

Result<void> FeatureStore::append(const std::string& key, const at::Tensor& features) {
  TORCH_CHECK(features.dim() == 2 && features.size(1) == m_width, "features must be [rows, ", m_width, "], not ",
              features.sizes());
  TORCH_CHECK(key.find_first_of(" \t\n") == std::string::npos, "a key holds no white space: ", key);
  const at::Tensor stored = features.to(at::kBFloat16).contiguous();
  m_features.seekp(static_cast<std::streamoff>(m_rows * m_width * kBytes));
  m_features.write(static_cast<const char*>(stored.const_data_ptr()), static_cast<std::streamsize>(stored.nbytes()));
  m_features.flush();
  if (!m_features) return cannotWrite(m_featuresPath);
  m_index << key << ' ' << stored.size(0) << ' ' << m_width << '\n';
  m_index.flush();
  if (!m_index) return cannotWrite(m_indexPath);
  m_entries[key] = {m_rows, stored.size(0)};
  m_rows += stored.size(0);
  return {};
}

Result<void> FeatureStore::finish() {
  auto mapped = MappedFile::open(m_featuresPath);
  if (!mapped) return tl::unexpected(mapped.error());
  m_mapped = std::move(*mapped);
  return {};
}

std::int64_t FeatureStore::rows(const std::string& key) const { return m_entries.at(key).rows; }

at::Tensor FeatureStore::load(const std::string& key) const {
  TORCH_CHECK(m_mapped, "finish() comes before load()");
  const Entry entry = m_entries.at(key);
  const auto offset = static_cast<std::size_t>(entry.firstRow * m_width * kBytes);
  const auto bytes = static_cast<std::size_t>(entry.rows * m_width * kBytes);
  TORCH_CHECK(offset + bytes <= m_mapped->bytes().size(), "features of ", key, " were appended after finish()");
  const at::Tensor copy = at::empty({entry.rows, m_width}, at::kBFloat16);
  const auto source = m_mapped->bytes().subspan(offset, bytes);
  std::copy(source.begin(), source.end(), static_cast<std::byte*>(copy.mutable_data_ptr()));
  return copy.to(at::kFloat);
}

}  // namespace xllm::data
