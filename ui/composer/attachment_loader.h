// Turns files and pasted pictures into attachments on worker threads; a clip comes in two steps: what it is, then the
// frames that were chosen. Leaves the list of attachments to the composer.
#pragma once

#include <QHash>
#include <QObject>
#include <QThreadPool>
#include <functional>
#include <stop_token>

#include "ui/bridge/attachment.h"
#include "ui/bridge/problem.h"
#include "ui/composer/media_reader.h"

namespace xllm::ui {

// As the decoder understands it.
ClipSampling samplingOf(const ClipChoice& choice);

// At most Attachment::kThumbnailEdge on its longer side.
QImage thumbnailOf(const RgbImage& image);

class AttachmentLoader final : public QObject {
  Q_OBJECT

 public:
  explicit AttachmentLoader(const MediaReader& reader, QObject* parent = nullptr);  // `reader` outlives this
  ~AttachmentLoader() override;  // forgets what waits, waits for what is being decoded

  // Exactly one loaded() or failed() follows, unless forget() was called. A clip is without frames, all of it chosen.
  quint64 addFile(const QString& path);
  // The same clip with the frames of its choice, and its sound if that goes along. What it has of these is kept.
  quint64 sampleClip(const Attachment& clip);
  quint64 addImage(const QImage& image, const QString& name);
  quint64 addPng(const QByteArray& bytes, const QString& name);  // these very bytes are kept
  // Small pictures spread over a clip, through glanced(), until all are there or forget() was called; nothing when the
  // clip cannot be read.
  quint64 glanceAt(const QString& path, int count);
  void forget(quint64 id);

 Q_SIGNALS:
  void loaded(quint64 id, const xllm::ui::Attachment& attachment);
  void failed(quint64 id, const xllm::Error& error, xllm::ui::Situation situation);
  void glanced(quint64 id, int index, const QImage& picture);

 private:
  // Says in what situation it failed.
  using Work = std::function<Result<Attachment>(Situation& situation, const std::stop_token& stop)>;
  quint64 start(Work work);
  void finish(quint64 id, const Result<Attachment>& result, Situation situation);

  const MediaReader& m_reader;
  quint64 m_lastId = 0;
  QHash<quint64, std::stop_source> m_wanted;
  QThreadPool m_pool;  // last: its threads post to this object
};

}  // namespace xllm::ui
