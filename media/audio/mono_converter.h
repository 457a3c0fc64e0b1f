// Sound in the format of a device → 16 kHz mono, and back. Of several channels the average is taken, so that two loud
// ones do not clip. Good enough for speech recognition: everything below 7.5 kHz comes through, what lies above 8 kHz
// is 80 dB down (libswresample's default filter).
#pragma once

#include <QAudioFormat>
#include <QByteArray>
#include <memory>
#include <span>
#include <vector>

#include "core/base/audio_clip.h"
#include "core/base/result.h"

struct SwrContext;

namespace xllm::media {

inline constexpr int kListeningRateHz = 16000;

// One thread at a time.
class MonoConverter {
 public:
  MonoConverter();
  ~MonoConverter();

  // From here on `push` gets frames of this format. Unsupported: its sample format or rate makes no sense.
  Result<void> setFormat(const QAudioFormat& from);
  // Whole frames or not: what is left of a cut frame is kept for the next push. The result is valid until the next
  // call.
  std::span<const float> push(std::span<const char> bytes);
  bool clipped() const { return m_clipped; }  // of the last push: some sample was at the format's limit

 private:
  struct FreeResampler {
    void operator()(SwrContext* resampler) const;
  };

  void average(std::span<const char> frames);

  QAudioFormat m_from;
  bool m_clipped = false;
  std::vector<char> m_cut;  // less than a frame
  std::vector<float> m_mono, m_out;
  std::unique_ptr<SwrContext, FreeResampler> m_resampler;  // none: the rate is right already
};

// The samples of `clip` as frames of `to`, the same on every channel.
Result<QByteArray> toDeviceFormat(const AudioClip& clip, const QAudioFormat& to);

}  // namespace xllm::media
