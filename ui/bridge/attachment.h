// A picture or a sound that goes with a message: what the model gets, what the window shows of it, and where its
// original is. One that was read from disk has neither pixels nor samples until the model needs them.
#pragma once

#include <QByteArray>
#include <QImage>
#include <QList>
#include <QSize>
#include <QString>

#include "core/generation/chat_request.h"
#include "ui/bridge/media_kind.h"

namespace xllm::ui {

struct Attachment {
  MediaKind kind = MediaKind::Picture;  // Picture or Sound
  QString name;                         // the file's, or what it is called in the window
  generation::Picture picture;          // set for pictures
  generation::Sound sound;              // set for sounds
  QImage thumbnail;                     // of pictures, at most kThumbnailEdge on its longer side
  QSize pixels;                         // of pictures
  double seconds = 0;                   // of sounds
  QString file;                         // the original; empty: there is none, see `encoded`
  QByteArray encoded;                   // the original's bytes where there is no file: of a pasted picture
  QString sha256;                       // once it is kept; `file` and `thumbnailFile` are kept ones then
  QString thumbnailFile;                // shown where `thumbnail` is null
  qint64 tokens = 0;                    // soft tokens it costs with the loaded pack; 0: not known (yet)
  QString transcript = {};              // what is said in it, where that is known
  QString caption = {};                 // what is seen in it, where that is known

  static constexpr int kThumbnailEdge = 512;
};

using Attachments = QList<Attachment>;

// "0:07", "12:30".
QString durationText(double seconds);

}  // namespace xllm::ui
