#include "ui/exporting/exported.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QMimeDatabase>
#include <QSaveFile>
#include <QUrl>
#include <algorithm>

#include "ui/exporting/html.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kMostInline = 64 << 20;  // bytes; a web page names larger media without holding them

Error cannotWrite(const QString& file, const QString& why) {
  return {ErrorCode::DiskFull, u"%1 could not be written: %2."_s.arg(file, why).toStdString()};
}

Result<void> save(const QString& file, const QByteArray& bytes) {
  QSaveFile out(file);
  if (!out.open(QIODevice::WriteOnly) || out.write(bytes) != bytes.size() || !out.commit()) {
    return tl::unexpected(cannotWrite(file, out.errorString()));
  }
  return {};
}

// "3-owl.png": a plain name on every system, whatever the original was called.
QString plainName(qsizetype number, const QString& name) {
  QString plain = QFileInfo(name).fileName().right(80);
  for (QChar& c : plain) {
    if (!c.isLetterOrNumber() && !u"._- "_s.contains(c)) c = u'_';
  }
  while (plain.startsWith(u'.')) plain.remove(0, 1);
  return u"%1-%2"_s.arg(number).arg(plain);
}

// SHA-256 → its path relative to the exported file. Copies what is there.
Result<QHash<QString, QString>> copyMedia(const QList<MessageRecord>& messages, const MediaVault& vault,
                                          const QString& file) {
  const QFileInfo target(file);
  const QString folder = target.completeBaseName() + u"-media"_s;
  QHash<QString, QString> copied;
  for (const MessageRecord& message : messages) {
    for (const AttachmentRecord& attachment : message.attachments) {
      const QString source = vault.pathOf(attachment.sha256);
      if (copied.contains(attachment.sha256) || !QFile::exists(source)) continue;
      if (!target.dir().mkpath(folder)) return tl::unexpected(cannotWrite(folder, u"the folder could not be made"_s));
      const QString relative = folder + u'/' + plainName(copied.size() + 1, attachment.name);
      const QString copy = target.dir().filePath(relative);
      QFile::remove(copy);
      QFile medium(source);
      if (!medium.copy(copy)) return tl::unexpected(cannotWrite(copy, medium.errorString()));
      copied.insert(attachment.sha256, relative);
    }
  }
  return copied;
}

QString percentEncoded(const QString& path) { return QString::fromLatin1(QUrl::toPercentEncoding(path, "/")); }

// "(8 frames, 3.0 s to 9.5 s)": what of a clip was asked about.
QString chosenOf(const AttachmentRecord& clip, const ExportWords& words) {
  const double end = clip.choice.end > clip.choice.start ? clip.choice.end : clip.seconds;
  return words.chosen.arg(clip.choice.frames)
      .arg(QString::number(clip.choice.start, 'f', 1), QString::number(end, 'f', 1));
}

QByteArray markdownOf(const ConversationContent& content, const QList<MessageRecord>& messages,
                      const QHash<QString, QString>& media, const ExportWords& words) {
  QString text = u"# "_s + content.conversation.title + u"\n\n"_s;
  for (const MessageRecord& message : messages) {
    text += u"**"_s + (message.speaker == Speaker::Person ? words.person : words.model) + u"**\n\n"_s;
    for (const AttachmentRecord& attachment : message.attachments) {
      const QString path = percentEncoded(media.value(attachment.sha256));
      QString name = attachment.name;
      name.replace(u'[', u'(').replace(u']', u')');
      const QString sign = attachment.kind == MediaKind::Picture ? u"!"_s : QString();
      const QString link = sign + u'[' + name + u"]("_s + path + u')';
      text += path.isEmpty() ? QString(name + u' ' + words.missing) : link;
      if (attachment.kind == MediaKind::Video) text += u' ' + chosenOf(attachment, words);
      text += u"\n\n"_s;
    }
    if (!message.text.isEmpty()) text += message.text.trimmed() + u"\n\n"_s;
  }
  return text.toUtf8();
}

QString mediumAsHtml(const AttachmentRecord& attachment, const MediaVault& vault, const ExportWords& words) {
  QFile file(vault.pathOf(attachment.sha256));
  const QString name = attachment.name.toHtmlEscaped();
  const bool isTooLarge = file.size() > kMostInline;
  if (attachment.sha256.isEmpty() || isTooLarge || !file.open(QIODevice::ReadOnly)) {
    const QString& why = isTooLarge ? words.tooLarge : words.missing;
    return u"<p class=\"missing\">%1 %2</p>"_s.arg(name, why.toHtmlEscaped());
  }
  const QByteArray bytes = file.readAll();
  const QString source =
      u"data:%1;base64,%2"_s.arg(QMimeDatabase().mimeTypeForData(bytes).name(), QString::fromLatin1(bytes.toBase64()));
  switch (attachment.kind) {
    case MediaKind::Picture: return u"<img alt=\"%1\" src=\"%2\">"_s.arg(name, source);
    case MediaKind::Sound: return u"<p>%1</p><audio controls src=\"%2\"></audio>"_s.arg(name, source);
    case MediaKind::Video: break;
  }
  return u"<p>%1 %2</p><video controls src=\"%3\"></video>"_s.arg(name, chosenOf(attachment, words).toHtmlEscaped(),
                                                                  source);
}

// %1 title, %2 messages.
constexpr char16_t kPage[] =
    uR"(<!doctype html>
<html><head><meta charset="utf-8"><title>%1</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<style>
body { font: 16px/1.55 system-ui, "Noto Sans CJK SC", sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
article { margin: 1.6rem 0; } h1 { font-size: 1.4rem; } h2 { font-size: .85rem; opacity: .65; margin: 0; }
.you { background: rgba(110, 150, 200, .16); border-radius: 1rem; padding: .8rem 1.1rem; }
.words { white-space: pre-wrap; } img, video { max-width: 100%; border-radius: .6rem; }
pre { overflow: auto; padding: .8rem; border-radius: .5rem; } pre, code { background: rgba(128, 128, 128, .14); }
table { border-collapse: collapse; } td, th { border: 1px solid rgba(128, 128, 128, .5); padding: .3rem .6rem; }
</style></head><body><h1>%1</h1>
%2</body></html>
)";

QByteArray pageOf(const ConversationContent& content, const QList<MessageRecord>& messages, const MediaVault& vault,
                  const ExportWords& words) {
  QString body;
  for (const MessageRecord& message : messages) {
    const bool isPerson = message.speaker == Speaker::Person;
    body += isPerson ? u"<article class=\"you\">"_s : u"<article>"_s;
    body += u"<h2>"_s + (isPerson ? words.person : words.model).toHtmlEscaped() + u"</h2>\n"_s;
    for (const AttachmentRecord& attachment : message.attachments) body += mediumAsHtml(attachment, vault, words);
    body += isPerson ? u"<div class=\"words\">"_s + message.text.toHtmlEscaped() + u"</div>"_s : htmlFrom(message.text);
    body += u"</article>\n"_s;
  }
  QString page = QString::fromUtf16(kPage);
  const qsizetype place = page.indexOf("%2"_L1);  // the words may hold "%1", too
  const QString head = page.left(place).replace("%1"_L1, content.conversation.title.toHtmlEscaped());
  return QString(head + body + page.mid(place + 2)).toUtf8();
}

QJsonObject jsonOf(const MessageRecord& message, const QHash<QString, QString>& media) {
  // Ids as text: JSON's numbers are not whole enough.
  QJsonObject json{{u"id"_s, QString::number(message.id)},
                   {u"parent"_s, QString::number(message.parent)},
                   {u"chosen"_s, QString::number(message.chosen)},
                   {u"speaker"_s, message.speaker == Speaker::Person ? u"person"_s : u"model"_s},
                   {u"state"_s, static_cast<int>(message.state)},
                   {u"createdMs"_s, message.createdMs},
                   {u"text"_s, message.text}};
  if (message.figures.tokens > 0) {
    json[u"figures"_s] = QJsonObject{{u"firstTextSeconds"_s, message.figures.firstTextSeconds},
                                     {u"tokensPerSecond"_s, message.figures.tokensPerSecond},
                                     {u"tokens"_s, message.figures.tokens},
                                     {u"cutShort"_s, message.figures.cutShort}};
  }
  QJsonArray attachments;
  for (const AttachmentRecord& a : message.attachments) {
    QJsonObject one{{u"kind"_s, static_cast<int>(a.kind)},
                    {u"name"_s, a.name},
                    {u"sha256"_s, a.sha256},
                    {u"file"_s, media.value(a.sha256)},
                    {u"width"_s, a.pixels.width()},
                    {u"height"_s, a.pixels.height()},
                    {u"seconds"_s, a.seconds},
                    {u"transcript"_s, a.transcript},
                    {u"caption"_s, a.caption}};
    if (a.kind == MediaKind::Video) {
      one[u"start"_s] = a.choice.start;
      one[u"end"_s] = a.choice.end;
      one[u"frames"_s] = a.choice.frames;
      one[u"hasSound"_s] = a.hasSound;
      one[u"withSound"_s] = a.choice.withSound;
    }
    if (a.kind == MediaKind::Sound && a.hasSound && !a.choice.withSound) one[u"corrected"_s] = true;
    attachments << one;
  }
  if (!attachments.isEmpty()) json[u"attachments"_s] = attachments;
  return json;
}

QByteArray jsonOf(const ConversationContent& content, const QHash<QString, QString>& media) {
  QJsonArray messages;
  for (const MessageRecord& message : content.messages) messages << jsonOf(message, media);
  return QJsonDocument(QJsonObject{{u"format"_s, u"xllm-conversation"_s},
                                   {u"version"_s, 1},
                                   {u"title"_s, content.conversation.title},
                                   {u"createdMs"_s, content.conversation.createdMs},
                                   {u"chosen"_s, QString::number(content.conversation.chosen)},
                                   {u"messages"_s, messages}})
      .toJson();
}

}  // namespace

QList<MessageRecord> shownMessages(const ConversationContent& content) {
  QHash<MessageId, const MessageRecord*> byId;
  for (const MessageRecord& message : content.messages) byId.insert(message.id, &message);
  QList<MessageRecord> shown;
  for (const MessageRecord* at = byId.value(content.conversation.chosen); at && shown.size() < content.messages.size();
       at = byId.value(at->chosen)) {
    shown << *at;
  }
  return shown;
}

Result<void> exportConversation(const ConversationContent& content, const MediaVault& vault, const QString& file,
                                ExportFormat format, const ExportWords& words) {
  const QList<MessageRecord> shown = format == ExportFormat::Json ? content.messages : shownMessages(content);
  if (format == ExportFormat::WebPage) return save(file, pageOf(content, shown, vault, words));
  const auto media = copyMedia(shown, vault, file);
  if (!media) return tl::unexpected(media.error());
  return save(file, format == ExportFormat::Json ? jsonOf(content, *media) : markdownOf(content, shown, *media, words));
}

}  // namespace xllm::ui
