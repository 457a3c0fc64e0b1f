// A conversation as a file for others, and our own files back. Markdown and web pages show the path that is shown; JSON
// holds every version of every message. Leaves dialogs to the window, and disk and database to ui/history. Any thread.
#pragma once

#include <QByteArray>
#include <QString>
#include <functional>

#include "ui/history/media_vault.h"
#include "ui/history/records.h"

namespace xllm::ui {

enum class ExportFormat { Markdown = 1, WebPage, Json };

// The few words an exported conversation has of its own, in the reader's language.
struct ExportWords {
  QString person, model;
  QString missing;   // behind the name of a medium that is not in the vault
  QString tooLarge;  // behind the name of one that a web page does not hold
  QString chosen;    // behind the name of a clip: %1 frames, from second %2 to %3
};

// Writes `file`; for Markdown and JSON its media into "<name>-media" beside it. A web page holds them itself, and loads
// and runs nothing.
Result<void> exportConversation(const ConversationContent& content, const MediaVault& vault, const QString& file,
                                ExportFormat format, const ExportWords& words);

// From JSON, under new ids, its media in the vault. Such a file may come from anyone: nothing outside of the folder
// beside it is read, and a medium that is not what its SHA-256 says is left out. BadInput: it is none of ours.
using Thumbnailer = std::function<QImage(const AttachmentRecord& medium, const QString& file)>;
Result<ConversationContent> importConversation(const QString& file, const MediaVault& vault,
                                               const Thumbnailer& thumbnailOf = {});

// The messages on the path that is shown.
QList<MessageRecord> shownMessages(const ConversationContent& content);

}  // namespace xllm::ui
