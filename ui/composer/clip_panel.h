// What of one clip goes to the model, for the person to see and change: its frame strip, how many frames, whether its
// sound goes along, and what all of it costs. Leaves reading to the clip shelf.
#pragma once

#include <QWidget>

#include "ui/bridge/attachment.h"

class QCheckBox;
class QLabel;
class QSpinBox;
class QToolButton;

namespace xllm::ui {

class FrameStrip;

// What the loaded pack makes of clips.
struct ClipAbilities {
  int mostFrames = ClipChoice::kMostFrames;
  qint64 tokens = 0, tokensPerFrame = 0;  // both 0: unknown
  bool hears = true;

  bool operator==(const ClipAbilities&) const = default;
};

class ClipPanel final : public QWidget {
  Q_OBJECT

 public:
  explicit ClipPanel(const Attachment& clip, QWidget* parent = nullptr);

  void setAbilities(const ClipAbilities& abilities);
  void setClip(const Attachment& clip);  // its frames were read, or its choice was taken back
  void setReading(bool reading);         // other frames are on their way
  void setGlance(int index, const QImage& picture);

  FrameStrip& strip() { return *m_strip; }
  QSpinBox& framesBox() { return *m_frames; }
  QCheckBox& soundBox() { return *m_sound; }
  QToolButton& wholeButton() { return *m_whole; }
  QList<QWidget*> inTabOrder() const;
  QString figures() const;
  QString note() const;  // what is missing of it; usually nothing

 Q_SIGNALS:
  void choiceChanged(const xllm::ui::ClipChoice& choice);  // by the person

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void change(const ClipChoice& choice);
  void refresh();
  QString noteText() const;

  Attachment m_clip;
  ClipAbilities m_abilities;
  FrameStrip* m_strip;
  QLabel* m_framesLabel;
  QSpinBox* m_frames;
  QCheckBox* m_sound;
  QToolButton* m_whole;
  QLabel* m_figures;
  QLabel* m_note;  // what is missing
};

}  // namespace xllm::ui
