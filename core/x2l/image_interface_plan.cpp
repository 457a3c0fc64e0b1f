#include "core/x2l/image_interface_plan.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include <c10/util/StringUtil.h>
#include <torch/types.h>
#include <nlohmann/json.hpp>

namespace xllm::x2l {
namespace {

using Shape = std::vector<std::int64_t>;

constexpr std::string_view kProjection = "opt_proj.";

std::string layerName(std::int64_t layer) { return "Qformer.bert.encoder.layer." + std::to_string(layer) + "."; }

class Sizes {
 public:
  explicit Sizes(const weights::Checkpoint& file) : m_file(file) {}

  Result<ImageInterfaceConfig> read(std::int64_t heads) {
    const Shape queries = need("query_tokens", {1, -1, -1});
    m_config.queries = queries[1];
    m_config.hidden = queries[2];
    readLayers();
    const bool projects = m_file.find("opt_proj.weight") != nullptr;
    m_config.llmWidth = projects ? need("opt_proj.weight", {-1, m_config.hidden})[0] : 0;
    // Beside its tower, the norm is the encoder's.
    m_config.featureNorm = m_file.find("ln_vision.weight") != nullptr &&
                           std::ranges::none_of(m_file.tensors(), [](const weights::TensorInfo& info) {
                             return info.name.starts_with("visual_encoder.");
                           });
    constexpr std::int64_t kHeadWidth = 64;
    m_config.heads = heads > 0 ? heads : std::max<std::int64_t>(1, m_config.hidden / kHeadWidth);
    if (!m_failure && m_config.hidden % m_config.heads != 0) {
      m_failure =
          Error{ErrorCode::CorruptFile,
                c10::str("The Q-Former in ", m_file.path().string(), " is ", m_config.hidden, " wide, which ",
                         m_config.heads, " attention heads do not divide; say how many it has in config.json.")};
    }
    if (m_failure) return tl::unexpected(*m_failure);
    return m_config;
  }

 private:
  // The tensor's shape, where -1 stands for any size; what is wrong is remembered, and the shape then is made of ones.
  Shape need(const std::string& name, Shape wanted) {
    const weights::TensorInfo* info = m_file.find(name);
    const bool fits =
        info != nullptr && std::ranges::equal(info->shape, wanted, [](std::int64_t found, std::int64_t any) {
          return any < 0 ? found > 0 : found == any;
        });
    if (fits) return info->shape;
    if (!m_failure) {
      std::string expected;
      for (const std::int64_t size : wanted)
        expected += (expected.empty() ? "" : ", ") + (size < 0 ? std::string("any") : std::to_string(size));
      m_failure = Error{
          ErrorCode::CorruptFile,
          c10::str("The Q-Former in ", m_file.path().string(), " has ",
                   info == nullptr ? "no tensor " + name : c10::str(name, " of shape ", at::IntArrayRef(info->shape)),
                   ", where [", expected, "] is expected. Choose a complete file.")};
    }
    return Shape(wanted.size(), 1);
  }

  // By any of its tensors, so that one that is missing is missed.
  bool looks(std::int64_t layer) const {
    return std::ranges::any_of(
        std::array{"self.key.weight", "self.query.weight", "self.value.weight", "output.dense.weight"},
        [&](const char* part) { return m_file.find(layerName(layer) + "crossattention." + part) != nullptr; });
  }

  // Every matrix that decides how large a module gets has the shape that its file pays for.
  void readLayers() {
    std::int64_t layers = 0, every = 0;
    while (m_file.find(layerName(layers) + "attention.self.query.weight") != nullptr) {
      const std::string name = layerName(layers);
      need(name + "attention.self.query.weight", {m_config.hidden, m_config.hidden});
      const Shape inner = need(name + "intermediate_query.dense.weight", {-1, m_config.hidden});
      if (layers == 0) {
        m_config.intermediate = inner[0];
        m_config.featureWidth = need(name + "crossattention.self.key.weight", {m_config.hidden, -1})[1];
      } else if (every == 0 && looks(layers)) {
        every = layers;
      }
      ++layers;
    }
    m_config.layers = layers;
    m_config.crossAttentionEvery = every > 0 ? every : std::max<std::int64_t>(layers, 1);
    for (std::int64_t layer = 0; layer < layers && !m_failure; ++layer) {
      if (looks(layer) == (layer % m_config.crossAttentionEvery == 0)) continue;
      m_failure =
          Error{ErrorCode::Unsupported,
                c10::str("The Q-Former in ", m_file.path().string(), " looks at the picture in layer ", layer,
                         looks(layer) ? " and not" : " no more, but", " in every ", m_config.crossAttentionEvery,
                         ". one from the first on; this program knows regular ones only.")};
    }
    if (layers == 0) need(layerName(0) + "attention.self.query.weight", {m_config.hidden, m_config.hidden});
  }

  const weights::Checkpoint& m_file;
  ImageInterfaceConfig m_config;
  std::optional<Error> m_failure;
};

// The config that our own files carry; one without llmWidth is of a file without a projection.
std::optional<ImageInterfaceConfig> ownConfig(const weights::Checkpoint& file, std::int64_t llmWidth) {
  const auto text = file.text("config");
  if (!text) return std::nullopt;
  const auto json = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;
  auto config = imageInterfaceConfig(json);
  if (!config) return std::nullopt;
  if (!json.contains("llmWidth")) config->llmWidth = llmWidth;
  return *config;
}

// Whatever the config says beside, it makes no module larger than the file.
bool sameMatrices(const ImageInterfaceConfig& a, const ImageInterfaceConfig& b) {
  const auto sizes = [](const ImageInterfaceConfig& config) {
    return std::tuple(config.featureWidth, config.hidden, config.layers, config.intermediate, config.queries,
                      config.llmWidth);
  };
  return sizes(a) == sizes(b);
}

// Names of all parameters of an interface of this size, if the file has them in their shapes.
Result<std::vector<std::string>> parametersIn(const weights::Checkpoint& file, ImageInterfaceConfig config) {
  const bool projects = config.llmWidth > 0;
  config.llmWidth = std::max<std::int64_t>(config.llmWidth, 1);
  const ImageInterface interface(config);
  std::vector<std::string> names;
  for (const auto& item : interface.named_parameters()) {
    if (!projects && item.key().starts_with(kProjection)) continue;
    const weights::TensorInfo* info = file.find(item.key());
    if (info == nullptr || item.value().sizes() != at::IntArrayRef(info->shape)) {
      return fail(ErrorCode::CorruptFile,
                  c10::str("The Q-Former in ", file.path().string(), " has ",
                           info == nullptr ? "no tensor " + item.key()
                                           : c10::str(item.key(), " of shape ", at::IntArrayRef(info->shape)),
                           ", where ", item.value().sizes(), " is expected. Choose a complete file."));
    }
    names.push_back(item.key());
    if (const std::string scale = item.key() + "_scale"; file.find(scale) != nullptr) names.push_back(scale);
  }
  return names;
}

}  // namespace

Result<ImageInterfacePlan> planImageInterface(const weights::Checkpoint& file, std::int64_t heads) {
  const auto sizes = Sizes(file).read(heads);
  if (!sizes) return tl::unexpected(sizes.error());
  const auto own = ownConfig(file, sizes->llmWidth);
  if (own && !sameMatrices(*own, *sizes)) {
    return fail(ErrorCode::CorruptFile,
                file.path().string() +
                    " carries a config of another interface than the one in it: " + toJson(*own).dump() + ".");
  }
  ImageInterfacePlan plan{.config = own.value_or(*sizes), .published = !own, .tensors = {}};
  auto names = parametersIn(file, plan.config);
  if (!names) return tl::unexpected(names.error());
  plan.tensors = *std::move(names);
  return plan;
}

}  // namespace xllm::x2l
