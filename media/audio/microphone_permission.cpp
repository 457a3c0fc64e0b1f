#include "media/audio/microphone_permission.h"

#include <QCoreApplication>
#include <utility>

#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0) && QT_CONFIG(permissions)
#include <QPermissions>
#endif

namespace xllm::media {

void askForMicrophone(QObject* context, std::function<void(bool allowed)> answer) {
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0) && QT_CONFIG(permissions)
  const QMicrophonePermission microphone;
  const auto told = [answer](const QPermission& permission) {
    answer(permission.status() == Qt::PermissionStatus::Granted);
  };
  switch (qApp->checkPermission(microphone)) {
    case Qt::PermissionStatus::Granted: return answer(true);
    case Qt::PermissionStatus::Denied: return answer(false);
    case Qt::PermissionStatus::Undetermined: return qApp->requestPermission(microphone, context, told);
  }
#else
  Q_UNUSED(context);
  answer(true);
#endif
}

}  // namespace xllm::media
