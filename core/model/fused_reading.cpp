#include "core/model/fused_reading.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <torch/types.h>

#include "core/llm/kv_cache.h"

namespace xllm::model {
namespace {

using tokenizer::TokenId;

constexpr double kLikelyCount = 0.85;  // of tokens, away from the sum of CIF's weights

std::vector<TokenId> idsOf(const at::Tensor& tokens) {
  const at::Tensor whole = tokens.contiguous();
  const auto* first = whole.const_data_ptr<std::int64_t>();
  return {first, first + whole.numel()};
}

// How many of `likely` [n], the likeliest first, are not hopelessly behind the first.
std::int64_t nearBest(const at::Tensor& likely, double margin) {
  return likely.ge(likely[0] - margin).sum().item<std::int64_t>();
}

// Readings side by side: what each holds so far, how likely it is, and the language model's state behind it.
class Beams {
 public:
  Beams(const llm::LanguageModel& languageModel, const std::vector<TokenId>& before, const FusionOptions& options)
      : m_languageModel(languageModel),
        m_options(options),
        m_cache(languageModel.emptyCache(llm::KeptAs::Float32)),
        m_scores(at::zeros({1})),
        m_unread(at::tensor(std::vector<std::int64_t>(before.begin(), before.end()), at::kLong).unsqueeze(0)) {}

  // The same tokens [T] behind every reading.
  void append(const at::Tensor& tokens) {
    if (tokens.size(0) == 0) return;
    const at::Tensor rows = tokens.unsqueeze(0).expand({m_scores.size(0), -1});
    const at::Tensor following = feed(at::cat({m_unread, rows}, 1), m_unread.size(1) - 1);
    const at::Tensor expected = following.narrow(1, 0, tokens.size(0)).gather(2, rows.unsqueeze(2)).sum({1, 2});
    m_scores = m_scores + m_options.languageWeight * expected;
    m_tokens = m_tokens.defined() ? at::cat({m_tokens, rows}, 1) : rows;
    m_unread = at::Tensor();
  }

  // Each reading goes on with each of the choices [K], whose log-probabilities are `heard` [K]; the likeliest stay.
  void branch(const at::Tensor& choices, const at::Tensor& heard) {
    if (m_unread.defined()) feed(m_unread, m_unread.size(1) - 1);
    const auto kinds = choices.size(0);
    const at::Tensor expected = m_next.index_select(1, choices);  // [B, K]
    const at::Tensor all = (m_scores.unsqueeze(1) + heard + m_options.languageWeight * expected).flatten();
    const auto [best, places] = all.topk(std::min(m_options.beams, all.size(0)));
    const auto kept = nearBest(best, m_options.margin);
    const at::Tensor chosen = places.narrow(0, 0, kept);
    const at::Tensor parents = chosen.floor_divide(kinds);
    m_unread = choices.index_select(0, chosen.remainder(kinds)).unsqueeze(1);
    m_tokens = m_tokens.defined() ? at::cat({m_tokens.index_select(0, parents), m_unread}, 1) : m_unread;
    m_scores = best.narrow(0, 0, kept);
    m_cache.select(parents);
  }

  std::vector<Reading> readings() const {
    std::vector<Reading> all;
    const at::Tensor order = m_scores.argsort(0, /*descending=*/true);
    for (std::int64_t place = 0; place < order.size(0); ++place) {
      const auto row = order[place].item<std::int64_t>();
      all.push_back({idsOf(m_tokens[row]), m_scores[row].item<double>()});
    }
    return all;
  }

 private:
  // tokens [B, T] -> log-probabilities [B, T - from, vocabulary] of what follows each of them from place `from` on.
  at::Tensor feed(const at::Tensor& tokens, std::int64_t from) {
    const at::Tensor hidden = m_languageModel.forward(m_languageModel.embed(tokens), {}, &m_cache);
    const at::Tensor following = at::log_softmax(m_languageModel.logits(hidden.slice(1, from)), -1);
    m_next = following.select(1, -1);
    return following;
  }

  const llm::LanguageModel& m_languageModel;
  const FusionOptions& m_options;
  llm::KvCache m_cache;
  at::Tensor m_tokens;  // [B, places so far]
  at::Tensor m_scores;  // [B]
  at::Tensor m_unread;  // [B, P]: tokens that the language model did not see yet: they wait for those behind them
  at::Tensor m_next;    // [B, vocabulary]: log-probabilities of the next token, where all was read
};

}  // namespace

std::vector<Reading> likelyReadings(const at::Tensor& scores, const llm::LanguageModel& languageModel,
                                    const std::vector<TokenId>& before, const FusionOptions& options) {
  TORCH_CHECK(scores.dim() == 2 && !before.empty(), "likelyReadings: scores ", scores.sizes());
  const auto places = scores.size(0);
  const at::Tensor heard = at::log_softmax(scores.to(at::kFloat), -1);
  const auto [likely, choices] = heard.topk(std::min(options.choices, heard.size(1)), 1);
  const at::Tensor best = choices.select(1, 0);
  const at::Tensor certain = likely.select(1, 0).exp().ge(options.certain);
  if (options.languageWeight <= 0 || certain.all().item<bool>()) {
    return {{idsOf(best), likely.select(1, 0).sum().item<double>()}};
  }
  Beams beams(languageModel, before, options);
  std::int64_t begin = 0;  // of the certain places not appended yet
  for (std::int64_t place = 0; place < places; ++place) {
    if (certain[place].item<bool>()) continue;
    if (options.stop.stop_requested()) break;
    beams.append(best.narrow(0, begin, place - begin));
    const auto kept = nearBest(likely[place], options.margin);
    beams.branch(choices[place].narrow(0, 0, kept), likely[place].narrow(0, 0, kept));
    begin = place + 1;
  }
  beams.append(best.narrow(0, begin, places - begin));
  return beams.readings();
}

std::optional<std::int64_t> otherCount(double weight, std::int64_t fired) {
  const auto below = static_cast<std::int64_t>(std::floor(weight));
  const auto other = fired == below ? below + 1 : below;
  if (other < 1 || std::abs(static_cast<double>(other) - weight) > kLikelyCount) return std::nullopt;
  return other;
}

std::vector<Reading> alsoWithoutRepeats(const std::vector<Reading>& readings) {
  std::vector<Reading> all;
  for (const Reading& reading : readings) {
    all.push_back(reading);
    Reading once = reading;
    const auto repeats = std::ranges::unique(once.tokens);
    if (repeats.empty()) continue;
    once.tokens.erase(repeats.begin(), repeats.end());
    all.push_back(std::move(once));
  }
  return all;
}

}  // namespace xllm::model
