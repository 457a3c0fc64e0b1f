#include "app/desktop/hearing.h"

#include <utility>

#include "core/model/pack_library.h"
#include "ui/widgets/on_worker.h"
#include "ui/window/main_window.h"

namespace xllm::desktop {

Hearing::Hearing(std::vector<std::filesystem::path> packFolders) : m_packFolders(std::move(packFolders)) {}

void Hearing::attachTo(ui::MainWindow& window) {
  window.setPlayer(m_loudspeakers);
  window.setListening(m_listening);
  connect(&window, &ui::MainWindow::packLoaded, this, &Hearing::findDetector);
  connect(&window, &ui::MainWindow::microphonesWanted, &window, [this, &window] {
    if (!m_devices) {
      m_devices.emplace();
      connect(&*m_devices, &media::AudioDevices::changed, &window, [this, &window] { tellMicrophones(window); });
    }
    tellMicrophones(window);
  });
  findDetector({});
}

void Hearing::tellMicrophones(ui::MainWindow& window) {
  QList<ui::Microphone> microphones;
  for (const media::AudioDevice& each : m_devices->microphones()) microphones << ui::Microphone{each.id, each.name};
  window.setMicrophones(microphones);
}

void Hearing::findDetector(const QString& packFolder) {
  ui::onWorker(
      this,
      [loaded = std::filesystem::path(packFolder.toStdU16String()), folders = m_packFolders] {
        return model::findVoiceActivity(loaded, folders).value_or(std::filesystem::path());
      },
      [this](const std::filesystem::path& weights) { m_listening.setDetectorWeights(weights); });
}

}  // namespace xllm::desktop
