#include "ui/chat/conversation.h"

#include <QRandomGenerator>
#include <algorithm>
#include <utility>

namespace xllm::ui {

namespace {

generation::Turn turnOf(const Message& message) {
  generation::Turn turn;
  turn.role = message.speaker == Speaker::Person ? generation::Role::User : generation::Role::Assistant;
  for (const Attachment& attachment : message.attachments) {
    if (attachment.kind == MediaKind::Picture) {
      turn.parts.emplace_back(attachment.picture);
    } else {
      turn.parts.emplace_back(attachment.sound);
    }
  }
  if (!message.text.isEmpty()) turn.parts.emplace_back(message.text.toStdString());
  return turn;
}

bool holds(const Attachments& attachments, MediaKind kind) {
  return std::any_of(attachments.begin(), attachments.end(), [kind](const Attachment& a) { return a.kind == kind; });
}

}  // namespace

Conversation::Conversation(EngineBridge& bridge, PackState& pack, QObject* parent)
    : QObject(parent), m_bridge(bridge), m_pack(pack) {
  connect(&bridge, &EngineBridge::textArrived, this, &Conversation::onText);
  connect(&bridge, &EngineBridge::finished, this, &Conversation::onFinished);
  connect(&pack, &PackState::changed, this, &Conversation::onPackChanged);
}

std::optional<Conversation::Refusal> Conversation::send(const QString& text, const Attachments& attachments) {
  if (isBusy()) return Refusal::Busy;
  if (const auto refusal = check(attachments)) return refusal;
  m_model.append({.speaker = Speaker::Person, .text = text, .attachments = attachments, .error = {}, .figures = {}});
  const int reply = m_model.append({.speaker = Speaker::Model,
                                    .text = {},
                                    .attachments = {},
                                    .state = MessageState::WaitingForPack,
                                    .error = {},
                                    .figures = {}});
  setReply(reply);
  if (m_pack.phase() == PackState::Phase::Loading) return std::nullopt;
  if (const auto refusal = submit(attachments)) {
    setReply(-1);
    m_model.take(reply);
    m_model.take(reply - 1);
    return refusal;
  }
  return std::nullopt;
}

void Conversation::stop() {
  if (!isBusy()) return;
  if (m_request) {
    m_bridge.cancel(*m_request);  // its end arrives as Cancelled
  } else {
    giveBack(m_reply);
  }
}

void Conversation::retry(int row) {
  if (isBusy()) return;
  const Attachments attachments = m_model.at(row - 1).attachments;
  if (const auto refusal = check(attachments)) {
    Q_EMIT refused(*refusal);
    return;
  }
  // The question moves to the end, where its answer belongs.
  Message question = m_model.take(row - 1);
  m_model.take(row - 1);
  if (const auto refusal = send(question.text, question.attachments)) {
    Q_EMIT returned(question.text, question.attachments);
    Q_EMIT refused(*refusal);
  }
}

void Conversation::edit(int row) {
  if (row != m_reply) giveBack(row);
}

std::optional<Conversation::Refusal> Conversation::check(const Attachments& attachments) const {
  if (m_pack.phase() == PackState::Phase::Loading) return std::nullopt;  // known when it is there
  if (m_pack.phase() != PackState::Phase::Ready) return Refusal::NoPack;
  if (holds(attachments, MediaKind::Picture) && !m_pack.summary().seesPictures) return Refusal::CannotSee;
  if (holds(attachments, MediaKind::Sound) && !m_pack.summary().hearsSpeech) return Refusal::CannotHear;
  return std::nullopt;
}

// Hands the conversation up to the reply in m_reply to the engine.
std::optional<Conversation::Refusal> Conversation::submit(const Attachments& attachments) {
  if (const auto refusal = check(attachments)) return refusal;
  m_request = m_bridge.ask(request());
  if (!m_request) return Refusal::QueueFull;
  m_model.setState(m_reply, MessageState::Pending);
  Q_EMIT speedChanged(0, 0);
  return std::nullopt;
}

// Every exchange that has an answer, then the newest question. One that failed is left out with its question.
generation::ChatRequest Conversation::request() const {
  generation::ChatRequest request;
  for (int row = 0; row + 1 < m_reply; row += 2) {
    const Message& reply = m_model.at(row + 1);
    if (reply.text.isEmpty() || reply.state == MessageState::Failed) continue;
    request.turns.push_back(turnOf(m_model.at(row)));
    request.turns.push_back(turnOf(reply));
  }
  request.turns.push_back(turnOf(m_model.at(m_reply - 1)));
  request.options.sampling.seed = QRandomGenerator::global()->generate64();
  return request;
}

void Conversation::onText(quint64 id, const QString& text) {
  if (m_request != id) return;
  m_model.setState(m_reply, MessageState::Streaming);
  m_model.appendText(m_reply, text);
  const Pace pace = m_bridge.pace();
  Q_EMIT speedChanged(pace.piecesPerSecond, pace.firstTextSeconds);
}

void Conversation::onFinished(quint64 id, const Finished& end) {
  if (m_request != id) return;
  const int row = m_reply;
  const Pace pace = m_bridge.pace();
  m_request.reset();
  if (end.outcome) {
    if (const auto* summary = std::get_if<generation::Summary>(&*end.outcome)) {
      using generation::StopReason;
      m_model.setFigures(row, {.firstTextSeconds = pace.firstTextSeconds,
                               .tokensPerSecond = summary->decodeTokensPerSecond,
                               .tokens = summary->newTokens,
                               .cutShort = summary->stopReason == StopReason::TokenLimit ||
                                           summary->stopReason == StopReason::ContextFull});
      Q_EMIT speedChanged(summary->decodeTokensPerSecond, pace.firstTextSeconds);
    }
    m_model.setState(row, MessageState::Done);
  } else if (end.outcome.error().code == ErrorCode::Cancelled) {
    m_model.setFigures(
        row,
        {.firstTextSeconds = pace.firstTextSeconds, .tokensPerSecond = pace.piecesPerSecond, .tokens = pace.pieces});
    m_model.setState(row, MessageState::Stopped);
  } else {
    m_model.fail(row, end.outcome.error());
  }
  setReply(-1);
  Q_EMIT answered(row);
}

void Conversation::onPackChanged() {
  if (m_reply < 0 || m_request || m_model.at(m_reply).state != MessageState::WaitingForPack) return;
  if (m_pack.phase() == PackState::Phase::Failed) return giveBack(m_reply);  // the pack's own message says why
  if (m_pack.phase() != PackState::Phase::Ready) return;
  if (const auto refusal = submit(m_model.at(m_reply - 1).attachments)) {
    giveBack(m_reply);
    Q_EMIT refused(*refusal);
  }
}

void Conversation::giveBack(int replyRow) {
  if (replyRow == m_reply) {
    setReply(-1);
  } else if (replyRow < m_reply) {
    m_reply -= 2;  // the running answer moves up
  }
  m_model.take(replyRow);
  const Message question = m_model.take(replyRow - 1);
  Q_EMIT returned(question.text, question.attachments);
}

void Conversation::setReply(int row) {
  const bool wasBusy = isBusy();
  m_reply = row;
  if (isBusy() != wasBusy) Q_EMIT busyChanged(isBusy());
}

}  // namespace xllm::ui
