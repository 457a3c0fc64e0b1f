// The losses of the stages, as pure functions of tensors.
#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/x2l/speech_interface.h"

namespace xllm::training {

// What is said in a batch of recordings, in two spellings.
struct RecognitionTargets {
  at::Tensor tokens;            // [B, N] int64, indices into the scores; −100 past the end
  at::Tensor lengths;           // [B] int64
  at::Tensor characters;        // all texts one after another [Σ] int64, 1 = first of the alphabet; empty without CTC
  at::Tensor characterLengths;  // [B] int64
};

struct RecognitionWeights {
  double ctc = 0.3, quantity = 1.0, labelSmoothing = 0.0;
};

struct RecognitionLoss {
  at::Tensor total, crossEntropy, ctc, quantity;  // scalars, float32
  at::Tensor rightTokens;                         // share of tokens whose best score is the right one
};

// L = L_CE + w_ctc · L_CTC + w_qua · L_qua (Dong & Xu 2020; released recipes of the same authors). L_CE is the mean
// over tokens, L_CTC the mean over recordings of its value per character, L_qua the mean over recordings of |Σα − S|
// with unscaled α. Of a Linear adapter, which has no scores, L_CTC and L_qua are left.
RecognitionLoss recognitionLoss(const x2l::SpeechTokens& heard, const RecognitionTargets& targets,
                                const RecognitionWeights& weights);

struct WordLoss {
  at::Tensor total, distance, choice;  // scalars, float32
  at::Tensor rightWords;               // [B, Q] bool: the nearest candidate is the right one
};

// Soft tokens [B, Q, width] as words: squared distance to the embedding of word targets[b, q], over the table's mean
// squared norm, plus the cross-entropy of choosing it among the candidates by squared distance. candidates [C, width];
// targets [B, Q] int64, indices into candidates.
WordLoss wordLoss(const at::Tensor& soft, const at::Tensor& targets, const at::Tensor& candidates);
// The mean of that over parts of the soft tokens, places[i] of them one after another, Q in all. Each part counts
// alike: what happens in a clip is said in fewer words than what there is, and matters as much.
WordLoss partedWordLoss(const at::Tensor& soft, const at::Tensor& targets, const at::Tensor& candidates,
                        const std::vector<std::int64_t>& places);

}  // namespace xllm::training
