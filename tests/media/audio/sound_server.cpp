#include "tests/media/audio/sound_server.h"

#include <QElapsedTimer>
#include <QFile>
#include <QStandardPaths>
#include <QThread>
#include <cmath>
#include <csignal>
#include <utility>

#ifdef Q_OS_LINUX
#include <sys/prctl.h>
#endif

namespace xllm::tests {

namespace {

constexpr int kPatienceMs = 10'000;

// The air mixes; every path into it is of fixed delay (adjust_time=0), as that of sound is.
const char* const kScript = R"(
load-module module-native-protocol-unix auth-anonymous=1 socket=%1/native
load-module module-null-sink sink_name=speakers rate=48000 channels=2 sink_properties=device.description=Loudspeakers
load-module module-null-sink sink_name=mouth rate=16000 channels=1
load-module module-null-sink sink_name=air rate=48000 channels=2
load-module module-loopback source=mouth.monitor sink=air latency_msec=60 adjust_time=0 source_dont_move=true sink_dont_move=true
set-default-sink speakers
)";

// A test that is killed leaves no server behind.
void dieWithTheTest(QProcess& process) {
#ifdef Q_OS_LINUX
  process.setChildProcessModifier([] { prctl(PR_SET_PDEATHSIG, SIGTERM); });
#endif
}

void connectRemoval(QProcess& player, const QString& file) {
  QObject::connect(&player, &QProcess::finished, &player, [file] { QFile::remove(file); });
}

}  // namespace

SoundServer::~SoundServer() {
  for (QProcess* player : m_players) {
    player->kill();
    player->waitForFinished(kPatienceMs);
    delete player;
  }
  if (m_server.state() == QProcess::NotRunning) return;
  m_server.terminate();
  if (!m_server.waitForFinished(kPatienceMs)) m_server.kill();
  m_server.waitForFinished(kPatienceMs);
}

QString SoundServer::start() {
  for (const char* program : {"pulseaudio", "pactl", "pacat"}) {
    if (QStandardPaths::findExecutable(QString::fromLatin1(program)).isEmpty()) {
      return QStringLiteral("%1 is not installed: sound is not tested (packaging/setup/setup.sh installs it).")
          .arg(QString::fromLatin1(program));
    }
  }
  const QString folder = m_folder.path();
  QFile script(folder + QStringLiteral("/start.pa"));
  if (!script.open(QIODevice::WriteOnly)) return QStringLiteral("No folder for a sound server.");
  script.write(QString::fromLatin1(kScript).arg(folder).toUtf8());
  script.close();
  QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
  environment.remove(QStringLiteral("DISPLAY"));
  environment.remove(QStringLiteral("DBUS_SESSION_BUS_ADDRESS"));
  for (const char* name : {"HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "PULSE_RUNTIME_PATH", "PULSE_STATE_PATH"}) {
    environment.insert(QString::fromLatin1(name), folder);
  }
  m_server.setProcessEnvironment(environment);
  m_server.setStandardOutputFile(QProcess::nullDevice());
  m_server.setStandardErrorFile(folder + QStringLiteral("/log"));
  dieWithTheTest(m_server);
  m_server.start(QStringLiteral("pulseaudio"),
                 {QStringLiteral("-n"), QStringLiteral("-F"), script.fileName(), QStringLiteral("--daemonize=no"),
                  QStringLiteral("--use-pid-file=no"), QStringLiteral("--exit-idle-time=-1"),
                  QStringLiteral("--log-target=stderr"), QStringLiteral("--log-level=warning")});
  qputenv("PULSE_SERVER", QByteArray("unix:") + QFile::encodeName(folder) + "/native");
  QElapsedTimer waited;
  waited.start();
  while (run({QStringLiteral("info")}).isEmpty()) {
    if (waited.elapsed() > kPatienceMs || m_server.state() == QProcess::NotRunning) {
      QFile log(folder + QStringLiteral("/log"));
      (void)log.open(QIODevice::ReadOnly);
      return QStringLiteral("The sound server did not start: ") + QString::fromUtf8(log.readAll());
    }
    QThread::msleep(50);
  }
  // Loudspeakers without hardware begin with two seconds of silence, whatever is asked of them meanwhile.
  QThread::msleep(2000);
  return {};
}

void SoundServer::addMicrophone(const QString& name, const QString& format) {
  QStringList command{QStringLiteral("load-module"), QStringLiteral("module-remap-source"),
                      QStringLiteral("master=air.monitor"), QStringLiteral("source_name=") + name,
                      QStringLiteral("source_properties=device.description=") + name};
  m_modules[name] = run(command << format.split(QLatin1Char(' ')));
  setDefaultMicrophone(name);
}

void SoundServer::removeMicrophone(const QString& name) {
  run({QStringLiteral("unload-module"), m_modules.take(name)});
}

void SoundServer::setDefaultMicrophone(const QString& name) { run({QStringLiteral("set-default-source"), name}); }

void SoundServer::setDefaultLoudspeakers(const QString& name) { run({QStringLiteral("set-default-sink"), name}); }

void SoundServer::addRoom(int delayMs, double volume) {
  run({QStringLiteral("load-module"), QStringLiteral("module-loopback"), QStringLiteral("source=speakers.monitor"),
       QStringLiteral("sink=air"), QStringLiteral("latency_msec=%1").arg(delayMs), QStringLiteral("adjust_time=0"),
       QStringLiteral("sink_input_properties=media.name=room")});
  // PulseAudio's volume is cubic: 65536 is 1, and half the cube root of it an eighth.
  const QStringList inputs = run({QStringLiteral("list"), QStringLiteral("short"), QStringLiteral("sink-inputs")})
                                 .split(QLatin1Char('\n'), Qt::SkipEmptyParts);
  const QString newest = inputs.isEmpty() ? QString() : inputs.last().section(QLatin1Char('\t'), 0, 0);
  run({QStringLiteral("set-sink-input-volume"), newest, QString::number(qRound(65536 * std::cbrt(volume)))});
}

void SoundServer::play(const QString& sink, const AudioClip& clip) {
  for (QProcess* done : std::exchange(m_players, {})) {
    done->state() == QProcess::NotRunning ? done->deleteLater() : m_players.append(done);
  }
  auto* player = new QProcess;
  m_players << player;
  const QString file = m_folder.filePath(QStringLiteral("%1.raw").arg(m_played++));
  connectRemoval(*player, file);
  QFile raw(file);
  if (!raw.open(QIODevice::WriteOnly)) qFatal("no room for a sound of a test");
  raw.write(reinterpret_cast<const char*>(clip.samples.data()),
            static_cast<qint64>(clip.samples.size() * sizeof(float)));
  raw.close();
  dieWithTheTest(*player);
  player->start(QStringLiteral("pacat"),
                {QStringLiteral("--playback"), QStringLiteral("--raw"), QStringLiteral("--format=float32le"),
                 QStringLiteral("--channels=1"), QStringLiteral("--rate=%1").arg(clip.sampleRateHz),
                 QStringLiteral("--device=") + sink, file});
  if (!player->waitForStarted(kPatienceMs)) qFatal("pacat does not start");
}

void SoundServer::wait() {
  for (QProcess* player : m_players) {
    player->waitForFinished(60'000);
    delete player;
  }
  m_players.clear();
}

QString SoundServer::run(const QStringList& command) {
  QProcess pactl;
  pactl.start(QStringLiteral("pactl"), command);
  pactl.waitForFinished(kPatienceMs);
  return QString::fromUtf8(pactl.readAllStandardOutput()).trimmed();
}

}  // namespace xllm::tests
