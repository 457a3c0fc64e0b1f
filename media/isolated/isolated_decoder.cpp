#include "media/isolated/isolated_decoder.h"

#include <algorithm>
#include <exception>
#include <optional>
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

// It may be shown in a terminal.
std::string withoutControls(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char letter) { return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F; },
      ' ');
  return text;
}

// Pictures come first, each with its place, in order; then the answer.
bool receivePictures(Sender& sender, Receiver& receiver, int count, const GlanceSink& sink) {
  for (int last = -1;;) {
    bool isPicture = false;
    if (!carryFlag(receiver, isPicture)) return false;
    if (!isPicture) return true;
    int index = 0;
    RgbImage picture;
    if (!receiver(index) || !receiver.check(index > last && index < count)) return false;
    if (!carry(receiver, picture, kMostOfFrame)) return false;
    last = index;
    bool isMoreWanted = sink(index, std::move(picture));
    if (!carryFlag(sender, isMoreWanted) || !sender.flush()) return false;
  }
}

// Nothing: it speaks as we do.
std::optional<Error> greet(Receiver& receiver, const std::filesystem::path& program) {
  std::uint32_t protocol = 0;
  if (!receiver(protocol)) {
    return Error{ErrorCode::Internal, program.string() +
                                          ", which reads pictures, sound and clips, does not start. Install X-LLM "
                                          "Desktop again."};
  }
  if (protocol == kProtocol) return std::nullopt;
  return Error{ErrorCode::Internal, "X-LLM Desktop was replaced by another version while it ran. Start it again."};
}

}  // namespace

std::filesystem::path decoderProgram() {
  const std::filesystem::path own = programFile();
  return own.empty() ? own : own.parent_path() / "xllm-decoder";
}

IsolatedDecoder::IsolatedDecoder(std::filesystem::path program) : m_program(std::move(program)) {}

IsolatedDecoder::~IsolatedDecoder() = default;

void IsolatedDecoder::makeReady() const noexcept try {
  if (const auto child = takeChild()) giveBack(*child);
} catch (const std::exception&) {
}

void IsolatedDecoder::stopAll() {
  const std::scoped_lock lock(m_mutex);
  m_isStopped = true;
  for (const Child& child : m_busy) child->process->kill();
}

Result<IsolatedDecoder::Child> IsolatedDecoder::takeChild() const {
  const std::scoped_lock lock(m_mutex);
  if (m_isStopped) return fail(ErrorCode::Cancelled, "No media are read any more.");
  Child child;
  while (!child && !m_idle.empty()) {
    if (m_idle.back()->process->isAlive()) child = m_idle.back();
    m_idle.pop_back();
  }
  if (!child) {
    auto process = ChildProcess::start(m_program);
    if (!process) return tl::unexpected(process.error());
    child = std::make_shared<Reader>(Reader{std::move(*process)});
  }
  m_busy.push_back(child);
  return child;
}

void IsolatedDecoder::release(const Child& child) const {
  const std::scoped_lock lock(m_mutex);
  std::erase(m_busy, child);
}

void IsolatedDecoder::giveBack(const Child& child) const {
  const std::scoped_lock lock(m_mutex);
  std::erase(m_busy, child);
  if (!m_isStopped && m_idle.size() < kMostIdle) m_idle.push_back(child);
}

bool IsolatedDecoder::isStopped() const {
  const std::scoped_lock lock(m_mutex);
  return m_isStopped;
}

template <typename T>
Result<T> IsolatedDecoder::ask(Request request, const std::stop_token& stop, const GlanceSink* sink) const noexcept {
  try {
    const auto stopped = fail(ErrorCode::Cancelled, "Reading " + request.file.string() + " was stopped.");
    if (stop.stop_requested()) return stopped;
    const auto child = takeChild();
    if (!child) return tl::unexpected(child.error());
    const Duty duty(*this, *child);
    ChildProcess& process = *(*child)->process;
    Sender sender(process.channel());
    Receiver receiver(process.channel());
    Result<T> result = fail(ErrorCode::Internal, "Nothing was read.");
    std::optional<Error> problem;
    bool isAnswered = false;
    {
      const std::stop_callback whenStopped(stop, [&] { process.kill(); });
      if (!std::exchange((*child)->isGreeted, true)) problem = greet(receiver, m_program);
      isAnswered = !problem && carry(sender, request) && sender.flush() &&
                   (sink == nullptr || receivePictures(sender, receiver, request.count, *sink)) &&
                   carry(receiver, result);
    }
    if (stop.stop_requested()) return stopped;
    if (isAnswered) {
      giveBack(*child);
      if (!result) result.error().message = withoutControls(std::move(result.error().message));
      return result;
    }
    release(*child);  // stopAll() kills no process that is being ended
    if (isStopped()) return stopped;
    if (problem) return tl::unexpected(std::move(*problem));
    return tl::unexpected(brokenOff(process, request.file, receiver.isNonsense()));
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
