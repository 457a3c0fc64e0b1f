#include "media/decode/file_decoder.h"

#include <exception>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "media/decode/byte_source.h"
#include "media/decode/ffmpeg.h"
#include "media/decode/media_file.h"
#include "media/decode/picture_decoder.h"
#include "media/decode/picture_header.h"
#include "media/decode/sound_decoder.h"
#include "media/decode/video_decoder.h"

namespace xllm::media {
namespace {

// The door where exceptions stop. `open` gives a Result<ByteSource>, `work` turns the source into a Result<T>.
template <typename T, typename Open, typename Work>
Result<T> attempt(Open open, Work work, std::stop_token stop = {}) noexcept {
  try {
    static std::once_flag once;
    std::call_once(once, [] { av_log_set_level(AV_LOG_QUIET); });  // what is wrong with a file is told in a Result
    Result<ByteSource> source = open();
    if (!source) return tl::unexpected(std::move(source.error()));
    source->stopWith(std::move(stop));
    Result<T> result = work(*source);
    if (source->isStopped()) return fail(ErrorCode::Cancelled, "Reading " + source->name() + " was stopped.");
    return result;
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::OutOfMemory, "There is not enough memory to decode the picture, sound or clip.");
  } catch (const std::exception& problem) {
    return fail(ErrorCode::Internal, std::string("Decoding failed: ") + problem.what());
  }
}

// Whether it is a picture that we read; an error for one that we do not.
Result<bool> isPicture(ByteSource& source) {
  const std::vector<std::uint8_t> start = startOf(source);
  if (pictureFormatOf(start)) return true;
  if (isHeifPicture(start)) {
    return fail(ErrorCode::Unsupported,
                source.name() + " is a HEIC or AVIF picture, which is not read; save it as JPEG or PNG.");
  }
  return false;
}

// Its first frame can be had as a picture all the same.
bool isMovingGif(ByteSource& source, const DecodeLimits& limits) {
  return pictureFormatOf(startOf(source)) == PictureFormat::Gif && hasSeveralFrames(source, limits);
}

Result<MediaKind> kindOf(ByteSource& source, const DecodeLimits& limits) {
  const Result<bool> picture = isPicture(source);
  if (!picture) return tl::unexpected(picture.error());
  if (!*picture) return identifyFrom(source, limits);
  return isMovingGif(source, limits) ? MediaKind::Video : MediaKind::Picture;
}

// `read` is for a picture.
template <typename T, typename Read>
Result<T> ofPicture(ByteSource& source, const DecodeLimits& limits, Read read) {
  const Result<bool> picture = isPicture(source);
  if (!picture) return tl::unexpected(picture.error());
  const Result<MediaKind> kind = *picture ? Result<MediaKind>(MediaKind::Picture) : identifyFrom(source, limits);
  if (!kind) return tl::unexpected(kind.error());
  switch (*kind) {
    case MediaKind::Picture: return read(source, limits);
    case MediaKind::Sound: return fail(ErrorCode::BadInput, source.name() + " is a sound file, not a picture.");
    case MediaKind::Video: return fail(ErrorCode::BadInput, source.name() + " is a video, not a picture.");
  }
  return fail(ErrorCode::Internal, "Unknown kind of media.");
}

Result<AudioClip> soundOf(ByteSource& source, const std::optional<SoundSpan>& span, const DecodeLimits& limits,
                          StoredSound* stored = nullptr) {
  const Result<bool> picture = isPicture(source);
  if (!picture) return tl::unexpected(picture.error());
  if (*picture) return fail(ErrorCode::BadInput, source.name() + " is a picture, not a sound file.");
  return decodeSoundFrom(source, span, limits, stored);
}

// `read` is for what moves.
template <typename T, typename Read>
Result<T> ofClip(ByteSource& source, const DecodeLimits& limits, Read read) {
  const Result<bool> picture = isPicture(source);
  if (!picture) return tl::unexpected(picture.error());
  if (*picture && !isMovingGif(source, limits))
    return fail(ErrorCode::BadInput, source.name() + " is a picture, not a clip.");
  return read(source);
}

}  // namespace

Result<MediaKind> FileDecoder::identify(const std::filesystem::path& file) const {
  return attempt<MediaKind>([&] { return ByteSource::open(file); }, [&](ByteSource& s) { return kindOf(s, m_limits); });
}

Result<RgbImage> FileDecoder::decodePicture(const std::filesystem::path& file) const {
  return attempt<RgbImage>([&] { return ByteSource::open(file); },
                           [&](ByteSource& s) { return ofPicture<RgbImage>(s, m_limits, decodePictureFrom); });
}

Result<RgbImage> FileDecoder::decodePicture(std::span<const std::byte> bytes) const {
  return attempt<RgbImage>([&] { return ByteSource::of(bytes); },
                           [&](ByteSource& s) { return ofPicture<RgbImage>(s, m_limits, decodePictureFrom); });
}

Result<AudioClip> FileDecoder::decodeSound(const std::filesystem::path& file) const {
  return attempt<AudioClip>([&] { return ByteSource::open(file); },
                            [&](ByteSource& s) { return soundOf(s, std::nullopt, m_limits); });
}

Result<AudioClip> FileDecoder::decodeSound(std::span<const std::byte> bytes) const {
  return attempt<AudioClip>([&] { return ByteSource::of(bytes); },
                            [&](ByteSource& s) { return soundOf(s, std::nullopt, m_limits); });
}

Result<AudioClip> FileDecoder::decodeSound(const std::filesystem::path& file, const SoundSpan& span,
                                           std::stop_token stop) const {
  return attempt<AudioClip>([&] { return ByteSource::open(file); },
                            [&](ByteSource& s) { return soundOf(s, span, m_limits); }, std::move(stop));
}

Result<VideoClip> FileDecoder::decodeClip(const std::filesystem::path& file, const ClipSampling& sampling) const {
  return decodeClip(file, sampling, {});
}

Result<VideoClip> FileDecoder::decodeClip(const std::filesystem::path& file, const ClipSampling& sampling,
                                          std::stop_token stop) const {
  const auto read = [&](ByteSource& source) { return decodeClipFrom(source, sampling, m_limits); };
  return attempt<VideoClip>([&] { return ByteSource::open(file); },
                            [&](ByteSource& s) { return ofClip<VideoClip>(s, m_limits, read); }, std::move(stop));
}

Result<ClipFacts> FileDecoder::describeClip(const std::filesystem::path& file, std::stop_token stop) const {
  const auto read = [&](ByteSource& source) { return describeClipFrom(source, m_limits); };
  return attempt<ClipFacts>([&] { return ByteSource::open(file); },
                            [&](ByteSource& s) { return ofClip<ClipFacts>(s, m_limits, read); }, std::move(stop));
}

Result<void> FileDecoder::glanceAtClip(const std::filesystem::path& file, int count, const GlanceSink& sink,
                                       std::stop_token stop) const {
  const auto read = [&](ByteSource& source) { return glanceAtClipFrom(source, count, sink, m_limits); };
  return attempt<void>([&] { return ByteSource::open(file); },
                       [&](ByteSource& s) { return ofClip<void>(s, m_limits, read); }, std::move(stop));
}

Result<PictureLook> FileDecoder::lookAtPicture(const std::filesystem::path& file) const {
  return attempt<PictureLook>([&] { return ByteSource::open(file); },
                              [&](ByteSource& s) { return ofPicture<PictureLook>(s, m_limits, lookAtPictureFrom); });
}

Result<SoundLook> FileDecoder::listenTo(const std::filesystem::path& file) const {
  const auto listen = [&](ByteSource& source) -> Result<SoundLook> {
    StoredSound stored;
    auto clip = soundOf(source, std::nullopt, m_limits, &stored);
    if (!clip) return tl::unexpected(std::move(clip.error()));
    return SoundLook{std::move(*clip), stored.sampleRateHz, stored.channels, stored.promisedSeconds};
  };
  return attempt<SoundLook>([&] { return ByteSource::open(file); }, listen);
}

Result<ClipLook> FileDecoder::lookAtClip(const std::filesystem::path& file, std::stop_token stop) const {
  const auto read = [&](ByteSource& source) { return lookAtClipFrom(source, m_limits); };
  return attempt<ClipLook>([&] { return ByteSource::open(file); },
                           [&](ByteSource& s) { return ofClip<ClipLook>(s, m_limits, read); }, std::move(stop));
}

}  // namespace xllm::media
