// What one sees while the microphone is open: that it is, how loud it hears, what is understood so far, and the buttons
// that mute it, finish, or throw away. Not there while it is closed.
#pragma once

#include <QWidget>

class QLabel;
class QToolButton;

namespace xllm::ui {

class Announcement;
class LevelMeter;
class LiveWords;
class Talk;

class TalkBar final : public QWidget {
  Q_OBJECT

 public:
  explicit TalkBar(Talk& talk, QWidget* parent = nullptr);  // `talk` outlives this

  QString status() const;
  QString words() const;  // understood so far
  LevelMeter& meter() { return *m_meter; }
  QToolButton& muteButton() { return *m_mute; }
  QToolButton& dropButton() { return *m_drop; }
  QToolButton& endButton() { return *m_end; }

 protected:
  void changeEvent(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;

 private:
  void build();
  void refresh();
  void retranslate();

  Talk& m_talk;
  LevelMeter* m_meter;
  QLabel* m_status;
  LiveWords* m_words;
  QToolButton *m_mute, *m_drop, *m_end;
  Announcement* m_announcement;
  bool m_wasOpen = false;
};

}  // namespace xllm::ui
