// The half of MicrophoneListening that lives on its thread: microphone → ring → echo cancellation → detector →
// recording. Only microphone_listening.cpp includes it.
#pragma once

#include <QObject>
#include <array>
#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/base/result.h"
#include "media/audio/echo_path.h"
#include "media/audio/level_meter.h"
#include "media/audio/microphone.h"
#include "media/audio/sample_ring.h"
#include "ui/listening/recording.h"

class QTimer;

namespace xllm::ui {

// `run` says which start() something belongs to.
class ListeningWorker final : public QObject {
  Q_OBJECT

 public:
  struct Order {
    quint64 run = 0;
    ListenMode mode = ListenMode::HoldToTalk;
    ListenSettings settings;
    std::filesystem::path detectorWeights;
  };

  ListeningWorker();

  // Any thread.
  void setMuted(bool muted) { m_muted = muted; }
  quint64 samplesLost() const { return m_lost; }

  // Its own thread.
  void start(const Order& order);
  void stop();  // what was said until now, but did not arrive yet, is waited for: a tenth of a second
  void drop();

 Q_SIGNALS:
  void opened(quint64 run, bool cancelsEcho, const QString& whyNot);
  void closed(quint64 run);  // also after troubled()
  void troubled(quint64 run, xllm::ui::ListenTrouble what, const QString& details);
  void levelChanged(double rms, double peak, bool clipped);
  void told(quint64 run, const xllm::ui::HeardEvent& event);

 private:
  bool makeRecording(const Order& order);
  bool open(const Order& order);
  void complete();
  void close();
  void fail(ListenTrouble what, const QString& details);
  void failed(media::MicrophoneTrouble what, const QString& details);
  void take(std::span<const float> samples, bool clipped);
  void work();
  void look(std::span<const float> frame);
  void tell(const std::vector<HeardEvent>& events);
  QString openEcho();
  void closeEcho();
  Result<listening::SileroVad> detector(const std::filesystem::path& weights);

  std::atomic<bool> m_muted = false;
  std::atomic<quint64> m_lost = 0;

  Order m_order;
  std::filesystem::path m_detectorFile;
  std::optional<listening::SileroVad> m_detector;  // of m_detectorFile
  media::Microphone m_microphone;
  media::LevelMeter m_level;
  bool m_wasMuted = false;
  media::SampleRing m_ring;
  bool m_working = false;  // work() is called soon
  std::unique_ptr<media::EchoPath> m_echo;
  int m_echoHold = 0;          // of the last m_echo
  std::vector<float> m_chunk;  // less than Recording::kChunk
  std::optional<Recording> m_recording;
  QTimer* m_levelTimer;
  QTimer* m_stopTimer;
};

}  // namespace xllm::ui
