// A slim line while an answer is read aloud: what is going on, and pause, next sentence, stop. Leaves doing it to its
// owner.
#pragma once

#include <QFrame>

class QLabel;
class QToolButton;

namespace xllm::ui {

class SpeakingBar final : public QFrame {
  Q_OBJECT

 public:
  enum class State {
    Reading = 1,
    Waiting,    // for the next sentence to be written
    Paused,     // by the person
    Listening,  // somebody speaks: the voice waits
    Deaf,       // reading, and nothing that is said meanwhile is heard
  };

  explicit SpeakingBar(QWidget* parent = nullptr);  // hidden

  void show(State state);
  using QFrame::hide;
  State state() const { return m_state; }

 Q_SIGNALS:
  void pauseRequested();
  void resumeRequested();
  void skipRequested();
  void stopRequested();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void refresh();

  State m_state = State::Reading;
  QLabel *m_icon, *m_text;
  QToolButton *m_pause, *m_skip, *m_stop;
};

}  // namespace xllm::ui
