#include "core/tokenizer/sentencepiece_model.h"

#include <bit>
#include <cstdio>

namespace xllm::tokenizer {
namespace {

// Protocol buffers: a field is its number and wire type, then a number in groups of seven bits, four bytes, or a length
// and bytes. Fields of one number that come again are lists, or are merged if they are messages.
enum class Wire : std::uint8_t { Number = 0, Bytes = 2, FourBytes = 5 };

void putNumber(std::string& out, std::uint64_t number) {
  for (; number > 127; number >>= 7) out += static_cast<char>((number & 127) | 128);
  out += static_cast<char>(number);
}
void putField(std::string& out, int field, Wire wire) {
  putNumber(out, static_cast<std::uint64_t>(field) << 3 | static_cast<std::uint64_t>(wire));
}
void putNumber(std::string& out, int field, std::uint64_t number) {
  putField(out, field, Wire::Number);
  putNumber(out, number);
}
void putBytes(std::string& out, int field, std::string_view bytes) {
  putField(out, field, Wire::Bytes);
  putNumber(out, bytes.size());
  out += bytes;
}
void putFloat(std::string& out, int field, float number) {
  putField(out, field, Wire::FourBytes);
  for (auto bits = std::bit_cast<std::uint32_t>(number), i = 0U; i < 4; ++i, bits >>= 8)
    out += static_cast<char>(bits & 255);
}

// Numbers of fields in sentencepiece_model.proto.
constexpr int kPieces = 1, kTrainer = 2, kNormalizer = 3;                  // of ModelProto
constexpr int kPiece = 1, kScore = 2, kKind = 3;                           // of SentencePiece
constexpr int kModelType = 3, kByteFallback = 35;                          // of TrainerSpec
constexpr int kName = 1, kSpaceInFront = 3, kTidySpaces = 4, kEscape = 5;  // of NormalizerSpec
constexpr std::uint64_t kBpe = 2;                                          // of ModelType

void putPieces(std::string& out, const std::vector<SentencePiece>& pieces) {
  for (const SentencePiece& piece : pieces) {
    std::string message;
    putBytes(message, kPiece, piece.text);
    putFloat(message, kScore, piece.score);
    putNumber(message, kKind, static_cast<std::uint64_t>(piece.kind));
    putBytes(out, kPieces, message);
  }
}

}  // namespace

std::string bytePiece(int byte) {
  char text[8];
  std::snprintf(text, sizeof text, "<0x%02X>", static_cast<unsigned>(byte) & 255U);
  return text;
}

std::string bpeModel(const std::vector<SentencePiece>& pieces, bool spaceInFront) {
  std::string model, trainer, normalizer;
  putPieces(model, pieces);
  putNumber(trainer, kModelType, kBpe);
  putNumber(trainer, kByteFallback, 1);
  putBytes(model, kTrainer, trainer);
  putBytes(normalizer, kName, "identity");
  putNumber(normalizer, kSpaceInFront, spaceInFront ? 1 : 0);
  putNumber(normalizer, kTidySpaces, 0);
  putNumber(normalizer, kEscape, 1);
  putBytes(model, kNormalizer, normalizer);
  return model;
}

std::string withPieces(std::string_view model, const std::vector<SentencePiece>& pieces) {
  std::string longer(model), trainer;
  putPieces(longer, pieces);
  putNumber(trainer, kByteFallback, 1);
  putBytes(longer, kTrainer, trainer);
  return longer;
}

}  // namespace xllm::tokenizer
