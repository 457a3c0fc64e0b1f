#include "core/evaluation/caption_scores.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>

#include "core/evaluation/text_errors.h"

namespace xllm::evaluation {

namespace {

constexpr std::size_t kLongest = 4;
using Words = std::vector<std::string>;
using Counts = std::map<Words, std::int64_t>;

Words wordsOf(const std::string& text) { return unitsOf(normalisedText(text), TextUnit::Words); }

struct Tokenised {
  Words caption;
  std::vector<Words> references;
};

std::vector<Tokenised> tokenise(std::span<const CaptionItem> items) {
  std::vector<Tokenised> all;
  for (const CaptionItem& item : items) {
    Tokenised tokens{wordsOf(item.caption), {}};
    for (const std::string& reference : item.references) tokens.references.push_back(wordsOf(reference));
    all.push_back(std::move(tokens));
  }
  return all;
}

Counts countNgrams(const Words& words, std::size_t n) {
  Counts counts;
  for (std::size_t i = 0; i + n <= words.size(); ++i) {
    ++counts[Words(words.begin() + static_cast<std::ptrdiff_t>(i), words.begin() + static_cast<std::ptrdiff_t>(i + n))];
  }
  return counts;
}

double bleu(const std::vector<Tokenised>& items) {
  std::array<std::int64_t, kLongest> matched{}, total{};
  std::int64_t captionLength = 0, referenceLength = 0;
  for (const Tokenised& item : items) {
    const auto length = static_cast<std::int64_t>(item.caption.size());
    std::int64_t nearest = 0, distance = INT64_MAX;
    for (const Words& reference : item.references) {
      const auto other = static_cast<std::int64_t>(reference.size());
      const std::int64_t apart = std::abs(other - length);
      if (apart < distance || (apart == distance && other < nearest)) {
        nearest = other;
        distance = apart;
      }
    }
    captionLength += length;
    referenceLength += nearest;
    for (std::size_t n = 1; n <= kLongest; ++n) {
      Counts most;
      for (const Words& reference : item.references) {
        for (const auto& [ngram, count] : countNgrams(reference, n)) most[ngram] = std::max(most[ngram], count);
      }
      for (const auto& [ngram, count] : countNgrams(item.caption, n)) {
        const auto found = most.find(ngram);
        total[n - 1] += count;
        matched[n - 1] += found == most.end() ? 0 : std::min(count, found->second);
      }
    }
  }
  double logarithm = 0;
  for (std::size_t n = 0; n < kLongest; ++n) {
    if (matched[n] == 0) return 0;
    logarithm += std::log(static_cast<double>(matched[n]) / static_cast<double>(total[n])) / kLongest;
  }
  const double ratio = static_cast<double>(referenceLength) / static_cast<double>(captionLength);
  return std::exp(logarithm + std::min(0.0, 1 - ratio));
}

// n-gram -> tf-idf, and the length of that vector.
struct Weighted {
  std::map<Words, double> weights;
  double norm = 0;
};

double ciderD(const std::vector<Tokenised>& items) {
  constexpr double kSigma = 6;
  double sum = 0;
  for (std::size_t n = 1; n <= kLongest; ++n) {
    Counts documents;
    for (const Tokenised& item : items) {
      std::set<Words> seen;
      for (const Words& reference : item.references) {
        for (const auto& [ngram, count] : countNgrams(reference, n)) seen.insert(ngram);
      }
      for (const Words& ngram : seen) ++documents[ngram];
    }
    const auto weigh = [&](const Words& words) {
      Weighted result;
      for (const auto& [ngram, count] : countNgrams(words, n)) {
        const auto found = documents.find(ngram);
        const double frequency = found == documents.end() ? 1.0 : static_cast<double>(found->second);
        const double weight =
            static_cast<double>(count) * (std::log(static_cast<double>(items.size())) - std::log(frequency));
        result.weights[ngram] = weight;
        result.norm += weight * weight;
      }
      result.norm = std::sqrt(result.norm);
      return result;
    };
    for (const Tokenised& item : items) {
      const Weighted caption = weigh(item.caption);
      double ofItem = 0;
      for (const Words& words : item.references) {
        const Weighted reference = weigh(words);
        double product = 0;
        for (const auto& [ngram, weight] : caption.weights) {
          const auto found = reference.weights.find(ngram);
          if (found != reference.weights.end()) product += std::min(weight, found->second) * found->second;
        }
        if (caption.norm == 0 || reference.norm == 0) continue;
        const double apart = static_cast<double>(item.caption.size()) - static_cast<double>(words.size());
        ofItem += product / (caption.norm * reference.norm) * std::exp(-apart * apart / (2 * kSigma * kSigma));
      }
      sum += 10 * ofItem / static_cast<double>(item.references.size());
    }
  }
  return sum / static_cast<double>(kLongest * items.size());
}

double commonLength(const Words& a, const Words& b) {
  std::vector<std::int64_t> row(b.size() + 1);
  for (const std::string& word : a) {
    std::int64_t diagonal = 0;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::int64_t next = word == b[j - 1] ? diagonal + 1 : std::max(row[j], row[j - 1]);
      diagonal = row[j];
      row[j] = next;
    }
  }
  return static_cast<double>(row.back());
}

double rougeL(const std::vector<Tokenised>& items) {
  constexpr double kBeta = 1.2;
  double sum = 0;
  for (const Tokenised& item : items) {
    double precision = 0, recall = 0;
    for (const Words& reference : item.references) {
      if (item.caption.empty() || reference.empty()) continue;
      const double common = commonLength(item.caption, reference);
      precision = std::max(precision, common / static_cast<double>(item.caption.size()));
      recall = std::max(recall, common / static_cast<double>(reference.size()));
    }
    if (precision > 0) sum += (1 + kBeta * kBeta) * precision * recall / (recall + kBeta * kBeta * precision);
  }
  return sum / static_cast<double>(items.size());
}

}  // namespace

CaptionScores scoreCaptions(std::span<const CaptionItem> items) {
  if (items.empty()) return {};
  const auto tokens = tokenise(items);
  return {bleu(tokens), ciderD(tokens), rougeL(tokens)};
}

}  // namespace xllm::evaluation
