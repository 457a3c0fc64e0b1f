// The two look-ups of byte-pair encoding as flat hash tables: open addressing, one allocation each, so that a
// vocabulary of 50 000 tokens is ready within milliseconds of program start.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xllm::tokenizer {

inline constexpr std::uint32_t kNoToken = 0xFFFFFFFF;

// All token texts, one behind the other.
class TokenTexts {
 public:
  std::string& bytes() { return m_bytes; }  // append the next token here, then
  void endToken() { m_starts.push_back(static_cast<std::uint32_t>(m_bytes.size())); }  // close it
  void reserve(std::size_t tokens, std::size_t bytes) {
    m_starts.reserve(tokens + 1);
    m_bytes.reserve(bytes);
  }
  std::size_t size() const { return m_starts.size() - 1; }
  std::string_view operator[](std::size_t id) const {
    return std::string_view(m_bytes).substr(m_starts[id], m_starts[id + 1] - m_starts[id]);
  }

 private:
  std::string m_bytes;
  std::vector<std::uint32_t> m_starts{0};
};

// text -> id. Keeps ids alone; the texts are looked up in `texts`, which must outlive it.
class TokenIndex {
 public:
  explicit TokenIndex(const TokenTexts& texts)
      : m_texts(&texts), m_slots(std::bit_ceil(texts.size() * 2 + 2)), m_mask(m_slots.size() - 1) {}

  // The first of several equal texts keeps the place.
  void insert(std::uint32_t id) {
    const std::string_view text = (*m_texts)[id];
    const std::uint32_t hash = hashOf(text);
    Slot& slot = m_slots[place(text, hash)];
    if (slot.id == kNoToken) slot = {hash, id};
  }
  std::uint32_t find(std::string_view text) const { return m_slots[place(text, hashOf(text))].id; }

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t id = kNoToken;
  };

  static std::uint32_t hashOf(std::string_view text) {
    std::uint64_t hash = text.size() * 0x9E3779B97F4A7C15;
    while (!text.empty()) {
      std::uint64_t word = 0;
      const std::size_t bytes = text.size() < 8 ? text.size() : 8;
      std::memcpy(&word, text.data(), bytes);
      text.remove_prefix(bytes);
      hash = (hash ^ word) * 0xD6E8FEB86659FD93;
      hash ^= hash >> 32;
    }
    return static_cast<std::uint32_t>(hash);
  }
  std::size_t place(std::string_view text, std::uint32_t hash) const {
    std::size_t at = hash & m_mask;
    while (m_slots[at].id != kNoToken && (m_slots[at].hash != hash || (*m_texts)[m_slots[at].id] != text)) {
      at = (at + 1) & m_mask;
    }
    return at;
  }

  const TokenTexts* m_texts;
  std::vector<Slot> m_slots;
  std::size_t m_mask;
};

struct Merge {
  std::uint32_t rank;    // smaller goes first
  std::uint32_t merged;  // the token they become
};

// (left, right) -> merge
class MergeIndex {
 public:
  explicit MergeIndex(std::size_t merges) : m_slots(std::bit_ceil(merges * 2 + 2)), m_mask(m_slots.size() - 1) {}

  // The first of several equal pairs keeps the place.
  void insert(std::uint32_t left, std::uint32_t right, Merge merge) {
    const std::uint64_t key = keyOf(left, right);
    Slot& slot = m_slots[place(key)];
    if (slot.key == kEmpty) slot = {key, merge};
  }
  const Merge* find(std::uint32_t left, std::uint32_t right) const {
    const Slot& slot = m_slots[place(keyOf(left, right))];
    return slot.key == kEmpty ? nullptr : &slot.merge;
  }

 private:
  static constexpr std::uint64_t kEmpty = ~std::uint64_t{0};  // no pair: ids are below kNoToken
  struct Slot {
    std::uint64_t key = kEmpty;
    Merge merge{};
  };

  static std::uint64_t keyOf(std::uint32_t left, std::uint32_t right) { return std::uint64_t{left} << 32 | right; }
  std::size_t place(std::uint64_t key) const {
    const std::uint64_t hash = key * 0x9E3779B97F4A7C15;
    std::size_t at = (hash >> 32 ^ hash >> 15) & m_mask;
    while (m_slots[at].key != kEmpty && m_slots[at].key != key) at = (at + 1) & m_mask;
    return at;
  }

  std::vector<Slot> m_slots;
  std::size_t m_mask;
};

}  // namespace xllm::tokenizer
