// Markdown as HTML that cannot do anything: no raw HTML, no scripts, no pictures from elsewhere, links to web and mail
// addresses alone.
#pragma once

#include <QString>

namespace xllm::ui {

QString htmlFrom(const QString& markdown);

}  // namespace xllm::ui
