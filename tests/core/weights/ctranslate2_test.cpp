#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/weights/checkpoint.h"
#include "tests/core/weights/ctranslate2_bytes.h"
#include "tests/core/weights/temporary_folder.h"
#include "tests/support/golden.h"

namespace xllm::weights {
namespace {

using tests::Ctranslate2Bytes;
using Type = Ctranslate2Bytes::Type;

class Ctranslate2 : public ::testing::Test {
 protected:
  Result<std::shared_ptr<const Checkpoint>> open(std::string_view bytes) const {
    return Checkpoint::open(tests::writeFile(m_folder / "model.bin", bytes));
  }
  std::string refusal(std::string_view bytes) const {
    const auto opened = open(bytes);
    return opened ? "was accepted" : opened.error().message;
  }

  tests::TemporaryFolder m_folder;
};

TEST_F(Ctranslate2, ReadsTensorsAliasesAndScalars) {
  const auto opened = open(tests::smallCtranslate2Model());
  ASSERT_TRUE(opened) << opened.error().message;
  const Checkpoint& model = **opened;
  EXPECT_EQ(model.format(), "ctranslate2");
  EXPECT_EQ(model.text("spec").value(), "TestSpec");
  EXPECT_EQ(model.integer("spec_revision").value(), 3);
  EXPECT_EQ(model.integer("encoder/num_heads").value(), 8);
  EXPECT_EQ(model.integer("decoder/num_heads").value(), 8);
  EXPECT_EQ(model.integer("encoder/pre_norm").value(), 1);
  EXPECT_EQ(model.number("encoder/bias_scale").value(), 0.5);
  EXPECT_EQ(model.tensors().size(), 3U);
  const at::Tensor weight = at::tensor({1.0F, -2.0F, 0.5F, 3.0F}).reshape({2, 2});
  EXPECT_TRUE(tests::isSame(model.load("encoder/weight").value(), weight));
  EXPECT_TRUE(tests::isSame(model.load("decoder/weight").value(), weight));
  EXPECT_TRUE(tests::isSame(model.load("encoder/bias").value(), at::tensor({1, -1, 127}, at::kChar)));
}

TEST_F(Ctranslate2, RefusesTheFileCutAnywhere) {
  const std::string bytes = tests::smallCtranslate2Model();
  for (std::size_t length = 1; length < bytes.size(); ++length) {
    EXPECT_FALSE(open(std::string_view(bytes).substr(0, length))) << length << " of " << bytes.size() << " bytes";
  }
  EXPECT_FALSE(open(bytes + '\0'));
}

TEST_F(Ctranslate2, RefusesOtherVersions) {
  const std::string message = refusal(Ctranslate2Bytes(5).count(0).count(0).bytes());
  EXPECT_NE(message.find("version is 5"), std::string::npos) << message;
}

TEST_F(Ctranslate2, RefusesSizesThatDoNotFitTheirShape) {
  EXPECT_NE(refusal(Ctranslate2Bytes().count(1).variable("w", {3}, Type::F32, "12345678").count(0).bytes())
                .find("needs 12 bytes and has 8"),
            std::string::npos);
  const std::vector<std::uint32_t> huge(6, 0xffffffffU);
  EXPECT_NE(
      refusal(Ctranslate2Bytes().count(1).variable("w", huge, Type::F32, "1234").count(0).bytes()).find("63 bits"),
      std::string::npos);
}

TEST_F(Ctranslate2, RefusesUnknownTypesDoubleNamesAndEmptyAliases) {
  EXPECT_NE(refusal(Ctranslate2Bytes().count(1).variable("w", {1}, static_cast<Type>(9), "1").count(0).bytes())
                .find("element type 9"),
            std::string::npos);
  EXPECT_NE(refusal(Ctranslate2Bytes()
                        .count(2)
                        .variable("w", {1}, Type::I8, "1")
                        .variable("w", {1}, Type::I8, "1")
                        .count(0)
                        .bytes())
                .find("two tensors"),
            std::string::npos);
  EXPECT_NE(refusal(Ctranslate2Bytes().count(0).count(1).alias("a", "b").bytes()).find("alias"), std::string::npos);
}

}  // namespace
}  // namespace xllm::weights
