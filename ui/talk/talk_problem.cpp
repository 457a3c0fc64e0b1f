#include "ui/talk/talk_problem.h"

namespace xllm::ui {

Problem TalkProblems::describe(ListenTrouble what, const QString& details) {
  switch (what) {
    case ListenTrouble::NotAllowed:
      return {
          tr("The microphone may not be used"),
          tr("The system keeps it from this program, or another program has it for itself. Allow it in the system's "
             "privacy settings, or close the other program. You can type meanwhile."),
          details};
    case ListenTrouble::NoDevice:
      return {tr("There is no microphone"), tr("Plug one in, or switch it on, and try again. You can type meanwhile."),
              details};
    case ListenTrouble::Unplugged:
      return {tr("The microphone went away"),
              tr("What was said until then is kept. Plug it in again, or choose another one. You can type meanwhile."),
              details};
    case ListenTrouble::NoDetector:
      return {
          tr("Hands-free needs a pack that tells speech from noise"),
          tr("No model pack of this computer brings what notices that somebody speaks. Hold or click the microphone "
             "instead, or install a pack that does."),
          details};
    case ListenTrouble::Failed: break;
  }
  return {tr("The microphone could not be heard"),
          tr("The sound system reported a fault. Try again, or choose another microphone. You can type meanwhile."),
          details};
}

Problem TalkProblems::describe(Talk::Obstacle what) {
  if (what == Talk::Obstacle::CannotHear) {
    return {tr("The loaded pack cannot listen to speech"),
            tr("Type your message, or choose a pack with a speech encoder."),
            {}};
  }
  return {tr("There is no model to listen yet"), tr("Choose a model pack first, then talk."), {}};
}

}  // namespace xllm::ui
