// Arithmetic on rows of numbers for training through the frozen model: what stands between its matrix products, forward
// and backward. Plain loops that the compiler turns into vector code for each instruction set; the right one is chosen
// at load time. No tensors, no threads, no allocation. Rows do not overlap unless said otherwise.
#pragma once

#include <cstdint>

namespace xllm::llm::rows {

// bfloat16 is the upper half of a float; narrowing rounds to nearest, ties to even, as LibTorch does.
void widen(const std::uint16_t* from, std::int64_t count, float* to);
void narrow(const float* from, std::int64_t count, std::uint16_t* to);

void add(const float* y, std::int64_t count, float* x);  // x += y
void scale(const float* x, float factor, std::int64_t count, float* y);

// 1 / sqrt(mean(x²) + epsilon)
float inverseRms(const float* x, double epsilon, std::int64_t count);
// y = x · factor · weight
void normalise(const float* x, float factor, const float* weight, std::int64_t count, float* y);
// The gradient of normalise(x, inverseRms(x)) with respect to x, added to `into`:
// s · (g·w − n · Σ(g·w·n)/count), for g = `gradient`, w = `weight`, s = `factor`, n = `normed` = x · s.
void normaliseBackward(const float* gradient, const float* normed, float factor, const float* weight,
                       std::int64_t count, float* into);

// Turns pairs (j, j + half) of one head by the angle of (cos, sin); `direction` 1, or -1 to turn back. In place.
void turn(float* x, const float* cos, const float* sin, float direction, std::int64_t half);

// y = silu(gate) · up
void swiGlu(const float* gate, const float* up, std::int64_t count, float* y);
void swiGluBackward(const float* gate, const float* up, const float* gradient, std::int64_t count, float* toGate,
                    float* toUp);

}  // namespace xllm::llm::rows
