// Listening with the microphones of this computer: everything between the device and a finished utterance happens on a
// thread of its own (listening_worker.h), and the GUI thread never waits for it.
#pragma once

#include <QThread>
#include <filesystem>

#include "ui/listening/listening.h"

namespace xllm::ui {

class ListeningWorker;
struct HeardEvent;

class MicrophoneListening final : public Listening {
  Q_OBJECT

 public:
  // `detectorWeights`: Silero's safetensors file; empty: there is none, hands-free is troubled with NoDetector, and
  // what is held or clicked is not trimmed.
  explicit MicrophoneListening(std::filesystem::path detectorWeights = {}, QObject* parent = nullptr);
  ~MicrophoneListening() override;  // closes the microphone; what is being recorded is thrown away

  void setDetectorWeights(std::filesystem::path weights) { m_weights = std::move(weights); }  // of the next start()

  // While it is open, start() keeps what is being said if the mode stays the same, and else throws it away; another
  // device or other echo cancellation opens anew, and opened() tells so again.
  void start(ListenMode mode, const ListenSettings& settings) override;
  void stop() override;
  void drop() override;
  void setMuted(bool muted) override;
  bool isOpen() const override { return m_open; }
  bool isMuted() const override { return m_muted; }
  bool cancelsEcho() const override { return m_cancelsEcho; }

  // Samples (16 kHz) that were thrown away because this computer was too slow to look at them, ever.
  quint64 samplesLost() const;
  // Why cancelsEcho() is false though it was wished: a sentence; empty otherwise.
  QString whyNoEchoCancellation() const { return m_whyNot; }

 private:
  void begin(quint64 run, ListenMode mode, const ListenSettings& settings);
  void tell(quint64 run, const HeardEvent& event);

  std::filesystem::path m_weights;
  bool m_open = false;  // opened() was said, closed() not
  bool m_muted = false;
  bool m_cancelsEcho = false;
  QString m_whyNot;
  quint64 m_run = 0;         // counts start()
  quint64 m_stopped = 0;     // the newest run that is to end
  quint64 m_droppedRun = 0;  // of this run and those before nothing is told any more
  QThread m_thread;
  ListeningWorker* m_worker;  // lives on m_thread
};

}  // namespace xllm::ui
