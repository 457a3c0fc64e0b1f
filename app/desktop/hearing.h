// The sound system of this computer, as the window wants it: what hears, what plays recordings, and which microphones
// there are. Leaves what is heard to the window.
#pragma once

#include <QObject>
#include <filesystem>
#include <optional>
#include <vector>

#include "app/desktop/loudspeakers.h"
#include "media/audio/audio_devices.h"
#include "ui/listening/microphone_listening.h"

namespace xllm::ui {
class MainWindow;
}

namespace xllm::desktop {

class Hearing final : public QObject {
  Q_OBJECT

 public:
  // Packs in `packFolders` may bring the voice detector that the loaded one does not have.
  explicit Hearing(std::vector<std::filesystem::path> packFolders);

  void attachTo(ui::MainWindow& window);  // this outlives it

 private:
  void findDetector(const QString& packFolder);  // of the pack that is loaded; empty: none is
  void tellMicrophones(ui::MainWindow& window);

  std::vector<std::filesystem::path> m_packFolders;
  ui::MicrophoneListening m_listening;
  Loudspeakers m_loudspeakers;
  std::optional<media::AudioDevices> m_devices;  // once somebody looked at the list
};

}  // namespace xllm::desktop
