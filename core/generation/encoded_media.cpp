#include "core/generation/encoded_media.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <ATen/ATen.h>

namespace xllm::generation {

namespace {

constexpr std::size_t kRememberedMedia = 32;
constexpr std::size_t kRememberedSounds = 1024;
constexpr double kSpokenTokensPerSecond = 4;  // of a recording that nobody listened to yet; rather too many

std::shared_ptr<const void> ownerOf(const Part& medium) {
  if (const auto* picture = std::get_if<Picture>(&medium)) return *picture;
  if (const auto* clip = std::get_if<Clip>(&medium)) return *clip;
  return std::get<Sound>(medium);
}

}  // namespace

const EncodedMedium* EncodedMedia::find(const Part& medium) const {
  const auto owner = ownerOf(medium);
  const auto known = std::ranges::find(m_media, owner, &EncodedMedium::owner);
  return known == m_media.end() ? nullptr : &*known;
}

Result<EncodedMedium> EncodedMedia::encode(const Part& part, bool zeroed, std::stop_token stop) {
  if (!zeroed) {
    if (const EncodedMedium* known = find(part)) return *known;
  }
  if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "Stopped.");
  EncodedMedium medium{
      .owner = ownerOf(part), .number = ++m_lastMedium, .embeddings = {}, .frames = {}, .transcript = {}};
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

// A recording that grows leaves many behind that nobody can ask for any more: these go first.
void EncodedMedia::remember(const EncodedMedium& medium) {
  std::erase_if(m_media, [](const EncodedMedium& other) { return other.owner.use_count() == 1; });
  m_media.push_back(medium);
  if (m_media.size() > kRememberedMedia) m_media.pop_front();
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
