#include "ui/training/stage_picture.h"

#include <QEvent>
#include <QPainter>
#include <algorithm>

#include "ui/widgets/theme.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr double kGap = 22;  // of an arrow
constexpr int kNarrow = 480;

}  // namespace

StagePicture::StagePicture(Teach teach, Stage stage, QWidget* parent)
    : QWidget(parent), m_teach(teach), m_stage(stage) {
  QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
  describe();
}

int StagePicture::heightForWidth(int width) const {
  const int line = fontMetrics().height();
  const int box = (width < kNarrow ? 4 : 3) * line + 6;
  return static_cast<int>(rows().size()) * (box + 10) + line + 14;
}

QList<StagePicture::Row> StagePicture::rows() const {
  QList<Row> rows;
  const bool converting = m_stage == Stage::Converting, together = m_stage == Stage::Integrating;
  for (const Sense sense : sensesOf(m_teach)) {
    // Stage 1 of clips trains nothing: they look through what pictures learn.
    const bool inner = !together && !(converting && sense == Sense::Clips);
    const bool adapter = together || m_stage == Stage::Aligning || (converting && sense == Sense::Speech);
    switch (sense) {
      case Sense::Pictures:
        rows << Row{{{tr("picture")}, {tr("image encoder")}, {tr("Q-Former"), inner}, {tr("adapter"), adapter}},
                    !converting};
        break;
      case Sense::Clips:
        rows << Row{{{tr("clip")}, {tr("image encoder")}, {tr("Q-Former"), inner}, {tr("adapter"), adapter}},
                    !converting};
        break;
      case Sense::Speech:
        rows << Row{{{tr("speech")}, {tr("speech encoder")}, {tr("CIF, C-Former"), inner}, {tr("adapter"), adapter}},
                    !converting};
        break;
    }
  }
  return rows;
}

void StagePicture::paintEvent(QPaintEvent*) {
  const Colors& colors = colorsOf(palette());
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const QList<Row> all = rows();
  const int line = fontMetrics().height();
  const double high = (height() - line - 14.0) / static_cast<double>(all.size()) - 10;
  const auto boxesAcross = all.front().boxes.size() + 1;  // and the language model
  const double wide = (width() - kGap * static_cast<double>(boxesAcross - 1) - 2) / static_cast<double>(boxesAcross);
  const auto box = [&](const QRectF& where, const Box& about, bool frozen) {
    painter.setPen(QPen(about.lit ? colors.accent : colors.muted, about.lit ? 2 : 1));
    painter.setBrush(about.lit ? colors.accent : frozen ? colors.code : colors.canvas);
    painter.drawRoundedRect(where, 8, 8);
    painter.setPen(about.lit ? colors.onAccent : colors.muted);
    painter.drawText(where.adjusted(3, 2, -3, -2), Qt::AlignCenter | Qt::TextWordWrap, about.text);
  };
  const auto arrow = [&](double x, double y) {
    painter.setPen(QPen(colors.muted, 1.4));
    painter.drawLine(QPointF(x + 3, y), QPointF(x + kGap - 4, y));
    painter.drawLine(QPointF(x + kGap - 8, y - 4), QPointF(x + kGap - 4, y));
    painter.drawLine(QPointF(x + kGap - 8, y + 4), QPointF(x + kGap - 4, y));
  };
  double y = 4;
  for (const Row& row : all) {
    double x = 1;
    for (qsizetype i = 0; i < row.boxes.size(); ++i) {
      box(QRectF(x, y, wide, high), row.boxes[i], i == 1);
      x += wide;
      if (i + 1 < row.boxes.size() || row.reachesModel) arrow(x, y + high / 2);
      x += kGap;
    }
    y += high + 10;
  }
  const double left = 1 + static_cast<double>(boxesAcross - 1) * (wide + kGap);
  painter.setOpacity(all.front().reachesModel ? 1 : 0.55);
  box(QRectF(left, 4, wide, y - 14), {tr("language model")}, true);
  painter.setOpacity(1);
  painter.setPen(colors.muted);
  painter.drawText(QRectF(1, height() - line - 4.0, width() - 2.0, line), Qt::AlignLeft,
                   tr("coloured: trained   ·   grey: frozen, stays as it is"));
}

void StagePicture::describe() {
  QStringList trained;
  for (const Row& row : rows()) {
    for (const Box& each : row.boxes) {
      if (each.lit) trained << row.boxes.front().text + u": "_s + each.text;
    }
  }
  setAccessibleName(tr("What is trained in this stage"));
  setAccessibleDescription(trained.isEmpty()
                               ? tr("Nothing is trained in this stage.")
                               : tr("Trained: %1. Everything else is frozen.").arg(trained.join(u", "_s)));
  setToolTip(accessibleDescription());
  updateGeometry();
  update();
}

void StagePicture::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange || event->type() == QEvent::FontChange) describe();
  QWidget::changeEvent(event);
}

}  // namespace xllm::ui
