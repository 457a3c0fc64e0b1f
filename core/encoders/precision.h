// The number formats that frozen encoders keep their matrices in and multiply them in.
#pragma once

#include <c10/core/ScalarType.h>

namespace xllm::encoders {

// What the matrix products are computed in; sums, norms and the residual stream are float32 either way.
enum class Precision { Float32 = 1, BFloat16, Int8 };
// BFloat16 where the CPU multiplies it faster than float32 (AMX, or AMD's AVX512-BF16), else Float32.
Precision fastestPrecision();
// The same, and Int8 where the CPU multiplies that still faster: for encoders whose matrices are measured to bear it.
Precision fastestWithInt8();
bool hasAmx();  // the processor multiplies bfloat16 with AMX
// Of what goes from one product to the next: with Int8 float32.
at::ScalarType scalarType(Precision precision);

// What matrices are kept in between two products.
enum class Storage {
  AsStored = 1,  // float16, bfloat16 or float32, as the file has them
  BFloat16,      // two bytes a weight
};

}  // namespace xllm::encoders
