// Cuts a growing Markdown text into pieces that will not change any more and one open tail, so that a streamed reply is
// parsed and laid out once per piece. A piece is a top-level block; of a very long list, code block, quote or paragraph
// it is a part, so that the tail stays short. (Tables stay whole.) Leaves parsing the pieces to markdown_document.
#pragma once

#include <QList>
#include <QString>
#include <optional>

namespace xllm::ui {

class MarkdownSplitter {
 public:
  // Costs the length of `text`, however long the whole already is.
  void append(QStringView text);
  // Nothing more will come: the tail becomes the last closed piece.
  void finish();

  struct Cut {
    QString text;            // Markdown that stands for itself: parts of code have fences of their own
    bool continues = false;  // the block of the piece above
  };
  const QList<Cut>& closed() const { return m_closed; }
  const QString& tail() const { return m_tail; }
  bool tailContinues() const { return m_continues; }

  static constexpr qsizetype kLong = 2000;  // letters, from which on a block is cut where it can be

 private:
  enum class Piece { Empty, Paragraph, List, IndentedCode, Fence };

  struct Line;
  void scanLine(qsizetype start, qsizetype end);
  bool continuesPiece(const Line& line) const;
  qsizetype cutAt(qsizetype position);  // returns by how much the tail became shorter
  qsizetype cutWithin(qsizetype position);
  bool mayCutBefore(const Line& line) const;
  bool cutLongLine(qsizetype end);  // the line that begins at m_scanned

  QList<Cut> m_closed;
  QString m_tail;
  bool m_continues = false;  // m_tail
  qsizetype m_scanned = 0;   // start of the first line in m_tail that is not complete
  Piece m_piece = Piece::Empty;
  int m_listIndent = 0;  // of the first item
  QString m_opening;     // the line that opened the fence
  bool m_afterBlank = false;
  QChar m_fence;  // null outside of a fence
  int m_fenceLength = 0;
};

// Whether a line begins an item of a list.
bool isListItem(QStringView line);

struct CodePiece {
  QString language;  // as written behind the fence; may be empty
  QString code;      // without the fences
};

// A piece that is one fenced code block, closed or still open.
std::optional<CodePiece> asCode(const QString& piece);

}  // namespace xllm::ui
