// Reads media as FileDecoder does, in processes of their own: a file that crashes a decoder, or takes it over, or needs
// more memory than there is, costs an error and not the conversation. Why: docs/adr/0009.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
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
  using Child = std::unique_ptr<ChildProcess>;

  template <typename T>
  Result<T> ask(Request request, const std::stop_token& stop = {}, const GlanceSink* sink = nullptr) const noexcept;
  Result<Child> takeChild() const;
  void giveBack(Child child) const;

  const std::filesystem::path m_program;
  mutable std::mutex m_mutex;
  mutable std::vector<Child> m_idle;
};

}  // namespace xllm::media
