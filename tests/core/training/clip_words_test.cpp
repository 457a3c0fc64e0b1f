#include "core/training/clip_words.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "tests/core/training/byte_tokenizer.h"

namespace xllm::training {
namespace {

ClipTraining sizes() {
  ClipTraining clip;
  clip.nameWords = 5, clip.eventWords = 3;
  return clip;
}

TEST(ClipWords, PutEachPartInItsOwnPlacesAndFillUpWithNewLines) {
  const tests::ByteTokenizer tokenizer;
  const at::Tensor table = at::arange(160, at::kFloat).unsqueeze(1);  // an embedding tells its token
  const ClipWords words(sizes(), {{"owl", "", "up"}, {"", "hen", ""}}, tokenizer, table);
  const auto spell = [&](const ClipParts& parts) {
    std::string text;
    for (const auto number : words.targets(parts)) text += static_cast<char>(words.candidates()[number].item<float>());
    return text;
  };
  EXPECT_EQ(spell({"owl", "", "up"}), " owl\n\n\n\n\n\n up");
  EXPECT_EQ(spell({"hen", "owl", ""}), " hen\n owl\n\n\n\n");
  EXPECT_EQ(spell({"owlhenowl", "", ""}), " owlh\n\n\n\n\n\n\n\n") << "what is too long is cut";
  EXPECT_EQ(words.candidates().size(0), 10) << "n, o, w, l, u, p, h, e, space and new line";
}

TEST(ClipWords, FillTheAnswersPlaces) {
  const Dialogue pattern{"What comes after the {name}?", "After the {name} comes {a second}; {A name} was first."};
  const Dialogue filled = fillClipAnswer(pattern, {"owl", "hen", "then"});
  EXPECT_EQ(filled.ask, "What comes after the owl?");
  EXPECT_EQ(filled.answer, "After the owl comes a hen; An owl was first.");
}

}  // namespace
}  // namespace xllm::training
