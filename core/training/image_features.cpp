#include "core/training/image_features.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <ATen/CPUGeneratorImpl.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "core/data/format_text.h"
#include "core/model/image_parts.h"
#include "core/x2l/image_interface.h"

namespace xllm::training {

namespace {

constexpr double kSmallestCrop = 0.3;                 // of the picture's area
constexpr double kLeastGain = 8.0, kMostGain = 70.0;  // of a made-up map's class score, before ReLU6 takes most of it
constexpr std::int64_t kNoiseRows = 16384;
constexpr double kSharedNoise = 0.4;  // part of the noise variance that all cells of a map share

tl::unexpected<Error> stopped() {
  return fail(ErrorCode::Cancelled, "Stopped while features were computed; they are kept.");
}

}  // namespace

RgbImage viewOf(const RgbImage& picture, std::int64_t number, std::uint64_t seed) {
  if (number == 0) return picture;
  data::SeededRandom random(seed, static_cast<std::uint64_t>(number));
  const double area = random.between(kSmallestCrop, 1.0), aspect = std::exp(random.between(-0.25, 0.25));
  const bool mirrored = random.uniform() < 0.5;
  const auto side = [&](int full, double share) {
    return std::clamp(static_cast<int>(std::lround(full * share)), 1, full);
  };
  const int width = side(picture.width, std::sqrt(area) * aspect),
            height = side(picture.height, std::sqrt(area) / aspect);
  const auto left = static_cast<int>(random.below(picture.width - width + 1));
  const auto top = static_cast<int>(random.below(picture.height - height + 1));
  RgbImage view{width, height,
                std::vector<std::uint8_t>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3)};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int from = left + (mirrored ? width - 1 - x : x);
      const auto source = (static_cast<std::size_t>(top + y) * static_cast<std::size_t>(picture.width) +
                           static_cast<std::size_t>(from)) *
                          3;
      const auto target =
          (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)) * 3;
      std::copy_n(picture.pixels.begin() + static_cast<std::ptrdiff_t>(source), 3,
                  view.pixels.begin() + static_cast<std::ptrdiff_t>(target));
    }
  }
  return view;
}

Result<PictureEncoder> openPictureEncoder(const std::filesystem::path& file, const std::filesystem::path& folder,
                                          const nlohmann::json& interface) {
  const auto sizes = x2l::imageInterfaceConfig(interface);
  if (!sizes) return tl::unexpected(sizes.error());
  auto encoder = encoders::openImageEncoder({}, file);
  if (!encoder) return tl::unexpected(encoder.error());
  if (const auto missing = model::missingFeatures(*sizes, (*encoder)->shape()); !missing.empty()) {
    return fail(ErrorCode::BadInput,
                data::formatText("The config's \"interface\" does not fit the encoder in {}: it needs {}.",
                                 file.string(), missing));
  }
  const auto width = (*encoder)->shape().width;
  const bool starters = dynamic_cast<const encoders::EfficientNetLite*>(encoder->get()) != nullptr;
  std::error_code ignored;  // it was just read
  const auto bytes = std::filesystem::file_size(file, ignored);
  const auto name = starters ? std::string("pictures") : data::formatText("pictures-{}-{}", width, bytes);
  auto store = data::FeatureStore::open(folder, name, width);
  if (!store) return tl::unexpected(store.error());
  return PictureEncoder{std::move(*encoder), std::move(*store)};
}

PictureFeatures storedFeatures(const PictureEncoder& pictures, const std::vector<std::string>& keys) {
  const torch::NoGradGuard noGrad;
  std::vector<at::Tensor> cells;
  for (const auto& key : keys) cells.push_back(pictures.store->load(key));
  const encoders::ImageFeatures all = pictures.encoder->describe(at::stack(cells));
  const auto& likely = all.probabilities;
  return {all.cells, all.pooled, likely, likely.defined() ? likely.argmax(1) : at::Tensor()};
}

Result<std::unique_ptr<ImageFeatureSource>> ImageFeatureSource::make(const TrainConfig& config,
                                                                     const ClipDecoder& decoder, std::stop_token stop,
                                                                     TrainObserver& observer) {
  const auto file = weights::Checkpoint::open(config.image.encoder);
  if (!file) return tl::unexpected(file.error());
  auto encoder = encoders::loadEfficientNetLite(**file);
  if (!encoder) return tl::unexpected(encoder.error());
  std::unique_ptr<ImageFeatureSource> source(new ImageFeatureSource);
  source->m_encoder.reset(dynamic_cast<encoders::EfficientNetLite*>(encoder->release()));
  TORCH_CHECK(source->m_encoder, "loadEfficientNetLite() made some other encoder");
  auto store = data::FeatureStore::open(config.store, "pictures", source->m_encoder->shape().width);
  if (!store) return tl::unexpected(store.error());
  source->m_store = std::move(*store);
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(static_cast<std::uint64_t>(config.seed));
  source->m_noise = at::randn({kNoiseRows, source->m_encoder->shape().width}, generator, at::TensorOptions(at::kFloat));
  source->m_syntheticShare = config.image.syntheticShare;
  source->m_mixupShare = config.image.mixupShare;
  auto train =
      source->encode(config.image.train, config.mostExamples, config.image.viewsPerPicture, decoder, stop, observer);
  if (!train) return tl::unexpected(train.error());
  auto validation = source->encode(config.image.validation, config.mostExamples, config.image.validationViews, decoder,
                                   stop, observer);
  if (!validation) return tl::unexpected(validation.error());
  if (const auto done = source->m_store->finish(); !done) return tl::unexpected(done.error());
  source->m_train = std::move(*train);
  source->m_validation = std::move(*validation);
  return source;
}

Result<std::vector<std::string>> fillWithPictures(const std::vector<std::filesystem::path>& pictures,
                                                  std::int64_t views, const encoders::ImageEncoder& encoder,
                                                  data::FeatureStore& store, const ClipDecoder& decoder,
                                                  std::stop_token stop, TrainObserver& observer) {
  const torch::NoGradGuard noGrad;
  std::vector<std::string> keys;
  std::int64_t done = 0;
  for (const auto& file : pictures) {
    if (stop.stop_requested()) return stopped();
    observer.onPreparing("picture features", ++done, std::ssize(pictures));
    const auto content = data::contentKey(file);
    if (!content) return tl::unexpected(content.error());
    std::vector<std::int64_t> missing;
    for (std::int64_t view = 0; view < views; ++view) {
      keys.push_back(data::formatText("{}/{}", *content, view));
      if (!store.contains(keys.back())) missing.push_back(view);
    }
    if (missing.empty()) continue;
    const auto picture = decoder.decodePicture(file);
    if (!picture) return tl::unexpected(picture.error());
    for (const auto view : missing) {
      const auto seed = data::textHash(*content);
      const auto features = encoder.forward(encoder.preprocess(viewOf(*picture, view, seed)));
      const auto kept = store.append(data::formatText("{}/{}", *content, view), features.cells[0]);
      if (!kept) return tl::unexpected(kept.error());
    }
  }
  return keys;
}

Result<std::vector<std::string>> ImageFeatureSource::encode(const std::filesystem::path& list, std::int64_t most,
                                                            std::int64_t views, const ClipDecoder& decoder,
                                                            std::stop_token stop, TrainObserver& observer) {
  auto examples = data::readPictureList(list);
  if (!examples) return tl::unexpected(examples.error());
  takeExamples(*examples, most, observer);
  std::vector<std::filesystem::path> pictures;
  for (const auto& example : *examples) pictures.push_back(example.picture);
  return fillWithPictures(pictures, views, *m_encoder, *m_store, decoder, std::move(stop), observer);
}

// [rows, width]: rows of the noise drawn once, picked at random. Drawing fresh numbers would take longer than training
// on them.
at::Tensor ImageFeatureSource::noise(std::int64_t rows, data::SeededRandom& random) const {
  std::vector<std::int64_t> picked;
  for (std::int64_t row = 0; row < rows; ++row) picked.push_back(random.below(m_noise.size(0)));
  return m_noise.index_select(0, at::tensor(picked, at::kLong));
}

at::Tensor ImageFeatureSource::madeUpCells(const at::Tensor& classes, std::uint64_t seed) const {
  const auto& head = m_encoder->head();
  const auto count = classes.size(0), width = head.shift.size(0), cells = m_encoder->shape().cells;
  const auto side = std::llround(std::sqrt(static_cast<double>(cells)));
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  const auto uniform = [&](double low, double high) {
    return at::rand({count, 1, 1}, generator, at::TensorOptions(at::kFloat)) * (high - low) + low;
  };
  const at::Tensor deviation = head.scale.abs();
  data::SeededRandom random(seed);
  const at::Tensor shared = noise(count, random).view({count, 1, width});
  const at::Tensor own = noise(count * cells, random).view({count, cells, width});
  const at::Tensor both = shared * std::sqrt(kSharedNoise) + own * std::sqrt(1 - kSharedNoise);

  // Where in the map the thing is: a round spot, from one cell to all of it.
  const at::Tensor index = at::arange(cells, at::kFloat).view({1, cells, 1});
  const at::Tensor row = at::floor(index / side), column = index - row * side;
  const auto last = static_cast<double>(side - 1);
  const at::Tensor spread = uniform(1.0, 6.0);
  const at::Tensor spot =
      at::exp(-((row - uniform(0, last)).square() + (column - uniform(0, last)).square()) / (2 * spread.square()));

  // Along the class's gradient, weighted by how much each channel varies; the score gains about `gain` before ReLU6.
  const at::Tensor direction = head.classWeight.index_select(0, classes) * deviation;  // [B, width]
  const at::Tensor slope = direction.square().sum(1).view({count, 1, 1}) * spot.mean(1, true);
  const at::Tensor shift = (direction * deviation).unsqueeze(1) * spot * (uniform(kLeastGain, kMostGain) / slope);
  return (head.shift + deviation * both + shift).clamp(0.0, 6.0);
}

PictureFeatures ImageFeatureSource::describe(const at::Tensor& cells) const {
  const at::Tensor probabilities = m_encoder->classify(cells);
  return {cells, cells.mean(1), probabilities, probabilities.argmax(1)};
}

PictureFeatures ImageFeatureSource::madeUp(const at::Tensor& classes, std::uint64_t seed) const {
  const torch::NoGradGuard noGrad;
  return describe(madeUpCells(classes, seed));
}

PictureFeatures ImageFeatureSource::trainingBatch(data::SeededRandom& random, std::int64_t size) const {
  const torch::NoGradGuard noGrad;
  const auto draw = [&](std::int64_t count) {
    std::vector<std::int64_t> classes;
    for (std::int64_t i = 0; i < count; ++i) classes.push_back(random.below(this->classes()));
    at::Tensor cells = madeUpCells(at::tensor(classes, at::kLong), random.next());
    for (std::int64_t i = 0; i < count; ++i) {
      if (random.uniform() < m_syntheticShare) continue;
      const auto chosen = static_cast<std::size_t>(random.below(static_cast<std::int64_t>(m_train.size())));
      cells[i].copy_(m_store->load(m_train[chosen]));
    }
    return cells;
  };
  at::Tensor cells = draw(size);
  const auto mixed = static_cast<std::int64_t>(std::lround(m_mixupShare * static_cast<double>(size)));
  if (mixed > 0) {
    std::vector<float> shares;
    for (std::int64_t i = 0; i < mixed; ++i) shares.push_back(static_cast<float>(random.between(0.55, 1.0)));
    const at::Tensor share = at::tensor(shares).view({mixed, 1, 1});
    cells.narrow(0, 0, mixed).mul_(share).add_(draw(mixed) * (1 - share));
  }
  return describe(cells);
}

PictureFeatures ImageFeatureSource::validationBatch(std::int64_t begin, std::int64_t end) const {
  const torch::NoGradGuard noGrad;
  std::vector<at::Tensor> cells;
  for (auto view = begin; view < end; ++view)
    cells.push_back(m_store->load(m_validation[static_cast<std::size_t>(view)]));
  return describe(at::stack(cells));
}

}  // namespace xllm::training
