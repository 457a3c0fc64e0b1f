// One picture or sound: the original, and beside it exactly what the model makes of it. What the engine says is brought
// by its owner; nothing is read or asked here.
#pragma once

#include <QDialog>
#include <optional>

#include "ui/bridge/attachment.h"
#include "ui/bridge/problem.h"

class QGridLayout;
class QLabel;
class QPlainTextEdit;
class QPushButton;
class QStackedWidget;

namespace xllm::ui {

class OriginalView;
class Playback;
class SeenView;
class SoundBar;

class MediaViewer final : public QDialog {
  Q_OBJECT

 public:
  // What is still missing of what the model makes of it.
  enum class Waiting { File = 1, Pack, Model };

  explicit MediaViewer(QWidget* parent = nullptr);

  void setPlayback(Playback* playback);          // null: sounds are not played; outlives this
  void present(const Attachment& attachment);    // another one: nothing is known of it yet; shows the window
  void setMedium(const Attachment& attachment);  // the same, with its pixels or samples
  void setWaiting(Waiting waiting);
  void setExamination(const generation::Examination& made);
  void setProblem(const Error& error, Situation situation);

  const Attachment& attachment() const { return m_attachment; }
  const OriginalView& original() const { return *m_original; }
  const SeenView& seen() const { return *m_seen; }
  QString facts() const;  // what is said below what the model sees
  QString transcript() const;
  SoundBar& sound() { return *m_sound; }          // of a recording
  SoundBar& clipSound() { return *m_clipSound; }  // that went along
  QPushButton& openOutside() { return *m_openOutside; }

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void build();
  void retranslate();
  QString originalFacts() const;
  QString madeFacts() const;
  QString pictureFacts(const SeenPicture& seen) const;
  bool isSound() const { return m_attachment.kind == MediaKind::Sound; }

  Attachment m_attachment;
  Waiting m_waiting = Waiting::File;
  std::optional<generation::Examination> m_made;
  std::optional<std::pair<Error, Situation>> m_problem;

  QLabel *m_name, *m_originalTitle, *m_madeTitle, *m_originalFacts, *m_madeFacts;
  QStackedWidget *m_originals, *m_makings;
  OriginalView* m_original;
  SoundBar *m_sound, *m_clipSound;
  SeenView* m_seen;
  QPlainTextEdit* m_transcript;
  QPushButton *m_openOutside, *m_close;
};

}  // namespace xllm::ui
