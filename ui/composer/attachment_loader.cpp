#include "ui/composer/attachment_loader.h"

#include <QBuffer>
#include <QFileInfo>
#include <memory>
#include <utility>

namespace xllm::ui {

QImage thumbnailOf(const RgbImage& image) {
  const QImage view(image.pixels.data(), image.width, image.height, static_cast<qsizetype>(image.width) * 3,
                    QImage::Format_RGB888);
  const int edge = Attachment::kThumbnailEdge;
  if (image.width <= edge && image.height <= edge) return view.copy();
  return view.scaled(edge, edge, Qt::KeepAspectRatio, Qt::SmoothTransformation);
}

namespace {

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

Result<Attachment> readFile(const MediaReader& reader, const QString& path) {
  const QString name = QFileInfo(path).fileName();
  const std::filesystem::path file(path.toStdU16String());
  const Result<MediaKind> kind = reader.identify(file);
  if (!kind) return tl::unexpected(kind.error());
  switch (*kind) {
    case MediaKind::Picture: {
      Result<RgbImage> image = reader.decodePicture(file);
      if (!image) return tl::unexpected(std::move(image.error()));
      Attachment attachment = fromPicture(std::move(*image), name);
      attachment.file = path;
      return attachment;
    }
    case MediaKind::Sound: {
      Result<AudioClip> clip = reader.decodeSound(file);
      if (!clip) return tl::unexpected(std::move(clip.error()));
      Attachment attachment = fromSound(std::move(*clip), name);
      attachment.file = path;
      return attachment;
    }
    case MediaKind::Video: break;
  }
  return fail(ErrorCode::Unsupported, path.toStdString() + " is a video clip; pictures and sound files can be added.");
}

}  // namespace

AttachmentLoader::AttachmentLoader(const MediaReader& reader, QObject* parent) : QObject(parent), m_reader(reader) {
  m_pool.setMaxThreadCount(2);
}

AttachmentLoader::~AttachmentLoader() {
  m_pool.clear();
  m_pool.waitForDone();
}

quint64 AttachmentLoader::addFile(const QString& path) {
  return start([&reader = m_reader, path] { return readFile(reader, path); });
}

quint64 AttachmentLoader::addImage(const QImage& image, const QString& name) {
  return start([image, name]() -> Result<Attachment> {
    if (image.isNull()) return fail(ErrorCode::BadInput, "The pasted picture is empty.");
    Attachment attachment = fromPicture(toRgb(image), name);
    attachment.encoded = pngOf(image);
    return attachment;
  });
}

void AttachmentLoader::forget(quint64 id) { m_wanted.remove(id); }

quint64 AttachmentLoader::start(std::function<Result<Attachment>()> work) {
  const quint64 id = ++m_lastId;
  m_wanted.insert(id);
  m_pool.start([this, id, work = std::move(work)] {
    Result<Attachment> result = fail(ErrorCode::Internal, "Reading ended without a result.");
    try {
      result = work();
    } catch (const std::bad_alloc&) {
      result = fail(ErrorCode::OutOfMemory, "There was not enough memory to read this file.");
    } catch (const std::exception& problem) {
      result = fail(ErrorCode::Internal, std::string("Reading failed: ") + problem.what());
    }
    QMetaObject::invokeMethod(
        this, [this, id, result = std::move(result)] { finish(id, result); }, Qt::QueuedConnection);
  });
  return id;
}

void AttachmentLoader::finish(quint64 id, const Result<Attachment>& result) {
  if (!m_wanted.remove(id)) return;
  if (result) {
    Q_EMIT loaded(id, *result);
  } else {
    Q_EMIT failed(id, result.error());
  }
}

}  // namespace xllm::ui
