// Shows one message's text: laid out piece by piece, selectable as a whole, with frames and copy buttons around code.
// Knows neither speaker nor state. Its height follows its width; whoever places it asks heightFor().
#pragma once

#include <QWidget>
#include <memory>
#include <optional>
#include <vector>

#include "ui/chat/markdown_splitter.h"

class QTextCursor;
class QTextDocument;
class QToolButton;

namespace xllm::ui {

class MessageText final : public QWidget {
  Q_OBJECT

 public:
  enum class Format { Plain = 1, Markdown };

  explicit MessageText(Format format, QWidget* parent = nullptr);
  ~MessageText() override;

  void append(const QString& text);  // costs the new text and the last open piece, not the whole
  void finish();                     // nothing more will come
  const QString& source() const { return m_source; }

  int heightFor(int width);
  int naturalWidth(int maximum);  // the widest line; for bubbles that hug their text
  // Marks what is being read aloud: letters and digits of all that is seen, counted from the beginning. Nothing is laid
  // out for it. An empty range: no mark.
  void mark(int firstLetter, int endLetter);
  QRect markedArea();  // of the widget; empty: nothing is marked
  QString markedText() const;
  QString selectedText() const;
  bool hasSelection() const { return m_anchor != m_cursor; }
  int pieceCount() const { return static_cast<int>(m_pieces.size()); }
  // How often a piece was parsed and laid out anew; a test guards that closed ones are not.
  int layoutCount() const { return m_layoutCount; }

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;

 private:
  struct Piece;
  struct Position {
    int piece = 0;
    int offset = 0;
    auto operator<=>(const Position&) const = default;
  };

  void setPiece(Piece& piece, const QString& source);
  void highlight(Piece& piece);
  void frameCode(Piece& piece, const QString& language);
  void settleButtons();
  void makeButton(Piece& piece);
  void placeButton(const Piece& piece, int width) const;
  QString codeFrom(const Piece& first) const;
  bool isContinued(std::size_t piece) const;
  void paintFrame(QPainter& painter, const Piece& piece, const QRect& area, bool continued) const;
  void paintQuoteBars(QPainter& painter, const Piece& piece) const;
  void rebuild();
  void changedFrom(std::size_t piece);
  void arrange(int width);
  void locateMark();
  Position positionOfLetter(int letter, bool behind) const;
  QTextCursor rangeIn(int piece, Position first, Position last) const;
  void updateMarked();
  Position positionAt(QPoint point) const;
  QString linkAt(QPoint point) const;
  void offerLink(const QString& address, QPoint global);
  void selectAll();
  void copySelection() const;

  Format m_format;
  QString m_source;
  MarkdownSplitter m_splitter;
  std::vector<std::unique_ptr<Piece>> m_pieces;  // the closed ones, then the open tail if there is one
  std::vector<Piece*> m_withButton;              // may hold some that are gone
  bool m_settlesSoon = false;
  int m_closedShown = 0;
  int m_arrangedWidth = -1;
  std::size_t m_arranged = 0;  // so many pieces stand where they belong
  int m_height = 0;
  std::optional<int> m_changedTop;  // from there on it must be painted
  int m_layoutCount = 0;
  Position m_anchor, m_cursor;
  int m_firstMarked = 0, m_endMarked = 0;  // letters
  Position m_markBegin, m_markEnd;         // where these are
  QString m_pressedLink;
};

}  // namespace xllm::ui
