#include "ui/chat/conversation.h"

#include <QDateTime>
#include <QFile>
#include <QRandomGenerator>
#include <algorithm>
#include <utility>

#include "ui/chat/message_record.h"

namespace xllm::ui {

namespace {

bool holds(const Attachments& attachments, MediaKind kind) {
  return std::any_of(attachments.begin(), attachments.end(), [kind](const Attachment& a) { return a.kind == kind; });
}

}  // namespace

Conversation::Conversation(EngineBridge& bridge, PackState& pack, Store& store, const MediaReader& reader,
                           QObject* parent)
    : QObject(parent), m_bridge(bridge), m_pack(pack), m_store(store), m_loader(reader) {
  connect(&bridge, &EngineBridge::textArrived, this, &Conversation::onText);
  connect(&bridge, &EngineBridge::finished, this, &Conversation::onFinished);
  connect(&pack, &PackState::changed, this, &Conversation::onPackChanged);
  connect(&m_loader, &AttachmentLoader::loaded, this,
          [this](quint64 id, const Attachment& attachment) { onMediaRead(id, &attachment); });
  connect(&m_loader, &AttachmentLoader::failed, this, [this](quint64 id) { onMediaRead(id, nullptr); });
  connect(&store, &Store::mediumKept, this, [this](MessageId message, int place, const QString& sha256) {
    m_model.setKept(message, place, sha256, m_store.vault());
    if (const auto sent = m_sent.find({message, place}); sent != m_sent.end()) {
      setKept(*sent, sha256, m_store.vault());
      setMedia(*sent, {});
      sent->thumbnail = {};
    }
  });
}

void Conversation::startNew() {
  leaveShown();
  m_id = 0;
  m_model.reset({}, {});
  Q_EMIT shown(0);
}

void Conversation::startTemporary() {
  leaveShown();
  m_id = newId();
  m_store.setTemporary(m_id);
  m_model.reset({}, {});
  Q_EMIT shown(m_id);
  Q_EMIT temporaryChanged(true);
}

void Conversation::leaveShown() {
  m_wanted = 0;
  stopEditing();
  if (isTemporary()) {
    leaveTemporary();
  } else {
    setRunningAside();
  }
}

// What the camera took for it goes, too: nothing else of it lies on the disk.
void Conversation::leaveTemporary() {
  if (isBusy() && m_running.conversation == m_id) {
    if (m_running.request) m_bridge.cancel(*m_running.request);
    for (const quint64 id : m_running.reading.keys()) m_loader.forget(id);
    setRunning({});
  }
  const QList<Message> messages = m_model.all().first;
  for (const Message& message : messages) {
    for (const Attachment& attachment : message.attachments) {
      if (attachment.file.startsWith(m_store.vault().recordingsFolder())) QFile::remove(attachment.file);
    }
  }
  Q_EMIT temporaryChanged(false);
}

void Conversation::keepForGood() {
  if (!isTemporary()) return;
  if (m_model.rowCount() == 0) {
    m_id = 0;  // as any other in which nothing was said yet
    Q_EMIT temporaryChanged(false);
    return Q_EMIT begun(0);
  }
  m_store.setLasting(m_id);
  const qint64 now = QDateTime::currentMSecsSinceEpoch();
  m_store.addConversation({.id = m_id, .createdMs = now, .changedMs = now});
  const auto [messages, chosen] = m_model.all();
  for (const Message& message : messages) keep(message);
  for (const auto& [parent, child] : chosen.asKeyValueRange()) m_store.choose(m_id, parent, child);
  m_store.setOpened(m_id);
  Q_EMIT temporaryChanged(false);
  Q_EMIT begun(m_id);
}

void Conversation::open(ConversationId id) {
  m_wanted = id;
  if (id == m_id) return;
  m_store.load(id, this, [this, id, ends = m_ends](const Result<ConversationContent>& content) {
    if (m_wanted != id) return;
    if (m_ends != ends) return open(id);
    if (content) show(*content);
  });
}

void Conversation::openLatest() {
  m_store.latestOpened(this, [this](const Result<ConversationId>& id) {
    // Whoever began to talk meanwhile is not interrupted.
    if (id && *id != 0 && m_id == 0 && m_wanted == 0) open(*id);
  });
}

void Conversation::leave(ConversationId id) {
  if (isBusy() && m_running.conversation == id) stop();
  if (id == m_id) startNew();
}

void Conversation::show(const ConversationContent& content) {
  leaveShown();
  m_id = content.conversation.id;
  QList<Message> messages;
  messages.reserve(content.messages.size());
  QHash<MessageId, MessageId> chosen{{0, content.conversation.chosen}};
  for (const MessageRecord& record : content.messages) {
    messages << messageFrom(record, m_store.vault());
    chosen.insert(record.id, record.chosen);
    Attachments& media = messages.back().attachments;
    for (int place = 0; place < media.size(); ++place) {
      const auto sent = m_sent.constFind({record.id, place});
      if (media[place].sha256.isEmpty() && sent != m_sent.cend()) setOriginal(media[place], *sent);
    }
    if (record.id != m_running.reply) continue;
    messages.back().text = m_running.text;  // more may have come while it was read
    messages.back().state = m_running.state;
  }
  m_model.reset(messages, chosen);
  takeRunningIn();
  m_store.setOpened(m_id);
  Q_EMIT shown(m_id);
}

std::optional<Conversation::Refusal> Conversation::send(const QString& text, const Attachments& attachments) {
  if (isBusy()) return Refusal::Busy;
  if (const auto refusal = check(attachments)) return refusal;
  const bool isNew = m_id == 0;
  if (isNew) {
    m_wanted = 0;
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    m_id = newId();
    m_store.addConversation({.id = m_id, .createdMs = now, .changedMs = now});
  }
  const Message question{.speaker = Speaker::Person, .text = text, .attachments = attachments};
  const int next = nextRow();
  const int row = next < m_model.rowCount() ? m_model.branch(next, question) : m_model.append(question);
  keep(m_model.at(row));
  begin(m_model.append({.speaker = Speaker::Model, .state = MessageState::WaitingForPack}), true);
  if (const auto refusal = startReply()) {
    takeBack(true);
    return refusal;
  }
  stopEditing();
  if (isNew) Q_EMIT begun(m_id);
  return std::nullopt;
}

void Conversation::keep(const Message& message) {
  for (int place = 0; place < message.attachments.size(); ++place) {
    const Attachment& attachment = message.attachments[place];
    if (attachment.sha256.isEmpty() && !isTemporary()) m_sent.insert({message.id, place}, attachment);
  }
  m_store.addMessage(m_id, recordOf(message), sourcesOf(message));
}

void Conversation::begin(int replyRow, bool isNewQuestion) {
  keep(m_model.at(replyRow));
  setRunning({.conversation = m_id,
              .reply = m_model.at(replyRow).id,
              .question = m_model.at(replyRow).parent,
              .isNewQuestion = isNewQuestion,
              .request = {},
              .reading = {},
              .aside = {},
              .state = m_model.at(replyRow).state,
              .text = m_model.at(replyRow).text});
}

// Now, or once the pack and the media are there.
std::optional<Conversation::Refusal> Conversation::startReply() {
  if (m_pack.phase() == PackState::Phase::Loading) return std::nullopt;
  if (const auto refusal = check(runningPath().rbegin()[1]->attachments)) return refusal;
  setRunningState(MessageState::Pending);
  wakeMedia();
  return m_running.reading.isEmpty() ? submit() : std::nullopt;
}

void Conversation::stop() {
  if (!isBusy()) return;
  if (m_running.request) {
    m_bridge.cancel(*m_running.request);  // its end arrives as Cancelled
  } else if (!m_running.reading.isEmpty()) {
    for (const quint64 id : m_running.reading.keys()) m_loader.forget(id);
    finishReply(MessageState::Stopped, {}, {});
  } else {
    giveBack();
  }
}

void Conversation::answerAgain(int row) {
  if (row < 1) return;  // of what was saved of a damaged file the question may be missing
  if (isBusy()) return Q_EMIT refused(Refusal::Busy);
  const Message reply = m_model.at(row);
  if (const auto refusal = check(m_model.at(row - 1).attachments)) return Q_EMIT refused(*refusal);
  const bool isLast = row == m_model.rowCount() - 1;
  begin(m_model.branch(row, {.speaker = Speaker::Model, .state = MessageState::WaitingForPack}), false);
  // One that failed before its first word is no version worth keeping.
  if (reply.state == MessageState::Failed && reply.text.isEmpty() && isLast) m_running.replaced = reply.id;
  if (const auto refusal = startReply()) {
    takeBack(false);
    Q_EMIT refused(*refusal);
  }
}

void Conversation::resume(int row) {
  if (isBusy()) return Q_EMIT refused(Refusal::Busy);
  if (row < 1 || row != m_model.rowCount() - 1 || m_pack.phase() != PackState::Phase::Ready) {
    return Q_EMIT refused(Refusal::NoPack);
  }
  m_model.reopen(row);
  const Message& reply = m_model.at(row);
  m_store.setState(reply.id, MessageState::Pending);
  setRunning({.conversation = m_id,
              .reply = reply.id,
              .question = reply.parent,
              .request = {},
              .reading = {},
              .aside = {},
              .state = MessageState::Pending,
              .text = reply.text});
  if (const auto refusal = startReply()) {
    finishReply(MessageState::Stopped, {}, {});
    Q_EMIT refused(*refusal);
  }
}

void Conversation::edit(int row) {
  if (row < 1 && m_model.at(row).speaker != Speaker::Person) return;
  const Message& question = m_model.at(m_model.at(row).speaker == Speaker::Person ? row : row - 1);
  const bool wasEditing = std::exchange(m_edited, question.id) != 0;
  if (!wasEditing) Q_EMIT editingChanged(true);
  Q_EMIT returned(question.text, question.attachments);
}

void Conversation::stopEditing() {
  if (std::exchange(m_edited, 0) != 0) Q_EMIT editingChanged(false);
}

void Conversation::choose(int row, int version) {
  const MessageId parent = m_model.at(row).parent;
  setRunningAside();
  m_model.choose(row, version);
  takeRunningIn();
  m_store.choose(m_id, parent, m_model.at(row).id);
  if (m_edited != 0 && m_model.rowOf(m_edited) < 0) stopEditing();
}

std::optional<Conversation::Refusal> Conversation::check(const Attachments& attachments) const {
  if (m_pack.phase() == PackState::Phase::Loading) return std::nullopt;  // known when it is there
  if (m_pack.phase() != PackState::Phase::Ready) return Refusal::NoPack;
  if (holds(attachments, MediaKind::Picture) && !m_pack.summary().seesPictures) return Refusal::CannotSee;
  const bool speaks = std::any_of(attachments.begin(), attachments.end(), [](const Attachment& each) {
    return each.kind == MediaKind::Sound && !each.isCorrected();
  });
  if (speaks && !m_pack.summary().hearsSpeech) return Refusal::CannotHear;
  if (holds(attachments, MediaKind::Video) && !m_pack.summary().watchesClips) return Refusal::CannotWatch;
  return std::nullopt;
}

// Media that were only named so far, of a conversation that was read from disk: the model needs what is in them.
void Conversation::wakeMedia() {
  for (const Message* message : runningPath()) {
    for (int place = 0; place < message->attachments.size(); ++place) {
      const Attachment& attachment = message->attachments[place];
      if (!needsDisk(attachment)) continue;
      const bool isClip = attachment.kind == MediaKind::Video;
      const quint64 id = isClip ? m_loader.sampleClip(attachment) : m_loader.addFile(attachment.file);
      m_running.reading.insert(id, {message->id, place});
    }
  }
}

// One that cannot be read any more is left out; the conversation shows that it is missing.
void Conversation::onMediaRead(quint64 id, const Attachment* attachment) {
  const auto read = m_running.reading.constFind(id);
  if (read == m_running.reading.cend()) return;
  if (attachment) {
    m_model.setMedia(read->first, read->second, *attachment);
    for (Message& message : m_running.aside) {
      if (message.id == read->first) setMedia(message.attachments[read->second], *attachment);
    }
  }
  m_running.reading.erase(read);
  if (!m_running.reading.isEmpty()) return;
  if (const auto refusal = submit()) {
    finishReply(MessageState::Stopped, {}, {});
    Q_EMIT refused(*refusal);
  }
}

// Hands the path up to the running reply to the engine.
std::optional<Conversation::Refusal> Conversation::submit() {
  m_running.request = m_bridge.ask(request());
  if (!m_running.request) return Refusal::QueueFull;
  m_running.aside.clear();
  if (const MessageId replaced = std::exchange(m_running.replaced, 0)) {
    ++m_ends;
    m_model.drop(replaced);
    m_store.removeMessage(m_running.conversation, replaced);
  }
  Q_EMIT speedChanged(0, 0);
  return std::nullopt;
}

// Every exchange that has an answer, then the newest question, and what was answered so far.
generation::ChatRequest Conversation::request() const {
  MessagePath path = runningPath();
  const Message& reply = *path.back();
  const Message& question = *path.rbegin()[1];
  path.resize(path.size() - 2);
  generation::ChatRequest request = exchangesOf(path, asking(), false).request;
  request.turns.push_back(turnOf(question, hears()));
  if (!reply.text.isEmpty()) request.turns.push_back(turnOf(reply, hears()));
  const Answering& answering = m_asking.answering;
  request.options.sampling.seed = answering.seed ? *answering.seed : QRandomGenerator::global()->generate64();
  return request;
}

Asking Conversation::asking() const {
  Asking asking = m_asking;
  asking.hears = hears();
  return asking;
}

MessagePath Conversation::pathAbove(int row) const {
  MessagePath path;
  for (int above = 0; above < row; ++above) path.push_back(&m_model.at(above));
  return path;
}

// Up to the running reply, also while another conversation is shown.
MessagePath Conversation::runningPath() const {
  if (const int row = runningRow(); row >= 0) return pathAbove(row + 1);
  MessagePath path;
  for (const Message& message : m_running.aside) path.push_back(&message);
  return path;
}

// What has not gone to the engine yet is needed when it goes, whatever is shown then.
void Conversation::setRunningAside() {
  const int row = runningRow();
  if (row < 0 || m_running.request) return;
  for (const Message* message : pathAbove(row + 1)) m_running.aside << *message;
}

// The conversation of the running reply is shown again. What was read meanwhile is not read twice.
void Conversation::takeRunningIn() {
  if (runningRow() < 0) return;
  for (const Message& message : std::exchange(m_running.aside, {})) {
    for (int place = 0; place < message.attachments.size(); ++place) {
      const Attachment& attachment = message.attachments[place];
      if (!isAsleep(attachment)) m_model.setMedia(message.id, place, attachment);
    }
  }
}

bool Conversation::hears() const { return m_pack.summary().hearsSpeech; }

int Conversation::nextRow() const {
  const int edited = m_edited != 0 ? m_model.rowOf(m_edited) : -1;
  return edited >= 0 ? edited : m_model.rowCount();
}

std::optional<generation::ChatRequest> Conversation::foreseen(const QString& text,
                                                              const Attachments& attachments) const {
  if (isBusy() || m_pack.phase() != PackState::Phase::Ready || check(attachments)) return std::nullopt;
  const MessagePath path = pathAbove(nextRow());
  const auto reads = [](const Attachments& media) { return std::any_of(media.begin(), media.end(), needsDisk); };
  if (reads(attachments)) return std::nullopt;
  if (std::any_of(path.begin(), path.end(), [&](const Message* each) { return reads(each->attachments); })) {
    return std::nullopt;
  }
  generation::ChatRequest request = exchangesOf(path, asking(), false).request;
  request.turns.push_back(turnOf({.text = text, .attachments = attachments}, hears()));
  return request;
}

Prospect Conversation::prospect(const QString& text, const Attachments& attachments) const {
  const int row = nextRow();
  Prospect prospect = exchangesOf(pathAbove(row), asking(), true);
  prospect.request.turns.push_back(turnOf({.text = text, .attachments = attachments}, hears(), true));
  prospect.rows << row;
  return prospect;
}

void Conversation::onText(quint64 id, const QString& text) {
  if (m_running.request != id) return;
  m_running.text += text;
  m_store.appendText(m_running.reply, text);
  setRunningState(MessageState::Streaming);
  m_model.appendText(m_running.reply, text);
  const Pace pace = m_bridge.pace();
  Q_EMIT speedChanged(pace.piecesPerSecond, pace.firstTextSeconds);
}

void Conversation::onFinished(quint64 id, const Finished& end) {
  if (m_running.request != id) return;
  const Pace pace = m_bridge.pace();
  if (!end.outcome) {
    const Error& error = end.outcome.error();
    if (error.code != ErrorCode::Cancelled) return finishReply(MessageState::Failed, {}, error);
    return finishReply(
        MessageState::Stopped,
        {.firstTextSeconds = pace.firstTextSeconds, .tokensPerSecond = pace.piecesPerSecond, .tokens = pace.pieces},
        {});
  }
  ReplyFigures figures;
  if (const auto* summary = std::get_if<generation::Summary>(&*end.outcome)) {
    using generation::StopReason;
    figures = {
        .firstTextSeconds = pace.firstTextSeconds,
        .tokensPerSecond = summary->decodeTokensPerSecond,
        .tokens = summary->newTokens,
        .cutShort = summary->stopReason == StopReason::TokenLimit || summary->stopReason == StopReason::ContextFull};
    Q_EMIT speedChanged(summary->decodeTokensPerSecond, pace.firstTextSeconds);
  }
  finishReply(MessageState::Done, figures, {});
}

void Conversation::finishReply(MessageState state, const ReplyFigures& figures, const std::optional<Error>& error) {
  const int row = runningRow();
  ++m_ends;
  m_store.setState(m_running.reply, state, figures, error);
  m_model.setFigures(m_running.reply, figures);
  if (error) {
    m_model.fail(m_running.reply, *error);
  } else {
    m_model.setState(m_running.reply, state);
  }
  setRunning({});
  if (row >= 0) Q_EMIT answered(row);
}

void Conversation::onPackChanged() {
  if (!isBusy() || m_running.request || m_running.state != MessageState::WaitingForPack) return;
  if (m_pack.phase() == PackState::Phase::Failed) return giveBack();  // the pack's own message says why
  if (m_pack.phase() != PackState::Phase::Ready) return;
  if (const auto refusal = startReply()) {
    giveBack();
    Q_EMIT refused(*refusal);
  }
}

// A message that could not be sent comes back into the composer; a version of a reply that was not begun just goes.
void Conversation::giveBack() {
  const int row = runningRow();
  if (row < 0) return finishReply(MessageState::Stopped, {}, {});
  if (!m_running.isNewQuestion) return takeBack(false);
  const Message question = m_model.at(row - 1);
  takeBack(true);
  Q_EMIT returned(question.text, question.attachments);
}

void Conversation::takeBack(bool alsoQuestion) {
  const int row = runningRow();
  for (int last = row; last >= (alsoQuestion ? row - 1 : row); --last) {
    m_store.removeMessage(m_id, m_model.take(last).id);
  }
  setRunning({});
  if (m_model.rowCount() > 0 || isTemporary()) return;
  m_id = 0;  // the store forgets a conversation without messages
  Q_EMIT shown(0);
}

int Conversation::runningRow() const {
  return isBusy() && m_running.conversation == m_id ? m_model.rowOf(m_running.reply) : -1;
}

void Conversation::setRunningState(MessageState state) {
  m_running.state = state;
  m_model.setState(m_running.reply, state);
}

void Conversation::setRunning(Running running) {
  const bool wasBusy = isBusy();
  m_running = std::move(running);
  if (isBusy() != wasBusy) Q_EMIT busyChanged(isBusy());
}

}  // namespace xllm::ui
