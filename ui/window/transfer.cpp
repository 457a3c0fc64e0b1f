#include "ui/window/transfer.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QStandardPaths>

#include "ui/bridge/problem.h"
#include "ui/composer/attachment_loader.h"
#include "ui/widgets/attempt.h"
#include "ui/widgets/film_strip.h"
#include "ui/widgets/inline_message.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

QString documents() { return QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation); }

QImage smallPictureOf(const MediaReader& reader, const AttachmentRecord& medium, const std::filesystem::path& file) {
  if (medium.kind == MediaKind::Picture) {
    const auto image = reader.decodePicture(file);
    return image ? thumbnailOf(*image) : QImage();
  }
  const auto clip = reader.decodeClip(file, samplingOf(medium.choice), {});
  return clip ? filmStripOf(*clip) : QImage();
}

ExportFormat formatOf(const QString& file) {
  const QString suffix = QFileInfo(file).suffix().toLower();
  if (suffix == "json"_L1) return ExportFormat::Json;
  return suffix == "html"_L1 || suffix == "htm"_L1 ? ExportFormat::WebPage : ExportFormat::Markdown;
}

}  // namespace

Transfer::Transfer(Store& store, const MediaReader& reader, InlineMessage& message, QWidget* window)
    : QObject(window), m_store(store), m_reader(reader), m_message(message), m_window(window) {
  m_pool.setMaxThreadCount(1);
}

Transfer::~Transfer() { m_pool.waitForDone(); }

void Transfer::askWhereTo(ConversationId id) {
  auto* dialog = new QFileDialog(m_window, tr("Export the conversation"), documents());
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  const std::pair<QString, QString> kinds[] = {{tr("Markdown with media") + u" (*.md)"_s, u"md"_s},
                                               {tr("Web page with media") + u" (*.html)"_s, u"html"_s},
                                               {tr("JSON with media, to import again") + u" (*.json)"_s, u"json"_s}};
  QStringList filters;
  for (const auto& [filter, suffix] : kinds) filters << filter;
  dialog->setNameFilters(filters);
  dialog->setDefaultSuffix(u"md"_s);
  dialog->selectFile(tr("Conversation"));
  connect(dialog, &QFileDialog::filterSelected, dialog,
          [dialog](const QString& filter) { dialog->setDefaultSuffix(filter.section(u"*."_s, -1).chopped(1)); });
  connect(dialog, &QFileDialog::fileSelected, this,
          [this, id](const QString& file) { exportTo(id, file, formatOf(file)); });
  dialog->open();
}

void Transfer::exportTo(ConversationId id, const QString& file, ExportFormat format) {
  m_store.load(id, this, [this, file, format](const Result<ConversationContent>& content) {
    if (content) return write(*content, file, format);
    sayFailed(tr("The conversation could not be exported"), content.error());
  });
}

void Transfer::write(const ConversationContent& content, const QString& file, ExportFormat format) {
  const ExportWords words{.person = tr("You"),
                          .model = tr("Reply"),
                          .missing = tr("(no longer there)"),
                          .tooLarge = tr("(too large for a web page)"),
                          .chosen = tr("(%1 frames, from %2 s to %3 s)")};
  m_pool.start([this, content, file, format, words, vault = m_store.vault()] {
    const auto written = attempt([&] { return exportConversation(content, vault, file, format, words); });
    QMetaObject::invokeMethod(
        this,
        [this, written, file] {
          if (!written) return sayFailed(tr("The conversation could not be exported"), written.error());
          m_message.say(InlineMessage::Kind::Notice, tr("The conversation was exported"),
                        QDir::toNativeSeparators(file));
        },
        Qt::QueuedConnection);
  });
}

void Transfer::askWhatToImport() {
  auto* dialog = new QFileDialog(m_window, tr("Import a conversation"), documents());
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::ExistingFile);
  dialog->setNameFilter(tr("Conversations that were exported as JSON") + u" (*.json)"_s);
  connect(dialog, &QFileDialog::fileSelected, this, &Transfer::importFrom);
  dialog->open();
}

void Transfer::importFrom(const QString& file) {
  m_pool.start([this, file, vault = m_store.vault(), &reader = m_reader] {
    const Thumbnailer smallPicture = [&reader](const AttachmentRecord& medium, const QString& from) {
      return smallPictureOf(reader, medium, std::filesystem::path(from.toStdU16String()));
    };
    const auto content = attempt([&] { return importConversation(file, vault, smallPicture); });
    QMetaObject::invokeMethod(
        this,
        [this, content] {
          if (!content) return sayFailed(tr("The conversation could not be imported"), content.error());
          m_store.addContent(*content);
          Q_EMIT imported(content->conversation.id);
        },
        Qt::QueuedConnection);
  });
}

void Transfer::sayFailed(const QString& title, const Error& error) {
  QString text = tr("Try another folder, or make room on the disk.");
  if (error.code == ErrorCode::NotFound) text = tr("The file is not there, or may not be read.");
  if (error.code == ErrorCode::BadInput) {
    text = tr("This is not a conversation that this program exported as JSON, or it was changed.");
  }
  m_message.say(InlineMessage::Kind::Error, title, text, QString::fromStdString(error.message));
}

}  // namespace xllm::ui
