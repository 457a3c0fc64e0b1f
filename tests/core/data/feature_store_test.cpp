#include "core/data/feature_store.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "tests/core/data/scratch.h"

namespace xllm::data {
namespace {

using tests::Scratch;

at::Tensor rows(std::int64_t count, double start) {
  return (at::arange(count * 4, at::kFloat) * 0.5 + start).view({count, 4});
}

std::unique_ptr<FeatureStore> opened(const Scratch& folder) {
  auto store = FeatureStore::open(folder.path(), "speech", 4);
  if (!store) throw std::runtime_error(store.error().message);
  return std::move(*store);
}

TEST(FeatureStore, GivesBackWhatWasKeptAfterItWasOpenedAgain) {
  const Scratch folder;
  {
    const auto store = opened(folder);
    ASSERT_TRUE(store->append("a", rows(3, 1)));
    ASSERT_TRUE(store->append("b", rows(2, 50)));
  }
  const auto store = opened(folder);
  EXPECT_TRUE(store->contains("a"));
  EXPECT_FALSE(store->contains("c"));
  ASSERT_TRUE(store->append("c", rows(1, 9)));
  ASSERT_TRUE(store->finish());
  EXPECT_EQ(store->rows("a"), 3);
  EXPECT_TRUE(at::equal(store->load("a"), rows(3, 1)));
  EXPECT_TRUE(at::equal(store->load("b"), rows(2, 50)));
  EXPECT_TRUE(at::equal(store->load("c"), rows(1, 9)));
}

TEST(FeatureStore, GoesOnAfterAWriterThatWasCutOff) {
  const Scratch folder;
  {
    const auto store = opened(folder);
    ASSERT_TRUE(store->append("a", rows(3, 1)));
    ASSERT_TRUE(store->append("b", rows(2, 50)));
  }
  // As if the process had died while it wrote the third example: half of its rows, half of its line.
  std::ofstream(folder.path() / "speech.features", std::ios::app | std::ios::binary) << "half";
  std::ofstream(folder.path() / "speech.index", std::ios::app) << "c 1";
  {
    const auto store = opened(folder);
    EXPECT_FALSE(store->contains("c"));
    ASSERT_TRUE(store->append("c", rows(1, 9)));
  }
  const auto store = opened(folder);
  ASSERT_TRUE(store->finish());
  EXPECT_TRUE(at::equal(store->load("b"), rows(2, 50)));
  EXPECT_TRUE(at::equal(store->load("c"), rows(1, 9)));
}

TEST(FeatureStore, WhereverItsFilesWereCutWhatIsLeftIsIntactAndTheRestIsFilledAgain) {
  const Scratch whole;
  const std::vector<std::string> keys{"a", "b", "c", "d"};
  const auto fill = [&](FeatureStore& store) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (store.contains(keys[i])) continue;
      ASSERT_TRUE(store.append(keys[i], rows(static_cast<std::int64_t>(i) + 1, 7.0 * static_cast<double>(i))));
    }
  };
  fill(*opened(whole));
  const auto read = [](const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return std::string{std::istreambuf_iterator<char>(stream), {}};
  };
  const std::string features = read(whole.path() / "speech.features"), index = read(whole.path() / "speech.index");
  ASSERT_EQ(features.size(), 80U);
  for (std::size_t kept = 0; kept <= features.size(); kept += 5) {
    for (std::size_t lines = 0; lines <= index.size(); lines += 3) {
      const Scratch cut;
      cut.write("speech.features", features.substr(0, kept));
      cut.write("speech.index", index.substr(0, lines));
      fill(*opened(cut));
      const auto again = opened(cut);
      ASSERT_TRUE(again->finish());
      for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto expected = rows(static_cast<std::int64_t>(i) + 1, 7.0 * static_cast<double>(i));
        ASSERT_TRUE(at::equal(again->load(keys[i]), expected)) << keys[i] << " " << kept << " " << lines;
      }
    }
  }
}

TEST(FeatureStore, RefusesAnIndexThatDoesNotFitItsRows) {
  const Scratch folder;
  folder.write("speech.index", "a 0 5\n");
  EXPECT_EQ(FeatureStore::open(folder.path(), "speech", 4).error().code, ErrorCode::CorruptFile);
  folder.write("speech.index", "nonsense\n");
  EXPECT_EQ(FeatureStore::open(folder.path(), "speech", 4).error().code, ErrorCode::CorruptFile);
}

TEST(FeatureStore, TellsFilesApartByTheirContent) {
  const Scratch folder;
  const auto a = contentKey(folder.write("a", "one")), b = contentKey(folder.write("b", "two"));
  const auto c = contentKey(folder.write("c", "one"));
  ASSERT_TRUE(a && b && c);
  EXPECT_EQ(*a, *c);
  EXPECT_NE(*a, *b);
  EXPECT_EQ(*contentKey(folder.write("empty", "")),
            "cbf29ce484222325-0");  // the published start value of 64-bit FNV-1a
}

}  // namespace
}  // namespace xllm::data
