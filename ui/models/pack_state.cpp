#include "ui/models/pack_state.h"

#include <QFileInfo>
#include <utility>

namespace xllm::ui {

PackState::PackState(EngineBridge& bridge, QObject* parent) : QObject(parent), m_bridge(bridge) {
  connect(&bridge, &EngineBridge::progressed, this, &PackState::onProgressed);
  connect(&bridge, &EngineBridge::finished, this, &PackState::onFinished);
}

void PackState::load(const QString& folder) {
  if (m_request) m_bridge.cancel(*m_request);  // the newest choice counts
  m_folder = folder;
  m_fraction = 0;
  m_part.clear();
  m_request = m_bridge.loadPack(folder);
  if (!m_request) {
    return fail({ErrorCode::Internal,
                 "The engine's queue is full, so the pack was not loaded. Stop the running answer first."});
  }
  m_phase = Phase::Loading;
  Q_EMIT changed();
}

void PackState::fail(Error error) {
  m_error = std::move(error);
  m_phase = Phase::Failed;
  Q_EMIT changed();
}

void PackState::hold(const QString& folder) {
  m_folder = folder;
  Q_EMIT changed();
}

QString PackState::name() const {
  if (m_phase == Phase::Ready && !m_summary.name.empty()) return QString::fromStdString(m_summary.name);
  return QFileInfo(m_folder).fileName();
}

void PackState::onProgressed(quint64 id, double fraction, const QString& part) {
  if (m_request != id) return;
  m_fraction = fraction;
  m_part = part;
  Q_EMIT changed();
}

void PackState::onFinished(quint64 id, const Finished& end) {
  if (m_request != id) return;
  m_request.reset();
  if (!end.outcome) return fail(end.outcome.error());
  if (const auto* summary = std::get_if<generation::PackSummary>(&*end.outcome)) m_summary = *summary;
  m_phase = Phase::Ready;
  Q_EMIT changed();
}

}  // namespace xllm::ui
