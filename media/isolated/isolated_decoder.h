// Reads media as FileDecoder does, in processes of their own: a file that crashes a decoder, or takes it over, or needs
// more memory than there is, costs an error and not the conversation. Why: docs/adr/0009.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "media/base/media_decoder.h"
#include "media/isolated/child_process.h"

namespace xllm::media {

struct Request;

// The program beside the running one that does the reading.
std::filesystem::path decoderProgram();

// As many processes as calls run at once; kMostIdle of them stay for the next ones. A stop ends the process. Errors
// beside those of MediaDecoder: NotFound (`program` is missing), CorruptFile (its process broke off), Internal (it
// cannot be started, or is of another version).
class IsolatedDecoder final : public MediaDecoder {
 public:
  static constexpr std::size_t kMostIdle = 2;

  explicit IsolatedDecoder(std::filesystem::path program = decoderProgram());
  ~IsolatedDecoder() override;

  // Starts a process now, so that the first file does not wait for it. What goes wrong is told with that file.
  void makeReady() const noexcept;
  // What is being read ends as Cancelled, and nothing is read any more. For the end of the program, which otherwise
  // waits for it.
  void stopAll();

  Result<MediaKind> identify(const std::filesystem::path& file) const override;
  Result<RgbImage> decodePicture(const std::filesystem::path& file) const override;
  Result<AudioClip> decodeSound(const std::filesystem::path& file) const override;
  Result<AudioClip> decodeSound(const std::filesystem::path& file, const SoundSpan& span,
                                std::stop_token stop) const override;
  Result<VideoClip> decodeClip(const std::filesystem::path& file, const ClipSampling& sampling = {}) const override;
  Result<VideoClip> decodeClip(const std::filesystem::path& file, const ClipSampling& sampling,
                               std::stop_token stop) const override;
  Result<ClipFacts> describeClip(const std::filesystem::path& file, std::stop_token stop = {}) const override;
  Result<void> glanceAtClip(const std::filesystem::path& file, int count, const GlanceSink& sink,
                            std::stop_token stop) const override;
  Result<PictureLook> lookAtPicture(const std::filesystem::path& file) const override;
  Result<SoundLook> listenTo(const std::filesystem::path& file) const override;
  Result<ClipLook> lookAtClip(const std::filesystem::path& file, std::stop_token stop) const override;

 private:
  struct Reader {
    std::unique_ptr<ChildProcess> process;
    bool isGreeted = false;
  };
  using Child = std::shared_ptr<Reader>;
  // As long as it is there, stopAll() reaches the child.
  class Duty {
   public:
    Duty(const IsolatedDecoder& of, Child child) : m_of(of), m_child(std::move(child)) {}
    ~Duty() { m_of.release(m_child); }
    Duty(const Duty&) = delete;
    Duty& operator=(const Duty&) = delete;

   private:
    const IsolatedDecoder& m_of;
    Child m_child;
  };

  template <typename T>
  Result<T> ask(Request request, const std::stop_token& stop = {}, const GlanceSink* sink = nullptr) const noexcept;
  Result<Child> takeChild() const;
  void release(const Child& child) const;
  void giveBack(const Child& child) const;
  bool isStopped() const;

  const std::filesystem::path m_program;
  mutable std::mutex m_mutex;
  mutable std::vector<Child> m_idle;
  mutable std::vector<Child> m_busy;
  bool m_isStopped = false;
};

}  // namespace xllm::media
