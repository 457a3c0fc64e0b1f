#include "ui/widgets/tool_tip.h"

#include <QTextDocument>

namespace xllm::ui {

using namespace Qt::StringLiterals;

// Escaped alone it would be no HTML to Qt any more, and show "&amp;".
QString toolTipOf(const QString& text) {
  return Qt::mightBeRichText(text) ? QString(u"<p>"_s + text.toHtmlEscaped() + u"</p>"_s) : text;
}

}  // namespace xllm::ui
