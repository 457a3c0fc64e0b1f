// What changes in a clip and where, whatever the thing is: how alike the cells of its frames are, as numbers. Features
// tell what a cell shows in hundreds of directions, one for every kind of thing; that something came, went or moved
// shows in which cells differ (self-similarity as a generalised motion: Shechtman & Irani 2007; Kwon et al. 2021).
#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace xllm::x2l {

// Numbers per cell and time: its distance from the mean of its frame's cells (does it stand out?), from the same place
// in the first frame, and in the last one.
constexpr std::int64_t kMotionChannels = 3;

// cells [B, F, C, width] in time order, F ≥ 1 -> [B, times · C · kMotionChannels] float32, time by time, cell by cell;
// each cell is normed first, and each clip's numbers are normed to mean 0 and variance 1 together. Time t shows frame
// ⌊(t + ½) · F / times⌋. No gradients reach `cells`.
at::Tensor clipMotion(const at::Tensor& cells, std::int64_t times);

}  // namespace xllm::x2l
