#include "core/kernels/isa.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace xllm::kernels {
namespace {

// Sets XLLM_ISA for one test.
class Isas : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const char* value = std::getenv("XLLM_ISA")) m_before = value;
  }
  void TearDown() override {
    if (m_before)
      setenv("XLLM_ISA", m_before->c_str(), 1);
    else
      unsetenv("XLLM_ISA");
  }

 private:
  std::optional<std::string> m_before;
};

TEST_F(Isas, PlainIsAlwaysThere) { EXPECT_EQ(availableIsas().front(), Isa::Plain); }

TEST_F(Isas, TheBestOneIsTakenUnlessAnotherIsAskedFor) {
  unsetenv("XLLM_ISA");
  EXPECT_EQ(activeIsa(), availableIsas().back());
  for (const Isa isa : availableIsas()) {
    setenv("XLLM_ISA", std::string(toString(isa)).c_str(), 1);
    EXPECT_EQ(activeIsa(), isa);
  }
}

TEST_F(Isas, AnUnknownNameIsIgnored) {
  setenv("XLLM_ISA", "sse9", 1);
  EXPECT_EQ(activeIsa(), availableIsas().back());
}

}  // namespace
}  // namespace xllm::kernels
