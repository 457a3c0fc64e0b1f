#include "ui/chat/attachment_strip.h"

#include <QCoreApplication>
#include <QEvent>
#include <QLabel>
#include <QPainter>
#include <QPainterPath>
#include <QPointer>
#include <QThreadPool>

#include "ui/widgets/flow_layout.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/theme.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kPictureEdge = 232;  // pixels of the longer side in the conversation

class PictureView final : public QWidget {
 public:
  PictureView(const Attachment& attachment, QWidget* parent) : QWidget(parent), m_image(attachment.thumbnail) {
    if (m_image.isNull()) read(attachment.thumbnailFile);
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
    if (!m_image.isNull()) return painter.drawImage(rect(), m_image);
    painter.fillRect(rect(), colorsOf(palette()).bubble);
    const QIcon icon = themeIcon(u"picture"_s, IconColor::Muted);
    icon.paint(&painter, QRect(rect().center() - QPoint(14, 14), QSize(28, 28)));
  }

 private:
  // On a worker: a disk may be slow. Where there is none any more, a sign stands in its place.
  void read(const QString& file) {
    QThreadPool::globalInstance()->start(
        [file, view = QPointer<PictureView>(this), app = QCoreApplication::instance()] {
          QImage image(file);
          QMetaObject::invokeMethod(
              app,
              [view, image] {
                if (!view) return;
                view->m_image = image;
                view->update();
              },
              Qt::QueuedConnection);
        });
  }

  QImage m_image;
};

class SoundView final : public QWidget {
 public:
  SoundView(const Attachment& attachment, QWidget* parent) : QWidget(parent), m_name(attachment.name) {
    m_duration = durationText(attachment.seconds);
    const QFontMetrics metrics(font());
    m_name = metrics.elidedText(m_name, Qt::ElideMiddle, 240);
    setFixedSize(44 + metrics.horizontalAdvance(m_name + u"  "_s + m_duration) + 14, metrics.height() + 18);
  }

 protected:
  void paintEvent(QPaintEvent*) override {
    const Colors& colors = colorsOf(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(colors.border);
    painter.setBrush(colors.raised);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10);
    themeIcon(u"sound"_s, IconColor::Accent).paint(&painter, QRect(12, (height() - 20) / 2, 20, 20));
    const QRect words(40, 0, width() - 52, height());
    painter.setPen(colors.text);
    painter.drawText(words, Qt::AlignVCenter | Qt::AlignLeft, m_name);
    painter.setPen(colors.muted);
    painter.drawText(words, Qt::AlignVCenter | Qt::AlignRight, m_duration);
  }

 private:
  QString m_name;
  QString m_duration;
};

}  // namespace

AttachmentStrip::AttachmentStrip(const Attachments& attachments, QWidget* parent)
    : QWidget(parent), m_flow(new FlowLayout(this)) {
  for (const Attachment& attachment : attachments) {
    QWidget* shown = view(attachment);
    m_flow->addWidget(shown);
    m_shown << std::pair{shown, attachment};
  }
  retranslate();
}

void AttachmentStrip::retranslate() {
  for (const auto& [shown, attachment] : std::as_const(m_shown)) {
    shown->setAccessibleName(attachment.kind == MediaKind::Picture
                                 ? tr("Picture: %1").arg(attachment.name)
                                 : tr("Sound: %1, %2").arg(attachment.name, durationText(attachment.seconds)));
  }
}

void AttachmentStrip::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  QWidget::changeEvent(event);
}

QSize AttachmentStrip::sizeFor(int width) const { return {m_flow->usedWidth(width), m_flow->heightForWidth(width)}; }

QWidget* AttachmentStrip::view(const Attachment& attachment) {
  QWidget* view = nullptr;
  if (attachment.kind == MediaKind::Picture) {
    view = new PictureView(attachment, this);
    view->setToolTip(u"%1 · %2 × %3"_s.arg(attachment.name.toHtmlEscaped())
                         .arg(attachment.pixels.width())
                         .arg(attachment.pixels.height()));
  } else {
    view = new SoundView(attachment, this);
    view->setToolTip(attachment.name.toHtmlEscaped());
  }
  return view;
}

}  // namespace xllm::ui
