// What the words of a line of code are, for colours: keywords, strings, comments and numbers of the languages that
// models write most. No grammar: a look at one line and at what was open before it. Leaves colours to CodeHighlighter.
#pragma once

#include <QString>
#include <QStringView>
#include <functional>

namespace xllm::ui {

enum class CodeWord { Keyword = 1, String, Comment, Number, Added, Removed };

// One row of the table of languages; a plain value with static life.
struct CodeLanguage;

// By the name behind a fence ("py", "C++"), however it is written; null: not known, nothing is coloured.
const CodeLanguage* codeLanguage(const QString& name);

// What is still open at the end of a line: 0 nothing, 1 a block comment, 2 … a string over several lines.
using CodeState = int;

// Tells the words of `line`, left to right and never overlapping; answers what is open behind it.
CodeState scanCode(const CodeLanguage& language, QStringView line, CodeState before,
                   const std::function<void(qsizetype start, qsizetype length, CodeWord word)>& tell);

}  // namespace xllm::ui
