#include "app/desktop/single_instance.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocalSocket>
#include <QLockFile>
#include <QStandardPaths>
#include <QTimer>

namespace xllm::desktop {

using namespace Qt::StringLiterals;

namespace {

constexpr int kConnectMs = 1000;
constexpr int kAnswerMs = 5000;
constexpr int kStartMs = 3000;  // another start holds the lock for less
constexpr int kPatienceMs = 10000;
constexpr qint64 kMostBytes = 1 << 20;
constexpr auto kTaken = "taken\n";

// In the user's own folder of running programs; on Windows a name is enough.
QString socketName(const QString& dataFolder) {
  const QByteArray key = QCryptographicHash::hash(QDir(dataFolder).absolutePath().toUtf8(), QCryptographicHash::Sha256);
  const QString name = u"xllm-desktop-"_s + QString::fromLatin1(key.toHex().left(16));
#ifdef Q_OS_WIN
  return name + u'-' + QString::fromLocal8Bit(qgetenv("USERNAME"));
#else
  const QString folder = QStandardPaths::writableLocation(QStandardPaths::RuntimeLocation);
  return (folder.isEmpty() ? QDir::tempPath() : folder) + u'/' + name;
#endif
}

QString lockOf(const QString& socket) {
  const QFileInfo file(socket);  // a bare name on Windows
  return (file.isAbsolute() ? socket : QDir::temp().filePath(socket)) + u".lock"_s;
}

QByteArray lineOf(const Asked& asked) {
  const QJsonObject object{{u"pack"_s, asked.pack}, {u"files"_s, QJsonArray::fromStringList(asked.files)}};
  return QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
}

Asked askedIn(const QByteArray& line) {
  const QJsonObject object = QJsonDocument::fromJson(line).object();
  Asked asked{.pack = object[u"pack"_s].toString(), .files = {}};
  for (const QJsonValue& file : object[u"files"_s].toArray()) asked.files << file.toString();
  return asked;
}

}  // namespace

SingleInstance::SingleInstance(const QString& dataFolder, QObject* parent)
    : QObject(parent), m_name(socketName(dataFolder)) {
  m_server.setSocketOptions(QLocalServer::UserAccessOption);
  connect(&m_server, &QLocalServer::newConnection, this, [this] {
    while (QLocalSocket* socket = m_server.nextPendingConnection()) serve(socket);
  });
}

bool SingleInstance::handOver(const Asked& asked) {
  // Of two that start at once, one waits here and finds the other. Where nothing can be locked, both run.
  QLockFile lock(lockOf(m_name));
  lock.tryLock(kStartMs);
  QLocalSocket running;
  running.connectToServer(m_name);
  if (running.waitForConnected(kConnectMs)) return giveTo(running, asked);
  listen();
  return false;
}

// One that hangs does not answer: then this one runs beside it, and nobody is found any more.
bool SingleInstance::giveTo(QLocalSocket& running, const Asked& asked) const {
  running.write(lineOf(asked));
  while (running.waitForReadyRead(kAnswerMs)) {
    if (running.canReadLine()) return running.readLine() == kTaken;
  }
  return false;
}

void SingleInstance::listen() {
  QLocalServer::removeServer(m_name);  // a crash leaves it behind
  m_server.listen(m_name);             // where it cannot, the program runs all the same
}

void SingleInstance::serve(QLocalSocket* socket) {
  connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
  QTimer::singleShot(kPatienceMs, socket, [socket] { socket->abort(); });
  connect(socket, &QLocalSocket::readyRead, this, [this, socket] {
    if (!socket->canReadLine()) {
      if (socket->bytesAvailable() > kMostBytes) socket->abort();
      return;
    }
    const Asked what = askedIn(socket->readLine());
    socket->write(kTaken);
    socket->flush();
    socket->disconnectFromServer();
    Q_EMIT asked(what);
  });
}

}  // namespace xllm::desktop
