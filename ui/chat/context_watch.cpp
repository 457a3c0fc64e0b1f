#include "ui/chat/context_watch.h"

#include <QTimer>
#include <algorithm>
#include <chrono>
#include <cmath>

#include "ui/chat/conversation.h"
#include "ui/models/pack_state.h"

namespace xllm::ui {

namespace {

constexpr std::chrono::milliseconds kInterval{200};  // between a change and the measure; more changes do not delay it
constexpr double kTypicalTokensPerLetter = 0.3;
constexpr qsizetype kLettersThatTell = 40;

qsizetype lettersOf(const generation::ChatRequest& request) {
  std::size_t bytes = 0;
  for (const generation::Turn& turn : request.turns) {
    for (const generation::Part& part : turn.parts) {
      if (const auto* words = std::get_if<std::string>(&part)) bytes += words->size();
    }
  }
  return static_cast<qsizetype>(bytes);
}

}  // namespace

ContextWatch::ContextWatch(EngineBridge& bridge, PackState& pack, Conversation& conversation, Draft draft,
                           QObject* parent)
    : QObject(parent),
      m_bridge(bridge),
      m_pack(pack),
      m_conversation(conversation),
      m_draft(std::move(draft)),
      m_timer(new QTimer(this)),
      m_tokensPerLetter(kTypicalTokensPerLetter) {
  m_timer->setSingleShot(true);
  m_timer->setInterval(kInterval);
  connect(m_timer, &QTimer::timeout, this, &ContextWatch::measure);
  connect(&bridge, &EngineBridge::finished, this, &ContextWatch::onFinished);
  connect(&pack, &PackState::changed, this, [this] {
    if (m_pack.phase() == PackState::Phase::Ready) return measureSoon();
    m_measured = {};
    show({});
  });
  connect(&conversation, &Conversation::busyChanged, this, &ContextWatch::onBusy);
  connect(&conversation, &Conversation::speedChanged, this, &ContextWatch::carryOn);
  connect(&conversation, &Conversation::editingChanged, this, &ContextWatch::measureSoon);
  ConversationModel& model = conversation.model();
  connect(&model, &QAbstractItemModel::rowsRemoved, this, &ContextWatch::measureSoon);
  connect(&model, &QAbstractItemModel::rowsInserted, this, &ContextWatch::measureSoon);
  connect(&model, &QAbstractItemModel::modelReset, this, [this] {  // rows mean other messages now
    estimateAll();
    carryOn();
    measureSoon();
  });
}

// Of another conversation, by its letters alone: the engine may be busy for long.
void ContextWatch::estimateAll() {
  if (!m_measured.isKnown()) return;
  const auto letters = static_cast<double>(lettersOf(m_conversation.prospect({}, {}).request));
  m_measured = {.tokens = std::min(m_measured.length, std::llround(letters * m_tokensPerLetter)),
                .length = m_measured.length,
                .estimated = true};
  m_measuredDraftLetters = 0;
}

void ContextWatch::draftChanged(qsizetype letters) {
  m_draftLetters = letters;
  carryOn();
  measureSoon();
}

void ContextWatch::measureSoon() {
  if (!m_timer->isActive()) m_timer->start();
}

// A busy engine is left alone: it is asked when it has answered.
void ContextWatch::measure() {
  if (m_pack.phase() != PackState::Phase::Ready || m_conversation.isBusy()) return;
  if (m_request) return measureSoon();
  const auto [text, attachments] = m_draft();
  Prospect prospect = m_conversation.prospect(text, attachments);
  m_rows = prospect.rows;
  m_letters = lettersOf(prospect.request);
  m_requestDraftLetters = text.size();
  m_request = m_bridge.measure(std::move(prospect.request));
  if (!m_request) measureSoon();
}

void ContextWatch::onFinished(quint64 id, const Finished& end) {
  if (m_request != id) return;
  m_request.reset();
  const auto* measured = end.outcome ? std::get_if<generation::Measurement>(&*end.outcome) : nullptr;
  if (measured == nullptr || m_pack.phase() != PackState::Phase::Ready) return;
  const auto first = static_cast<qsizetype>(measured->turnsLeftOut);
  m_measured = {.tokens = measured->promptTokens,
                .length = measured->contextLength,
                .estimated = measured->estimated,
                .tooLong = measured->tooLong,
                .messagesLeftOut = static_cast<int>(first),
                .firstSeenRow = first > 0 && first < m_rows.size() ? m_rows[first] : 0};
  m_measuredDraftLetters = m_requestDraftLetters;
  if (first == 0 && m_letters >= kLettersThatTell)
    m_tokensPerLetter = static_cast<double>(m_measured.tokens) / static_cast<double>(m_letters);
  carryOn();
}

void ContextWatch::onBusy(bool busy) {
  if (!busy) {  // until it is measured, what was counted stands
    m_measured.tokens = m_use.tokens;
    m_measured.estimated = true;
    m_measuredDraftLetters = m_draftLetters;
    return measureSoon();
  }
  if (m_request) m_bridge.cancel(*m_request);  // the answer comes first
  m_sentTokens = m_use.tokens;
  m_draftLetters = m_measuredDraftLetters = 0;
}

void ContextWatch::carryOn() {
  if (!m_measured.isKnown()) return;
  ContextUse use = m_measured;
  const auto typed = static_cast<double>(m_draftLetters - m_measuredDraftLetters) * m_tokensPerLetter;
  if (m_conversation.isAnswering()) use.tokens = m_sentTokens + m_bridge.pace().pieces;
  use.tokens = std::max<qint64>(0, use.tokens + std::llround(typed));
  use.estimated |= m_conversation.isBusy() || m_draftLetters != m_measuredDraftLetters;
  show(use);
}

void ContextWatch::show(const ContextUse& use) {
  if (use == m_use) return;
  m_use = use;
  Q_EMIT changed(m_use);
}

}  // namespace xllm::ui
