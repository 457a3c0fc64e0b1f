// A microphone whose owner the test is: it says what is heard, and remembers what was asked of it. Tests only.
#pragma once

#include <QList>
#include <memory>
#include <optional>
#include <utility>

#include "ui/listening/listening.h"

namespace xllm::tests {

class ScriptedListening : public ui::Listening {
 public:
  QList<std::pair<ui::ListenMode, ui::ListenSettings>> starts;
  int stops = 0, drops = 0;
  std::optional<ui::ListenTrouble> trouble;  // instead of opening

  void start(ui::ListenMode mode, const ui::ListenSettings& settings) override {
    starts << std::pair{mode, settings};
    if (trouble) {
      Q_EMIT troubled(*trouble, QStringLiteral("The server said no."));
      if (std::exchange(m_open, false)) Q_EMIT closed();
      return;
    }
    m_open = true;
    Q_EMIT opened();
  }
  void stop() override {
    if (!m_open) return;
    ++stops;
    if (m_said) {
      Q_EMIT heard(std::exchange(m_said, nullptr));
    } else if (starts.constLast().first != ui::ListenMode::HandsFree) {
      Q_EMIT heardNothing();
    }
    close();
  }
  void drop() override {
    ++drops;
    m_said.reset();
    close();
  }
  void setMuted(bool muted) override { m_muted = muted; }
  bool isOpen() const override { return m_open; }
  bool isMuted() const override { return m_muted; }

  static generation::Sound sound(double seconds) {
    return std::make_shared<const AudioClip>(
        AudioClip{16000, std::vector<float>(static_cast<std::size_t>(16000 * seconds), 0.1F)});
  }
  // Somebody speaks for so long: twice a second it grows.
  void speak(double seconds) {
    Q_EMIT speechBegan();
    for (double soFar = 0.5; soFar < seconds; soFar += 0.5) Q_EMIT grew(sound(soFar));
    m_said = sound(seconds);
  }
  void pause() { Q_EMIT fellSilent(m_said); }
  // The silence lasted.
  void endUtterance() {
    Q_EMIT heard(std::exchange(m_said, nullptr));
    if (starts.constLast().first != ui::ListenMode::HandsFree) close();
  }
  void say(double seconds) {
    speak(seconds);
    pause();
    endUtterance();
  }
  void unplug() {
    if (m_said) Q_EMIT heard(std::exchange(m_said, nullptr));
    Q_EMIT troubled(ui::ListenTrouble::Unplugged, QStringLiteral("The device is gone."));
    close();
  }
  const generation::Sound& said() const { return m_said; }

 private:
  void close() {
    if (std::exchange(m_open, false)) Q_EMIT closed();
  }

  bool m_open = false, m_muted = false;
  generation::Sound m_said;
};

}  // namespace xllm::tests
