// Pictures, clips and recordings as soft tokens, each encoded once: a medium is known by who holds it, and by what is
// in it, so that the same picture in another message, or read from disk again, costs nothing. Knows nothing of prompts.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/base/result.h"
#include "core/base/seen_picture.h"
#include "core/generation/chat_request.h"
#include "core/model/model.h"

namespace xllm::generation {

// Two hashes of 64 bits of all pixels or samples and of the sizes.
struct ContentHash {
  std::uint64_t first = 0, second = 0;
  bool operator==(const ContentHash&) const = default;
};
ContentHash contentHash(const Part& medium);  // anything but words

struct EncodedMedium {
  std::weak_ptr<const void> owner;  // the last who brought it
  ContentHash contents;
  // Never comes back, so it identifies the medium in Session even after it was forgotten here.
  std::uint64_t number = 0;
  at::Tensor embeddings;            // [N, hidden]; N = 0: a recording in which nothing was said
  std::vector<SeenPicture> frames;  // that the encoder was given
  std::string transcript;           // of a recording
};

// One thread at a time.
class EncodedMedia {
 public:
  explicit EncodedMedia(model::Model& model) : m_model(model) {}

  // Anything but words. The soft tokens of `zeroed` pictures and clips are zeros, and nothing of them is remembered;
  // recordings stay as they are. Cancelled before and while a recording is heard; what encoding refuses.
  Result<EncodedMedium> encode(const Part& medium, bool zeroed, std::stop_token stop);
  const EncodedMedium* find(const Part& medium) const;  // until the next encode(); nullptr: not encoded, or forgotten
  std::int64_t bytes() const;                           // what is remembered, 128 MiB at most

  // What a recording turned out to cost; nothing: nobody listened to it yet.
  std::optional<std::int64_t> heardTokens(const Sound& sound) const;
  std::int64_t softTokens(const Part& medium) const;  // of a recording that nobody listened to yet an estimate

 private:
  const EncodedMedium* findContents(const Part& medium, const ContentHash& contents);
  void remember(const EncodedMedium& medium);

  model::Model& m_model;
  std::deque<EncodedMedium> m_media;  // the one that was asked for last is the last
  std::uint64_t m_lastMedium = 0;
  // Also of those that m_media forgot.
  std::map<std::weak_ptr<const AudioClip>, std::int64_t, std::owner_less<>> m_heard;
};

}  // namespace xllm::generation
