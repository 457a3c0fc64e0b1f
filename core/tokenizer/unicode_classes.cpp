#include "core/tokenizer/unicode_classes.h"

#include <iterator>

namespace xllm::tokenizer {
namespace {
#include "core/tokenizer/unicode_tables.inc"
}  // namespace

CharClass classOf(char32_t codePoint) {
  if (codePoint >> 8 >= std::size(kBlockOf)) return CharClass::Other;
  const auto& block = kBlocks[kBlockOf[codePoint >> 8]];
  return static_cast<CharClass>(block[(codePoint & 0xFF) / 4] >> (codePoint % 4 * 2) & 3);
}

}  // namespace xllm::tokenizer
