// A picture or a sound that goes with a message: what the model gets, and what the window shows of it.
#pragma once

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

  static constexpr int kThumbnailEdge = 512;
};

using Attachments = QList<Attachment>;

// "0:07", "12:30".
QString durationText(double seconds);

}  // namespace xllm::ui
