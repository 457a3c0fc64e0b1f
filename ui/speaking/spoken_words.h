// What is said instead of what is written: no emoji, no marks, an address by its name alone, signs of arithmetic as
// words.
#pragma once

#include <QLocale>
#include <QString>

namespace xllm::ui {

// `written`: a sentence as it is shown. Empty: there is nothing in it to be said.
QString spokenWords(const QString& written, QLocale::Language language);

}  // namespace xllm::ui
