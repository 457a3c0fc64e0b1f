#include "media/audio/microphone.h"

#include <QAudioDevice>
#include <QAudioSource>
#include <QIODevice>
#include <QTimer>
#include <chrono>
#include <utility>

#include "media/audio/find_device.h"

namespace xllm::media {

namespace {

using namespace std::chrono_literals;

constexpr auto kLook = 500ms;
constexpr int kMostLooksInVain = 6;  // a device that is open and delivers nothing for so long is broken

}  // namespace

Microphone::Microphone(Sink sink, QObject* parent)
    : QObject(parent), m_sink(std::move(sink)), m_watch(new QTimer(this)) {
  connect(m_watch, &QTimer::timeout, this, &Microphone::watch);
}

Microphone::~Microphone() { close(); }

bool Microphone::open(const QByteArray& device) {
  close();
  const QAudioDevice chosen = findMicrophone(device);
  if (chosen.isNull()) return fail(MicrophoneTrouble::NoDevice, tr("The sound system lists no microphone."));
  m_name = chosen.description();
  const QAudioFormat format = chosen.preferredFormat();
  if (!m_converter.setFormat(format)) {
    return fail(MicrophoneTrouble::Failed,
                tr("“%1” delivers sound in a format that this program does not know.").arg(m_name));
  }
  m_source = std::make_unique<QAudioSource>(chosen, format);
#ifdef Q_OS_LINUX
  m_source->setBufferSize(format.bytesForDuration(20'000));  // to PulseAudio: how much it gathers before it delivers
#endif
  m_stream = m_source->start();
  if (m_stream == nullptr || m_source->error() != QAudio::NoError) {
    return fail(MicrophoneTrouble::NotAllowed,
                tr("“%1” could not be opened: the system refuses it to this program, or another program holds it.")
                    .arg(m_name));
  }
  m_device = chosen.id();
  connect(m_stream, &QIODevice::readyRead, this, &Microphone::read);
  connect(m_source.get(), &QAudioSource::stateChanged, this, &Microphone::watch);
  m_looksInVain = 0;
  m_watch->start(kLook);
  return true;
}

void Microphone::close() {
  m_watch->stop();
  m_stream = nullptr;
  m_device.clear();
  if (!m_source) return;
  QAudioSource* source = m_source.release();  // perhaps in the middle of one of its signals
  source->disconnect(this);
  source->stop();
  source->deleteLater();
}

void Microphone::read() {
  while (m_stream != nullptr) {
    const QByteArray bytes = m_stream->readAll();
    if (bytes.isEmpty()) return;
    m_looksInVain = 0;
    const std::span<const float> samples =
        m_converter.push({bytes.constData(), static_cast<std::size_t>(bytes.size())});
    if (!samples.empty()) m_sink(samples, m_converter.clipped());
  }
}

// PulseAudio moves a stream whose device goes away to another one, or ends it without a word: the list tells.
void Microphone::watch() {
  if (!m_source) return;
  if (!isMicrophoneThere(m_device)) {
    fail(MicrophoneTrouble::Unplugged, tr("“%1” was unplugged or switched off.").arg(m_name));
  } else if (m_source->error() == QAudio::IOError || m_source->error() == QAudio::FatalError) {
    fail(MicrophoneTrouble::Failed, tr("The sound system reported an error of “%1”.").arg(m_name));
  } else if (sender() == m_watch && ++m_looksInVain > kMostLooksInVain) {
    fail(MicrophoneTrouble::Failed, tr("“%1” is open, but no sound arrives from it.").arg(m_name));
  }
}

bool Microphone::fail(MicrophoneTrouble what, const QString& details) {
  close();
  Q_EMIT troubled(what, details);
  return false;
}

}  // namespace xllm::media
