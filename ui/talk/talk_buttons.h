// The microphone beside the box: held or clicked, as the person chose; red while it is open. What the button cannot do
// just now it says in its tool tip. Beside it stands the choice (talk_menu.h).
#pragma once

#include <QToolButton>

namespace xllm::ui {

class Talk;

class MicrophoneButton final : public QToolButton {
  Q_OBJECT

 public:
  explicit MicrophoneButton(Talk& talk, QWidget* parent = nullptr);  // `talk` outlives this

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void refresh();
  QString tip() const;

  Talk& m_talk;
  QAction* m_hold;  // what the key that is held does, for whoever lists keys: it comes to hold_key.h
};

}  // namespace xllm::ui
