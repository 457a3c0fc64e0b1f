#include "core/weights/some_tensors.h"

#include <filesystem>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "tests/core/weights/temporary_folder.h"
#include "tests/support/golden.h"

namespace xllm::weights {
namespace {

TEST(SomeTensors, ShowsThoseThatBelongAndNoOthers) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "some_tensors.safetensors";
  const at::Tensor eyes = at::ones({2}), words = at::full({3}, 7.0);
  ASSERT_TRUE(saveSafetensors(path, {{"eyes.weight", eyes}, {"words.weight", words}}, {{"family", "tiny"}}));
  const auto part =
      someTensors(Checkpoint::open(path).value(), [](std::string_view name) { return !name.starts_with("eyes."); });
  ASSERT_EQ(part->tensors().size(), 1U);
  EXPECT_EQ(part->tensors()[0].name, "words.weight");
  EXPECT_TRUE(tests::isSame(part->load("words.weight").value(), words));
  EXPECT_EQ(part->stored("words.weight")->bytes.size(), 12U);
  part->letGo("words.weight");
  EXPECT_TRUE(tests::isSame(part->load("words.weight").value(), words));
  EXPECT_EQ(part->find("eyes.weight"), nullptr);
  EXPECT_EQ(part->load("eyes.weight").error().code, ErrorCode::NotFound);
  EXPECT_EQ(part->stored("eyes.weight").error().code, ErrorCode::NotFound);
  EXPECT_EQ(part->text("family").value(), "tiny");
  EXPECT_EQ(part->path(), path);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace xllm::weights
