// Keeps the window's preferences in the platform's settings place. Leaves their meaning to ui/window.
#pragma once

#include "ui/window/preferences.h"

namespace xllm::desktop {

ui::Preferences loadPreferences();
void savePreferences(const ui::Preferences& preferences);

}  // namespace xllm::desktop
