// From the camera into the message: the button beside the one that attaches, the key, and what becomes of pictures and
// clips. Leaves taking them to ui/camera.
#pragma once

#include <QObject>

#include "media/camera/camera.h"

class QToolButton;

namespace xllm::ui {

class Actions;
class CameraPanel;
class ClipSound;
class Composer;
class PreferencesControl;
class Store;

class CameraDoor final : public QObject {
  Q_OBJECT

 public:
  struct Parts {
    media::Camera& camera;
    ClipSound* sound;  // null: clips are silent
    Actions& actions;
    Composer& composer;
    PreferencesControl& preferences;
    Store& store;  // says where clips are kept until they are sent
  };
  // All outlive this. `window` carries the panel.
  CameraDoor(const Parts& parts, QWidget& window);

  void open();
  CameraPanel* panel() const { return m_panel; }  // null until it was opened
  QToolButton& button() { return *m_button; }

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void addPicture(const media::CameraPicture& picture);
  void retranslate();

  Parts m_parts;
  QWidget& m_window;
  QToolButton* m_button;  // of the composer
  CameraPanel* m_panel = nullptr;
};

}  // namespace xllm::ui
