#include "ui/bridge/attachment.h"

#include <cmath>

namespace xllm::ui {

using namespace Qt::StringLiterals;

QString durationText(double seconds) {
  const auto whole = static_cast<qint64>(std::floor(seconds + 0.5));
  return u"%1:%2"_s.arg(whole / 60).arg(whole % 60, 2, 10, QChar(u'0'));
}

}  // namespace xllm::ui
