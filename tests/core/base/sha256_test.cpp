#include "core/base/sha256.h"

#include <string>

#include <gtest/gtest.h>

namespace xllm {
namespace {

std::string hashOf(const std::string& text, std::size_t piece = 1 << 20) {
  Sha256 hash;
  for (std::size_t at = 0; at < text.size(); at += piece)
    hash.add(std::as_bytes(std::span(text).subspan(at, std::min(piece, text.size() - at))));
  return hash.hex();
}

// The examples of FIPS 180-4, and a million letters.
TEST(Sha256, GivesThePublishedValues) {
  EXPECT_EQ(hashOf(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hashOf("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hashOf("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hashOf(std::string(1'000'000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, DoesNotCareHowTheBytesAreCut) {
  for (const std::size_t length : {55, 56, 63, 64, 65, 119, 120, 128, 1000}) {
    const std::string text(length, 'x');
    for (const std::size_t piece : {1, 7, 63, 64, 65})
      EXPECT_EQ(hashOf(text, piece), hashOf(text)) << length << ' ' << piece;
  }
}

}  // namespace
}  // namespace xllm
