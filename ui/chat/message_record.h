// Between a message as the window has it and as it is kept.
#pragma once

#include "ui/chat/conversation_model.h"
#include "ui/history/media_vault.h"

namespace xllm::ui {

MessageRecord recordOf(const Message& message);
// One per attachment; empty where the vault has it already.
QList<MediaSource> sourcesOf(const Message& message);
// Neither pixels nor samples: those are read when the model needs them.
Message messageFrom(const MessageRecord& record, const MediaVault& vault);

// It is in the vault now, under that name.
void setKept(Attachment& attachment, const QString& sha256, const MediaVault& vault);
// What the model reads, and nothing else, is taken from one that was read again, or from nothing.
void setMedia(Attachment& attachment, const Attachment& read);
// The medium itself, what is shown of it and where it lies, from one that was sent; what is said of it stays.
void setOriginal(Attachment& attachment, const Attachment& sent);

// What the model would read is not in memory, though it is on disk.
bool isAsleep(const Attachment& attachment);

}  // namespace xllm::ui
