#include "core/encoders/whisper_decoder.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include <ATen/ATen.h>

namespace xllm::encoders {
namespace {

constexpr double kNormEpsilon = 1e-5;
constexpr std::int64_t kSpace = 220;  // the token of a lone space, in every release
constexpr std::int64_t kEnglishVocabulary = 51864, kMultilingualVocabulary = 51865, kNewestVocabulary = 51866;

// In the order of their tokens; the last one came with large-v3.
constexpr std::array kLanguages = {
    "en", "zh", "de", "es", "ru", "ko", "fr", "ja", "pt",  "tr", "pl", "ca", "nl", "ar", "sv", "it", "id",
    "hi", "fi", "vi", "he", "uk", "el", "ms", "cs", "ro",  "da", "hu", "ta", "no", "th", "ur", "hr", "bg",
    "lt", "la", "mi", "ml", "cy", "sk", "te", "fa", "lv",  "bn", "sr", "az", "sl", "kn", "et", "mk", "br",
    "eu", "is", "hy", "ne", "mn", "bs", "kk", "sq", "sw",  "gl", "mr", "pa", "si", "km", "sn", "yo", "so",
    "af", "oc", "ka", "be", "tg", "sd", "gu", "am", "yi",  "lo", "uz", "fo", "ht", "ps", "tk", "nn", "mt",
    "sa", "lb", "my", "bo", "tl", "mg", "as", "tt", "haw", "ln", "ha", "ba", "jw", "su", "yue"};

at::Tensor norm(const at::Tensor& x, const WhisperNorm& weights) {
  return at::layer_norm(x, {x.size(-1)}, weights.scale, weights.shift, kNormEpsilon);
}

// [B, N, parts · width] -> part `which` as [B, heads, N, width / heads]
at::Tensor headsOf(const at::Tensor& mixed, std::int64_t parts, std::int64_t which, std::int64_t heads) {
  return mixed.view({mixed.size(0), mixed.size(1), parts, heads, -1}).select(2, which).transpose(1, 2);
}

at::Tensor merged(const at::Tensor& seen) {  // and back
  return seen.transpose(1, 2).reshape({seen.size(0), seen.size(2), -1});
}

// 99 languages, or 100; the first one's token is behind the start.
std::int64_t languagesOf(std::int64_t vocabulary) { return vocabulary - 51766; }

WhisperDecoderWeights::Block readBlock(WhisperPieces& pieces, const WhisperNames& names, const std::string& prefix) {
  const std::int64_t width = pieces.width();
  return {.attentionNorm = pieces.norm(prefix + names.attentionNorm),
          .queryKeyValue = pieces.queryKeyValue(prefix),
          .out = pieces.affine(prefix + names.out, {width, width}),
          .crossNorm = pieces.norm(prefix + names.crossNorm),
          .crossQuery = pieces.affine(prefix + names.crossQuery, {width, width}),
          .crossKeyValue = pieces.crossKeyValue(prefix),
          .crossOut = pieces.affine(prefix + names.crossOut, {width, width}),
          .mlpNorm = pieces.norm(prefix + names.mlpNorm),
          .up = pieces.affine(prefix + names.up, {4 * width, width}),
          .down = pieces.affine(prefix + names.down, {width, 4 * width})};
}

}  // namespace

WhisperDecoder::WhisperDecoder(WhisperDecoderWeights weights, Precision precision)
    : m_weights(std::move(weights)), m_precision(precision) {
  TORCH_CHECK(m_weights.embeddings.dim() == 2 && m_weights.positions.dim() == 2 &&
                  m_weights.positions.size(1) == width() && m_weights.heads > 0 && width() % m_weights.heads == 0,
              "Whisper decoder of ", m_weights.embeddings.sizes(), ", positions ", m_weights.positions.sizes(), ", ",
              m_weights.heads, " heads");
  const at::NoGradGuard noGradients;
  for (WhisperDecoderWeights::Block& block : m_weights.blocks) {
    for (Affine* layer : {&block.queryKeyValue, &block.out, &block.crossQuery, &block.crossKeyValue, &block.crossOut,
                          &block.up, &block.down})
      convert(*layer, precision);
  }
}

WhisperDecoding WhisperDecoder::begin(const at::Tensor& frames) const {
  TORCH_CHECK(frames.dim() == 3 && frames.size(2) == width(), "Whisper frames ", frames.sizes(), " for width ",
              width());
  const at::NoGradGuard noGradients;
  const std::int64_t heads = m_weights.heads;
  WhisperDecoding decoding;
  for (const WhisperDecoderWeights::Block& block : m_weights.blocks) {
    const at::Tensor mixed = product(frames, block.crossKeyValue);
    const at::Tensor room = at::empty({2, frames.size(0), heads, longest(), width() / heads}, scalarType(m_precision));
    decoding.blocks.push_back({headsOf(mixed, 2, 0, heads), headsOf(mixed, 2, 1, heads), room[0], room[1]});
  }
  return decoding;
}

at::Tensor WhisperDecoder::attend(const WhisperDecoderWeights::Block& block, const at::Tensor& x,
                                  WhisperDecoding::Memory& memory, std::int64_t before) const {
  const std::int64_t count = x.size(1), heads = m_weights.heads;
  const at::Tensor mixed = product(norm(x, block.attentionNorm), block.queryKeyValue);
  memory.keys.narrow(2, before, count).copy_(headsOf(mixed, 3, 1, heads));
  memory.values.narrow(2, before, count).copy_(headsOf(mixed, 3, 2, heads));
  std::optional<at::Tensor> visible;  // each of several tokens sees those up to itself
  if (count > 1) visible = at::ones({count, before + count}, at::kBool).tril_(before);
  const at::Tensor seen =
      at::scaled_dot_product_attention(headsOf(mixed, 3, 0, heads), memory.keys.narrow(2, 0, before + count),
                                       memory.values.narrow(2, 0, before + count), visible);
  return product(merged(seen), block.out);
}

at::Tensor WhisperDecoder::append(const at::Tensor& tokens, WhisperDecoding& decoding) const {
  const std::int64_t before = decoding.tokens;
  TORCH_CHECK(tokens.dim() == 2 && tokens.size(1) > 0 && before + tokens.size(1) <= longest(), "Whisper tokens ",
              tokens.sizes(), " behind ", before, " of ", longest());
  const at::NoGradGuard noGradients;
  at::Tensor x = at::embedding(m_weights.embeddings, tokens) + m_weights.positions.narrow(0, before, tokens.size(1));
  for (std::size_t i = 0; i < m_weights.blocks.size(); ++i) {
    const WhisperDecoderWeights::Block& block = m_weights.blocks[i];
    WhisperDecoding::Memory& memory = decoding.blocks[i];
    x = x + attend(block, x, memory, before);
    const at::Tensor query = headsOf(product(norm(x, block.crossNorm), block.crossQuery), 1, 0, m_weights.heads);
    const at::Tensor heard = at::scaled_dot_product_attention(query, memory.frameKeys, memory.frameValues);
    x = x + product(merged(heard), block.crossOut);
    x = x + product(geluOfProduct(norm(x, block.mlpNorm), block.up), block.down);
  }
  decoding.tokens += tokens.size(1);
  return at::linear(norm(x, m_weights.finalNorm), m_weights.embeddings);
}

Result<WhisperDecoder> loadWhisperDecoder(const weights::Checkpoint& checkpoint, const WhisperDecoderOptions& options) {
  const WhisperNames* names = whisperDecoderNames(checkpoint);
  if (names == nullptr) {
    return fail(ErrorCode::Unsupported,
                "The file " + checkpoint.path().string() +
                    " holds no Whisper decoder under a known naming (OpenAI, Hugging Face, CTranslate2).");
  }
  WhisperPieces pieces(checkpoint, *names);
  if (auto done = pieces.readWidth(); !done) return tl::unexpected(done.error());
  const auto heads = pieces.heads(options.heads);
  if (!heads) return tl::unexpected(heads.error());
  const std::vector<std::int64_t> table = pieces.reader().shape(names->embeddings);
  const std::int64_t vocabulary = table.empty() ? 1 : table[0];
  WhisperDecoderWeights weights{
      .embeddings = pieces.reader().take(names->embeddings, {vocabulary, pieces.width()}),
      .positions = pieces.reader().take(names->positions, {pieces.positions(), pieces.width()}),
      .blocks = {},
      .finalNorm = pieces.norm(names->finalNorm),
      .heads = *heads};
  while (pieces.hasBlock(weights.blocks.size())) {
    weights.blocks.push_back(readBlock(pieces, *names, pieces.blockName(weights.blocks.size())));
  }
  if (pieces.reader().failure()) return tl::unexpected(*pieces.reader().failure());
  if (weights.blocks.empty()) {
    return fail(ErrorCode::CorruptFile, "The Whisper decoder in " + checkpoint.path().string() + " has no blocks.");
  }
  return WhisperDecoder(std::move(weights), options.precision.value_or(fastestPrecision()));
}

Result<std::vector<std::int64_t>> whisperPrompt(std::int64_t vocabulary, std::string_view language, WhisperTask task) {
  const std::int64_t start = whisperEndOfText(vocabulary) + 1;
  if (vocabulary == kEnglishVocabulary) {
    if (language == "en" && task == WhisperTask::Transcribe) return std::vector{start, std::int64_t{50362}};
    return fail(ErrorCode::BadInput,
                "This Whisper knows English alone; ask it to transcribe \"en\", or choose a file "
                "without \".en\" in its name.");
  }
  if (vocabulary != kMultilingualVocabulary && vocabulary != kNewestVocabulary) {
    return fail(ErrorCode::BadInput, "A Whisper with " + std::to_string(vocabulary) +
                                         " tokens is none of the published ones (51864, 51865, 51866).");
  }
  const std::int64_t languages = languagesOf(vocabulary);
  const auto* const end = kLanguages.begin() + languages;
  const auto* const found = std::find(kLanguages.begin(), end, language);
  if (found == end) {
    return fail(ErrorCode::BadInput,
                "Whisper knows no language \"" + std::string(language) + "\"; write it like \"en\", \"zh\" or \"de\".");
  }
  const std::int64_t translate = start + 1 + languages;  // then: transcribe, two for prompts, no speech, no timestamps
  return std::vector{start, start + 1 + (found - kLanguages.begin()),
                     translate + (task == WhisperTask::Translate ? 0 : 1), translate + 5};
}

std::int64_t whisperEndOfText(std::int64_t vocabulary) { return vocabulary == kEnglishVocabulary ? 50256 : 50257; }

std::string whisperLanguage(const WhisperDecoder& decoder, const at::Tensor& frames) {
  const std::int64_t vocabulary = decoder.vocabulary(), start = whisperEndOfText(vocabulary) + 1;
  if (vocabulary == kEnglishVocabulary) return kLanguages[0];
  const std::int64_t languages = languagesOf(vocabulary);
  TORCH_CHECK(languages > 0 && static_cast<std::size_t>(languages) <= kLanguages.size(), "a Whisper of ", vocabulary,
              " tokens");
  WhisperDecoding decoding = decoder.begin(frames.unsqueeze(0));
  const at::Tensor scores = decoder.append(at::full({1, 1}, start, at::kLong), decoding)[0][0];
  return kLanguages[static_cast<std::size_t>(scores.narrow(0, start + 1, languages).argmax().item<std::int64_t>())];
}

WhisperHeard transcribeGreedily(const WhisperDecoder& decoder, const at::Tensor& frames,
                                const std::vector<std::int64_t>& prompt, const WhisperRules& rules,
                                std::stop_token stop) {
  const at::NoGradGuard noGradients;
  const std::int64_t end = whisperEndOfText(decoder.vocabulary());
  TORCH_CHECK(end < decoder.vocabulary() && prompt.size() > 1, "a Whisper of ", decoder.vocabulary(), " tokens, ",
              prompt.size(), " of them given");
  constexpr float kNever = -std::numeric_limits<float>::infinity();
  const at::Tensor never = at::tensor(rules.never, at::kLong);
  const std::int64_t room = decoder.longest() - static_cast<std::int64_t>(prompt.size());
  const auto most = static_cast<std::size_t>(std::clamp<std::int64_t>(room, 0, rules.most));
  WhisperDecoding decoding = decoder.begin(frames.unsqueeze(0));
  at::Tensor next = at::tensor(prompt, at::kLong).unsqueeze(0);
  WhisperHeard heard;
  double logProbabilities = 0;
  while (heard.tokens.size() < most && !stop.stop_requested()) {
    const at::Tensor all = decoder.append(next, decoding)[0];
    at::Tensor scores = all[-1].narrow(0, 0, end + 1).clone().index_fill_(0, never, kNever);
    if (heard.tokens.empty()) {
      // "No speech" stands before "no timestamps", with which every prompt ends.
      heard.noSpeech = all[0].softmax(0)[prompt.back() - 1].item<double>();
      scores[kSpace] = kNever;
      scores[end] = kNever;
    }
    const auto best = scores.argmax().item<std::int64_t>();
    logProbabilities += scores.log_softmax(0)[best].item<double>();
    if (best == end) break;
    heard.tokens.push_back(best);
    next = at::full({1, 1}, best, at::kLong);
  }
  heard.meanLogProbability = logProbabilities / static_cast<double>(heard.tokens.size() + 1);
  return heard;
}

}  // namespace xllm::encoders
