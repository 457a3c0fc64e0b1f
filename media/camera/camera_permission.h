// Whether this program may use the camera, where the system asks the person. Elsewhere it may until opening fails:
// camera.h tells.
#pragma once

#include <QObject>
#include <functional>

namespace xllm::media {

// GUI thread. Calls `answer` once, at once or after the person decided, unless `context` is gone by then. Qt before 6.5
// cannot ask: it answers true.
void askForCamera(QObject* context, std::function<void(bool allowed)> answer);

}  // namespace xllm::media
