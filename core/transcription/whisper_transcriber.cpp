#include "core/transcription/whisper_transcriber.h"

#include <algorithm>
#include <utility>

#include <ATen/ATen.h>

#include "core/encoders/log_mel.h"
#include "core/encoders/sound_windows.h"
#include "core/encoders/speech_weights.h"
#include "core/transcription/speech_windows.h"

namespace xllm::transcription {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kWindow = 30 * encoders::kSpeechRateHz;  // what Whisper was trained with
// OpenAI's own code takes a window for silence where both hold.
constexpr double kNobodySpeaks = 0.6, kUnsure = -1.0;

std::string trimmed(std::string text) {
  constexpr const char* kBlanks = " \t\r\n";
  text.erase(0, std::min(text.find_first_not_of(kBlanks), text.size()));
  text.erase(text.find_last_not_of(kBlanks) + 1);
  return text;
}

}  // namespace

WhisperTranscriber::WhisperTranscriber(std::unique_ptr<encoders::SpeechEncoder> encoder,
                                       encoders::WhisperDecoder decoder, WhisperVocabulary vocabulary,
                                       WhisperSettings settings)
    : m_encoder(std::move(encoder)),
      m_decoder(std::move(decoder)),
      m_vocabulary(std::move(vocabulary)),
      m_settings(std::move(settings)),
      m_marks(m_vocabulary.marks()) {}

Result<WhisperTranscriber> WhisperTranscriber::open(const fs::path& given, const WhisperSettings& settings) {
  std::error_code ignored;
  const Result<fs::path> file = fs::is_directory(given, ignored) ? encoders::speechWeightsIn(given) : given;
  if (!file) return tl::unexpected(file.error());
  const auto checkpoint = weights::Checkpoint::open(*file);
  if (!checkpoint) return tl::unexpected(checkpoint.error());
  const encoders::Precision precision = settings.precision.value_or(encoders::fastestPrecision());
  auto encoder = encoders::loadWhisperEncoder(**checkpoint, {.precision = precision, .silenceSeconds = 0});
  if (!encoder) return tl::unexpected(encoder.error());
  auto decoder = encoders::loadWhisperDecoder(**checkpoint, {.precision = precision});
  if (!decoder) return tl::unexpected(decoder.error());
  const std::string language = settings.language.empty() ? "en" : settings.language;
  if (const auto prompt = encoders::whisperPrompt(decoder->vocabulary(), language, settings.task); !prompt)
    return tl::unexpected(prompt.error());
  auto vocabulary = whisperVocabularyOf(**checkpoint, decoder->vocabulary());
  if (!vocabulary) return tl::unexpected(vocabulary.error());
  return WhisperTranscriber(std::move(*encoder), std::move(*decoder), std::move(*vocabulary), settings);
}

Result<HeardWindow> WhisperTranscriber::hear(const AudioClip& sound, std::string& language,
                                             std::stop_token stop) const {
  const auto frames = m_encoder->encode(sound);
  if (!frames) return tl::unexpected(frames.error());
  if (language.empty()) language = encoders::whisperLanguage(m_decoder, *frames);
  const auto prompt = encoders::whisperPrompt(m_decoder.vocabulary(), language, m_settings.task);
  if (!prompt) return tl::unexpected(prompt.error());
  HeardWindow window;
  window.heard = encoders::transcribeGreedily(m_decoder, *frames, *prompt, {.never = m_marks}, std::move(stop));
  const bool silent = window.heard.noSpeech > kNobodySpeaks && window.heard.meanLogProbability < kUnsure;
  if (!silent) window.text = m_vocabulary.textOf(window.heard.tokens);
  return window;
}

Result<Transcript> WhisperTranscriber::transcribe(const AudioClip& sound, std::stop_token stop) const {
  if (auto usable = encoders::checkSound(sound); !usable) return tl::unexpected(usable.error());
  Transcript transcript{.text = {}, .language = m_settings.language, .windows = {}};
  for (const auto& [begin, end] : quietWindows(sound.samples, kWindow, sound.sampleRateHz)) {
    AudioClip part{sound.sampleRateHz, {sound.samples.begin() + begin, sound.samples.begin() + end}};
    part.samples.resize(kWindow);
    auto window = hear(part, transcript.language, stop);
    if (!window) return tl::unexpected(window.error());
    if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "The transcription was stopped.");
    window->begin = static_cast<double>(begin) / sound.sampleRateHz;
    window->end = static_cast<double>(end) / sound.sampleRateHz;
    transcript.text += window->text;
    transcript.windows.push_back(std::move(*window));
  }
  transcript.text = trimmed(std::move(transcript.text));
  return transcript;
}

}  // namespace xllm::transcription
