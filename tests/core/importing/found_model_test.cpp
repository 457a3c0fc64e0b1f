#include "core/importing/found_model.h"

#include <gtest/gtest.h>

#include "tests/core/importing/published.h"

namespace xllm::importing {
namespace {

namespace fs = std::filesystem;
using tests::Published;

std::string refusal(const fs::path& given) {
  const auto found = findLanguageModel(given);
  return found ? "" : found.error().message;
}

TEST(FindLanguageModel, TellsAFolderByItsContents) {
  const Published chatglm("chatglm_v1");
  const auto found = findLanguageModel(chatglm.folder());
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->family, "ChatGLM-6B");
  EXPECT_EQ(found->chatTemplate, "chatglm");
  EXPECT_EQ(found->tokenizerFile.filename(), "ice_text.model");
  EXPECT_EQ(found->config.layers, 3);

  const Published llama("llama_smollm2", "bpe_smollm_like.tokenizer.json", "tokenizer.json");
  const auto smollm = findLanguageModel(llama.folder() / "model.safetensors");
  ASSERT_TRUE(smollm) << smollm.error().message;
  EXPECT_EQ(smollm->family, "Llama");
  EXPECT_EQ(smollm->chatTemplate, "chatml");

  const auto gguf = findLanguageModel(tests::goldenPath("qwen2.gguf"));
  ASSERT_TRUE(gguf) << gguf.error().message;
  EXPECT_EQ(gguf->family, "Qwen2");
  EXPECT_TRUE(gguf->configFile.empty());
}

// As a folder that may not be read: nothing can be told of what is in it.
TEST(FindLanguageModel, FilesThatCannotBeLookedAtAreNotThere) {
  for (const char* name : {"model.safetensors", "config.json", "tokenizer.json"}) {
    const Published model("llama_smollm2", "bpe_smollm_like.tokenizer.json", "tokenizer.json");
    fs::remove(model.folder() / name);
    fs::create_symlink(name, model.folder() / name);  // to itself
    const auto found = findLanguageModel(model.folder());
    if (std::string(name) == "tokenizer.json") {
      ASSERT_TRUE(found) << found.error().message;  // said when it is needed
      EXPECT_TRUE(found->tokenizerFile.empty());
    } else {
      ASSERT_FALSE(found) << name;
      EXPECT_NE(found.error().message.find(name), std::string::npos) << found.error().message;
    }
  }
}

// Llama 2's chats have no control tokens of their own that would tell them.
TEST(FindLanguageModel, KnowsLlama2ByItsPublishedTemplate) {
  const Published model("llama_smollm2", "sp_bpe_llama_like.model", "tokenizer.model");
  const auto plain = findLanguageModel(model.folder());
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ(plain->chatTemplate, "");
  std::ofstream(model.folder() / "tokenizer_config.json")
      << R"({"chat_template":"{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' %}"})";
  EXPECT_EQ(findLanguageModel(model.folder())->chatTemplate, "llama2");
}

TEST(FindLanguageModel, ReadsAnIndexOfParts) {
  const Published model("chatglm2", "sp_bpe_llama_like.model", "tokenizer.model");
  fs::rename(model.folder() / "model.safetensors", model.folder() / "model-00001-of-00001.safetensors");
  EXPECT_NE(refusal(model.folder()).find("model.safetensors.index.json"), std::string::npos) << refusal(model.folder());
  nlohmann::json map;
  for (const std::string& name : model.golden().weightNames()) map[name] = "model-00001-of-00001.safetensors";
  std::ofstream(model.folder() / "model.safetensors.index.json") << nlohmann::json{{"weight_map", map}};
  const auto found = findLanguageModel(model.folder());
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->family, "ChatGLM2-6B");
  EXPECT_EQ(found->chatTemplate, "chatglm2");
  fs::remove(model.folder() / "model-00001-of-00001.safetensors");
  EXPECT_NE(refusal(model.folder()).find("model-00001-of-00001.safetensors"), std::string::npos);
}

TEST(FindLanguageModel, SaysWhatIsMissingOrWrong) {
  const Published model("chatglm_v1");
  EXPECT_NE(refusal(model.beside("")).find("holds no model"), std::string::npos) << refusal(model.beside(""));
  EXPECT_NE(refusal(model.beside("nowhere")).find("nowhere"), std::string::npos);
  auto config = model.golden().config();
  config["num_layers"] = 4;
  std::ofstream(model.folder() / "config.json") << config;
  EXPECT_NE(refusal(model.folder()).find("transformer.layers.3"), std::string::npos) << refusal(model.folder());
  config["num_layers"] = 3;
  config["inner_hidden_size"] = 256;
  std::ofstream(model.folder() / "config.json") << config;
  EXPECT_NE(refusal(model.folder()).find("[512, 128]"), std::string::npos) << refusal(model.folder());
  fs::remove(model.folder() / "config.json");
  EXPECT_NE(refusal(model.folder()).find("config.json"), std::string::npos);
  fs::copy_file(tests::goldenPath("qwen2.gguf"), model.beside("model/a.gguf"));
  fs::copy_file(tests::goldenPath("qwen2.gguf"), model.beside("model/b.gguf"));
  fs::remove(model.folder() / "model.safetensors");
  EXPECT_NE(refusal(model.folder()).find("2 files of weights"), std::string::npos) << refusal(model.folder());
}

}  // namespace
}  // namespace xllm::importing
