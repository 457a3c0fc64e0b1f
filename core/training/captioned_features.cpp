#include "core/training/captioned_features.h"

#include <iterator>
#include <set>

#include "core/data/captions.h"
#include "core/data/format_text.h"
#include "core/data/split.h"

namespace xllm::training {

namespace {

using data::CaptionedPicture;

struct Part {
  std::vector<std::filesystem::path> pictures;
  std::vector<CaptionedExample> examples;  // beside them
};

Result<Part> readPart(const std::filesystem::path& source, bool skipWrongRows) {
  const auto read = data::readCaptionedPictures(source, {.skipWrongRows = skipWrongRows});
  if (!read) return tl::unexpected(read.error());
  Part part;
  for (const CaptionedPicture& picture : *read) {
    auto key = data::contentKey(picture.picture);
    if (!key) return tl::unexpected(key.error());
    part.pictures.push_back(picture.picture);
    part.examples.push_back({std::move(*key), picture.picture.filename().string(), picture.captions});
  }
  return part;
}

Part pick(const Part& from, const std::vector<std::size_t>& indices) {
  Part part;
  for (const auto i : indices) {
    part.pictures.push_back(from.pictures[i]);
    part.examples.push_back(from.examples[i]);
  }
  return part;
}

// Training and validation, without a picture that is in both.
Result<std::pair<Part, Part>> readParts(const TrainConfig& config) {
  const CaptionedTraining& source = config.captioned;
  auto train = readPart(source.train, source.skipWrongRows);
  if (!train) return tl::unexpected(train.error());
  if (source.validation.empty()) {
    std::vector<std::string> keys;
    for (const auto& example : train->examples) keys.push_back(example.key);
    // Of its own: another seed trains in another order, and is still judged on the same pictures.
    constexpr std::uint64_t kSplitSeed = 0;
    const auto split = data::splitForValidation(keys, source.validationShare, kSplitSeed);
    return std::pair(pick(*train, split.training), pick(*train, split.validation));
  }
  auto validation = readPart(source.validation, source.skipWrongRows);
  if (!validation) return tl::unexpected(validation.error());
  std::set<std::string> heldOut;
  for (const auto& example : validation->examples) heldOut.insert(example.key);
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < train->examples.size(); ++i) {
    if (!heldOut.contains(train->examples[i].key)) kept.push_back(i);
  }
  return std::pair(pick(*train, kept), std::move(*validation));
}

// Pictures that are there and cannot be read; those whose features are kept could.
void leaveOutUnreadable(Part& part, const data::FeatureStore& store, const ClipDecoder& decoder,
                        TrainObserver& observer) {
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < part.examples.size(); ++i) {
    const bool readable = store.contains(data::formatText("{}/{}", part.examples[i].key, 0)) ||
                          decoder.decodePicture(part.pictures[i]).has_value();
    if (readable) kept.push_back(i);
    if (!readable) observer.onNote(part.pictures[i].string() + " cannot be read and is left out.");
  }
  part = pick(part, kept);
}

}  // namespace

Result<std::unique_ptr<CaptionedFeatures>> CaptionedFeatures::make(const TrainConfig& config,
                                                                   const ClipDecoder& decoder, std::stop_token stop,
                                                                   TrainObserver& observer) {
  auto parts = readParts(config);
  if (!parts) return tl::unexpected(parts.error());
  auto& [train, validation] = *parts;
  for (Part* part : {&train, &validation}) {
    takeExamples(part->examples, config.mostExamples, observer);
    part->pictures.erase(part->pictures.begin() + std::ssize(part->examples), part->pictures.end());
  }
  auto pictures = openPictureEncoder(config.captioned.encoder, config.store, config.interface);
  if (!pictures) return tl::unexpected(pictures.error());
  if (config.captioned.skipWrongRows) {
    for (Part* part : {&train, &validation}) leaveOutUnreadable(*part, *pictures->store, decoder, observer);
  }
  if (train.examples.empty() || validation.examples.empty()) {
    return fail(ErrorCode::BadInput,
                data::formatText("{} leaves no pictures for {}. Give more pictures, or a \"validation\" of its own.",
                                 config.captioned.train.string(), train.examples.empty() ? "training" : "validation"));
  }
  std::unique_ptr<CaptionedFeatures> made(new CaptionedFeatures);
  made->m_pictures = std::move(*pictures);
  const auto& [encoder, store] = made->m_pictures;
  made->m_views = config.captioned.viewsPerPicture;
  for (const auto& [part, views] : {std::pair(&train, made->m_views), std::pair(&validation, std::int64_t{1})}) {
    const auto keys = fillWithPictures(part->pictures, views, *encoder, *store, decoder, stop, observer);
    if (!keys && keys.error().code == ErrorCode::CorruptFile) {
      return fail(
          ErrorCode::CorruptFile,
          keys.error().message +
              " Replace it or take it out, or set \"skipWrongRows\"; `xllm check-data` finds all such pictures at "
              "once, and with --lists writes lists without them.");
    }
    if (!keys) return tl::unexpected(keys.error());
  }
  if (const auto done = store->finish(); !done) return tl::unexpected(done.error());
  made->m_train = std::move(train.examples);
  made->m_validation = std::move(validation.examples);
  return made;
}

PictureFeatures CaptionedFeatures::features(
    const std::vector<std::pair<const CaptionedExample*, std::int64_t>>& wanted) const {
  std::vector<std::string> keys;
  for (const auto& [example, view] : wanted) keys.push_back(data::formatText("{}/{}", example->key, view));
  return storedFeatures(m_pictures, keys);
}

}  // namespace xllm::training
