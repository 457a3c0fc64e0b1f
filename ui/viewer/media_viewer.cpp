#include "ui/viewer/media_viewer.h"

#include <QDesktopServices>
#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QLocale>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QStackedWidget>
#include <QTextDocument>
#include <QUrl>
#include <QVBoxLayout>
#include <cmath>

#include "ui/playback/sound_bar.h"
#include "ui/viewer/original_view.h"
#include "ui/viewer/seen_view.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr QSize kPictureSize(940, 620), kSoundSize(940, 380);
constexpr int kFactLines = 3;  // room for them from the start, so that nothing moves when they come

QString sizeText(double width, double height) {
  const QLocale locale;
  return u"%1 × %2"_s.arg(locale.toString(std::lround(width)), locale.toString(std::lround(height)));
}

}  // namespace

MediaViewer::MediaViewer(QWidget* parent)
    : QDialog(parent),
      m_name(new QLabel(this)),
      m_originalTitle(new QLabel(this)),
      m_madeTitle(new QLabel(this)),
      m_originalFacts(new QLabel(this)),
      m_madeFacts(new QLabel(this)),
      m_originals(new QStackedWidget(this)),
      m_makings(new QStackedWidget(this)),
      m_original(new OriginalView),
      m_sound(new SoundBar(SoundBar::Shape::Large)),
      m_clipSound(new SoundBar(SoundBar::Shape::Line)),
      m_seen(new SeenView),
      m_transcript(new QPlainTextEdit),
      m_openOutside(new QPushButton(this)),
      m_close(new QPushButton(this)) {
  build();
  connect(m_close, &QPushButton::clicked, this, &QDialog::close);
  connect(m_openOutside, &QPushButton::clicked, this,
          [this] { QDesktopServices::openUrl(QUrl::fromLocalFile(m_attachment.file)); });
  retranslate();
}

void MediaViewer::build() {
  QFont strong = m_name->font();
  strong.setPointSizeF(strong.pointSizeF() * 1.2);
  strong.setWeight(QFont::DemiBold);
  m_name->setFont(strong);
  for (QLabel* title : {m_originalTitle, m_madeTitle}) title->setProperty("caption", true);
  for (QLabel* label : {m_name, m_originalFacts, m_madeFacts}) {
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setAlignment(Qt::AlignLeft | Qt::AlignTop);
  }
  for (QLabel* facts : {m_originalFacts, m_madeFacts}) {
    facts->setMinimumHeight(kFactLines * facts->fontMetrics().lineSpacing());
  }
  m_transcript->setReadOnly(true);
  m_transcript->setFrameShape(QFrame::NoFrame);
  m_transcript->setTabChangesFocus(true);
  m_transcript->viewport()->setAutoFillBackground(false);
  m_transcript->document()->setDocumentMargin(0);
  QFont large = m_transcript->font();
  large.setPointSizeF(large.pointSizeF() * 1.15);
  m_transcript->setFont(large);
  m_originals->addWidget(m_original);
  m_originals->addWidget(m_sound);
  m_makings->addWidget(m_seen);
  m_makings->addWidget(m_transcript);
  m_openOutside->setProperty("quiet", true);
  m_close->setProperty("quiet", true);
  m_close->setDefault(true);

  auto* sides = new QGridLayout;
  sides->setHorizontalSpacing(24);
  sides->setVerticalSpacing(8);
  sides->addWidget(m_originalTitle, 0, 0);
  sides->addWidget(m_madeTitle, 0, 1);
  sides->addWidget(m_originals, 1, 0);
  sides->addWidget(m_makings, 1, 1);
  sides->addWidget(m_clipSound, 2, 0);
  sides->addWidget(m_originalFacts, 3, 0);
  sides->addWidget(m_madeFacts, 3, 1);
  sides->setRowStretch(1, 1);
  sides->setColumnStretch(0, 1);
  sides->setColumnStretch(1, 1);
  auto* buttons = new QHBoxLayout;
  buttons->addWidget(m_openOutside);
  buttons->addStretch();
  buttons->addWidget(m_close);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(24, 20, 24, 18);
  column->setSpacing(14);
  column->addWidget(m_name);
  column->addLayout(sides, 1);
  column->addLayout(buttons);
}

void MediaViewer::setPlayback(Playback* playback) {
  for (SoundBar* bar : {m_sound, m_clipSound}) bar->setPlayback(playback);
}

void MediaViewer::present(const Attachment& attachment) {
  m_made.reset();
  m_problem.reset();
  m_waiting = Waiting::File;
  m_seen->setFrames({});
  m_original->setCrop({});
  setMedium(attachment);
  resize(isSound() ? kSoundSize : kPictureSize);
  show();
  raise();
  activateWindow();
  m_close->setFocus();
}

void MediaViewer::setMedium(const Attachment& attachment) {
  m_attachment = attachment;
  m_originals->setCurrentIndex(isSound() ? 1 : 0);
  m_makings->setCurrentIndex(isSound() ? 1 : 0);
  if (!isSound()) m_original->setPicture(attachment);
  const bool clipHasSound = !isSound() && attachment.sound;
  m_sound->setSound(isSound() ? playableOf(attachment) : Playable(), attachment.name);
  m_clipSound->setSound(clipHasSound ? playableOf(attachment) : Playable(), attachment.name);
  m_clipSound->setVisible(clipHasSound);
  m_openOutside->setVisible(!attachment.file.isEmpty());
  retranslate();
}

void MediaViewer::setWaiting(Waiting waiting) {
  m_waiting = waiting;
  m_made.reset();
  m_problem.reset();
  retranslate();
}

void MediaViewer::setExamination(const generation::Examination& made) {
  m_made = made;
  m_problem.reset();
  m_seen->setFrames(made.frames);
  if (made.frames.size() == 1) {
    const SeenPicture& seen = made.frames.front().picture;
    m_original->setCrop(QRectF(seen.left, seen.top, seen.width, seen.height));
  }
  retranslate();
}

void MediaViewer::setProblem(const Error& error, Situation situation) {
  m_problem = {error, situation};
  retranslate();
}

QString MediaViewer::facts() const { return m_madeFacts->text(); }

QString MediaViewer::transcript() const { return m_transcript->toPlainText(); }

QString MediaViewer::originalFacts() const {
  if (isSound()) return tr("Length: %1").arg(durationText(m_attachment.seconds));
  return tr("%1 pixels").arg(sizeText(m_attachment.pixels.width(), m_attachment.pixels.height()));
}

QString MediaViewer::pictureFacts(const SeenPicture& seen) const {
  const QString size = sizeText(seen.pixels.width, seen.pixels.height);
  const QSize all = m_attachment.pixels;
  const bool whole = std::abs(seen.width - all.width()) < 0.5 && std::abs(seen.height - all.height()) < 0.5;
  if (!whole) {
    return tr("The marked %1 pixels, made %2. The rest is not seen.").arg(sizeText(seen.width, seen.height), size);
  }
  const double stretch = (seen.width / seen.height) / (static_cast<double>(seen.pixels.width) / seen.pixels.height);
  if (stretch > 1.02 || stretch < 0.98) return tr("All of it, squeezed into %1 pixels.").arg(size);
  return tr("All of it, as %1 pixels.").arg(size);
}

QString MediaViewer::madeFacts() const {
  if (m_problem) return Problems::describe(m_problem->first, m_problem->second, m_attachment.name).text;
  if (!m_made) {
    switch (m_waiting) {
      case Waiting::File: return tr("Reading …");
      case Waiting::Pack: return tr("Known once a model pack is loaded.");
      case Waiting::Model: return isSound() ? tr("Listening …") : tr("Looking …");
    }
  }
  QStringList lines;
  if (isSound()) {
    lines << tr("All of it is heard: %1.").arg(durationText(m_made->secondsHeard));
  } else if (m_made->frames.size() == 1) {
    lines << pictureFacts(m_made->frames.front().picture);
  } else if (!m_made->frames.empty()) {
    const RgbImage& first = m_made->frames.front().picture.pixels;
    lines << tr("%n frame(s) of it are seen, each as %1 pixels.", nullptr, static_cast<int>(m_made->frames.size()))
                 .arg(sizeText(first.width, first.height));
  }
  lines << tr("It takes %n token(s) of the conversation.", nullptr, static_cast<int>(m_made->softTokens));
  return lines.join(u'\n');
}

void MediaViewer::retranslate() {
  setWindowTitle(m_attachment.name);
  m_name->setText(m_attachment.name);
  m_originalTitle->setText(tr("The original"));
  m_madeTitle->setText(isSound() ? tr("What the model hears") : tr("What the model sees"));
  m_originalFacts->setText(originalFacts());
  m_madeFacts->setText(madeFacts());
  m_transcript->setPlaceholderText(m_made ? tr("No words were understood.") : QString());
  const QString heard = m_made ? QString::fromStdString(m_made->transcript) : m_attachment.transcript;
  if (m_transcript->toPlainText() != heard) m_transcript->setPlainText(heard);
  m_openOutside->setText(isSound() ? tr("Play in another program") : tr("Open in another program"));
  m_close->setText(tr("Close"));
  m_original->setAccessibleName(tr("The original: %1").arg(originalFacts()));
  m_seen->setAccessibleName(tr("What the model sees: %1").arg(madeFacts()));
  m_transcript->setAccessibleName(tr("What was understood"));
}

void MediaViewer::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  QDialog::changeEvent(event);
}

}  // namespace xllm::ui
