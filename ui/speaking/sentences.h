// Where sentences end, in the writing systems that a voice reads. Leaves what is said instead of formulas and addresses
// to spoken_words.h.
#pragma once

#include <QStringView>

namespace xllm::ui {

// The end of the sentence that begins at `from`: behind its mark, the closing quotes and brackets, and the space that
// follows. -1: not known yet, because more of `text` is still to come (it is not `complete`): "3." may become "3.5",
// and "Dr." is no end. A sentence that is too long for one breath ends at a comma, or between two words.
qsizetype sentenceEnd(QStringView text, qsizetype from, bool complete);

// Whether there can be an end of a sentence in it.
bool mayEndSentence(QStringView text);

}  // namespace xllm::ui
