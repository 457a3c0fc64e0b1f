#include "ui/widgets/icon.h"

#include <QFile>
#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPixmap>
#include <QSvgRenderer>

#include "ui/widgets/theme.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

class ThemeIconEngine final : public QIconEngine {
 public:
  ThemeIconEngine(const QString& name, IconColor color) : m_color(color) {
    QFile file(u":/icons/"_s + name + u".svg"_s);
    if (file.open(QIODevice::ReadOnly)) m_svg = file.readAll();
  }

  void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
    if (m_svg.isEmpty()) return;
    QByteArray svg = m_svg;
    svg.replace("currentColor", colorFor(mode).name().toLatin1());
    QSvgRenderer renderer(svg);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    renderer.render(painter, QRectF(rect));
    painter->restore();
  }

  QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
    QPixmap pixmap(size);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    paint(&painter, QRect(QPoint(), size), mode, state);
    return pixmap;
  }

  QIconEngine* clone() const override { return new ThemeIconEngine(*this); }

 private:
  QColor colorFor(QIcon::Mode mode) const {
    const Colors& colors = colorsOf(QGuiApplication::palette());
    if (mode == QIcon::Disabled) return m_color == IconColor::OnAccent ? colors.raised : colors.border;
    switch (m_color) {
      case IconColor::Text: return colors.text;
      case IconColor::Muted: return colors.muted;
      case IconColor::Accent: return colors.accent;
      case IconColor::OnAccent: return colors.onAccent;
      case IconColor::Danger: return colors.danger;
      case IconColor::OnRed: return Qt::white;
    }
    return colors.text;
  }

  QByteArray m_svg;
  IconColor m_color;
};

}  // namespace

QIcon themeIcon(const QString& name, IconColor color) { return QIcon(new ThemeIconEngine(name, color)); }

}  // namespace xllm::ui
