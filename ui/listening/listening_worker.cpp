#include "ui/listening/listening_worker.h"

#include <QTimer>
#include <algorithm>
#include <chrono>
#include <utility>

#include "media/audio/mono_converter.h"

namespace xllm::ui {

namespace {

using namespace std::chrono_literals;

constexpr auto kLevelPace = 50ms;
constexpr auto kStillArriving = 120ms;  // what was said before stop() comes out of the sound system
// A machine that had no time for half a minute catches up; beyond, the sound system forgets, too.
constexpr std::size_t kRingSamples = 30 * media::kListeningRateHz;
// Then the microphone is read again before work goes on.
constexpr int kMostFramesAtOnce = 50;

ListenTrouble troubleOf(media::MicrophoneTrouble what) {
  switch (what) {
    case media::MicrophoneTrouble::NotAllowed: return ListenTrouble::NotAllowed;
    case media::MicrophoneTrouble::NoDevice: return ListenTrouble::NoDevice;
    case media::MicrophoneTrouble::Unplugged: return ListenTrouble::Unplugged;
    case media::MicrophoneTrouble::Failed: break;
  }
  return ListenTrouble::Failed;
}

}  // namespace

ListeningWorker::ListeningWorker()
    : m_microphone([this](std::span<const float> samples, bool clipped) { take(samples, clipped); }, this),
      m_ring(kRingSamples),
      m_levelTimer(new QTimer(this)),
      m_stopTimer(new QTimer(this)) {
  m_levelTimer->setInterval(kLevelPace);
  m_stopTimer->setInterval(kStillArriving);
  m_stopTimer->setSingleShot(true);
  connect(m_stopTimer, &QTimer::timeout, this, &ListeningWorker::complete);
  connect(m_levelTimer, &QTimer::timeout, this, [this] {
    const media::Level level = m_level.take();
    Q_EMIT levelChanged(level.rmsDb, level.peakDb, level.clipped);
  });
  connect(&m_microphone, &media::Microphone::troubled, this, &ListeningWorker::failed);
}

void ListeningWorker::start(const Order& order) {
  if (m_stopTimer->isActive()) complete();
  const bool sameDevice = m_microphone.isOpen() && m_order.settings.device == order.settings.device &&
                          m_order.settings.cancelsEcho == order.settings.cancelsEcho;
  const bool goesOn = sameDevice && m_recording && m_recording->mode() == order.mode &&
                      m_order.detectorWeights == order.detectorWeights;
  m_order = order;
  if (goesOn) return m_recording->configure(order.settings);
  m_recording.reset();
  m_chunk.clear();
  if (!makeRecording(order)) return;
  if (!sameDevice && !open(order)) return;
}

bool ListeningWorker::makeRecording(const Order& order) {
  std::optional<listening::SileroVad> found;
  auto opened = detector(order.detectorWeights);
  if (opened) {
    found = *std::move(opened);
  } else if (order.mode == ListenMode::HandsFree) {
    fail(ListenTrouble::NoDetector, order.detectorWeights.empty()
                                        ? tr("No model pack of this computer brings a voice detector.")
                                        : QString::fromStdString(opened.error().message));
    return false;
  }
  m_recording.emplace(order.mode, order.settings, std::move(found));
  return true;
}

bool ListeningWorker::open(const Order& order) {
  closeEcho();
  m_ring.clear();
  if (!m_microphone.open(order.settings.device)) return false;
  const QString whyNot = order.settings.cancelsEcho ? openEcho() : QString();
  m_level.take();
  m_levelTimer->start();
  Q_EMIT opened(order.run, m_echo != nullptr, whyNot);
  return true;
}

// Why not, or nothing.
QString ListeningWorker::openEcho() {
  auto tap = media::PlaybackTap::open();
  if (!tap && tap.error().code == ErrorCode::Unsupported) {
    return tr("On this system a program cannot hear what the loudspeakers play.");
  }
  if (!tap) return tr("The sound server does not tell what the loudspeakers play.");
  m_echo = std::make_unique<media::EchoPath>(*std::move(tap), m_echoHold);
  return {};
}

void ListeningWorker::closeEcho() {
  if (m_echo) m_echoHold = m_echo->hold();
  m_echo.reset();
}

Result<listening::SileroVad> ListeningWorker::detector(const std::filesystem::path& weights) {
  if (weights.empty()) return xllm::fail(ErrorCode::NotFound, "No model pack brings the weights of a voice detector.");
  if (!m_detector || m_detectorFile != weights) {
    m_detector.reset();
    auto opened = listening::SileroVad::open(weights);
    if (!opened) return opened;
    m_detector = *std::move(opened);
    m_detectorFile = weights;
  }
  return *m_detector;
}

void ListeningWorker::stop() {
  if (m_microphone.isOpen() && m_recording) m_stopTimer->start();
}

void ListeningWorker::drop() {
  m_recording.reset();
  if (m_microphone.isOpen()) close();
}

void ListeningWorker::complete() {
  while (m_recording && m_ring.size() >= media::EchoCanceller::kFrame) work();
  if (m_recording) {
    if (!m_chunk.empty()) look(std::vector<float>(Recording::kChunk - m_chunk.size()));
    if (m_recording) tell(m_recording->finish());
  }
  if (m_microphone.isOpen()) close();
}

void ListeningWorker::close() {
  m_stopTimer->stop();
  m_levelTimer->stop();
  m_microphone.close();
  closeEcho();
  m_recording.reset();
  m_ring.clear();
  m_chunk = {};
  Q_EMIT closed(m_order.run);
}

void ListeningWorker::fail(ListenTrouble what, const QString& details) {
  Q_EMIT troubled(m_order.run, what, details);
  close();
}

// What was said until then is not lost.
void ListeningWorker::failed(media::MicrophoneTrouble what, const QString& details) {
  if (what == media::MicrophoneTrouble::Unplugged || what == media::MicrophoneTrouble::Failed) complete();
  fail(troubleOf(what), details);
}

// A block that was captured before the mute ended may arrive behind it: the first one is thrown away, too.
void ListeningWorker::take(std::span<const float> samples, bool clipped) {
  const bool muted = m_muted;
  const bool silent = muted || std::exchange(m_wasMuted, muted);
  m_wasMuted = muted;
  if (silent) {
    const std::vector<float> silence(samples.size());
    m_level.push(silence);
    m_ring.push(silence);
  } else {
    m_level.push(samples, clipped);
    m_ring.push(samples);
  }
  m_lost = m_ring.lost();
  if (!std::exchange(m_working, true)) work();
}

void ListeningWorker::work() {
  m_working = false;
  std::array<float, media::EchoCanceller::kFrame> frame{};
  for (int count = 0; count < kMostFramesAtOnce; ++count) {
    if (!m_recording || !m_ring.take(frame)) return;
    if (m_echo) m_echo->clean(frame);
    look(frame);
  }
  if (!std::exchange(m_working, true)) QMetaObject::invokeMethod(this, &ListeningWorker::work, Qt::QueuedConnection);
}

void ListeningWorker::look(std::span<const float> frame) {
  m_chunk.insert(m_chunk.end(), frame.begin(), frame.end());
  while (m_recording && m_chunk.size() >= Recording::kChunk) {
    std::array<float, Recording::kChunk> chunk{};
    std::copy_n(m_chunk.begin(), chunk.size(), chunk.begin());
    m_chunk.erase(m_chunk.begin(), m_chunk.begin() + Recording::kChunk);
    tell(m_recording->push(chunk));
  }
}

void ListeningWorker::tell(const std::vector<HeardEvent>& events) {
  for (const HeardEvent& event : events) {
    if (event.kind == HeardEvent::Kind::Complete) return close();
    Q_EMIT told(m_order.run, event);
  }
}

}  // namespace xllm::ui
