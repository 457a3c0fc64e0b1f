#include "ui/chat/attachment_strip.h"

#include <QAbstractButton>
#include <QEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QPainterPath>
#include <QTextLayout>
#include <algorithm>

#include "ui/playback/sound_bar.h"
#include "ui/widgets/film_strip.h"
#include "ui/widgets/flow_layout.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/on_worker.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/tool_tip.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kPictureEdge = 232;      // pixels of the longer side in the conversation
constexpr int kTranscriptWidth = 300;  // of a sound whose words are known
constexpr int kTranscriptLines = 3;
constexpr int kSoundPadding = 12;

// A button that Enter presses, too.
class MediumView : public QAbstractButton {
 public:
  explicit MediumView(QWidget* parent) : QAbstractButton(parent) {
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
  }
  virtual void setTranscript(const QString&) {}
  virtual QList<QWidget*> inTabOrder() { return {this}; }

 protected:
  void keyPressEvent(QKeyEvent* event) override {
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) return click();
    QAbstractButton::keyPressEvent(event);
  }
  void paintFocus(QPainter& painter, qreal radius) const {
    if (!hasFocus()) return;
    painter.setClipping(false);
    painter.setPen(QPen(colorsOf(palette()).accent, 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), radius, radius);
  }
};

class PictureView final : public MediumView {
 public:
  PictureView(const Attachment& attachment, QWidget* parent) : MediumView(parent), m_image(attachment.thumbnail) {
    // Where there is none any more, a sign stands in its place.
    if (m_image.isNull() && !attachment.thumbnailFile.isEmpty()) {
      onWorker(
          this, [file = attachment.thumbnailFile] { return QImage(file); },
          [this](const QImage& image) {
            m_image = image;
            update();
          });
    }
    QSize size = attachment.pixels.isEmpty() ? m_image.size() : attachment.pixels;
    if (size.isEmpty()) size = QSize(kPictureEdge, kPictureEdge * 3 / 4);
    if (size.width() > kPictureEdge || size.height() > kPictureEdge)
      size.scale(kPictureEdge, kPictureEdge, Qt::KeepAspectRatio);
    setFixedSize(size.expandedTo(QSize(24, 24)));
  }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    QPainterPath shape;
    shape.addRoundedRect(rect(), 10, 10);
    painter.setClipPath(shape);
    if (m_image.isNull()) {
      painter.fillRect(rect(), colorsOf(palette()).bubble);
      const QIcon icon = themeIcon(u"picture"_s, IconColor::Muted);
      icon.paint(&painter, QRect(rect().center() - QPoint(14, 14), QSize(28, 28)));
    } else {
      painter.drawImage(rect(), m_image);
    }
    paintFocus(painter, 10);
  }

 private:
  QImage m_image;
};

// The frames that went to the model, and below what they are of.
class ClipView final : public MediumView {
 public:
  ClipView(const Attachment& attachment, const QString& words, QWidget* parent)
      : MediumView(parent), m_words(words), m_image(attachment.thumbnail) {
    if (m_image.isNull() && !attachment.thumbnailFile.isEmpty()) {
      onWorker(
          this, [file = attachment.thumbnailFile] { return QImage(file); },
          [this](const QImage& image) {
            m_image = image;
            update();
          });
    }
    m_frames = std::max(attachment.choice.frames, 1);
    if (!attachment.pixels.isEmpty()) {
      m_film.aspect = std::clamp(static_cast<double>(attachment.pixels.width()) / attachment.pixels.height(), 0.4, 2.2);
    }
    const bool fitsARow = m_frames <= kMostInARow || m_frames * (kFilmHeight * m_film.aspect + 2) <= kFilmWidth;
    m_film.frames = fitsARow ? m_frames : (m_frames + 1) / 2;
    m_film.gap = m_film.frames > 12 ? 1 : 2;
    m_film.area = QRect(kEdge, kEdge, kFilmWidth, kFilmHeight);
    m_film.area.setWidth(m_film.usedWidth());
    const QFontMetrics metrics(font());
    const int width = std::max(m_film.area.width(), std::min(metrics.horizontalAdvance(m_words) + 26, kFilmWidth));
    setFixedSize(width + 2 * kEdge, filmRect().bottom() + 1 + metrics.height() + 2 * kEdge);
  }
  void setWords(const QString& words) {
    m_words = words;
    update();
  }

 protected:
  void paintEvent(QPaintEvent*) override {
    const Colors& colors = colorsOf(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    painter.setPen(colors.border);
    painter.setBrush(colors.raised);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10);
    QPainterPath shape;
    shape.addRoundedRect(filmRect(), 6, 6);
    painter.save();
    painter.setClipPath(shape);
    for (int i = 0; i < m_frames; ++i) {
      const QRectF cell = m_film.cell(i % m_film.frames).translated(0, i / m_film.frames * rowHeight());
      if (m_image.isNull()) {
        painter.fillRect(cell, colors.code);
      } else {
        paintFilmCell(painter, cell, m_image, filmCell(m_image, m_frames, i));
      }
    }
    painter.restore();
    const QRect line(kEdge + 1, filmRect().bottom() + kEdge, width() - 2 * kEdge - 2, fontMetrics().height());
    themeIcon(u"clip"_s, IconColor::Accent)
        .paint(&painter, QRect(line.x(), line.y() + (line.height() - 16) / 2, 16, 16));
    const QRect words = line.adjusted(23, 0, 0, 0);
    painter.setPen(colors.muted);
    painter.drawText(words, Qt::AlignVCenter | Qt::AlignLeft,
                     fontMetrics().elidedText(m_words, Qt::ElideMiddle, words.width()));
    paintFocus(painter, 10);
  }

 private:
  static constexpr int kEdge = 7, kFilmWidth = 480, kFilmHeight = 66;
  static constexpr int kMostInARow = 5;  // more are in two rows, so that one sees what is in them

  int rowHeight() const { return kFilmHeight + m_film.gap; }
  QRect filmRect() const { return m_film.area.adjusted(0, 0, 0, m_frames > m_film.frames ? rowHeight() : 0); }

  QString m_words;
  QImage m_image;
  int m_frames = 1;
  FilmLayout m_film;  // of one row
};

class SoundView final : public MediumView {
 public:
  SoundView(const Attachment& attachment, Playback* playback, QWidget* parent)
      : MediumView(parent), m_name(attachment.name), m_duration(durationText(attachment.seconds)) {
    const Playable sound = playableOf(attachment);
    if (playback && (sound.sound || !sound.file.isEmpty())) {
      m_bar = new SoundBar(SoundBar::Shape::Line, this);
      m_bar->setPlayback(playback);
      m_bar->setSound(sound, attachment.name);
      m_duration.clear();  // it tells
    }
    m_isCorrected = attachment.isCorrected();
    setTranscript(attachment.transcript);
  }

  QList<QWidget*> inTabOrder() override {
    QList<QWidget*> order{this};
    if (m_bar) order << m_bar->inTabOrder();
    return order;
  }

  // Corrected words stand in the message below.
  void setTranscript(const QString& transcript) override {
    m_transcript = m_isCorrected ? QString() : transcript;
    arrange();
  }

 protected:
  void changeEvent(QEvent* event) override {
    if (event->type() == QEvent::FontChange) arrange();
    MediumView::changeEvent(event);
  }

  void paintEvent(QPaintEvent*) override {
    const Colors& colors = colorsOf(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(colors.border);
    painter.setBrush(colors.raised);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10);
    const QFontMetrics metrics(font());
    const int head = metrics.height() + 18;
    themeIcon(u"sound"_s, IconColor::Accent).paint(&painter, QRect(kSoundPadding, (head - 20) / 2, 20, 20));
    const QRect words(40, 0, width() - 40 - kSoundPadding, head);
    const int room = words.width() - metrics.horizontalAdvance(u"  "_s + m_duration);
    painter.setPen(colors.text);
    painter.drawText(words, Qt::AlignVCenter | Qt::AlignLeft, metrics.elidedText(m_name, Qt::ElideMiddle, room));
    painter.setPen(colors.muted);
    painter.drawText(words, Qt::AlignVCenter | Qt::AlignRight, m_duration);
    int y = head - 4 + barHeight();
    for (const QString& line : m_lines) {
      painter.drawText(QRect(kSoundPadding, y, width() - 2 * kSoundPadding, metrics.lineSpacing()),
                       Qt::AlignVCenter | Qt::AlignLeft, line);
      y += metrics.lineSpacing();
    }
    paintFocus(painter, 10);
  }

 private:
  // The transcript in at most so many lines, the last with "…" where there is more.
  void arrange() {
    const QFontMetrics metrics(font());
    const int head = metrics.height() + 18;
    const int room = kTranscriptWidth - 2 * kSoundPadding;
    m_lines.clear();
    QTextLayout layout(m_transcript, font());
    layout.beginLayout();
    for (QTextLine line = layout.createLine(); line.isValid(); line = layout.createLine()) {
      line.setLineWidth(room);
      const bool last = m_lines.size() + 1 == kTranscriptLines;
      const QString rest = m_transcript.mid(line.textStart());
      m_lines << (last ? metrics.elidedText(rest, Qt::ElideRight, room) : rest.left(line.textLength()).trimmed());
      if (last) break;
    }
    layout.endLayout();
    if (m_bar) m_bar->setGeometry(kSoundPadding - 5, head - 6, kTranscriptWidth - 2 * kSoundPadding + 5, barHeight());
    const int alone =
        40 + std::min(metrics.horizontalAdvance(m_name), 240) + metrics.horizontalAdvance(u"  "_s + m_duration) + 14;
    if (m_transcript.isEmpty() && !m_bar) {
      setFixedSize(std::min(alone, kTranscriptWidth), head);
    } else {
      setFixedSize(kTranscriptWidth, head + barHeight() + static_cast<int>(m_lines.size()) * metrics.lineSpacing() +
                                         (m_lines.isEmpty() ? 0 : 6));
    }
    update();
  }

  int barHeight() const { return m_bar ? m_bar->sizeHint().height() : 0; }

  QString m_name;
  QString m_duration;
  QString m_transcript;
  QStringList m_lines;
  SoundBar* m_bar = nullptr;
  bool m_isCorrected = false;
};

}  // namespace

AttachmentStrip::AttachmentStrip(const Attachments& attachments, Playback* playback, QWidget* parent)
    : QWidget(parent), m_attachments(attachments), m_flow(new FlowLayout(this)) {
  for (const Attachment& attachment : attachments) {
    QAbstractButton* added = view(attachment, playback);
    connect(added, &QAbstractButton::clicked, this,
            [this, place = static_cast<int>(m_views.size())] { Q_EMIT opened(place); });
    m_views << added;
    m_flow->addWidget(added);
  }
  for (Attachment& attachment : m_attachments) {  // the message holds what the model gets
    attachment.picture.reset();
    attachment.sound.reset();
    attachment.clip.reset();
    attachment.encoded.clear();
  }
  retranslate();
}

QSize AttachmentStrip::sizeFor(int width) const { return {m_flow->usedWidth(width), m_flow->heightForWidth(width)}; }

QList<QWidget*> AttachmentStrip::inTabOrder() const {
  QList<QWidget*> order;
  for (QAbstractButton* each : m_views) order << static_cast<MediumView*>(each)->inTabOrder();
  return order;
}

QAbstractButton* AttachmentStrip::view(const Attachment& attachment, Playback* playback) {
  if (attachment.kind == MediaKind::Sound) return new SoundView(attachment, playback, this);
  if (attachment.kind == MediaKind::Video) return new ClipView(attachment, wordsOf(attachment), this);
  return new PictureView(attachment, this);
}

void AttachmentStrip::setWords(const Attachments& attachments) {
  for (qsizetype place = 0; place < std::min(m_views.size(), attachments.size()); ++place) {
    const bool same = m_attachments[place].transcript == attachments[place].transcript;
    m_attachments[place].caption = attachments[place].caption;
    if (same) continue;
    m_attachments[place].transcript = attachments[place].transcript;
    static_cast<MediumView*>(m_views[place])->setTranscript(attachments[place].transcript);
  }
  m_flow->invalidate();
  retranslate();
}

// "dance.mp4 · 0:12 · 8 frames of 0:03.0 – 0:09.5 · with its sound"
QString AttachmentStrip::wordsOf(const Attachment& clip) const {
  const double end = clip.choice.end > clip.choice.start ? clip.choice.end : clip.seconds;
  const bool isWhole = clip.choice.start <= 0 && end >= clip.seconds;
  const QString frames = tr("%n frame(s)", nullptr, clip.choice.frames);
  QStringList parts{clip.name, durationText(clip.seconds)};
  parts << (isWhole ? frames
                    : tr("%1 of %2 – %3")
                          .arg(frames, momentText(clip.choice.start, clip.seconds), momentText(end, clip.seconds)));
  if (clip.hasSound && clip.choice.withSound) parts << tr("with its sound");
  return parts.join(u" · "_s);
}

void AttachmentStrip::retranslate() {
  for (qsizetype place = 0; place < m_views.size(); ++place) {
    const Attachment& attachment = m_attachments[place];
    QAbstractButton* view = m_views[place];
    if (attachment.kind == MediaKind::Sound) {
      view->setToolTip(toolTipOf(tr("%1: opens what the model hears").arg(attachment.name)));
      view->setAccessibleName(tr("Sound: %1, %2").arg(attachment.name, durationText(attachment.seconds)));
      view->setAccessibleDescription(attachment.transcript);
    } else if (attachment.kind == MediaKind::Video) {
      const QString words = wordsOf(attachment);
      static_cast<ClipView*>(view)->setWords(words);
      view->setToolTip(toolTipOf(tr("%1: opens what the model sees").arg(words)));
      view->setAccessibleName(tr("Clip: %1").arg(words));
      view->setAccessibleDescription(attachment.caption);
    } else {
      view->setToolTip(toolTipOf(tr("%1 · %2 × %3: opens what the model sees")
                                     .arg(attachment.name)
                                     .arg(attachment.pixels.width())
                                     .arg(attachment.pixels.height())));
      view->setAccessibleName(tr("Picture: %1").arg(attachment.name));
      view->setAccessibleDescription(attachment.caption);
    }
  }
}

void AttachmentStrip::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  QWidget::changeEvent(event);
}

}  // namespace xllm::ui
