#include "ui/models/pack_line.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <cmath>

#include "ui/widgets/icon.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

PackLine::PackLine(const PackState& pack, QWidget* parent)
    : QWidget(parent),
      m_pack(pack),
      m_icon(new QLabel(this)),
      m_label(new QLabel(this)),
      m_bar(new QProgressBar(this)) {
  m_icon->setFixedSize(16, 16);
  m_label->setProperty("caption", true);
  m_label->setTextFormat(Qt::PlainText);
  m_label->setTextInteractionFlags(Qt::TextSelectableByMouse);
  m_bar->setTextVisible(false);
  m_bar->setRange(0, 1000);
  m_bar->setFixedWidth(140);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(7);
  row->addStretch();
  row->addWidget(m_icon);
  row->addWidget(m_label);
  row->addWidget(m_bar);
  row->addStretch();
  connect(&m_pack, &PackState::changed, this, &PackLine::refresh);
  refresh();
}

void PackLine::setSpeed(double tokensPerSecond, double firstTextSeconds) {
  m_tokensPerSecond = tokensPerSecond;
  m_firstTextSeconds = firstTextSeconds;
  refresh();
}

QString PackLine::text() const { return m_label->text(); }

void PackLine::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange || event->type() == QEvent::PaletteChange) refresh();
  QWidget::changeEvent(event);
}

void PackLine::refresh() {
  QString text = packText();
  const QString speed = speedText();
  if (!speed.isEmpty()) text += u"  ·  "_s + speed;
  m_label->setText(text);
  m_icon->setPixmap(
      themeIcon(u"pack"_s, m_pack.phase() == PackState::Phase::Ready ? IconColor::Accent : IconColor::Muted)
          .pixmap(QSize(16, 16), devicePixelRatioF()));
  const bool loading = m_pack.phase() == PackState::Phase::Loading;
  m_bar->setVisible(loading);
  m_bar->setValue(static_cast<int>(std::lround(m_pack.fraction() * 1000)));
  m_bar->setAccessibleName(tr("Loading progress"));
  setAccessibleName(text);
}

QString PackLine::packText() const {
  switch (m_pack.phase()) {
    case PackState::Phase::None: return tr("No model pack is loaded");
    case PackState::Phase::Failed: return tr("No model pack is loaded");
    case PackState::Phase::Loading: {
      const QString part = partText();
      return part.isEmpty() ? tr("Loading %1 …").arg(m_pack.name()) : tr("Loading %1: %2 …").arg(m_pack.name(), part);
    }
    case PackState::Phase::Ready: break;
  }
  const QString version = QString::fromStdString(m_pack.summary().version);
  return version.isEmpty() ? m_pack.name() : m_pack.name() + u' ' + version;
}

// The engine names what it loads in English; what it may say is known.
QString PackLine::partText() const {
  if (m_pack.part() == "language model"_L1) return tr("language model");
  if (m_pack.part() == "image encoder"_L1) return tr("image encoder");
  if (m_pack.part() == "speech encoder"_L1) return tr("speech encoder");
  return m_pack.part();
}

QString PackLine::speedText() const {
  QStringList figures;
  const QLocale locale;
  if (m_tokensPerSecond > 0) figures << tr("%1 tokens/s").arg(locale.toString(m_tokensPerSecond, 'f', 1));
  if (m_firstTextSeconds > 0) figures << tr("first token after %1 s").arg(locale.toString(m_firstTextSeconds, 'f', 2));
  return figures.join(u"  ·  "_s);
}

}  // namespace xllm::ui
