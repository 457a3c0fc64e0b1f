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
#include <utility>

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
constexpr int kActionGap = 4;

}  // namespace

MessageWidget::MessageWidget(const Message& message, const Versions& versions, Playback* playback, QWidget* parent)
    : QWidget(parent),
      m_text(new MessageText(
          message.speaker == Speaker::Person ? MessageText::Format::Plain : MessageText::Format::Markdown, this)),
      m_versions(versions),
      m_previous(new QToolButton(this)),
      m_version(new QLabel(this)),
      m_next(new QToolButton(this)),
      m_copy(new QToolButton(this)) {
  m_message.speaker = message.speaker;
  setAttribute(Qt::WA_StaticContents, message.speaker == Speaker::Model);  // as it grows, nothing of it moves
  if (!message.attachments.isEmpty()) {
    m_attachments = new AttachmentStrip(message.attachments, playback, this);
    connect(m_attachments, &AttachmentStrip::opened, this, &MessageWidget::attachmentOpened);
  }
  if (message.speaker == Speaker::Model) buildReplyParts();
  buildActions();
  if (!message.text.isEmpty()) appendText(message.text);
  update(message, versions);
}

void MessageWidget::buildReplyParts() {
  m_hint = new QLabel(this);
  m_figures = new QLabel(this);
  m_problem = new InlineMessage(this);
  for (QLabel* label : {m_hint, m_figures}) label->setProperty("caption", true);
  m_figures->setProperty("textSize", u"small"_s);
  m_problem->setDismissible(false);  // it is the answer's place
  m_retry = m_problem->addAction({});
  m_edit = m_problem->addAction({});
  connect(m_retry, &QPushButton::clicked, this, &MessageWidget::retryRequested);
  connect(m_edit, &QPushButton::clicked, this, &MessageWidget::editRequested);
  m_again = new QToolButton(this);
  m_resume = new QToolButton(this);
  connect(m_again, &QToolButton::clicked, this, &MessageWidget::retryRequested);
  connect(m_resume, &QToolButton::clicked, this, &MessageWidget::resumeRequested);
  m_readAloud = new QToolButton(this);
  connect(m_readAloud, &QToolButton::clicked, this, &MessageWidget::readAloudRequested);
}

void MessageWidget::buildActions() {
  if (m_message.speaker == Speaker::Person) {
    m_editText = new QToolButton(this);
    connect(m_editText, &QToolButton::clicked, this, &MessageWidget::editRequested);
  }
  const std::pair<QToolButton*, QString> buttons[] = {
      {m_previous, u"previous"_s}, {m_next, u"next"_s},       {m_copy, u"copy"_s},    {m_again, u"retry"_s},
      {m_resume, u"resume"_s},     {m_readAloud, u"speak"_s}, {m_editText, u"edit"_s}};
  for (const auto& [button, icon] : buttons) {
    if (!button) continue;
    button->setProperty("flat", true);
    button->setIcon(themeIcon(icon, IconColor::Muted));
    button->setIconSize(QSize(16, 16));
    button->setFocusPolicy(Qt::StrongFocus);
  }
  m_version->setProperty("caption", true);
  m_version->setProperty("textSize", u"small"_s);
  m_version->setAlignment(Qt::AlignCenter);
  connect(m_previous, &QToolButton::clicked, this, [this] { Q_EMIT versionRequested(m_versions.shown - 1); });
  connect(m_next, &QToolButton::clicked, this, [this] { Q_EMIT versionRequested(m_versions.shown + 1); });
  connect(m_copy, &QToolButton::clicked, this, &MessageWidget::copy);
}

void MessageWidget::setIsLast(bool last) {
  if (!m_resume || std::exchange(m_isLast, last) == last) return;
  refreshActions();
  relayout();
}

void MessageWidget::setMayBeReadAloud(bool may) {
  if (!m_readAloud || std::exchange(m_mayBeReadAloud, may) == may) return;
  refreshActions();  // whoever places it makes room
}

void MessageWidget::setReadAloud(bool on) {
  if (!m_readAloud || std::exchange(m_isReadAloud, on) == on) return;
  m_readAloud->setIcon(themeIcon(on ? u"stop"_s : u"speak"_s, on ? IconColor::Accent : IconColor::Muted));
  refreshActions();
}

void MessageWidget::copy() {
  QGuiApplication::clipboard()->setText(m_text->source());
  m_copy->setIcon(themeIcon(u"check"_s, IconColor::Accent));
  QTimer::singleShot(1500, m_copy, [this] { m_copy->setIcon(themeIcon(u"copy"_s, IconColor::Muted)); });
}

bool MessageWidget::hasEnded() const { return !isUnfinished(m_message.state); }

void MessageWidget::appendText(const QString& text) {
  const bool isFirst = m_text->source().isEmpty();
  m_text->append(text);
  if (isFirst) refresh();
}

void MessageWidget::update(const Message& message, const Versions& versions) {
  const bool ended = message.state != MessageState::Streaming && m_message.state == MessageState::Streaming;
  m_message.state = message.state;
  m_message.error = message.error;
  m_message.figures = message.figures;
  m_versions = versions;
  if (m_attachments) m_attachments->setWords(message.attachments);
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
  const bool hasText = !m_text->source().isEmpty();
  m_text->setVisible(hasText);
  refreshActions();
  if (isPerson) return;
  m_hint->setText(hintText());
  m_hint->setVisible(!hasText && m_message.state != MessageState::Failed);
  m_figures->setText(figuresText());
  m_figures->setVisible(hasEnded() && !m_figures->text().isEmpty() && m_message.state != MessageState::Failed);
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

void MessageWidget::refreshActions() {
  const bool hasText = !m_text->source().isEmpty();
  const bool hasVersions = m_versions.count > 1;
  for (QWidget* part : std::initializer_list<QWidget*>{m_previous, m_version, m_next}) part->setVisible(hasVersions);
  m_version->setText(u"%1/%2"_s.arg(m_versions.shown + 1).arg(m_versions.count));
  m_version->setAccessibleName(tr("Version %1 of %2").arg(m_versions.shown + 1).arg(m_versions.count));
  m_previous->setEnabled(m_versions.shown > 0);
  m_next->setEnabled(m_versions.shown + 1 < m_versions.count);
  m_copy->setVisible(hasEnded() && hasText);
  const auto name = [](QToolButton* button, const QString& tip, const QString& accessible) {
    button->setToolTip(tip);
    button->setAccessibleName(accessible);
  };
  name(m_previous, tr("Previous version"), tr("Previous version of this message"));
  name(m_next, tr("Next version"), tr("Next version of this message"));
  if (m_message.speaker == Speaker::Person) {
    name(m_copy, tr("Copy message"), tr("Copy your message"));
    name(m_editText, tr("Edit message"), tr("Edit your message"));
    return;
  }
  name(m_copy, tr("Copy message"), tr("Copy this reply"));
  name(m_again, tr("Answer again"), tr("Answer again: makes another version of this reply"));
  name(m_resume, tr("Continue"), tr("Continue this reply where it ended"));
  m_again->setVisible(hasEnded() && m_message.state != MessageState::Failed);
  m_resume->setVisible(m_isLast && hasText && mayGoOn(m_message));
  m_isReadAloud ? name(m_readAloud, tr("Stop reading"), tr("Stop reading this reply aloud"))
                : name(m_readAloud, tr("Read aloud"), tr("Read this reply aloud"));
  m_readAloud->setVisible(m_mayBeReadAloud && hasEnded() && hasText);
}

QString MessageWidget::hintText() const {
  switch (m_message.state) {
    case MessageState::WaitingForPack: return tr("Waits until the model pack is loaded …");
    case MessageState::Pending: return tr("Thinking …");
    case MessageState::Stopped: return tr("Stopped before the first word.");
    case MessageState::Interrupted: return tr("The program ended before the first word.");
    case MessageState::Done: return tr("The model had nothing to say.");
    default: return {};
  }
}

QString MessageWidget::figuresText() const {
  const ReplyFigures& figures = m_message.figures;
  const QLocale locale;
  QStringList parts;
  if (m_message.state == MessageState::Stopped && !m_text->source().isEmpty()) parts << tr("Stopped");
  if (m_message.state == MessageState::Interrupted && !m_text->source().isEmpty()) {
    parts << tr("Interrupted when the program ended");
  }
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
  return m_message.speaker == Speaker::Person ? arrangePerson(width, move) : arrangeReply(width, move);
}

int MessageWidget::arrangePerson(int width, bool move) {
  int y = 0;
  const int widest = width * 17 / 20;
  if (m_attachments) {
    const QSize size = m_attachments->sizeFor(widest);
    if (move) m_attachments->setGeometry(QRect(QPoint(width - size.width(), y), size));
    y += size.height();
  }
  m_bubble = {};
  if (!m_text->source().isEmpty()) {
    if (y > 0) y += kGap;
    const int textWidth = m_text->naturalWidth(widest - 2 * kBubblePaddingX);
    const int textHeight = m_text->heightFor(textWidth);
    m_bubble = QRect(width - textWidth - 2 * kBubblePaddingX, y, textWidth + 2 * kBubblePaddingX,
                     textHeight + kBubblePaddingTop + kBubblePaddingBottom);
    if (move) {
      m_text->setGeometry(
          m_bubble.adjusted(kBubblePaddingX, kBubblePaddingTop, -kBubblePaddingX, -kBubblePaddingBottom));
    }
    y += m_bubble.height();
  }
  y += kActionGap;
  const int actions = placeActions(0, y, false);
  placeActions(width - actions, y, move);
  return y + m_editText->sizeHint().height();
}

int MessageWidget::arrangeReply(int width, bool move) {
  int y = 0;
  const auto place = [&](QWidget* part, QSize size) {
    if (part->isHidden()) return;
    if (y > 0) y += kGap;
    if (move) part->setGeometry(QRect(QPoint(0, y), size));
    y += size.height();
  };
  place(m_hint, QSize(width, m_hint->sizeHint().height()));
  if (!m_text->isHidden()) place(m_text, QSize(width, m_text->heightFor(width)));
  if (!m_problem->isHidden()) place(m_problem, QSize(width, m_problem->heightForWidth(width)));
  if (!hasEnded()) return y;
  y += kActionGap;
  // The first picture, not its edge, is in line with the text.
  const int left = placeActions(-5, y, move);
  const int row = m_copy->sizeHint().height();
  const int line = std::max(row, m_figures->sizeHint().height());
  if (move) {
    const int room = width - left - kActionGap;
    m_figures->setText(m_figures->fontMetrics().elidedText(figuresText(), Qt::ElideRight, room));
    m_figures->setToolTip(m_figures->text() == figuresText() ? QString() : figuresText());
    m_figures->setGeometry(left + kActionGap, y, room, line);
  }
  return y + line;
}

int MessageWidget::placeActions(int left, int top, bool move) {
  for (QWidget* part : std::initializer_list<QWidget*>{m_previous, m_version, m_next, m_copy, m_readAloud, m_again,
                                                       m_resume, m_editText}) {
    if (!part || part->isHidden()) continue;
    const int width = part->sizeHint().width();
    if (move) part->setGeometry(left, top, width, m_copy->sizeHint().height());
    left += width;
  }
  return left;
}

void MessageWidget::joinTabOrder(MessageWidget& above) {
  QWidget* last = above.m_editText ? above.m_editText : above.m_resume;
  if (m_attachments) {
    for (QWidget* part : m_attachments->inTabOrder()) {
      QWidget::setTabOrder(last, part);
      last = part;
    }
  }
  for (QWidget* part : std::initializer_list<QWidget*>{m_text, m_retry, m_edit, m_previous, m_next, m_copy, m_readAloud,
                                                       m_again, m_resume, m_editText}) {
    if (!part) continue;
    QWidget::setTabOrder(last, part);
    last = part;
  }
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
