#include "ui/chat/request_turns.h"

#include <QString>
#include <algorithm>
#include <cmath>
#include <memory>

#include "ui/chat/message_record.h"

namespace xllm::ui {

namespace {

// For what is only on disk: enough to measure it.
generation::Sound soundFor(double seconds) {
  constexpr double kLongest = 24 * 3600;
  const auto samples = static_cast<std::size_t>(std::clamp(std::ceil(seconds), 0.0, kLongest));
  return std::make_shared<const AudioClip>(AudioClip{.sampleRateHz = 1, .samples = std::vector<float>(samples)});
}

Attachment standIn(Attachment asleep) {
  const ClipChoice& choice = asleep.choice;
  switch (asleep.kind) {
    case MediaKind::Picture: asleep.picture = std::make_shared<const RgbImage>(); break;
    case MediaKind::Sound: asleep.sound = soundFor(asleep.seconds); break;
    case MediaKind::Video:
      asleep.clip = std::make_shared<const VideoClip>(
          VideoClip{.frames = std::vector<VideoClip::Frame>(static_cast<std::size_t>(choice.frames))});
      if (asleep.hasSound)
        asleep.sound = soundFor((choice.end > choice.start ? choice.end : asleep.seconds) - choice.start);
      break;
  }
  return asleep;
}

}  // namespace

generation::Turn turnOf(const Message& message, bool hears, bool measured) {
  generation::Turn turn;
  turn.role = message.speaker == Speaker::Person ? generation::Role::User : generation::Role::Assistant;
  for (const Attachment& each : message.attachments) {
    const Attachment attachment = measured && isAsleep(each) ? standIn(each) : each;
    if (attachment.picture) turn.parts.emplace_back(attachment.picture);
    if (attachment.clip) turn.parts.emplace_back(attachment.clip);
    if (attachment.soundGoes() && (attachment.kind == MediaKind::Sound || hears)) {
      turn.parts.emplace_back(attachment.sound);
    }
  }
  if (!message.text.isEmpty()) turn.parts.emplace_back(message.text.toStdString());
  return turn;
}

Prospect exchangesOf(const MessagePath& path, const Asking& how, bool measured) {
  Prospect to;
  const Answering& answering = how.answering;
  to.request.options = {
      .sampling = {.temperature = answering.temperature, .topP = answering.topP, .topK = answering.topK},
      .maxNewTokens = answering.longestAnswer,
      .kept = how.halfMemory ? llm::KeptAs::Int8 : llm::KeptAs::Float16};
  if (!answering.systemPrompt.trimmed().isEmpty()) {
    to.request.turns.push_back({.role = generation::Role::System, .parts = {answering.systemPrompt.toStdString()}});
  }
  for (std::size_t row = 0; row + 1 < path.size(); row += 2) {
    const Message& reply = *path[row + 1];
    if (reply.text.isEmpty() || reply.state == MessageState::Failed) continue;
    for (const std::size_t each : {row, row + 1}) {
      to.request.turns.push_back(turnOf(*path[each], how.hears, measured));
      to.rows << static_cast<int>(each);
    }
  }
  return to;
}

bool needsDisk(const Attachment& attachment) { return isAsleep(attachment) && !attachment.isCorrected(); }

}  // namespace xllm::ui
