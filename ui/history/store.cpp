#include "ui/history/store.h"

#include <QTimer>
#include <new>
#include <utility>

#include "ui/history/database.h"
#include "ui/history/store_worker.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kChangedMs = 100;
constexpr int kGoodRunMs = 5 * 60 * 1000;  // a run that lasts this long is none of a row of crashes

}  // namespace

Store::Store(const QString& folder, QObject* parent)
    : QObject(parent),
      m_folder(folder),
      m_mark(folder),
      m_vault(folder + u"/media"_s),
      m_changed(new QTimer(this)),
      m_worker(new StoreWorker(folder, {m_mark.session(), m_mark.alive(), m_mark.afterCrash()})) {
  m_changed->setSingleShot(true);
  m_changed->setInterval(kChangedMs);
  connect(m_changed, &QTimer::timeout, this, &Store::changed);
  QTimer::singleShot(kGoodRunMs, this, [this] { m_mark.wentWell(); });
  m_media.setMaxThreadCount(1);
  m_worker->moveToThread(&m_thread);
  connect(m_worker, &StoreWorker::changed, this, [this] {
    if (!m_changed->isActive()) m_changed->start();
  });
  connect(m_worker, &StoreWorker::problem, this, &Store::problem);
  connect(m_worker, &StoreWorker::recovered, this, &Store::recovered);
  m_thread.setObjectName(u"conversations"_s);
  m_thread.start();
  QMetaObject::invokeMethod(m_worker, &StoreWorker::open, Qt::QueuedConnection);
}

Store::~Store() {
  m_media.waitForDone();
  QMetaObject::invokeMethod(
      m_worker,
      [this] {
        m_worker->close();
        m_thread.quit();
      },
      Qt::QueuedConnection);
  m_thread.wait();
  delete m_worker;
}

void Store::write(Work work) {
  QMetaObject::invokeMethod(
      m_worker,
      [worker = m_worker, work = std::move(work)]() mutable { worker->write(Survives::PowerLoss, std::move(work)); },
      Qt::QueuedConnection);
}

template <typename T>
void Store::ask(QObject* receiver, std::function<Result<T>(const Database&)> question, Answer<T> answer) {
  QMetaObject::invokeMethod(
      m_worker,
      [this, worker = m_worker, receiver = QPointer<QObject>(receiver), question = std::move(question),
       answer = std::move(answer)] {
        Result<T> found = worker->database().and_then([&](Database* database) { return question(*database); });
        if (!found && found.error().code == ErrorCode::CorruptFile) worker->onDamage(found.error());
        QMetaObject::invokeMethod(
            this,
            [receiver, answer, found = std::move(found)] {
              if (receiver) answer(found);
            },
            Qt::QueuedConnection);
      },
      Qt::QueuedConnection);
}

void Store::setLasting(ConversationId id) {
  m_temporary.remove(id);
  m_unwritten.clear();  // of others nobody says anything any more
}

void Store::writeOfConversation(ConversationId id, Work work) {
  if (!m_temporary.contains(id)) write(std::move(work));
}

void Store::writeOfMessage(MessageId id, Work work) {
  if (!m_unwritten.contains(id)) write(std::move(work));
}

void Store::addConversation(const ConversationRecord& conversation) {
  writeOfConversation(conversation.id,
                      [conversation](Database& database) { return database.addConversation(conversation); });
}

void Store::addMessage(ConversationId id, const MessageRecord& message, const QList<MediaSource>& media) {
  if (isTemporary(id)) {
    m_unwritten.insert(message.id);
    return;
  }
  write([id, message](Database& database) { return database.addMessage(id, message); });
  for (int place = 0; place < media.size(); ++place) {
    const MediaSource& source = media[place];
    if (!source.file.isEmpty() || !source.bytes.isEmpty() || source.encode) keepMedium(message.id, place, source);
  }
}

Result<QString> Store::keepEncoded(const MediaSource& source) const {
  try {
    return m_vault.keep({.bytes = source.encode(), .thumbnail = source.thumbnail});
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::OutOfMemory, "There is not enough memory to keep an attachment.");
  }
}

// The message is there at once; its media follow.
void Store::keepMedium(MessageId id, int place, const MediaSource& source) {
  m_media.start([this, id, place, source] {
    auto sha256 = source.file.isEmpty() && source.bytes.isEmpty() ? keepEncoded(source) : m_vault.keep(source);
    if (!sha256 && sha256.error().code == ErrorCode::NotFound && source.encode) {
      sha256 = keepEncoded(source);
      if (sha256) {
        QMetaObject::invokeMethod(
            this, [this, file = source.file] { Q_EMIT mediumReplaced(file); }, Qt::QueuedConnection);
      }
    }
    if (sha256) {
      write([id, place, name = *sha256](Database& d) { return d.setMedium(id, place, name); });
      QMetaObject::invokeMethod(
          this, [this, id, place, name = *sha256] { Q_EMIT mediumKept(id, place, name); }, Qt::QueuedConnection);
      return;
    }
    QMetaObject::invokeMethod(
        this, [this, error = sha256.error()] { Q_EMIT problem(error); }, Qt::QueuedConnection);
  });
}

void Store::keepMedium(const MediaSource& source, QObject* receiver, Answer<QString> answer) {
  m_media.start([this, source, receiver = QPointer<QObject>(receiver), answer = std::move(answer)] {
    auto sha256 = source.file.isEmpty() && source.bytes.isEmpty() ? keepEncoded(source) : m_vault.keep(source);
    QMetaObject::invokeMethod(
        this,
        [receiver, answer, sha256 = std::move(sha256)] {
          if (receiver) answer(sha256);
        },
        Qt::QueuedConnection);
  });
}

void Store::forgetMedium(const QString& sha256) {
  QMetaObject::invokeMethod(
      m_worker, [worker = m_worker, sha256] { worker->forgetMedium(sha256); }, Qt::QueuedConnection);
}

void Store::appendText(MessageId id, const QString& text) {
  if (m_unwritten.contains(id)) return;
  QMetaObject::invokeMethod(
      m_worker, [worker = m_worker, id, text] { worker->appendText(id, text); }, Qt::QueuedConnection);
}

void Store::setState(MessageId id, MessageState state, const ReplyFigures& figures, const std::optional<Error>& error) {
  writeOfMessage(id, [=](Database& database) { return database.setState(id, state, figures, error); });
}

void Store::setTranscript(MessageId id, int place, const QString& transcript) {
  writeOfMessage(id, [=](Database& database) { return database.setTranscript(id, place, transcript); });
}

void Store::setCaption(MessageId id, int place, const QString& caption) {
  writeOfMessage(id, [=](Database& database) { return database.setCaption(id, place, caption); });
}

void Store::choose(ConversationId id, MessageId parent, MessageId child) {
  writeOfConversation(id, [=](Database& database) { return database.choose(id, parent, child); });
}

void Store::removeMessage(ConversationId id, MessageId message) {
  writeOfConversation(id, [=](Database& database) { return database.removeMessage(id, message); });
}

void Store::rename(ConversationId id, const QString& title) {
  writeOfConversation(id, [=](Database& database) { return database.rename(id, title); });
}

void Store::setPinned(ConversationId id, bool pinned) {
  writeOfConversation(id, [=](Database& database) { return database.setPinned(id, pinned); });
}

void Store::setTrashed(ConversationId id, bool trashed) {
  writeOfConversation(id, [=](Database& database) { return database.setTrashed(id, trashed); });
}

void Store::setOpened(ConversationId id) {
  writeOfConversation(id, [=](Database& database) { return database.setOpened(id); });
}

void Store::remove(ConversationId id) {
  writeOfConversation(id, [=](Database& database) { return database.remove(id); });
  QMetaObject::invokeMethod(m_worker, &StoreWorker::tidyMedia, Qt::QueuedConnection);
}

void Store::emptyTrash() {
  write([](Database& database) { return database.emptyTrash(); });
  QMetaObject::invokeMethod(m_worker, &StoreWorker::tidyMedia, Qt::QueuedConnection);
}

void Store::removeEverything(QObject* receiver, Answer<void> answer) {
  QMetaObject::invokeMethod(
      m_worker,
      [this, worker = m_worker, receiver = QPointer<QObject>(receiver), answer = std::move(answer)] {
        QMetaObject::invokeMethod(
            this,
            [receiver, answer, removed = worker->removeEverything()] {
              if (receiver) answer(removed);
            },
            Qt::QueuedConnection);
      },
      Qt::QueuedConnection);
}

void Store::addContent(const ConversationContent& content) {
  write([content](Database& database) -> Result<void> {
    auto added = database.addConversation(content.conversation);
    for (const MessageRecord& message : content.messages) {
      if (added) added = database.addMessage(content.conversation.id, message);
    }
    // Adding a message puts it on the path; the path of the content is another one.
    if (added) added = database.choose(content.conversation.id, 0, content.conversation.chosen);
    for (const MessageRecord& message : content.messages) {
      if (added) added = database.choose(content.conversation.id, message.id, message.chosen);
    }
    return added;
  });
}

void Store::keepDraft(ConversationId id, const Draft& draft) {
  if (isTemporary(id)) return;
  // Not worth waiting for the disk: a power cut may cost the last letters.
  QMetaObject::invokeMethod(
      m_worker,
      [worker = m_worker, id, draft] {
        worker->write(Survives::ProgramDeath, [=](Database& database) { return database.setDraft(id, draft); });
      },
      Qt::QueuedConnection);
}

void Store::load(ConversationId id, QObject* receiver, Answer<ConversationContent> answer) {
  ask<ConversationContent>(
      receiver, [id](const Database& database) { return database.load(id); }, std::move(answer));
}

void Store::find(const ConversationQuery& query, QObject* receiver, Answer<QList<ConversationSummary>> answer) {
  ask<QList<ConversationSummary>>(
      receiver, [query](const Database& database) { return database.find(query); }, std::move(answer));
}

void Store::loadDraft(ConversationId id, QObject* receiver, Answer<Draft> answer) {
  ask<Draft>(
      receiver, [id](const Database& database) { return database.draft(id); }, std::move(answer));
}

void Store::latestOpened(QObject* receiver, Answer<ConversationId> answer) {
  ask<ConversationId>(
      receiver, [](const Database& database) { return database.latestOpened(); }, std::move(answer));
}

}  // namespace xllm::ui
