// What to make of words that were recognised while the computer spoke: whether somebody said something, and whether it
// was somebody else. Leaves hearing and recognising to others.
#pragma once

#include <QString>

namespace xllm::ui {

// Not for what only clears a throat: "[cough]", "hm", music, and what recognisers make of noise.
bool holdsWords(const QString& recognised);

// Whether these are the words that were spoken aloud just now, as a microphone beside a loudspeaker hears them: some of
// them wrong, and not all of them.
bool areSpokenWords(const QString& recognised, const QString& spoken);

}  // namespace xllm::ui
