#include "core/x2l/published_qformer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/x2l/image_interface.h"
#include "core/x2l/parameters.h"

namespace xllm::x2l {
namespace {

using weights::Checkpoint;
using weights::TensorInfo;

// A tensor under another name: all of the source's rows, or some.
struct Shown {
  std::string name;
  std::string source;
  std::int64_t part = 0, parts = 1;  // rows part · n / parts … of the source's n
  bool batched = false;              // shown with a 1 in front of its shape
};

class Renamed final : public Checkpoint {
 public:
  Renamed(std::shared_ptr<const Checkpoint> file, std::vector<Shown> shown)
      : Checkpoint(file->path()), m_file(std::move(file)) {
    for (Shown& one : shown) {
      TensorInfo info = *m_file->find(one.source);
      info.name = one.name;
      if (one.parts > 1) {
        info.shape[0] /= one.parts;
        info.bytes /= static_cast<std::uint64_t>(one.parts);
      }
      if (one.batched) info.shape.insert(info.shape.begin(), 1);
      m_index.emplace(info.name, m_tensors.size());
      m_tensors.push_back(std::move(info));
      m_shown.push_back(std::move(one));
    }
  }

  std::string_view format() const override { return m_file->format(); }
  const std::vector<TensorInfo>& tensors() const override { return m_tensors; }
  const weights::Metadata& metadata() const override { return m_file->metadata(); }
  const TensorInfo* find(std::string_view name) const override {
    const auto found = m_index.find(std::string(name));
    return found == m_index.end() ? nullptr : &m_tensors[found->second];
  }

  Result<at::Tensor> load(std::string_view name) const override {
    const auto found = m_index.find(std::string(name));
    if (found == m_index.end()) return m_file->load(name);  // tells that it is not there
    const Shown& shown = m_shown[found->second];
    auto whole = m_file->load(shown.source);
    if (whole && shown.batched) return whole->unsqueeze(0);
    if (!whole || shown.parts == 1) return whole;
    const std::int64_t rows = m_tensors[found->second].shape[0];
    return whole->narrow(0, shown.part * rows, rows);
  }

  Result<weights::StoredTensor> stored(std::string_view name) const override {
    const auto found = m_index.find(std::string(name));
    if (found == m_index.end()) return m_file->stored(name);
    const Shown& shown = m_shown[found->second];
    auto whole = m_file->stored(shown.source);
    if (!whole) return whole;
    const auto bytes = static_cast<std::size_t>(m_tensors[found->second].bytes);
    whole->bytes = whole->bytes.subspan(static_cast<std::size_t>(shown.part) * bytes, bytes);
    whole->shape = m_tensors[found->second].shape;
    return whole;
  }

  void letGo(std::string_view name) const override {
    if (const auto found = m_index.find(std::string(name)); found != m_index.end())
      m_file->letGo(m_shown[found->second].source);
  }

 private:
  std::shared_ptr<const Checkpoint> m_file;
  std::vector<TensorInfo> m_tensors;
  std::vector<Shown> m_shown;  // beside m_tensors
  std::unordered_map<std::string, std::size_t> m_index;
};

constexpr const char* kLayers = "Qformer.bert.encoder.layer.";

std::string replaced(std::string name, std::string_view part, std::string_view by) {
  if (const auto at = name.find(part); at != std::string::npos) name.replace(at, part.size(), by);
  return name;
}

// "3.attention.dense.weight" -> 3 and "attention.dense.weight"
std::optional<std::pair<std::int64_t, std::string>> numbered(std::string_view name) {
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (problem != std::errc() || end == name.data() + name.size() || *end != '.' || number < 0) return std::nullopt;
  return std::pair(number, std::string(end + 1, name.data() + name.size()));
}

std::string fromHuggingFace(const std::string& name) {
  if (name.starts_with("qformer.encoder.layer.")) {
    const std::string own = kLayers + name.substr(std::string_view("qformer.encoder.layer.").size());
    return replaced(own, "attention.attention.", "attention.self.");  // of crossattention, too
  }
  constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kBegins{
      {{"qformer.layernorm.", "Qformer.bert.embeddings.LayerNorm."},
       {"qformer.embeddings.", "Qformer.bert.embeddings."},
       {"embeddings.", "Qformer.bert.embeddings."},
       {"language_projection.", "opt_proj."},
       {"vision_projection.", "vision_proj."},
       {"text_projection.", "text_proj."},
       {"vision_model.post_layernorm.", "ln_vision."},
       {"vision_model.", "visual_encoder."},
       {"language_model.", "opt_model."}}};
  for (const auto& [begin, by] : kBegins) {
    if (name.starts_with(begin)) return std::string(by) + name.substr(begin.size());
  }
  return name;
}

// SwissArmyTransformer's layers begin with the norm that ends BERT's layer before.
class VisualGlmNames {
 public:
  explicit VisualGlmNames(std::int64_t layers) : m_layers(layers) {}

  std::vector<Shown> operator()(const std::string& name) const {
    constexpr std::string_view kFormer = "image_encoder.qformer.transformer.";
    if (name.starts_with("image_encoder.glm_proj."))
      return {{replaced(name, "image_encoder.glm_proj", "opt_proj"), name}};
    if (name.starts_with("image_encoder.vit.mixins.cls.ln_vision."))
      return {{replaced(name, "image_encoder.vit.mixins.cls.", ""), name}};
    if (name.starts_with("image_encoder.vit.")) return {{replaced(name, "image_encoder.vit", "visual_encoder"), name}};
    if (!name.starts_with(kFormer)) return {{"opt_model." + name, name}};
    const std::string inner = name.substr(kFormer.size());
    if (inner == "word_embeddings.weight") return {{"query_tokens", name, 0, 1, /*batched=*/true}};
    if (inner.starts_with("final_layernorm."))
      return {{endNorm(m_layers - 1) + inner.substr(std::string_view("final_layernorm.").size()), name}};
    const auto layer = inner.starts_with("layers.") ? numbered(inner.substr(7)) : std::nullopt;
    return layer ? inLayer(layer->first, layer->second, name) : std::vector<Shown>{{"Qformer." + inner, name}};
  }

 private:
  static std::string endNorm(std::int64_t layer) {
    return layer < 0 ? "Qformer.bert.embeddings.LayerNorm."
                     : kLayers + std::to_string(layer) + ".output_query.LayerNorm.";
  }

  static std::vector<Shown> inLayer(std::int64_t layer, const std::string& part, const std::string& source) {
    const std::string own = kLayers + std::to_string(layer) + ".";
    const std::string end = part.substr(part.rfind('.') + 1);  // weight, bias
    const std::string stem = part.substr(0, part.size() - end.size() - 1);
    if (stem == "input_layernorm") return {{endNorm(layer - 1) + end, source}};
    if (stem == "attention.query_key_value") {
      return {{own + "attention.self.query." + end, source, 0, 3},
              {own + "attention.self.key." + end, source, 1, 3},
              {own + "attention.self.value." + end, source, 2, 3}};
    }
    if (stem == "cross_attention.key_value") {
      return {{own + "crossattention.self.key." + end, source, 0, 2},
              {own + "crossattention.self.value." + end, source, 1, 2}};
    }
    constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kStems{
        {{"attention.dense", "attention.output.dense"},
         {"post_attention_layernorm", "attention.output.LayerNorm"},
         {"cross_attention.query", "crossattention.self.query"},
         {"cross_attention.dense", "crossattention.output.dense"},
         {"post_cross_attention_layernorm", "crossattention.output.LayerNorm"},
         {"mlp.dense_h_to_4h", "intermediate_query.dense"},
         {"mlp.dense_4h_to_h", "output_query.dense"}}};
    for (const auto& [sat, lavis] : kStems) {
      if (stem == sat) return {{own + std::string(lavis) + "." + end, source}};
    }
    return {{own + part, source}};
  }

  std::int64_t m_layers;
};

// Only where the rows can be cut so.
bool divides(const TensorInfo& info, const Shown& shown) {
  return shown.parts == 1 || (!info.shape.empty() && info.shape[0] % shown.parts == 0);
}

template <typename Names>
std::shared_ptr<const Checkpoint> renamed(std::shared_ptr<const Checkpoint> file, const Names& names) {
  std::vector<Shown> shown;
  for (const TensorInfo& info : file->tensors()) {
    for (Shown& one : names(info.name)) {
      if (!divides(info, one)) one = {"undivided." + one.name, info.name};
      shown.push_back(std::move(one));
    }
  }
  return std::make_shared<Renamed>(std::move(file), std::move(shown));
}

}  // namespace

std::shared_ptr<const Checkpoint> withLavisNames(std::shared_ptr<const Checkpoint> file) {
  const std::string outer = "model/";
  if (file->find(outer + "query_tokens") != nullptr) {
    file = renamed(std::move(file), [&](const std::string& name) {
      return std::vector<Shown>{{name.starts_with(outer) ? name.substr(outer.size()) : name, name}};
    });
  }
  if (file->find("qformer.layernorm.weight") != nullptr) {
    return renamed(std::move(file), [](const std::string& name) {
      return std::vector<Shown>{{fromHuggingFace(name), name}};
    });
  }
  std::int64_t layers = 0;
  while (file->find("image_encoder.qformer.transformer.layers." + std::to_string(layers) + ".input_layernorm.weight") !=
         nullptr)
    ++layers;
  return layers == 0 ? file : renamed(std::move(file), VisualGlmNames(layers));
}

Result<void> loadImageInterface(ImageInterface& interface, std::shared_ptr<const Checkpoint> file) {
  const auto shown = withLavisNames(std::move(file));
  const bool whole = std::ranges::any_of(
      shown->tensors(), [](const TensorInfo& info) { return info.name.starts_with("visual_encoder."); });
  LoadOptions options{.ignore = otherImageKeys()};
  // A file without its encoder whose ln_vision nobody uses: the features would go without it.
  if (!whole) std::erase(options.ignore, "ln_vision.*");
  return loadParameters(interface, *shown, options);
}

}  // namespace xllm::x2l
