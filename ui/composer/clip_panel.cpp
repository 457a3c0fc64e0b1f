#include "ui/composer/clip_panel.h"

#include <QCheckBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QToolButton>
#include <algorithm>

#include "ui/composer/frame_strip.h"
#include "ui/widgets/flow_layout.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

double aspectOf(const QSize& pixels) {
  return pixels.isEmpty() ? 16.0 / 9 : static_cast<double>(pixels.width()) / pixels.height();
}

}  // namespace

ClipPanel::ClipPanel(const Attachment& clip, QWidget* parent)
    : QWidget(parent),
      m_strip(new FrameStrip(clip.seconds, aspectOf(clip.pixels), this)),
      m_framesLabel(new QLabel(this)),
      m_frames(new QSpinBox(this)),
      m_sound(new QCheckBox(this)),
      m_whole(new QToolButton(this)),
      m_figures(new QLabel(this)),
      m_note(new QLabel(this)) {
  m_frames->setRange(1, ClipChoice::kMostFrames);
  m_frames->setKeyboardTracking(false);  // what is typed counts when it is whole
  m_framesLabel->setBuddy(m_frames);
  m_whole->setProperty("caption", true);
  m_whole->setAutoRaise(true);
  m_whole->setFocusPolicy(Qt::StrongFocus);
  for (QLabel* label : {m_figures, m_note}) {
    label->setProperty("caption", true);
    label->setTextFormat(Qt::PlainText);
  }
  m_note->setWordWrap(true);
  m_note->hide();
  auto* count = new QWidget(this);
  auto* pair = new QHBoxLayout(count);
  pair->setContentsMargins(0, 0, 0, 0);
  pair->setSpacing(8);
  pair->addWidget(m_framesLabel);
  pair->addWidget(m_frames);
  auto* row = new FlowLayout(nullptr, 14);  // a narrow window needs two lines
  for (QWidget* part : std::initializer_list<QWidget*>{count, m_sound, m_figures, m_whole}) {
    part->setFixedHeight(m_frames->sizeHint().height());
    row->addWidget(part);
  }
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 2, 6, 0);
  column->setSpacing(7);
  column->addWidget(m_strip);
  column->addLayout(row);
  column->addWidget(m_note);
  connect(m_strip, &FrameStrip::spanChanged, this, [this](double start, double end) {
    ClipChoice choice = m_clip.choice;
    choice.start = start;
    choice.end = end;
    change(choice);
  });
  connect(m_frames, &QSpinBox::valueChanged, this, [this](int frames) {
    ClipChoice choice = m_clip.choice;
    choice.frames = frames;
    change(choice);
  });
  connect(m_sound, &QCheckBox::toggled, this, [this](bool goesAlong) {
    ClipChoice choice = m_clip.choice;
    choice.withSound = goesAlong;
    change(choice);
  });
  connect(m_whole, &QToolButton::clicked, this, [this] {
    ClipChoice choice = m_clip.choice;
    choice.start = 0;
    choice.end = m_clip.seconds;
    change(choice);
  });
  setClip(clip);
}

void ClipPanel::change(const ClipChoice& choice) {
  if (choice == m_clip.choice) return;
  m_clip.choice = choice;
  m_strip->setChoice(choice);
  refresh();
  Q_EMIT choiceChanged(choice);
}

void ClipPanel::setAbilities(const ClipAbilities& abilities) {
  m_abilities = abilities;
  const QSignalBlocker quiet(m_frames);
  m_frames->setMaximum(std::max(abilities.mostFrames, 1));
  refresh();
}

void ClipPanel::setClip(const Attachment& clip) {
  m_clip = clip;
  if (m_clip.choice.end <= m_clip.choice.start) m_clip.choice.end = clip.seconds;
  m_strip->setChoice(m_clip.choice);
  QList<double> moments;
  if (clip.clip) {
    for (const VideoClip::Frame& frame : clip.clip->frames) moments << frame.seconds;
    m_strip->setFrames(clip.thumbnail, moments);
  }
  refresh();
}

void ClipPanel::setReading(bool reading) { m_strip->setReading(reading); }

void ClipPanel::setGlance(int index, const QImage& picture) { m_strip->setGlance(index, picture); }

QList<QWidget*> ClipPanel::inTabOrder() const {
  return {&m_strip->startHandle(), &m_strip->endHandle(), m_frames, m_sound, m_whole};
}

QString ClipPanel::figures() const { return m_figures->text(); }

QString ClipPanel::note() const { return m_note->text(); }

void ClipPanel::refresh() {
  const QSignalBlocker quietFrames(m_frames), quietSound(m_sound);
  const ClipChoice& choice = m_clip.choice;
  m_framesLabel->setText(tr("Frames"));
  m_frames->setValue(choice.frames);
  m_frames->setAccessibleName(tr("Number of frames that the model sees"));
  m_frames->setToolTip(tr("How many frames of the part the model sees: 1 to %1").arg(m_frames->maximum()));
  m_sound->setText(tr("with its sound"));
  m_sound->setToolTip(tr("What is said in the part goes to the model, too"));
  m_sound->setAccessibleName(tr("The clip's sound goes along"));
  m_sound->setChecked(choice.withSound);
  m_sound->setVisible(m_clip.hasSound && m_abilities.hears);
  m_whole->setText(tr("Whole clip"));
  m_whole->setAccessibleName(tr("Choose the whole clip"));
  m_whole->setVisible(choice.start > 0 || choice.end < m_clip.seconds);
  const double part = choice.end - choice.start;
  const QLocale locale;
  QStringList figures{
      u"%1 – %2"_s.arg(momentText(choice.start, m_clip.seconds), momentText(choice.end, m_clip.seconds)),
      part < 600 ? tr("%1 s").arg(locale.toString(part, 'f', 1)) : durationText(part)};
  const qint64 tokens = m_abilities.tokens + m_abilities.tokensPerFrame * choice.frames;
  if (tokens > 0) figures << tr("%n token(s)", nullptr, static_cast<int>(tokens));
  m_figures->setText(figures.join(u"  ·  "_s));
  m_note->setText(noteText());
  m_note->setVisible(!m_note->text().isEmpty());
}

QString ClipPanel::noteText() const {
  QStringList notes;
  if (m_clip.clip && m_clip.clip->missingSeconds > 0) {
    notes << tr("The last %1 s cannot be read: the file is damaged or cut off.")
                 .arg(QLocale().toString(m_clip.clip->missingSeconds, 'f', 1));
  }
  if (m_clip.soundFailed && m_clip.choice.withSound && m_abilities.hears) {
    notes << tr("Its sound stays behind: it cannot be read, or the part is longer than half an hour.");
  }
  return notes.join(u' ');
}

void ClipPanel::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) refresh();
  QWidget::changeEvent(event);
}

}  // namespace xllm::ui
