// Icons drawn from SVG in the colour of the theme. Leaves out icons of the desktop's own theme.
#pragma once

#include <QIcon>
#include <QString>

namespace xllm::ui {

enum class IconColor { Text = 1, Muted, Accent, OnAccent, Danger, OnRed };

// `:/icons/<name>.svg`, its `currentColor` replaced when it is painted: one icon is right in light and dark and at any
// scale.
QIcon themeIcon(const QString& name, IconColor color = IconColor::Text);

}  // namespace xllm::ui
