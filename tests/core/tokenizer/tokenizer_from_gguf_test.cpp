#include <chrono>
#include <cstdlib>
#include <cstring>

#include <gtest/gtest.h>
#include <sentencepiece_processor.h>

#include "core/tokenizer/tokenizer.h"
#include "core/weights/checkpoint.h"
#include "tests/core/tokenizer/support.h"
#include "tests/support/parts.h"

namespace xllm::tokenizer {
namespace {

using Ids = std::vector<TokenId>;

// A GGUF file (version 3) of metadata alone: see gguf.md.
class GgufWriter {
 public:
  GgufWriter& text(const std::string& key, const std::string& value) {
    begin(key, 8);
    string(value);
    return *this;
  }
  GgufWriter& texts(const std::string& key, const std::vector<std::string>& values) {
    begin(key, 9);
    number<std::uint32_t>(8);
    number<std::uint64_t>(values.size());
    for (const std::string& value : values) string(value);
    return *this;
  }
  GgufWriter& integers(const std::string& key, const std::vector<std::int32_t>& values) {
    begin(key, 9);
    number<std::uint32_t>(5);
    number<std::uint64_t>(values.size());
    for (const std::int32_t value : values) number(value);
    return *this;
  }
  GgufWriter& numbers(const std::string& key, const std::vector<float>& values) {
    begin(key, 9);
    number<std::uint32_t>(6);
    number<std::uint64_t>(values.size());
    for (const float value : values) number(value);
    return *this;
  }
  std::string bytes() const {
    GgufWriter head;
    head.m_bytes = "GGUF";
    head.number<std::uint32_t>(3);
    head.number<std::uint64_t>(0);
    head.number(m_count);
    return head.m_bytes + m_bytes;
  }

 private:
  template <typename T>
  void number(T value) {
    char raw[sizeof(T)];
    std::memcpy(raw, &value, sizeof(T));
    m_bytes.append(raw, sizeof(T));
  }
  void string(const std::string& value) {
    number<std::uint64_t>(value.size());
    m_bytes += value;
  }
  void begin(const std::string& key, std::uint32_t type) {
    ++m_count;
    string(key);
    number(type);
  }

  std::string m_bytes;
  std::uint64_t m_count = 0;
};

Result<std::unique_ptr<Tokenizer>> fromBytes(const std::string& bytes) {
  const tests::TemporaryFile file(bytes);
  const auto gguf = weights::Checkpoint::open(file.path());
  if (!gguf) throw std::runtime_error(gguf.error().message);
  return tokenizerFromGguf(**gguf);
}

GgufWriter smallVocabulary(const std::string& pre = "gpt-2", const std::vector<std::string>& merges = {"a b"}) {
  GgufWriter gguf;
  gguf.text("general.architecture", "llama").text("tokenizer.ggml.model", "gpt2").text("tokenizer.ggml.pre", pre);
  gguf.texts("tokenizer.ggml.tokens", {"<end>", "a", "b", "ab", "\u0120"}).texts("tokenizer.ggml.merges", merges);
  return gguf;
}

TEST(TokenizerFromGguf, ReadsAVocabularyAndOutlivesTheFile) {
  const auto tokenizer = fromBytes(smallVocabulary().integers("tokenizer.ggml.token_type", {3, 1, 1, 1, 1}).bytes());
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_EQ((*tokenizer)->encode("ab b<end>"), (Ids{3, 4, 2}));
  EXPECT_EQ((*tokenizer)->decode({3, 4, 2, 0}), "ab b");
  EXPECT_EQ((*tokenizer)->controlToken("<end>"), 0);
}

TEST(TokenizerFromGguf, RefusesWhatItCannotFollow) {
  const auto codeOf = [](const GgufWriter& gguf) {
    const auto tokenizer = fromBytes(gguf.bytes());
    EXPECT_FALSE(tokenizer);
    return tokenizer ? ErrorCode::Internal : tokenizer.error().code;
  };
  EXPECT_EQ(codeOf(GgufWriter().text("general.architecture", "llama")), ErrorCode::NotFound);
  EXPECT_EQ(codeOf(GgufWriter().text("general.architecture", "llama").text("tokenizer.ggml.model", "bert")),
            ErrorCode::Unsupported);
  EXPECT_EQ(codeOf(smallVocabulary("something-new")), ErrorCode::Unsupported);
  EXPECT_EQ(codeOf(smallVocabulary("gpt-2", {"a z"})), ErrorCode::CorruptFile);
  EXPECT_EQ(codeOf(smallVocabulary().integers("tokenizer.ggml.token_type", {3, 1})), ErrorCode::CorruptFile);
  GgufWriter wrongType;
  wrongType.text("tokenizer.ggml.model", "gpt2").text("tokenizer.ggml.pre", "gpt-2").text("tokenizer.ggml.tokens", "a");
  EXPECT_EQ(codeOf(wrongType), ErrorCode::CorruptFile);
}

// llama.cpp's published vocabulary and ids (see tests/golden/README.md); 2 MB, so not part of the repository.
TEST(TokenizerFromGguf, GivesLlamaCppsIdsForGpt2) {
  const char* const elsewhere = std::getenv("XLLM_SHARED_GOLDEN");
  const std::filesystem::path golden = elsewhere != nullptr ? elsewhere : XLLM_TEST_DIR "/../../shared/golden";
  const std::filesystem::path vocabulary = golden / "tokenizers" / "ggml-vocab-gpt-2.gguf";
  if (!std::filesystem::exists(vocabulary)) GTEST_SKIP() << "llama.cpp's vocabulary is not at " << vocabulary;
  const auto gguf = weights::Checkpoint::open(vocabulary);
  ASSERT_TRUE(gguf) << gguf.error().message;
  const auto tokenizer = tokenizerFromGguf(**gguf);
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;

  const auto slurp = [&](const char* ending) {
    std::ifstream in(vocabulary.string() + ending, std::ios::binary);
    return std::string((std::istreambuf_iterator<char>(in)), {});
  };
  const std::string inputs = slurp(".inp");
  std::istringstream outputs(slurp(".out"));
  const std::string separator = "\n__ggml_vocab_test__\n";
  int cases = 0;
  for (std::size_t at = 0; at < inputs.size();) {
    const std::size_t end = std::min(inputs.find(separator, at), inputs.size());
    const std::string text = inputs.substr(at, end - at);
    at = end + separator.size();
    std::string line;
    ASSERT_TRUE(std::getline(outputs, line));
    std::istringstream numbers(line);
    Ids expected;
    for (TokenId id = 0; numbers >> id;) expected.push_back(id);
    EXPECT_EQ((*tokenizer)->encode(text), expected) << "case " << cases << ": " << text;
    EXPECT_EQ((*tokenizer)->decode(expected), text);
    ++cases;
  }
  EXPECT_EQ(cases, 46);
}

// Program start pays for this every time. The limit is far above what it takes (about 10 ms), to bear a busy machine.
TEST(TokenizerFromGguf, IsReadyFast) {
  const auto file = tests::part("SmolLM2-135M-Instruct.Q4_1.gguf");
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "The frozen language model is not at " << file;
  const auto gguf = weights::Checkpoint::open(file);
  ASSERT_TRUE(gguf) << gguf.error().message;
  double best = 1e9;
  for (int round = 0; round < 5; ++round) {
    const auto start = std::chrono::steady_clock::now();
    const auto tokenizer = tokenizerFromGguf(**gguf);
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    ASSERT_EQ((*tokenizer)->vocabularySize(), 49152);
    best = std::min(best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  RecordProperty("milliseconds", std::to_string(best));
  std::cout << "tokenizer ready after " << best << " ms\n";
  EXPECT_LT(best, 250.0);
}

// Llama 2's and Gemma's kind: the same pieces and scores as in a sentencepiece file give the same ids.
TEST(TokenizerFromGguf, ReadsSentencepieceVocabularies) {
  const auto path = tests::tokenizerGolden("sp_bpe_llama_like.model");
  sentencepiece::SentencePieceProcessor original;
  ASSERT_TRUE(original.Load(path.string()).ok());
  std::vector<std::string> pieces;
  std::vector<float> scores;
  std::vector<std::int32_t> kinds;
  for (int id = 0; id < original.GetPieceSize(); ++id) {
    pieces.push_back(original.IdToPiece(id));
    scores.push_back(original.GetScore(id));
    kinds.push_back(original.IsUnknown(id) ? 2 : original.IsControl(id) ? 3 : original.IsByte(id) ? 6 : 1);
  }
  GgufWriter gguf;
  gguf.text("general.architecture", "llama").text("tokenizer.ggml.model", "llama");
  gguf.texts("tokenizer.ggml.tokens", pieces).numbers("tokenizer.ggml.scores", scores);
  gguf.integers("tokenizer.ggml.token_type", kinds);
  const auto tokenizer = fromBytes(gguf.bytes());
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  for (const std::string text : {"the cat sat", "Hello, world!\n", "na\u00EFve \U0001F44B", "  two  blanks "}) {
    const std::vector<int> expected = original.EncodeAsIds(text);
    EXPECT_EQ((*tokenizer)->encode(text), Ids(expected.begin(), expected.end())) << text;
  }
  EXPECT_TRUE((*tokenizer)->controlToken(original.IdToPiece(1)));

  GgufWriter torn;
  torn.text("general.architecture", "llama").text("tokenizer.ggml.model", "llama");
  torn.texts("tokenizer.ggml.tokens", pieces).numbers("tokenizer.ggml.scores", {0.0F});
  EXPECT_EQ(fromBytes(torn.bytes()).error().code, ErrorCode::CorruptFile);
}

}  // namespace
}  // namespace xllm::tokenizer
