#include "ui/sidebar/sidebar.h"

#include <QAction>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMenu>
#include <QMessageBox>
#include <QPainter>
#include <QPushButton>
#include <QTimer>
#include <QToolButton>
#include <algorithm>
#include <utility>

#include "ui/sidebar/conversation_delegate.h"
#include "ui/sidebar/conversation_list.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/tool_tip.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kUndoMs = 12000;
constexpr int kPauseMs = 150;  // between letters, until it is searched

QToolButton* iconButton(const QString& icon, QWidget* parent) {
  auto* button = new QToolButton(parent);
  button->setProperty("flat", true);
  button->setIcon(themeIcon(icon, IconColor::Muted));
  button->setIconSize(QSize(18, 18));
  button->setFocusPolicy(Qt::StrongFocus);
  return button;
}

}  // namespace

Sidebar::Sidebar(Store& store, QWidget* parent)
    : QWidget(parent),
      m_store(store),
      m_list(new ConversationList(store, this)),
      m_view(new QListView(this)),
      m_new(iconButton(u"new"_s, this)),
      m_search(new QLineEdit(this)),
      m_withPictures(addFilter(u"picture"_s)),
      m_withClips(addFilter(u"clip"_s)),
      m_withVoice(addFilter(u"sound"_s)),
      m_nothing(new QLabel(this)),
      m_undoBar(new QWidget(this)),
      m_undoText(new QLabel(m_undoBar)),
      m_undo(new QPushButton(m_undoBar)),
      m_trash(iconButton(u"trash"_s, this)),
      m_empty(new QPushButton(this)),
      m_undoTime(new QTimer(this)),
      m_askSoon(new QTimer(this)) {
  build();
  connectParts();
  retranslate();
}

QToolButton* Sidebar::addFilter(const QString& icon) {
  QToolButton* button = iconButton(icon, this);
  button->setCheckable(true);
  connect(button, &QToolButton::toggled, this, &Sidebar::ask);
  connect(button, &QToolButton::toggled, button,
          [button, icon](bool on) { button->setIcon(themeIcon(icon, on ? IconColor::Accent : IconColor::Muted)); });
  return button;
}

void Sidebar::build() {
  adjustWidth();
  m_view->setModel(m_list);
  m_view->setItemDelegate(new ConversationDelegate(m_view));
  m_view->setFrameShape(QFrame::NoFrame);
  m_view->setEditTriggers(QAbstractItemView::EditKeyPressed);
  m_view->setContextMenuPolicy(Qt::CustomContextMenu);
  m_view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_view->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
  m_view->setMouseTracking(true);
  m_view->viewport()->setAutoFillBackground(false);
  m_view->setStyleSheet(u"QListView { background: transparent; }"_s);
  m_view->installEventFilter(this);
  m_search->installEventFilter(this);
  m_nothing->setProperty("caption", true);
  m_nothing->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
  m_nothing->setWordWrap(true);
  m_nothing->setContentsMargins(12, 24, 12, 0);
  m_undo->setProperty("quiet", true);
  m_empty->setProperty("quiet", true);
  m_trash->setCheckable(true);
  m_trash->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  m_undoTime->setSingleShot(true);
  m_undoTime->setInterval(kUndoMs);
  m_askSoon->setSingleShot(true);
  m_askSoon->setInterval(kPauseMs);

  auto* top = new QHBoxLayout;
  top->setSpacing(4);
  top->addWidget(m_search, 1);
  top->addWidget(m_new);
  auto* filters = new QHBoxLayout;
  filters->setSpacing(2);
  for (QToolButton* filter : {m_withPictures, m_withClips, m_withVoice}) filters->addWidget(filter);
  filters->addStretch();
  auto* undo = new QHBoxLayout(m_undoBar);
  undo->setContentsMargins(8, 4, 0, 4);
  undo->addWidget(m_undoText, 1);
  undo->addWidget(m_undo);
  auto* bottom = new QHBoxLayout;
  bottom->addWidget(m_trash);
  bottom->addStretch();
  bottom->addWidget(m_empty);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(10, 8, 10, 8);
  column->setSpacing(6);
  column->addLayout(top);
  column->addLayout(filters);
  column->addWidget(m_view, 1);
  column->addWidget(m_nothing, 1);
  column->addWidget(m_undoBar);
  column->addLayout(bottom);
  m_nothing->hide();
  m_undoBar->hide();
  m_empty->hide();
  const QList<QWidget*> order{m_search, m_new,  m_withPictures, m_withClips, m_withVoice,
                              m_view,   m_undo, m_trash,        m_empty};
  for (qsizetype i = 1; i < order.size(); ++i) QWidget::setTabOrder(order[i - 1], order[i]);
}

// Larger text gets more room, but never the window's.
void Sidebar::adjustWidth() { setFixedWidth(std::clamp(scaledToText(kWidth), kWidth * 4 / 5, kWidth * 3 / 2)); }

void Sidebar::connectParts() {
  m_openKey = addKey({Qt::Key_Return, Qt::Key_Enter});
  m_trashKey = addKey({Qt::Key_Delete});
  connect(m_openKey, &QAction::triggered, this, &Sidebar::openChosen);
  connect(m_trashKey, &QAction::triggered, this, [this] { m_inTrash ? removeForGood() : moveToTrash(); });
  connect(m_new, &QToolButton::clicked, this, &Sidebar::newRequested);
  connect(m_search, &QLineEdit::textChanged, this, &Sidebar::askSoon);
  connect(m_askSoon, &QTimer::timeout, this, &Sidebar::ask);
  connect(m_view, &QListView::clicked, this, [this](const QModelIndex& index) {
    if (!m_inTrash) Q_EMIT openRequested(m_list->at(index.row()).conversation.id);
  });
  connect(m_view, &QWidget::customContextMenuRequested, this, &Sidebar::showMenu);
  connect(m_list, &ConversationList::modelAboutToBeReset, this, [this] {
    const auto summary = chosen();
    m_left = summary ? Place{summary->conversation.id, m_view->currentIndex().row()} : Place{};
  });
  connect(m_list, &ConversationList::refreshed, this, &Sidebar::onRefreshed);
  connect(m_undo, &QPushButton::clicked, this, &Sidebar::undo);
  connect(m_undoTime, &QTimer::timeout, m_undoBar, &QWidget::hide);
  connect(m_trash, &QToolButton::toggled, this, &Sidebar::setInTrash);
  connect(m_empty, &QPushButton::clicked, this, &Sidebar::emptyTrash);
}

QAction* Sidebar::addKey(const QList<QKeySequence>& keys) {
  auto* action = new QAction(m_view);
  action->setShortcuts(keys);
  action->setShortcutContext(Qt::WidgetShortcut);
  m_view->addAction(action);
  return action;
}

void Sidebar::openChosen() {
  if (m_inTrash) return restore();
  if (const auto summary = chosen()) Q_EMIT openRequested(summary->conversation.id);
}

void Sidebar::setCurrent(ConversationId id) {
  m_current = id;
  selectCurrent();
}

void Sidebar::focusSearch() {
  m_search->setFocus();
  m_search->selectAll();
}

bool Sidebar::isSearching() const {
  return !m_search->text().isEmpty() || m_withPictures->isChecked() || m_withClips->isChecked() ||
         m_withVoice->isChecked();
}

// Who searches through everything holds up the thread that writes: not at every letter.
void Sidebar::askSoon() {
  if (isSearching()) m_empty->setEnabled(false);  // it would delete more than what is shown
  m_askSoon->start();
}

void Sidebar::ask() {
  m_askSoon->stop();
  if (isSearching()) m_empty->setEnabled(false);
  m_list->setQuery({.words = m_search->text(),
                    .withPictures = m_withPictures->isChecked(),
                    .withClips = m_withClips->isChecked(),
                    .withVoice = m_withVoice->isChecked(),
                    .inTrash = m_inTrash});
}

void Sidebar::onRefreshed() {
  const bool none = m_list->rowCount() == 0;
  m_view->setVisible(!none);
  m_nothing->setVisible(none);
  m_empty->setEnabled(!none && !isSearching());
  m_view->doItemsLayout();  // excerpts change heights
  if (none) retranslate();
  selectCurrent();
}

// While the keyboard is in the list, its place stays: the same conversation or, where that one went, the same row.
void Sidebar::selectCurrent() {
  const Place left = std::exchange(m_left, {});
  const bool isRenaming = m_view->isAncestorOf(focusWidget()) && focusWidget() != m_view;
  if (isRenaming) return;
  if (m_view->hasFocus() && !m_view->currentIndex().isValid() && left.row >= 0 && m_list->rowCount() > 0) {
    const int same = m_list->rowOf(left.id);
    m_view->setCurrentIndex(m_list->index(same >= 0 ? same : std::min(left.row, m_list->rowCount() - 1)));
  }
  if (m_inTrash) return;
  const int row = m_list->rowOf(m_current);
  if (row < 0) {
    m_view->clearSelection();
  } else if (!m_view->hasFocus() || !m_view->currentIndex().isValid()) {
    m_view->setCurrentIndex(m_list->index(row));
  }
}

std::optional<ConversationSummary> Sidebar::chosen() const {
  const QModelIndex index = m_view->currentIndex();
  if (!index.isValid()) return std::nullopt;
  return m_list->at(index.row());
}

void Sidebar::showMenu(const QPoint& place) {
  const QModelIndex index = m_view->indexAt(place);
  if (!index.isValid()) return;
  m_view->setCurrentIndex(index);
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  if (m_inTrash) {
    menu->addAction(tr("Restore"), this, &Sidebar::restore);
    menu->addAction(tr("Delete for good …"), this, &Sidebar::removeForGood);
  } else {
    menu->addAction(tr("Rename"), this, &Sidebar::rename)->setShortcut(Qt::Key_F2);
    menu->addAction(m_list->at(index.row()).conversation.pinned ? tr("Unpin") : tr("Pin"), this, &Sidebar::togglePin)
        ->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_P));
    const ConversationId id = m_list->at(index.row()).conversation.id;
    menu->addAction(tr("Export …"), this, [this, id] { Q_EMIT exportRequested(id); });
    menu->addSeparator();
    menu->addAction(tr("Move to the trash"), this, &Sidebar::moveToTrash)->setShortcut(QKeySequence::Delete);
  }
  menu->popup(m_view->viewport()->mapToGlobal(place));
}

void Sidebar::focusList() {
  m_view->isVisible() ? m_view->setFocus(Qt::TabFocusReason) : m_search->setFocus(Qt::TabFocusReason);
}

void Sidebar::openNeighbour(int by) {
  if (m_inTrash) return;
  const int wanted = m_list->rowOf(m_current) + by;  // from a new one: the first
  if (wanted >= 0 && wanted < m_list->rowCount()) Q_EMIT openRequested(m_list->at(wanted).conversation.id);
}

void Sidebar::chooseShown() {
  const int row = m_list->rowOf(m_current);
  if (!m_view->hasFocus() && row >= 0) m_view->setCurrentIndex(m_list->index(row));
  if (!m_view->hasFocus() && row < 0) m_view->setCurrentIndex({});
}

void Sidebar::rename() {
  if (m_inTrash) return;
  chooseShown();
  if (m_view->currentIndex().isValid()) m_view->edit(m_view->currentIndex());
}

void Sidebar::togglePin() {
  if (m_inTrash) return;
  chooseShown();
  if (const auto summary = chosen()) m_store.setPinned(summary->conversation.id, !summary->conversation.pinned);
}

void Sidebar::moveToTrash() {
  const auto summary = chosen();
  if (!summary) return;
  m_undoable = summary->conversation.id;
  m_undoTitle = m_view->currentIndex().data().toString();
  m_store.setTrashed(m_undoable, true);
  retranslate();
  m_undoBar->show();
  m_undoTime->start();
  Q_EMIT trashed(m_undoable);
}

void Sidebar::undo() {
  m_undoBar->hide();
  m_store.setTrashed(m_undoable, false);
  Q_EMIT openRequested(m_undoable);
}

void Sidebar::restore() {
  const auto summary = chosen();
  if (!summary) return;
  m_store.setTrashed(summary->conversation.id, false);
  Q_EMIT openRequested(summary->conversation.id);
}

void Sidebar::removeForGood() {
  const auto summary = chosen();
  if (!summary) return;
  auto* box = new QMessageBox(QMessageBox::Warning, tr("Delete for good"),
                              tr("Delete “%1” for good? This cannot be undone.").arg(summary->conversation.title),
                              QMessageBox::Cancel, this);
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->setTextFormat(Qt::PlainText);
  QPushButton* remove = box->addButton(tr("Delete"), QMessageBox::DestructiveRole);
  connect(remove, &QPushButton::clicked, this, [this, id = summary->conversation.id] { m_store.remove(id); });
  box->open();
}

void Sidebar::emptyTrash() {
  auto* box =
      new QMessageBox(QMessageBox::Warning, tr("Empty the trash"),
                      tr("Delete %n conversation(s) for good? This cannot be undone.", nullptr, m_list->rowCount()),
                      QMessageBox::Cancel, this);
  box->setAttribute(Qt::WA_DeleteOnClose);
  QPushButton* remove = box->addButton(tr("Empty the trash"), QMessageBox::DestructiveRole);
  connect(remove, &QPushButton::clicked, this, [this] { m_store.emptyTrash(); });
  box->open();
}

void Sidebar::setInTrash(bool inTrash) {
  m_inTrash = inTrash;
  m_trash->setIcon(themeIcon(u"trash"_s, inTrash ? IconColor::Accent : IconColor::Muted));
  m_empty->setVisible(inTrash);
  m_empty->setEnabled(false);  // until it is known what there is
  m_view->setCurrentIndex({});
  retranslate();
  m_undoBar->hide();
  ask();
}

bool Sidebar::eventFilter(QObject* watched, QEvent* event) {
  if (watched == m_view && event->type() == QEvent::ShortcutOverride) {
    const QKeySequence pressed(static_cast<QKeyEvent*>(event)->keyCombination());
    if (m_openKey->shortcuts().contains(pressed) || m_trashKey->shortcuts().contains(pressed)) event->accept();
    return event->isAccepted();
  }
  if (event->type() != QEvent::KeyPress) return QWidget::eventFilter(watched, event);
  const auto* key = static_cast<QKeyEvent*>(event);
  if (watched == m_search && key->key() == Qt::Key_Down) {
    m_view->setFocus(Qt::TabFocusReason);
    return true;
  }
  if (watched == m_search && key->key() == Qt::Key_Escape && !m_search->text().isEmpty()) {
    m_search->clear();
    return true;
  }
  if (watched != m_view || !m_view->currentIndex().isValid()) return QWidget::eventFilter(watched, event);
  if (key->matches(QKeySequence::Delete)) {
    m_trashKey->trigger();
  } else if (key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) {
    m_openKey->trigger();
  } else if (!m_inTrash && key->key() == Qt::Key_P && key->modifiers() == Qt::ControlModifier) {
    togglePin();
  } else if (key->key() == Qt::Key_Menu || (key->key() == Qt::Key_F10 && key->modifiers() == Qt::ShiftModifier)) {
    showMenu(m_view->visualRect(m_view->currentIndex()).center());
  } else {
    return QWidget::eventFilter(watched, event);
  }
  return true;
}

void Sidebar::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  if (event->type() == QEvent::FontChange) {
    adjustWidth();
    m_view->doItemsLayout();
  }
  // Another program that uses the same folder may have been at work meanwhile.
  if (event->type() == QEvent::ActivationChange && isActiveWindow()) ask();
  QWidget::changeEvent(event);
}

void Sidebar::paintEvent(QPaintEvent*) {
  const Colors& colors = colorsOf(palette());
  QPainter painter(this);
  painter.fillRect(rect(), colors.code);
  painter.setPen(colors.border);
  painter.drawLine(width() - 1, 0, width() - 1, height());
}

void Sidebar::retranslate() {
  const auto name = [](QWidget* widget, const QString& words) {
    widget->setToolTip(words);
    widget->setAccessibleName(words);
  };
  setAccessibleName(tr("Conversations"));
  m_view->setAccessibleName(m_inTrash ? tr("Conversations in the trash") : tr("Conversations"));
  m_openKey->setText(m_inTrash ? tr("Restore") : tr("Open"));
  m_trashKey->setText(m_inTrash ? tr("Delete for good …") : tr("Move to the trash"));
  m_search->setPlaceholderText(tr("Search"));
  m_search->setAccessibleName(tr("Search in all conversations"));
  name(m_new, tr("New conversation"));
  name(m_withPictures, tr("Only conversations with pictures"));
  name(m_withClips, tr("Only conversations with clips"));
  name(m_withVoice, tr("Only conversations with recordings"));
  m_nothing->setText(isSearching() ? tr("Nothing was found")
                     : m_inTrash   ? tr("The trash is empty")
                                   : tr("What you talk about appears here"));
  m_undoText->setText(tr("Moved to the trash"));
  m_undoText->setToolTip(toolTipOf(m_undoTitle));
  m_undo->setText(tr("Undo"));
  m_undo->setAccessibleName(tr("Bring “%1” back").arg(m_undoTitle));
  m_trash->setText(tr("Trash"));
  m_trash->setAccessibleName(tr("Show the trash"));
  m_empty->setText(tr("Empty"));
  m_empty->setAccessibleName(tr("Empty the trash"));
}

}  // namespace xllm::ui
