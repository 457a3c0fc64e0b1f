// Mathematics as one line of Unicode: "\frac{a}{b} \le x^2" becomes "a/b ≤ x²". Meant to be read, not to be printed: no
// layout. Leaves finding it between other words to takeMath(), and showing it to markdown_document.
#pragma once

#include <QString>
#include <QStringList>
#include <QStringView>

namespace xllm::ui {

// LaTeX as models write it. What it does not know stays as it is written; nothing is ever refused.
QString mathText(QStringView latex);

// Markdown in which every piece of mathematics is replaced by a mark, so that its stars and underscores mean nothing:
// $…$, $$…$$, \(…\) and \[…\], but not inside of code, and not where a dollar is money.
struct MarkedMath {
  QString markdown;
  QStringList formulas;  // as mathText() reads them, in order
};
MarkedMath takeMath(const QString& markdown);

// `words` with the formulas in the places of their marks.
QString putMath(const QString& words, const QStringList& formulas);

}  // namespace xllm::ui
