#include "ui/chat/message_text.h"

#include <QAbstractTextDocumentLayout>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QDesktopServices>
#include <QGuiApplication>
#include <QMenu>
#include <QPainter>
#include <QResizeEvent>
#include <QTextBlock>
#include <QTextCursor>
#include <QTextDocument>
#include <QTextDocumentFragment>
#include <QTextLayout>
#include <QTimer>
#include <QToolButton>
#include <QUrl>
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "ui/chat/code_highlighter.h"
#include "ui/chat/letters.h"
#include "ui/chat/markdown_document.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/tool_tip.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kPieceGap = 11;
constexpr int kListGap = 3;  // between the parts of one list
constexpr int kCodePadding = 12;
constexpr int kCodeHeader = 30;  // at normal text size

}  // namespace

struct MessageText::Piece {
  QString source;
  std::unique_ptr<QTextDocument> document = std::make_unique<QTextDocument>();
  std::unique_ptr<QToolButton> copy;             // of code
  std::unique_ptr<CodeHighlighter> highlighter;  // of code in a language that is known
  bool continues = false;                        // the block of the piece above
  bool isCode = false;
  bool isList = false;
  bool isQuote = false;  // or holds one
  QString language;
  int top = 0;
  int height = 0;            // of its text
  int width = -1;            // it was laid out for; -1: dirty
  mutable int letters = -1;  // -1: not counted yet

  int header() const { return isCode && !continues ? scaledToText(kCodeHeader) : 0; }
  int bottom(bool continued) const { return top + header() + height + (isCode && !continued ? kCodePadding : 0); }
  QPoint origin() const { return QPoint(isCode ? kCodePadding : 0, top + header()); }
};

MessageText::MessageText(Format format, QWidget* parent) : QWidget(parent), m_format(format) {
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  setCursor(Qt::IBeamCursor);
  setAttribute(Qt::WA_StaticContents);  // growing downwards paints what is new alone
}

MessageText::~MessageText() = default;

void MessageText::append(const QString& text) {
  m_source += text;
  if (m_format == Format::Plain) {
    if (m_pieces.empty()) m_pieces.push_back(std::make_unique<Piece>());
    setPiece(*m_pieces.front(), m_source);
    changedFrom(0);
  } else {
    m_splitter.append(text);
    rebuild();
  }
  updateGeometry();
}

// What stands above stays where it is and as it looks. Painting is asked for in a moment: while nothing is, the view
// can scroll by moving pixels.
void MessageText::changedFrom(std::size_t piece) {
  m_arranged = std::min(m_arranged, piece);
  const int top = piece < m_pieces.size() ? m_pieces[piece]->top : 0;
  if (std::exchange(m_changedTop, std::min(m_changedTop.value_or(top), top))) return;
  QMetaObject::invokeMethod(
      this, [this] { update(0, *std::exchange(m_changedTop, std::nullopt), width(), height()); }, Qt::QueuedConnection);
}

void MessageText::finish() {
  if (m_format == Format::Plain) return;
  m_splitter.finish();
  rebuild();
}

// Shows what the splitter holds: pieces that were closed stay as they are, the open tail is set again.
void MessageText::rebuild() {
  const QList<MarkdownSplitter::Cut>& closed = m_splitter.closed();
  const bool tail = !QStringView(m_splitter.tail()).trimmed().isEmpty();
  const auto wanted = static_cast<std::size_t>(closed.size() + (tail ? 1 : 0));
  while (m_pieces.size() > wanted) m_pieces.pop_back();
  while (m_pieces.size() < wanted) m_pieces.push_back(std::make_unique<Piece>());
  const auto show = [this](std::size_t place, const QString& text, bool continues) {
    m_pieces[place]->continues = continues;
    setPiece(*m_pieces[place], text);
  };
  const auto shown = static_cast<std::size_t>(m_closedShown);
  for (auto i = shown; i < static_cast<std::size_t>(closed.size()); ++i) {
    show(i, closed[static_cast<qsizetype>(i)].text, closed[static_cast<qsizetype>(i)].continues);
  }
  m_closedShown = static_cast<int>(closed.size());
  if (tail) show(m_pieces.size() - 1, m_splitter.tail(), m_splitter.tailContinues());
  if (m_endMarked > m_firstMarked && m_markEnd.piece >= static_cast<int>(shown)) locateMark();
  // Code that goes on now is open below.
  changedFrom(shown > 0 && m_pieces[shown - 1]->isCode ? shown - 1 : shown);
}

void MessageText::setPiece(Piece& piece, const QString& source) {
  if (piece.source == source && piece.width >= 0) return;
  piece.source = source;
  piece.width = -1;
  piece.letters = -1;
  ++m_layoutCount;
  const TextStyle style = textStyle(font(), palette());
  if (m_format == Format::Plain) return setPlain(*piece.document, source, style);
  const auto code = asCode(source);
  if (code) {
    if (!piece.isCode) piece.document->clear();
    piece.isCode = true;
    frameCode(piece, code->language);
    setCode(*piece.document, code->code, style);
    return highlight(piece);
  }
  piece.isCode = false;
  piece.highlighter.reset();
  piece.isList = isListItem(source);
  piece.isQuote = source.contains(u'>');
  piece.copy.reset();
  setMarkdown(*piece.document, source, style);
}

// Once the language is written in full: when the first line of code is there.
void MessageText::highlight(Piece& piece) {
  const CodeLanguage* language = codeLanguage(piece.language);
  if (!language || piece.highlighter || piece.document->isEmpty()) return;
  const auto at = std::find_if(m_pieces.begin(), m_pieces.end(), [&](const auto& p) { return p.get() == &piece; });
  const CodeHighlighter* above =
      piece.continues && at != m_pieces.begin() ? (*std::prev(at))->highlighter.get() : nullptr;
  piece.highlighter = std::make_unique<CodeHighlighter>(piece.document.get(), *language, above ? above->endState() : 0,
                                                        colorsOf(palette()));
}

void MessageText::frameCode(Piece& piece, const QString& language) {
  if (piece.language != language) piece.highlighter.reset();
  piece.language = language;
  if (piece.continues) return piece.copy.reset();
  // While it is being written it has its button at once: one that came later would be painted apart.
  if (piece.copy || !isVisible() || &piece != m_pieces.back().get()) return;
  makeButton(piece);
  m_withButton.push_back(&piece);
}

// Blocks of code that are seen, or nearly, have their button; of the others there may be thousands.
void MessageText::settleButtons() {
  m_settlesSoon = false;
  const QRect seen = visibleRegion().boundingRect();
  const int near = 2 * seen.height();
  const auto first = std::partition_point(m_pieces.begin(), m_pieces.end(), [&](const auto& piece) {
    return piece->origin().y() + piece->height < seen.top() - near;
  });
  std::vector<Piece*> kept;
  for (auto piece = first; piece != m_pieces.end() && (*piece)->top <= seen.bottom() + near; ++piece) {
    if (!(*piece)->isCode || (*piece)->continues) continue;
    if (!(*piece)->copy) makeButton(**piece);
    kept.push_back(piece->get());
  }
  for (Piece* piece : std::exchange(m_withButton, kept)) {
    if (std::find(kept.begin(), kept.end(), piece) != kept.end()) continue;
    const bool isThere =
        std::any_of(m_pieces.begin(), m_pieces.end(), [piece](const auto& each) { return each.get() == piece; });
    if (!isThere || !piece->copy) continue;
    if (piece->copy->hasFocus()) {
      m_withButton.push_back(piece);
    } else {
      piece->copy.reset();
    }
  }
}

void MessageText::makeButton(Piece& piece) {
  piece.copy = std::make_unique<QToolButton>(this);
  QToolButton* button = piece.copy.get();
  button->setProperty("flat", true);
  button->setIcon(themeIcon(u"copy"_s, IconColor::Muted));
  button->setIconSize(QSize(15, 15));
  button->setCursor(Qt::ArrowCursor);
  button->setFocusPolicy(Qt::StrongFocus);
  button->setToolTip(tr("Copy code"));
  button->setAccessibleName(tr("Copy code"));
  connect(button, &QToolButton::clicked, this, [this, button, first = &piece] {
    QGuiApplication::clipboard()->setText(codeFrom(*first));
    button->setIcon(themeIcon(u"check"_s, IconColor::Accent));
    QTimer::singleShot(1500, button, [button] { button->setIcon(themeIcon(u"copy"_s, IconColor::Muted)); });
  });
  placeButton(piece, width());
  button->show();
}

void MessageText::placeButton(const Piece& piece, int width) const {
  const QSize size = piece.copy->sizeHint();
  piece.copy->setGeometry(QRect(QPoint(width - size.width() - 4, piece.top + 2), size));
}

// Of the whole block that begins with this piece.
QString MessageText::codeFrom(const Piece& first) const {
  QStringList parts;
  for (const auto& piece : m_pieces) {
    if (piece.get() == &first) {
      parts << piece->document->toPlainText();
    } else if (!parts.isEmpty()) {
      if (!piece->continues) break;
      if (!piece->document->isEmpty()) parts << piece->document->toPlainText();
    }
  }
  return parts.join(u'\n');
}

bool MessageText::isContinued(std::size_t piece) const {
  return piece + 1 < m_pieces.size() && m_pieces[piece + 1]->continues;
}

void MessageText::arrange(int width) {
  if (width != m_arrangedWidth) m_arranged = 0;
  m_arrangedWidth = width;
  int y = m_arranged > 0 ? m_pieces[m_arranged - 1]->bottom(isContinued(m_arranged - 1)) : 0;
  for (std::size_t i = m_arranged; i < m_pieces.size(); ++i) {
    Piece* piece = m_pieces[i].get();
    if (y > 0) y += !piece->continues ? kPieceGap : piece->isList ? kListGap : 0;
    piece->top = y;
    if (piece->width != width) {
      piece->document->setTextWidth(std::max(1, piece->isCode ? width - 2 * kCodePadding : width));
      piece->height = static_cast<int>(std::ceil(piece->document->size().height()));
      if (piece->isCode && piece->continues && piece->document->isEmpty()) piece->height = 0;
      piece->width = width;
    }
    if (piece->copy) placeButton(*piece, width);
    y = piece->bottom(isContinued(i));
  }
  m_arranged = m_pieces.size();
  m_height = y;
}

int MessageText::heightFor(int width) {
  arrange(width);
  return m_height;
}

int MessageText::naturalWidth(int maximum) {
  qreal widest = 0;
  for (const auto& piece : m_pieces) {
    piece->document->setTextWidth(maximum);
    widest = std::max(widest, piece->document->idealWidth());
    piece->width = -1;
  }
  m_arranged = 0;
  return std::min(maximum, static_cast<int>(std::ceil(widest)) + 1);
}

void MessageText::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  arrange(width());
  if (event->size().width() != event->oldSize().width()) update();
}

void MessageText::changeEvent(QEvent* event) {
  const auto type = event->type();
  if (type == QEvent::PaletteChange || type == QEvent::FontChange) {  // colours and sizes are inside the documents
    for (const auto& piece : m_pieces) {
      piece->width = -1;
      piece->highlighter.reset();
      piece->document->clear();
      setPiece(*piece, QString(piece->source));
    }
    m_arranged = 0;
    arrange(width());
    update();
  } else if (type == QEvent::LanguageChange) {
    for (const auto& piece : m_pieces) {
      if (!piece->copy) continue;
      piece->copy->setToolTip(tr("Copy code"));
      piece->copy->setAccessibleName(tr("Copy code"));
    }
  }
  QWidget::changeEvent(event);
}

// One frame around all parts of a block of code.
void MessageText::paintFrame(QPainter& painter, const Piece& piece, const QRect& area, bool continued) const {
  const Colors& colors = colorsOf(palette());
  constexpr int kRadius = 8;
  painter.save();
  painter.setClipRect(area);
  painter.setPen(colors.border);
  painter.setBrush(colors.code);
  const QRect frame = area.adjusted(0, piece.continues ? -kRadius : 0, 0, continued ? kRadius : 0);
  painter.drawRoundedRect(QRectF(frame).adjusted(0.5, 0.5, -0.5, -0.5), kRadius, kRadius);
  if (!piece.continues) {
    painter.setPen(colors.muted);
    QFont small = font();
    small.setPointSizeF(small.pointSizeF() * 0.86);
    painter.setFont(small);
    painter.drawText(QRect(kCodePadding, piece.top, width() / 2, scaledToText(kCodeHeader)),
                     Qt::AlignVCenter | Qt::AlignLeft, piece.language);
  }
  painter.restore();
}

// At the left of what is quoted, one for each depth.
void MessageText::paintQuoteBars(QPainter& painter, const Piece& piece) const {
  constexpr qreal kBar = 3;
  const QAbstractTextDocumentLayout* layout = piece.document->documentLayout();
  painter.setPen(Qt::NoPen);
  painter.setBrush(colorsOf(palette()).border);
  for (QTextBlock block = piece.document->begin(); block.isValid(); block = block.next()) {
    const int depth = block.blockFormat().intProperty(QTextFormat::BlockQuoteLevel);
    if (depth == 0) continue;
    QRectF area = layout->blockBoundingRect(block).translated(piece.origin());
    const bool goesOn = block.next().isValid() && block.next().blockFormat().hasProperty(QTextFormat::BlockQuoteLevel);
    if (goesOn) area.setBottom(layout->blockBoundingRect(block.next()).top() + piece.origin().y());
    for (int level = 0; level < depth; ++level) {
      painter.drawRoundedRect(QRectF(level * kQuoteIndent + 2, area.top() + 1, kBar, area.height() - 2), 1.5, 1.5);
    }
  }
}

void MessageText::paintEvent(QPaintEvent* event) {
  arrange(width());
  if (!std::exchange(m_settlesSoon, true)) {
    QMetaObject::invokeMethod(this, &MessageText::settleButtons, Qt::QueuedConnection);
  }
  const Colors& colors = colorsOf(palette());
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const auto [first, last] = std::minmax(m_anchor, m_cursor);
  const auto firstSeen = std::partition_point(m_pieces.begin(), m_pieces.end(), [event](const auto& piece) {
    return piece->bottom(false) < event->rect().top();
  });
  for (auto i = static_cast<int>(firstSeen - m_pieces.begin()); i < pieceCount(); ++i) {
    const Piece& piece = *m_pieces[static_cast<std::size_t>(i)];
    if (piece.top > event->rect().bottom()) break;
    const bool continued = isContinued(static_cast<std::size_t>(i));
    const QRect area(0, piece.top, width(), piece.bottom(continued) - piece.top);
    if (piece.isCode) paintFrame(painter, piece, area, continued);
    if (piece.isQuote) paintQuoteBars(painter, piece);
    QAbstractTextDocumentLayout::PaintContext context;
    context.palette = palette();
    context.palette.setColor(QPalette::Text, colors.text);
    const auto paintBehind = [&](Position begin, Position end, const QColor& color) {
      if (begin == end || i < begin.piece || i > end.piece) return;
      QAbstractTextDocumentLayout::Selection selection;
      selection.cursor = rangeIn(i, begin, end);
      selection.format.setBackground(color);
      context.selections.append(selection);
    };
    paintBehind(m_markBegin, m_markEnd, colors.spoken);
    paintBehind(first, last, colors.selection);
    painter.save();
    painter.translate(piece.origin());
    context.clip = QRectF(event->rect()).translated(-piece.origin());
    piece.document->documentLayout()->draw(&painter, context);
    painter.restore();
  }
}

// The part of a piece that lies between two places.
QTextCursor MessageText::rangeIn(int piece, Position first, Position last) const {
  QTextDocument* document = m_pieces[static_cast<std::size_t>(piece)]->document.get();
  const int end = document->characterCount() - 1;
  QTextCursor range(document);
  range.setPosition(piece == first.piece ? std::min(first.offset, end) : 0);
  range.setPosition(piece == last.piece ? std::min(last.offset, end) : end, QTextCursor::KeepAnchor);
  return range;
}

void MessageText::mark(int firstLetter, int endLetter) {
  updateMarked();
  m_firstMarked = firstLetter;
  m_endMarked = endLetter;
  locateMark();
  updateMarked();
}

void MessageText::updateMarked() {
  if (m_markBegin != m_markEnd) update(markedArea());
}

void MessageText::locateMark() {
  m_markBegin = m_markEnd = {};
  if (m_endMarked <= m_firstMarked || m_pieces.empty()) return;
  m_markBegin = positionOfLetter(m_firstMarked, false);
  m_markEnd = positionOfLetter(m_endMarked - 1, true);
  // Code is marked as a whole, also while it is being written.
  if (m_pieces[static_cast<std::size_t>(m_markEnd.piece)]->isCode) m_markEnd.offset = std::numeric_limits<int>::max();
}

// In front of the letter with this number, or behind it and the mark that follows.
MessageText::Position MessageText::positionOfLetter(int letter, bool behind) const {
  for (int i = 0; i < pieceCount(); ++i) {
    const Piece& piece = *m_pieces[static_cast<std::size_t>(i)];
    if (piece.letters < 0) piece.letters = countLetters(piece.document->toRawText());
    if (letter >= piece.letters) {
      letter -= piece.letters;
      continue;
    }
    const QString text = piece.document->toRawText();
    int at = 0;
    for (; letter > 0 || !text[at].isLetterOrNumber(); ++at) letter -= text[at].isLetterOrNumber() ? 1 : 0;
    if (!behind) return {i, at};
    ++at;
    while (at < text.size() && !text[at].isLetterOrNumber() && !text[at].isSpace()) ++at;
    return {i, at};
  }
  return {std::max(pieceCount() - 1, 0), std::numeric_limits<int>::max()};
}

QString MessageText::markedText() const {
  QString text;
  for (int i = m_markBegin.piece; m_markBegin != m_markEnd && i <= std::min(m_markEnd.piece, pieceCount() - 1); ++i) {
    text += rangeIn(i, m_markBegin, m_markEnd).selection().toPlainText();
  }
  return text;
}

// The lines that the mark is in, over the whole width.
QRect MessageText::markedArea() {
  if (m_markBegin == m_markEnd || m_pieces.empty()) return {};
  arrange(width());
  const auto lineAt = [this](Position place) {
    const Piece& piece = *m_pieces[static_cast<std::size_t>(std::min(place.piece, pieceCount() - 1))];
    const int offset = std::clamp(place.offset, 0, piece.document->characterCount() - 1);
    const QTextBlock block = piece.document->findBlock(offset);
    const QRectF inDocument = piece.document->documentLayout()->blockBoundingRect(block);
    const QTextLine line = block.layout()->lineForTextPosition(offset - block.position());
    const QRectF area = line.isValid() ? line.rect().translated(inDocument.topLeft()) : inDocument;
    return area.translated(piece.origin()).toAlignedRect();
  };
  const QRect first = lineAt(m_markBegin), last = lineAt(m_markEnd);
  return QRect(0, first.top() - 2, width(), last.bottom() - first.top() + 5);
}

MessageText::Position MessageText::positionAt(QPoint point) const {
  Position position;
  for (int i = 0; i < pieceCount(); ++i) {
    const Piece& piece = *m_pieces[static_cast<std::size_t>(i)];
    if (i > 0 && point.y() < piece.top) break;
    position.piece = i;
    position.offset = piece.document->documentLayout()->hitTest(point - piece.origin(), Qt::FuzzyHit);
  }
  position.offset = std::max(position.offset, 0);
  return position;
}

QString MessageText::linkAt(QPoint point) const {
  for (const auto& piece : m_pieces) {
    if (point.y() < piece->top || point.y() >= piece->origin().y() + piece->height) continue;
    return piece->document->documentLayout()->anchorAt(point - piece->origin());
  }
  return {};
}

void MessageText::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton || m_pieces.empty()) return QWidget::mousePressEvent(event);
  m_pressedLink = linkAt(event->position().toPoint());
  m_cursor = positionAt(event->position().toPoint());
  if (!(event->modifiers() & Qt::ShiftModifier)) m_anchor = m_cursor;
  update();
}

void MessageText::mouseMoveEvent(QMouseEvent* event) {
  const QPoint point = event->position().toPoint();
  if (event->buttons() & Qt::LeftButton) {
    if (m_pieces.empty()) return;
    m_cursor = positionAt(point);
    update();
    return;
  }
  const QString link = linkAt(point);
  setCursor(link.isEmpty() ? Qt::IBeamCursor : Qt::PointingHandCursor);
  setToolTip(toolTipOf(link));  // the address is seen before anything opens
}

void MessageText::mouseReleaseEvent(QMouseEvent* event) {
  const QString link = linkAt(event->position().toPoint());
  if (event->button() == Qt::LeftButton && m_anchor == m_cursor && !link.isEmpty() && link == m_pressedLink) {
    offerLink(link, event->globalPosition().toPoint());
  }
  m_pressedLink.clear();
}

void MessageText::mouseDoubleClickEvent(QMouseEvent* event) {
  if (m_pieces.empty()) return;
  const Position position = positionAt(event->position().toPoint());
  QTextCursor word(m_pieces[static_cast<std::size_t>(position.piece)]->document.get());
  word.setPosition(position.offset);
  word.select(QTextCursor::WordUnderCursor);
  m_anchor = {position.piece, word.selectionStart()};
  m_cursor = {position.piece, word.selectionEnd()};
  update();
}

// A reply's links are the model's words: the whole address is shown, and only web and mail addresses open.
void MessageText::offerLink(const QString& address, QPoint global) {
  const QUrl url(address, QUrl::StrictMode);
  const QString scheme = url.scheme().toLower();
  const bool opens = scheme == "https"_L1 || scheme == "http"_L1 || scheme == "mailto"_L1;
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  QString shown = address;
  shown.replace(u'&', u"&&"_s);
  QAction* open = menu->addAction(opens ? tr("Open %1").arg(shown) : tr("Not opened: %1").arg(shown));
  open->setEnabled(opens);
  connect(open, &QAction::triggered, this, [url] { QDesktopServices::openUrl(url); });
  connect(menu->addAction(tr("Copy address")), &QAction::triggered, this,
          [address] { QGuiApplication::clipboard()->setText(address); });
  menu->popup(global);
}

void MessageText::contextMenuEvent(QContextMenuEvent* event) {
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  QAction* copy = menu->addAction(tr("Copy"), this, &MessageText::copySelection);
  copy->setShortcut(QKeySequence::Copy);
  copy->setEnabled(m_anchor != m_cursor);
  menu->addAction(tr("Copy message"), this, [this] { QGuiApplication::clipboard()->setText(m_source); });
  menu->addAction(tr("Select all"), this, &MessageText::selectAll)->setShortcut(QKeySequence::SelectAll);
  menu->popup(event->globalPos());
}

void MessageText::keyPressEvent(QKeyEvent* event) {
  if (event->matches(QKeySequence::Copy)) return copySelection();
  if (event->matches(QKeySequence::SelectAll)) return selectAll();
  QWidget::keyPressEvent(event);
}

void MessageText::focusOutEvent(QFocusEvent* event) {
  if (event->reason() != Qt::PopupFocusReason && event->reason() != Qt::ActiveWindowFocusReason) {
    m_anchor = m_cursor;
    update();
  }
  QWidget::focusOutEvent(event);
}

void MessageText::selectAll() {
  if (m_pieces.empty()) return;
  m_anchor = {};
  m_cursor = {pieceCount() - 1, m_pieces.back()->document->characterCount() - 1};
  update();
}

QString MessageText::selectedText() const {
  const auto [first, last] = std::minmax(m_anchor, m_cursor);
  QString text;
  for (int i = first.piece; first != last && i <= std::min(last.piece, pieceCount() - 1); ++i) {
    const Piece& piece = *m_pieces[static_cast<std::size_t>(i)];
    const QString part = rangeIn(i, first, last).selection().toPlainText();
    if (!text.isEmpty() && !part.isEmpty())
      text += !piece.continues ? u"\n\n"_s : piece.isCode || piece.isList ? u"\n"_s : QString();
    text += part;
  }
  return text;
}

void MessageText::copySelection() const {
  if (m_anchor != m_cursor) QGuiApplication::clipboard()->setText(selectedText());
}

}  // namespace xllm::ui
