#include "core/importing/found_source.h"

#include <utility>

#include "core/importing/found_speech_encoder.h"
#include "core/weights/checkpoint.h"

namespace xllm::importing {
namespace {

namespace fs = std::filesystem;

// A folder of parts stands for its files.
std::vector<fs::path> opened(const std::vector<fs::path>& given) {
  std::vector<fs::path> paths;
  for (const fs::path& one : given) {
    const std::size_t before = paths.size();
    std::error_code ignored;
    const bool pack = fs::exists(one / "pack.json", ignored);
    for (const char* part : {kImageEncoderFile, kImageInterfaceFile}) {
      if (!pack && fs::exists(one / part, ignored)) paths.push_back(one / part);
    }
    if (paths.size() == before) paths.push_back(one);
  }
  return paths;
}

template <typename Part>
Result<void> take(std::optional<Part>& into, std::optional<Part> more, const std::string& what, const fs::path& file,
                  std::string& from) {
  if (!more) return {};
  if (into) {
    return fail(ErrorCode::BadInput,
                "Both " + from + " and " + file.string() + " hold " + what + ". Give only one of them.");
  }
  into = std::move(more);
  from = file.string();
  return {};
}

class Gatherer {
 public:
  explicit Gatherer(const fs::path& tuned) : m_tuned(tuned) {}

  Result<void> add(const fs::path& given) {
    fs::path file = given;
    std::error_code ignored;
    if (fs::exists(given / "pack.json", ignored)) {
      return fail(ErrorCode::BadInput, given.string() +
                                           " is a pack already. Name it with --language-model to give its "
                                           "language model other eyes.");
    }
    if (const auto speech = findSpeechEncoder(given)) {
      return fail(
          ErrorCode::Unsupported,
          given.string() + " is a speech encoder (" + speech->name +
              "), which needs no import: name its file in a training config (\"encoder\", docs/training.md) or in a "
              "pack (\"speechEncoder\", docs/pack-format.md).");
    }
    const auto checkpoint = openWeights(file);
    if (!checkpoint) return tl::unexpected(checkpoint.error());
    auto eyes = findImageParts(*checkpoint);
    if (!eyes) return tl::unexpected(eyes.error());
    std::optional<FoundModel> language;
    if (eyes->languageModel || (!eyes->encoder && !eyes->interface)) {
      auto model = findLanguageModel(file, m_tuned);
      if (!model) return tl::unexpected(model.error());
      language = *std::move(model);
    }
    if (!eyes->leftOut.empty()) m_all.leftOut.push_back(file.string() + ": " + eyes->leftOut + " is left out");
    if (auto ok = take(m_all.languageModel, std::move(language), "a language model", file, m_from[0]); !ok) return ok;
    if (auto ok = take(m_all.imageEncoder, std::move(eyes->encoder), "an image encoder", file, m_from[1]); !ok)
      return ok;
    return take(m_all.imageInterface, std::move(eyes->interface), "a Q-Former", file, m_from[2]);
  }

  Result<FoundSource> all() {
    if (!m_tuned.empty() && !m_all.languageModel) {
      return fail(ErrorCode::BadInput, "There is no language model that the columns of P-tuning in " +
                                           m_tuned.string() + " could belong to. Leave them out.");
    }
    if (m_all.imageEncoder && m_all.imageInterface) {
      if (auto fits = fitTogether(*m_all.imageEncoder, *m_all.imageInterface); !fits)
        return tl::unexpected(fits.error());
    }
    return std::move(m_all);
  }

 private:
  const fs::path& m_tuned;
  FoundSource m_all;
  std::string m_from[3];
};

}  // namespace

Result<FoundSource> findSources(const std::vector<fs::path>& given, const fs::path& tuned) {
  Gatherer gatherer(tuned);
  for (const fs::path& path : opened(given)) {
    if (auto added = gatherer.add(path); !added) return tl::unexpected(added.error());
  }
  return gatherer.all();
}

}  // namespace xllm::importing
