// Which program this is, and whose work is in it: a list of the parts with their licences, and below it the whole text
// of the licence of the one that is chosen. Goes when it is closed.
#pragma once

#include <QDialog>

#include "ui/window/third_parties.h"

class QLabel;
class QPlainTextEdit;
class QTreeWidget;

namespace xllm::ui {

class AboutDialog final : public QDialog {
  Q_OBJECT

 public:
  // `parts`: the file of readThirdParties(); it is read on a worker, and the list comes when it is there.
  AboutDialog(const QString& parts, QWidget* parent);

  QTreeWidget& list() { return *m_list; }
  QPlainTextEdit& text() { return *m_text; }

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void take(const ThirdParties& others);
  void fill();
  void showText();
  void retranslate();

  ThirdParties m_others;
  QLabel *m_picture, *m_title, *m_commit, *m_what, *m_heading;
  QTreeWidget* m_list;
  QPlainTextEdit* m_text;
};

}  // namespace xllm::ui
