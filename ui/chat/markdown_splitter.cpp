#include "ui/chat/markdown_splitter.h"

#include <algorithm>

namespace xllm::ui {

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

// Whether an item may follow a paragraph's line directly: "1986. A good year" is no list.
bool interruptsParagraph(QStringView line) {
  return isListItem(line) && (!line[0].isDigit() || line.startsWith(u"1.") || line.startsWith(u"1)"));
}

bool isHeading(QStringView line) {
  qsizetype n = 0;
  while (n < line.size() && line[n] == u'#') ++n;
  return n >= 1 && n <= 6 && (n == line.size() || line[n].isSpace());
}

}  // namespace

void MarkdownSplitter::append(QStringView text) {
  qsizetype searchFrom = m_tail.size();
  m_tail += text;
  for (;;) {
    const qsizetype newline = m_tail.indexOf(u'\n', std::max(searchFrom, m_scanned));
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
  if (!QStringView(m_tail).trimmed().isEmpty()) m_closed.append(m_tail);
  m_tail.clear();
  m_scanned = 0;
  m_piece = Piece::Empty;
  m_afterBlank = false;
  m_fence = {};
}

void MarkdownSplitter::scanLine(qsizetype start, qsizetype end) {
  const QString copy = m_tail.mid(start, end - start);  // a cut moves the text under a view
  const Indent indent = indentOf(copy);
  const QStringView line = QStringView(copy).mid(indent.chars);
  const int fence = indent.columns < 4 || m_piece == Piece::List ? fenceLength(line) : 0;

  if (!m_fence.isNull()) {
    if (fence >= m_fenceLength && line[0] == m_fence && line.mid(fence).trimmed().isEmpty()) {
      m_fence = {};
      if (m_piece == Piece::Fence) cutAt(end + 1);
    }
    return;
  }
  if (line.trimmed().isEmpty()) {
    m_afterBlank = m_piece != Piece::Empty;
    return;
  }
  const bool item = indent.columns < 4 && isListItem(line);
  const bool heading = indent.columns < 4 && isHeading(line);
  const bool opens = heading || fence > 0;
  bool continues = !m_afterBlank && !opens;
  if (m_piece == Piece::Paragraph) continues = continues && !(indent.columns < 4 && interruptsParagraph(line));
  if (m_piece == Piece::IndentedCode) continues = indent.columns >= 4;
  if (m_piece == Piece::List) continues = continues || item || indent.columns >= 2;
  if (m_piece != Piece::Empty && !continues) end -= cutAt(start);
  m_afterBlank = false;
  if (fence > 0) {
    m_fence = line[0];
    m_fenceLength = fence;
  }
  if (m_piece != Piece::Empty) return;
  m_piece = fence > 0             ? Piece::Fence
            : item                ? Piece::List
            : indent.columns >= 4 ? Piece::IndentedCode
                                  : Piece::Paragraph;
  if (heading) cutAt(end + 1);
}

qsizetype MarkdownSplitter::cutAt(qsizetype position) {
  const QString piece = m_tail.left(position);
  if (!QStringView(piece).trimmed().isEmpty()) m_closed.append(piece);
  m_tail.remove(0, position);
  m_piece = Piece::Empty;
  m_afterBlank = false;
  return position;
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
