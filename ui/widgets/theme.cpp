#include "ui/widgets/theme.h"

#include <QApplication>
#include <QFont>
#include <QFontInfo>
#include <QStyle>
#include <QStyleFactory>
#include <QVariant>
#include <algorithm>

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kZoom = "xllmTextZoom";  // of the application

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
                             .spoken = QColor(0xfbeecb),
                             .warning = QColor(0x8a5a00),
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
                             .spoken = QColor(0x4a4023),
                             .warning = QColor(0xe3b25c),
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
QToolButton[menu="true"] { padding-right: 18px; }
QToolButton::menu-indicator { image: url(:/icons/arrow-down.svg); width: 11px; height: 11px;
  subcontrol-position: right center; right: 4px; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QPushButton[quiet="true"], QDialogButtonBox QPushButton { border: 1px solid %BORDER%; border-radius: 8px; padding: 5px 12px; background: %RAISED%;
  outline: 0; }
QPushButton[quiet="true"]:hover, QDialogButtonBox QPushButton:hover { background: %BUBBLE%; }
QPushButton[quiet="true"]:focus, QDialogButtonBox QPushButton:focus { border-color: %ACCENT%; }
QPushButton[quiet="true"]:disabled { color: %MUTED%; }
QPushButton[primary="true"] { border: 1px solid %ACCENT%; border-radius: 8px; padding: 6px 16px; background: %ACCENT%;
  color: %ONACCENT%; outline: 0; }
QPushButton[primary="true"]:disabled { border-color: %BORDER%; background: %BORDER%; color: %MUTED%; }
QPushButton[primary="true"]:focus { border: 2px solid %TEXT%; padding: 5px 15px; }
QRadioButton { border: 1px solid transparent; border-radius: 8px; padding: 3px 6px; spacing: 8px; }
QRadioButton:focus { border-color: %ACCENT%; }
QRadioButton::indicator { width: 14px; height: 14px; border: 1px solid %MUTED%; border-radius: 8px; background: %RAISED%; }
QRadioButton::indicator:checked { width: 6px; height: 6px; border: 5px solid %ACCENT%; }
QLineEdit, QComboBox, QAbstractSpinBox, QPlainTextEdit { border: 1px solid %BORDER%; border-radius: 8px; padding: 4px 6px;
  background: %RAISED%; color: %TEXT%; }
QLineEdit:focus, QComboBox:focus, QAbstractSpinBox:focus, QPlainTextEdit:focus { border-color: %ACCENT%; }
QComboBox:disabled, QAbstractSpinBox:disabled { color: %MUTED%; }
QComboBox { padding-right: 22px; }
QComboBox::drop-down { border: 0; width: 24px; }
QComboBox::down-arrow { image: url(:/icons/arrow-down.svg); width: 13px; height: 13px; }
QAbstractSpinBox { padding-right: 22px; }
QAbstractSpinBox::up-button { subcontrol-origin: border; subcontrol-position: top right; border: 0; width: 24px; }
QAbstractSpinBox::down-button { subcontrol-origin: border; subcontrol-position: bottom right; border: 0; width: 24px; }
QAbstractSpinBox::up-arrow { image: url(:/icons/arrow-up.svg); width: 11px; height: 11px; }
QAbstractSpinBox::down-arrow { image: url(:/icons/arrow-down.svg); width: 11px; height: 11px; }
QTabWidget::pane { border: 0; border-top: 1px solid %BORDER%; }
QTabBar::tab { padding: 7px 4px; margin: 0 12px; border: 0; border-bottom: 2px solid transparent; color: %MUTED%;
  background: transparent; }
QTabBar::tab:selected { color: %TEXT%; border-bottom-color: %ACCENT%; }
QTabBar::tab:hover { color: %TEXT%; }
QTabBar::tab:selected:focus { background: %BUBBLE%; }
xllm--ui--ShortcutsDialog QTreeView { background: transparent; border: 0; }
xllm--ui--ShortcutsDialog QTreeView::item { padding: 4px 2px; }
xllm--ui--ShortcutsDialog QTreeView::item:selected { background: %BUBBLE%; color: %TEXT%; }
QToolButton[flat="true"]:checked { background: %BUBBLE%; }
QLabel[caption="true"] { color: %MUTED%; }
QLabel[textSize="small"] { font-size: %SMALL%pt; }
QLabel[textSize="title"] { font-size: %TITLE%pt; font-weight: 600; }
QLabel[strong="true"] { font-weight: 600; }
QProgressBar { border: 0; border-radius: 2px; background: %BORDER%; max-height: 4px; min-height: 4px; }
QProgressBar::chunk { border-radius: 2px; background: %ACCENT%; }
)";

QString styleSheetFrom(const Colors& colors, qreal pointSize) {
  QString sheet = QString::fromUtf16(kStyleSheet);
  const std::pair<QLatin1StringView, QColor> names[] = {
      {"%RAISED%"_L1, colors.raised},    {"%TEXT%"_L1, colors.text},   {"%BORDER%"_L1, colors.border},
      {"%BUBBLE%"_L1, colors.bubble},    {"%MUTED%"_L1, colors.muted}, {"%ACCENT%"_L1, colors.accent},
      {"%ONACCENT%"_L1, colors.onAccent}};
  for (const auto& [name, color] : names) sheet.replace(name, color.name());
  sheet.replace("%SMALL%"_L1, QString::number(pointSize * 0.9, 'f', 2));
  sheet.replace("%TITLE%"_L1, QString::number(pointSize * 1.7, 'f', 2));
  return sheet;
}

// The desktop's own font first (by its real name: the rest of the list would win over a generic one such as "Sans
// Serif"); then one with simplified Chinese forms, so that no Japanese forms are mixed in.
QFont programFont(QFont font, int textZoom) {
  QStringList families{QFontInfo(font).family()};
  families << u"Noto Sans CJK SC"_s << u"Microsoft YaHei"_s << u"PingFang SC"_s;
  font.setFamilies(families);
  font.setPointSizeF(std::max(10.5, QFontInfo(font).pointSizeF()) * textZoom / 100);
  return font;
}

}  // namespace

bool isDark(const QPalette& palette) { return palette.color(QPalette::Window).lightnessF() < 0.5f; }

const Colors& colorsOf(const QPalette& palette) { return isDark(palette) ? darkColors() : lightColors(); }

void applyTheme(QApplication& application, ThemeChoice choice, int textZoom) {
  static const QFont desktopFont = application.font();
  const QFont font = programFont(desktopFont, std::clamp(textZoom, kLeastTextZoom, kMostTextZoom));
  bool dark = choice == ThemeChoice::Dark;
  if (choice == ThemeChoice::System) {
    application.setPalette(QPalette());  // back to the desktop's, so that it can be looked at
    dark = isDark(application.palette());
  }
  if (QStyle* fusion = QStyleFactory::create(u"Fusion"_s)) application.setStyle(fusion);
  const Colors& colors = dark ? darkColors() : lightColors();
  application.setPalette(paletteFrom(colors));
  application.setFont(font);
  application.setStyleSheet(styleSheetFrom(colors, font.pointSizeF()));
  application.setProperty(kZoom, textZoom);
}

int scaledToText(int pixels) {
  const QVariant zoom = qApp->property(kZoom);
  return zoom.isValid() ? pixels * zoom.toInt() / 100 : pixels;
}

}  // namespace xllm::ui
