// The picture of the first question: drawn by the program, so that there is one without a file or a network.
#pragma once

#include <QImage>

namespace xllm::ui {

QImage samplePicture();  // a balloon in the sky, square

}  // namespace xllm::ui
