// A picture as large as there is room for, with the part that the model looks at marked. Leaves out zooming.
#pragma once

#include <QImage>
#include <QWidget>

#include "ui/bridge/attachment.h"

namespace xllm::ui {

class OriginalView final : public QWidget {
  Q_OBJECT

 public:
  explicit OriginalView(QWidget* parent = nullptr);

  // Its thumbnail at once, the picture itself as soon as it is made fit for the screen.
  void setPicture(const Attachment& attachment);
  void setCrop(const QRectF& crop) { m_crop = crop, update(); }  // in the picture's pixels; none or all: not marked
  QRectF crop() const { return m_crop; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QImage m_image;
  QSize m_pixels;
  QRectF m_crop;
  quint64 m_shown = 0;  // which picture; an earlier one's image may come late
};

}  // namespace xllm::ui
