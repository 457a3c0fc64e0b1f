// Which instruction set the hand-written kernels use. Chosen at run time, once, from what processor and operating
// system offer.
#pragma once

#include <string_view>
#include <vector>

namespace xllm::kernels {

enum class Isa { Plain = 1, Avx2, AvxVnni, Amx, Avx512Vnni };

// The best one this machine can run, or what XLLM_ISA=plain|avx2|avxvnni|amx|avx512vnni asks for. A name that is
// unknown or that the machine cannot run is ignored. Amx, which is AVX512-VNNI and AMX's tiles where they serve, must
// be asked for: its results are tested, but how fast it is nobody has measured yet.
Isa activeIsa();
// All that this machine can run, Plain first, what is taken unasked last.
const std::vector<Isa>& availableIsas();
std::string_view toString(Isa isa);  // "avx512vnni"

}  // namespace xllm::kernels
