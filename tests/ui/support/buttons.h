// Buttons as a person finds them: by what stands on them. Tests only.
#pragma once

#include <QPushButton>
#include <QString>
#include <QWidget>

namespace xllm::tests {

inline QPushButton* buttonNamed(const QWidget& in, const QString& text) {
  for (QPushButton* button : in.findChildren<QPushButton*>()) {
    if (button->text() == text) return button;
  }
  return nullptr;
}

}  // namespace xllm::tests
