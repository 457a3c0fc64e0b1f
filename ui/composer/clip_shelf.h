// The clips of the draft: a panel for each, one of them open, and always the frames that were chosen last. What was
// chosen is read once the person pauses; a newer choice stops the reading of an older one. Leaves chips and sending to
// the composer.
#pragma once

#include <QHash>
#include <QWidget>
#include <optional>

#include "ui/composer/attachment_loader.h"
#include "ui/composer/clip_panel.h"

class QTimer;

namespace xllm::ui {

class ClipShelf final : public QWidget {
  Q_OBJECT

 public:
  static constexpr int kPauseMs = 150;

  explicit ClipShelf(AttachmentLoader& loader, QWidget* parent = nullptr);  // `loader` outlives this

  void setAbilities(const ClipAbilities& abilities);
  // Its panel opens when no other is open, and its frames are read when it has none.
  void add(quint64 id, const Attachment& clip);
  void remove(quint64 id);
  void clear();
  void toggle(quint64 id);
  bool isReading() const;                    // what is chosen is not read yet
  quint64 openId() const { return m_open; }  // 0: none
  ClipPanel* panel(quint64 id) const;

 Q_SIGNALS:
  void edited();                                                    // by the person; frames follow
  void read(quint64 id, const xllm::ui::Attachment& clip);          // what is shown of it and what is sent
  void failed(quint64 id, const xllm::Error& error, bool wasRead);  // wasRead: what it had is kept
  void opened(quint64 id);

 private:
  struct Clip {
    Attachment wanted;                // with the choice as it is now
    std::optional<Attachment> known;  // the last whose frames were read
    ClipPanel* panel = nullptr;
    quint64 sampling = 0, glancing = 0;  // the loader's; 0: none
    bool isDue = false;                  // its frames are to be read
  };

  void onChoice(quint64 id, const ClipChoice& choice);
  void sampleDue();
  void onLoaded(quint64 job, const Attachment& clip);
  void onFailed(quint64 job, const Error& error);
  void forgetJobs(Clip& clip);
  void open(quint64 id);

  AttachmentLoader& m_loader;
  ClipAbilities m_abilities;
  QHash<quint64, Clip> m_clips;
  quint64 m_open = 0;
  QTimer* m_pause;
};

}  // namespace xllm::ui
