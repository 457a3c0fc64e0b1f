// The kinds of things that go with a message.
#pragma once

namespace xllm::ui {

// The numbers are on people's disks: add, never change.
enum class MediaKind { Picture = 1, Sound = 2, Video = 3 };

}  // namespace xllm::ui
