// Turns files and pasted pictures into attachments on worker threads. Leaves the list of them to the composer.
#pragma once

#include <QObject>
#include <QSet>
#include <QThreadPool>
#include <functional>

#include "ui/bridge/attachment.h"
#include "ui/bridge/problem.h"
#include "ui/composer/media_reader.h"

namespace xllm::ui {

// At most Attachment::kThumbnailEdge on its longer side.
QImage thumbnailOf(const RgbImage& image);

class AttachmentLoader final : public QObject {
  Q_OBJECT

 public:
  explicit AttachmentLoader(const MediaReader& reader, QObject* parent = nullptr);  // `reader` outlives this
  ~AttachmentLoader() override;  // forgets what waits, waits for what is being decoded

  // Exactly one loaded() or failed() follows, unless forget() was called.
  quint64 addFile(const QString& path);
  quint64 addImage(const QImage& image, const QString& name);
  quint64 addPng(const QByteArray& bytes, const QString& name);  // these very bytes are kept
  void forget(quint64 id);

 Q_SIGNALS:
  void loaded(quint64 id, const xllm::ui::Attachment& attachment);
  void failed(quint64 id, const xllm::Error& error, xllm::ui::Situation situation);

 private:
  using Work = std::function<Result<Attachment>(Situation&)>;  // says in what situation it failed
  quint64 start(Work work);
  void finish(quint64 id, const Result<Attachment>& result, Situation situation);

  const MediaReader& m_reader;
  quint64 m_lastId = 0;
  QSet<quint64> m_wanted;
  QThreadPool m_pool;  // last: its threads post to this object
};

}  // namespace xllm::ui
