#include "ui/models/context_use.h"

#include <QLocale>

namespace xllm::ui {

QString ContextWords::numbers(const ContextUse& use) {
  const QLocale locale;
  const QString tokens = locale.toString(use.tokens), length = locale.toString(use.length);
  return use.estimated ? tr("about %1 of %2 tokens").arg(tokens, length) : tr("%1 of %2 tokens").arg(tokens, length);
}

QString ContextWords::warning(const ContextUse& use) {
  if (use.tooLong) return tr("This message is too long for the model: shorten it, or send it in parts.");
  if (use.messagesLeftOut == 0) return {};
  return tr("The model will not read the %n oldest message(s) any more: there is no room.", nullptr,
            use.messagesLeftOut);
}

}  // namespace xllm::ui
