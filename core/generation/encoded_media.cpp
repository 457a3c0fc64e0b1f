#include "core/generation/encoded_media.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>

#include <ATen/ATen.h>

namespace xllm::generation {

namespace {

constexpr std::size_t kRememberedMedia = 256;
constexpr std::int64_t kRememberedBytes = std::int64_t{128} << 20;
constexpr std::size_t kRememberedSounds = 1024;
constexpr double kSpokenTokensPerSecond = 4;  // of a recording that nobody listened to yet; rather too many

std::shared_ptr<const void> ownerOf(const Part& medium) {
  if (const auto* picture = std::get_if<Picture>(&medium)) return *picture;
  if (const auto* clip = std::get_if<Clip>(&medium)) return *clip;
  return std::get<Sound>(medium);
}

bool isOwner(const std::weak_ptr<const void>& owner, const std::shared_ptr<const void>& medium) {
  return !owner.owner_before(medium) && !medium.owner_before(owner);
}

template <typename T>
void mix(ContentHash& hash, std::span<const T> numbers) {
  const auto bytes = std::as_bytes(numbers);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::hash<std::string_view> of;
  // Of the two halves, each with all that came before: a multiplication by an odd number loses nothing.
  hash.first = hash.first * 0x9E3779B97F4A7C15U + of(text.substr(0, text.size() / 2));
  hash.second = hash.second * 0x9E3779B97F4A7C15U + of(text.substr(text.size() / 2)) + hash.first;
}

void mix(ContentHash& hash, const RgbImage& image) {
  const std::array<int, 2> size{image.width, image.height};
  mix(hash, std::span<const int>(size));
  mix(hash, std::span<const std::uint8_t>(image.pixels));
}

std::int64_t bytesOf(const EncodedMedium& medium) {
  std::size_t bytes = sizeof(medium) + medium.embeddings.nbytes() + medium.transcript.size();
  for (const SeenPicture& frame : medium.frames) bytes += frame.pixels.pixels.size();
  return static_cast<std::int64_t>(bytes);
}

}  // namespace

ContentHash contentHash(const Part& medium) {
  ContentHash hash{medium.index(), medium.index()};
  if (const auto* picture = std::get_if<Picture>(&medium)) {
    mix(hash, **picture);
  } else if (const auto* clip = std::get_if<Clip>(&medium)) {
    for (const VideoClip::Frame& frame : (*clip)->frames) mix(hash, frame.image);
  } else {
    const AudioClip& sound = *std::get<Sound>(medium);
    mix(hash, std::span<const int>(&sound.sampleRateHz, 1));
    mix(hash, std::span<const float>(sound.samples));
  }
  return hash;
}

const EncodedMedium* EncodedMedia::find(const Part& medium) const {
  const auto owner = ownerOf(medium);
  const auto known = std::ranges::find_if(m_media, [&](const auto& other) { return isOwner(other.owner, owner); });
  return known == m_media.end() ? nullptr : &*known;
}

// The same pixels or samples in somebody else's hands, who is the owner from now on.
const EncodedMedium* EncodedMedia::findContents(const Part& medium, const ContentHash& contents) {
  const auto known = std::ranges::find(m_media, contents, &EncodedMedium::contents);
  if (known == m_media.end()) return nullptr;
  EncodedMedium again = std::move(*known);
  m_media.erase(known);
  again.owner = ownerOf(medium);
  return &m_media.emplace_back(std::move(again));
}

std::int64_t EncodedMedia::bytes() const {
  std::int64_t sum = 0;
  for (const EncodedMedium& medium : m_media) sum += bytesOf(medium);
  return sum;
}

Result<EncodedMedium> EncodedMedia::encode(const Part& part, bool zeroed, std::stop_token stop) {
  zeroed = zeroed && !std::holds_alternative<Sound>(part);
  ContentHash contents;  // of what is remembered
  if (!zeroed) {
    if (const EncodedMedium* known = find(part)) return *known;
    contents = contentHash(part);
    if (const EncodedMedium* known = findContents(part, contents)) {
      if (const auto* sound = std::get_if<Sound>(&part)) m_heard[*sound] = known->embeddings.size(0);
      return *known;
    }
  }
  if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "Stopped.");
  EncodedMedium medium{.owner = ownerOf(part),
                       .contents = contents,
                       .number = ++m_lastMedium,
                       .embeddings = {},
                       .frames = {},
                       .transcript = {}};
  if (!std::holds_alternative<Sound>(part)) {
    const auto* picture = std::get_if<Picture>(&part);
    auto seen = picture ? m_model.see(**picture) : m_model.watch(*std::get<Clip>(part));
    if (!seen) return tl::unexpected(seen.error());
    medium.embeddings = zeroed ? at::zeros_like(seen->embeddings) : seen->embeddings;
    medium.frames = std::move(seen->frames);
  } else {
    auto heard = m_model.hear(*std::get<Sound>(part), stop);
    if (!heard) return tl::unexpected(heard.error());
    medium.embeddings = heard->embeddings;
    medium.transcript = std::move(heard->text);
    if (m_heard.size() >= kRememberedSounds) {
      std::erase_if(m_heard, [](const auto& sound) { return sound.first.expired(); });
    }
    m_heard[std::get<Sound>(part)] = medium.embeddings.size(0);
  }
  if (!zeroed) remember(medium);
  return medium;
}

// What nobody holds any more goes first: a recording that grows leaves many behind that nobody will ask for again.
void EncodedMedia::remember(const EncodedMedium& medium) {
  m_media.push_back(medium);
  while (m_media.size() > kRememberedMedia || (m_media.size() > 1 && bytes() > kRememberedBytes)) {
    const auto last = std::prev(m_media.end());
    const auto left = std::find_if(m_media.begin(), last, [](const auto& other) { return other.owner.expired(); });
    m_media.erase(left != last ? left : m_media.begin());
  }
}

std::optional<std::int64_t> EncodedMedia::heardTokens(const Sound& sound) const {
  const auto heard = m_heard.find(sound);
  return heard == m_heard.end() ? std::nullopt : std::optional(heard->second);
}

std::int64_t EncodedMedia::softTokens(const Part& medium) const {
  if (std::holds_alternative<Picture>(medium)) return m_model.pictureTokens();
  if (const auto* clip = std::get_if<Clip>(&medium)) return m_model.clipTokens((*clip)->frames.size());
  const Sound& sound = std::get<Sound>(medium);
  const auto estimate = static_cast<std::int64_t>(std::ceil(sound->seconds() * kSpokenTokensPerSecond));
  return heardTokens(sound).value_or(estimate);
}

}  // namespace xllm::generation
