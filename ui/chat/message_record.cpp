#include "ui/chat/message_record.h"

#include <QBuffer>
#include <QDataStream>
#include <QDateTime>
#include <QIODevice>
#include <QImage>
#include <algorithm>
#include <cmath>

namespace xllm::ui {

namespace {

// A recording that never was a file, as 16-bit WAV
// (https://www.loc.gov/preservation/digital/formats/fdd/fdd000001.shtml).
QByteArray wavOf(const AudioClip& clip) {
  constexpr quint16 kPcm = 1, kChannels = 1, kBits = 16, kBlockBytes = kChannels * kBits / 8;
  constexpr quint32 kHeaderBytes = 36, kFormatBytes = 16;
  const auto rate = static_cast<quint32>(clip.sampleRateHz);
  const auto dataBytes = static_cast<quint32>(clip.samples.size() * kBlockBytes);
  QByteArray bytes;
  QDataStream out(&bytes, QIODevice::WriteOnly);
  out.setByteOrder(QDataStream::LittleEndian);
  out.writeRawData("RIFF", 4);
  out << (kHeaderBytes + dataBytes);
  out.writeRawData("WAVEfmt ", 8);
  out << kFormatBytes << kPcm << kChannels << rate << rate * kBlockBytes << kBlockBytes << kBits;
  out.writeRawData("data", 4);
  out << dataBytes;
  for (const float sample : clip.samples) {
    out << static_cast<qint16>(std::lround(std::clamp(sample, -1.0F, 1.0F) * 32767.0F));
  }
  return bytes;
}

QByteArray pngOf(const RgbImage& picture) {
  const QImage image(picture.pixels.data(), picture.width, picture.height, static_cast<qsizetype>(picture.width) * 3,
                     QImage::Format_RGB888);
  QBuffer buffer;
  buffer.open(QIODevice::WriteOnly);
  image.save(&buffer, "PNG");
  return buffer.data();
}

}  // namespace

MessageRecord recordOf(const Message& message) {
  MessageRecord record{.id = message.id,
                       .parent = message.parent,
                       .speaker = message.speaker,
                       .state = message.state,
                       .createdMs = QDateTime::currentMSecsSinceEpoch(),
                       .text = message.text,
                       .error = message.error,
                       .figures = message.figures};
  for (const Attachment& attachment : message.attachments) {
    record.attachments << AttachmentRecord{.kind = attachment.kind,
                                           .name = attachment.name,
                                           .sha256 = attachment.sha256,
                                           .pixels = attachment.pixels,
                                           .seconds = attachment.seconds,
                                           .transcript = attachment.transcript,
                                           .caption = attachment.caption,
                                           .choice = attachment.choice,
                                           .hasSound = attachment.hasSound};
  }
  return record;
}

QList<MediaSource> sourcesOf(const Message& message) {
  QList<MediaSource> sources;
  for (const Attachment& attachment : message.attachments) {
    MediaSource source;
    if (attachment.sha256.isEmpty()) {
      source = {.file = attachment.file,
                .bytes = attachment.encoded,
                .thumbnail = attachment.thumbnail,
                .variant = thumbnailVariant(attachment.kind, attachment.choice)};
      if (attachment.sound && attachment.kind == MediaKind::Sound)
        source.encode = [sound = attachment.sound] { return wavOf(*sound); };
      if (attachment.picture) source.encode = [picture = attachment.picture] { return pngOf(*picture); };
    }
    sources << source;
  }
  return sources;
}

Message messageFrom(const MessageRecord& record, const MediaVault& vault) {
  Message message{.id = record.id,
                  .parent = record.parent,
                  .speaker = record.speaker,
                  .text = record.text,
                  .state = record.state,
                  .error = record.error,
                  .figures = record.figures};
  for (const AttachmentRecord& kept : record.attachments) {
    Attachment attachment;
    attachment.kind = kept.kind;
    attachment.name = kept.name;
    attachment.pixels = kept.pixels;
    attachment.seconds = kept.seconds;
    attachment.transcript = kept.transcript;
    attachment.caption = kept.caption;
    attachment.sha256 = kept.sha256;
    attachment.file = vault.pathOf(kept.sha256);
    attachment.choice = kept.choice;
    attachment.hasSound = kept.hasSound;
    attachment.thumbnailFile = vault.thumbnailOf(kept.sha256, thumbnailVariant(kept.kind, kept.choice));
    message.attachments << attachment;
  }
  return message;
}

void setKept(Attachment& attachment, const QString& sha256, const MediaVault& vault) {
  attachment.sha256 = sha256;
  attachment.file = vault.pathOf(sha256);
  attachment.encoded.clear();
  attachment.thumbnailFile = vault.thumbnailOf(sha256, thumbnailVariant(attachment.kind, attachment.choice));
}

void setMedia(Attachment& attachment, const Attachment& read) {
  attachment.picture = read.picture;
  attachment.sound = read.sound;
  attachment.clip = read.clip;
}

void setOriginal(Attachment& attachment, const Attachment& sent) {
  setMedia(attachment, sent);
  attachment.thumbnail = sent.thumbnail;
  attachment.thumbnailFile = sent.thumbnailFile;
  attachment.file = sent.file;
  attachment.encoded = sent.encoded;
  attachment.sha256 = sent.sha256;
}

bool isAsleep(const Attachment& attachment) {
  if (attachment.file.isEmpty()) return false;
  if (attachment.kind == MediaKind::Video) return !attachment.clip;
  return !attachment.picture && !attachment.sound;
}

}  // namespace xllm::ui
