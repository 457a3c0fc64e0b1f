#include "media/isolated/decoder_server.h"

#include <utility>

#include "media/isolated/confinement.h"
#include "media/isolated/messages.h"
#include "media/isolated/parent_watch.h"
#include "media/isolated/resource_limits.h"

namespace xllm::media {

namespace {

template <typename T>
bool answer(Sender& sender, Result<T> result) {
  return carry(sender, result) && sender.flush();
}

// Each picture, whether there will be another one first; after each, whether another one is wanted.
bool glance(Sender& sender, Receiver& receiver, const Request& request, const MediaDecoder& decoder) {
  bool isThere = true;
  const auto sink = [&](int index, RgbImage picture) {
    bool isPicture = true, isMoreWanted = false;
    isThere = carryFlag(sender, isPicture) && sender(index) && carry(sender, picture) && sender.flush() &&
              carryFlag(receiver, isMoreWanted);
    return isThere && isMoreWanted;
  };
  auto result = decoder.glanceAtClip(request.file, request.count, sink, {});
  bool isPicture = false;
  return isThere && carryFlag(sender, isPicture) && answer(sender, std::move(result));
}

bool answerTo(const Request& request, Sender& sender, Receiver& receiver, const MediaDecoder& decoder) {
  const auto& file = request.file;
  switch (request.task) {
    case Task::Identify: return answer(sender, decoder.identify(file));
    case Task::Picture: return answer(sender, decoder.decodePicture(file));
    case Task::Sound: return answer(sender, decoder.decodeSound(file));
    case Task::PartOfSound: return answer(sender, decoder.decodeSound(file, request.span, {}));
    case Task::Clip: return answer(sender, decoder.decodeClip(file, request.sampling, {}));
    case Task::DescribeClip: return answer(sender, decoder.describeClip(file));
    case Task::GlanceAtClip: return glance(sender, receiver, request, decoder);
    case Task::LookAtPicture: return answer(sender, decoder.lookAtPicture(file));
    case Task::ListenTo: return answer(sender, decoder.listenTo(file));
    case Task::LookAtClip: return answer(sender, decoder.lookAtClip(file, {}));
  }
  return false;
}

}  // namespace

ByteChannel beginConfined() {
  giveUpRights();
  limitResources();
  endWithParent();
  return ByteChannel::ofStandardStreams();
}

void serve(ByteChannel& channel, const MediaDecoder& decoder) {
  Sender sender(channel);
  Receiver receiver(channel);
  auto protocol = kProtocol;
  if (!sender(protocol) || !sender.flush()) return;
  for (Request request; carry(receiver, request);) {
    beginProcessorTime();
    if (!answerTo(request, sender, receiver, decoder)) return;
  }
}

}  // namespace xllm::media
