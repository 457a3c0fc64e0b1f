#include "ui/composer/attachment_loader.h"

#include <QBuffer>
#include <QFileInfo>
#include <QImageReader>
#include <memory>
#include <optional>
#include <utility>

#include "ui/widgets/film_strip.h"
#include "ui/widgets/pictures.h"

namespace xllm::ui {

ClipSampling samplingOf(const ClipChoice& choice) {
  ClipSampling sampling{.frames = choice.frames, .startSeconds = choice.start};
  if (choice.end > choice.start) sampling.endSeconds = choice.end;
  return sampling;
}

QImage thumbnailOf(const RgbImage& image) { return screenImage(image, Attachment::kThumbnailEdge); }

namespace {

constexpr qint64 kMostPixels = 64'000'000;  // of pasted pictures: what Qt decodes within its own limit of memory

QByteArray pngOf(const QImage& image) {
  QBuffer buffer;
  buffer.open(QIODevice::WriteOnly);
  image.save(&buffer, "PNG");
  return buffer.data();
}

Attachment fromPicture(RgbImage image, const QString& name) {
  Attachment attachment;
  attachment.kind = MediaKind::Picture;
  attachment.name = name;
  attachment.pixels = QSize(image.width, image.height);
  attachment.thumbnail = thumbnailOf(image);
  attachment.picture = std::make_shared<const RgbImage>(std::move(image));
  return attachment;
}

Attachment fromSound(AudioClip clip, const QString& name) {
  Attachment attachment;
  attachment.kind = MediaKind::Sound;
  attachment.name = name;
  attachment.seconds = clip.seconds();
  attachment.sound = std::make_shared<const AudioClip>(std::move(clip));
  return attachment;
}

RgbImage toRgb(const QImage& image) {
  // Transparent places become white, as on the page the picture was copied from.
  const QImage source = image.convertToFormat(QImage::Format_ARGB32);
  RgbImage rgb{.width = image.width(), .height = image.height(), .pixels = {}};
  rgb.pixels.resize(static_cast<std::size_t>(rgb.width) * static_cast<std::size_t>(rgb.height) * 3);
  auto out = rgb.pixels.begin();
  for (int y = 0; y < rgb.height; ++y) {
    const auto* line = reinterpret_cast<const QRgb*>(source.constScanLine(y));
    for (int x = 0; x < rgb.width; ++x) {
      const int alpha = qAlpha(line[x]);
      for (const int channel : {qRed(line[x]), qGreen(line[x]), qBlue(line[x])}) {
        *out++ = static_cast<std::uint8_t>((channel * alpha + 255 * (255 - alpha) + 127) / 255);
      }
    }
  }
  return rgb;
}

// Without frames; all of it is chosen.
Attachment fromClip(const ClipFacts& facts, const QString& name) {
  Attachment attachment;
  attachment.kind = MediaKind::Video;
  attachment.name = name;
  attachment.pixels = QSize(facts.width, facts.height);
  attachment.seconds = facts.seconds;
  attachment.hasSound = facts.hasSound;
  attachment.choice.end = facts.seconds;
  return attachment;
}

// What no decoder needs to look at. On a worker: the disk may be slow.
std::optional<Situation> obstacleOf(const QString& path) {
  const QFileInfo file(path);
  if (!file.exists()) return std::nullopt;  // the decoder tells why
  if (file.isDir()) return Situation::AddingFolder;
  if (!file.isFile()) return Situation::AddingDevice;
  if (file.size() == 0) return Situation::AddingEmptyFile;
  return std::nullopt;
}

Result<Attachment> readKind(const MediaReader& reader, const QString& path, MediaKind kind,
                            const std::stop_token& stop) {
  const QString name = QFileInfo(path).fileName();
  const std::filesystem::path file(path.toStdU16String());
  Result<Attachment> read;
  switch (kind) {
    case MediaKind::Picture:
      read = reader.decodePicture(file).map([&](RgbImage image) { return fromPicture(std::move(image), name); });
      break;
    case MediaKind::Sound:
      read = reader.decodeSound(file).map([&](AudioClip clip) { return fromSound(std::move(clip), name); });
      break;
    case MediaKind::Video:
      read = reader.describeClip(file, stop).map([&](const ClipFacts& facts) { return fromClip(facts, name); });
      break;
  }
  if (read) read->file = path;
  return read;
}

Result<Attachment> readFile(const MediaReader& reader, const QString& path, Situation& situation,
                            const std::stop_token& stop) {
  if (const auto obstacle = obstacleOf(path)) {
    situation = *obstacle;
    return fail(ErrorCode::BadInput, path.toStdString() + " is a folder, a device, or empty.");
  }
  const Result<MediaKind> kind = reader.identify(std::filesystem::path(path.toStdU16String()));
  if (!kind) return tl::unexpected(kind.error());
  auto read = readKind(reader, path, *kind, stop);
  // It is what it should be, and still nothing that can be used: it is over a limit.
  if (!read && read.error().code == ErrorCode::BadInput) situation = Situation::AddingLargeFile;
  return read;
}

// With the frames of its choice, and its sound if that goes along.
Result<Attachment> readClip(const MediaReader& reader, Attachment attachment, const std::stop_token& stop) {
  const std::filesystem::path file(attachment.file.toStdU16String());
  const ClipSampling sampling = samplingOf(attachment.choice);
  if (!attachment.clip) {
    Result<VideoClip> clip = reader.decodeClip(file, sampling, stop);
    if (!clip) return tl::unexpected(std::move(clip.error()));
    attachment.thumbnail = filmStripOf(*clip);
    attachment.clip = std::make_shared<const VideoClip>(std::move(*clip));
  }
  if (!attachment.hasSound || !attachment.choice.withSound || attachment.sound) return attachment;
  Result<AudioClip> sound = reader.decodeClipSound(file, sampling.startSeconds, sampling.endSeconds, stop);
  if (!sound && sound.error().code == ErrorCode::Cancelled) return tl::unexpected(std::move(sound.error()));
  attachment.soundFailed = !sound;  // the frames are worth sending all the same
  if (sound) attachment.sound = std::make_shared<const AudioClip>(std::move(*sound));
  return attachment;
}

}  // namespace

AttachmentLoader::AttachmentLoader(const MediaReader& reader, QObject* parent) : QObject(parent), m_reader(reader) {
  m_pool.setMaxThreadCount(4);  // clips that take long leave room for the next file
}

AttachmentLoader::~AttachmentLoader() {
  for (std::stop_source& stop : m_wanted) stop.request_stop();
  m_pool.clear();
  m_pool.waitForDone();
}

quint64 AttachmentLoader::addFile(const QString& path) {
  return start([&reader = m_reader, path](Situation& situation, const std::stop_token& stop) {
    return readFile(reader, path, situation, stop);
  });
}

quint64 AttachmentLoader::sampleClip(const Attachment& clip) {
  return start(
      [&reader = m_reader, clip](Situation&, const std::stop_token& stop) { return readClip(reader, clip, stop); });
}

quint64 AttachmentLoader::addImage(const QImage& image, const QString& name) {
  return start([image, name](Situation& situation, const std::stop_token&) -> Result<Attachment> {
    if (image.isNull()) {
      situation = Situation::AddingEmptyFile;
      return fail(ErrorCode::BadInput, "The pasted picture is empty.");
    }
    Attachment attachment = fromPicture(toRgb(image), name);
    attachment.encoded = pngOf(image);
    return attachment;
  });
}

quint64 AttachmentLoader::addPng(const QByteArray& bytes, const QString& name) {
  return start([bytes, name](Situation& situation, const std::stop_token&) -> Result<Attachment> {
    QBuffer buffer;
    buffer.setData(bytes);
    buffer.open(QIODevice::ReadOnly);
    QImageReader reader(&buffer, "png");
    const QSize size = reader.size();
    if (static_cast<qint64>(size.width()) * size.height() > kMostPixels) {
      situation = Situation::AddingLargeFile;
      return fail(ErrorCode::BadInput, "The pasted picture has more than 64 million pixels.");
    }
    const QImage image = reader.read();
    if (image.isNull()) return fail(ErrorCode::CorruptFile, "The pasted picture cannot be read.");
    Attachment attachment = fromPicture(toRgb(image), name);
    attachment.encoded = bytes;
    return attachment;
  });
}

quint64 AttachmentLoader::glanceAt(const QString& path, int count) {
  const quint64 id = ++m_lastId;
  const std::stop_source stop;
  m_wanted.insert(id, stop);
  m_pool.start([this, id, path, count, stop = stop.get_token()] {
    const auto show = [&](int index, const RgbImage& picture) {
      QMetaObject::invokeMethod(
          this,
          [this, id, index, image = thumbnailOf(picture)] {
            if (m_wanted.contains(id)) Q_EMIT glanced(id, index, image);
          },
          Qt::QueuedConnection);
      return true;
    };
    (void)m_reader.glanceAtClip(std::filesystem::path(path.toStdU16String()), count, show, stop);
  });
  return id;
}

void AttachmentLoader::forget(quint64 id) { m_wanted.take(id).request_stop(); }

quint64 AttachmentLoader::start(Work work) {
  const quint64 id = ++m_lastId;
  const std::stop_source stop;
  m_wanted.insert(id, stop);
  m_pool.start([this, id, work = std::move(work), stop = stop.get_token()] {
    if (stop.stop_requested()) return;
    Result<Attachment> result = fail(ErrorCode::Internal, "Reading ended without a result.");
    Situation situation = Situation::AddingFile;
    try {
      result = work(situation, stop);
    } catch (const std::bad_alloc&) {
      result = fail(ErrorCode::OutOfMemory, "There was not enough memory to read this file.");
    } catch (const std::exception& problem) {
      result = fail(ErrorCode::Internal, std::string("Reading failed: ") + problem.what());
    }
    QMetaObject::invokeMethod(
        this, [this, id, situation, result = std::move(result)] { finish(id, result, situation); },
        Qt::QueuedConnection);
  });
  return id;
}

void AttachmentLoader::finish(quint64 id, const Result<Attachment>& result, Situation situation) {
  if (!m_wanted.remove(id)) return;
  if (result) {
    Q_EMIT loaded(id, *result);
  } else {
    Q_EMIT failed(id, result.error(), situation);
  }
}

}  // namespace xllm::ui
