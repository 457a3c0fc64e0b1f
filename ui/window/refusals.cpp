#include "ui/window/refusals.h"

namespace xllm::ui {

Problem Refusals::describe(Conversation::Refusal why) {
  using Refusal = Conversation::Refusal;
  switch (why) {
    case Refusal::NoPack:
      return {tr("There is no model to answer yet"),
              tr("Your message stays here. Choose a model pack and send it then."),
              {}};
    case Refusal::CannotSee:
      return {tr("The loaded pack cannot see pictures"),
              tr("Your message stays here. Remove the picture, or choose a pack with an image encoder."),
              {}};
    case Refusal::CannotHear:
      return {tr("The loaded pack cannot listen to sound"),
              tr("Your message stays here. Remove the recording, or choose a pack with a speech encoder."),
              {}};
    case Refusal::CannotWatch:
      return {tr("The loaded pack cannot watch clips"),
              tr("Your message stays here. Remove the clip, or choose a pack with a video interface."),
              {}};
    case Refusal::Busy:
    case Refusal::QueueFull: break;
  }
  return {tr("The model has too much to do"), tr("Your message stays here. Wait a moment and send it again."), {}};
}

}  // namespace xllm::ui
