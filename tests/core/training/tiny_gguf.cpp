#include "tests/core/training/tiny_gguf.h"

#include <cmath>
#include <cstring>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "core/data/seeded_random.h"

namespace xllm::tests {

namespace {

// ggml/docs/gguf.md
enum Type : std::uint32_t { kUint32 = 4, kInt32 = 5, kFloat32 = 6, kString = 8, kArray = 9 };
constexpr std::size_t kAlignment = 32;
constexpr std::uint64_t kWidth = 32, kHeads = 2, kLayers = 2, kInner = 64, kVocabulary = 258;

class Bytes {
 public:
  template <typename Number>
  void number(Number value) {
    m_bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void text(const std::string& value) {
    number<std::uint64_t>(value.size());
    m_bytes += value;
  }
  void align() { m_bytes.resize((m_bytes.size() + kAlignment - 1) / kAlignment * kAlignment); }
  const std::string& bytes() const { return m_bytes; }

 private:
  std::string m_bytes;
};

std::string utf8(int code) {
  if (code < 0x80) return {static_cast<char>(code)};
  return {static_cast<char>(0xC0 | (code >> 6)), static_cast<char>(0x80 | (code & 0x3F))};
}

// The printable character that stands for each byte (openai/gpt-2, encoder.py).
std::vector<std::string> tokens() {
  std::vector<std::string> all;
  int others = 0;
  for (int byte = 0; byte < 256; ++byte) {
    const bool itself = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    all.push_back(utf8(itself ? byte : 256 + others++));
  }
  all.insert(all.end(), {"<|im_start|>", "<|im_end|>"});
  return all;
}

struct Tensor {
  std::string name;
  std::vector<std::uint64_t> shape;  // innermost first, as GGUF has it
};

std::vector<Tensor> tensors() {
  std::vector<Tensor> all{{"token_embd.weight", {kWidth, kVocabulary}}, {"output_norm.weight", {kWidth}}};
  for (std::uint64_t i = 0; i < kLayers; ++i) {
    const std::string layer = "blk." + std::to_string(i) + ".";
    for (const char* norm : {"attn_norm", "ffn_norm"}) all.push_back({layer + norm + ".weight", {kWidth}});
    for (const char* square : {"attn_q", "attn_k", "attn_v", "attn_output"})
      all.push_back({layer + square + ".weight", {kWidth, kWidth}});
    for (const char* up : {"ffn_gate", "ffn_up"}) all.push_back({layer + up + ".weight", {kWidth, kInner}});
    all.push_back({layer + "ffn_down.weight", {kInner, kWidth}});
  }
  return all;
}

void writeKeys(Bytes& out) {
  const auto text = [&](const char* key, const char* value) {
    out.text(key), out.number<std::uint32_t>(kString), out.text(value);
  };
  const auto count = [&](const char* key, std::uint64_t value) {
    out.text(key), out.number<std::uint32_t>(kUint32), out.number(static_cast<std::uint32_t>(value));
  };
  const auto list = [&](const char* key, Type type, std::size_t size) {
    out.text(key), out.number<std::uint32_t>(kArray), out.number<std::uint32_t>(type), out.number<std::uint64_t>(size);
  };
  text("general.architecture", "llama");
  count("llama.embedding_length", kWidth);
  count("llama.block_count", kLayers);
  count("llama.attention.head_count", kHeads);
  count("llama.feed_forward_length", kInner);
  count("llama.context_length", 512);
  out.text("llama.attention.layer_norm_rms_epsilon"), out.number<std::uint32_t>(kFloat32), out.number(1e-5F);
  text("tokenizer.ggml.model", "gpt2");
  text("tokenizer.ggml.pre", "smollm");
  const auto all = tokens();
  list("tokenizer.ggml.tokens", kString, all.size());
  for (const auto& token : all) out.text(token);
  list("tokenizer.ggml.merges", kString, 0);
  list("tokenizer.ggml.token_type", kInt32, all.size());
  for (std::size_t i = 0; i < all.size(); ++i) out.number<std::int32_t>(i < 256 ? 1 : 3);
}

constexpr std::uint64_t kKeys = 12;

}  // namespace

void writeTinyGguf(const std::filesystem::path& file, std::uint64_t seed) {
  data::SeededRandom random(seed);
  Bytes head, body;
  const auto all = tensors();
  head.number<std::uint32_t>(0x46554747);  // GGUF
  head.number<std::uint32_t>(3);
  head.number<std::uint64_t>(all.size());
  head.number<std::uint64_t>(kKeys);
  writeKeys(head);
  for (const auto& tensor : all) {
    head.text(tensor.name);
    head.number(static_cast<std::uint32_t>(tensor.shape.size()));
    std::uint64_t values = 1;
    for (const auto size : tensor.shape) head.number(size), values *= size;
    head.number<std::uint32_t>(0);  // F32
    head.number<std::uint64_t>(body.bytes().size());
    const bool norm = tensor.shape.size() == 1;
    const double spread = norm ? 0.2 : std::sqrt(3.0 / static_cast<double>(tensor.shape[0]));
    for (std::uint64_t i = 0; i < values; ++i) {
      body.number(static_cast<float>((norm ? 1.0 : 0.0) + random.between(-spread, spread)));
    }
    body.align();
  }
  head.align();
  std::ofstream(file, std::ios::binary) << head.bytes() << body.bytes();
}

}  // namespace xllm::tests
