// Colours code as it grows: only the lines that changed are looked at again. Leaves what the words are to
// code_language.
#pragma once

#include <QSyntaxHighlighter>

#include "ui/chat/code_language.h"

namespace xllm::ui {

struct Colors;

class CodeHighlighter final : public QSyntaxHighlighter {
  Q_OBJECT

 public:
  // `before`: what is open before the document's first line, as endState() of the part above says.
  CodeHighlighter(QTextDocument* document, const CodeLanguage& language, CodeState before, const Colors& colors);

  CodeState endState() const;  // of the document's last line

 protected:
  void highlightBlock(const QString& line) override;

 private:
  const CodeLanguage& m_language;
  CodeState m_before;
  const Colors& m_colors;
};

}  // namespace xllm::ui
