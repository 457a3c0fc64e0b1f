// Stands before core/kernels/isa.cpp: the machine has every instruction set that is emulated here.
#include "core/kernels/isa.h"

namespace xllm::kernels {

const std::vector<Isa>& availableIsas() {
  static const std::vector<Isa> all = {Isa::Plain, Isa::AvxVnni, Isa::Amx, Isa::Avx512Vnni};
  return all;
}

Isa activeIsa() { return availableIsas().back(); }

std::string_view toString(Isa isa) {
  switch (isa) {
    case Isa::Plain: return "plain";
    case Isa::AvxVnni: return "avxvnni";
    case Isa::Amx: return "amx";
    default: return "avx512vnni";
  }
}

}  // namespace xllm::kernels
