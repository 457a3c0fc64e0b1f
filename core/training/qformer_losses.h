// The three losses by which a Q-Former learns to say what is in a picture (BLIP-2, arXiv 2301.12597, section 3.2), as
// functions of tensors. Where pairs of a batch are really the same picture or the same words, they count neither as
// right nor as wrong, unlike in the paper.
#pragma once

#include <cstdint>
#include <functional>

#include <ATen/core/Tensor.h>

#include "core/data/seeded_random.h"
#include "core/x2l/qformer_text.h"

namespace xllm::training {

// Cosine of each picture's best query with each text, over the temperature: [pictures, texts]. pictures [P, Q, E] and
// texts [T, E] are unit vectors.
at::Tensor similarity(const at::Tensor& pictures, const at::Tensor& texts, const at::Tensor& temperature);

// Image-text contrastive: cross-entropy of finding picture b's text among all, and text b's picture; the mean of both.
// similarity [B, B]; same [B, B] bool: pairs off the diagonal that belong together too, left out; undefined: none.
// `smoothing` is spread evenly over what is not left out.
at::Tensor contrastiveLoss(const at::Tensor& similarity, const at::Tensor& same, double smoothing);

// For row rows[i] of the batch, row chosen[i] does not belong to it. Rows for which there is none are missing.
struct Negatives {
  at::Tensor rows, chosen;  // [n] int64
};
struct HardNegatives {
  Negatives pictures;  // rows: texts; chosen: pictures
  Negatives texts;     // rows: pictures; chosen: texts
};
// Drawn with the probabilities softmax(similarity) of what does not belong together: the likelier a confusion, the
// likelier it is drawn. The same for the same random numbers.
HardNegatives hardNegatives(const at::Tensor& similarity, const at::Tensor& same, data::SeededRandom& random);
// Those probabilities: [B, B], rows sum to 1, or to 0 where nothing is left.
at::Tensor negativeWeights(const at::Tensor& similarity, const at::Tensor& same);

// Image-grounded generation: scores [B, T, V] of the word after each; ids and valid [B, T]. Mean over words.
at::Tensor generationLoss(const at::Tensor& scores, const at::Tensor& ids, const at::Tensor& valid, double smoothing);

struct ImageTextBatch {
  at::Tensor cells, pooled, probabilities;  // what ImageInterface::memory takes
  at::Tensor ids, valid;                    // [B, T]: [CLS] first, padding at the end
  at::Tensor same;                          // [B, B] bool, or undefined
  std::int64_t decodeId = 0;                // [DEC], which stands in the place of [CLS] when text is generated
};

struct ImageTextWeights {
  double contrastive = 1.0, matching = 1.0, generation = 1.0, smoothing = 0.1;
};

struct ImageTextLoss {
  at::Tensor total, contrastive, matching, generation;  // scalars, float32
  at::Tensor similarity;                                // [B, B], no gradient
  at::Tensor matchScores;                               // [pairs, 2]: right pairs, wrong pictures, wrong texts
  at::Tensor matchLabels;                               // [pairs] int64
};

using ChooseNegatives = std::function<HardNegatives(const at::Tensor& similarity)>;

// All three. The queries of the generating pass serve the comparison too: they do not see the text.
ImageTextLoss imageTextLoss(x2l::QFormerStage1& module, const ImageTextBatch& batch, const ImageTextWeights& weights,
                            const ChooseNegatives& choose);

}  // namespace xllm::training
