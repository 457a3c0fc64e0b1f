// Which keys do what: a searchable list of the actions that a window has and of their keys, as they are at that moment.
// Holds no list of its own, so it cannot be out of date.
#pragma once

#include <QDialog>
#include <QKeySequence>
#include <QList>

class QAction;
class QLabel;
class QLineEdit;
class QTreeWidget;

namespace xllm::ui {

// One action that has keys, and where it belongs: its menus, or the widget that has it.
struct Shortcut {
  const QAction* action = nullptr;
  QString place;
  QString name;
  QList<QKeySequence> keys;
};

// All of `window`, in the order of its menus; then those of its widgets.
QList<Shortcut> shortcutsOf(const QWidget& window);

class ShortcutsDialog final : public QDialog {
  Q_OBJECT

 public:
  explicit ShortcutsDialog(QWidget* window);

  void open() override;  // without holding up the window; the search is empty and has the keyboard
  QLineEdit& searchBox() { return *m_search; }
  QTreeWidget& list() { return *m_list; }

 protected:
  void changeEvent(QEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void fill();
  void filter();
  void retranslate();

  QWidget* m_window;
  QLineEdit* m_search;
  QTreeWidget* m_list;
  QLabel* m_nothing;
};

}  // namespace xllm::ui
