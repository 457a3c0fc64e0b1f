// Files that are damaged, lie about themselves, or are something else: each is refused with a sentence, none is
// trusted.
#include <gtest/gtest.h>

#include "media/decode/file_decoder.h"
#include "tests/media/decode/support.h"

namespace xllm::media {
namespace {

using tests::data;

template <typename T>
void expectRefusal(const Result<T>& result, ErrorCode code, const std::string& words) {
  ASSERT_FALSE(result) << "was accepted; expected: " << words;
  EXPECT_EQ(toString(result.error().code), toString(code)) << result.error().message;
  EXPECT_NE(result.error().message.find(words), std::string::npos) << result.error().message;
  EXPECT_EQ(result.error().message.back(), '.') << result.error().message;
}

std::string big32(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

Result<RgbImage> picture(const std::string& bytes) { return FileDecoder().decodePicture(tests::asBytes(bytes)); }
Result<AudioClip> sound(const std::string& bytes) { return FileDecoder().decodeSound(tests::asBytes(bytes)); }
std::string format(const char* name) { return tests::slurp(data("formats") / name); }

TEST(HostileFiles, MissingFilesFoldersAndEmptyFilesAreNamed) {
  const FileDecoder decoder;
  const tests::TemporaryFolder folder;
  expectRefusal(decoder.decodePicture("/nowhere/cat.jpg"), ErrorCode::NotFound, "/nowhere/cat.jpg");
  expectRefusal(decoder.decodeSound("/nowhere/cat.wav"), ErrorCode::NotFound, "/nowhere/cat.wav");
  expectRefusal(decoder.identify("/nowhere/cat"), ErrorCode::NotFound, "/nowhere/cat");
  expectRefusal(decoder.decodePicture(folder.path()), ErrorCode::BadInput, "is a folder");
  expectRefusal(decoder.identify(folder.path()), ErrorCode::BadInput, "is a folder");
  expectRefusal(decoder.identify("/dev/zero"), ErrorCode::BadInput, "not an ordinary file");
  expectRefusal(decoder.decodePicture(folder.write("empty.jpg", "")), ErrorCode::BadInput, "is empty");
  expectRefusal(decoder.decodeSound(folder.write("empty.wav", "")), ErrorCode::BadInput, "is empty");
  expectRefusal(decoder.decodePicture(std::span<const std::byte>()), ErrorCode::BadInput, "is empty");
}

TEST(HostileFiles, OtherKindsOfFilesAreNamed) {
  const tests::TemporaryFolder folder;
  const FileDecoder decoder;
  std::string text;
  for (int i = 0; i < 200; ++i) text += "This is a text that somebody renamed. ";
  expectRefusal(decoder.decodePicture(folder.write("text.jpg", text)), ErrorCode::BadInput, "is not a picture");
  expectRefusal(decoder.decodeSound(folder.write("text.mp3", text)), ErrorCode::BadInput, "is not a picture, sound");
  expectRefusal(decoder.identify(folder.write("short.png", "x")), ErrorCode::BadInput, "is not a picture, sound");
  expectRefusal(decoder.decodePicture(data("formats/tone.wav")), ErrorCode::BadInput, "is a sound file");
  expectRefusal(decoder.decodePicture(data("formats/clip.mp4")), ErrorCode::BadInput, "is a video");
  expectRefusal(decoder.decodeSound(data("formats/quadrants.png")), ErrorCode::BadInput, "is a picture");
  expectRefusal(decoder.decodeSound(data("formats/mute.mp4")), ErrorCode::BadInput, "has no sound");
  expectRefusal(decoder.decodeSound(data("formats/no-samples.wav")), ErrorCode::BadInput, "no sound");
  expectRefusal(decoder.decodePicture(data("formats/animated.webp")), ErrorCode::Unsupported, "animated");
  const std::string heic = std::string("\0\0\0\x18", 4) + "ftypheic" + std::string("\0\0\0\0mif1heic", 12);
  expectRefusal(picture(heic), ErrorCode::Unsupported, "HEIC");
}

TEST(HostileFiles, PicturesThatSayTheyAreHugeAreRefusedBeforeDecoding) {
  std::string png = format("quadrants.png");
  png.replace(16, 8, big32(100'000) + big32(100'000));
  expectRefusal(picture(png), ErrorCode::BadInput, "100000 × 100000 pixels");
  png.replace(16, 8, big32(0xFFFFFFFF) + big32(0xFFFFFFFF));
  expectRefusal(picture(png), ErrorCode::BadInput, "too large");

  std::string jpeg = format("quadrants.jpg");
  const std::size_t frame = jpeg.find("\xFF\xC0");
  ASSERT_NE(frame, std::string::npos);
  jpeg.replace(frame + 5, 4, "\xFF\xFF\xFF\xFF");
  expectRefusal(picture(jpeg), ErrorCode::BadInput, "65535 × 65535");

  std::string gif = format("animated.gif");
  gif.replace(6, 4, "\xFF\xFF\xFF\xFF");
  expectRefusal(picture(gif), ErrorCode::BadInput, "65535 × 65535");

  std::string bmp = format("quadrants.bmp");
  bmp.replace(18, 8, std::string("\0\0\1\0\0\0\1\0", 8));
  expectRefusal(picture(bmp), ErrorCode::BadInput, "65536 × 65536");
}

// The header that is asked first says 24 × 16; the bytes the decoder believes say otherwise.
TEST(HostileFiles, ADecoderIsHeldToTheLimitToo) {
  std::string jpeg = format("quadrants.jpg");
  std::string second = jpeg;
  const std::size_t frame = second.find("\xFF\xC0");
  second.replace(frame + 5, 4, "\xFF\xFF\xFF\xFF");
  const std::size_t length = static_cast<unsigned char>(jpeg[frame + 3]) + 2U;
  jpeg.insert(frame, second.substr(frame, length));  // two frame headers: huge, then small
  const auto image = picture(jpeg);
  ASSERT_FALSE(image);
  EXPECT_TRUE(image.error().code == ErrorCode::CorruptFile || image.error().code == ErrorCode::BadInput);
}

TEST(HostileFiles, LimitsAreThoseGiven) {
  const DecodeLimits limits{.pixels = 383, .seconds = 0.2, .pictureBytes = 1 << 20, .soundBytes = 1 << 20};
  const FileDecoder decoder(limits);
  expectRefusal(decoder.decodePicture(data("formats/quadrants.png")), ErrorCode::BadInput, "24 × 16");
  expectRefusal(decoder.decodeSound(data("formats/tone.wav")), ErrorCode::BadInput, "is longer than");
  expectRefusal(decoder.decodeSound(data("formats/tone.aac")), ErrorCode::BadInput,
                "is longer than");  // says no length
  const FileDecoder tight(DecodeLimits{.pictureBytes = 100, .soundBytes = 1000});
  expectRefusal(tight.decodePicture(data("formats/quadrants.png")), ErrorCode::BadInput, "too large");
  expectRefusal(tight.decodeSound(data("formats/tone.wav")), ErrorCode::BadInput, "too large");
  EXPECT_TRUE(FileDecoder(DecodeLimits{.pixels = 384}).decodePicture(data("formats/quadrants.png")));
}

TEST(HostileFiles, CutOffPicturesAreDamaged) {
  // What follows the pixels of these may be missing without harm: a second frame, tags nobody needs.
  expectRefusal(picture(format("animated.gif").substr(0, 50)), ErrorCode::CorruptFile, "damaged or cut off");
  expectRefusal(picture(format("quadrants.tif").substr(0, 100)), ErrorCode::CorruptFile, "damaged or cut off");
  for (const char* const name : {"formats/quadrants.png", "formats/quadrants.jpg", "formats/progressive.jpg",
                                 "formats/quadrants.webp", "formats/lossy.webp", "formats/quadrants.bmp", "cat.jpg"}) {
    const std::string whole = tests::slurp(data(name));
    for (const double part : {0.3, 0.6, 0.9}) {
      SCOPED_TRACE(name);
      const auto image = picture(whole.substr(0, static_cast<std::size_t>(static_cast<double>(whole.size()) * part)));
      expectRefusal(image, ErrorCode::CorruptFile, "damaged or cut off");
    }
  }
}

TEST(HostileFiles, CutOffSoundsAreDamaged) {
  // One that says its length in front, and one that keeps its index at the end.
  const std::string flac = tests::slurp(data("tt-monkeysintro.flac"));
  expectRefusal(sound(flac.substr(0, flac.size() / 2)), ErrorCode::CorruptFile, "damaged or cut off");
  const std::string m4a = format("tone.m4a");
  expectRefusal(sound(m4a.substr(0, m4a.size() / 2)), ErrorCode::CorruptFile, "damaged or cut off");
}

// Programs that write into a pipe cannot go back to fill in the length.
TEST(HostileFiles, AWaveFileOfUnknownLengthIsRead) {
  std::string wav = format("tone.wav");
  const std::size_t chunk = wav.find("data");
  ASSERT_NE(chunk, std::string::npos);
  for (const char* const length : {"\xFF\xFF\xFF\xFF", "\xFF\xFF\xFF\x7F"}) {
    wav.replace(chunk + 4, 4, length, 4);
    const auto clip = sound(wav);
    ASSERT_TRUE(clip) << clip.error().message;
    EXPECT_NEAR(clip->seconds(), 0.25, 0.001);
  }
}

TEST(HostileFiles, AbsurdSampleRatesTakeNoMemory) {
  std::string wav = format("tone.wav");
  const std::size_t chunk = wav.find("fmt ");
  ASSERT_NE(chunk, std::string::npos);
  wav.replace(chunk + 12, 4, std::string("\1\0\0\0", 4));  // 1 Hz: 11025 samples would become 49 hours
  EXPECT_FALSE(sound(wav));
  wav.replace(chunk + 12, 4, "\xFF\xFF\xFF\x7F");
  EXPECT_FALSE(sound(wav));
}

TEST(HostileFiles, PlaylistsOpenNothing) {
  const tests::TemporaryFolder folder;
  const FileDecoder decoder;
  const std::string tone = data("formats/tone.wav").string();
  folder.write("part.wav", format("tone.wav"));
  const std::string hls = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n" + tone + "\n#EXT-X-ENDLIST\n";
  const std::string concat = "ffconcat version 1.0\nfile part.wav\n";
  const std::string sdp = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n";
  const std::string dash =
      "<?xml version=\"1.0\"?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\"></MPD>\n";
  for (const std::string& list : {hls, concat, sdp, dash}) {
    for (const char* const name : {"list.m3u8", "list.wav", "list.sdp"}) {
      const auto path = folder.write(name, list);
      expectRefusal(decoder.decodeSound(path), ErrorCode::BadInput, "not a picture, sound or video file");
      expectRefusal(decoder.identify(path), ErrorCode::BadInput, "not a picture, sound or video file");
    }
  }
}

// Every byte of small files changed in turn: any answer will do, as long as there is one (sanitizers watch).
TEST(HostileFiles, DamagedBytesNeverCrash) {
  for (const char* const name : {"quadrants.png", "quadrants.jpg", "quadrants.webp", "lossy.webp", "quadrants.bmp",
                                 "quadrants.tif", "animated.gif"}) {
    const std::string whole = format(name);
    for (std::size_t at = 0; at < whole.size(); ++at) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ 0xFF);
      const auto image = FileDecoder(DecodeLimits{.pixels = 1'000'000}).decodePicture(tests::asBytes(damaged));
      if (image) {
        EXPECT_EQ(image->pixels.size(),
                  static_cast<std::size_t>(image->width) * static_cast<std::size_t>(image->height) * 3);
      } else {
        EXPECT_NE(image.error().code, ErrorCode::Internal) << image.error().message;
      }
    }
  }
  for (const char* const name : {"tone.mp3", "tone.m4a", "tone.ogg", "clip.webm"}) {
    const std::string whole = format(name);
    for (std::size_t at = 0; at < whole.size(); at += 97) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ 0xFF);
      const auto clip = FileDecoder(DecodeLimits{.seconds = 10}).decodeSound(tests::asBytes(damaged));
      if (!clip) {
        EXPECT_NE(clip.error().code, ErrorCode::Internal) << clip.error().message;
      }
    }
  }
}

}  // namespace
}  // namespace xllm::media
