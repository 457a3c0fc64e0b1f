#include "ui/settings/shortcuts_dialog.h"

#include <QAction>
#include <QDialogButtonBox>
#include <QEvent>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMainWindow>
#include <QMenu>
#include <QMenuBar>
#include <QPushButton>
#include <QRegularExpression>
#include <QScreen>
#include <QSet>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/widgets/theme.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

// "&Save as …" and "另存为(&S)…" as they are read: "Save as", "另存为".
QString plain(QString text) {
  static const QRegularExpression behind(u"\\(&.\\)"_s);
  text.remove(behind);
  text.replace(u"&&"_s, u"\u0001"_s).remove(u'&').replace(u'\u0001', u'&');
  while (text.endsWith(u'…') || text.endsWith(u' ')) text.chop(1);
  return text;
}

void collect(const QMenu& menu, const QString& place, QList<Shortcut>& into, QSet<const QAction*>& seen) {
  for (const QAction* action : menu.actions()) {
    seen.insert(action);
    if (!action->shortcuts().isEmpty()) into << Shortcut{action, place, plain(action->text()), action->shortcuts()};
  }
  for (const QAction* action : menu.actions()) {
    if (const QMenu* below = action->menu()) collect(*below, place + u" › "_s + plain(below->title()), into, seen);
  }
}

QString keysOf(const Shortcut& shortcut) {
  QStringList keys;
  for (const QKeySequence& each : shortcut.keys) keys << each.toString(QKeySequence::NativeText);
  return keys.join(u"   "_s);
}

}  // namespace

QList<Shortcut> shortcutsOf(const QWidget& window) {
  QList<Shortcut> all;
  QSet<const QAction*> seen;
  if (const auto* main = qobject_cast<const QMainWindow*>(&window)) {
    for (const QAction* top : main->menuBar()->actions()) {
      if (const QMenu* menu = top->menu()) collect(*menu, plain(menu->title()), all, seen);
    }
  }
  for (const QWidget* widget : window.findChildren<QWidget*>()) {
    for (const QAction* action : widget->actions()) {
      if (seen.contains(action) || action->shortcuts().isEmpty() || action->text().isEmpty()) continue;
      if (widget->window() != &window) continue;
      seen.insert(action);
      all << Shortcut{action, widget->accessibleName(), plain(action->text()), action->shortcuts()};
    }
  }
  return all;
}

ShortcutsDialog::ShortcutsDialog(QWidget* window)
    : QDialog(window),
      m_window(window),
      m_search(new QLineEdit(this)),
      m_list(new QTreeWidget(this)),
      m_nothing(new QLabel(this)) {
  m_search->setClearButtonEnabled(true);
  m_search->installEventFilter(this);
  m_list->setColumnCount(2);
  m_list->header()->setStretchLastSection(true);
  m_list->header()->setSectionResizeMode(0, QHeaderView::ResizeToContents);
  m_list->setRootIsDecorated(false);
  m_list->setItemsExpandable(false);
  m_list->setIndentation(14);
  m_list->setUniformRowHeights(true);
  m_list->setFrameShape(QFrame::NoFrame);
  m_list->setHeaderHidden(true);
  m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
  m_nothing->setProperty("caption", true);
  m_nothing->setAlignment(Qt::AlignCenter);
  m_nothing->hide();
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  buttons->button(QDialogButtonBox::Close)->setAutoDefault(false);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(16, 16, 16, 12);
  column->setSpacing(10);
  column->addWidget(m_search);
  column->addWidget(m_list, 1);
  column->addWidget(m_nothing, 1);
  column->addWidget(buttons);
  connect(m_search, &QLineEdit::textChanged, this, &ShortcutsDialog::filter);
  retranslate();
}

void ShortcutsDialog::open() {
  m_search->clear();
  fill();
  if (!isVisible()) {
    resize(QSize(scaledToText(620), scaledToText(620)).boundedTo(screen()->availableSize() * 9 / 10));
  }
  setModal(false);
  show();
  raise();
  activateWindow();
  m_search->setFocus();
}

void ShortcutsDialog::fill() {
  m_list->clear();
  QTreeWidgetItem* group = nullptr;
  for (const Shortcut& shortcut : shortcutsOf(*m_window)) {
    if (!group || group->text(0) != shortcut.place) {
      group = new QTreeWidgetItem(m_list, {shortcut.place});
      group->setFirstColumnSpanned(true);
      group->setFlags(Qt::ItemIsEnabled);
      QFont bold = m_list->font();
      bold.setWeight(QFont::DemiBold);
      group->setFont(0, bold);
    }
    auto* item = new QTreeWidgetItem(group, {shortcut.name, keysOf(shortcut)});
    item->setForeground(1, colorsOf(palette()).muted);
    item->setData(0, Qt::AccessibleTextRole, tr("%1: %2").arg(item->text(0), item->text(1)));
  }
  m_list->expandAll();
  filter();
}

// All words must be there: in what it does, in its keys, or in where it is.
void ShortcutsDialog::filter() {
  const QStringList words = m_search->text().split(u' ', Qt::SkipEmptyParts);
  bool any = false;
  QTreeWidgetItem* first = nullptr;
  for (int i = 0; i < m_list->topLevelItemCount(); ++i) {
    QTreeWidgetItem* group = m_list->topLevelItem(i);
    bool anyHere = false;
    for (int j = 0; j < group->childCount(); ++j) {
      QTreeWidgetItem* item = group->child(j);
      const QString text = group->text(0) + u' ' + item->text(0) + u' ' + item->text(1);
      const bool fits = std::all_of(words.begin(), words.end(),
                                    [&text](const QString& word) { return text.contains(word, Qt::CaseInsensitive); });
      item->setHidden(!fits);
      if (fits && !first) first = item;
      anyHere = anyHere || fits;
    }
    group->setHidden(!anyHere);
    any = any || anyHere;
  }
  m_list->setVisible(any);
  m_nothing->setVisible(!any);
  if (first) m_list->setCurrentItem(first);
}

bool ShortcutsDialog::eventFilter(QObject* watched, QEvent* event) {
  if (watched == m_search && event->type() == QEvent::KeyPress) {
    const int key = static_cast<QKeyEvent*>(event)->key();
    if (key == Qt::Key_Down && m_list->isVisible()) {
      m_list->setFocus(Qt::TabFocusReason);
      return true;
    }
    if (key == Qt::Key_Escape && !m_search->text().isEmpty()) {
      m_search->clear();
      return true;
    }
  }
  return QDialog::eventFilter(watched, event);
}

void ShortcutsDialog::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) {
    retranslate();
    // The actions hear of it after this dialog.
    if (isVisible()) QMetaObject::invokeMethod(this, &ShortcutsDialog::fill, Qt::QueuedConnection);
  }
  QDialog::changeEvent(event);
}

void ShortcutsDialog::retranslate() {
  setWindowTitle(tr("Keyboard shortcuts"));
  m_search->setPlaceholderText(tr("Search"));
  m_search->setAccessibleName(tr("Search in the shortcuts"));
  m_list->setAccessibleName(tr("Keyboard shortcuts"));
  m_nothing->setText(tr("Nothing was found"));
}

}  // namespace xllm::ui
