// The pictures and sounds of a message that was sent: pictures as they are, sounds with their length. Shows only.
#pragma once

#include <QWidget>

#include "ui/bridge/attachment.h"

namespace xllm::ui {

class FlowLayout;

class AttachmentStrip final : public QWidget {
  Q_OBJECT

 public:
  explicit AttachmentStrip(const Attachments& attachments, QWidget* parent = nullptr);
  QSize sizeFor(int width) const;  // what it takes of `width`

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void retranslate();
  QWidget* view(const Attachment& attachment);

  FlowLayout* m_flow;
  QList<std::pair<QWidget*, Attachment>> m_shown;
};

}  // namespace xllm::ui
