// How near captions are to reference captions. Words are those of text_errors.h.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace xllm::evaluation {

struct CaptionItem {
  std::string caption;
  std::vector<std::string> references;  // at least one
};

struct CaptionScores {
  double bleu4 = 0;   // 0 … 1. Corpus BLEU of 1- to 4-grams without smoothing, with the nearest reference length, the
                      // shorter of two equally near (Papineni et al. 2002)
  double ciderD = 0;  // 0 … 10. Mean over n = 1 … 4 and over references, clipped, sigma 6; document frequencies over
                      // the references of these items (Vedantam et al. 2015, CIDEr-D)
  double rougeL = 0;  // 0 … 1. Longest common subsequence, best precision and best recall over the references, beta 1.2
                      // (Lin 2004), mean over items
};

CaptionScores scoreCaptions(std::span<const CaptionItem> items);

}  // namespace xllm::evaluation
