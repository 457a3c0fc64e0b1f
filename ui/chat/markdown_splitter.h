// Cuts a growing Markdown text into top-level pieces that will not change any more and one open tail, so that a
// streamed reply is parsed and laid out once per piece. Leaves parsing the pieces to markdown_document.
#pragma once

#include <QString>
#include <QStringList>
#include <optional>

namespace xllm::ui {

class MarkdownSplitter {
 public:
  // Costs the length of `text`, however long the whole already is.
  void append(QStringView text);
  // Nothing more will come: the tail becomes the last closed piece.
  void finish();

  const QStringList& closed() const { return m_closed; }
  const QString& tail() const { return m_tail; }

 private:
  enum class Piece { Empty, Paragraph, List, IndentedCode, Fence };

  void scanLine(qsizetype start, qsizetype end);
  qsizetype cutAt(qsizetype position);  // returns by how much the tail became shorter

  QStringList m_closed;
  QString m_tail;
  qsizetype m_scanned = 0;  // start of the first line in m_tail that is not complete
  Piece m_piece = Piece::Empty;
  bool m_afterBlank = false;
  QChar m_fence;  // null outside of a fence
  int m_fenceLength = 0;
};

struct CodePiece {
  QString language;  // as written behind the fence; may be empty
  QString code;      // without the fences
};

// A piece that is one fenced code block, closed or still open.
std::optional<CodePiece> asCode(const QString& piece);

}  // namespace xllm::ui
