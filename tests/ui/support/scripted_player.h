// Loudspeakers whose time the test makes. Tests only.
#pragma once

#include "ui/playback/player.h"

namespace xllm::tests {

class ScriptedPlayer final : public ui::Player {
 public:
  generation::Sound sound;
  bool playing = false;
  double at = 0;
  int stops = 0;

  void play(const generation::Sound& what, double fromSeconds) override {
    sound = what;
    at = fromSeconds;
    playing = true;
  }
  void pause() override { playing = false; }
  void resume() override { playing = true; }
  void seek(double seconds) override {
    at = seconds;
    Q_EMIT moved(at);
  }
  void stop() override {
    sound.reset();
    playing = false;
    ++stops;
  }
  void pass(double seconds) {
    at += seconds;
    Q_EMIT moved(at);
  }
  void finish() {
    playing = false;
    Q_EMIT ended();
  }
};

}  // namespace xllm::tests
