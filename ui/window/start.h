// How a run of the program began, which decides what is opened and loaded by itself.
#pragma once

namespace xllm::ui {

enum class Start {
  Normal = 1,
  AfterCrash,    // the conversation is opened; the pack is offered
  AfterCrashes,  // two or more in a row: nothing is opened, and a safe start is offered first
  Safe,          // asked for: no conversation, no files of the draft, no pack, default settings that are not kept
};

}  // namespace xllm::ui
