#include "media/camera/camera_permission.h"

#include <QCoreApplication>
#include <utility>

#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0) && QT_CONFIG(permissions)
#include <QPermissions>
#endif

namespace xllm::media {

void askForCamera(QObject* context, std::function<void(bool allowed)> answer) {
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0) && QT_CONFIG(permissions)
  const QCameraPermission camera;
  const auto told = [answer](const QPermission& permission) {
    answer(permission.status() == Qt::PermissionStatus::Granted);
  };
  switch (qApp->checkPermission(camera)) {
    case Qt::PermissionStatus::Granted: return answer(true);
    case Qt::PermissionStatus::Denied: return answer(false);
    case Qt::PermissionStatus::Undetermined: return qApp->requestPermission(camera, context, told);
  }
#else
  Q_UNUSED(context);
  answer(true);
#endif
}

}  // namespace xllm::media
