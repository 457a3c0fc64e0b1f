#include "ui/talk/talk_bar.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QToolButton>
#include <utility>

#include "ui/talk/level_meter.h"
#include "ui/talk/live_words.h"
#include "ui/talk/recording_red.h"
#include "ui/talk/talk.h"
#include "ui/widgets/announcement.h"
#include "ui/widgets/icon.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kSign = 12;  // pixels across

}  // namespace

TalkBar::TalkBar(Talk& talk, QWidget* parent)
    : QWidget(parent),
      m_talk(talk),
      m_meter(new LevelMeter(this)),
      m_status(new QLabel(this)),
      m_words(new LiveWords(this)),
      m_mute(new QToolButton(this)),
      m_drop(new QToolButton(this)),
      m_end(new QToolButton(this)),
      m_announcement(new Announcement(*this)) {
  build();
  connect(&talk, &Talk::changed, this, &TalkBar::refresh);
  connect(&talk, &Talk::levelChanged, m_meter, &LevelMeter::setLevel);
  connect(&talk, &Talk::wordsChanged, m_words, &LiveWords::setWords);
  connect(&talk, &Talk::understood, this, [this](const QString& words) {
    m_announcement->say(words.isEmpty() ? tr("No words were understood") : tr("Understood: %1").arg(words));
  });
  connect(&talk, &Talk::noticed, m_announcement, &Announcement::say);
  connect(m_meter, &LevelMeter::warningChanged, this, &TalkBar::retranslate);
  connect(m_mute, &QToolButton::clicked, this, [this] { m_talk.setMuted(!m_talk.isMuted()); });
  connect(m_drop, &QToolButton::clicked, &talk, &Talk::drop);
  connect(m_end, &QToolButton::clicked, &talk, &Talk::end);
  refresh();
}

void TalkBar::build() {
  for (const auto& [button, icon] :
       {std::pair{m_mute, u"microphone-off"_s}, std::pair{m_drop, u"trash"_s}, std::pair{m_end, u"check"_s}}) {
    button->setProperty("flat", true);
    button->setIcon(themeIcon(icon, IconColor::Muted));
    button->setIconSize(QSize(16, 16));
    button->setFocusPolicy(Qt::StrongFocus);
  }
  m_status->setTextFormat(Qt::PlainText);
  m_status->setWordWrap(true);
  auto* row = new QHBoxLayout;
  row->setSpacing(8);
  row->addSpacing(kSign + 12);
  row->addWidget(m_meter);
  row->addWidget(m_status, 1);
  row->addWidget(m_mute);
  row->addWidget(m_drop);
  row->addWidget(m_end);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 2);
  column->setSpacing(4);
  column->addLayout(row);
  column->addWidget(m_words);
}

QString TalkBar::words() const { return m_words->words(); }

QString TalkBar::status() const { return m_status->text(); }

void TalkBar::refresh() {
  const bool isOpen = m_talk.isOpen();
  if (!isOpen || m_talk.isMuted()) m_meter->reset();
  const bool isHandsFree = m_talk.mode() == ListenMode::HandsFree;
  m_mute->setVisible(isHandsFree);
  m_drop->setVisible(!isHandsFree);
  m_mute->setIcon(themeIcon(m_talk.isMuted() ? u"microphone"_s : u"microphone-off"_s, IconColor::Muted));
  m_end->setIcon(themeIcon(isHandsFree ? u"close"_s : u"check"_s, IconColor::Muted));
  retranslate();
  setVisible(isOpen);
  update();
  if (std::exchange(m_wasOpen, isOpen) != isOpen) {
    m_announcement->say(isOpen ? tr("The microphone is open") : tr("The microphone is closed"));
  }
}

void TalkBar::retranslate() {
  if (m_talk.isMuted()) {
    m_status->setText(tr("Muted: nothing is heard"));
  } else if (m_meter->warns()) {
    m_status->setText(tr("Too loud: move away a little, or turn the microphone down"));
  } else if (m_talk.isSpoken()) {
    m_status->setText(tr("You are heard"));
  } else {
    m_status->setText(m_talk.mode() == ListenMode::HoldToTalk ? tr("Talk, and let go when you are done")
                                                              : tr("Listening …"));
  }
  setAccessibleName(tr("The microphone is open"));
  setAccessibleDescription(m_status->text());
  m_meter->setAccessibleName(tr("How loud the microphone hears"));
  m_words->setAccessibleName(tr("Understood so far"));
  const auto name = [](QToolButton* button, const QString& tip) {
    button->setToolTip(tip);
    button->setAccessibleName(tip);
  };
  name(m_mute, m_talk.isMuted() ? tr("Let the microphone hear again") : tr("Mute the microphone"));
  name(m_drop, tr("Throw away what was said"));
  name(m_end, m_talk.mode() == ListenMode::HandsFree ? tr("Close the microphone") : tr("Finish talking"));
}

void TalkBar::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  QWidget::changeEvent(event);
}

// Filled while something is heard, a ring while it is muted.
void TalkBar::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const QColor red = recordingRed(palette());
  const QRectF sign(2, m_status->geometry().center().y() - kSign / 2.0, kSign, kSign);
  painter.setPen(QPen(red, 2));
  painter.setBrush(m_talk.isMuted() ? QBrush(Qt::NoBrush) : QBrush(red));
  painter.drawEllipse(sign.adjusted(1, 1, -1, -1));
}

}  // namespace xllm::ui
