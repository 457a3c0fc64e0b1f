// How far one has come in a text, however it is laid out or marked up: its letters and digits. So whoever reads an
// answer aloud and whoever shows it mean the same place.
#pragma once

#include <QStringView>
#include <algorithm>

namespace xllm::ui {

inline int countLetters(QStringView text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](QChar c) { return c.isLetterOrNumber(); }));
}

}  // namespace xllm::ui
