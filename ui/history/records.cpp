#include "ui/history/records.h"

#include <QDateTime>
#include <QRandomGenerator>
#include <algorithm>
#include <atomic>
#include <cmath>

namespace xllm::ui {

using namespace Qt::StringLiterals;

// Milliseconds since 1970 above, 20 random bits below: two programs would have to draw the same bits in the same
// millisecond.
qint64 newId() {
  static std::atomic<qint64> last{0};
  const qint64 fresh =
      (QDateTime::currentMSecsSinceEpoch() << 20) | (QRandomGenerator::global()->generate() & ((1U << 20) - 1));
  qint64 previous = last.load();
  while (!last.compare_exchange_weak(previous, std::max(previous + 1, fresh))) {
  }
  return std::max(previous + 1, fresh);
}

QString thumbnailVariant(MediaKind kind, const ClipChoice& choice) {
  if (kind != MediaKind::Video) return {};
  const auto milliseconds = [](double seconds) { return static_cast<qint64>(std::llround(1000 * seconds)); };
  return u"-%1-%2-%3"_s.arg(choice.frames).arg(milliseconds(choice.start)).arg(milliseconds(choice.end));
}

bool isUnfinished(MessageState state) {
  return state == MessageState::WaitingForPack || state == MessageState::Pending || state == MessageState::Streaming;
}

}  // namespace xllm::ui
