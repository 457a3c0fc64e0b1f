// The frames of a clip side by side in one small picture: made on a worker, kept as one file, painted at any size.
#pragma once

#include <QImage>
#include <QRect>

#include "core/base/video_clip.h"

class QPainter;

namespace xllm::ui {

// Cells of equal size, one per frame. Takes a few milliseconds per frame: not for the GUI thread.
QImage filmStripOf(const VideoClip& clip);
// Where frame `index` of `frames` is in it.
QRect filmCell(const QImage& strip, int frames, int index);

// How frames are laid out in `area`: as wide as they are by nature or narrower, `gap` apart, from the left.
struct FilmLayout {
  QRect area;
  int frames = 1;
  double aspect = 16.0 / 9;  // of a frame
  int gap = 3;

  double cellWidth() const;
  int usedWidth() const;
  QRectF cell(int index) const;
};

// One frame, cut to fill `target`. Not smoothed at the corners: the caller clips.
void paintFilmCell(QPainter& painter, const QRectF& target, const QImage& picture, const QRect& source);

}  // namespace xllm::ui
