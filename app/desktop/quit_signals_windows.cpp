#include "app/desktop/quit_signals.h"

namespace xllm::desktop {

QuitSignals::QuitSignals(QObject* parent) : QObject(parent) {}
QuitSignals::~QuitSignals() = default;

}  // namespace xllm::desktop
