// Stands before core/kernels/target_avx512.h where AVX-512 kernels are compiled for a processor that has AVX2 alone:
// their intrinsics become SIMDe's. Those that SIMDe 0.7.4 lacks are written out here, as Intel's Intrinsics Guide
// defines them.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <functional>
#include <numeric>

#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx2.h>
#include <simde/x86/avx512.h>
#include <simde/x86/f16c.h>
#include <simde/x86/fma.h>

#define XLLM_TARGET
#define XLLM_INLINE static inline
#define XLLM_IN_ONE_REGISTER(sum) static_cast<void>(sum)

namespace xllm::kernels::emulated {

template <typename Lane, int N>
struct Lanes {
  Lane lane[N];
};

// The 16 lanes of a register as `change` leaves them, converted from From to To.
template <typename From, typename To, typename Result, typename Register, typename Change = std::identity>
Result each(Register x, Change change = {}) {
  const auto from = std::bit_cast<Lanes<From, 16>>(x);
  Lanes<To, 16> to;
  for (int i = 0; i < 16; ++i) to.lane[i] = static_cast<To>(change(from.lane[i]));
  return std::bit_cast<Result>(to);
}

template <typename Lane, typename Register, typename Join>
Lane reduce(Register x, Join join) {
  const auto lanes = std::bit_cast<Lanes<Lane, 16>>(x);
  return std::accumulate(lanes.lane + 1, lanes.lane + 16, lanes.lane[0], join);
}

// The first 16 lanes that `some` names, from memory; the others are 0, and their memory is not touched.
template <typename Lane, typename Register>
Register loadSome(std::uint16_t some, const void* at) {
  Lanes<Lane, 16> x{};
  for (int i = 0; i < 16; ++i) {
    if ((some >> i & 1) != 0) std::memcpy(&x.lane[i], static_cast<const Lane*>(at) + i, sizeof(Lane));
  }
  return std::bit_cast<Register>(x);
}

template <typename Lane, typename Register>
void storeSome(void* at, std::uint16_t some, Register x) {
  const auto lanes = std::bit_cast<Lanes<Lane, 16>>(x);
  for (int i = 0; i < 16; ++i) {
    if ((some >> i & 1) != 0) std::memcpy(static_cast<Lane*>(at) + i, &lanes.lane[i], sizeof(Lane));
  }
}

// The nearest whole number, of two the even one; where 32 bits do not hold it, the smallest that they hold.
inline std::int32_t nearest(float x) {
  return x >= -0x1p31F && x < 0x1p31F ? static_cast<std::int32_t>(__builtin_nearbyintf(x)) : INT32_MIN;
}

inline simde__m512 cvtepi32_ps(simde__m512i x) { return each<std::int32_t, float, simde__m512>(x); }
inline simde__m512i cvtps_epi32(simde__m512 x) { return each<float, std::int32_t, simde__m512i>(x, nearest); }
inline simde__m256i cvtepi32_epi16(simde__m512i x) { return each<std::int32_t, std::int16_t, simde__m256i>(x); }
inline simde__m128i cvtepi32_epi8(simde__m512i x) { return each<std::int32_t, std::int8_t, simde__m128i>(x); }
inline simde__m512i cvtepi8_epi32(simde__m128i x) { return each<std::int8_t, std::int32_t, simde__m512i>(x); }
inline simde__m512i cvtepu8_epi32(simde__m128i x) { return each<std::uint8_t, std::int32_t, simde__m512i>(x); }
inline simde__m512 rcp14_ps(simde__m512 x) {
  return each<float, float, simde__m512>(x, [](float lane) { return 1.0F / lane; });
}
inline float cvtss_f32(simde__m512 x) { return std::bit_cast<Lanes<float, 16>>(x).lane[0]; }

inline simde__m512 cvtph_ps(simde__m256i x) {
  const auto from = std::bit_cast<Lanes<simde__m128i, 2>>(x);
  return std::bit_cast<simde__m512>(
      Lanes<simde__m256, 2>{{simde_mm256_cvtph_ps(from.lane[0]), simde_mm256_cvtph_ps(from.lane[1])}});
}
inline simde__m256i cvtps_ph(simde__m512 x, int /*rounding*/) {  // to the nearest, which is all that kernels ask for
  const auto from = std::bit_cast<Lanes<simde__m256, 2>>(x);
  return std::bit_cast<simde__m256i>(
      Lanes<simde__m128i, 2>{{simde_mm256_cvtps_ph(from.lane[0], 0), simde_mm256_cvtps_ph(from.lane[1], 0)}});
}

inline float reduce_add_ps(simde__m512 x) { return reduce<float>(x, std::plus()); }
inline float reduce_max_ps(simde__m512 x) {
  return reduce<float>(x, [](float a, float b) { return a > b ? a : b; });
}
inline std::int32_t reduce_add_epi32(simde__m512i x) { return reduce<std::int32_t>(x, std::plus()); }
inline std::uint32_t reduce_max_epu32(simde__m512i x) {
  return reduce<std::uint32_t>(x, [](std::uint32_t a, std::uint32_t b) { return a > b ? a : b; });
}

}  // namespace xllm::kernels::emulated

// Later versions of SIMDe have some of them.
#undef _mm512_cvtepi32_ps
#undef _mm512_cvtps_epi32
#undef _mm512_cvtepi32_epi16
#undef _mm512_cvtepi32_epi8
#undef _mm512_cvtepi8_epi32
#undef _mm512_cvtepu8_epi32
#undef _mm512_cvtph_ps
#undef _mm512_cvtps_ph
#undef _mm512_cvtss_f32
#undef _mm512_rcp14_ps
#undef _mm512_reduce_add_ps
#undef _mm512_reduce_max_ps
#undef _mm512_reduce_add_epi32
#undef _mm512_reduce_max_epu32
#undef _mm512_maskz_loadu_ps
#undef _mm512_mask_storeu_ps
#undef _mm256_maskz_loadu_epi16
#undef _mm256_mask_storeu_epi16
#undef _mm_maskz_loadu_epi8

#define _mm512_cvtepi32_ps ::xllm::kernels::emulated::cvtepi32_ps
#define _mm512_cvtps_epi32 ::xllm::kernels::emulated::cvtps_epi32
#define _mm512_cvtepi32_epi16 ::xllm::kernels::emulated::cvtepi32_epi16
#define _mm512_cvtepi32_epi8 ::xllm::kernels::emulated::cvtepi32_epi8
#define _mm512_cvtepi8_epi32 ::xllm::kernels::emulated::cvtepi8_epi32
#define _mm512_cvtepu8_epi32 ::xllm::kernels::emulated::cvtepu8_epi32
#define _mm512_cvtph_ps ::xllm::kernels::emulated::cvtph_ps
#define _mm512_cvtps_ph ::xllm::kernels::emulated::cvtps_ph
#define _mm512_cvtss_f32 ::xllm::kernels::emulated::cvtss_f32
#define _mm512_rcp14_ps ::xllm::kernels::emulated::rcp14_ps
#define _mm512_reduce_add_ps ::xllm::kernels::emulated::reduce_add_ps
#define _mm512_reduce_max_ps ::xllm::kernels::emulated::reduce_max_ps
#define _mm512_reduce_add_epi32 ::xllm::kernels::emulated::reduce_add_epi32
#define _mm512_reduce_max_epu32 ::xllm::kernels::emulated::reduce_max_epu32
#define _mm512_maskz_loadu_ps ::xllm::kernels::emulated::loadSome<float, simde__m512>
#define _mm512_mask_storeu_ps ::xllm::kernels::emulated::storeSome<float, simde__m512>
#define _mm256_maskz_loadu_epi16 ::xllm::kernels::emulated::loadSome<std::int16_t, simde__m256i>
#define _mm256_mask_storeu_epi16 ::xllm::kernels::emulated::storeSome<std::int16_t, simde__m256i>
#define _mm_maskz_loadu_epi8 ::xllm::kernels::emulated::loadSome<std::int8_t, simde__m128i>
