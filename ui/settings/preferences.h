// What the window remembers from one day to the next, as a plain value. Leaves where it is kept to app/.
#pragma once

#include <QByteArray>
#include <QString>

#include "ui/widgets/language.h"
#include "ui/widgets/theme.h"

namespace xllm::ui {

struct Preferences {
  LanguageChoice language = LanguageChoice::System;
  ThemeChoice theme = ThemeChoice::System;
  QString packFolder;   // chosen by hand; empty: the starter
  QByteArray geometry;  // of the window, as Qt saves it
  bool sidebar = true;  // the conversations beside the one that is shown
};

}  // namespace xllm::ui
