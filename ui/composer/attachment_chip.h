// One attachment of the draft: its picture or sign, name, size or length, and a button that takes it out again.
#pragma once

#include <QWidget>
#include <optional>

#include "ui/bridge/attachment.h"

class QToolButton;

namespace xllm::ui {

class AttachmentChip final : public QWidget {
  Q_OBJECT

 public:
  AttachmentChip(quint64 id, const QString& name, QWidget* parent = nullptr);

  quint64 id() const { return m_id; }
  const QString& name() const { return m_name; }
  // Nothing while the file is being read.
  const std::optional<Attachment>& attachment() const { return m_attachment; }
  void setAttachment(const Attachment& attachment);
  QToolButton* removeButton() const { return m_remove; }

  QSize sizeHint() const override;

 Q_SIGNALS:
  void removeRequested(quint64 id);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  QString caption() const;
  void retranslate();

  quint64 m_id;
  QString m_name;
  std::optional<Attachment> m_attachment;
  QToolButton* m_remove;
};

}  // namespace xllm::ui
