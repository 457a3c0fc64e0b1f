// Any bytes as a checkpoint: opened, every tensor loaded and read. Which reader they reach follows from the bytes, so the
// seeds decide what is fuzzed: tests/golden/containers.
#include <cstddef>
#include <cstdint>

#include "core/weights/checkpoint.h"
#include "tests/fuzz/fuzzed_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t kMostBytes = 64 << 20;  // a small file may say, soundly, that many numbers are one and the same
  const xllm::tests::FuzzedFile file(data, size);
  const auto opened = xllm::weights::Checkpoint::open(file.path());
  if (!opened) return 0;
  unsigned checksum = 0;
  for (const auto& info : (*opened)->tensors()) {
    if (info.bytes > kMostBytes) continue;
    if (const auto stored = (*opened)->stored(info.name)) {
      for (const std::byte byte : stored->bytes) checksum += std::to_integer<unsigned>(byte);
    }
    const auto tensor = (*opened)->load(info.name);
    if (!tensor) continue;
    const auto* bytes = static_cast<const unsigned char*>(tensor->const_data_ptr());
    for (std::size_t i = 0; i < tensor->nbytes(); ++i) checksum += bytes[i];
  }
  volatile unsigned kept = checksum;
  static_cast<void>(kept);
  return 0;
}
