#include "ui/chat/code_highlighter.h"

#include <QTextBlock>
#include <QTextDocument>
#include <algorithm>

#include "ui/widgets/theme.h"

namespace xllm::ui {

namespace {

QColor colorOf(CodeWord word, const Colors& colors) {
  switch (word) {
    case CodeWord::Keyword: return colors.codeKeyword;
    case CodeWord::String:
    case CodeWord::Added: return colors.codeString;
    case CodeWord::Number: return colors.codeNumber;
    case CodeWord::Comment: return colors.muted;
    case CodeWord::Removed: return colors.danger;
  }
  return colors.text;
}

}  // namespace

CodeHighlighter::CodeHighlighter(QTextDocument* document, const CodeLanguage& language, CodeState before,
                                 const Colors& colors)
    : QSyntaxHighlighter(document), m_language(language), m_before(before), m_colors(colors) {
  rehighlight();  // at once: what Qt does by itself comes after the first painting
}

CodeState CodeHighlighter::endState() const { return std::max(0, document()->lastBlock().userState()); }

void CodeHighlighter::highlightBlock(const QString& line) {
  const CodeState before = currentBlock().blockNumber() == 0 ? m_before : std::max(0, previousBlockState());
  setCurrentBlockState(scanCode(m_language, line, before, [this](qsizetype start, qsizetype length, CodeWord word) {
    setFormat(static_cast<int>(start), static_cast<int>(length), colorOf(word, m_colors));
  }));
}

}  // namespace xllm::ui
