// Words of others in tool tips, which Qt reads as HTML once something in them looks like a tag.
#pragma once

#include <QString>

namespace xllm::ui {

// Shows `text` as it stands.
QString toolTipOf(const QString& text);

}  // namespace xllm::ui
