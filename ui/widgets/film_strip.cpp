#include "ui/widgets/film_strip.h"

#include <QPainter>
#include <algorithm>
#include <cmath>

namespace xllm::ui {

namespace {

constexpr int kCellHeight = 108;
constexpr int kNarrowest = 60, kWidest = 240;
constexpr int kMostFrames = 512;  // no picture may be wider than JPEG allows

QImage viewOf(const RgbImage& image) {
  return {image.pixels.data(), image.width, image.height, static_cast<qsizetype>(image.width) * 3,
          QImage::Format_RGB888};
}

// The largest part of `from` in the middle that has the shape of `shape`.
QRectF middleOf(const QRectF& from, const QSizeF& shape) {
  const QSizeF size = shape.scaled(from.size(), Qt::KeepAspectRatio);
  return {from.x() + (from.width() - size.width()) / 2, from.y() + (from.height() - size.height()) / 2, size.width(),
          size.height()};
}

}  // namespace

QImage filmStripOf(const VideoClip& clip) {
  if (clip.frames.empty()) return {};
  const int count = std::min(static_cast<int>(clip.frames.size()), kMostFrames);
  const RgbImage& first = clip.frames.front().image;
  const int width = std::clamp(kCellHeight * first.width / std::max(first.height, 1), kNarrowest, kWidest);
  QImage strip(count * width, kCellHeight, QImage::Format_RGB32);
  QPainter painter(&strip);
  for (int i = 0; i < count; ++i) {
    const RgbImage& frame = clip.frames[static_cast<std::size_t>(i)].image;
    const QImage small =
        viewOf(frame).scaled(width, kCellHeight, Qt::KeepAspectRatioByExpanding, Qt::SmoothTransformation);
    painter.drawImage(QRect(i * width, 0, width, kCellHeight), small,
                      middleOf(small.rect(), QSizeF(width, kCellHeight)).toRect());
  }
  return strip;
}

QRect filmCell(const QImage& strip, int frames, int index) {
  const int left = strip.width() * index / frames, right = strip.width() * (index + 1) / frames;
  return {left, 0, right - left, strip.height()};
}

double FilmLayout::cellWidth() const {
  const double room = (area.width() - static_cast<double>(gap) * (frames - 1)) / frames;
  return std::max(std::min(area.height() * aspect, room), 1.0);
}

int FilmLayout::usedWidth() const {
  return static_cast<int>(std::ceil(cellWidth() * frames + static_cast<double>(gap) * (frames - 1)));
}

QRectF FilmLayout::cell(int index) const {
  return {area.x() + index * (cellWidth() + gap), static_cast<double>(area.y()), cellWidth(),
          static_cast<double>(area.height())};
}

void paintFilmCell(QPainter& painter, const QRectF& target, const QImage& picture, const QRect& source) {
  painter.drawImage(target, picture, middleOf(source, target.size()));
}

}  // namespace xllm::ui
