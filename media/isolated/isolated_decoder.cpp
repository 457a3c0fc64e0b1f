#include "media/isolated/isolated_decoder.h"

#include <exception>
#include <string>
#include <utility>

#include "core/base/caught.h"
#include "core/base/this_process.h"
#include "media/isolated/messages.h"

namespace xllm::media {

namespace {

// What a process that broke off says about the file that it was reading.
Error brokenOff(ChildProcess& child, const std::filesystem::path& file, bool isNonsense) {
  const std::string name = file.string();
  const ChildProcess::End end = child.end();
  if (!isNonsense && end == ChildProcess::End::KilledBySystem) {
    return {ErrorCode::OutOfMemory, "The system ended the process that read " + name +
                                        ", most likely because memory ran out. Close other programs, or take a "
                                        "smaller file."};
  }
  if (end == ChildProcess::End::OutOfTime) {
    return {ErrorCode::CorruptFile,
            name +
                " would take more than half an hour to decode: it is damaged, or made to do harm. Convert it with "
                "a program that you trust, or take another file."};
  }
  return {ErrorCode::CorruptFile, name +
                                      " broke the process that read it: the file is damaged, or made to do harm. "
                                      "Nothing else was touched. Convert it with a program that you trust, or take "
                                      "another file."};
}

// Pictures come first, each with its place; then the answer.
bool receivePictures(Sender& sender, Receiver& receiver, int count, const GlanceSink& sink) {
  for (;;) {
    bool isPicture = false;
    if (!carryFlag(receiver, isPicture)) return false;
    if (!isPicture) return true;
    int index = 0;
    RgbImage picture;
    if (!receiver(index) || !receiver.check(index >= 0 && index < count) || !carry(receiver, picture)) return false;
    bool isMoreWanted = sink(index, std::move(picture));
    if (!carryFlag(sender, isMoreWanted) || !sender.flush()) return false;
  }
}

}  // namespace

std::filesystem::path decoderProgram() { return programFile().parent_path() / "xllm-decoder"; }

IsolatedDecoder::IsolatedDecoder(std::filesystem::path program) : m_program(std::move(program)) {}

IsolatedDecoder::~IsolatedDecoder() = default;

void IsolatedDecoder::makeReady() const noexcept try {
  if (auto child = takeChild()) giveBack(std::move(*child));
} catch (const std::exception&) {
}

Result<IsolatedDecoder::Child> IsolatedDecoder::takeChild() const {
  {
    const std::scoped_lock lock(m_mutex);
    while (!m_idle.empty()) {
      Child child = std::move(m_idle.back());
      m_idle.pop_back();
      if (child->isAlive()) return child;
    }
  }
  return ChildProcess::start(m_program);
}

void IsolatedDecoder::giveBack(Child child) const {
  const std::scoped_lock lock(m_mutex);
  if (m_idle.size() < kMostIdle) m_idle.push_back(std::move(child));
}

template <typename T>
Result<T> IsolatedDecoder::ask(Request request, const std::stop_token& stop, const GlanceSink* sink) const noexcept {
  const auto stopped = [&] { return fail(ErrorCode::Cancelled, "Reading " + request.file.string() + " was stopped."); };
  try {
    if (stop.stop_requested()) return stopped();
    auto child = takeChild();
    if (!child) return tl::unexpected(child.error());
    Sender sender((*child)->channel());
    Receiver receiver((*child)->channel());
    Result<T> result = fail(ErrorCode::Internal, "Nothing was read.");
    bool isAnswered = false;
    {
      const std::stop_callback whenStopped(stop, [&] { (*child)->kill(); });
      isAnswered = carry(sender, request) && sender.flush() &&
                   (sink == nullptr || receivePictures(sender, receiver, request.count, *sink)) &&
                   carry(receiver, result);
    }
    if (stop.stop_requested()) return stopped();
    if (!isAnswered) return tl::unexpected(brokenOff(**child, request.file, receiver.isNonsense()));
    giveBack(std::move(*child));
    return result;
  } catch (const std::exception& problem) {
    return tl::unexpected(errorOf(problem));
  }
}

Result<MediaKind> IsolatedDecoder::identify(const std::filesystem::path& file) const {
  return ask<MediaKind>({.task = Task::Identify, .file = file});
}

Result<RgbImage> IsolatedDecoder::decodePicture(const std::filesystem::path& file) const {
  return ask<RgbImage>({.task = Task::Picture, .file = file});
}

Result<AudioClip> IsolatedDecoder::decodeSound(const std::filesystem::path& file) const {
  return ask<AudioClip>({.task = Task::Sound, .file = file});
}

Result<AudioClip> IsolatedDecoder::decodeSound(const std::filesystem::path& file, const SoundSpan& span,
                                               std::stop_token stop) const {
  return ask<AudioClip>({.task = Task::PartOfSound, .file = file, .span = span}, stop);
}

Result<VideoClip> IsolatedDecoder::decodeClip(const std::filesystem::path& file, const ClipSampling& sampling) const {
  return decodeClip(file, sampling, {});
}

Result<VideoClip> IsolatedDecoder::decodeClip(const std::filesystem::path& file, const ClipSampling& sampling,
                                              std::stop_token stop) const {
  return ask<VideoClip>({.task = Task::Clip, .file = file, .sampling = sampling}, stop);
}

Result<ClipFacts> IsolatedDecoder::describeClip(const std::filesystem::path& file, std::stop_token stop) const {
  return ask<ClipFacts>({.task = Task::DescribeClip, .file = file}, stop);
}

Result<void> IsolatedDecoder::glanceAtClip(const std::filesystem::path& file, int count, const GlanceSink& sink,
                                           std::stop_token stop) const {
  return ask<void>({.task = Task::GlanceAtClip, .file = file, .count = count}, stop, &sink);
}

Result<PictureLook> IsolatedDecoder::lookAtPicture(const std::filesystem::path& file) const {
  return ask<PictureLook>({.task = Task::LookAtPicture, .file = file});
}

Result<SoundLook> IsolatedDecoder::listenTo(const std::filesystem::path& file) const {
  return ask<SoundLook>({.task = Task::ListenTo, .file = file});
}

Result<ClipLook> IsolatedDecoder::lookAtClip(const std::filesystem::path& file, std::stop_token stop) const {
  return ask<ClipLook>({.task = Task::LookAtClip, .file = file}, stop);
}

}  // namespace xllm::media
