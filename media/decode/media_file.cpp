#include "media/decode/media_file.h"

#include <algorithm>
#include <string>
#include <vector>

namespace xllm::media {
namespace {

constexpr int kMostStreams = 64;
constexpr std::int64_t kSmallBytes = 1 << 20;
constexpr std::size_t kBufferBytes = 64 * 1024;

// Containers and raw streams of one self-contained file each. Playlists, image sequences and everything else that makes
// FFmpeg open further files or addresses (hls, dash, concat, image2, sdp, …) is not here on purpose.
constexpr const char* kFormats =
    "wav,w64,gif,mp3,flac,ogg,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,aac,aiff,au,caf,asf,avi,amr,ape,wv,tta,mpeg,mpegts,"
    "flv,"
    "ac3,"
    "eac3,dts,mpc,mpc8,oma,tak,voc,loas";

int readBytes(void* opaque, std::uint8_t* to, int size) {
  auto& source = *static_cast<ByteSource*>(opaque);
  const std::size_t read = source.read({to, static_cast<std::size_t>(std::max(size, 0))});
  return read > 0 ? static_cast<int>(read) : AVERROR_EOF;
}

std::int64_t seekBytes(void* opaque, std::int64_t offset, int whence) {
  auto& source = *static_cast<ByteSource*>(opaque);
  switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE: return source.size();
    case SEEK_SET: break;
    case SEEK_CUR: offset += source.position(); break;
    case SEEK_END: offset += source.size(); break;
    default: return AVERROR(EINVAL);
  }
  if (offset < 0) return AVERROR(EINVAL);
  source.seek(offset);
  return offset;
}

// Second lock on the door: whatever a demuxer asks for beside its own bytes is refused.
int refuseToOpen(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) { return AVERROR(EPERM); }

tl::unexpected<Error> unknownKind(const ByteSource& source) {
  return fail(ErrorCode::BadInput,
              source.name() + " is not a picture, sound or video file of a kind that can be read.");
}

bool isAllowed(const AVInputFormat& format) {
  // `name` may itself be a list, such as "mov,mp4,m4a,3gp,3g2,mj2".
  return av_match_list(format.name, kFormats, ',') != 0;
}

// Lets FFmpeg look at the streams, without letting it take memory for a video frame of any size.
int findStreams(AVFormatContext& input, const DecodeLimits& limits) {
  std::vector<AVDictionary*> options(input.nb_streams, nullptr);
  for (AVDictionary*& option : options) {
    av_dict_set_int(&option, "max_pixels", limits.pixels, 0);
    av_dict_set_int(&option, "threads", 1, 0);
  }
  const int status = avformat_find_stream_info(&input, options.data());
  for (AVDictionary*& option : options) av_dict_free(&option);
  return status;
}

}  // namespace

tl::unexpected<Error> damagedMedia(const ByteSource& source, int error) {
  // FFmpeg says so of some heads that are cut off, too; a small file takes no memory.
  if (error == AVERROR(ENOMEM) && source.size() > kSmallBytes) throw std::bad_alloc();
  if (error == AVERROR(ENOMEM)) error = AVERROR_INVALIDDATA;
  return fail(ErrorCode::CorruptFile,
              source.name() + " is damaged or cut off and cannot be played (" + ffmpegText(error) + ").");
}

Result<MediaFile> openMedia(ByteSource& source, const DecodeLimits& limits) {
  if (source.size() > limits.clipBytes) {
    return fail(ErrorCode::BadInput, source.name() + " is too large: it has " +
                                         std::to_string(source.size() / 1'000'000) + " million bytes, and at most " +
                                         std::to_string(limits.clipBytes / 1'000'000) + " million are read.");
  }
  MediaFile file;
  auto* const buffer = static_cast<unsigned char*>(orNoMemory(av_malloc(kBufferBytes)));
  file.io.reset(avio_alloc_context(buffer, static_cast<int>(kBufferBytes), 0, &source, readBytes, nullptr, seekBytes));
  if (!file.io) {
    av_free(buffer);
    throw std::bad_alloc();
  }
  source.seek(0);
  const AVInputFormat* format = nullptr;
  // Below 5, FFmpeg is guessing.
  const int score = av_probe_input_buffer2(file.io.get(), &format, "", nullptr, 0, 0);
  if (score < 5 || format == nullptr || !isAllowed(*format)) return unknownKind(source);

  AVFormatContext* input = orNoMemory(avformat_alloc_context());
  input->pb = file.io.get();
  input->flags |= AVFMT_FLAG_CUSTOM_IO;
  input->io_open = refuseToOpen;
  input->max_streams = kMostStreams;
  input->format_whitelist = orNoMemory(av_strdup(kFormats));
  input->protocol_whitelist = orNoMemory(av_strdup("none"));
  int status = avformat_open_input(&input, "", format, nullptr);  // frees `input` when it fails
  if (status < 0) return damagedMedia(source, status);
  file.input.reset(input);
  status = findStreams(*input, limits);
  if (status < 0) return damagedMedia(source, status);
  return file;
}

const AVStream* videoIn(const AVFormatContext& input) {
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    const AVStream* const stream = input.streams[i];
    const bool isCover = (stream->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
    if (stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !isCover) return stream;
  }
  return nullptr;
}

bool hasSeveralFrames(ByteSource& source, const DecodeLimits& limits) {
  const auto file = openMedia(source, limits);
  if (!file) return false;
  const AVStream* const stream = videoIn(*file->input);
  const PacketHandle packet(orNoMemory(av_packet_alloc()));
  int frames = 0;
  for (; stream != nullptr && frames < 2 && av_read_frame(file->input.get(), packet.get()) >= 0;
       av_packet_unref(packet.get())) {
    frames += packet->stream_index == stream->index ? 1 : 0;
  }
  return frames > 1;
}

Result<MediaKind> identifyFrom(ByteSource& source, const DecodeLimits& limits) {
  auto file = openMedia(source, limits);
  if (!file) return tl::unexpected(std::move(file.error()));
  if (videoIn(*file->input) != nullptr) return MediaKind::Video;
  if (av_find_best_stream(file->input.get(), AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0) >= 0) return MediaKind::Sound;
  return unknownKind(source);
}

}  // namespace xllm::media
