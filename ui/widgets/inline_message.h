// A message in the layout, beside what caused it: what happened, why, what to do, buttons. Never covers anything, never
// blocks. Leaves the words to its owner.
#pragma once

#include <QFrame>
#include <QList>
#include <QString>

class QLabel;
class QPushButton;
class QToolButton;
class QBoxLayout;

namespace xllm::ui {

class InlineMessage final : public QFrame {
  Q_OBJECT

 public:
  enum class Kind { Notice = 1, Error };

  explicit InlineMessage(QWidget* parent = nullptr);

  // `details`: exact and technical, in English; shown small, and what "Copy details" copies too. May be empty.
  void say(Kind kind, const QString& title, const QString& text, const QString& details = {});
  // The button belongs to the message; the owner connects to `clicked` and keeps its text translated.
  QPushButton* addAction(const QString& text);
  void setDismissible(bool dismissible);
  QString title() const;
  QString text() const;

 Q_SIGNALS:
  void dismissed();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void retranslate();
  void dismiss();

  Kind m_kind = Kind::Notice;
  QString m_details;
  QLabel* m_icon;
  QLabel* m_title;
  QLabel* m_text;
  QLabel* m_detailsLabel;
  QBoxLayout* m_actions;
  QPushButton* m_copyDetails;
  QToolButton* m_close;
};

}  // namespace xllm::ui
