#include "ui/chat/conversation_view.h"

#include <QEvent>
#include <QScrollBar>
#include <QToolButton>
#include <algorithm>
#include <cstdlib>
#include <utility>

#include "ui/chat/context_line.h"
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
constexpr int kAtEnd = 4;            // pixels that still count as the end
constexpr int kScreensKept = 6;      // widgets further away are dropped
constexpr int kSettleRounds = 8;     // measuring may bring further rows into view
constexpr int kEstimatedFrame = 40;  // what a message has around its text
constexpr int kEstimatedMedia = 180;
constexpr int kMarkFromTop = 4;  // a part of the view: there the sentence that is read aloud comes into it

}  // namespace

ConversationView::ConversationView(Conversation& conversation, QWidget* parent)
    : QScrollArea(parent),
      m_conversation(conversation),
      m_column(new QWidget),
      m_jump(new QToolButton(this)),
      m_line(new ContextLine(m_column)) {
  setFrameShape(QFrame::NoFrame);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setWidget(m_column);
  m_column->setAttribute(Qt::WA_StaticContents);  // what is above a growing reply is not painted again
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
    Row& grown = m_rows[static_cast<std::size_t>(row)];
    if (grown.widget) {
      grown.widget->appendText(text);
    } else {
      grown.width = -1;
    }
    place(row);
  });
  connect(&model, &ConversationModel::dataChanged, this,
          [this](const QModelIndex& first, const QModelIndex& last, const QList<int>& roles) {
            if (!roles.contains(ConversationModel::StateRole) && !roles.contains(ConversationModel::WordsRole)) return;
            for (int row = first.row(); row <= last.row(); ++row) updateRow(row);
          });
  connect(verticalScrollBar(), &QScrollBar::valueChanged, this, &ConversationView::onScrolled);
  connect(verticalScrollBar(), &QScrollBar::rangeChanged, this, &ConversationView::onRangeChanged);
  connect(&model, &ConversationModel::modelReset, this, &ConversationView::reset);
  reset();
  retranslate();
}

void ConversationView::jumpToLatest() {
  m_following = true;
  m_followsMark = false;
  settle();
  m_jump->hide();
}

void ConversationView::setPlayback(Playback& playback) {
  m_playback = &playback;
  reset();
}

void ConversationView::setFirstSeen(int row) {
  if (row == m_firstSeen) return;
  m_firstSeen = row;
  placeLine();
}

// In the room that is there between an answer and the next question: nothing moves for it.
void ConversationView::placeLine() {
  const bool shown = m_firstSeen > 0 && m_firstSeen < static_cast<int>(m_rows.size());
  m_line->setVisible(shown);
  if (!shown) return;
  const Row& row = m_rows[static_cast<std::size_t>(m_firstSeen)];
  const int height = std::min(kAfterReply, m_line->fontMetrics().height() + 4);
  const int middle = row.top - kAfterReply / 2;
  m_line->setGeometry((width() - row.width) / 2, middle - height / 2, row.width, height);
}

void ConversationView::mark(int row, int firstLetter, int endLetter) {
  const bool isOther = row != m_mark.row;
  if (m_mark.endLetter > m_mark.firstLetter) m_markWasInSight = isInSight(markedArea());
  if (isOther) m_markWasInSight = true;
  const auto widgetOf = [this](int at) {
    return at >= 0 && at < static_cast<int>(m_rows.size()) ? m_rows[static_cast<std::size_t>(at)].widget : nullptr;
  };
  if (isOther) m_followsMark = true;
  if (MessageWidget* before = isOther ? widgetOf(m_mark.row) : nullptr) before->text().mark(0, 0);
  m_mark = {row, firstLetter, endLetter};
  MessageWidget* widget = widgetOf(row);
  if (!widget) return;
  widget->text().mark(firstLetter, endLetter);
  if (m_following) return settle();
  const QRect area = markedArea();
  if (!m_markWasInSight || area.isEmpty() || isInSight(area)) return;
  verticalScrollBar()->setValue(area.top() - viewport()->height() / kMarkFromTop);
}

void ConversationView::setMayBeReadAloud(bool may) {
  m_mayBeReadAloud = may;
  for (const Row& row : m_rows) {
    if (row.widget) row.widget->setMayBeReadAloud(may);
  }
  place(0);
}

void ConversationView::setReadAloud(int row) {
  const auto tell = [this](int at, bool on) {
    if (at < 0 || at >= static_cast<int>(m_rows.size())) return;
    if (MessageWidget* widget = m_rows[static_cast<std::size_t>(at)].widget) widget->setReadAloud(on);
  };
  tell(std::exchange(m_readAloud, row), false);
  tell(row, true);
}

QRect ConversationView::markedArea() const {
  if (m_mark.row < 0 || m_mark.row >= static_cast<int>(m_rows.size())) return {};
  const Row& row = m_rows[static_cast<std::size_t>(m_mark.row)];
  if (!row.widget) return {};
  MessageText& text = row.widget->text();
  const QRect area = text.markedArea();
  return area.isEmpty() ? area : area.translated(text.mapTo(m_column, QPoint()));
}

bool ConversationView::isInSight(const QRect& area) const {
  const int top = verticalScrollBar()->value();
  return !area.isEmpty() && area.top() >= top && area.bottom() <= top + viewport()->height();
}

// A text that grows faster than it is read aloud does not push away what is being read.
int ConversationView::endSeen() const {
  const int end = verticalScrollBar()->maximum();
  const QRect marked = m_followsMark ? markedArea() : QRect();
  return marked.isEmpty() ? end : std::clamp(marked.top() - viewport()->height() / kMarkFromTop, 0, end);
}

MessageWidget* ConversationView::widgetAt(int row) {
  if (!m_rows.at(static_cast<std::size_t>(row)).widget) {
    makeWidget(row);
    place(row);
  }
  return m_rows[static_cast<std::size_t>(row)].widget;
}

int ConversationView::widgetCount() const {
  return static_cast<int>(std::count_if(m_rows.begin(), m_rows.end(), [](const Row& row) { return row.widget; }));
}

void ConversationView::reset() {
  for (const Row& row : m_rows) delete row.widget;
  m_rows.assign(static_cast<std::size_t>(m_conversation.model().rowCount()), Row{});
  m_following = true;
  m_mark = {};
  m_readAloud = -1;
  m_jump->hide();
  place(0);
  settle();
}

void ConversationView::insertRows(int first, int last) {
  m_rows.insert(m_rows.begin() + first, static_cast<std::size_t>(last - first + 1), Row{});
  const bool isQuestion = m_conversation.model().at(first).speaker == Speaker::Person;
  place(first);
  if (isQuestion && first == last) m_following = true;  // sending starts following again
  settle();
  markLast();
}

void ConversationView::markLast() {
  for (std::size_t row = 0; row < m_rows.size(); ++row) {
    if (m_rows[row].widget) m_rows[row].widget->setIsLast(row + 1 == m_rows.size());
  }
}

void ConversationView::removeRows(int first, int last) {
  for (int row = last; row >= first; --row) {
    if (MessageWidget* widget = m_rows[static_cast<std::size_t>(row)].widget) {
      widget->hide();
      widget->deleteLater();  // it may be the sender
    }
    m_rows.erase(m_rows.begin() + row);
  }
  place(first);
  settle();
  markLast();
}

void ConversationView::updateRow(int row) {
  if (MessageWidget* widget = m_rows[static_cast<std::size_t>(row)].widget) {
    widget->update(m_conversation.model().at(row), m_conversation.model().versionsOf(row));
  } else {
    m_rows[static_cast<std::size_t>(row)].width = -1;
  }
  place(row);
}

void ConversationView::makeWidget(int row) {
  ConversationModel& model = m_conversation.model();
  auto* widget = new MessageWidget(model.at(row), model.versionsOf(row), m_playback, m_column);
  connect(widget, &MessageWidget::retryRequested, this, [this, widget] { m_conversation.answerAgain(rowOf(widget)); });
  connect(widget, &MessageWidget::editRequested, this, [this, widget] { m_conversation.edit(rowOf(widget)); });
  connect(widget, &MessageWidget::resumeRequested, this, [this, widget] { m_conversation.resume(rowOf(widget)); });
  connect(widget, &MessageWidget::versionRequested, this,
          [this, widget](int version) { m_conversation.choose(rowOf(widget), version); });
  connect(widget, &MessageWidget::attachmentOpened, this, [this, widget](int place) {
    Q_EMIT attachmentOpened(m_conversation.model().at(rowOf(widget)).attachments.at(place));
  });
  connect(widget, &MessageWidget::readAloudRequested, this,
          [this, widget] { Q_EMIT readAloudRequested(rowOf(widget)); });
  m_rows[static_cast<std::size_t>(row)].widget = widget;
  if (row == m_mark.row) widget->text().mark(m_mark.firstLetter, m_mark.endLetter);
  widget->setReadAloud(row == m_readAloud);
  widget->setMayBeReadAloud(m_mayBeReadAloud);
  widget->setIsLast(row + 1 == static_cast<int>(m_rows.size()));
  // The keyboard goes through the messages as the eye does.
  MessageWidget* above = nullptr;
  for (int i = row - 1; i >= 0 && !above; --i) above = m_rows[static_cast<std::size_t>(i)].widget;
  if (above) widget->joinTabOrder(*above);
  widget->show();
}

// Widgets cost memory; what a reader left far behind is made again when it is seen.
void ConversationView::dropFarWidgets(int top, int bottom) {
  const int far = kScreensKept * viewport()->height();
  for (Row& row : m_rows) {
    if (!row.widget || (row.top + row.height > top - far && row.top < bottom + far)) continue;
    if (row.widget->isAncestorOf(focusWidget()) || row.widget->text().hasSelection()) continue;
    row.widget->deleteLater();
    row.widget->hide();
    row.widget = nullptr;
  }
}

int ConversationView::columnWidth() const { return std::min(kColumnWidth, viewport()->width() - 2 * kMargin); }

// About what MessageWidget will need: lines of average letters. Wide ones count twice.
int ConversationView::estimate(int row, int width) const {
  const Message& message = m_conversation.model().at(row);
  const QFontMetrics metrics(font());
  const auto lettersPerLine = std::max<qsizetype>(8, width / std::max(1, metrics.averageCharWidth()));
  const qsizetype sample = std::min<qsizetype>(message.text.size(), 64);
  const auto wide =
      std::count_if(message.text.begin(), message.text.begin() + sample, [](QChar c) { return c.unicode() > 0x2e80; });
  const qsizetype letters = message.text.size() * (sample > 0 ? sample + wide : 1) / std::max<qsizetype>(1, sample);
  const qsizetype lines = letters / lettersPerLine + message.text.count(u'\n') + 1;
  const int media = message.attachments.isEmpty() ? 0 : kEstimatedMedia;
  return static_cast<int>(lines) * metrics.height() * 5 / 4 + kEstimatedFrame + media;
}

void ConversationView::place(int fromRow) {
  const int width = columnWidth();
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
    if (row.widget) {
      row.height = row.widget->heightFor(width);
    } else if (row.width != width) {
      row.height = estimate(static_cast<int>(i), width);
    }
    row.width = width;
    y += row.height + (i % 2 == 0 ? kAfterQuestion : kAfterReply);
  }
  // Before anything asks to be painted: then following the end moves the pixels that are there.
  m_column->resize(viewport()->width(), std::max(y + kBottom - kAfterReply, 1));
  for (auto i = static_cast<std::size_t>(fromRow); i < m_rows.size(); ++i) {
    const Row& row = m_rows[i];
    if (!row.widget) continue;
    row.widget->setGeometry(QRect(left, row.top, width, row.height));
    row.widget->relayout();
  }
  placeLine();
}

int ConversationView::rowAt(int y) const {
  const auto below =
      std::partition_point(m_rows.begin(), m_rows.end(), [y](const Row& row) { return row.top + row.height <= y; });
  return std::min(static_cast<int>(below - m_rows.begin()), static_cast<int>(m_rows.size()) - 1);
}

// Estimates become measures where one looks, and above; the line at the top of the view stays where it is.
void ConversationView::settle() {
  if (m_settling || m_rows.empty() || columnWidth() < 50) return;
  m_settling = true;
  QScrollBar* bar = verticalScrollBar();
  const int height = viewport()->height();
  for (int round = 0; round < kSettleRounds; ++round) {
    if (m_following) bar->setValue(endSeen());
    const int value = bar->value();
    const int anchor = rowAt(value);
    const int offset = value - m_rows[static_cast<std::size_t>(anchor)].top;
    const int last = rowAt(value + height + height / 4);
    int firstMade = -1;
    for (int row = rowAt(value - height / 4); row <= last; ++row) {
      if (m_rows[static_cast<std::size_t>(row)].widget) continue;
      makeWidget(row);
      if (firstMade < 0) firstMade = row;
    }
    if (firstMade < 0) break;
    place(firstMade);
    if (!m_following) bar->setValue(m_rows[static_cast<std::size_t>(anchor)].top + offset);
  }
  dropFarWidgets(bar->value(), bar->value() + height);
  m_settling = false;
}

void ConversationView::onScrolled() {
  if (m_settling) return;
  const QScrollBar* bar = verticalScrollBar();
  const bool isAtMark = std::abs(bar->value() - endSeen()) <= kAtEnd;
  const bool isAtEnd = bar->value() >= bar->maximum() - kAtEnd;
  if (isAtEnd && !isAtMark) m_followsMark = false;
  m_following = isAtEnd || isAtMark;
  m_jump->setVisible(!m_following);
  settle();
}

void ConversationView::onRangeChanged() {
  if (m_settling) return;
  if (m_following) {
    verticalScrollBar()->setValue(endSeen());
  } else {
    onScrolled();  // the text may have become shorter
  }
}

void ConversationView::resizeEvent(QResizeEvent* event) {
  QScrollArea::resizeEvent(event);
  place(0);
  settle();
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
          this,
          [this] {
            for (Row& row : m_rows) row.width = -1;
            place(0);
            settle();
          },
          Qt::QueuedConnection);
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
