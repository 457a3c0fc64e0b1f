#include "ui/composer/clip_shelf.h"

#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "ui/composer/frame_strip.h"

namespace xllm::ui {

ClipShelf::ClipShelf(AttachmentLoader& loader, QWidget* parent)
    : QWidget(parent), m_loader(loader), m_pause(new QTimer(this)) {
  m_pause->setSingleShot(true);
  m_pause->setInterval(kPauseMs);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  connect(m_pause, &QTimer::timeout, this, &ClipShelf::sampleDue);
  connect(&m_loader, &AttachmentLoader::loaded, this, &ClipShelf::onLoaded);
  connect(&m_loader, &AttachmentLoader::failed, this, &ClipShelf::onFailed);
  connect(&m_loader, &AttachmentLoader::glanced, this, [this](quint64 job, int index, const QImage& picture) {
    for (const Clip& clip : std::as_const(m_clips)) {
      if (clip.glancing == job) clip.panel->setGlance(index, picture);
    }
  });
  hide();
}

void ClipShelf::setAbilities(const ClipAbilities& abilities) {
  if (abilities == m_abilities) return;
  m_abilities = abilities;
  const QList<quint64> ids = m_clips.keys();
  for (const quint64 id : ids) {
    Clip& clip = m_clips[id];
    clip.panel->setAbilities(abilities);
    ClipChoice choice = clip.wanted.choice;
    choice.frames = std::min(choice.frames, abilities.mostFrames);
    if (choice != clip.wanted.choice) onChoice(id, choice);
  }
}

void ClipShelf::add(quint64 id, const Attachment& attachment) {
  Clip clip{.wanted = attachment, .known = {}};
  ClipChoice& choice = clip.wanted.choice;
  if (choice.end <= choice.start) choice.end = attachment.seconds;
  choice.frames = std::min(choice.frames, m_abilities.mostFrames);
  if (attachment.clip && attachment.choice == choice) {
    clip.known = attachment;
  } else {
    clip.wanted.clip.reset();
    clip.isDue = true;
  }
  clip.panel = new ClipPanel(clip.wanted, this);
  clip.panel->setAbilities(m_abilities);
  clip.panel->hide();
  layout()->addWidget(clip.panel);
  connect(clip.panel, &ClipPanel::choiceChanged, this, [this, id](const ClipChoice& chosen) { onChoice(id, chosen); });
  m_clips.insert(id, clip);
  sampleDue();
  if (m_open == 0) open(id);
}

void ClipShelf::remove(quint64 id) {
  if (!m_clips.contains(id)) return;
  Clip clip = m_clips.take(id);
  forgetJobs(clip);
  clip.panel->hide();
  clip.panel->deleteLater();
  if (m_open == id) open(m_clips.isEmpty() ? 0 : m_clips.constBegin().key());
}

void ClipShelf::clear() {
  const QList<quint64> ids = m_clips.keys();
  for (const quint64 id : ids) remove(id);
}

void ClipShelf::toggle(quint64 id) { open(m_open == id ? 0 : id); }

bool ClipShelf::isReading() const {
  return std::any_of(m_clips.begin(), m_clips.end(), [](const Clip& clip) { return clip.isDue || clip.sampling != 0; });
}

ClipPanel* ClipShelf::panel(quint64 id) const {
  const auto found = m_clips.constFind(id);
  return found == m_clips.cend() ? nullptr : found->panel;
}

void ClipShelf::open(quint64 id) {
  m_open = m_clips.contains(id) ? id : 0;
  for (auto clip = m_clips.begin(); clip != m_clips.end(); ++clip) {
    clip->panel->setVisible(clip.key() == m_open);
    if (clip.key() != m_open || clip->glancing != 0) continue;
    clip->glancing = m_loader.glanceAt(clip->wanted.file, FrameStrip::kGlances);  // looked at once it is seen
  }
  setVisible(m_open != 0);
  Q_EMIT opened(m_open);
}

void ClipShelf::onChoice(quint64 id, const ClipChoice& choice) {
  const auto clip = m_clips.find(id);
  if (clip == m_clips.end()) return;
  clip->wanted.choice = choice;
  m_loader.forget(std::exchange(clip->sampling, 0));
  clip->isDue = true;
  clip->panel->setReading(true);
  m_pause->start();
  Q_EMIT edited();
}

// Only what changed is read anew.
void ClipShelf::sampleDue() {
  for (auto clip = m_clips.begin(); clip != m_clips.end(); ++clip) {
    if (!std::exchange(clip->isDue, false)) continue;
    Attachment& wanted = clip->wanted;
    const bool sameSpan = clip->known && clip->known->choice.hasSameSpan(wanted.choice);
    const bool sameFrames = sameSpan && clip->known->choice.frames == wanted.choice.frames;
    wanted.clip = sameFrames ? clip->known->clip : nullptr;
    wanted.sound = sameSpan ? clip->known->sound : nullptr;
    wanted.soundFailed = sameSpan && clip->known->soundFailed;
    clip->sampling = m_loader.sampleClip(wanted);
  }
}

void ClipShelf::onLoaded(quint64 job, const Attachment& read) {
  for (auto clip = m_clips.begin(); clip != m_clips.end(); ++clip) {
    if (clip->sampling != job) continue;
    clip->sampling = 0;
    clip->wanted = read;
    clip->known = read;
    clip->panel->setClip(read);
    return Q_EMIT this->read(clip.key(), read);
  }
}

void ClipShelf::onFailed(quint64 job, const Error& error) {
  for (auto clip = m_clips.begin(); clip != m_clips.end(); ++clip) {
    if (clip->sampling != job) continue;
    clip->sampling = 0;
    if (clip->known) {
      clip->wanted = *clip->known;
      clip->panel->setClip(*clip->known);
    }
    return Q_EMIT failed(clip.key(), error, clip->known.has_value());
  }
}

void ClipShelf::forgetJobs(Clip& clip) {
  m_loader.forget(clip.sampling);
  m_loader.forget(clip.glancing);
}

}  // namespace xllm::ui
