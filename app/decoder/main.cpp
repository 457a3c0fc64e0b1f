// `xllm-decoder`: reads pictures, sound and clips for `xllm` and `xllm-desktop`, which start it and talk with it
// (media/isolated/messages.h). It is apart so that nothing but this process is at stake when a file breaks a decoder.

#include <cstdio>

#include "core/base/this_process.h"
#include "media/decode/file_decoder.h"
#include "media/isolated/decoder_server.h"

int main(int argc, char**) {
  if (argc > 1 || xllm::isTerminal(xllm::StandardStream::Input)) {
    std::fputs("xllm-decoder reads pictures, sound and clips for xllm and xllm-desktop, which start it themselves.\n",
               stderr);
    return 2;
  }
  auto channel = xllm::media::beginConfined();
  xllm::media::serve(channel, xllm::media::FileDecoder());
  return 0;
}
