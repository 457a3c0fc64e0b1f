// Where the program cannot hear what the loudspeakers play (playback_tap_none.cpp) there is nothing to take out.
#include "media/audio/echo_canceller.h"

namespace xllm::media {

struct EchoCanceller::Processing {};

EchoCanceller::EchoCanceller() = default;
EchoCanceller::~EchoCanceller() = default;
void EchoCanceller::played(std::span<const float, kFrame>) {}
void EchoCanceller::clean(std::span<float, kFrame>) {}
void EchoCanceller::reset() {}

}  // namespace xllm::media
