// The pictures, clips and sounds of a message that was sent: pictures as they are, clips as the frames that went to the
// model, sounds with their loudness, to be played, and what was said in them. Each opens by mouse and by key; what then
// happens is its owner's.
#pragma once

#include <QWidget>

#include "ui/bridge/attachment.h"

class QAbstractButton;

namespace xllm::ui {

class FlowLayout;
class Playback;

class AttachmentStrip final : public QWidget {
  Q_OBJECT

 public:
  // `playback`: of sounds; null: they only open.
  explicit AttachmentStrip(const Attachments& attachments, Playback* playback = nullptr, QWidget* parent = nullptr);

  QSize sizeFor(int width) const;                 // what it takes of `width`
  void setWords(const Attachments& attachments);  // transcripts and captions of the same ones
  QList<QAbstractButton*> views() const { return m_views; }
  QList<QWidget*> inTabOrder() const;

 Q_SIGNALS:
  void opened(int place);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  QAbstractButton* view(const Attachment& attachment, Playback* playback);
  void retranslate();
  QString wordsOf(const Attachment& clip) const;

  Attachments m_attachments;
  FlowLayout* m_flow;
  QList<QAbstractButton*> m_views;
};

}  // namespace xllm::ui
