#include "ui/window/temporary_notice.h"

#include <QAction>
#include <QPushButton>

#include "ui/chat/conversation.h"
#include "ui/widgets/inline_message.h"
#include "ui/window/actions.h"

namespace xllm::ui {

TemporaryNotice::TemporaryNotice(Conversation& conversation, Actions& actions, InlineMessage& message, QObject* parent)
    : QObject(parent),
      m_conversation(conversation),
      m_actions(actions),
      m_message(message),
      m_keep(message.addAction({})) {
  m_message.setDismissible(false);  // it holds as long as the conversation is shown
  connect(m_actions.newTemporary, &QAction::triggered, &conversation, &Conversation::startTemporary);
  connect(&conversation, &Conversation::temporaryChanged, this, &TemporaryNotice::show);
  connect(m_keep, &QPushButton::clicked, &conversation, &Conversation::keepForGood);
  retranslate();
}

// What acts on a conversation of the list has nothing to act on.
void TemporaryNotice::show(bool temporary) {
  for (QAction* action : {m_actions.rename, m_actions.pin, m_actions.exportChat}) action->setEnabled(!temporary);
  temporary ? retranslate() : m_message.hide();
}

void TemporaryNotice::retranslate() {
  m_keep->setText(tr("Keep it"));
  if (!m_conversation.isTemporary()) return;
  m_message.say(InlineMessage::Kind::Notice, tr("This conversation is temporary"),
                tr("Nothing of it is written to the disk. It is gone once another one is shown or the program ends."));
}

}  // namespace xllm::ui
