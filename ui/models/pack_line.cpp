#include "ui/models/pack_line.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QTimer>
#include <chrono>
#include <cmath>

#include "core/base/memory_use.h"
#include "ui/models/context_meter.h"
#include "ui/widgets/icon.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr std::chrono::seconds kMemoryInterval{2};
const QString kBetween = u"  ·  "_s;

}  // namespace

PackLine::PackLine(const PackState& pack, QWidget* parent)
    : QWidget(parent),
      m_pack(pack),
      m_icon(new QLabel(this)),
      m_label(new QLabel(this)),
      m_bar(new QProgressBar(this)),
      m_figures(new QLabel(this)),
      m_meter(new ContextMeter(this)),
      m_memoryTimer(new QTimer(this)) {
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
  row->addWidget(m_icon);
  row->addWidget(m_label);
  row->addWidget(m_bar);
  row->addWidget(m_figures, 1);
  row->addSpacing(6);
  row->addWidget(m_meter);
  m_figures->setProperty("caption", true);
  m_figures->setTextFormat(Qt::PlainText);
  m_figures->setTextInteractionFlags(Qt::TextSelectableByMouse);
  m_figures->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  m_figures->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  m_figures->installEventFilter(this);
  m_memoryTimer->setInterval(kMemoryInterval);
  connect(m_memoryTimer, &QTimer::timeout, this, &PackLine::measureMemory);
  connect(&m_pack, &PackState::changed, this, &PackLine::refresh);
  refresh();
}

void PackLine::setSpeed(double tokensPerSecond, double firstTextSeconds) {
  m_tokensPerSecond = tokensPerSecond;
  m_firstTextSeconds = firstTextSeconds;
  refresh();
}

QString PackLine::text() const { return (QStringList(packText()) + figures()).join(kBetween); }

void PackLine::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange || event->type() == QEvent::PaletteChange) refresh();
  QWidget::changeEvent(event);
}

bool PackLine::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Resize) showFigures();
  return QWidget::eventFilter(watched, event);
}

// Only where it is seen.
void PackLine::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  measureMemory();
  m_memoryTimer->start();
}

void PackLine::hideEvent(QHideEvent* event) {
  QWidget::hideEvent(event);
  m_memoryTimer->stop();
}

void PackLine::measureMemory() {
  m_memoryBytes = residentMemoryBytes();
  refresh();
}

// As many as there is room for.
void PackLine::showFigures() {
  constexpr int kFromName = 16;  // so that the name is not taken for one of them
  const int room = m_figures->width() - kFromName;
  QStringList shown = figures();
  while (!shown.isEmpty() && m_figures->fontMetrics().horizontalAdvance(shown.join(kBetween)) > room)
    shown.removeLast();
  m_figures->setText(shown.join(kBetween));
}

void PackLine::refresh() {
  m_label->setText(packText());
  m_icon->setPixmap(
      themeIcon(u"pack"_s, m_pack.phase() == PackState::Phase::Ready ? IconColor::Accent : IconColor::Muted)
          .pixmap(QSize(16, 16), devicePixelRatioF()));
  const bool loading = m_pack.phase() == PackState::Phase::Loading;
  m_bar->setVisible(loading);
  m_bar->setValue(static_cast<int>(std::lround(m_pack.fraction() * 1000)));
  m_bar->setAccessibleName(tr("Loading progress"));
  setAccessibleName(text());
  showFigures();
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

QStringList PackLine::figures() const {
  QStringList figures;
  const QLocale locale;
  if (m_tokensPerSecond > 0) figures << tr("%1 tokens/s").arg(locale.toString(m_tokensPerSecond, 'f', 1));
  if (m_firstTextSeconds > 0) figures << tr("first token after %1 s").arg(locale.toString(m_firstTextSeconds, 'f', 2));
  if (m_memoryBytes > 0)
    figures << tr("%1 of memory").arg(locale.formattedDataSize(m_memoryBytes, 0, QLocale::DataSizeSIFormat));
  return figures;
}

}  // namespace xllm::ui
