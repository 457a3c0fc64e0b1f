#include "ui/playback/sound_bar.h"

#include <QBoxLayout>
#include <QHideEvent>
#include <QLabel>
#include <QToolButton>

#include "ui/playback/wave_view.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/tool_tip.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kLineHeight = 26, kLargeHeight = 120;  // of the loudness

}  // namespace

SoundBar::SoundBar(Shape shape, QWidget* parent)
    : QWidget(parent), m_play(new QToolButton(this)), m_wave(new WaveView(this)), m_time(new QLabel(this)) {
  m_play->setProperty("flat", true);
  m_play->setIconSize(QSize(16, 16));
  m_play->setFocusPolicy(Qt::StrongFocus);
  m_time->setProperty("caption", true);
  m_time->setProperty("textSize", u"small"_s);
  m_time->setTextFormat(Qt::PlainText);
  auto* row = new QHBoxLayout;
  row->setSpacing(6);
  row->addWidget(m_play);
  if (shape == Shape::Line) {
    m_wave->setFixedHeight(kLineHeight);
    row->addWidget(m_wave, 1);
    row->addWidget(m_time);
    row->setContentsMargins(0, 0, 0, 0);
    setLayout(row);
  } else {
    m_wave->setMinimumSize(200, kLargeHeight);
    row->addWidget(m_time);
    row->addStretch();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_wave, 1);
    column->addLayout(row);
  }
  connect(m_play, &QToolButton::clicked, this, &SoundBar::toggle);
  connect(m_wave, &WaveView::sought, this, [this](double seconds) {
    showTime(seconds);
    if (m_playback) m_playback->seek(this, seconds);
  });
  refresh();
}

SoundBar::~SoundBar() {
  if (m_playback) m_playback->stop(this);
}

void SoundBar::setPlayback(Playback* playback) {
  m_playback = playback;
  m_wave->setSeekable(playback);
  if (playback) {
    connect(playback, &Playback::changed, this, [this](const QObject* who) {
      if (who == this) refresh();
    });
    connect(playback, &Playback::moved, this, [this](const QObject* who, double seconds) {
      if (who != this) return;
      m_wave->setPosition(seconds);
      showTime(seconds);
    });
    connect(playback, &Playback::failed, this, [this](const QObject* who, const QString& details) {
      if (who != this) return;
      m_problem = details.isEmpty() ? u"?"_s : details;
      refresh();
    });
  }
  refresh();
}

void SoundBar::setSound(const Playable& sound, const QString& name) {
  if (m_playback && !isOf(sound)) m_playback->stop(this);
  m_sound = sound;
  m_name = name;
  m_problem.clear();
  m_wave->setSeconds(sound.seconds);
  m_wave->setPosition(0);
  if (m_playback) {
    m_wave->setPeaks({});
    m_playback->peaksOf(sound, m_wave, [this, sound](const QList<float>& peaks) {
      if (isOf(sound)) m_wave->setPeaks(peaks);  // and not another one's by now
    });
  } else {
    m_wave->setSound(sound.sound);
  }
  refresh();
}

bool SoundBar::isOf(const Playable& sound) const { return sound.sound == m_sound.sound && sound.file == m_sound.file; }

QList<QWidget*> SoundBar::inTabOrder() const { return {m_play, m_wave}; }

QString SoundBar::time() const { return m_time->text(); }

void SoundBar::toggle() {
  m_problem.clear();
  const bool isOver = m_wave->value() >= m_wave->maximum();
  if (m_playback) m_playback->toggle(this, m_sound, isOver ? 0 : m_wave->position());
}

void SoundBar::refresh() {
  const bool isPlaying = m_playback && m_playback->isPlaying(this);
  m_play->setVisible(m_playback);
  m_play->setEnabled(m_sound.sound || !m_sound.file.isEmpty());
  m_play->setIcon(themeIcon(isPlaying ? u"pause"_s : u"play"_s, IconColor::Accent));
  m_play->setToolTip(isPlaying ? tr("Pause") : tr("Play"));
  m_play->setAccessibleName(isPlaying ? tr("Pause: %1").arg(m_name) : tr("Play: %1").arg(m_name));
  m_wave->setAccessibleName(tr("Place in %1").arg(m_name));
  showTime(m_wave->position());
}

void SoundBar::showTime(double seconds) {
  if (!m_problem.isEmpty()) {
    m_time->setText(tr("It cannot be played"));
    m_time->setToolTip(toolTipOf(m_problem));
    return;
  }
  m_time->setToolTip({});
  const QString all = durationText(m_sound.seconds);
  m_time->setText(seconds > 0 ? QString(durationText(seconds) + u" / "_s + all) : all);
}

void SoundBar::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) refresh();
  QWidget::changeEvent(event);
}

// Not of a window that is only minimised.
void SoundBar::hideEvent(QHideEvent* event) {
  if (!event->spontaneous() && m_playback) m_playback->stop(this);
  QWidget::hideEvent(event);
}

}  // namespace xllm::ui
