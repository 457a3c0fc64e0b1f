// Stands before core/kernels/isa.cpp: the machine has every instruction set that is emulated here.
#include "core/kernels/isa.h"

namespace xllm::kernels {

const std::vector<Isa>& availableIsas() {
  static const std::vector<Isa> all = {Isa::Plain, Isa::Amx, Isa::Avx512Vnni};
  return all;
}

Isa activeIsa() { return availableIsas().back(); }

std::string_view toString(Isa isa) { return isa == Isa::Plain ? "plain" : isa == Isa::Amx ? "amx" : "avx512vnni"; }

}  // namespace xllm::kernels
