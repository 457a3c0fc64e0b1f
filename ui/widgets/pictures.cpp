#include "ui/widgets/pictures.h"

#include <algorithm>
#include <vector>

namespace xllm::ui {

namespace {

// The means of blocks of `side` × `side` pixels; what is left over at the right and below joins no block.
QImage meansOfBlocks(const RgbImage& image, int side) {
  const int width = image.width / side, height = image.height / side;
  QImage means(width, height, QImage::Format_RGB888);
  const quint32 count = static_cast<quint32>(side) * static_cast<quint32>(side);
  std::vector<quint32> sums(static_cast<std::size_t>(width) * 3);
  for (int y = 0; y < height; ++y) {
    std::fill(sums.begin(), sums.end(), 0U);
    for (int row = 0; row < side; ++row) {
      const std::uint8_t* from =
          image.pixels.data() + (static_cast<std::size_t>(y) * side + row) * static_cast<std::size_t>(image.width) * 3;
      for (std::size_t x = 0; x < sums.size(); x += 3) {
        for (int column = 0; column < side; ++column, from += 3) {
          for (std::size_t channel = 0; channel < 3; ++channel) sums[x + channel] += from[channel];
        }
      }
    }
    std::transform(sums.begin(), sums.end(), means.scanLine(y),
                   [count](quint32 sum) { return static_cast<uchar>((sum + count / 2) / count); });
  }
  return means;
}

}  // namespace

QImage screenImage(const RgbImage& image, int longestEdge) {
  const int longest = std::max(image.width, image.height);
  if (longest == 0) return {};
  QSize size(image.width, image.height);
  if (longest > longestEdge) size = size.scaled(longestEdge, longestEdge, Qt::KeepAspectRatio).expandedTo({1, 1});
  // Coarsely first, which reads the large picture once; the rest is smoothed.
  const int side = std::min(longest / (2 * longestEdge), std::min(image.width, image.height));
  if (side >= 2) return meansOfBlocks(image, side).scaled(size, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
  const QImage view(image.pixels.data(), image.width, image.height, static_cast<qsizetype>(image.width) * 3,
                    QImage::Format_RGB888);
  return size == view.size() ? view.copy() : view.scaled(size, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
}

}  // namespace xllm::ui
