#include "ui/window/camera_door.h"

#include <QAction>
#include <QDateTime>
#include <QEvent>
#include <QImage>
#include <QToolButton>

#include "ui/camera/camera_panel.h"
#include "ui/composer/composer.h"
#include "ui/history/store.h"
#include "ui/widgets/icon.h"
#include "ui/window/actions.h"
#include "ui/window/preferences_control.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

CameraDoor::CameraDoor(const Parts& parts, QWidget& window)
    : QObject(&window), m_parts(parts), m_window(window), m_button(new QToolButton) {
  m_button->setProperty("flat", true);
  m_button->setIcon(themeIcon(u"camera"_s, IconColor::Muted));
  m_button->setIconSize(QSize(22, 22));
  m_button->setFocusPolicy(Qt::StrongFocus);
  m_button->installEventFilter(this);
  m_parts.composer.addTools({m_button});
  m_parts.actions.camera->setEnabled(true);
  connect(m_button, &QToolButton::clicked, this, &CameraDoor::open);
  connect(m_parts.actions.camera, &QAction::triggered, this, &CameraDoor::open);
  retranslate();
}

void CameraDoor::open() {
  if (!m_panel) {
    m_panel = new CameraPanel(m_parts.camera, m_parts.sound, m_parts.store.vault().recordingsFolder(), &m_window);
    m_panel->choose(m_parts.preferences.current().camera);
    connect(m_panel, &CameraPanel::cameraChosen, this, [this](const QByteArray& device) {
      m_parts.preferences.change([&device](Preferences& p) { p.camera = device; });
    });
    connect(m_panel, &CameraPanel::pictureTaken, this, &CameraDoor::addPicture);
    connect(m_panel, &CameraPanel::clipTaken, this, [this](const QString& file) { m_parts.composer.addFiles({file}); });
  }
  m_panel->show();
  m_panel->raise();
  m_panel->activateWindow();
}

// It is made a PNG on a worker: nothing of it is lost.
void CameraDoor::addPicture(const media::CameraPicture& picture) {
  const QImage image(picture->pixels.data(), picture->width, picture->height, picture->width * 3,
                     QImage::Format_RGB888);
  m_parts.composer.addImage(image.copy(), tr("Picture %1").arg(QDateTime::currentDateTime().toString(u"hh.mm.ss"_s)));
}

bool CameraDoor::eventFilter(QObject* watched, QEvent* event) {
  if (watched == m_button && event->type() == QEvent::LanguageChange) retranslate();
  return QObject::eventFilter(watched, event);
}

void CameraDoor::retranslate() {
  m_button->setToolTip(tr("Take a picture or a clip with the camera"));
  m_button->setAccessibleName(tr("Camera"));
}

}  // namespace xllm::ui
