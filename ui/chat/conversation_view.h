// The conversation as a readable column. Follows the newest text only while the reader is at the end. Messages are
// placed by hand, so that a growing reply moves and lays out nothing but itself; those far from what is seen have an
// estimated height and no widget.
#pragma once

#include <QScrollArea>
#include <memory>
#include <vector>

#include "ui/bridge/attachment.h"

class QToolButton;

namespace xllm::ui {

class ContextLine;
class Conversation;
class MessageWidget;
class Playback;

class ConversationView final : public QScrollArea {
  Q_OBJECT

 public:
  static constexpr int kColumnWidth = 760;

  explicit ConversationView(Conversation& conversation, QWidget* parent = nullptr);

  bool isFollowing() const { return m_following; }
  void jumpToLatest();
  void setPlayback(Playback& playback);  // outlives this; without it sounds are not played
  void setFirstSeen(int row);  // where the model begins to read: marked by a line; 0: at the beginning, no line
  const ContextLine& contextLine() const { return *m_line; }
  // What is being read aloud, as MessageText::mark() counts; row -1: nothing. Whoever follows the newest text, or had
  // the mark before in sight, keeps it in sight.
  void mark(int row, int firstLetter, int endLetter);
  void setMayBeReadAloud(bool may);  // answers have a button for it
  void setReadAloud(int row);        // its button says "stop"; -1: none
  MessageWidget* widgetAt(int row);  // made when it is not there
  int widgetCount() const;

 Q_SIGNALS:
  void attachmentOpened(const xllm::ui::Attachment& attachment);
  void readAloudRequested(int row);  // or that it stops

 protected:
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  struct Row {
    MessageWidget* widget = nullptr;
    int top = 0;
    int height = 0;  // measured, or estimated for `width`
    int width = -1;
  };

  void reset();
  void insertRows(int first, int last);
  void removeRows(int first, int last);
  void updateRow(int row);
  void makeWidget(int row);
  void dropFarWidgets(int top, int bottom);
  void place(int fromRow);  // this row and all below
  void markLast();
  int estimate(int row, int width) const;
  int rowAt(int y) const;
  void settle();  // makes what is seen real, without moving it
  int columnWidth() const;
  void onScrolled();
  int endSeen() const;       // where the bar stands when the newest text is followed
  QRect markedArea() const;  // of the column; empty: nothing is marked, or it is far away
  bool isInSight(const QRect& area) const;
  void onRangeChanged();
  void placeJumpButton();
  void placeLine();
  void retranslate();
  int rowOf(const MessageWidget* widget) const;

  Conversation& m_conversation;
  QWidget* m_column;
  QToolButton* m_jump;
  ContextLine* m_line;
  Playback* m_playback = nullptr;
  int m_firstSeen = 0;
  std::vector<Row> m_rows;
  bool m_following = true;
  struct Mark {
    int row = -1;
    int firstLetter = 0, endLetter = 0;
  };
  Mark m_mark;
  bool m_markWasInSight = true;  // the one before
  bool m_followsMark = true;     // where it and the newest text are too far from each other
  int m_readAloud = -1;          // row
  bool m_mayBeReadAloud = false;
  bool m_settling = false;
};

}  // namespace xllm::ui
