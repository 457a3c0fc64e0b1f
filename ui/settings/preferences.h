// What the window remembers from one day to the next, as a plain value. Leaves where it is kept to app/.
#pragma once

#include <QByteArray>
#include <QString>

#include "ui/settings/preset.h"
#include "ui/widgets/language.h"
#include "ui/widgets/theme.h"

namespace xllm::ui {

struct Preferences {
  LanguageChoice language = LanguageChoice::System;
  ThemeChoice theme = ThemeChoice::System;
  int textZoom = 100;                           // percent
  QString packFolder = {};                      // chosen by hand; empty: the starter
  QByteArray geometry = {};                     // of the window, as Qt saves it
  bool firstRun = false;                        // the first steps are still to be shown
  bool sidebar = true;                          // the conversations beside the one that is shown
  bool tray = false;                            // closing the window leaves the program in the tray, where there is one
  QList<Preset> presets = Presets::builtIn();   // never empty
  QString preset = QStringLiteral("balanced");  // the id of the one in use

  bool operator==(const Preferences&) const = default;
};

}  // namespace xllm::ui
