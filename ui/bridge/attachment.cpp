#include "ui/bridge/attachment.h"

#include <cmath>

namespace xllm::ui {

using namespace Qt::StringLiterals;

QString durationText(double seconds) {
  constexpr qint64 kHour = 3600;
  const auto whole = static_cast<qint64>(std::floor(seconds + 0.5));
  const QString minutes =
      u"%1:%2"_s.arg(whole % kHour / 60, whole < kHour ? 1 : 2, 10, QChar(u'0')).arg(whole % 60, 2, 10, QChar(u'0'));
  return whole < kHour ? minutes : QString::number(whole / kHour) + u':' + minutes;
}

QString momentText(double seconds, double length) {
  constexpr double kLong = 600;
  if (length >= kLong) return durationText(seconds);
  const auto tenths = static_cast<qint64>(std::floor(10 * seconds + 0.5));
  return u"%1:%2.%3"_s.arg(tenths / 600).arg(tenths / 10 % 60, 2, 10, QChar(u'0')).arg(tenths % 10);
}

}  // namespace xllm::ui
