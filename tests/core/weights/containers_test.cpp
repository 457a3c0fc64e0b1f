#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/weights/checkpoint.h"
#include "tests/support/golden.h"

namespace xllm::weights {
namespace {

struct ContainerFile {
  std::string file;
  std::string must;
  nlohmann::json entry;
};

std::vector<ContainerFile> manifest() {
  std::ifstream stream(tests::goldenPath("containers/manifest.json"));
  std::vector<ContainerFile> files;
  const auto document = nlohmann::json::parse(stream);
  for (const auto& entry : document.at("files")) {
    files.push_back({entry.at("file"), entry.at("must"), entry});
  }
  return files;
}

void PrintTo(const ContainerFile& file, std::ostream* out) { *out << file.file; }

class Containers : public ::testing::TestWithParam<ContainerFile> {};

// Every listed tensor is there with its type, shape and values, and no other.
void expectContents(const Checkpoint& checkpoint, const ContainerFile& file) {
  const auto expected = Checkpoint::open(tests::goldenPath("containers/expected.safetensors"));
  ASSERT_TRUE(expected) << expected.error().message;
  const auto& tensors = file.entry.at("tensors");
  EXPECT_EQ(checkpoint.tensors().size(), tensors.size());
  for (const auto& [name, about] : tensors.items()) {
    const auto wanted = (*expected)->load(file.file + "/" + name);
    ASSERT_TRUE(wanted) << wanted.error().message;
    const TensorInfo* info = checkpoint.find(name);
    ASSERT_NE(info, nullptr) << name;
    EXPECT_EQ(info->shape, about.at("shape").get<std::vector<std::int64_t>>()) << name;
    const auto actual = checkpoint.load(name);
    ASSERT_TRUE(actual) << actual.error().message;
    if (file.entry.at("kind") == "gguf") {
      EXPECT_TRUE(tests::isClose(actual->to(at::kFloat), *wanted, 1e-6)) << name;
    } else {
      EXPECT_EQ(toString(info->type), about.at("dtype").get<std::string>()) << name;
      EXPECT_TRUE(tests::isSame(*actual, *wanted)) << name;
    }
  }
}

TEST_P(Containers, BehaveAsTheManifestSays) {
  const ContainerFile& file = GetParam();
  const auto opened = Checkpoint::open(tests::goldenPath("containers/" + file.file));
  if (file.must == "load") {
    ASSERT_TRUE(opened) << opened.error().message;
    expectContents(**opened, file);
  } else if (file.must == "fail") {
    ASSERT_FALSE(opened) << "was accepted, but: " << file.entry.at("note");
    EXPECT_TRUE(opened.error().message.ends_with(".")) << opened.error().message;
    EXPECT_NE(opened.error().message.find(file.file), std::string::npos) << opened.error().message;
    EXPECT_LT(opened.error().message.size(), 1000U);
  } else if (opened) {  // both are fine, but what was accepted must hold what it lists
    for (const auto& info : (*opened)->tensors()) {
      const auto tensor = (*opened)->load(info.name);
      ASSERT_TRUE(tensor) << tensor.error().message;
      EXPECT_EQ(tensor->sizes(), at::IntArrayRef(info.shape));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, Containers, ::testing::ValuesIn(manifest()), [](const auto& file) {
  std::string name = file.param.file;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
});

TEST(Manifest, NamesEveryFileOnce) {
  std::set<std::string> names;
  for (const auto& file : manifest()) EXPECT_TRUE(names.insert(file.file).second) << file.file;
  EXPECT_EQ(names.size(), 169U);
}

}  // namespace
}  // namespace xllm::weights
