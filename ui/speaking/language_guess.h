// Guesses which language a sentence is in, so that a voice of that language reads it. By its script, and, where it is
// Latin, by the small words that every sentence has. Meant for choosing a voice, not for more.
#pragma once

#include <QLocale>
#include <QStringView>

namespace xllm::ui {

// `context`: of the sentence before, or else of the interface; it decides where the words do not.
QLocale::Language guessLanguage(QStringView words, QLocale::Language context);

}  // namespace xllm::ui
