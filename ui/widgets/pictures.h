// Pictures for the screen from those that the model gets. Leaves out files, and where they are shown.
#pragma once

#include <QImage>

#include "core/base/rgb_image.h"

namespace xllm::ui {

// At most `longestEdge` on its longer side. Takes next to no memory beside the result, however large the picture is.
// Any thread.
QImage screenImage(const RgbImage& image, int longestEdge);

}  // namespace xllm::ui
