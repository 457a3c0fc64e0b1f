// A widget of the conversation's width in the middle of the window.
#pragma once

#include <QHBoxLayout>
#include <QWidget>

#include "ui/chat/conversation_view.h"

namespace xllm::ui {

// Returns the widget to be placed.
inline QWidget* inColumn(QWidget* content, QWidget* parent) {
  auto* host = new QWidget(parent);
  auto* row = new QHBoxLayout(host);
  row->setContentsMargins(24, 0, 24, 0);
  row->setSpacing(0);
  row->addStretch(1);
  row->addWidget(content, 1000);
  row->addStretch(1);
  content->setMaximumWidth(ConversationView::kColumnWidth);
  return host;
}

}  // namespace xllm::ui
