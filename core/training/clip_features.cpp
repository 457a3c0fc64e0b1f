#include "core/training/clip_features.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <ATen/CPUGeneratorImpl.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "core/base/this_process.h"
#include "core/data/format_text.h"

namespace xllm::training {

namespace {

constexpr std::int64_t kNoiseRows = 16384;
constexpr double kSharedNoise = 0.4;                  // part of the background's variance that all cells share
constexpr double kFrameNoise = 0.15;                  // deviation between frames, over the background's
constexpr double kLeastGain = 8.0, kMostGain = 50.0;  // of a made-up map's class score, before ReLU6 takes most of it

// When a thing is seen, and where its middle is, in cells: linear over the clip (time 0 … 1).
struct Course {
  double begin = 0, end = 1;
  double row = 3, column = 3, rowStep = 0, columnStep = 0;  // at time 0; over the whole clip
};

Course courseOf(ClipEvent event, bool second, double change, data::SeededRandom& random, double last) {
  Course course;
  course.row = random.between(0.15, 0.85) * last;
  course.column = random.between(0.15, 0.85) * last;
  const double from = random.between(0.15, 0.3) * last, to = random.between(0.7, 0.85) * last;
  switch (event) {
    case ClipEvent::Appear: course.begin = change; break;
    case ClipEvent::Vanish: course.end = change; break;
    case ClipEvent::Left: course.column = to, course.columnStep = from - to; break;
    case ClipEvent::Right: course.column = from, course.columnStep = to - from; break;
    case ClipEvent::Up: course.row = to, course.rowStep = from - to; break;
    case ClipEvent::Down: course.row = from, course.rowStep = to - from; break;
    case ClipEvent::Order: (second ? course.begin : course.end) = change; break;
    case ClipEvent::Stay: break;
  }
  return course;
}

// How strongly the thing is in each cell of each frame: [F, cells], 0 … 1.
at::Tensor spotsOf(const Course& course, double spread, std::int64_t frames, std::int64_t cells) {
  const auto side = std::llround(std::sqrt(static_cast<double>(cells)));
  const at::Tensor index = at::arange(cells, at::kFloat).view({1, cells});
  const at::Tensor row = at::floor(index / side), column = index - row * side;
  const at::Tensor time = ((at::arange(frames, at::kFloat) + 0.5) / frames).view({frames, 1});
  const at::Tensor distance = (row - (course.row + time * course.rowStep)).square() +
                              (column - (course.column + time * course.columnStep)).square();
  const at::Tensor seen = time.ge(course.begin).logical_and(time.lt(course.end)).to(at::kFloat);
  return at::exp(-distance / (2 * spread * spread)) * seen;
}

ClipEvent drawEvent(data::SeededRandom& random) {
  // Two things in order twice as often: there is more to learn.
  return static_cast<ClipEvent>(std::min<std::int64_t>(1 + random.below(9), static_cast<int>(ClipEvent::Order)));
}

}  // namespace

std::string wordsOf(ClipEvent event) {
  switch (event) {
    case ClipEvent::Appear: return "appears";
    case ClipEvent::Vanish: return "vanishes";
    case ClipEvent::Left: return "moves left";
    case ClipEvent::Right: return "moves right";
    case ClipEvent::Up: return "moves up";
    case ClipEvent::Down: return "moves down";
    case ClipEvent::Stay: return "stays";
    case ClipEvent::Order: break;
  }
  return "then";
}

Result<std::unique_ptr<ClipFeatureSource>> ClipFeatureSource::make(const TrainConfig& config) {
  const auto file = weights::Checkpoint::open(config.clip.encoder);
  if (!file) return tl::unexpected(file.error());
  auto encoder = encoders::loadEfficientNetLite(**file);
  if (!encoder) return tl::unexpected(encoder.error());
  std::unique_ptr<ClipFeatureSource> source(new ClipFeatureSource);
  source->m_encoder.reset(dynamic_cast<encoders::EfficientNetLite*>(encoder->release()));
  TORCH_CHECK(source->m_encoder, "loadEfficientNetLite() made some other encoder");
  source->m_frames = config.clip.frames;
  auto store = data::FeatureStore::open(config.store, "clips", source->m_encoder->shape().width);
  if (!store) return tl::unexpected(store.error());
  source->m_store = std::move(*store);
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(static_cast<std::uint64_t>(config.seed));
  source->m_noise = at::randn({kNoiseRows, source->m_encoder->shape().width}, generator, at::TensorOptions(at::kFloat));
  return source;
}

Result<std::vector<std::string>> ClipFeatureSource::encode(const std::vector<std::filesystem::path>& clips,
                                                           const ClipDecoder& decoder, std::stop_token stop,
                                                           TrainObserver& observer) {
  const torch::NoGradGuard noGrad;
  std::vector<std::string> keys;
  for (const auto& clip : clips) {
    if (stop.stop_requested()) {
      return fail(ErrorCode::Cancelled, "Stopped while features were computed; they are kept.");
    }
    observer.onPreparing("clip features", static_cast<std::int64_t>(keys.size()) + 1,
                         static_cast<std::int64_t>(clips.size()));
    const auto content = data::contentKey(clip);
    if (!content) return tl::unexpected(content.error());
    keys.push_back(data::formatText("{}/{}", *content, m_frames));
    // The last frame is stored last: where it is, all are.
    if (m_store->contains(data::formatText("{}.{}", keys.back(), m_frames - 1))) continue;
    const auto decoded = decoder.decodeClip(clip, {.frames = static_cast<int>(m_frames)});
    if (!decoded) return tl::unexpected(decoded.error());
    std::vector<at::Tensor> pixels;
    for (std::int64_t i = 0; i < m_frames; ++i) {
      // A clip with a broken end may give fewer: its last one stands for the others.
      const auto frame = std::min(static_cast<std::size_t>(i), decoded->frames.size() - 1);
      pixels.push_back(m_encoder->preprocess(decoded->frames[frame].image));
    }
    const at::Tensor cells = m_encoder->forward(at::cat(pixels)).cells;
    for (std::int64_t i = 0; i < m_frames; ++i) {
      const auto kept = m_store->append(data::formatText("{}.{}", keys.back(), i), cells[i]);
      if (!kept) return tl::unexpected(kept.error());
    }
    // glibc cannot use freed aligned blocks again as they are: without this a clip would cost 8 MB for good.
    if (keys.size() % 16 == 0) giveBackFreedMemory();
  }
  return keys;
}

ClipFeatures ClipFeatureSource::describe(const at::Tensor& cells) const {
  const at::Tensor probabilities = m_encoder->classify(cells.flatten(0, 1));
  return {cells, cells.mean(2), probabilities.view({cells.size(0), cells.size(1), -1})};
}

ClipFeatures ClipFeatureSource::load(const std::vector<std::string>& keys) const {
  const torch::NoGradGuard noGrad;
  std::vector<at::Tensor> clips;
  for (const auto& key : keys) {
    std::vector<at::Tensor> frames;
    for (std::int64_t i = 0; i < m_frames; ++i) frames.push_back(m_store->load(data::formatText("{}.{}", key, i)));
    clips.push_back(at::stack(frames));
  }
  return describe(at::stack(clips));
}

MadeUpClips ClipFeatureSource::madeUp(data::SeededRandom& random, std::int64_t count) const {
  const torch::NoGradGuard noGrad;
  const auto& head = m_encoder->head();
  const auto cells = m_encoder->shape().cells;
  const double last = std::sqrt(static_cast<double>(cells)) - 1;
  const at::Tensor deviation = head.scale.abs();
  const auto noise = [&](std::int64_t rows) {
    std::vector<std::int64_t> picked;
    for (std::int64_t row = 0; row < rows; ++row) picked.push_back(random.below(m_noise.size(0)));
    return m_noise.index_select(0, at::tensor(picked, at::kLong));
  };
  MadeUpClips made;
  std::vector<at::Tensor> clips;
  std::vector<at::Tensor> seenFirst, seenSecond;  // [F]: frames with the thing in them
  for (std::int64_t b = 0; b < count; ++b) {
    const ClipEvent event = drawEvent(random);
    made.events.push_back(event);
    made.first.push_back(random.below(classes()));
    const auto other = (made.first.back() + 1 + random.below(classes() - 1)) % classes();
    made.second.push_back(event == ClipEvent::Order ? other : -1);
    const at::Tensor still = noise(1) * std::sqrt(kSharedNoise) + noise(cells) * std::sqrt(1 - kSharedNoise);
    at::Tensor map = head.shift + deviation * (still.unsqueeze(0) +
                                               kFrameNoise * noise(m_frames * cells).view({m_frames, cells, -1}));
    const double change = random.between(0.3, 0.7);
    for (const auto thing : {made.first.back(), made.second.back()}) {
      if (thing < 0) continue;
      const bool second = event == ClipEvent::Order && thing == made.second.back();
      const Course course = courseOf(event, second, change, random, last);
      const at::Tensor spots = spotsOf(course, random.between(0.8, 2.0), m_frames, cells);
      (second ? seenSecond : seenFirst).push_back(spots.amax(1).gt(0).to(at::kFloat));
      // Along the class's gradient, weighted by how much each channel varies; where the thing is seen, the class's
      // score gains about `gain` before ReLU6.
      const at::Tensor direction = head.classWeight[thing] * deviation;
      const double strongest = spots.mean(1).max().item<double>();
      const double slope = direction.square().sum().item<double>() * std::max(strongest, 1e-6);
      map = map + spots.unsqueeze(2) * (direction * deviation) * (random.between(kLeastGain, kMostGain) / slope);
    }
    if (made.second.back() < 0) seenSecond.push_back(at::zeros({m_frames}));
    clips.push_back(map.clamp(0.0, 6.0));
  }
  made.features = describe(at::stack(clips));
  // What is in a clip is what the encoder itself says of the frames with the thing in them.
  const auto choices = [&](const std::vector<at::Tensor>& seen) {
    return (made.features.probabilities * at::stack(seen).unsqueeze(2)).sum(1).argmax(1);
  };
  const at::Tensor first = choices(seenFirst), second = choices(seenSecond);
  for (std::int64_t b = 0; b < count; ++b) {
    const auto at = static_cast<std::size_t>(b);
    made.first[at] = first[b].item<std::int64_t>();
    if (made.second[at] >= 0) made.second[at] = second[b].item<std::int64_t>();
  }
  return made;
}

}  // namespace xllm::training
