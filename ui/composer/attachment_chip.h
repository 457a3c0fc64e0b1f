// One attachment of the draft: its picture or sign, name, size or length, what it costs, and a button that takes it out
// again; of a clip also one that shows its frames. Opens by click or Enter, goes by Delete, moves by dragging or Ctrl
// with an arrow key. Leaves all of these to the composer.
#pragma once

#include <QTimer>
#include <QWidget>
#include <optional>

#include "ui/bridge/attachment.h"

class QToolButton;

namespace xllm::ui {

class AttachmentChip final : public QWidget {
  Q_OBJECT

 public:
  AttachmentChip(quint64 id, const QString& name, QWidget* parent = nullptr);

  quint64 id() const { return m_id; }
  const QString& name() const { return m_name; }
  // Nothing while the file is being read.
  const std::optional<Attachment>& attachment() const { return m_attachment; }
  void setAttachment(const Attachment& attachment);
  void setPlace(int place, int count);  // among the draft's attachments, from 0
  QString caption() const;
  void setFramesShown(bool shown);
  QToolButton* removeButton() const { return m_remove; }
  QToolButton* framesButton() const { return m_frames; }

  QSize sizeHint() const override;

 Q_SIGNALS:
  void removeRequested(quint64 id);
  void openRequested(quint64 id);
  void moveRequested(quint64 id, int steps);        // by key: -1 towards the front
  void draggedTo(quint64 id, const QPoint& where);  // in the parent's coordinates
  void framesRequested(quint64 id);  // to be shown, or not any more

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;

 private:
  void retranslate();
  void setCover(const QImage& thumbnail);
  void paintThumbnail(QPainter& painter, const QRect& thumb) const;
  void paintReading(QPainter& painter) const;

  quint64 m_id;
  QString m_name;
  std::optional<Attachment> m_attachment;
  int m_place = 0, m_count = 1;
  QImage m_cover;  // the part of the thumbnail that is shown
  QToolButton* m_frames;
  QToolButton* m_remove;
  QTimer m_reading;  // moves the bar that says that something goes on
  int m_step = 0;
  std::optional<QPoint> m_pressed;
  bool m_dragged = false;
};

}  // namespace xllm::ui
