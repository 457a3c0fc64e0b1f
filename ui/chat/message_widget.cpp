#include "ui/chat/message_widget.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QPushButton>
#include <QTimer>
#include <QToolButton>
#include <algorithm>

#include "ui/bridge/problem.h"
#include "ui/chat/attachment_strip.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/inline_message.h"
#include "ui/widgets/theme.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kBubblePaddingX = 16;
constexpr int kBubblePaddingTop = 12;
constexpr int kBubblePaddingBottom = 8;  // less: the line height leaves room below the last line
constexpr int kGap = 8;

}  // namespace

MessageWidget::MessageWidget(const Message& message, QWidget* parent)
    : QWidget(parent),
      m_text(new MessageText(
          message.speaker == Speaker::Person ? MessageText::Format::Plain : MessageText::Format::Markdown, this)) {
  m_message.speaker = message.speaker;
  if (!message.attachments.isEmpty()) m_attachments = new AttachmentStrip(message.attachments, this);
  if (message.speaker == Speaker::Model) buildReplyParts();
  if (!message.text.isEmpty()) appendText(message.text);
  update(message);
}

void MessageWidget::buildReplyParts() {
  m_hint = new QLabel(this);
  m_figures = new QLabel(this);
  m_copy = new QToolButton(this);
  m_problem = new InlineMessage(this);
  for (QLabel* label : {m_hint, m_figures}) label->setProperty("caption", true);
  QFont small = m_figures->font();
  small.setPointSizeF(small.pointSizeF() * 0.9);
  m_figures->setFont(small);
  m_copy->setProperty("flat", true);
  m_copy->setIcon(themeIcon(u"copy"_s, IconColor::Muted));
  m_copy->setIconSize(QSize(16, 16));
  m_copy->setFocusPolicy(Qt::StrongFocus);
  connect(m_copy, &QToolButton::clicked, this, [this] {
    QGuiApplication::clipboard()->setText(m_text->source());
    m_copy->setIcon(themeIcon(u"check"_s, IconColor::Accent));
    QTimer::singleShot(1500, m_copy, [this] { m_copy->setIcon(themeIcon(u"copy"_s, IconColor::Muted)); });
  });
  m_problem->setDismissible(false);  // it is the answer's place
  m_retry = m_problem->addAction({});
  m_edit = m_problem->addAction({});
  connect(m_retry, &QPushButton::clicked, this, &MessageWidget::retryRequested);
  connect(m_edit, &QPushButton::clicked, this, &MessageWidget::editRequested);
}

void MessageWidget::appendText(const QString& text) { m_text->append(text); }

void MessageWidget::update(const Message& message) {
  const bool ended = message.state != MessageState::Streaming && m_message.state == MessageState::Streaming;
  m_message.state = message.state;
  m_message.error = message.error;
  m_message.figures = message.figures;
  if (ended || (message.speaker == Speaker::Model && message.state == MessageState::Done)) m_text->finish();
  refresh();
}

void MessageWidget::refresh() {
  const bool isPerson = m_message.speaker == Speaker::Person;
  setAccessibleName(isPerson ? tr("You") : tr("Reply"));
  m_text->setAccessibleName(isPerson ? tr("Your message") : tr("Text of the reply"));
  if (m_message.state != MessageState::Streaming) {  // screen readers get the whole, not every token
    setAccessibleDescription(m_text->source());
    m_text->setAccessibleDescription(m_text->source());
  }
  if (isPerson) {
    m_text->setVisible(!m_text->source().isEmpty());
    return;
  }
  const bool hasText = !m_text->source().isEmpty();
  const bool ended = m_message.state == MessageState::Done || m_message.state == MessageState::Stopped ||
                     m_message.state == MessageState::Failed;
  m_text->setVisible(hasText);
  m_hint->setText(hintText());
  m_hint->setVisible(!hasText && m_message.state != MessageState::Failed);
  m_figures->setText(figuresText());
  m_figures->setVisible(ended && !m_figures->text().isEmpty() && m_message.state != MessageState::Failed);
  m_copy->setVisible(ended && hasText);
  m_copy->setToolTip(tr("Copy message"));
  m_copy->setAccessibleName(tr("Copy this reply"));
  m_retry->setText(tr("Try again"));
  m_edit->setText(tr("Edit message"));
  if (m_message.error) {
    const Problem problem = Problems::describe(*m_message.error, Situation::Answering);
    m_problem->say(InlineMessage::Kind::Error, problem.title, problem.text, problem.details);
  } else {
    m_problem->hide();
  }
  QWidget::update();
}

QString MessageWidget::hintText() const {
  switch (m_message.state) {
    case MessageState::WaitingForPack: return tr("Waits until the model pack is loaded …");
    case MessageState::Pending: return tr("Thinking …");
    case MessageState::Stopped: return tr("Stopped before the first word.");
    case MessageState::Done: return tr("The model had nothing to say.");
    default: return {};
  }
}

QString MessageWidget::figuresText() const {
  const ReplyFigures& figures = m_message.figures;
  const QLocale locale;
  QStringList parts;
  if (m_message.state == MessageState::Stopped && !m_text->source().isEmpty()) parts << tr("Stopped");
  if (figures.cutShort) parts << tr("Ended at the length limit");
  if (figures.tokens > 0) parts << tr("%n token(s)", nullptr, static_cast<int>(figures.tokens));
  if (figures.tokensPerSecond > 0) parts << tr("%1 tokens/s").arg(locale.toString(figures.tokensPerSecond, 'f', 1));
  if (figures.firstTextSeconds > 0)
    parts << tr("first token after %1 s").arg(locale.toString(figures.firstTextSeconds, 'f', 2));
  return parts.join(u"  ·  "_s);
}

int MessageWidget::heightFor(int width) { return arrange(width, false); }

// Places the parts from top to bottom and returns the height they need.
int MessageWidget::arrange(int width, bool move) {
  int y = 0;
  if (m_message.speaker == Speaker::Person) {
    const int widest = width * 17 / 20;
    if (m_attachments) {
      const QSize size = m_attachments->sizeFor(widest);
      if (move) m_attachments->setGeometry(QRect(QPoint(width - size.width(), y), size));
      y += size.height();
    }
    m_bubble = {};
    if (m_text->source().isEmpty()) return y;
    if (y > 0) y += kGap;
    const int textWidth = m_text->naturalWidth(widest - 2 * kBubblePaddingX);
    const int textHeight = m_text->heightFor(textWidth);
    m_bubble = QRect(width - textWidth - 2 * kBubblePaddingX, y, textWidth + 2 * kBubblePaddingX,
                     textHeight + kBubblePaddingTop + kBubblePaddingBottom);
    if (move)
      m_text->setGeometry(
          m_bubble.adjusted(kBubblePaddingX, kBubblePaddingTop, -kBubblePaddingX, -kBubblePaddingBottom));
    return y + m_bubble.height();
  }
  const auto place = [&](QWidget* part, QSize size) {
    if (part->isHidden()) return;
    if (y > 0) y += kGap;
    if (move) part->setGeometry(QRect(QPoint(0, y), size));
    y += size.height();
  };
  place(m_hint, QSize(width, m_hint->sizeHint().height()));
  if (!m_text->isHidden()) place(m_text, QSize(width, m_text->heightFor(width)));
  if (!m_problem->isHidden()) place(m_problem, QSize(width, m_problem->heightForWidth(width)));
  if (!m_copy->isHidden() || !m_figures->isHidden()) {
    const int row = std::max(m_copy->sizeHint().height(), m_figures->sizeHint().height());
    if (y > 0) y += kGap - 4;
    if (move) {
      const int left = m_copy->isHidden() ? 0 : m_copy->sizeHint().width();
      m_copy->setGeometry(-5, y, m_copy->sizeHint().width(), row);  // its picture, not its edge, in line with the text
      m_figures->setGeometry(left, y, width - left, row);
    }
    y += row;
  }
  return y;
}

void MessageWidget::relayout() { arrange(width(), true); }

void MessageWidget::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  arrange(width(), true);
}

void MessageWidget::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) refresh();
  QWidget::changeEvent(event);
}

void MessageWidget::paintEvent(QPaintEvent*) {
  if (m_bubble.isEmpty()) return;
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(colorsOf(palette()).bubble);
  painter.drawRoundedRect(m_bubble, 16, 16);
}

}  // namespace xllm::ui
