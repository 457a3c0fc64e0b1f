#include "ui/chat/attachment_strip.h"

#include <QAbstractButton>
#include <QEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QPainterPath>
#include <QTextLayout>
#include <algorithm>

#include "ui/widgets/flow_layout.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/on_worker.h"
#include "ui/widgets/theme.h"

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

class SoundView final : public MediumView {
 public:
  SoundView(const Attachment& attachment, QWidget* parent)
      : MediumView(parent), m_name(attachment.name), m_duration(durationText(attachment.seconds)) {
    setTranscript(attachment.transcript);
  }

  void setTranscript(const QString& transcript) override {
    m_transcript = transcript;
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
    int y = head - 4;
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
    const int alone =
        40 + std::min(metrics.horizontalAdvance(m_name), 240) + metrics.horizontalAdvance(u"  "_s + m_duration) + 14;
    if (m_transcript.isEmpty()) {
      setFixedSize(std::min(alone, kTranscriptWidth), head);
    } else {
      setFixedSize(kTranscriptWidth, head + static_cast<int>(m_lines.size()) * metrics.lineSpacing() + 6);
    }
    update();
  }

  QString m_name;
  QString m_duration;
  QString m_transcript;
  QStringList m_lines;
};

}  // namespace

AttachmentStrip::AttachmentStrip(const Attachments& attachments, QWidget* parent)
    : QWidget(parent), m_attachments(attachments), m_flow(new FlowLayout(this)) {
  for (const Attachment& attachment : attachments) {
    QAbstractButton* added = view(attachment);
    connect(added, &QAbstractButton::clicked, this,
            [this, place = static_cast<int>(m_views.size())] { Q_EMIT opened(place); });
    m_views << added;
    m_flow->addWidget(added);
  }
  retranslate();
}

QSize AttachmentStrip::sizeFor(int width) const { return {m_flow->usedWidth(width), m_flow->heightForWidth(width)}; }

QAbstractButton* AttachmentStrip::view(const Attachment& attachment) {
  if (attachment.kind == MediaKind::Sound) return new SoundView(attachment, this);
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

void AttachmentStrip::retranslate() {
  for (qsizetype place = 0; place < m_views.size(); ++place) {
    const Attachment& attachment = m_attachments[place];
    QAbstractButton* view = m_views[place];
    if (attachment.kind == MediaKind::Sound) {
      view->setToolTip(tr("%1: opens what the model hears").arg(attachment.name).toHtmlEscaped());
      view->setAccessibleName(tr("Sound: %1, %2").arg(attachment.name, durationText(attachment.seconds)));
      view->setAccessibleDescription(attachment.transcript);
    } else {
      view->setToolTip(tr("%1 · %2 × %3: opens what the model sees")
                           .arg(attachment.name)
                           .arg(attachment.pixels.width())
                           .arg(attachment.pixels.height())
                           .toHtmlEscaped());
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
