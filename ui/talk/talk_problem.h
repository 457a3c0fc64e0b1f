// Why nobody is heard, in the reader's language: what happened, why, and what to do.
#pragma once

#include <QCoreApplication>

#include "ui/bridge/problem.h"
#include "ui/talk/talk.h"

namespace xllm::ui {

class TalkProblems {
  Q_DECLARE_TR_FUNCTIONS(xllm::ui::TalkProblems)

 public:
  // Call again after the language changed. `details`: what the sound system said, in its own words.
  static Problem describe(ListenTrouble what, const QString& details);
  static Problem describe(Talk::Obstacle what);
};

}  // namespace xllm::ui
