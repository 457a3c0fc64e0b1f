// How much memory BLIP-2's eyes take, and how long they look: at full width, a file that tests/tools/random_blip2.py
// writes. With XLLM_FULL_SIZE=1 all 39 blocks and 12 layers, else few of each.
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include "core/model/image_parts.h"
#include "core/x2l/image_interface.h"

namespace xllm::model {
namespace {

namespace fs = std::filesystem;

// A line of /proc/self/status in bytes: "VmRSS", "VmHWM" (the most since resetPeak()).
std::int64_t memory(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key + ":")) return std::stoll(line.substr(key.size() + 1)) * 1024;
  }
  return 0;
}

void resetPeak() { std::ofstream("/proc/self/clear_refs") << "5"; }

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - m_start).count(); }

 private:
  std::chrono::steady_clock::time_point m_start = std::chrono::steady_clock::now();
};

TEST(Blip2Eyes, TakeNoMoreMemoryThanTheirWeights) {
  const bool full = std::getenv("XLLM_FULL_SIZE") != nullptr;
  const int blocks = full ? 39 : 3, layers = full ? 12 : 2;
  Pack pack;
  pack.name = "Random";
  pack.folder = fs::path(::testing::TempDir()) / "blip2_eyes";
  fs::create_directories(pack.folder);
  const fs::path file = pack.folder / "blip2.safetensors";
  std::ostringstream command;
  command << XLLM_PYTHON << " " << XLLM_TEST_DIR << "/tools/random_blip2.py " << file << " --blocks " << blocks
          << " --former-layers " << layers;
  ASSERT_EQ(std::system(command.str().c_str()), 0) << command.str();
  const auto stored = static_cast<std::int64_t>(fs::file_size(file));
  // Precision left to the processor: bfloat16 products, or float32 ones of matrices that are kept in 16 bits.
  pack.imageEncoder = EncoderPart{"eva-vit", file.filename().string()};
  pack.image = InterfacePart{
      .file = file.filename().string(), .config = {{"layers", layers}}, .wrap = {}, .defaultQuestion = ""};

  const c10::InferenceMode inference;
  const std::int64_t before = memory("VmRSS");
  resetPeak();
  const Stopwatch loading;
  const auto encoder = openImageEncoder(pack);
  ASSERT_TRUE(encoder) << encoder.error().message;
  const auto interface = openImageInterface(pack, *pack.image, **encoder);
  ASSERT_TRUE(interface) << interface.error().message;
  const double loadSeconds = loading.seconds();
  const std::int64_t loaded = memory("VmHWM");
  const Stopwatch looking;
  const RgbImage picture{320, 240, std::vector<std::uint8_t>(320 * 240 * 3, 90)};
  const at::Tensor tokens = (*interface)->forward((*encoder)->forward((*encoder)->preprocess(picture)).cells);
  const double lookSeconds = looking.seconds();
  const std::int64_t peak = memory("VmHWM");
  EXPECT_EQ(tokens.sizes(), at::IntArrayRef({1, 32, 4096}));
  EXPECT_EQ((*encoder)->shape().cells, 257);
  std::cout << "weights " << stored / 1'000'000 << " MB; before " << before / 1'000'000 << " MB; most while loading "
            << loaded / 1'000'000 << " MB (" << loadSeconds << " s), while looking " << peak / 1'000'000 << " MB ("
            << lookSeconds << " s a picture); now " << memory("RssAnon") / 1'000'000 << " MB of its own and "
            << memory("RssFile") / 1'000'000 << " MB of files\n";
  // Beside the weights: one matrix in float32, activations, and LibTorch's own code as far as it is used.
  constexpr std::int64_t kRoom = 120'000'000;
  EXPECT_LE(loaded, before + stored + kRoom);
  EXPECT_LE(peak, before + stored + kRoom);
  if (full) {
    EXPECT_LE(peak, 2'600'000'000);
  }
  fs::remove_all(pack.folder);
}

}  // namespace
}  // namespace xllm::model
