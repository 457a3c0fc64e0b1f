// Memory in pages of 2 MB instead of 4 KB. A core that streams through a model's weights has to look up where each page
// lies, in a virtual machine twice: in large ones answers come 5 to 8 % faster (two cores of Zen 5). Where the system
// has no such pages, nothing happens.
#pragma once

#include <cstddef>
#include <span>
#include <stop_token>

namespace xllm {

inline constexpr std::size_t kLargePage = std::size_t{2} << 20;

// For memory that nobody has touched yet. A hint for the whole large pages in it.
void wantLargePages(void* memory, std::size_t bytes);

// Copies of the whole large pages in `bytes`, which are mapped from a file, take the place of the mapping, piece after
// piece, until there is no memory left or it is asked to stop. Whoever reads meanwhile, on whatever thread, reads the
// same. The bytes are the program's own then: MappedFile::letGo() would lose them. How many have moved.
std::size_t moveToLargePages(std::span<const std::byte> bytes, const std::stop_token& stop = {});

}  // namespace xllm
