// What is kept of conversations, as plain values: what the store writes, reads and answers. No pixels, no samples:
// media are files of the media vault, named here by their SHA-256.
#pragma once

#include <QByteArray>
#include <QImage>
#include <QList>
#include <QMetaType>
#include <QSize>
#include <QString>
#include <QStringList>
#include <functional>
#include <optional>

#include "core/base/result.h"
#include "ui/bridge/clip_choice.h"
#include "ui/bridge/media_kind.h"

namespace xllm::ui {

// Made by newId(), never by the database: a message has its id before anything is written. 0: none.
using ConversationId = qint64;
using MessageId = qint64;

// Unique among all programs that share a folder, and growing with time.
qint64 newId();

// The numbers of these two are on people's disks: add, never change.
enum class Speaker { Person = 1, Model = 2 };
enum class MessageState {
  Done = 1,
  WaitingForPack = 2,  // a reply whose question is held until the pack is loaded
  Pending = 3,         // the engine has it; no text yet
  Streaming = 4,
  Stopped = 5,      // by the person; its text stays
  Failed = 6,       // `error` says why
  Interrupted = 7,  // the program ended meanwhile; its text stays
};

// Something may still be written into it.
bool isUnfinished(MessageState state);

// How a reply went.
struct ReplyFigures {
  double firstTextSeconds = 0;  // from sending to the first text
  double tokensPerSecond = 0;   // from the first token on; 0: too short to say
  qint64 tokens = 0;
  bool cutShort = false;  // it ended at a limit, not by itself
};

struct AttachmentRecord {
  MediaKind kind = MediaKind::Picture;
  QString name = {};        // the file's, or what it is called in the window
  QString sha256 = {};      // hexadecimal; empty: the vault does not have it (yet)
  QSize pixels = {};        // of pictures and clips
  double seconds = 0;       // of sounds and clips
  QString transcript = {};  // what is said in it, where that is known
  QString caption = {};     // what is seen in it, where that is known
  ClipChoice choice = {};   // of clips: what of it went to the model
  bool hasSound = false;    // of clips; also of a recording whose words were corrected, `choice` is without sound then
};

// Which small picture is kept of it: of a clip one for every choice, else one alone.
QString thumbnailVariant(MediaKind kind, const ClipChoice& choice);

struct MessageRecord {
  MessageId id = 0;
  MessageId parent = 0;  // the message it answers or follows; 0: it opens the conversation
  MessageId chosen = 0;  // of the messages that follow it, the one on the path that is shown; 0: none follows
  Speaker speaker = Speaker::Person;
  MessageState state = MessageState::Done;
  qint64 createdMs = 0;  // since 1970, UTC, as all times here
  QString text = {};
  QList<AttachmentRecord> attachments = {};
  std::optional<Error> error = {};
  ReplyFigures figures = {};
};

struct ConversationRecord {
  ConversationId id = 0;
  QString title = {};
  bool named = false;    // by the person: the title is not made from the first message any more
  MessageId chosen = 0;  // of the messages that open it
  qint64 createdMs = 0, changedMs = 0;
  bool pinned = false;
};

// A whole conversation with all its branches; parents stand before what follows them.
struct ConversationContent {
  ConversationRecord conversation = {};
  QList<MessageRecord> messages = {};
};

// What the list of conversations shows of one.
struct ConversationSummary {
  ConversationRecord conversation = {};
  bool inTrash = false;
  bool hasPictures = false, hasClips = false, hasVoice = false;
  QString excerpt = {};  // around what was searched for; empty: nothing was, or the title has it
};

// Which conversations: those that hold all the words (in one message, its transcripts, captions and file names, or in
// the title) and all the kinds. Pinned ones first, then the newest.
struct ConversationQuery {
  QString words = {};
  bool withPictures = false, withClips = false, withVoice = false;
  bool inTrash = false;
};

// What was typed but not sent.
struct Draft {
  QString text = {};
  QStringList files = {};  // that were attached
  // What was said and has no file of the person's, with its words as they stand.
  QList<AttachmentRecord> recordings = {};
};

// A medium on its way into the vault: a file of the person's, or its bytes where there is none.
struct MediaSource {
  QString file = {};
  QByteArray bytes = {};  // when `file` is empty
  QImage thumbnail = {};  // kept beside it; may be null
  // On a worker: bytes of what was read of it, for when there are neither or the file is gone; may be none.
  std::function<QByteArray()> encode = {};
  QString variant = {};  // of the thumbnail: thumbnailVariant()
};

}  // namespace xllm::ui
