#include "tests/support/golden.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include <ATen/ATen.h>

namespace xllm::tests {
namespace {

::testing::AssertionResult shapesDiffer(const at::Tensor& actual, const at::Tensor& expected) {
  return ::testing::AssertionFailure() << "shape is " << actual.sizes() << ", expected " << expected.sizes();
}

std::string positionOf(std::int64_t flat, at::IntArrayRef shape) {
  std::vector<std::int64_t> at(shape.size());
  for (std::size_t d = shape.size(); d-- > 0;) {
    at[d] = flat % shape[d];
    flat /= shape[d];
  }
  std::ostringstream text;
  text << at::IntArrayRef(at);
  return text.str();
}

::testing::AssertionResult compare(const at::Tensor& actual, const at::Tensor& expected, double limit, double scale) {
  if (actual.sizes() != expected.sizes()) return shapesDiffer(actual, expected);
  if (actual.numel() == 0) return ::testing::AssertionSuccess();
  const at::Tensor a = actual.detach().cpu().to(at::kDouble).reshape({-1});
  const at::Tensor e = expected.detach().cpu().to(at::kDouble).reshape({-1});
  const at::Tensor wrong = (a - e).abs().nan_to_num(INFINITY, INFINITY, INFINITY);
  const auto count = wrong.gt(limit).sum().item<std::int64_t>();
  if (count == 0) return ::testing::AssertionSuccess();
  const auto worst = wrong.argmax().item<std::int64_t>();
  return ::testing::AssertionFailure() << count << " of " << a.numel() << " elements differ by more than " << limit
                                       << " (largest expected value " << scale << "); most at "
                                       << positionOf(worst, expected.sizes()) << ": " << a[worst].item<double>()
                                       << " instead of " << e[worst].item<double>() << ", off by "
                                       << wrong[worst].item<double>() << "; mean " << wrong.mean().item<double>();
}

}  // namespace

std::filesystem::path goldenPath(const std::string& fileName) {
  return std::filesystem::path(XLLM_TEST_DIR) / "golden" / fileName;
}

Golden::Golden(const std::string& name) : m_name(name) {
  auto opened = weights::Checkpoint::open(goldenPath(name + ".safetensors"));
  if (!opened) throw std::runtime_error(opened.error().message);
  m_checkpoint = *opened;
}

at::Tensor Golden::operator[](const std::string& key) const {
  auto tensor = m_checkpoint->load(key);
  if (!tensor) throw std::runtime_error(tensor.error().message);
  return tensor->clone();
}

std::vector<std::string> Golden::weightNames() const {
  std::vector<std::string> names;
  for (const auto& info : m_checkpoint->tensors()) {
    if (!info.name.starts_with("input.") && !info.name.starts_with("expected.")) names.push_back(info.name);
  }
  return names;
}

nlohmann::json Golden::document() const {
  std::ifstream file(goldenPath(m_name + ".json"));
  if (!file) throw std::runtime_error(goldenPath(m_name + ".json").string() + " is not there");
  return nlohmann::json::parse(file);
}

::testing::AssertionResult isClose(const at::Tensor& actual, const at::Tensor& expected, double tolerance) {
  const double scale = expected.numel() == 0 ? 0 : expected.detach().to(at::kDouble).abs().max().item<double>();
  return compare(actual, expected, tolerance * scale, scale);
}

::testing::AssertionResult isWithin(const at::Tensor& actual, const at::Tensor& expected, double limit) {
  const double scale = expected.numel() == 0 ? 0 : expected.detach().to(at::kDouble).abs().max().item<double>();
  return compare(actual, expected, limit, scale);
}

::testing::AssertionResult isSame(const at::Tensor& actual, const at::Tensor& expected) {
  if (actual.scalar_type() != expected.scalar_type()) {
    return ::testing::AssertionFailure() << "element type is " << actual.scalar_type() << ", expected "
                                         << expected.scalar_type();
  }
  if (actual.sizes() != expected.sizes()) return shapesDiffer(actual, expected);
  if (actual.is_floating_point()) {
    const at::Tensor nan = actual.isnan();
    if (!at::equal(nan, expected.isnan())) return ::testing::AssertionFailure() << "NaN stands in different places";
    return compare(actual.nan_to_num(), expected.nan_to_num(), 0, 0);
  }
  if (at::equal(actual, expected)) return ::testing::AssertionSuccess();
  return compare(actual, expected, 0, 0);
}

}  // namespace xllm::tests
