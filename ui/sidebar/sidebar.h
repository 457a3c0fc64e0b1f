// The conversations beside the one that is shown: search, filters, rename, pin, trash. Says what the person wants
// opened or begun; leaves doing it to the window.
#pragma once

#include <QWidget>

#include "ui/history/store.h"

class QLabel;
class QLineEdit;
class QListView;
class QPushButton;
class QTimer;
class QToolButton;

namespace xllm::ui {

class ConversationList;

class Sidebar final : public QWidget {
  Q_OBJECT

 public:
  static constexpr int kWidth = 268;  // at normal text size

  explicit Sidebar(Store& store, QWidget* parent = nullptr);  // `store` outlives this

  void setCurrent(ConversationId id);  // the one that is shown; 0: a new one
  ConversationList& list() { return *m_list; }
  QListView& view() { return *m_view; }
  QLineEdit& searchBox() { return *m_search; }
  void focusSearch();
  void focusList();
  void openNeighbour(int by);  // of the one that is shown: 1 is the next below
  // Of the one the keyboard is on in the list, else the one that is shown.
  void rename();
  void togglePin();

 Q_SIGNALS:
  void openRequested(xllm::ui::ConversationId id);
  void newRequested();
  void trashed(xllm::ui::ConversationId id);
  void exportRequested(xllm::ui::ConversationId id);

 protected:
  void changeEvent(QEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;

 private:
  struct Place {
    ConversationId id = 0;
    int row = -1;  // -1: none
  };

  void build();
  void adjustWidth();
  QToolButton* addFilter(const QString& icon);
  void connectParts();
  bool isSearching() const;
  void ask();  // with what is in the box and the filters
  void askSoon();
  void onRefreshed();
  void selectCurrent();
  void showMenu(const QPoint& place);
  void moveToTrash();
  void chooseShown();
  void openChosen();
  QAction* addKey(const QList<QKeySequence>& keys);
  void undo();
  void restore();
  void removeForGood();
  void emptyTrash();
  void setInTrash(bool inTrash);
  std::optional<ConversationSummary> chosen() const;
  void retranslate();

  Store& m_store;
  ConversationList* m_list;
  QListView* m_view;
  QToolButton* m_new;
  QLineEdit* m_search;
  QToolButton *m_withPictures, *m_withClips, *m_withVoice;
  QLabel* m_nothing;  // in place of an empty list
  QWidget* m_undoBar;
  QLabel* m_undoText;
  QPushButton* m_undo;
  QToolButton* m_trash;
  QPushButton* m_empty;
  QTimer *m_undoTime, *m_askSoon;
  QAction *m_openKey, *m_trashKey;  // of the list, for whoever lists the keys; they come to eventFilter()
  ConversationId m_current = 0;
  Place m_left;  // where the list was before its rows were replaced
  ConversationId m_undoable = 0;
  QString m_undoTitle;
  bool m_inTrash = false;
};

}  // namespace xllm::ui
