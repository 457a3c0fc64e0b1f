// Stage 1 of I2L (BLIP-2, arXiv 2301.12597, section 3.1; salesforce/LAVIS blip2_qformer): the Q-Former with the branch
// that reads text, and the heads by which its queries learn to say what is in a picture. Only the query branch is
// shipped (image_interface.h); the rest is left behind after training. No losses here (core/training/qformer_losses.h).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include "core/x2l/image_interface.h"
#include "core/x2l/parameters.h"

namespace xllm::x2l {

// BLIP-2: vocabulary 30523, positions 512, embedding 256.
struct QFormerTextConfig {
  std::int64_t vocabulary = 0, positions = 512;
  std::int64_t embedding = 256;  // width in which pictures and texts are compared
};

// `image` is the query branch, under its own names; `text` what stage 1 adds, under LAVIS' names (Qformer.bert.…,
// Qformer.cls.predictions.…, vision_proj, text_proj, itm_head, temp). Queries and text share self-attention, its norms
// and the embeddings' norm, which belong to `image`.
class QFormerStage1 : public torch::nn::Module {
 public:
  QFormerStage1(std::shared_ptr<ImageInterface> image, const QFormerTextConfig& config);
  ~QFormerStage1() override;

  ImageInterface& image() { return *m_image; }
  const QFormerTextConfig& config() const { return m_config; }

  // What the queries attend to, [B, M, width]; once per batch of pictures.
  at::Tensor memory(const at::Tensor& cells, const at::Tensor& pooled = {}, const at::Tensor& probabilities = {});

  struct Generation {
    at::Tensor queries;  // [B, Q, hidden]: as if there were no text, since they do not see it
    at::Tensor scores;   // [B, T, vocabulary]: position t predicts word t + 1
  };
  // ids [B, T] int64, padding at the end. A word sees the queries and the words up to itself, so that what stands on
  // padding reaches no word; BLIP-2 gets there with the queries' cached keys and values.
  Generation generate(const at::Tensor& memory, const at::Tensor& ids);
  // Texts alone: state of the first word [B, hidden]. valid [B, T] bool: false is padding.
  at::Tensor readText(const at::Tensor& ids, const at::Tensor& valid);
  // Queries and words see each other -> the queries' states [B, Q, hidden].
  at::Tensor readTogether(const at::Tensor& memory, const at::Tensor& ids, const at::Tensor& valid);

  // States -> unit vectors of width `embedding`, to compare pictures with texts.
  at::Tensor pictureVectors(const at::Tensor& queries);  // [B, Q, hidden] -> [B, Q, embedding]
  at::Tensor textVectors(const at::Tensor& firstWords);  // [B, hidden] -> [B, embedding]
  // Do they belong together? [B, Q, hidden] -> [B, 2], 1 = yes: mean over the queries.
  at::Tensor matchScores(const at::Tensor& queries);
  at::Tensor temperature() const;  // learned scalar, 0.07 at the start

 private:
  struct Text;
  at::Tensor embedText(const at::Tensor& ids);
  at::Tensor startQueries(std::int64_t batch);
  // `queries` rows of x [B, N, hidden] are queries, the rest words; mask additive, broadcast to [B, 1, N, N].
  at::Tensor run(at::Tensor x, std::int64_t queries, const at::Tensor& memory, const at::Tensor& mask);

  std::shared_ptr<ImageInterface> m_image;
  QFormerTextConfig m_config;
  std::shared_ptr<Text> m_text;
};

// How this module's names become those of published files: `image.` and `text.` are ours.
LoadOptions publishedStage1Names();

}  // namespace xllm::x2l
