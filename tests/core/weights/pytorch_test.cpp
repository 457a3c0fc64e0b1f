// Legacy files built byte by byte, for what no published or golden file holds.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/weights/checkpoint.h"
#include "tests/core/weights/temporary_folder.h"
#include "tests/support/golden.h"

namespace xllm::weights {
namespace {

using namespace std::string_literals;

std::string little(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}
std::string text(std::string_view value) { return "X" + little(value.size(), 4) + std::string(value); }
std::string number(std::uint64_t value) { return "\x8a\x08" + little(value, 8); }
std::string pickle(const std::string& body) { return "\x80\x02" + body + "."; }

// storage "0" of floats, as a persistent id with `view` behind it
std::string storage(int elements, const std::string& view = "N") {
  return "(" + text("storage") + "ctorch\nFloatStorage\n" + text("0") + text("cpu") +
         number(static_cast<unsigned>(elements)) + view + "tQ";
}
std::string tensor(const std::string& storageId, int offset, int size) {
  return "ctorch._utils\n_rebuild_tensor_v2\n(" + storageId + number(static_cast<unsigned>(offset)) +
         number(static_cast<unsigned>(size)) + "\x85" + number(1) + "\x85" + "\x89}tR";
}

// `object` with one storage of the floats 0, 1, 2 …
std::string legacyFile(const std::string& object, int elements) {
  std::string bytes = pickle("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"s) + pickle(number(1001)) +
                      pickle("}" + text("little_endian") + "\x88s") + pickle(object);
  if (elements == 0) return bytes + pickle("]");
  bytes += pickle("]" + text("0") + "a") + little(static_cast<unsigned>(elements), 8);
  for (int i = 0; i < elements; ++i) {
    const auto value = static_cast<float>(i);
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  return bytes;
}

class Pytorch : public ::testing::Test {
 protected:
  Result<std::shared_ptr<const Checkpoint>> open(std::string_view bytes) const {
    return Checkpoint::open(tests::writeFile(m_folder / "model.pth", bytes));
  }
  std::string refusal(std::string_view bytes) const {
    const auto opened = open(bytes);
    return opened ? "was accepted" : opened.error().message;
  }

  tests::TemporaryFolder m_folder;
};

TEST_F(Pytorch, ReadsATensorThroughAView) {
  const std::string view = "(" + text("v") + number(2) + number(3) + "t";
  const auto opened = open(legacyFile("}" + text("w") + tensor(storage(6, view), 1, 2) + "s", 6));
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_TRUE(tests::isSame((*opened)->load("w").value(), at::tensor({3.0F, 4.0F})));
}

TEST_F(Pytorch, RefusesAViewThatLeavesItsStorage) {
  for (const auto& [offset, elements] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {4, 3}, {7, 0}, {static_cast<std::uint64_t>(-1), 2}, {INT64_MAX, 2}, {2, INT64_MAX}}) {
    const std::string view = "(" + text("v") + number(offset) + number(elements) + "t";
    EXPECT_NE(refusal(legacyFile("}" + text("w") + tensor(storage(6, view), 0, 0) + "s", 6)).find("past its storage"),
              std::string::npos)
        << offset << ", " << elements;
  }
}

TEST_F(Pytorch, KeepsTensorsBesideObjectsItDoesNotBuild) {
  const std::string object = "cargparse\nNamespace\n)R}" + text("lr") + number(1) + "sb";
  const auto opened = open(legacyFile(
      "}" + text("args") + object + "s" + text("w") + tensor(storage(2), 0, 2) + "s" + text("step") + number(9) + "s",
      2));
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_TRUE(tests::isSame((*opened)->load("w").value(), at::tensor({0.0F, 1.0F})));
  EXPECT_EQ((*opened)->integer("step").value(), 9);
  EXPECT_FALSE((*opened)->metadata().contains("args"));
}

TEST_F(Pytorch, NamesTheObjectWhenThereIsNothingElse) {
  const std::string message = refusal(legacyFile("cmodels.net\nNet\n)\x81}b", 0));
  EXPECT_NE(message.find("models.net.Net"), std::string::npos) << message;
}

TEST_F(Pytorch, ALongTextMentionedManyTimesDoesNotFillTheMemory) {
  std::string object = "}(" + text("first") + text(std::string(1 << 20, 'x')) + "q\x01"s;
  for (int i = 0; i < 2000; ++i) object += text(std::to_string(i)) + "h\x01"s;
  EXPECT_NE(refusal(legacyFile(object + "u", 0)).find("hold too much"), std::string::npos);
}

TEST_F(Pytorch, ALongKeyMentionedManyTimesDoesNotFillTheMemory) {
  std::string object = text(std::string(4000, 'k')) + "q\x01](";  // a list of {k: None}
  for (int i = 0; i < 30000; ++i) object += "}h\x01Ns";
  EXPECT_NE(refusal(legacyFile(object + "e", 0)).find("hold too much"), std::string::npos);
}

TEST_F(Pytorch, AListSharedByManyDictionariesIsNotCopiedWithoutEnd) {
  std::string object = "]q\x01(";
  for (int i = 0; i < 1000; ++i) object += "NN\x86";
  object += "e0";  // POP is no opcode PyTorch writes
  EXPECT_NE(refusal(legacyFile(object, 0)).find("opcode"), std::string::npos);
  object.back() = 'q';
  object += "\x02(";
  for (int i = 0; i < 10000; ++i) object += "ccollections\nOrderedDict\nh\x01\x85R";
  EXPECT_NE(refusal(legacyFile(object + "t", 0)).find("too many containers"), std::string::npos);
}

}  // namespace
}  // namespace xllm::weights
