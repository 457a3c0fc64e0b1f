#include "ui/camera/microphone_sound.h"

#include <memory>
#include <span>
#include <utility>

#include "media/audio/microphone.h"
#include "media/audio/microphone_permission.h"

namespace xllm::ui {

static_assert(ClipSound::kRateHz == media::kListeningRateHz);

class MicrophoneSound::Ear final : public QObject {
 public:
  std::unique_ptr<media::Microphone> microphone;
};

MicrophoneSound::MicrophoneSound(QObject* parent) : ClipSound(parent) {}

MicrophoneSound::~MicrophoneSound() {
  stop();
  m_thread.quit();
  m_thread.wait();
}

void MicrophoneSound::start() {
  stop();
  if (!m_ear) {
    m_ear = new Ear;
    m_ear->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_ear, &QObject::deleteLater);
    m_thread.start();
  }
  media::askForMicrophone(this, [this, run = m_run](bool allowed) {
    if (run != m_run) return;
    allowed ? open(run) : Q_EMIT failed({});
  });
}

void MicrophoneSound::open(quint64 run) {
  const auto tell = [this, run](auto what) {
    QMetaObject::invokeMethod(
        this,
        [this, run, what = std::move(what)] {
          if (run == m_run) what();
        },
        Qt::QueuedConnection);
  };
  const auto sink = [this, tell](std::span<const float> samples, bool) {
    tell([this, heard_ = QList<float>(samples.begin(), samples.end())] { Q_EMIT heard(heard_); });
  };
  QMetaObject::invokeMethod(
      m_ear,
      [this, ear = m_ear, device = m_device, tell, sink] {
        ear->microphone = std::make_unique<media::Microphone>(sink);
        connect(ear->microphone.get(), &media::Microphone::troubled, ear,
                [this, tell](media::MicrophoneTrouble, const QString& details) {
                  tell([this, details] { Q_EMIT failed(details); });
                });
        (void)ear->microphone->open(device);  // where that fails, troubled() told
      },
      Qt::QueuedConnection);
}

void MicrophoneSound::stop() {
  ++m_run;
  if (!m_ear) return;
  QMetaObject::invokeMethod(
      m_ear, [ear = m_ear] { ear->microphone.reset(); }, Qt::QueuedConnection);
}

}  // namespace xllm::ui
