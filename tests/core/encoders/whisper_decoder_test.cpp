#include "core/encoders/whisper_decoder.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/encoders/whisper_encoder.h"
#include "tests/core/encoders/stored_tensors.h"
#include "tests/support/golden.h"

namespace xllm::encoders {
namespace {

using tests::Golden;
using tests::isClose;
using Ids = std::vector<std::int64_t>;

WhisperDecoder loaded(const weights::Checkpoint& file, Precision precision = Precision::Float32) {
  auto decoder = loadWhisperDecoder(file, {.precision = precision, .heads = 4});
  if (!decoder) throw std::runtime_error(decoder.error().message);
  return std::move(*decoder);
}

at::Tensor allIds(const Golden& golden) {
  return at::cat({golden.input("decoder_prompt_ids"), golden.input("decode_ids")}, 1);
}

TEST(WhisperDecoder, EqualsHuggingFacesInOnePass) {
  const Golden golden("whisper_decoder_hf");
  const WhisperDecoder decoder = loaded(*golden.checkpoint());
  EXPECT_EQ(decoder.vocabulary(), 97);
  EXPECT_EQ(decoder.longest(), 40);
  WhisperDecoding decoding = decoder.begin(golden.expected("encoder_last_hidden_state"));
  EXPECT_TRUE(isClose(decoder.append(allIds(golden), decoding), golden.expected("logits"), 1e-4));
}

TEST(WhisperDecoder, GoesOnTokenByToken) {
  const Golden golden("whisper_decoder_hf");
  const WhisperDecoder decoder = loaded(*golden.checkpoint());
  WhisperDecoding decoding = decoder.begin(golden.expected("encoder_last_hidden_state"));
  decoder.append(golden.input("decoder_prompt_ids"), decoding);
  std::vector<at::Tensor> steps;
  for (const at::Tensor& id : golden.input("decode_ids").unbind(1)) {
    steps.push_back(decoder.append(id.unsqueeze(1), decoding));
  }
  EXPECT_EQ(decoding.tokens, 9);
  EXPECT_TRUE(isClose(at::cat(steps, 1), golden.expected("decode_logits"), 1e-4));
}

// Scores are float32 also then: rounded to bfloat16 those of real models would tie.
TEST(WhisperDecoder, StaysNearInBFloat16) {
  const Golden golden("whisper_decoder_hf");
  const WhisperDecoder decoder = loaded(*golden.checkpoint(), Precision::BFloat16);
  WhisperDecoding decoding = decoder.begin(golden.expected("encoder_last_hidden_state"));
  const at::Tensor first = decoder.append(golden.input("decoder_prompt_ids"), decoding);
  EXPECT_EQ(first.scalar_type(), at::kFloat);
  const at::Tensor rest = decoder.append(golden.input("decode_ids"), decoding);
  const at::Tensor scores = at::cat({first, rest}, 1);
  EXPECT_TRUE(isClose(scores, golden.expected("logits"), 3e-2));
  EXPECT_FALSE(isClose(scores, golden.expected("logits"), 1e-4)) << "it is not float32";
}

TEST(WhisperDecoder, TakesSeveralTokensBehindOthers) {
  const Golden golden("whisper_decoder_hf");
  const WhisperDecoder decoder = loaded(*golden.checkpoint());
  WhisperDecoding decoding = decoder.begin(golden.expected("encoder_last_hidden_state"));
  const at::Tensor ids = allIds(golden);
  const at::Tensor first = decoder.append(ids.narrow(1, 0, 2), decoding);
  const at::Tensor rest = decoder.append(ids.narrow(1, 2, 7), decoding);
  EXPECT_TRUE(isClose(at::cat({first, rest}, 1), golden.expected("logits"), 1e-4));
}

TEST(WhisperDecoder, DecodesWhatTheEncoderInTheSameFileHears) {
  const Golden golden("whisper_decoder_hf");
  const auto encoder =
      loadWhisperEncoder(*golden.checkpoint(), {.precision = Precision::Float32, .heads = 4, .silenceSeconds = 0});
  ASSERT_TRUE(encoder) << encoder.error().message;
  const at::Tensor frames = dynamic_cast<const WhisperEncoder&>(**encoder).encodeMel(golden.input("input_features"));
  const WhisperDecoder decoder = loaded(*golden.checkpoint());
  WhisperDecoding decoding = decoder.begin(frames);
  EXPECT_TRUE(isClose(decoder.append(allIds(golden), decoding), golden.expected("logits"), 1e-4));
}

// OpenAI's names for the same numbers, as in its own files and in whisper.cpp's.
tests::NamedTensors underOpenAiNames(const Golden& golden) {
  tests::NamedTensors named;
  for (std::string name : golden.weightNames()) {
    const at::Tensor weight = golden[name];
    if (name.starts_with("model.encoder.")) continue;
    const auto replace = [&](const std::string& from, const std::string& to) {
      if (const auto at = name.find(from); at != std::string::npos) name.replace(at, from.size(), to);
    };
    replace("model.", "");
    replace("embed_tokens", "token_embedding");
    replace("embed_positions.weight", "positional_embedding");
    replace("decoder.layer_norm", "decoder.ln");
    replace("layers.", "blocks.");
    replace("self_attn_layer_norm", "attn_ln");
    replace("encoder_attn_layer_norm", "cross_attn_ln");
    replace("final_layer_norm", "mlp_ln");
    replace("self_attn", "attn");
    replace("encoder_attn", "cross_attn");
    replace("q_proj", "query");
    replace("k_proj", "key");
    replace("v_proj", "value");
    replace("out_proj", "out");
    replace("fc1", "mlp.0");
    replace("fc2", "mlp.2");
    named.emplace_back(name, weight);
  }
  return named;
}

TEST(WhisperDecoder, ReadsOpenAisNames) {
  const Golden golden("whisper_decoder_hf");
  const tests::TemporaryFolder folder;
  const WhisperDecoder decoder = loaded(*tests::stored(folder / "openai.safetensors", underOpenAiNames(golden)));
  WhisperDecoding decoding = decoder.begin(golden.expected("encoder_last_hidden_state"));
  EXPECT_TRUE(isClose(decoder.append(allIds(golden), decoding), golden.expected("logits"), 1e-4));
}

TEST(WhisperDecoder, NamesWhatIsWrongWithAFile) {
  const Golden golden("whisper_decoder_hf");
  const tests::TemporaryFolder folder;
  const auto refusal = [&](const std::string& name, const at::Tensor& replacement, std::int64_t heads = 4) {
    tests::NamedTensors tensors = underOpenAiNames(golden);
    std::erase_if(tensors, [&](const auto& tensor) { return tensor.first == name; });
    if (replacement.defined()) tensors.emplace_back(name, replacement);
    const auto decoder = loadWhisperDecoder(*tests::stored(folder / "damaged.safetensors", tensors), {.heads = heads});
    return decoder ? Error{ErrorCode::Internal, "was loaded"} : decoder.error();
  };
  EXPECT_EQ(refusal("decoder.positional_embedding", {}).code, ErrorCode::Unsupported);
  EXPECT_EQ(refusal("", {}, 7).code, ErrorCode::CorruptFile);
  const Error missing = refusal("decoder.blocks.1.cross_attn.value.bias", {});
  EXPECT_EQ(missing.code, ErrorCode::CorruptFile);
  EXPECT_NE(missing.message.find("decoder.blocks.1.cross_attn.value.bias"), std::string::npos) << missing.message;
  const Error misshapen = refusal("decoder.token_embedding.weight", at::zeros({97, 32}));
  EXPECT_NE(misshapen.message.find("[97, 32]"), std::string::npos) << misshapen.message;
}

TEST(WhisperPrompt, FollowsTheRelease) {
  EXPECT_EQ(whisperPrompt(51865, "en", WhisperTask::Transcribe).value(), (Ids{50258, 50259, 50359, 50363}));
  EXPECT_EQ(whisperPrompt(51865, "zh", WhisperTask::Translate).value(), (Ids{50258, 50260, 50358, 50363}));
  EXPECT_EQ(whisperPrompt(51865, "su", WhisperTask::Transcribe).value(), (Ids{50258, 50357, 50359, 50363}));
  EXPECT_EQ(whisperPrompt(51866, "yue", WhisperTask::Transcribe).value(), (Ids{50258, 50358, 50360, 50364}));
  EXPECT_EQ(whisperPrompt(51864, "en", WhisperTask::Transcribe).value(), (Ids{50257, 50362}));
  EXPECT_EQ(whisperPrompt(51864, "zh", WhisperTask::Transcribe).error().code, ErrorCode::BadInput);
  EXPECT_EQ(whisperPrompt(51865, "yue", WhisperTask::Transcribe).error().code, ErrorCode::BadInput);
  EXPECT_EQ(whisperPrompt(97, "en", WhisperTask::Transcribe).error().code, ErrorCode::BadInput);
}

}  // namespace
}  // namespace xllm::encoders
