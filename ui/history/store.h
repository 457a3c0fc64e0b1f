// Keeps conversations: what the window says happens is on disk a moment later, in that order, and nothing here waits
// for it. Lives on the GUI thread; its database lives on a thread of its own (store_worker.h says why). Leaves what a
// conversation is to ui/chat.
#pragma once

#include <QObject>
#include <QPointer>
#include <QSet>
#include <QThread>
#include <QThreadPool>
#include <functional>

#include "ui/history/media_vault.h"
#include "ui/history/records.h"
#include "ui/history/run_mark.h"

class QTimer;

namespace xllm::ui {

class Database;
class StoreWorker;

class Store final : public QObject {
  Q_OBJECT

 public:
  template <typename T>
  using Answer = std::function<void(const Result<T>&)>;

  // `folder` is made when it is missing. Whatever is wrong with it arrives as problem(), and the program goes on.
  explicit Store(const QString& folder, QObject* parent = nullptr);
  ~Store() override;  // everything is written

  bool afterCrash() const { return m_mark.afterCrash(); }
  int crashesInARow() const { return m_mark.crashesInARow(); }
  QString folder() const { return m_folder; }
  const MediaVault& vault() const { return m_vault; }

  // Whatever is said below of this conversation, and of its messages, is not written.
  void setTemporary(ConversationId id) { m_temporary.insert(id); }
  bool isTemporary(ConversationId id) const { return m_temporary.contains(id); }
  void setLasting(ConversationId id);  // of a temporary one: what is said from now on is written

  // Written in this order.
  void addConversation(const ConversationRecord& conversation);
  // `media`: one per attachment, copied into the vault meanwhile; an empty one is there already. What a message's title
  // comes from: database.h.
  void addMessage(ConversationId id, const MessageRecord& message, const QList<MediaSource>& media = {});
  void appendText(MessageId id, const QString& text);  // on disk within 50 ms
  void setState(MessageId id, MessageState state, const ReplyFigures& figures = {},
                const std::optional<Error>& error = {});
  // What is said or seen in an attachment; search finds it from then on.
  void setTranscript(MessageId id, int place, const QString& transcript);
  void setCaption(MessageId id, int place, const QString& caption);
  void choose(ConversationId id, MessageId parent, MessageId child);
  void removeMessage(ConversationId id, MessageId message);
  void rename(ConversationId id, const QString& title);
  void setPinned(ConversationId id, bool pinned);
  void setTrashed(ConversationId id, bool trashed);
  void setOpened(ConversationId id);
  void remove(ConversationId id);  // for good
  void emptyTrash();
  void keepDraft(ConversationId id, const Draft& draft);  // 0: of the next new one; an empty one goes
  // A medium of no message yet, into the vault; answered with its SHA-256. A draft that names it keeps it there.
  void keepMedium(const MediaSource& source, QObject* receiver, Answer<QString> answer);
  void forgetMedium(const QString& sha256);  // at once, unless a message or a draft has it
  // All conversations with their media, copies and what was damaged; of those that other programs write, too.
  void removeEverything(QObject* receiver, Answer<void> answer);
  // Everything of a conversation at once, as imported.
  void addContent(const ConversationContent& content);

  // Answered on the GUI thread, with everything in it that was written before; never when `receiver` is gone.
  void load(ConversationId id, QObject* receiver, Answer<ConversationContent> answer);
  void find(const ConversationQuery& query, QObject* receiver, Answer<QList<ConversationSummary>> answer);
  void loadDraft(ConversationId id, QObject* receiver, Answer<Draft> answer);
  void latestOpened(QObject* receiver, Answer<ConversationId> answer);

 Q_SIGNALS:
  void changed();  // what find() answers; at most about ten times a second
  void mediumKept(xllm::ui::MessageId message, int place, const QString& sha256);
  // Its file could not be read any more; what had been read of it was kept in its place.
  void mediumReplaced(const QString& file);
  // Once until recovered(). DiskFull: cannot be opened or written just now, and what was not is tried again.
  // CorruptFile: the file was damaged and put aside. NotFound, BadInput: a medium could not be kept. Else: the file is
  // left alone, and nothing is kept in this run.
  void problem(const xllm::Error& error);
  void recovered();

 private:
  using Work = std::function<Result<void>(Database&)>;
  void write(Work work);
  void writeOfConversation(ConversationId id, Work work);
  void writeOfMessage(MessageId id, Work work);
  template <typename T>
  void ask(QObject* receiver, std::function<Result<T>(const Database&)> question, Answer<T> answer);
  void keepMedium(MessageId id, int place, const MediaSource& source);
  Result<QString> keepEncoded(const MediaSource& source) const;

  QString m_folder;
  RunMark m_mark;
  MediaVault m_vault;
  QSet<ConversationId> m_temporary;
  QSet<MessageId> m_unwritten;  // messages of those
  QTimer* m_changed;            // gathers
  QThread m_thread;
  StoreWorker* m_worker;  // lives on m_thread
  QThreadPool m_media;    // last: its work ends first. Beside the worker, so that no text waits for a clip
};

}  // namespace xllm::ui
