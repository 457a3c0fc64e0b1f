#include "app/desktop/loudspeakers.h"

namespace xllm::desktop {

Loudspeakers::Loudspeakers() {
  connect(&m_player, &media::SoundPlayer::positionChanged, this, &ui::Player::moved);
  connect(&m_player, &media::SoundPlayer::ended, this, &ui::Player::ended);
  connect(&m_player, &media::SoundPlayer::failed, this, &ui::Player::failed);
}

}  // namespace xllm::desktop
