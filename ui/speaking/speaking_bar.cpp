#include "ui/speaking/speaking_bar.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QToolButton>

#include "ui/widgets/icon.h"
#include "ui/widgets/theme.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kIcon = 18;

}  // namespace

SpeakingBar::SpeakingBar(QWidget* parent)
    : QFrame(parent),
      m_icon(new QLabel),
      m_text(new QLabel),
      m_pause(new QToolButton),
      m_skip(new QToolButton),
      m_stop(new QToolButton) {
  m_icon->setPixmap(themeIcon(u"speak"_s, IconColor::Accent).pixmap(QSize(kIcon, kIcon), devicePixelRatioF()));
  m_text->setTextFormat(Qt::PlainText);
  m_text->setWordWrap(true);
  m_skip->setIcon(themeIcon(u"skip"_s));
  m_stop->setIcon(themeIcon(u"stop"_s));
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(12, 3, 6, 3);
  row->setSpacing(8);
  row->addWidget(m_icon);
  row->addWidget(m_text, 1);
  for (QToolButton* button : {m_pause, m_skip, m_stop}) {
    button->setProperty("flat", true);
    button->setIconSize(QSize(kIcon, kIcon));
    button->setFocusPolicy(Qt::StrongFocus);
    row->addWidget(button);
  }
  connect(m_pause, &QToolButton::clicked, this,
          [this] { m_state == State::Paused ? Q_EMIT resumeRequested() : Q_EMIT pauseRequested(); });
  connect(m_skip, &QToolButton::clicked, this, &SpeakingBar::skipRequested);
  connect(m_stop, &QToolButton::clicked, this, &SpeakingBar::stopRequested);
  refresh();
  hide();
}

void SpeakingBar::show(State state) {
  m_state = state;
  refresh();
  QFrame::show();
}

void SpeakingBar::refresh() {
  switch (m_state) {
    case State::Reading: m_text->setText(tr("Reading aloud")); break;
    case State::Waiting: m_text->setText(tr("Reading aloud: waits for the next sentence …")); break;
    case State::Paused: m_text->setText(tr("Reading is paused")); break;
    case State::Listening: m_text->setText(tr("Listening to you …")); break;
    case State::Deaf: m_text->setText(tr("Reading aloud. The microphone waits: press Esc to interrupt.")); break;
  }
  const bool isPaused = m_state == State::Paused;
  m_pause->setIcon(themeIcon(isPaused ? u"play"_s : u"pause"_s));
  const auto name = [](QToolButton* button, const QString& text) {
    button->setToolTip(text);
    button->setAccessibleName(text);
  };
  name(m_pause, isPaused ? tr("Go on reading") : tr("Pause reading"));
  name(m_skip, tr("Next sentence"));
  name(m_stop, tr("Stop reading (Esc)"));
  setAccessibleName(m_text->text());
}

void SpeakingBar::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) refresh();
  if (event->type() == QEvent::PaletteChange) {  // a label's picture does not follow by itself
    m_icon->setPixmap(themeIcon(u"speak"_s, IconColor::Accent).pixmap(QSize(kIcon, kIcon), devicePixelRatioF()));
  }
  QFrame::changeEvent(event);
}

void SpeakingBar::paintEvent(QPaintEvent*) {
  const Colors& colors = colorsOf(palette());
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(colors.border);
  painter.setBrush(colors.raised);
  painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10);
}

}  // namespace xllm::ui
