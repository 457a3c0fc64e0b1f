#include "ui/widgets/theme.h"

#include <QApplication>
#include <QFont>
#include <QFontInfo>
#include <QStyle>
#include <QStyleFactory>

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

const Colors& lightColors() {
  static const Colors colors{.canvas = QColor(0xfcfcfb),
                             .raised = QColor(0xffffff),
                             .bubble = QColor(0xe9eef5),
                             .code = QColor(0xf3f4f3),
                             .border = QColor(0xdcdedd),
                             .text = QColor(0x1e2226),
                             .muted = QColor(0x666d73),
                             .accent = QColor(0x2f62a8),
                             .onAccent = QColor(0xffffff),
                             .selection = QColor(0xbcd5f5),
                             .danger = QColor(0xa8322a),
                             .dangerSurface = QColor(0xfceeec),
                             .notice = QColor(0x2f62a8),
                             .noticeSurface = QColor(0xedf3fb),
                             .codeKeyword = QColor(0x7a3e9d),
                             .codeString = QColor(0x2c6e49),
                             .codeNumber = QColor(0x9a4f10)};
  return colors;
}

const Colors& darkColors() {
  static const Colors colors{.canvas = QColor(0x191b1e),
                             .raised = QColor(0x24272b),
                             .bubble = QColor(0x2b3542),
                             .code = QColor(0x212427),
                             .border = QColor(0x3a3f45),
                             .text = QColor(0xe6e8ea),
                             .muted = QColor(0x9aa2aa),
                             .accent = QColor(0x82b0f0),
                             .onAccent = QColor(0x14202f),
                             .selection = QColor(0x3d5a80),
                             .danger = QColor(0xf09a90),
                             .dangerSurface = QColor(0x3a2523),
                             .notice = QColor(0x82b0f0),
                             .noticeSurface = QColor(0x222c39),
                             .codeKeyword = QColor(0xc9a2ee),
                             .codeString = QColor(0x94cfa6),
                             .codeNumber = QColor(0xe8b27a)};
  return colors;
}

QPalette paletteFrom(const Colors& colors) {
  QPalette palette;
  palette.setColor(QPalette::Window, colors.canvas);
  palette.setColor(QPalette::WindowText, colors.text);
  palette.setColor(QPalette::Base, colors.raised);
  palette.setColor(QPalette::AlternateBase, colors.code);
  palette.setColor(QPalette::Text, colors.text);
  palette.setColor(QPalette::PlaceholderText, colors.muted);
  palette.setColor(QPalette::Button, colors.raised);
  palette.setColor(QPalette::ButtonText, colors.text);
  palette.setColor(QPalette::BrightText, colors.danger);
  palette.setColor(QPalette::ToolTipBase, colors.raised);
  palette.setColor(QPalette::ToolTipText, colors.text);
  palette.setColor(QPalette::Highlight, colors.selection);
  palette.setColor(QPalette::HighlightedText, colors.text);
  palette.setColor(QPalette::Link, colors.accent);
  palette.setColor(QPalette::LinkVisited, colors.accent);
  palette.setColor(QPalette::Mid, colors.border);
  palette.setColor(QPalette::Dark, colors.border);
  palette.setColor(QPalette::Light, colors.raised);
  palette.setColor(QPalette::Shadow, colors.border);
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
    palette.setColor(QPalette::Disabled, role, colors.muted);
  }
  return palette;
}

// One place for the shapes of stock widgets; own widgets paint themselves. %1 … are filled in by styleSheetFrom.
constexpr char16_t kStyleSheet[] =
    uR"(
QToolTip { background: %RAISED%; color: %TEXT%; border: 1px solid %BORDER%; padding: 4px 6px; }
QMenuBar { background: transparent; padding: 2px 6px; }
QMenuBar::item { padding: 4px 10px; border-radius: 6px; background: transparent; color: %TEXT%; }
QMenuBar::item:selected { background: %BUBBLE%; }
QMenu { background: %RAISED%; color: %TEXT%; border: 1px solid %BORDER%; padding: 5px; }
QMenu::item { padding: 6px 26px 6px 26px; border-radius: 5px; }
QMenu::item:selected { background: %BUBBLE%; }
QMenu::item:disabled { color: %MUTED%; }
QMenu::separator { height: 1px; background: %BORDER%; margin: 5px 8px; }
QMenu::indicator { width: 14px; height: 14px; left: 7px; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 2px; }
QScrollBar::handle:vertical { background: %BORDER%; border-radius: 4px; min-height: 36px; }
QScrollBar::handle:vertical:hover { background: %MUTED%; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 2px; }
QScrollBar::handle:horizontal { background: %BORDER%; border-radius: 4px; min-width: 36px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QToolButton[flat="true"] { border: 1px solid transparent; border-radius: 8px; padding: 5px; background: transparent; }
QToolButton[flat="true"]:hover { background: %BUBBLE%; }
QToolButton[flat="true"]:focus { border-color: %ACCENT%; }
QToolButton[caption="true"] { color: %MUTED%; padding: 2px 6px; }
QPushButton[quiet="true"] { border: 1px solid %BORDER%; border-radius: 8px; padding: 5px 12px; background: %RAISED%; }
QPushButton[quiet="true"]:hover { background: %BUBBLE%; }
QPushButton[quiet="true"]:focus { border-color: %ACCENT%; }
QPushButton[quiet="true"]:disabled { color: %MUTED%; }
QPushButton[primary="true"] { border: 1px solid %ACCENT%; border-radius: 8px; padding: 6px 16px; background: %ACCENT%;
  color: %ONACCENT%; }
QPushButton[primary="true"]:focus { border: 2px solid %TEXT%; padding: 5px 15px; }
QLineEdit { border: 1px solid %BORDER%; border-radius: 8px; padding: 4px 6px; background: %RAISED%; color: %TEXT%; }
QLineEdit:focus { border-color: %ACCENT%; }
QToolButton[flat="true"]:checked { background: %BUBBLE%; }
QLabel[caption="true"] { color: %MUTED%; }
QProgressBar { border: 0; border-radius: 2px; background: %BORDER%; max-height: 4px; min-height: 4px; }
QProgressBar::chunk { border-radius: 2px; background: %ACCENT%; }
)";

QString styleSheetFrom(const Colors& colors) {
  QString sheet = QString::fromUtf16(kStyleSheet);
  const std::pair<QLatin1StringView, QColor> names[] = {
      {"%RAISED%"_L1, colors.raised},    {"%TEXT%"_L1, colors.text},   {"%BORDER%"_L1, colors.border},
      {"%BUBBLE%"_L1, colors.bubble},    {"%MUTED%"_L1, colors.muted}, {"%ACCENT%"_L1, colors.accent},
      {"%ONACCENT%"_L1, colors.onAccent}};
  for (const auto& [name, color] : names) sheet.replace(name, color.name());
  return sheet;
}

// The desktop's own font first (by its real name: the rest of the list would win over a generic one such as "Sans
// Serif"); then one with simplified Chinese forms, so that no Japanese forms are mixed in.
QFont programFont(QFont font) {
  QStringList families{QFontInfo(font).family()};
  families << u"Noto Sans CJK SC"_s << u"Microsoft YaHei"_s << u"PingFang SC"_s;
  font.setFamilies(families);
  if (font.pointSizeF() > 0 && font.pointSizeF() < 10.5) font.setPointSizeF(10.5);
  return font;
}

}  // namespace

bool isDark(const QPalette& palette) { return palette.color(QPalette::Window).lightnessF() < 0.5f; }

const Colors& colorsOf(const QPalette& palette) { return isDark(palette) ? darkColors() : lightColors(); }

void applyTheme(QApplication& application, ThemeChoice choice) {
  static const QFont desktopFont = application.font();
  bool dark = choice == ThemeChoice::Dark;
  if (choice == ThemeChoice::System) {
    application.setPalette(QPalette());  // back to the desktop's, so that it can be looked at
    dark = isDark(application.palette());
  }
  if (QStyle* fusion = QStyleFactory::create(u"Fusion"_s)) application.setStyle(fusion);
  const Colors& colors = dark ? darkColors() : lightColors();
  application.setPalette(paletteFrom(colors));
  application.setFont(programFont(desktopFont));
  application.setStyleSheet(styleSheetFrom(colors));
}

}  // namespace xllm::ui
