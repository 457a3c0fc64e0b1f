#include "core/x2l/qformer_text.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "tests/support/golden.h"

namespace xllm::x2l {
namespace {

using tests::Golden;
using tests::isClose;
using tests::isWithin;

std::shared_ptr<QFormerStage1> goldenModule(const Golden& golden) {
  const ImageInterfaceConfig sizes{
      .featureWidth = 64, .hidden = 64, .layers = 4, .heads = 4, .intermediate = 128, .queries = 6, .llmWidth = 128};
  auto module = std::make_shared<QFormerStage1>(std::make_shared<ImageInterface>(sizes),
                                                QFormerTextConfig{.vocabulary = 60, .positions = 32, .embedding = 32});
  auto options = publishedStage1Names();
  for (const auto* kind : {"input.*", "expected.*"}) options.ignore.emplace_back(kind);
  const auto loaded = loadParameters(*module, *golden.checkpoint(), options);
  if (!loaded) throw std::runtime_error(loaded.error().message);
  module->eval();
  return module;
}

class QFormerText : public testing::Test {
 protected:
  const Golden m_golden{"qformer_blip2_stage1"};
  const std::shared_ptr<QFormerStage1> m_module = goldenModule(m_golden);
  const at::Tensor m_ids = m_golden.input("text_input_ids");
  const at::Tensor m_valid = m_golden.input("text_attention_mask").to(at::kBool);
  const torch::NoGradGuard m_noGrad;
};

TEST_F(QFormerText, ReadsTextAsThePublishedOne) {
  const auto first = m_module->readText(m_ids, m_valid);
  EXPECT_TRUE(isClose(first, m_golden.expected("text_cls"), 1e-5));
  EXPECT_TRUE(isClose(m_module->textVectors(first), m_golden.expected("text_feat"), 1e-5));
}

TEST_F(QFormerText, GeneratesAsThePublishedOneWithItsCachedQueries) {
  auto ids = m_ids.clone();
  ids.select(1, 0).fill_(m_golden.input("decoder_bos_token_id").item<std::int64_t>());
  const auto out = m_module->generate(m_module->memory(m_golden.input("image_embeds")), ids);
  EXPECT_TRUE(isClose(out.queries, m_golden.expected("query_output"), 1e-5));
  EXPECT_TRUE(isClose(m_module->pictureVectors(out.queries), m_golden.expected("image_feats"), 1e-5));
  EXPECT_TRUE(isClose(out.scores * m_valid.unsqueeze(2), m_golden.expected("lm_logits"), 1e-5));
}

TEST_F(QFormerText, ReadsPictureAndTextTogetherAsThePublishedOne) {
  const auto all = torch::arange(3);
  const auto pictures = torch::cat({all, m_golden.input("negative_image_index"), all});
  const auto texts = torch::cat({all, all, m_golden.input("negative_text_index")});
  const auto memory = m_module->memory(m_golden.input("image_embeds")).index_select(0, pictures);
  const auto queries = m_module->readTogether(memory, m_ids.index_select(0, texts), m_valid.index_select(0, texts));
  EXPECT_TRUE(isClose(queries, m_golden.expected("itm_query_output"), 1e-5));
  EXPECT_TRUE(isClose(m_module->matchScores(queries), m_golden.expected("itm_logits"), 1e-5));
}

TEST_F(QFormerText, KeepsTheQueryBranchThatIsShipped) {
  const auto cells = m_golden.input("image_embeds");
  EXPECT_TRUE(isClose(m_module->image().forward(cells), m_golden.expected("i_adapter_output"), 1e-5));
  for (const auto& item : m_module->image().named_parameters()) {
    EXPECT_NE(m_golden.checkpoint()->find(item.key()), nullptr) << item.key() << " is no published name";
  }
}

TEST_F(QFormerText, StartsWithoutAnAdapterWhenThePublishedFileHasNone) {
  const auto options = publishedStage1Names();
  EXPECT_EQ(options.optional, std::vector<std::string>{"image.opt_proj.*"});
  EXPECT_NEAR(m_module->temperature().item<double>(), 0.07, 1e-7);
}

TEST_F(QFormerText, WordsDoNotSeeWhatComesAfterThem) {
  const auto memory = m_module->memory(m_golden.input("image_embeds"));
  const auto before = m_module->generate(memory, m_ids);
  auto changed = m_ids.clone();
  changed.narrow(1, 4, 6).fill_(30);
  const auto after = m_module->generate(memory, changed);
  EXPECT_TRUE(isWithin(after.scores.narrow(1, 0, 4), before.scores.narrow(1, 0, 4), 1e-5));
  EXPECT_TRUE(isWithin(after.queries, before.queries, 1e-5));
  EXPECT_FALSE(isWithin(after.scores.narrow(1, 4, 1), before.scores.narrow(1, 4, 1), 1e-2));
}

TEST_F(QFormerText, PaddingChangesNothing) {
  auto ids = m_ids.clone();
  ids.masked_fill_(m_valid.logical_not(), 17);
  EXPECT_TRUE(isWithin(m_module->readText(ids, m_valid), m_module->readText(m_ids, m_valid), 1e-5));
  const auto memory = m_module->memory(m_golden.input("image_embeds"));
  EXPECT_TRUE(
      isWithin(m_module->readTogether(memory, ids, m_valid), m_module->readTogether(memory, m_ids, m_valid), 1e-5));
}

}  // namespace
}  // namespace xllm::x2l
