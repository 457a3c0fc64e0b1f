// What tests of listening share: spoken files, everything a microphone says, and what counts as the same.
#pragma once

#include <QList>
#include <QSignalSpy>
#include <QTest>
#include <algorithm>
#include <filesystem>

#include "media/decode/file_decoder.h"
#include "tests/media/audio/alike.h"
#include "tests/media/audio/sound_server.h"
#include "tests/support/parts.h"
#include "ui/listening/microphone_listening.h"

namespace xllm::tests {

using generation::Sound;
using ui::Listening;
using ui::ListenMode;
using ui::ListenSettings;
using ui::ListenTrouble;
using ui::MicrophoneListening;

inline AudioClip spoken(const char* name) {
  return media::FileDecoder().decodeSound(std::filesystem::path(XLLM_TEST_DIR) / "data" / name).value();
}

// Empty, or a sentence: why nobody can listen here.
inline QString startListening(SoundServer& server, const std::filesystem::path& weights) {
  if (!std::filesystem::exists(weights))
    return QStringLiteral("The detector's weights are not here; packaging/setup/ fetches them.");
  return server.start();
}

inline AudioClip join(std::initializer_list<AudioClip> parts) {
  AudioClip all;
  for (const AudioClip& part : parts) all.samples.insert(all.samples.end(), part.samples.begin(), part.samples.end());
  return all;
}

inline AudioClip silence(double seconds) {
  return {.sampleRateHz = 16000, .samples = std::vector<float>(static_cast<std::size_t>(seconds * 16000))};
}

// All that a microphone says, and how loud it became.
struct Watched {
  explicit Watched(MicrophoneListening& watched) : listening(watched) {
    QObject::connect(&watched, &Listening::levelChanged, &watched, [this](double, double peak, bool) {
      loudest = std::max(loudest, peak);
      ++levels;
    });
    QObject::connect(&watched, &Listening::heard, &watched, [this](const Sound& sound) { sounds << sound; });
  }
  MicrophoneListening& listening;
  QSignalSpy opened{&listening, &Listening::opened};
  QSignalSpy closed{&listening, &Listening::closed};
  QSignalSpy troubled{&listening, &Listening::troubled};
  QSignalSpy began{&listening, &Listening::speechBegan};
  QSignalSpy grew{&listening, &Listening::grew};
  QSignalSpy silent{&listening, &Listening::fellSilent};
  QSignalSpy nothing{&listening, &Listening::heardNothing};
  QList<Sound> sounds;
  double loudest = -90;
  int levels = 0;

  ListenTrouble trouble() const { return troubled.last()[0].value<ListenTrouble>(); }
};

// What was said is in it, but for `less` seconds, and at most `more` seconds besides.
inline void compare(const Sound& heard, const AudioClip& said, double least = 0.97, double more = 0.8,
                    double less = 0.6) {
  // A recording that was trimmed is a part of what was said with some silence around it.
  const AudioClip around = join({silence(1), said, silence(1)});
  const Alike found = findIn(around.samples, heard->samples);
  QVERIFY2(found.correlation > least, qPrintable(QStringLiteral("correlation %1").arg(found.correlation)));
  QVERIFY2(heard->seconds() > said.seconds() - less && heard->seconds() < said.seconds() + more,
           qPrintable(QStringLiteral("%1 s of %2 s").arg(heard->seconds()).arg(said.seconds())));
}

// Opens, and waits until sound arrives.
inline void openAndSettle(MicrophoneListening& listening, Watched& watched, ListenMode mode,
                          const ListenSettings& settings) {
  const auto opened = watched.opened.count();
  const int levels = watched.levels;
  listening.start(mode, settings);
  QTRY_COMPARE(watched.opened.count(), opened + 1);
  QVERIFY(listening.isOpen());
  QTRY_VERIFY(watched.levels > levels + 8);
}

}  // namespace xllm::tests
