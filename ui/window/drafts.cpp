#include "ui/window/drafts.h"

#include "ui/chat/conversation.h"
#include "ui/chat/message_record.h"
#include "ui/composer/attachment_chip.h"
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
  connect(&composer, &Composer::attachmentRead, this, &Drafts::keepRecording);
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
  for (const AttachmentChip* chip : m_composer.chips()) {
    const auto waiting = m_recordings.find(chip->id());
    if (waiting == m_recordings.end()) continue;
    waiting->record = recordingOf(*chip);
    waiting->isLeft = true;
  }
  m_of = id;
  m_kept.clear();  // it is the other draft's
  m_composer.setDraft({}, {});
  m_timer.stop();
  restore();
}

// The new conversation got its first message, which was the draft.
void Drafts::onBegun(ConversationId id) {
  m_store.keepDraft(m_of, {});
  for (Recording& each : m_recordings) {
    if (each.of == m_of) each.of = id;
  }
  m_of = id;
}

// It has no file of the person's: what the draft names lies in the vault.
void Drafts::keepRecording(quint64 chip, const Attachment& attachment) {
  if (attachment.kind != MediaKind::Sound || !attachment.file.isEmpty() || !attachment.sha256.isEmpty()) return;
  const Message message{.attachments = {attachment}};
  m_recordings.insert(chip, {m_of, recordOf(message).attachments.constFirst()});
  m_store.keepMedium(sourcesOf(message).constFirst(), this, [this, chip](const Result<QString>& sha256) {
    if (sha256) onKept(chip, *sha256);  // else it is kept with its message, or tells then why not
  });
}

void Drafts::onKept(quint64 chip, const QString& sha256) {
  Recording recording = m_recordings.take(chip);
  if (!recording.isLeft) return m_composer.setKept(chip, sha256, m_store.vault().pathOf(sha256));
  recording.record.sha256 = sha256;
  m_store.loadDraft(recording.of, this, [this, recording](const Result<Draft>& found) {
    if (recording.of == m_of) return show(recording.record);  // it is shown again
    Draft draft = found.value_or(Draft{});
    draft.recordings << recording.record;
    m_store.keepDraft(recording.of, draft);
  });
}

void Drafts::show(const AttachmentRecord& recording) {
  const Message message = messageFrom({.attachments = {recording}}, m_store.vault());
  const std::optional<QString> words(recording.transcript);
  m_composer.addRecording(message.attachments.constFirst(), recording.transcript.isEmpty() ? std::nullopt : words);
  m_kept << recording.sha256;
}

// What is edited is a version of a message that is kept already.
void Drafts::keep() {
  m_timer.stop();
  if (m_conversation.isEditing()) return;
  Draft draft{.text = m_composer.text()};
  for (const AttachmentChip* chip : m_composer.chips()) {
    if (!chip->attachment()) continue;
    if (chip->attachment()->kind == MediaKind::Sound && !chip->attachment()->sha256.isEmpty()) {
      draft.recordings << recordingOf(*chip);
    } else if (!chip->attachment()->file.isEmpty()) {
      draft.files << chip->attachment()->file;
    }
  }
  m_store.keepDraft(m_of, draft);
  QStringList kept;
  for (const AttachmentRecord& each : std::as_const(draft.recordings)) kept << each.sha256;
  for (const QString& before : std::exchange(m_kept, kept)) {
    if (!kept.contains(before)) m_store.forgetMedium(before);
  }
}

// With the words of its line, and whether the person wrote them.
AttachmentRecord Drafts::recordingOf(const AttachmentChip& chip) const {
  AttachmentRecord record = recordOf(Message{.attachments = {*chip.attachment()}}).attachments.constFirst();
  if (const auto words = m_composer.wordsOf(chip.id())) {
    record.transcript = *words;
    record.hasSound = m_composer.isCorrected(chip.id());
    record.choice.withSound = !record.hasSound;
  } else {
    record.transcript.clear();
  }
  return record;
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
    for (const AttachmentRecord& recording : draft->recordings) show(recording);
  });
}

}  // namespace xllm::ui
