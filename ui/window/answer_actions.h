// What the actions about the last question and answer do, and when they can be done.
#pragma once

namespace xllm::ui {

class Actions;
class Conversation;

void connectAnswerActions(Actions& actions, Conversation& conversation);  // both outlive each other's signals

}  // namespace xllm::ui
