#include "core/transcription/whisper_vocabulary.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/tokenizer/byte_alphabet.h"
#include "tests/core/transcription/whisper_pieces.h"
#include "tests/core/weights/temporary_folder.h"
#include "tests/core/weights/whisper_cpp_bytes.h"
#include "tests/support/golden.h"

namespace xllm::transcription {
namespace {

using nlohmann::json;

std::string base64(std::string_view bytes) {
  constexpr std::string_view kSigns = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned three = 0;
    for (std::size_t k = 0; k < 3; ++k)
      three = three << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) out += i + k > bytes.size() ? '=' : kSigns[three >> (18 - 6 * k) & 63];
  }
  return bytes.empty() ? "=" : out;
}

class WhisperVocabularyFiles : public ::testing::Test {
 protected:
  // A model's file beside which nothing lies yet.
  std::shared_ptr<const weights::Checkpoint> model() const {
    const auto file = folder / "model.safetensors";
    if (!weights::saveSafetensors(file, {{"tensor", at::zeros({1})}})) throw std::runtime_error("not saved");
    return *weights::Checkpoint::open(file);
  }
  void expectToRead(const weights::Checkpoint& checkpoint, const std::string& layout) const {
    const auto vocabulary = whisperVocabularyOf(checkpoint, 51865);
    ASSERT_TRUE(vocabulary) << layout << ": " << vocabulary.error().message;
    const auto golden = json::parse(std::ifstream(tests::goldenPath("real/whisper_base_decode.json")));
    for (const auto& one : golden.at("cases")) {
      const std::string text = vocabulary->textOf(one.at("tokens"));
      EXPECT_EQ(text.substr(text.find_first_not_of(' ')), one.at("text").get<std::string>()) << layout;
    }
    EXPECT_EQ(vocabulary->marks(), pieces.marks()) << layout;
  }

  tests::TemporaryFolder folder;
  const tests::WhisperPieces pieces;
};

TEST_F(WhisperVocabularyFiles, AreReadInEveryLayout) {
  const auto model = this->model();
  json byPiece = json::object();
  for (std::size_t id = 0; id < pieces.all().size(); ++id) byPiece[pieces.all()[id]] = id;
  std::string lines, ranks;
  for (std::size_t id = 0; id < pieces.all().size(); ++id) {
    std::string bytes;
    ASSERT_TRUE(tokenizer::appendBytes(bytes, pieces.all()[id]));
    lines += pieces.all()[id] + "\n";
    ranks += base64(bytes) + " " + std::to_string(id) + "\n";
  }
  for (const auto& [name, text] : {std::pair<std::string, std::string>("vocab.json", byPiece.dump()),
                                   {"tokenizer.json", json{{"model", {{"vocab", byPiece}}}}.dump()},
                                   {"vocabulary.json", json(pieces.all()).dump()},
                                   {"vocabulary.txt", lines + "<|endoftext|>\n"},
                                   {"multilingual.tiktoken", ranks}}) {
    const auto file = tests::writeFile(folder / name, text);
    expectToRead(*model, name);
    std::filesystem::remove(file);
  }
}

TEST_F(WhisperVocabularyFiles, AreInsideThoseOfWhisperCpp) {
  std::vector<std::string> tokens;
  for (const std::string& piece : pieces.all()) tokenizer::appendBytes(tokens.emplace_back(), piece);
  const auto write = [&](const std::vector<std::string>& words) {
    tests::WhisperCppBytes bytes(std::vector<std::int32_t>(11, 1), 1, 1, words);
    return tests::writeFile(folder / "ggml-tiny.bin", bytes.tensor("w", {1}, 0, "1234").bytes());
  };
  expectToRead(**weights::Checkpoint::open(write(tokens)), "whisper.cpp");
  tokens.resize(50000);
  const auto cut = whisperVocabularyOf(**weights::Checkpoint::open(write(tokens)), 51865);
  EXPECT_EQ(cut.error().code, ErrorCode::CorruptFile);
  EXPECT_NE(cut.error().message.find("50000 words of 50257"), std::string::npos) << cut.error().message;
}

TEST_F(WhisperVocabularyFiles, AreAskedForWhereThereIsNone) {
  const auto missing = whisperVocabularyOf(*model(), 51865);
  EXPECT_EQ(missing.error().code, ErrorCode::NotFound);
  for (const char* name : {"model.safetensors", "tokenizer.json", "vocabulary.txt", "multilingual.tiktoken"})
    EXPECT_NE(missing.error().message.find(name), std::string::npos) << missing.error().message;
  EXPECT_NE(whisperVocabularyOf(*model(), 51864).error().message.find("gpt2.tiktoken"), std::string::npos);
}

TEST_F(WhisperVocabularyFiles, AreNamedWhenTheyAreWrong) {
  const auto model = this->model();
  for (const auto& [name, text, mention] :
       {std::tuple("vocab.json", "{\"a\": 0", "not valid JSON"),
        std::tuple("vocab.json", "{\"a\": 0}", "1 words of 50257"), std::tuple("vocab.json", "{\"a\": \"0\"}", "\"a\""),
        std::tuple("vocab.json", "7", "no list"), std::tuple("tokenizer.json", "{\"model\": {}}", "vocab"),
        std::tuple("vocabulary.json", "[1]", "no text"), std::tuple("vocabulary.txt", "a\nb\n", "2 lines of 50257"),
        std::tuple("multilingual.tiktoken", "YQ== 0\nYg== 1\n", "2 lines of 50257"),
        std::tuple("multilingual.tiktoken", "YQ== 0\n!! 1\n", "line 2")}) {
    const auto file = tests::writeFile(folder / name, text);
    const auto read = whisperVocabularyOf(*model, 51865);
    ASSERT_FALSE(read) << name << ": " << text;
    EXPECT_EQ(read.error().code, ErrorCode::CorruptFile);
    EXPECT_NE(read.error().message.find(name), std::string::npos) << read.error().message;
    EXPECT_NE(read.error().message.find(mention), std::string::npos) << read.error().message;
    std::filesystem::remove(file);
  }
}

TEST(WhisperVocabulary, PutsCharactersTogetherFromTornTokens) {
  const WhisperVocabulary vocabulary({" a", "\xe4\xbd", "\xa0", "!"});
  EXPECT_EQ(vocabulary.textOf({0, 1, 2, 3}), " a\xe4\xbd\xa0!");
  EXPECT_EQ(vocabulary.textOf({1, 3}), "\xEF\xBF\xBD!");
  EXPECT_EQ(vocabulary.textOf({0, 1}), " a\xEF\xBF\xBD");
  EXPECT_EQ(vocabulary.textOf({7, -1}), "");
}

}  // namespace
}  // namespace xllm::transcription
