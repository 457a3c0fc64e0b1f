#include "core/data/file_facts.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <utility>

#include "core/base/this_process.h"
#include "core/data/content_key.h"
#include "core/data/plain_media.h"

namespace xllm::data {

namespace {

constexpr std::chrono::milliseconds kProgressEvery{50};

void refuse(FileFacts& facts, const Error& error) {
  switch (error.code) {
    case ErrorCode::NotFound: facts.problem = Fault::MissingFile; break;
    case ErrorCode::Unsupported: facts.problem = Fault::UnreadFormat; break;
    case ErrorCode::BadInput: facts.problem = Fault::WrongKind; break;
    default: facts.problem = facts.signature.cutOff ? Fault::CutOffFile : Fault::BrokenFile; break;
  }
  if (facts.problem == Fault::BrokenFile || facts.problem == Fault::CutOffFile) return;
  const std::string name = facts.file.file.string() + " ";
  facts.details = error.message.starts_with(name) ? error.message.substr(name.size()) : error.message;
}

void inspectPicture(FileFacts& facts, const MediaProbe& probe) {
  const auto look = lookAtPicture(facts.file.file, probe);
  if (!look) return refuse(facts, look.error());
  facts.width = look->width;
  facts.height = look->height;
  facts.mark = markOf(look->small);
  facts.blank = facts.mark.blank;
}

void inspectClip(FileFacts& facts, const MediaProbe& probe, const std::stop_token& stop) {
  const auto look = probe.lookAtClip(facts.file.file, stop);
  if (!look) return refuse(facts, look.error());
  facts.width = look->facts.width;
  facts.height = look->facts.height;
  facts.seconds = look->facts.seconds;
  facts.missingSeconds = look->missingSeconds;
  facts.blank = std::ranges::all_of(look->frames, [](const RgbImage& frame) { return markOf(frame).blank; });
}

void inspectRecording(FileFacts& facts, const MediaProbe& probe) {
  const auto look = probe.listenTo(facts.file.file);
  if (!look) return refuse(facts, look.error());
  facts.seconds = look->clip.seconds();
  const double missing = look->promisedSeconds - facts.seconds;
  if (missing > std::max(0.1, look->promisedSeconds / 50)) facts.missingSeconds = missing;
  facts.sampleRateHz = look->sampleRateHz;
  facts.channels = look->channels;
  facts.levels = levelsOf(look->clip);
}

void inspect(FileFacts& facts, const Inspection& how, bool withContent, const std::stop_token& stop) {
  const auto& path = facts.file.file;
  facts.signature = signatureOf(path);
  if (withContent) {
    if (auto key = contentKey(path)) facts.content = std::move(*key);
  }
  if (how.probe == nullptr) return;
  switch (facts.file.kind) {
    case MediumKind::Picture: return inspectPicture(facts, *how.probe);
    case MediumKind::Clip: return inspectClip(facts, *how.probe, stop);
    case MediumKind::Recording: return inspectRecording(facts, *how.probe);
  }
}

// Which files share their size with another one: only these can be the same.
std::vector<bool> ofOneSize(std::span<const DataFile> files) {
  std::map<std::uintmax_t, std::vector<std::size_t>> bySize;
  for (std::size_t i = 0; i < files.size(); ++i) {
    std::error_code failed;
    const auto size = std::filesystem::file_size(files[i].file, failed);
    if (!failed) bySize[size].push_back(i);
  }
  std::vector<bool> shared(files.size());
  for (const auto& [size, indices] : bySize) {
    if (indices.size() < 2) continue;
    for (const std::size_t i : indices) shared[i] = true;
  }
  return shared;
}

// Hands out files to its threads, and counts those that are done.
class Workers {
 public:
  Workers(std::vector<FileFacts>& facts, const Inspection& how, const std::vector<bool>& withContent,
          const std::stop_token& stop)
      : m_facts(facts), m_how(how), m_withContent(withContent), m_stop(stop) {
    const unsigned cores = std::max(std::thread::hardware_concurrency(), 1U);
    const std::size_t wanted = how.threads > 0 ? static_cast<std::size_t>(how.threads) : cores;
    for (std::size_t i = 0; i < std::clamp<std::size_t>(facts.size(), 1, wanted); ++i) {
      m_threads.emplace_back([this] { work(); });
    }
  }

  // Returns when all is done, or stopped.
  void wait(const std::function<void(CheckProgress)>& progress) {
    const auto all = static_cast<std::int64_t>(m_facts.size());
    std::unique_lock lock(m_mutex);
    while (m_done < all && !m_stop.stop_requested()) {
      m_changed.wait_for(lock, kProgressEvery, [&] { return m_done >= all; });
      const CheckProgress now{m_done, all};
      lock.unlock();
      if (progress) progress(now);
      lock.lock();
    }
    if (progress && m_done == all) progress({all, all});
  }

 private:
  void work() {
    standBack();
    for (std::size_t i = m_next++; i < m_facts.size() && !m_stop.stop_requested(); i = m_next++) {
      try {
        inspect(m_facts[i], m_how, m_withContent[i], m_stop);
      } catch (const std::exception& problem) {  // a picture too large for the memory that is left
        m_facts[i].problem = Fault::BrokenFile;
        m_facts[i].details = problem.what();
      }
      const std::lock_guard lock(m_mutex);
      if (++m_done == static_cast<std::int64_t>(m_facts.size())) m_changed.notify_all();
    }
  }

  std::vector<FileFacts>& m_facts;
  const Inspection& m_how;
  const std::vector<bool>& m_withContent;
  const std::stop_token& m_stop;
  std::atomic<std::size_t> m_next = 0;
  std::mutex m_mutex;
  std::condition_variable m_changed;
  std::int64_t m_done = 0;              // guarded by m_mutex
  std::vector<std::jthread> m_threads;  // last: they use all above
};

}  // namespace

Result<std::vector<FileFacts>> inspectFiles(std::span<const DataFile> files, const Inspection& how,
                                            std::stop_token stop, const std::function<void(CheckProgress)>& progress) {
  std::vector<FileFacts> facts(files.size());
  for (std::size_t i = 0; i < files.size(); ++i) facts[i].file = files[i];
  const std::vector<bool> withContent = how.contentOfAll ? std::vector<bool>(files.size(), true) : ofOneSize(files);
  {
    Workers workers(facts, how, withContent, stop);
    workers.wait(progress);
  }
  if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "The check of the data was stopped.");
  return facts;
}

}  // namespace xllm::data
