// The program's colours, light and dark, and how they get onto a QApplication. Leaves the choice itself to the
// settings.
#pragma once

#include <QColor>
#include <QPalette>

class QApplication;

namespace xllm::ui {

enum class ThemeChoice { System = 1, Light, Dark };

// What a palette has no role for. Always taken from the palette in force, so a widget that asks while it paints is
// right in both themes.
struct Colors {
  QColor canvas;  // behind the conversation
  QColor raised;  // the composer's card, menus
  QColor bubble;  // what the person said
  QColor code;    // behind code
  QColor border;
  QColor text;
  QColor muted;  // captions, figures, hints; at least 4.5 : 1 on the canvas
  QColor accent;
  QColor onAccent;
  QColor selection;
  QColor spoken;   // behind the sentence that is being read aloud
  QColor warning;  // of what will be lost if nothing is done; as readable as muted
  QColor danger, dangerSurface;
  QColor notice, noticeSurface;
  QColor codeKeyword, codeString, codeNumber;  // at least 4.5 : 1 on `code`
};

bool isDark(const QPalette& palette);
const Colors& colorsOf(const QPalette& palette);

inline constexpr int kLeastTextZoom = 50, kMostTextZoom = 300;  // percent

// Sets style, palette, fonts and style sheet of the whole program. System: dark when the desktop's own palette is dark;
// call it again when the desktop's theme changes. `textZoom`: percent of the desktop's own size.
// A label of another size than the rest says so by its property `textSize` ("small", "title"), so that it follows.
void applyTheme(QApplication& application, ThemeChoice choice, int textZoom = 100);

// What was meant for text of normal size, at the text zoom in force.
int scaledToText(int pixels);

}  // namespace xllm::ui
