#include "ui/chat/markdown_splitter.h"

#include <algorithm>

namespace xllm::ui {

bool isListItem(QStringView line) {
  if (line.isEmpty()) return false;
  qsizetype n = 0;
  if (line[0] == u'-' || line[0] == u'*' || line[0] == u'+') {
    n = 1;
  } else {
    while (n < line.size() && n < 9 && line[n] >= u'0' && line[n] <= u'9') ++n;
    if (n == 0 || n >= line.size() || (line[n] != u'.' && line[n] != u')')) return false;
    ++n;
  }
  return n == line.size() || line[n].isSpace();
}

namespace {

struct Indent {
  int columns = 0;
  qsizetype chars = 0;
};

Indent indentOf(QStringView line) {
  Indent indent;
  for (; indent.chars < line.size(); ++indent.chars) {
    if (line[indent.chars] == u' ') {
      ++indent.columns;
    } else if (line[indent.chars] == u'\t') {
      indent.columns += 4 - indent.columns % 4;
    } else {
      break;
    }
  }
  return indent;
}

int fenceLength(QStringView line) {
  if (line.isEmpty() || (line[0] != u'`' && line[0] != u'~')) return 0;
  qsizetype n = 1;
  while (n < line.size() && line[n] == line[0]) ++n;
  if (n < 3 || (line[0] == u'`' && line.mid(n).contains(u'`'))) return 0;  // else it is inline code
  return static_cast<int>(n);
}

// Whether an item may follow a paragraph's line directly: "1986. A good year" is no list.
bool interruptsParagraph(QStringView line) {
  return isListItem(line) && (!line[0].isDigit() || line.startsWith(u"1.") || line.startsWith(u"1)"));
}

// Whether a list that is cut before this item goes on with the right number.
bool keepsItsNumber(QStringView line) {
  return !line[0].isDigit() || !(line.startsWith(u"1.") || line.startsWith(u"1)"));
}

bool isTable(QStringView piece) { return piece.contains(u"\n|") || piece.contains(u" | "); }

// Words between marks are not torn: every mark that was opened is closed.
bool isBalanced(QStringView text) {
  const qsizetype strong = text.count(u"**");
  const auto closed = [](qsizetype marks) { return marks % 2 == 0; };
  return closed(strong) && closed(text.count(u'*') - 2 * strong) && closed(text.count(u'`')) &&
         closed(text.count(u'$')) && closed(text.count(u"~~")) && text.count(u'[') == text.count(u']') &&
         text.count(u"](") <= text.count(u')');
}

bool isHeading(QStringView line) {
  qsizetype n = 0;
  while (n < line.size() && line[n] == u'#') ++n;
  return n >= 1 && n <= 6 && (n == line.size() || line[n].isSpace());
}

// Nothing but a paragraph goes on with these words.
bool opensBlock(QStringView words) {
  return words.isEmpty() || words[0].isSpace() || QStringView(u"#>`~|+-*=_").contains(words[0]) || isListItem(words);
}

bool isWide(QChar letter) { return letter.unicode() > 0x2e80; }

constexpr qsizetype kAhead = 12;  // letters that tell what a line is

}  // namespace

struct MarkdownSplitter::Line {
  explicit Line(QStringView whole) : indent(indentOf(whole)), text(whole.mid(indent.chars)), fence(fenceLength(text)) {}
  bool isItem() const { return indent.columns < 4 && isListItem(text); }

  Indent indent;
  QStringView text;  // without its indent
  int fence;         // its length; 0: none
};

void MarkdownSplitter::append(QStringView text) {
  qsizetype searchFrom = m_tail.size();
  m_tail += text;
  for (;;) {
    const qsizetype newline = m_tail.indexOf(u'\n', std::max(searchFrom, m_scanned));
    if (cutLongLine(newline < 0 ? m_tail.size() : newline)) {
      searchFrom = 0;
      continue;
    }
    if (newline < 0) return;
    const qsizetype before = m_tail.size();
    scanLine(m_scanned, newline);
    const qsizetype cut = before - m_tail.size();
    m_scanned = newline + 1 - cut;
    searchFrom = m_scanned;
  }
}

void MarkdownSplitter::finish() {
  if (m_scanned < m_tail.size()) scanLine(m_scanned, m_tail.size());
  if (!QStringView(m_tail).trimmed().isEmpty()) m_closed.append({m_tail, m_continues});
  m_tail.clear();
  m_continues = false;
  m_scanned = 0;
  m_piece = Piece::Empty;
  m_afterBlank = false;
  m_fence = {};
}

void MarkdownSplitter::scanLine(qsizetype start, qsizetype end) {
  const QString copy = m_tail.mid(start, end - start);  // a cut moves the text under a view
  const Line parts(copy);
  const QStringView line = parts.text;
  const int fence = parts.indent.columns < 4 || m_piece == Piece::List ? parts.fence : 0;

  if (!m_fence.isNull()) {
    if (fence >= m_fenceLength && line[0] == m_fence && line.mid(fence).trimmed().isEmpty()) {
      m_fence = {};
      if (m_piece == Piece::Fence) cutAt(end + 1);
    } else if (m_piece == Piece::Fence && end + 1 > kLong) {
      cutWithin(end + 1);
    }
    return;
  }
  if (line.trimmed().isEmpty()) {
    m_afterBlank = m_piece != Piece::Empty;
    return;
  }
  if (m_piece != Piece::Empty && !continuesPiece(parts)) {
    end -= cutAt(start);
  } else if (start > kLong && mayCutBefore(parts)) {
    end -= cutWithin(start);
  }
  m_afterBlank = false;
  if (fence > 0) {
    m_fence = line[0];
    m_fenceLength = fence;
    m_opening = copy;
  }
  if (m_piece != Piece::Empty) return;
  m_piece = fence > 0                   ? Piece::Fence
            : parts.isItem()            ? Piece::List
            : parts.indent.columns >= 4 ? Piece::IndentedCode
                                        : Piece::Paragraph;
  m_listIndent = parts.indent.columns;
  if (parts.indent.columns < 4 && isHeading(line)) cutAt(end + 1);
}

bool MarkdownSplitter::continuesPiece(const Line& line) const {
  const int columns = line.indent.columns;
  const bool opens =
      (columns < 4 && isHeading(line.text)) || (line.fence > 0 && (columns < 4 || m_piece == Piece::List));
  const bool continues = !m_afterBlank && !opens;
  switch (m_piece) {
    case Piece::Paragraph: return continues && !(columns < 4 && interruptsParagraph(line.text));
    case Piece::IndentedCode: return columns >= 4;
    case Piece::List: return continues || line.isItem() || columns >= 2;
    default: return continues;
  }
}

qsizetype MarkdownSplitter::cutAt(qsizetype position) {
  const QString piece = m_tail.left(position);
  if (!QStringView(piece).trimmed().isEmpty()) {
    m_closed.append({piece, m_continues});
    m_continues = false;
  }
  m_tail.remove(0, position);
  m_piece = Piece::Empty;
  m_afterBlank = false;
  return position;
}

// The block goes on in the next piece.
qsizetype MarkdownSplitter::cutWithin(qsizetype position) {
  const Piece piece = m_piece;
  qsizetype cut = cutAt(position);
  m_continues = true;
  if (piece != Piece::Fence) return cut;
  m_closed.last().text += QString(m_fenceLength, m_fence);
  m_tail.prepend(m_opening + u'\n');
  m_piece = Piece::Fence;
  return cut - m_opening.size() - 1;
}

bool MarkdownSplitter::mayCutBefore(const Line& line) const {
  if (m_piece == Piece::List) {
    return line.indent.columns == m_listIndent && line.isItem() && keepsItsNumber(line.text);
  }
  if (m_piece != Piece::Paragraph) return false;
  const QStringView piece = QStringView(m_tail).left(m_scanned);
  if (line.text.startsWith(u'>')) return piece.count(u"```") % 2 == 0;
  return !isTable(piece) && isBalanced(piece);
}

// A paragraph that is written without a break is cut between two sentences, or, when it has none, between two words.
// The same places are found however the text arrives.
bool MarkdownSplitter::cutLongLine(qsizetype end) {
  if (!m_fence.isNull() || end - m_scanned < 2 * kAhead || end < kLong) return false;
  const Line line(QStringView(m_tail).mid(m_scanned, end - m_scanned));
  if (line.text.isEmpty() || line.fence > 0 || line.text[0] == u'`' || line.text[0] == u'>') return false;
  if (m_piece != Piece::Empty && !continuesPiece(line)) {
    cutAt(m_scanned);
    m_scanned = 0;
    return true;
  }
  const bool plain = line.indent.columns < 4 && !line.isItem() && !isHeading(line.text);
  if (m_piece != Piece::Paragraph && !(m_piece == Piece::Empty && plain)) return false;
  const QStringView piece = QStringView(m_tail).left(end);
  if (isTable(piece)) return false;
  for (qsizetype at = std::max(m_scanned, kLong); at + 1 + kAhead < end; ++at) {
    const qsizetype next = piece[at + 1] == u' ' ? at + 2 : at + 1;
    const bool words = piece[at + 1] == u' ' || (isWide(piece[at]) && isWide(piece[at + 1]));
    const bool sentence = QStringView(u"。！？").contains(piece[at]) ||
                          (piece[at + 1] == u' ' && QStringView(u".!?").contains(piece[at]));
    if (opensBlock(piece.mid(next))) continue;
    if (!(words && at > 2 * kLong) && !(sentence && isBalanced(piece.left(next)))) continue;
    m_piece = Piece::Paragraph;
    cutWithin(next);
    m_scanned = 0;
    return true;
  }
  return false;
}

std::optional<CodePiece> asCode(const QString& piece) {
  qsizetype start = 0;  // blank lines may stand before the fence
  while (start < piece.size() && piece[start] == u'\n') ++start;
  const QStringView text = QStringView(piece).mid(start);
  const qsizetype firstEnd = text.indexOf(u'\n');
  const QStringView first = firstEnd < 0 ? text : text.left(firstEnd);
  const Indent indent = indentOf(first);
  const int length = indent.columns < 4 ? fenceLength(first.mid(indent.chars)) : 0;
  if (length == 0) return std::nullopt;
  CodePiece code;
  code.language = first.mid(indent.chars + length).trimmed().toString().section(u' ', 0, 0);
  if (firstEnd < 0) return code;
  QStringView body = text.mid(firstEnd + 1);
  while (body.endsWith(u'\n')) body.chop(1);
  const qsizetype lastStart = body.lastIndexOf(u'\n') + 1;
  const QStringView last = body.mid(lastStart).trimmed();
  const QChar mark = first[indent.chars];
  if (last.size() >= length && std::all_of(last.begin(), last.end(), [mark](QChar c) { return c == mark; })) {
    body = body.left(std::max<qsizetype>(lastStart - 1, 0));
  }
  code.code = body.toString();
  return code;
}

}  // namespace xllm::ui
