// SIGTERM, SIGINT and SIGHUP end the program the way closing the window does. Windows: nothing to do.
#pragma once

#include <QObject>

namespace xllm::desktop {

// One at a time. Hears signals from construction to destruction.
class QuitSignals final : public QObject {
  Q_OBJECT

 public:
  explicit QuitSignals(QObject* parent = nullptr);
  ~QuitSignals() override;

 Q_SIGNALS:
  void quitRequested();
};

}  // namespace xllm::desktop
