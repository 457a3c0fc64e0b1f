// The colour of everything that says that the microphone is open. Red on light and on dark.
#pragma once

#include <QColor>
#include <QPalette>

#include "ui/widgets/theme.h"

namespace xllm::ui {

inline QColor recordingRed(const QPalette& palette) { return isDark(palette) ? QColor(0xe5483d) : QColor(0xc8281e); }

}  // namespace xllm::ui
