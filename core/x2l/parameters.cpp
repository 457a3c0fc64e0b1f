#include "core/x2l/parameters.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>

#include <c10/util/StringUtil.h>
#include <torch/nn/module.h>
#include <torch/types.h>
#include <torch/utils.h>

namespace xllm::x2l {
namespace {

constexpr std::string_view kScaleSuffix = "_scale";
constexpr std::int64_t kLeastPackedWeights = 4096;

// '*' stands for any run of characters.
bool matches(std::string_view name, std::string_view pattern) {
  std::size_t n = 0, p = 0;
  std::size_t star = std::string_view::npos, resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++n, ++p;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool matchesAny(std::string_view name, const std::vector<std::string>& patterns) {
  return std::ranges::any_of(patterns, [&](const std::string& pattern) { return matches(name, pattern); });
}

std::string replaceEnd(const std::string& name, std::string_view end, std::string_view by) {
  if (!name.ends_with(end)) return {};
  return name.substr(0, name.size() - end.size()).append(by);
}

std::string list(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 8;
  const std::size_t shown = std::min(names.size(), kShown);
  auto text = c10::Join(", ", at::ArrayRef<std::string>(names).slice(0, shown));
  if (names.size() > shown) text += c10::str(" and ", names.size() - shown, " more");
  return text;
}

class Loader {
 public:
  Loader(const weights::Checkpoint& file, const LoadOptions& options) : m_file(file), m_options(options) {}

  Result<void> load(torch::nn::Module& module) {
    std::vector<std::tuple<at::Tensor, at::Tensor, std::string>> values;  // parameter, its new value, that one's name
    for (const auto& item : module.named_parameters()) {
      const auto name = fileName(item.key());
      const auto* info = m_file.find(name);
      m_used.insert(name);
      if (info == nullptr) {
        if (!matchesAny(item.key(), m_options.optional)) m_missing.push_back(name);
        continue;
      }
      if (item.value().sizes() != at::IntArrayRef(info->shape)) {
        m_misshapen.push_back(
            c10::str(name, " is ", at::IntArrayRef(info->shape), " instead of ", item.value().sizes()));
        continue;
      }
      auto value = dequantised(name);
      if (!value) return tl::unexpected(value.error());
      values.emplace_back(item.value(), *value, name);
    }
    if (auto ok = verdict(); !ok) return ok;
    const torch::NoGradGuard noGrad;
    for (auto& [parameter, value, name] : values) {
      parameter.copy_(value);
      // A large file would count twice otherwise, as parameters and as pages that were read.
      m_file.letGo(name);
    }
    return {};
  }

 private:
  // The name in the file of the module's parameter `name`.
  std::string fileName(const std::string& name) const {
    auto renamed = name;
    for (const auto& [from, to] : m_options.rename) {
      if (!name.starts_with(from)) continue;
      renamed = to + name.substr(from.size());
      break;
    }
    renamed = m_options.prefix + renamed;
    if (m_file.find(renamed) != nullptr) return renamed;
    for (const auto& [end, by] :
         {std::pair("LayerNorm.weight", "LayerNorm.gamma"), std::pair("LayerNorm.bias", "LayerNorm.beta")}) {
      const auto old = replaceEnd(renamed, end, by);
      if (!old.empty() && m_file.find(old) != nullptr) return old;
    }
    return renamed;
  }

  Result<at::Tensor> dequantised(const std::string& name) {
    auto value = m_file.load(name);
    if (!value || value->is_floating_point()) return value;
    const auto scaleName = name + std::string(kScaleSuffix);
    if (value->scalar_type() != at::kChar || m_file.find(scaleName) == nullptr) {
      return fail(ErrorCode::CorruptFile,
                  c10::str(m_file.path().string(), " holds ", name, " as whole numbers without ", scaleName,
                           ", so its values are unknown."));
    }
    m_used.insert(scaleName);
    const auto scale = m_file.load(scaleName);
    if (!scale) return scale;
    if (scale->dim() != 1 || value->dim() < 1 || scale->size(0) != value->size(0)) {
      return fail(ErrorCode::CorruptFile, c10::str(m_file.path().string(), " holds ", name, " ", value->sizes(),
                                                   " with ", scaleName, " ", scale->sizes(), ", which do not fit."));
    }
    std::vector<std::int64_t> shape(static_cast<std::size_t>(value->dim()), 1);
    shape[0] = -1;
    return value->to(at::kFloat) * scale->to(at::kFloat).view(shape);
  }

  Result<void> verdict() const {
    std::vector<std::string> unexpected;
    for (const auto& info : m_file.tensors()) {
      if (!info.name.starts_with(m_options.prefix) || m_used.contains(info.name)) continue;
      if (!matchesAny(std::string_view(info.name).substr(m_options.prefix.size()), m_options.ignore)) {
        unexpected.push_back(info.name);
      }
    }
    std::string text;
    if (!m_missing.empty()) text += c10::str(" Missing: ", list(m_missing), ".");
    if (!m_misshapen.empty()) text += c10::str(" Wrong shape: ", list(m_misshapen), ".");
    if (!unexpected.empty()) text += c10::str(" Unexpected: ", list(unexpected), ".");
    if (text.empty()) return {};
    return fail(ErrorCode::CorruptFile,
                c10::str(m_file.path().string(), " does not hold the weights this configuration asks for.", text));
  }

  const weights::Checkpoint& m_file;
  const LoadOptions& m_options;
  std::set<std::string> m_used;
  std::vector<std::string> m_missing, m_misshapen;
};

}  // namespace

Result<void> loadParameters(torch::nn::Module& module, const weights::Checkpoint& file, const LoadOptions& options) {
  return Loader(file, options).load(module);
}

std::vector<std::pair<std::string, at::Tensor>> packedParameters(const torch::nn::Module& module,
                                                                 ParameterFormat format, const std::string& prefix) {
  const torch::NoGradGuard noGrad;
  std::vector<std::pair<std::string, at::Tensor>> tensors;
  for (const auto& item : module.named_parameters()) {
    const auto name = prefix + item.key();
    const auto value = item.value().detach().to(at::kCPU, at::kFloat).contiguous();
    if (format == ParameterFormat::Int8 && value.dim() >= 2 && value.numel() >= kLeastPackedWeights &&
        value.size(0) > 1) {
      const auto rows = value.reshape({value.size(0), -1});
      const auto scale = rows.abs().amax(1).clamp_min(1e-30) / 127.0;
      tensors.emplace_back(name,
                           (rows / scale.unsqueeze(1)).round().clamp(-127, 127).to(at::kChar).view(value.sizes()));
      tensors.emplace_back(name + std::string(kScaleSuffix), scale);
    } else {
      tensors.emplace_back(name, format == ParameterFormat::Float32 ? value.clone() : value.to(at::kHalf));
    }
  }
  return tensors;
}

Result<void> saveParameters(const torch::nn::Module& module, const std::filesystem::path& path, ParameterFormat format,
                            const std::string& prefix, const std::map<std::string, std::string>& metadata) {
  return weights::saveSafetensors(path, packedParameters(module, format, prefix), metadata);
}

}  // namespace xllm::x2l
