// The other side of isolated_decoder.h: what the process does that decodes.
#pragma once

#include "media/base/media_decoder.h"
#include "media/isolated/byte_channel.h"

namespace xllm::media {

// Gives up and limits what confinement.h, resource_limits.h and parent_watch.h say. For the beginning of a program that
// child_process.h started; the channel leads to whoever did.
ByteChannel beginConfined();

// Says which protocol it speaks, then answers what comes through `channel`, one request after another, until its other
// end is closed or sends nonsense.
void serve(ByteChannel& channel, const MediaDecoder& decoder);

}  // namespace xllm::media
