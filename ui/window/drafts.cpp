#include "ui/window/drafts.h"

#include <utility>

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
  connect(&conversation, &Conversation::editingChanged, this, &Drafts::onEditing);
  restore();
}

Drafts::~Drafts() {
  if (m_timer.isActive()) keep();
}

void Drafts::onShown(ConversationId id) {
  if (id == m_of) return;
  if (m_timer.isActive()) keep();
  leave();
  m_of = id;
  m_isAside = false;
  empty();
  restore();
}

void Drafts::empty() {
  m_kept.clear();  // it is the draft's that goes
  m_composer.setDraft({}, {});
  m_timer.stop();
}

void Drafts::onEditing(bool editing) {
  if (editing) {
    keep();
    leave();
    m_isAside = true;
    return empty();
  }
  m_composer.clear();  // Up in the empty box brings it back
  m_timer.stop();
  restore();
}

// The new conversation got its first message, which was the draft.
void Drafts::onBegun(ConversationId id) {
  if (id != m_of) m_store.keepDraft(m_of, {});
  m_of = id;
  m_timer.start();  // there is one where a temporary one is kept from now on
}

// It has no file of the person's: what the draft names lies in the vault.
void Drafts::keepRecording(quint64 chip, const Attachment& attachment) {
  if (m_store.isTemporary(m_of)) return;
  if (attachment.kind != MediaKind::Sound || !attachment.file.isEmpty() || !attachment.sha256.isEmpty()) return;
  const Message message{.attachments = {attachment}};
  m_store.keepMedium(sourcesOf(message).constFirst(), this,
                     [this, chip](const Result<QString>& sha256) { onKept(chip, sha256); });
}

void Drafts::onKept(quint64 chip, const Result<QString>& sha256) {
  for (const auto& [of, left] : m_left.asKeyValueRange()) {
    if (left.places.contains(chip)) return onKeptLater(of, chip, sha256);
  }
  // If it could not be kept it is with its message, or tells then why not.
  if (!sha256) return;
  m_kept << *sha256;
  m_composer.setKept(chip, *sha256, m_store.vault().pathOf(*sha256));
}

void Drafts::onKeptLater(ConversationId of, quint64 chip, const Result<QString>& sha256) {
  Left& left = m_left[of];
  if (const qsizetype place = left.places.take(chip); sha256) left.draft.recordings[place].sha256 = *sha256;
  if (!left.places.isEmpty()) return;
  Draft draft = m_left.take(of).draft;
  draft.recordings.removeIf([](const AttachmentRecord& each) { return each.sha256.isEmpty(); });
  m_store.keepDraft(of, draft);
  if (of == m_of && !m_conversation.isEditing()) restore();  // it is shown again
}

void Drafts::show(const AttachmentRecord& recording) {
  const Message message = messageFrom({.attachments = {recording}}, m_store.vault());
  const std::optional<QString> words(recording.transcript);
  m_composer.addRecording(message.attachments.constFirst(), recording.transcript.isEmpty() ? std::nullopt : words);
  m_kept << recording.sha256;
}

void Drafts::keep() {
  m_timer.stop();
  if (m_isAside) return;
  const Draft draft = this->draft();
  m_store.keepDraft(m_of, draft);
  QStringList kept;
  for (const AttachmentRecord& each : std::as_const(draft.recordings)) kept << each.sha256;
  for (const QString& before : std::exchange(m_kept, kept)) {
    if (!kept.contains(before)) m_store.forgetMedium(before);
  }
}

// What the box holds. Recordings that are not in the vault yet are in it only for whoever waits for them.
Draft Drafts::draft(QHash<quint64, qsizetype>* waiting) const {
  Draft draft{.text = m_composer.text()};
  for (const AttachmentChip* chip : m_composer.chips()) {
    if (!chip->attachment()) continue;
    const Attachment& attachment = *chip->attachment();
    const bool isOnItsWay = attachment.sha256.isEmpty() && attachment.file.isEmpty();
    if (attachment.kind == MediaKind::Sound && !attachment.sha256.isEmpty()) {
      draft.recordings << recordingOf(*chip);
    } else if (attachment.kind == MediaKind::Sound && isOnItsWay && waiting) {
      waiting->insert(chip->id(), draft.recordings.size());
      draft.recordings << recordingOf(*chip);
    } else if (!attachment.file.isEmpty()) {
      draft.files << attachment.file;
    }
  }
  return draft;
}

void Drafts::leave() {
  if (m_store.isTemporary(m_of)) return;
  if (const auto left = m_left.find(m_of); left != m_left.end()) {
    left->draft.text += m_composer.text();  // typed before the rest of it was there again
    return;
  }
  Left left;
  left.draft = draft(&left.places);
  if (!left.places.isEmpty()) m_left.insert(m_of, left);
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
  if (m_left.contains(m_of)) return;  // once it is complete
  m_store.loadDraft(m_of, this, [this, id = m_of](const Result<Draft>& draft) {
    if (id != m_of || m_conversation.isEditing()) return;
    m_isAside = false;
    if (!draft) return;
    const QStringList files = std::exchange(m_withFiles, true) ? draft->files : QStringList();
    if (m_composer.isEmpty()) {
      m_composer.setDraft(draft->text, files);
    } else {  // the person was faster
      if (!draft->text.isEmpty()) m_composer.giveBack(draft->text, {});
      m_composer.addFiles(files);
    }
    for (const AttachmentRecord& recording : draft->recordings) show(recording);
  });
}

}  // namespace xllm::ui
