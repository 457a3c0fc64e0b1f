// A clip on a time line: small pictures of all of it, the part that is chosen between two handles, and below them the
// frames that go to the model, each tied to its moment. Shows what it is given; leaves reading to its owner.
#pragma once

#include <QImage>
#include <QList>
#include <QWidget>

#include "ui/bridge/clip_choice.h"
#include "ui/composer/clip_handle.h"
#include "ui/widgets/film_strip.h"

namespace xllm::ui {

class FrameStrip final : public QWidget {
  Q_OBJECT

 public:
  static constexpr int kGlances = 10;  // small pictures along the time line

  // `seconds`: the whole clip's length.
  FrameStrip(double seconds, double aspect, QWidget* parent = nullptr);

  void setGlance(int index, const QImage& picture);
  void setChoice(const ClipChoice& choice);  // moves the handles; nothing is signalled
  // The frames of a choice, side by side, and their moments. Older ones are shown faintly until the next call.
  void setFrames(const QImage& film, const QList<double>& moments);
  void setReading(bool reading);

  ClipHandle& startHandle() { return *m_start; }
  ClipHandle& endHandle() { return *m_end; }
  QList<double> moments() const;  // of the frames as they are chosen now
  QRect track() const;            // where the time line lies
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 Q_SIGNALS:
  void spanChanged(double start, double end);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;

 private:
  double xOf(double seconds) const;
  int millisecondsAt(int x) const;
  void onHandleMoved();
  void moveSpanTo(int startMs);
  void place();
  void retranslate();
  int captionHeight() const;
  QRectF frameCell(int index) const;
  void paintTicks(QPainter& painter) const;
  void paintTrack(QPainter& painter) const;
  void paintFrames(QPainter& painter) const;

  const double m_seconds;
  const double m_aspect;
  const int m_lengthMs;
  ClipChoice m_choice;
  QList<QImage> m_glances;
  QImage m_film;
  QList<double> m_filmMoments;
  bool m_reading = true;
  bool m_placing = false;  // the handles are moved by setChoice()
  ClipHandle* m_start;
  ClipHandle* m_end;
  ClipHandle* m_dragged = nullptr;  // by a press on the time line beside it
  int m_grip = -1;  // milliseconds between the part's start and where it was taken hold of; -1: it is not
};

}  // namespace xllm::ui
