// Draws the next token from logits.
#pragma once

#include <cstdint>
#include <random>
#include <span>

#include "core/generation/chat_request.h"

namespace xllm::generation {

using Rng = std::mt19937_64;

// Draws one id from `logits` [vocabulary]. Consumes one value of `rng` even at temperature 0, so a seed gives the same
// text whichever sampling the user picked. Order: temperature, top-k, top-p. Not-a-number and infinite logits are never
// drawn; if nothing is left, throws. Equal logits: the lower id wins.
std::int64_t sampleToken(std::span<const float> logits, const Sampling& how, Rng& rng);

// The id of the largest finite logit, what temperature 0 draws; throws if there is none.
std::int64_t mostLikely(std::span<const float> logits);

}  // namespace xllm::generation
