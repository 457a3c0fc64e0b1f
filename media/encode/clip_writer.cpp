#include "media/encode/clip_writer.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "media/encode/track.h"

namespace xllm::media {
namespace {

constexpr int kTicks = 1000;        // a second: MPEG-4 counts up to 65535
constexpr int kKeyFrameEvery = 15;  // frames, so that a look at a place in it decodes little
constexpr int kQuality = 4;         // 2 … 31, lower is better; here a still of it is worth looking at
constexpr std::int64_t kSoundBits = 96'000;
constexpr int kLeastSide = 16, kMostSide = 4096;
constexpr int kLowestRateHz = 8000, kHighestRateHz = 96'000;
constexpr double kMostSeconds = 3600;

Result<CodecHandle> pictureEncoder(const ClipSettings& settings) {
  auto encoder = Track::encoderOf(AV_CODEC_ID_MPEG4);
  if (!encoder) return encoder;
  AVCodecContext& to = **encoder;
  to.width = settings.width / 2 * 2;
  to.height = settings.height / 2 * 2;
  to.pix_fmt = AV_PIX_FMT_YUV420P;
  to.time_base = {1, kTicks};
  to.gop_size = kKeyFrameEvery;
  to.max_b_frames = 0;
  to.flags |= AV_CODEC_FLAG_QSCALE;
  to.global_quality = kQuality * FF_QP2LAMBDA;
  to.color_range = AVCOL_RANGE_MPEG;
  to.colorspace = AVCOL_SPC_SMPTE170M;
  to.color_primaries = AVCOL_PRI_SMPTE170M;
  to.color_trc = AVCOL_TRC_SMPTE170M;
  return encoder;
}

Result<CodecHandle> soundEncoder(const ClipSettings& settings) {
  auto encoder = Track::encoderOf(AV_CODEC_ID_AAC);
  if (!encoder) return encoder;
  (*encoder)->sample_fmt = AV_SAMPLE_FMT_FLTP;
  (*encoder)->sample_rate = settings.soundRateHz;
  (*encoder)->time_base = {1, settings.soundRateHz};
  (*encoder)->ch_layout = AV_CHANNEL_LAYOUT_MONO;
  (*encoder)->bit_rate = kSoundBits;
  return encoder;
}

}  // namespace

struct ClipWriter::File {
  std::filesystem::path target, part;
  ClipSettings settings;
  OutputHandle output;
  std::optional<Track> pictures, sound;
  ScalerHandle scaler;  // from frames of `from`
  int fromWidth = 0, fromHeight = 0;
  std::int64_t lastTime = -1;                     // in ticks
  std::vector<float> waiting;                     // sound that does not fill a packet yet
  std::int64_t soundTaken = 0, soundWritten = 0;  // samples

  ~File() {
    if (!output || output->pb == nullptr) return;
    avio_closep(&output->pb);
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
  }

  Result<void> open() {
    auto made = newOutput("mp4");
    if (!made) return tl::unexpected(std::move(made.error()));
    output = std::move(*made);
    if (auto added = add(pictureEncoder(settings), pictures); !added) return added;
    if (settings.soundRateHz > 0) {
      if (auto added = add(soundEncoder(settings), sound); !added) return added;
    }
    const std::u8string name = part.u8string();
    // "file:", so that no part of a name is taken for a protocol.
    const std::string url = "file:" + std::string(name.begin(), name.end());
    int status = avio_open(&output->pb, url.c_str(), AVIO_FLAG_WRITE);
    if (status >= 0) status = avformat_write_header(output.get(), nullptr);
    if (status < 0) return notWritten(status);
    return {};
  }

  Result<void> add(Result<CodecHandle> encoder, std::optional<Track>& to) {
    if (!encoder) return tl::unexpected(std::move(encoder.error()));
    auto track = Track::add(*output, std::move(*encoder));
    if (!track) return tl::unexpected(std::move(track.error()));
    to = std::move(*track);
    return {};
  }

  Result<void> addFrame(const RgbImage& image, double seconds) {
    if (image.width < 1 || image.height < 1 || image.width > kMostSide || image.height > kMostSide ||
        image.pixels.size() != static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) * 3) {
      return fail(ErrorCode::BadInput, "A picture of " + std::to_string(image.width) + " × " +
                                           std::to_string(image.height) + " pixels does not fit into a clip.");
    }
    if (!(seconds <= settings.mostSeconds)) return {};
    const auto time = static_cast<std::int64_t>(std::llround(std::max(seconds, 0.0) * kTicks));
    if (time <= lastTime) return {};
    const FrameHandle frame = scaled(image);
    frame->pts = lastTime = time;
    return pictures->encode(*frame);
  }

  FrameHandle scaled(const RgbImage& image) {
    FrameHandle frame(orNoMemory(av_frame_alloc()));
    frame->width = pictures->encoder().width;
    frame->height = pictures->encoder().height;
    frame->format = AV_PIX_FMT_YUV420P;
    frame->quality = pictures->encoder().global_quality;
    if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
    if (!scaler || image.width != fromWidth || image.height != fromHeight) {
      fromWidth = image.width;
      fromHeight = image.height;
      scaler.reset(orNoMemory(sws_getContext(image.width, image.height, AV_PIX_FMT_RGB24, frame->width, frame->height,
                                             AV_PIX_FMT_YUV420P, SWS_BILINEAR, nullptr, nullptr, nullptr)));
      const int* const coefficients = sws_getCoefficients(SWS_CS_SMPTE170M);
      sws_setColorspaceDetails(scaler.get(), coefficients, 1, coefficients, 0, 0, 1 << 16, 1 << 16);
    }
    const std::uint8_t* const planes[4] = {image.pixels.data(), nullptr, nullptr, nullptr};
    const int strides[4] = {image.width * 3, 0, 0, 0};
    sws_scale(scaler.get(), planes, strides, 0, image.height, frame->data, frame->linesize);
    return frame;
  }

  Result<void> addSound(std::span<const float> samples) {
    if (!sound) return {};
    const auto most = static_cast<std::int64_t>(settings.mostSeconds * settings.soundRateHz);
    const auto room = static_cast<std::size_t>(std::max<std::int64_t>(most - soundTaken, 0));
    samples = samples.first(std::min(samples.size(), room));
    soundTaken += static_cast<std::int64_t>(samples.size());
    const auto each = static_cast<std::size_t>(sound->encoder().frame_size);
    while (!samples.empty()) {
      const auto taken = samples.first(std::min(samples.size(), each - waiting.size()));
      waiting.insert(waiting.end(), taken.begin(), taken.end());
      samples = samples.subspan(taken.size());
      if (waiting.size() < each) break;
      if (auto written = writeSound(); !written) return written;
    }
    return {};
  }

  Result<void> writeSound() {
    if (waiting.empty()) return {};
    const FrameHandle frame = newSoundFrame(sound->encoder(), static_cast<int>(waiting.size()));
    frame->pts = soundWritten;
    fill(*frame, waiting);
    soundWritten += static_cast<std::int64_t>(waiting.size());
    waiting.clear();
    return sound->encode(*frame);
  }

  Result<void> finish(double seconds) {
    if (lastTime < 0) return fail(ErrorCode::BadInput, "The clip has no picture in it.");
    const auto end = static_cast<std::int64_t>(std::clamp(seconds, 0.0, settings.mostSeconds) * kTicks);
    if (auto done = pictures->finish(end); !done) return done;
    if (sound) {
      if (auto written = writeSound(); !written) return written;
      if (auto done = sound->finish(soundWritten); !done) return done;
    }
    int status = av_write_trailer(output.get());
    const int closed = avio_closep(&output->pb);  // from here on the destructor removes nothing
    if (status >= 0) status = closed;
    std::error_code problem;
    if (status >= 0) std::filesystem::rename(part, target, problem);
    if (status >= 0 && !problem) return {};
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
    return notWritten(status < 0 ? status : AVERROR(problem.value()));
  }
};

namespace {

template <typename Work>
Result<void> inMemory(Work work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::OutOfMemory, "There was not enough memory to go on with the clip.");
  }
}

}  // namespace

ClipWriter::ClipWriter(std::unique_ptr<File> file) : m_file(std::move(file)) {}
ClipWriter::~ClipWriter() = default;
ClipWriter::ClipWriter(ClipWriter&&) noexcept = default;
ClipWriter& ClipWriter::operator=(ClipWriter&&) noexcept = default;

Result<ClipWriter> ClipWriter::open(const std::filesystem::path& file, const ClipSettings& settings) {
  const auto fits = [](int side) { return side >= kLeastSide && side <= kMostSide; };
  const bool soundFits =
      settings.soundRateHz == 0 || (settings.soundRateHz >= kLowestRateHz && settings.soundRateHz <= kHighestRateHz);
  if (!fits(settings.width) || !fits(settings.height) || !soundFits || !(settings.mostSeconds > 0) ||
      settings.mostSeconds > kMostSeconds) {
    return fail(ErrorCode::BadInput, "A clip of " + std::to_string(settings.width) + " × " +
                                         std::to_string(settings.height) + " pixels with sound at " +
                                         std::to_string(settings.soundRateHz) + " Hz cannot be recorded.");
  }
  auto made = std::make_unique<File>();
  made->target = made->part = file;
  made->part += ".part";
  made->settings = settings;
  if (auto opened = inMemory([&] { return made->open(); }); !opened) return tl::unexpected(std::move(opened.error()));
  return ClipWriter(std::move(made));
}

Result<void> ClipWriter::addFrame(const RgbImage& image, double seconds) {
  return inMemory([&] { return m_file->addFrame(image, seconds); });
}

Result<void> ClipWriter::addSound(std::span<const float> samples) {
  return inMemory([&] { return m_file->addSound(samples); });
}

Result<void> ClipWriter::finish(double seconds) {
  return inMemory([&] { return m_file->finish(seconds); });
}

}  // namespace xllm::media
