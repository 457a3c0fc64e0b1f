#include "ui/chat/conversation_view.h"

#include <QEvent>
#include <QScrollBar>
#include <QToolButton>
#include <algorithm>

#include "ui/chat/conversation.h"
#include "ui/chat/message_widget.h"
#include "ui/widgets/icon.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kTop = 28;
constexpr int kBottom = 24;
constexpr int kMargin = 24;  // least space at the sides
constexpr int kAfterQuestion = 20;
constexpr int kAfterReply = 32;
constexpr int kAtEnd = 4;  // pixels that still count as the end

}  // namespace

ConversationView::ConversationView(Conversation& conversation, QWidget* parent)
    : QScrollArea(parent), m_conversation(conversation), m_column(new QWidget), m_jump(new QToolButton(this)) {
  setFrameShape(QFrame::NoFrame);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setWidget(m_column);
  setFocusPolicy(Qt::StrongFocus);
  verticalScrollBar()->setSingleStep(28);
  m_jump->setIcon(themeIcon(u"down"_s, IconColor::Text));
  m_jump->setIconSize(QSize(18, 18));
  m_jump->setFixedSize(38, 38);
  m_jump->setStyleSheet(
      u"QToolButton { border-radius: 19px; border: 1px solid palette(mid); background: palette(base); }"
      "QToolButton:focus { border: 2px solid palette(link); }"_s);
  m_jump->hide();
  connect(m_jump, &QToolButton::clicked, this, &ConversationView::jumpToLatest);

  ConversationModel& model = conversation.model();
  connect(&model, &ConversationModel::rowsInserted, this,
          [this](const QModelIndex&, int first, int last) { insertRows(first, last); });
  connect(&model, &ConversationModel::rowsRemoved, this,
          [this](const QModelIndex&, int first, int last) { removeRows(first, last); });
  connect(&model, &ConversationModel::textAppended, this, [this](int row, const QString& text) {
    widgetAt(row)->appendText(text);
    updateRow(row);
  });
  connect(&model, &ConversationModel::dataChanged, this,
          [this](const QModelIndex& first, const QModelIndex& last, const QList<int>& roles) {
            if (!roles.contains(ConversationModel::StateRole)) return;
            for (int row = first.row(); row <= last.row(); ++row) updateRow(row);
          });
  connect(verticalScrollBar(), &QScrollBar::valueChanged, this, &ConversationView::onScrolled);
  connect(verticalScrollBar(), &QScrollBar::rangeChanged, this, &ConversationView::onRangeChanged);
  if (model.rowCount() > 0) insertRows(0, model.rowCount() - 1);
  retranslate();
}

void ConversationView::jumpToLatest() {
  m_following = true;
  verticalScrollBar()->setValue(verticalScrollBar()->maximum());
  m_jump->hide();
}

void ConversationView::insertRows(int first, int last) {
  for (int row = first; row <= last; ++row) {
    auto* widget = new MessageWidget(m_conversation.model().at(row), m_column);
    connect(widget, &MessageWidget::retryRequested, this, [this, widget] { m_conversation.retry(rowOf(widget)); });
    connect(widget, &MessageWidget::editRequested, this, [this, widget] { m_conversation.edit(rowOf(widget)); });
    m_rows.insert(m_rows.begin() + row, Row{widget});
    widget->show();
  }
  const bool isQuestion = m_conversation.model().at(first).speaker == Speaker::Person;
  place(first);
  if (isQuestion) jumpToLatest();  // sending starts following again
}

void ConversationView::removeRows(int first, int last) {
  for (int row = last; row >= first; --row) {
    m_rows[static_cast<std::size_t>(row)].widget->hide();
    m_rows[static_cast<std::size_t>(row)].widget->deleteLater();  // it may be the sender
    m_rows.erase(m_rows.begin() + row);
  }
  place(first);
}

void ConversationView::updateRow(int row) {
  MessageWidget* widget = widgetAt(row);
  widget->update(m_conversation.model().at(row));
  place(row);
}

void ConversationView::place(int fromRow) {
  const int width = std::min(kColumnWidth, viewport()->width() - 2 * kMargin);
  if (width < 50) return;
  const int left = (this->width() - width) / 2;  // as the composer below, whether the scroll bar shows or not
  int y = kTop;
  if (fromRow > 0) {
    const Row& above = m_rows[static_cast<std::size_t>(fromRow - 1)];
    y = above.top + above.height + (fromRow % 2 == 1 ? kAfterQuestion : kAfterReply);
  }
  for (auto i = static_cast<std::size_t>(fromRow); i < m_rows.size(); ++i) {
    Row& row = m_rows[i];
    row.top = y;
    row.height = row.widget->heightFor(width);
    const QRect place(left, y, width, row.height);
    row.widget->setGeometry(place);
    row.widget->relayout();
    y += row.height + (i % 2 == 0 ? kAfterQuestion : kAfterReply);
  }
  m_column->resize(viewport()->width(), std::max(y + kBottom - kAfterReply, 1));
}

void ConversationView::onScrolled() {
  const QScrollBar* bar = verticalScrollBar();
  m_following = bar->value() >= bar->maximum() - kAtEnd;
  m_jump->setVisible(!m_following);
}

void ConversationView::onRangeChanged() {
  if (m_following) {
    verticalScrollBar()->setValue(verticalScrollBar()->maximum());
  } else {
    onScrolled();  // the text may have become shorter
  }
}

void ConversationView::resizeEvent(QResizeEvent* event) {
  QScrollArea::resizeEvent(event);
  place(0);
  placeJumpButton();
}

void ConversationView::placeJumpButton() {
  const QRect area = viewport()->geometry();
  m_jump->move((width() - m_jump->width()) / 2, area.bottom() - m_jump->height() - 12);
  m_jump->raise();
}

void ConversationView::changeEvent(QEvent* event) {
  QScrollArea::changeEvent(event);
  switch (event->type()) {
    case QEvent::LanguageChange: retranslate(); [[fallthrough]];
    case QEvent::FontChange:
    case QEvent::StyleChange:
      // The messages hear it after this widget; their heights are known then.
      QMetaObject::invokeMethod(
          this, [this] { place(0); }, Qt::QueuedConnection);
      break;
    default: break;
  }
}

void ConversationView::retranslate() {
  setAccessibleName(tr("Conversation"));
  m_column->setAccessibleName(tr("Messages"));
  m_jump->setToolTip(tr("Jump to the newest message"));
  m_jump->setAccessibleName(tr("Jump to the newest message"));
}

int ConversationView::rowOf(const MessageWidget* widget) const {
  const auto row = std::find_if(m_rows.begin(), m_rows.end(), [widget](const Row& r) { return r.widget == widget; });
  return static_cast<int>(row - m_rows.begin());
}

}  // namespace xllm::ui
