// Any bytes as a tokenizer file: tokenizer.json, a sentencepiece model or a list of ranks; what opens encodes and decodes.
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/tokenizer/chat_template.h"
#include "core/tokenizer/tokenizer.h"
#include "tests/fuzz/fuzzed_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const xllm::tests::FuzzedFile file(data, size);
  for (const char* family : {"", "chatglm", "glm4"}) {
    const auto opened = xllm::tokenizer::tokenizerFromFile(file.path(), family);
    if (!opened) continue;
    const auto ids = (*opened)->encode("Hello,  world!\n\t\xE4\xBD\xA0\xE5\xA5\xBD 123 \xFF");
    if ((*opened)->decode(ids).size() > std::size_t{1} << 30) return 1;
    for (const auto name : xllm::tokenizer::ChatTemplate::names())
      static_cast<void>(xllm::tokenizer::ChatTemplate::create(name, **opened));
  }
  return 0;
}
