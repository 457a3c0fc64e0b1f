// media/audio's player, as the window wants it.
#pragma once

#include "media/audio/sound_player.h"
#include "ui/playback/player.h"

namespace xllm::desktop {

class Loudspeakers final : public ui::Player {
 public:
  Loudspeakers();

  void play(const generation::Sound& sound, double fromSeconds) override { m_player.play(sound, fromSeconds); }
  void pause() override { m_player.pause(); }
  void resume() override { m_player.resume(); }
  void seek(double seconds) override { m_player.seek(seconds); }
  void stop() override { m_player.stop(); }

 private:
  media::SoundPlayer m_player;
};

}  // namespace xllm::desktop
