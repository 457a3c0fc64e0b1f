// Shows what the camera sees, takes pictures of it and records short clips. The camera is open while this window is,
// and it says so; nothing is kept before a person asks for it. Leaves what becomes of pictures and clips to its owner.
#pragma once

#include <QDialog>
#include <optional>

#include "core/base/result.h"
#include "media/camera/camera.h"

class QComboBox;
class QLabel;
class QPushButton;

namespace xllm::ui {

class CameraView;
class ClipRecorder;
class ClipSound;
class InlineMessage;

class CameraPanel final : public QDialog {
  Q_OBJECT

 public:
  // `camera`, and `sound` (null: clips are silent), outlive this. Clips go into `folder`, which is made when it is
  // missing.
  CameraPanel(media::Camera& camera, ClipSound* sound, const QString& folder, QWidget* parent = nullptr);
  ~CameraPanel() override;

  void choose(const QByteArray& device);  // CameraDevice::id, before it is shown; not there, or empty: the default

  CameraView& view() { return *m_view; }
  QPushButton& takeButton() { return *m_take; }
  QPushButton& recordButton() { return *m_record; }
  QComboBox& choice() { return *m_choice; }
  InlineMessage& message() { return *m_message; }
  QString status() const;

 Q_SIGNALS:
  void pictureTaken(const xllm::media::CameraPicture& picture);
  void clipTaken(const QString& file);
  void cameraChosen(const QByteArray& device);  // by the person

 protected:
  void showEvent(QShowEvent* event) override;
  void hideEvent(QHideEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void build();
  void take();
  void record();
  void fillChoice();
  void onDevices();
  void onTrouble(media::CameraTrouble what, const QString& details);
  void onClipFailed(const Error& error);
  void sayTrouble();
  void sayClipProblem();
  void refresh();
  void retranslate();
  QString newFile() const;

  struct Trouble {
    media::CameraTrouble what;
    QString details;
  };

  media::Camera& m_camera;
  QString m_folder;
  ClipRecorder* m_recorder;
  media::CameraPicture m_newest;
  std::optional<Trouble> m_trouble;
  std::optional<Error> m_clipProblem;
  QByteArray m_chosen;     // CameraDevice::id; empty: the default
  bool m_isFresh = false;  // nothing was shown since it was opened
  int m_taken = 0;         // since it was opened
  CameraView* m_view;
  InlineMessage* m_message;
  QPushButton* m_again;
  QLabel *m_light, *m_status;
  QComboBox* m_choice;
  QPushButton *m_take, *m_record, *m_close;
};

}  // namespace xllm::ui
