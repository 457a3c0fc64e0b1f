// Tells screen readers something that happened, without moving the keyboard. Leaves how it is spoken, and whether, to
// them.
#pragma once

#include <QObject>

class QWidget;

namespace xllm::ui {

class Announcement final : public QObject {
  Q_OBJECT

 public:
  explicit Announcement(QWidget& place);  // where on the screen it happens; owns this

  void say(const QString& sentence);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;  // what was said in another language is over

 private:
  QWidget& m_place;
  [[maybe_unused]] QWidget* m_voice = nullptr;  // where Qt has no announcements: something whose name changes
};

}  // namespace xllm::ui
