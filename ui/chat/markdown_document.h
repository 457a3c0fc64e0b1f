// Fills a QTextDocument from Markdown that nobody vouches for: HTML stays text, pictures become their description,
// nothing is ever fetched. Leaves fenced code at top level to MessageText, which gives it a frame and a copy button.
#pragma once

#include <QFont>
#include <QString>

#include "ui/widgets/theme.h"

class QTextDocument;

namespace xllm::ui {

constexpr qreal kQuoteIndent = 18;  // pixels, of every depth

struct TextStyle {
  QFont body;
  QFont code;
  Colors colors;
};

TextStyle textStyle(const QFont& body, const QPalette& palette);

// What `document` held before is replaced.
void setMarkdown(QTextDocument& document, const QString& markdown, const TextStyle& style);
void setPlain(QTextDocument& document, const QString& text, const TextStyle& style);
void setCode(QTextDocument& document, const QString& code, const TextStyle& style);  // keeps what is already there

}  // namespace xllm::ui
