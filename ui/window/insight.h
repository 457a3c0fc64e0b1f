// Brings what the model makes of pictures and sounds to where it belongs: tokens onto the draft's chips, transcripts
// and captions into the history and under the messages, everything into the viewer. Asks only while no answer runs
// (ui/models/examiner.h). GUI thread only.
#pragma once

#include <QHash>
#include <QObject>
#include <QSet>

#include "ui/chat/conversation.h"
#include "ui/models/examiner.h"

namespace xllm::ui {

class Composer;
class MediaViewer;
class Playback;

class Insight final : public QObject {
  Q_OBJECT

 public:
  struct Parts {  // all outlive this
    EngineBridge& bridge;
    PackState& pack;
    Conversation& conversation;
    Composer& composer;
    Store& store;
    const MediaReader& reader;
  };
  Insight(const Parts& parts, QWidget* window);

  void open(const Attachment& attachment);          // in the viewer
  void setPlayback(Playback* playback);             // of the viewer; outlives this
  MediaViewer* viewer() const { return m_viewer; }  // nullptr: nothing was opened yet

 private:
  // What an examination is for.
  struct ForChip {
    quint64 chip = 0;
  };
  struct ForViewer {};
  struct ForMessage {
    MessageId message = 0;
    int place = 0;
  };
  using Purpose = std::variant<ForChip, ForViewer, ForMessage>;

  void examineChip(quint64 chip, const Attachment& attachment);
  void forgetChip(quint64 chip);
  void examineViewed();
  void askForWords(int replyRow);
  void onPackChanged();
  void onBusyChanged(bool busy);
  void onExamined(quint64 id, const generation::Examination& made);
  void onFailed(quint64 id, const Error& error);
  void onRead(const Attachment& attachment);

  Parts m_parts;
  QWidget* m_window;
  QHash<quint64, Purpose> m_asked;  // by the examiner's number
  QSet<std::pair<MessageId, int>> m_wordsAsked;
  MediaViewer* m_viewer = nullptr;  // the window's
  Playback* m_playback = nullptr;
  quint64 m_reading = 0;  // what the viewer waits for; 0: nothing
  PackState::Phase m_phase;
  Examiner m_examiner;
  AttachmentLoader m_loader;  // last: it answers into everything above
};

}  // namespace xllm::ui
