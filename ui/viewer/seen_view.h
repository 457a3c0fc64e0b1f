// The very pixels that the encoder was given, unsmoothed: of a picture, or of each frame of a clip with its time.
#pragma once

#include <QImage>
#include <QList>
#include <QWidget>
#include <vector>

#include "core/generation/chat_request.h"

namespace xllm::ui {

class SeenView final : public QWidget {
  Q_OBJECT

 public:
  explicit SeenView(QWidget* parent = nullptr);

  void setFrames(const std::vector<generation::Examination::Frame>& frames);
  QList<QImage> images() const { return m_images; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  int columns() const;  // so many that the frames become as large as possible

  QList<QImage> m_images;
  QList<double> m_seconds;
};

}  // namespace xllm::ui
