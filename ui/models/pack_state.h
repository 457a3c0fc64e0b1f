// Which model pack is loaded, or on its way. Leaves installing and verifying packs to the pack manager.
#pragma once

#include <QObject>
#include <QString>
#include <optional>

#include "ui/bridge/engine_bridge.h"

namespace xllm::ui {

class PackState final : public QObject {
  Q_OBJECT

 public:
  enum class Phase { None = 1, Loading, Ready, Failed };

  explicit PackState(EngineBridge& bridge, QObject* parent = nullptr);

  void load(const QString& folder);  // returns at once; changed() tells the rest
  void fail(Error error);            // there is nothing to load: why
  void hold(const QString& folder);  // would be loaded, but only when the person says so

  EngineBridge& bridge() const { return m_bridge; }
  Phase phase() const { return m_phase; }
  bool isHeld() const { return m_phase == Phase::None && !m_folder.isEmpty(); }
  QString folder() const { return m_folder; }     // asked for last, or held
  QString name() const;                           // of the pack, or of its folder while it loads
  double fraction() const { return m_fraction; }  // while loading
  QString part() const { return m_part; }         // what is being loaded; English, from the engine
  const generation::PackSummary& summary() const { return m_summary; }  // when ready
  const Error& error() const { return m_error; }                        // when failed

 Q_SIGNALS:
  void changed();

 private:
  void onProgressed(quint64 id, double fraction, const QString& part);
  void onFinished(quint64 id, const Finished& end);

  EngineBridge& m_bridge;
  Phase m_phase = Phase::None;
  std::optional<RequestId> m_request;
  QString m_folder;
  double m_fraction = 0;
  QString m_part;
  generation::PackSummary m_summary;
  Error m_error;
};

}  // namespace xllm::ui
