// What the camera sees, as in a mirror, so that one finds one's way before it. Leaves where pictures come from to its
// owner.
#pragma once

#include <QImage>
#include <QWidget>

#include "media/camera/camera.h"

namespace xllm::ui {

class CameraView final : public QWidget {
  Q_OBJECT

 public:
  explicit CameraView(QWidget* parent = nullptr);

  void setPicture(const media::CameraPicture& picture);  // null: there is none
  void setWords(const QString& words);                   // in place of a picture
  void setRecording(bool on);                            // a red frame around it
  void flash();                                          // a picture was taken
  QSize sizeHint() const override { return {640, 400}; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QRectF pictureRect() const;

  QImage m_image;
  QString m_words;
  bool m_isRecording = false;
  bool m_isFlashing = false;
};

}  // namespace xllm::ui
