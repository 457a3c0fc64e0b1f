// One program for one folder of data: a second start hands what it was asked to the first and goes. Per user, on this
// computer only. Leaves what is done with it to main().
#pragma once

#include <QLocalServer>
#include <QObject>
#include <QStringList>

class QLocalSocket;

namespace xllm::desktop {

// What a start was asked to do, with absolute paths.
struct Asked {
  QString pack;       // empty: none
  QStringList files;  // to be attached to the draft
};

class SingleInstance final : public QObject {
  Q_OBJECT

 public:
  explicit SingleInstance(const QString& dataFolder, QObject* parent = nullptr);

  // True: a running program took it, and this one may end. False: others find this one from now on, unless one that
  // hangs keeps the name.
  bool handOver(const Asked& asked);

 Q_SIGNALS:
  void asked(const xllm::desktop::Asked& what);  // by a later start

 private:
  bool giveTo(QLocalSocket& running, const Asked& asked) const;
  void listen();
  void serve(QLocalSocket* socket);

  QString m_name;
  QLocalServer m_server;
};

}  // namespace xllm::desktop
