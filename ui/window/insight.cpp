#include "ui/window/insight.h"

#include "ui/chat/message_record.h"
#include "ui/composer/attachment_chip.h"
#include "ui/composer/composer.h"
#include "ui/viewer/media_viewer.h"

namespace xllm::ui {

namespace {

// Listening to a long recording keeps the engine for longer than a message may wait: it is done when somebody opens it,
// or for the answer.
constexpr double kLongestUnasked = 120;  // seconds

// Nothing: it has neither pixels nor samples in memory.
std::optional<generation::Part> partOf(const Attachment& attachment) {
  if (attachment.picture) return attachment.picture;
  if (attachment.clip) return attachment.clip;
  if (attachment.sound) return attachment.sound;
  return std::nullopt;
}

}  // namespace

Insight::Insight(const Parts& parts, QWidget* window)
    : QObject(window),
      m_parts(parts),
      m_window(window),
      m_phase(parts.pack.phase()),
      m_examiner(parts.bridge, parts.pack),
      m_loader(parts.reader) {
  connect(&parts.composer, &Composer::attachmentRead, this, &Insight::examineChip);
  connect(&parts.composer, &Composer::attachmentGone, this, &Insight::forgetChip);
  connect(&parts.composer, &Composer::openRequested, this, &Insight::open);
  connect(&parts.conversation, &Conversation::busyChanged, this, &Insight::onBusyChanged);
  connect(&parts.conversation, &Conversation::answered, this, &Insight::askForWords);
  connect(&parts.pack, &PackState::changed, this, &Insight::onPackChanged);
  connect(&m_examiner, &Examiner::examined, this, &Insight::onExamined);
  connect(&m_examiner, &Examiner::failed, this, &Insight::onFailed);
  connect(&m_examiner, &Examiner::described, this, [this](quint64 id, const QString& caption) {
    const auto asked = m_asked.take(id);
    const auto* about = std::get_if<ForMessage>(&asked);
    if (!about || caption.isEmpty()) return;
    m_parts.store.setCaption(about->message, about->place, caption);
    m_parts.conversation.model().setCaption(about->message, about->place, caption);
  });
  connect(&m_loader, &AttachmentLoader::loaded, this, [this](quint64 id, const Attachment& attachment) {
    if (std::exchange(m_reading, 0) == id) onRead(attachment);
  });
  connect(&m_loader, &AttachmentLoader::failed, this, [this](quint64 id, const Error& error) {
    if (m_reading != id) return;
    m_reading = 0;
    m_viewer->setProblem(error, Situation::OpeningKept);
  });
}

void Insight::examineChip(quint64 chip, const Attachment& attachment) {
  const auto part = partOf(attachment);  // one that is edited again may only be on disk: known once it is sent
  if (!part || (attachment.kind == MediaKind::Sound && attachment.seconds > kLongestUnasked)) return;
  forgetChip(chip);  // other frames of a clip may have been chosen
  m_asked.insert(m_examiner.examine(*part, Examiner::Urgency::Soon), ForChip{chip});
}

void Insight::forgetChip(quint64 chip) {
  for (auto asked = m_asked.begin(); asked != m_asked.end();) {
    const auto* about = std::get_if<ForChip>(&asked.value());
    if (about && about->chip == chip) {
      m_examiner.forget(asked.key());
      asked = m_asked.erase(asked);
    } else {
      ++asked;
    }
  }
}

void Insight::onBusyChanged(bool busy) {
  if (!busy) return m_examiner.resume();
  std::vector<generation::Part> needed;
  const ConversationModel& model = m_parts.conversation.model();
  for (int row = 0; row < model.rowCount(); ++row) {
    for (const Attachment& attachment : model.at(row).attachments) {
      if (const auto part = partOf(attachment)) needed.push_back(*part);
    }
  }
  m_examiner.pauseFor(needed);
}

// What another pack made of it does not count any more.
void Insight::onPackChanged() {
  if (std::exchange(m_phase, m_parts.pack.phase()) == m_parts.pack.phase()) return;
  if (m_viewer && m_viewer->isVisible()) examineViewed();
  if (m_phase != PackState::Phase::Ready) return;
  for (const AttachmentChip* chip : m_parts.composer.chips()) {
    if (!chip->attachment()) continue;
    forgetChip(chip->id());
    m_parts.composer.setMade(chip->id(), 0, {});
    examineChip(chip->id(), *chip->attachment());
  }
}

void Insight::open(const Attachment& attachment) {
  if (!m_viewer) {
    m_viewer = new MediaViewer(m_window);
    m_viewer->setPlayback(m_playback);
  }
  m_viewer->present(attachment);
  m_loader.forget(std::exchange(m_reading, 0));
  if (isAsleep(attachment)) {
    const bool isClip = attachment.kind == MediaKind::Video;
    m_reading = isClip ? m_loader.sampleClip(attachment) : m_loader.addFile(attachment.file);
  } else {
    examineViewed();
  }
}

void Insight::setPlayback(Playback* playback) {
  m_playback = playback;
  if (m_viewer) m_viewer->setPlayback(playback);
}

// What is shown stays what it was; only what is in it came from the file.
void Insight::onRead(const Attachment& read) {
  Attachment attachment = m_viewer->attachment();
  attachment.picture = read.picture;
  attachment.sound = read.sound;
  attachment.clip = read.clip;
  if (!read.thumbnail.isNull()) attachment.thumbnail = read.thumbnail;
  m_viewer->setMedium(attachment);
  examineViewed();
}

void Insight::examineViewed() {
  for (auto asked = m_asked.begin(); asked != m_asked.end();) {
    if (!std::holds_alternative<ForViewer>(asked.value())) {
      ++asked;
      continue;
    }
    m_examiner.forget(asked.key());
    asked = m_asked.erase(asked);
  }
  const auto part = partOf(m_viewer->attachment());
  if (!part) return;
  const bool ready = m_parts.pack.phase() == PackState::Phase::Ready;
  m_viewer->setWaiting(ready ? MediaViewer::Waiting::Model : MediaViewer::Waiting::Pack);
  m_asked.insert(m_examiner.examine(*part, Examiner::Urgency::Next), ForViewer{});
}

// After an answer, of all that stands on the path and is in memory: what is said in its sounds and seen in its
// pictures.
void Insight::askForWords(int replyRow) {
  const MessageState state = m_parts.conversation.model().at(replyRow).state;
  if (state != MessageState::Done && state != MessageState::Stopped) return;
  const generation::PackSummary& pack = m_parts.pack.summary();
  for (int row = replyRow; row >= 0; --row) {
    const Message& message = m_parts.conversation.model().at(row);
    for (int place = 0; place < message.attachments.size(); ++place) {
      const Attachment& attachment = message.attachments[place];
      const bool sound = attachment.sound && attachment.transcript.isEmpty() && pack.hearsSpeech;
      const bool seen = (attachment.picture && pack.seesPictures) || (attachment.clip && pack.watchesClips);
      const bool caption = seen && attachment.caption.isEmpty();
      const std::pair<MessageId, int> key{message.id, place};
      if ((!sound && !caption) || m_wordsAsked.contains(key)) continue;
      m_wordsAsked.insert(key);
      const ForMessage purpose{message.id, place};
      if (sound) m_asked.insert(m_examiner.examine(attachment.sound, Examiner::Urgency::Soon), purpose);
      if (caption) m_asked.insert(m_examiner.describe(*partOf(attachment)), purpose);
    }
  }
}

void Insight::onExamined(quint64 id, const generation::Examination& made) {
  if (!m_asked.contains(id)) return;
  const Purpose purpose = m_asked.take(id);
  const QString transcript = QString::fromStdString(made.transcript);
  if (const auto* chip = std::get_if<ForChip>(&purpose)) {
    m_parts.composer.setMade(chip->chip, made.softTokens, transcript);
  } else if (const auto* about = std::get_if<ForMessage>(&purpose)) {
    if (transcript.isEmpty()) return;
    m_parts.store.setTranscript(about->message, about->place, transcript);
    m_parts.conversation.model().setTranscript(about->message, about->place, transcript);
  } else if (m_viewer) {
    m_viewer->setExamination(made);
    for (const AttachmentChip* viewed : m_parts.composer.chips()) {
      if (viewed->attachment() && partOf(*viewed->attachment()) == partOf(m_viewer->attachment())) {
        m_parts.composer.setMade(viewed->id(), made.softTokens, transcript);
      }
    }
  }
}

// A chip without tokens, a sound without words: no more than that. Only the viewer promised something.
void Insight::onFailed(quint64 id, const Error& error) {
  if (!m_asked.contains(id)) return;
  if (std::holds_alternative<ForViewer>(m_asked.take(id)) && m_viewer) {
    m_viewer->setProblem(error, Situation::Answering);
  }
}

}  // namespace xllm::ui
