// A key that does something as long as it is held, wherever in a window the keyboard is. Its repetition is not a second
// press, and a window that loses the keyboard lets it go.
#pragma once

#include <QObject>

class QWidget;

namespace xllm::ui {

inline constexpr Qt::Key kHoldKey = Qt::Key_F8;

class HoldKey final : public QObject {
  Q_OBJECT

 public:
  HoldKey(Qt::Key key, QWidget& window, QObject* parent);  // `window` outlives this

 Q_SIGNALS:
  void pressed();
  void released();  // once for each pressed()

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  bool isOurs(const QObject* watched, const QEvent* event) const;
  void letGo();

  Qt::Key m_key;
  QWidget& m_window;
  bool m_isHeld = false;
};

}  // namespace xllm::ui
