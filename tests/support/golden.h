// The golden numbers under tests/golden, and the comparison every numeric test uses. No tolerances here: each test says
// its own.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/weights/checkpoint.h"

namespace xllm::tests {

std::filesystem::path goldenPath(const std::string& fileName);  // tests/golden/fileName

// One NAME.safetensors with its NAME.json. Everything throws (and so fails the test) when it is not there.
class Golden {
 public:
  explicit Golden(const std::string& name);

  at::Tensor operator[](const std::string& key) const;  // own memory: may be written to
  at::Tensor input(const std::string& key) const { return (*this)["input." + key]; }
  at::Tensor expected(const std::string& key) const { return (*this)["expected." + key]; }
  bool has(const std::string& key) const { return m_checkpoint->find(key) != nullptr; }
  std::vector<std::string> weightNames() const;  // those that start with neither input. nor expected.
  const std::shared_ptr<const weights::Checkpoint>& checkpoint() const { return m_checkpoint; }
  nlohmann::json document() const;  // NAME.json
  nlohmann::json config() const { return document().at("config"); }

 private:
  std::string m_name;
  std::shared_ptr<const weights::Checkpoint> m_checkpoint;
};

// Same shape, and max |actual − expected| ≤ tolerance × max |expected|. A failure tells how many elements differ, by
// how much at most, and where. NaN never passes.  EXPECT_TRUE(isClose(logits, golden.expected("prompt.logits"), 1e-4));
::testing::AssertionResult isClose(const at::Tensor& actual, const at::Tensor& expected, double tolerance);

// The same with an absolute limit.
::testing::AssertionResult isWithin(const at::Tensor& actual, const at::Tensor& expected, double limit);

// Same shape, same element type, same values (NaN equals NaN).
::testing::AssertionResult isSame(const at::Tensor& actual, const at::Tensor& expected);

}  // namespace xllm::tests
