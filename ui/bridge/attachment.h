// A picture, a sound or a clip that goes with a message: what the model gets, what the window shows of it, and where
// its original is. One that was read from disk has neither pixels nor samples until the model needs them.
#pragma once

#include <QByteArray>
#include <QImage>
#include <QList>
#include <QSize>
#include <QString>

#include "core/generation/chat_request.h"
#include "ui/bridge/clip_choice.h"
#include "ui/bridge/media_kind.h"

namespace xllm::ui {

struct Attachment {
  MediaKind kind = MediaKind::Picture;
  QString name;                 // the file's, or what it is called in the window
  generation::Picture picture;  // set for pictures
  generation::Sound sound;      // set for sounds, and for clips whose sound goes along
  generation::Clip clip;        // of clips: the frames of `choice`
  ClipChoice choice = {};       // of clips
  bool hasSound = false;        // of clips: there is some, though it need not go along; of sounds: setCorrected()
  bool soundFailed = false;     // of clips: it was to go along and cannot be read, or is too long
  QImage thumbnail;         // of pictures, at most kThumbnailEdge on its longer side; of clips the frames side by side
  QSize pixels;             // of pictures and clips
  double seconds = 0;       // of sounds and clips, the whole length
  QString file;             // the original; empty: there is none, see `encoded`
  QByteArray encoded;       // the original's bytes where there is no file: of a pasted picture
  QString sha256;           // once it is kept; `file` and `thumbnailFile` are kept ones then
  QString thumbnailFile;    // shown where `thumbnail` is null
  qint64 tokens = 0;        // soft tokens it costs with the loaded pack; 0: not known (yet)
  QString transcript = {};  // what is said in it, where that is known
  QString caption = {};     // what is seen in it, where that is known

  static constexpr int kThumbnailEdge = 512;

  // Its sound is part of what the model gets; of a clip only where the pack hears.
  bool soundGoes() const { return sound && (kind == MediaKind::Sound ? !isCorrected() : choice.withSound); }
  // Of a recording: its words were corrected by the person. They are the message; the recording only stays with it.
  bool isCorrected() const { return kind == MediaKind::Sound && hasSound && !choice.withSound; }
  void setCorrected(const QString& words) {
    hasSound = true;
    choice.withSound = false;
    transcript = words;
  }
};

using Attachments = QList<Attachment>;

// "0:07", "12:30", "4:00:00".
QString durationText(double seconds);
// A moment of a clip that is so long: "0:03.2", in a long one "12:30".
QString momentText(double seconds, double length);

}  // namespace xllm::ui
