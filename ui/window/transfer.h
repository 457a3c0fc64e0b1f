// Export and import of conversations as the window offers them: asks for the file, works on a worker, says how it went.
#pragma once

#include <QObject>
#include <QThreadPool>

#include "ui/composer/media_reader.h"
#include "ui/exporting/exported.h"
#include "ui/history/store.h"

class QWidget;

namespace xllm::ui {

class InlineMessage;

class Transfer final : public QObject {
  Q_OBJECT

 public:
  // All outlive this. `message` is where it says how it went.
  Transfer(Store& store, const MediaReader& reader, InlineMessage& message, QWidget* window);
  ~Transfer() override;

  void askWhereTo(ConversationId id);
  void askWhatToImport();
  void exportTo(ConversationId id, const QString& file, ExportFormat format);
  void importFrom(const QString& file);

 Q_SIGNALS:
  void imported(xllm::ui::ConversationId id);

 private:
  void write(const ConversationContent& content, const QString& file, ExportFormat format);
  void sayFailed(const QString& title, const Error& error);

  Store& m_store;
  const MediaReader& m_reader;
  InlineMessage& m_message;
  QWidget* m_window;
  QThreadPool m_pool;  // last: its work answers into everything above
};

}  // namespace xllm::ui
