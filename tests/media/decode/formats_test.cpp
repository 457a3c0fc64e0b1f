// Every format in which people have sounds and clips: what is read is what it was made from; and of each a broken and a
// truncated one, which give a sentence or what comes before the damage.
#include <algorithm>
#include <cmath>
#include <ctime>
#include <map>
#include <numbers>
#include <ostream>

#include <gtest/gtest.h>

#include "core/base/memory_use.h"
#include "media/decode/file_decoder.h"
#include "tests/media/clips/made_media.h"
#include "tests/media/decode/support.h"

namespace xllm::media {
namespace {

using Arguments = std::vector<std::string>;

Arguments operator+(Arguments a, const Arguments& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

struct Format {
  const char* name;
  const char* ending;
  Arguments arguments;
  int turned = 0;  // degrees, clockwise

  friend std::ostream& operator<<(std::ostream& out, const Format& format) { return out << format.name; }
};

std::string nameOf(const ::testing::TestParamInfo<Format>& test) { return test.param.name; }

// The file's bytes, made once; nothing and a reason where it cannot be made here.
struct Made {
  std::string bytes, why;
};
const Made& made(const Format& format) {
  static std::map<std::string, Made> known;
  const auto found = known.find(format.name);
  if (found != known.end()) return found->second;
  const tests::TemporaryFolder folder;
  const auto file = folder.path() / (std::string("made.") + format.ending);
  Made result;
  if (const auto why = tests::makeMedia(file, format.arguments)) {
    result.why = *why;
  } else {
    result.bytes = tests::slurp(file);
    if (format.turned != 0) tests::turnTrack(result.bytes, format.turned);
  }
  return known.emplace(format.name, std::move(result)).first->second;
}

const std::vector<Format>& sounds() {
  using tests::twoTones;
  static const std::vector<Format> all = {
      {"Mp3", "mp3", twoTones(44100, "stereo") + Arguments{"-c:a", "libmp3lame", "-b:a", "128k"}},
      {"Mp3OfVariableRate", "mp3", twoTones(22050) + Arguments{"-c:a", "libmp3lame", "-q:a", "4", "-write_xing", "0"}},
      {"Flac", "flac", twoTones(44100, "stereo") + Arguments{"-c:a", "flac"}},
      {"FlacOf24Bits", "flac", twoTones(96000) + Arguments{"-c:a", "flac", "-sample_fmt", "s32"}},
      {"OggOpus", "opus", twoTones(48000) + Arguments{"-c:a", "libopus"}},
      {"OggVorbis", "ogg", twoTones(44100, "stereo") + Arguments{"-c:a", "libvorbis"}},
      {"OggFlac", "oga", twoTones(16000) + Arguments{"-c:a", "flac"}},
      {"M4aAac", "m4a", twoTones(44100, "stereo") + Arguments{"-c:a", "aac"}},
      {"M4aAlac", "m4a", twoTones(48000) + Arguments{"-c:a", "alac"}},
      {"AdtsAac", "aac", twoTones(48000) + Arguments{"-c:a", "aac"}},
      {"Wav8000OfUnsigned8", "wav", twoTones(8000) + Arguments{"-c:a", "pcm_u8"}},
      {"Wav11025", "wav", twoTones(11025) + Arguments{"-c:a", "pcm_s16le"}},
      {"Wav22050Stereo", "wav", twoTones(22050, "stereo") + Arguments{"-c:a", "pcm_s16le"}},
      {"Wav44100Of24", "wav", twoTones(44100, "stereo") + Arguments{"-c:a", "pcm_s24le"}},
      {"Wav48000Of32", "wav", twoTones(48000) + Arguments{"-c:a", "pcm_s32le"}},
      {"Wav48000In51", "wav", twoTones(48000, "5.1") + Arguments{"-c:a", "pcm_s16le"}},
      {"Wav96000OfFloat", "wav", twoTones(96000, "stereo") + Arguments{"-c:a", "pcm_f32le"}},
      {"Wav192000OfDouble", "wav", twoTones(192000) + Arguments{"-c:a", "pcm_f64le"}},
      {"Wav12345", "wav", twoTones(12345) + Arguments{"-c:a", "pcm_s16le"}},
      {"WavALaw", "wav", twoTones(8000) + Arguments{"-c:a", "pcm_alaw"}},
      {"WavMuLaw", "wav", twoTones(8000) + Arguments{"-c:a", "pcm_mulaw"}},
      {"WavAdpcm", "wav", twoTones(22050) + Arguments{"-c:a", "adpcm_ms"}},
      {"Aiff", "aiff", twoTones(44100, "stereo") + Arguments{"-c:a", "pcm_s16be"}},
      {"Wma", "wma", twoTones(44100) + Arguments{"-c:a", "wmav2"}},
      {"MatroskaSound", "mka", twoTones(44100) + Arguments{"-c:a", "flac"}},
  };
  return all;
}

const std::vector<Format>& clips() {
  using tests::fourColours;
  const Arguments x264{"-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "12"};
  const Arguments mpeg4{"-c:v", "mpeg4", "-q:v", "2"};
  static const std::vector<Format> all = {
      {"Mp4H264", "mp4", fourColours() + x264},
      {"Mp4H264IndexInFront", "mp4", fourColours() + x264 + Arguments{"-movflags", "+faststart"}},
      {"Mp4InFragments", "mp4", fourColours() + x264 + Arguments{"-movflags", "frag_keyframe+empty_moov", "-g", "5"}},
      {"WebmVp9", "webm", fourColours() + Arguments{"-c:v", "libvpx-vp9", "-b:v", "0", "-crf", "20"}},
      {"WebmVp8", "webm", fourColours() + Arguments{"-c:v", "libvpx", "-b:v", "2M"}},
      {"MkvH264", "mkv", fourColours() + x264},
      {"MkvMjpeg", "mkv", fourColours() + Arguments{"-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", "2"}},
      {"Mov", "mov", fourColours() + x264},
      {"MovTurnedBy90", "mov", fourColours() + x264, 90},
      {"MovTurnedBy180", "mov", fourColours() + x264, 180},
      {"MovTurnedBy270", "mov", fourColours() + x264, 270},
      {"Avi", "avi", fourColours() + mpeg4},
      {"AviMjpeg", "avi", fourColours() + Arguments{"-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", "2"}},
      {"Gif", "gif", fourColours()},
      {"MpegTs", "ts", fourColours() + x264},
      {"Wmv", "wmv", fourColours() + Arguments{"-c:v", "wmv2", "-q:v", "2"}},
  };
  return all;
}

// Amplitude of `hertz` between two times, in seconds.
double amplitudeAt(const AudioClip& clip, double hertz, double from, double to) {
  const auto first = static_cast<std::size_t>(from * clip.sampleRateHz);
  const auto last = std::min(static_cast<std::size_t>(to * clip.sampleRateHz), clip.samples.size());
  double sine = 0, cosine = 0;
  for (std::size_t i = first; i < last; ++i) {
    const double phase = 2 * std::numbers::pi * hertz * static_cast<double>(i) / clip.sampleRateHz;
    sine += std::sin(phase) * static_cast<double>(clip.samples[i]);
    cosine += std::cos(phase) * static_cast<double>(clip.samples[i]);
  }
  return 2 * std::hypot(sine, cosine) / static_cast<double>(last - first);
}

class MadeSound : public ::testing::TestWithParam<Format> {};

TEST_P(MadeSound, IsTheTonesItWasMadeOf) {
  const Made& file = made(GetParam());
  if (!file.why.empty()) GTEST_SKIP() << file.why;
  const auto clip = FileDecoder().decodeSound(tests::asBytes(file.bytes));
  ASSERT_TRUE(clip) << clip.error().message;
  EXPECT_EQ(clip->sampleRateHz, 16000);
  EXPECT_NEAR(clip->seconds(), 2, 0.13);
  EXPECT_NEAR(amplitudeAt(*clip, 440, 0.2, 0.8), 0.5, 0.05);
  EXPECT_NEAR(amplitudeAt(*clip, 1000, 1.25, 1.8), 0.5, 0.05);
  EXPECT_LT(amplitudeAt(*clip, 1000, 0.2, 0.8), 0.02);
  EXPECT_LT(amplitudeAt(*clip, 440, 1.25, 1.8), 0.02);
}

INSTANTIATE_TEST_SUITE_P(Formats, MadeSound, ::testing::ValuesIn(sounds()), nameOf);

struct Rgb {
  int r, g, b;
};

// On average around a place: a GIF has its colours from dots.
::testing::AssertionResult hasColour(const RgbImage& image, int x, int y, Rgb wanted) {
  constexpr int kAround = 3;
  int sums[3] = {};
  for (int row = y - kAround; row <= y + kAround; ++row) {
    for (int column = x - kAround; column <= x + kAround; ++column) {
      for (int i = 0; i < 3; ++i)
        sums[i] += image.pixels.at(static_cast<std::size_t>((row * image.width + column) * 3 + i));
    }
  }
  constexpr int kCount = (2 * kAround + 1) * (2 * kAround + 1);
  const Rgb is{sums[0] / kCount, sums[1] / kCount, sums[2] / kCount};
  const int off = std::max({std::abs(is.r - wanted.r), std::abs(is.g - wanted.g), std::abs(is.b - wanted.b)});
  if (off <= 40) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "around (" << x << ", " << y << ") it is " << is.r << " " << is.g << " "
                                       << is.b << ", not " << wanted.r << " " << wanted.g << " " << wanted.b;
}

class MadeClip : public ::testing::TestWithParam<Format> {};

TEST_P(MadeClip, IsTheColoursItWasMadeOfInOrderAndTheRightWayUp) {
  const Made& made_ = made(GetParam());
  if (!made_.why.empty()) GTEST_SKIP() << made_.why;
  const tests::TemporaryFolder folder;
  const auto file = folder.write("clip", made_.bytes);
  for (const FileDecoder& decoder : {FileDecoder(), FileDecoder(DecodeLimits{.surveyBytes = 0})}) {
    EXPECT_EQ(decoder.identify(file), MediaKind::Video);
    const auto clip = decoder.decodeClip(file, {.frames = 4});
    ASSERT_TRUE(clip) << clip.error().message;
    ASSERT_EQ(clip->frames.size(), 4U);
    EXPECT_NEAR(clip->seconds, 2, 0.15);
    EXPECT_EQ(clip->missingSeconds, 0);
    const bool onItsSide = GetParam().turned % 180 != 0;
    const Rgb colours[] = {{200, 30, 30}, {30, 200, 30}, {30, 30, 200}, {128, 128, 128}};
    for (std::size_t i = 0; i < 4; ++i) {
      SCOPED_TRACE(i);
      const RgbImage& image = clip->frames[i].image;
      ASSERT_EQ(image.width, onItsSide ? 64 : 96);
      ASSERT_EQ(image.height, onItsSide ? 96 : 64);
      const int right = image.width - 8, bottom = image.height - 8;
      EXPECT_TRUE(hasColour(image, image.width / 2, image.height / 2, colours[i]));
      // Where the white mark of the upper left corner is, clockwise from there.
      const std::pair<int, int> corners[] = {{7, 7}, {right, 7}, {right, bottom}, {7, bottom}};
      for (int corner = 0; corner < 4; ++corner) {
        const bool marked = corner == GetParam().turned / 90;
        EXPECT_TRUE(
            hasColour(image, corners[corner].first, corners[corner].second, marked ? Rgb{255, 255, 255} : colours[i]));
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, MadeClip, ::testing::ValuesIn(clips()), nameOf);

// Frames of a clip may come at any times; a sound track begins when it says it does.
TEST(Formats, FramesAtUnevenTimesAreSeenWhenTheyAreDue) {
  // Red for half a second, green for a whole one, then blue and grey for a quarter each.
  Arguments arguments = tests::fourColours();
  for (std::string& argument : arguments) {
    const auto place = argument.find("[v]");
    if (argument.find("concat") == std::string::npos) continue;
    argument.insert(place, ",setpts=if(lt(T\\,0.5)\\,PTS\\,if(lt(T\\,1)\\,(0.5+(T-0.5)*2)/TB\\,(1.5+(T-1)/2)/TB))");
  }
  for (const char* const ending : {"mp4", "mkv", "webm"}) {
    const tests::TemporaryFolder folder;
    const auto file = folder.path() / (std::string("uneven.") + ending);
    const bool isWebm = std::string(ending) == "webm";
    const Arguments codec = isWebm ? Arguments{"-c:v", "libvpx-vp9", "-b:v", "0", "-crf", "20"}
                                   : Arguments{"-c:v", "libx264", "-pix_fmt", "yuv420p"};
    if (const auto why =
            tests::makeMedia(file, arguments + codec + Arguments{"-fps_mode", "vfr", "-enc_time_base", "1:1000"}))
      GTEST_SKIP() << *why;
    for (const FileDecoder& decoder : {FileDecoder(), FileDecoder(DecodeLimits{.surveyBytes = 0})}) {
      const auto clip = decoder.decodeClip(file, {.frames = 8});  // in the middles of quarters of a second
      ASSERT_TRUE(clip) << clip.error().message;
      EXPECT_NEAR(clip->seconds, 2, 0.15);
      const Rgb red{200, 30, 30}, green{30, 200, 30}, blue{30, 30, 200}, grey{128, 128, 128};
      const Rgb wanted[] = {red, red, green, green, green, green, blue, grey};
      for (std::size_t i = 0; i < 8; ++i)
        EXPECT_TRUE(hasColour(clip->frames[i].image, 48, 32, wanted[i])) << ending << " " << i;
    }
  }
}

// A tone that begins with the third colour is heard from there on.
class SoundingClip : public ::testing::TestWithParam<Format> {};

TEST_P(SoundingClip, HasItsSoundAtTheRightTime) {
  const Made& made_ = made(GetParam());
  if (!made_.why.empty()) GTEST_SKIP() << made_.why;
  const tests::TemporaryFolder folder;
  const auto file = folder.write("clip", made_.bytes);
  const FileDecoder decoder;
  const auto facts = decoder.describeClip(file);
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_TRUE(facts->hasSound);
  const auto sound = decoder.decodeSound(file, SoundSpan{}, {});
  ASSERT_TRUE(sound) << sound.error().message;
  EXPECT_NEAR(sound->seconds(), 2, 0.15);
  EXPECT_LT(amplitudeAt(*sound, 700, 0.1, 0.9), 0.02);
  EXPECT_NEAR(amplitudeAt(*sound, 700, 1.15, 1.85), 0.5, 0.06);
  // The sound of a part of it, as of the frames of that part.
  const auto part = decoder.decodeSound(file, {.startSeconds = 0.75, .endSeconds = 1.25}, {});
  ASSERT_TRUE(part) << part.error().message;
  EXPECT_NEAR(part->seconds(), 0.5, 0.06);
  EXPECT_LT(amplitudeAt(*part, 700, 0.02, 0.18), 0.05);
  EXPECT_GT(amplitudeAt(*part, 700, 0.32, 0.48), 0.35);
}

std::vector<Format> soundingClips() {
  const Arguments colours =
      tests::fourColours({"-f", "lavfi", "-i", "aevalsrc=0.5*sin(2*PI*t*700)*gte(t\\,1):d=2:s=44100"}) +
      Arguments{"-map", "4:a"};
  const Arguments x264{"-c:v", "libx264", "-pix_fmt", "yuv420p"};
  return {{"Mp4Aac", "mp4", colours + x264 + Arguments{"-c:a", "aac"}},
          {"WebmOpus", "webm", colours + Arguments{"-c:v", "libvpx-vp9", "-b:v", "0", "-crf", "30", "-c:a", "libopus"}},
          {"MkvFlac", "mkv", colours + x264 + Arguments{"-c:a", "flac"}},
          {"MkvVorbis", "mkv", colours + x264 + Arguments{"-c:a", "libvorbis"}},
          {"AviMp3", "avi", colours + Arguments{"-c:v", "mpeg4", "-c:a", "libmp3lame"}},
          {"MovPcm", "mov", colours + x264 + Arguments{"-c:a", "pcm_s16le"}}};
}

INSTANTIATE_TEST_SUITE_P(Formats, SoundingClip, ::testing::ValuesIn(soundingClips()), nameOf);

class Damaged : public ::testing::TestWithParam<Format> {};

void expectSentence(const Error& error) {
  EXPECT_NE(error.code, ErrorCode::Internal) << error.message;
  EXPECT_NE(error.code, ErrorCode::OutOfMemory) << error.message;
  ASSERT_FALSE(error.message.empty());
  EXPECT_EQ(error.message.back(), '.') << error.message;
}

// Everything that the program asks of a file. Whatever comes back is whole.
void readAll(const std::filesystem::path& file) {
  for (const std::int64_t surveyBytes : {std::int64_t{0}, std::int64_t{1} << 20}) {
    const FileDecoder decoder(
        {.pixels = 4'000'000, .seconds = 60, .surveyBytes = surveyBytes, .clipPixels = 40'000'000});
    if (const auto kind = decoder.identify(file); !kind) expectSentence(kind.error());
    if (const auto facts = decoder.describeClip(file); !facts) expectSentence(facts.error());
    (void)decoder.glanceAtClip(file, 4, [](int, RgbImage) { return true; }, {});
    if (const auto sound = decoder.decodeSound(file); !sound) {
      expectSentence(sound.error());
    } else {
      EXPECT_LE(sound->seconds(), 61);
      EXPECT_TRUE(std::ranges::all_of(sound->samples, [](float sample) { return sample >= -1 && sample <= 1; }));
    }
    const auto clip = decoder.decodeClip(file, {.frames = 4});
    if (!clip) {
      expectSentence(clip.error());
      continue;
    }
    EXPECT_FALSE(clip->frames.empty());
    for (const auto& frame : clip->frames) {
      EXPECT_EQ(frame.image.pixels.size(),
                static_cast<std::size_t>(frame.image.width) * static_cast<std::size_t>(frame.image.height) * 3);
    }
  }
}

TEST_P(Damaged, FilesGiveASentenceOrWhatComesBeforeTheDamage) {
  const Made& file = made(GetParam());
  if (!file.why.empty()) GTEST_SKIP() << file.why;
  const std::clock_t start = std::clock();
  static const std::int64_t atFirst = peakMemoryBytes();  // all cases run in one process
  const tests::TemporaryFolder folder;
  const std::size_t size = file.bytes.size();
  // Cut at several places: nothing, the head alone, …, all but the last byte.
  for (const std::size_t kept : {std::size_t{0}, std::size_t{1}, std::size_t{16}, std::size_t{64}, size / 10, size / 3,
                                 size * 6 / 10, size * 9 / 10, size - 1}) {
    SCOPED_TRACE("the first " + std::to_string(kept) + " bytes of " + std::to_string(size));
    readAll(folder.write("cut", file.bytes.substr(0, std::min(kept, size))));
  }
  // Bytes that were turned over, a few in the head and some anywhere, another place each time.
  for (std::size_t round = 0; round < 12; ++round) {
    std::string flipped = file.bytes;
    for (std::size_t i = 0; i < 1 + round; ++i) {
      const std::size_t at =
          (i % 2 == 0 ? (round * 31 + i * 17) % std::min<std::size_t>(size, 512) : (round * 7919 + i * 104729) % size);
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << (round % 8)));
    }
    SCOPED_TRACE("flipped, round " + std::to_string(round));
    readAll(folder.write("flipped", flipped));
  }
  // Under the name of something else it is what it is.
  const FileDecoder decoder;
  EXPECT_EQ(decoder.identify(folder.write("a.png", file.bytes)).value(),
            decoder.identify(folder.write("b", file.bytes)).value());
  // Of the processor: the machine may have other things to do.
  EXPECT_LT(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC, 20);
  EXPECT_LT(peakMemoryBytes() - atFirst, std::int64_t{400} << 20);
}

INSTANTIATE_TEST_SUITE_P(Sounds, Damaged, ::testing::ValuesIn(sounds()), nameOf);
INSTANTIATE_TEST_SUITE_P(Clips, Damaged, ::testing::ValuesIn(clips()), nameOf);
INSTANTIATE_TEST_SUITE_P(SoundingClips, Damaged, ::testing::ValuesIn(soundingClips()), nameOf);

}  // namespace
}  // namespace xllm::media
