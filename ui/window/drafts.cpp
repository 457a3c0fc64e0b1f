#include "ui/window/drafts.h"

#include "ui/chat/conversation.h"
#include "ui/composer/composer.h"
#include "ui/history/store.h"

namespace xllm::ui {

namespace {

constexpr int kPauseMs = 200;  // a draft is kept when the person pauses for so long

}  // namespace

Drafts::Drafts(Composer& composer, Conversation& conversation, Store& store, Start start, QObject* parent)
    : QObject(parent),
      m_composer(composer),
      m_conversation(conversation),
      m_store(store),
      m_of(conversation.id()),
      m_withFiles(start == Start::Normal) {
  m_timer.setSingleShot(true);
  m_timer.setInterval(kPauseMs);
  connect(&m_timer, &QTimer::timeout, this, &Drafts::keep);
  connect(&composer, &Composer::draftChanged, &m_timer, qOverload<>(&QTimer::start));
  connect(&conversation, &Conversation::shown, this, &Drafts::onShown);
  connect(&conversation, &Conversation::begun, this, &Drafts::onBegun);
  restore();
}

Drafts::~Drafts() {
  if (m_timer.isActive()) keep();
}

void Drafts::onShown(ConversationId id) {
  if (id == m_of) return;
  if (m_timer.isActive()) keep();
  m_of = id;
  m_composer.setDraft({}, {});
  m_timer.stop();
  restore();
}

// The new conversation got its first message, which was the draft.
void Drafts::onBegun(ConversationId id) {
  m_store.keepDraft(m_of, {});
  m_of = id;
}

// What is edited is a version of a message that is kept already.
void Drafts::keep() {
  m_timer.stop();
  if (m_conversation.isEditing()) return;
  Draft draft{.text = m_composer.text()};
  for (const Attachment& attachment : m_composer.attachments()) {
    if (!attachment.file.isEmpty()) draft.files << attachment.file;
  }
  m_store.keepDraft(m_of, draft);
}

void Drafts::restore() {
  m_store.loadDraft(m_of, this, [this, id = m_of](const Result<Draft>& draft) {
    if (!draft || id != m_of) return;
    if (m_composer.isEmpty()) {
      m_composer.setDraft(draft->text, m_withFiles ? draft->files : QStringList());
    } else if (!draft->text.isEmpty()) {
      m_composer.giveBack(draft->text, {});  // the person was faster
    }
    m_withFiles = true;
  });
}

}  // namespace xllm::ui
