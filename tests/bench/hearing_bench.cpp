// What it costs to hear a recording that still grows, with the starter pack: all of it again, only its newest seconds,
// or with Whisper's own decoder; and how well the words come out either way. Arguments: lists of recordings, a line
// each: path, tab, what is said; without any, those of tests/data.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <torch/types.h>
#include <nlohmann/json.hpp>

#include "core/encoders/speech_encoder.h"
#include "core/evaluation/text_errors.h"
#include "core/kernels/isa.h"
#include "core/kernels/thread_pool.h"
#include "core/model/llm_vocabulary.h"
#include "core/model/model.h"
#include "core/transcription/whisper_transcriber.h"
#include "core/x2l/parameters.h"
#include "core/x2l/speech_interface.h"
#include "media/decode/file_decoder.h"
#include "tests/core/transcription/whisper_pieces.h"
#include "tests/core/weights/temporary_folder.h"

namespace {

using namespace xllm;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr int kRuns = 7;
constexpr std::size_t kRate = 16000;
const fs::path kTests = XLLM_TEST_DIR;

void orThrow(const Result<void>& result) {
  if (!result) throw std::runtime_error(result.error().message);
}
template <typename T>
T orThrow(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

double medianMs(const std::function<void()>& work) {
  std::vector<double> times;
  for (int run = 0; run < kRuns; ++run) {
    const auto start = Clock::now();
    work();
    times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
  }
  std::ranges::sort(times);
  return times[kRuns / 2];
}

struct Spoken {
  AudioClip sound;
  std::string words;
};

std::vector<Spoken> recordings(const fs::path& list) {
  std::vector<Spoken> found;
  std::ifstream stream(list);
  for (std::string line; std::getline(stream, line);) {
    const auto tab = line.find('\t');
    if (tab == std::string::npos) continue;
    found.push_back(
        {orThrow(media::FileDecoder().decodeSound(list.parent_path() / line.substr(0, tab))), line.substr(tab + 1)});
  }
  if (found.empty()) throw std::runtime_error(list.string() + " lists no recordings.");
  return found;
}

AudioClip part(const AudioClip& sound, std::size_t from, std::size_t until) {
  const auto begin = sound.samples.begin();
  const auto end = std::min(until, sound.samples.size());
  return {sound.sampleRateHz, {begin + static_cast<std::ptrdiff_t>(from), begin + static_cast<std::ptrdiff_t>(end)}};
}

// The starter's ears, taken apart.
class Ears {
 public:
  explicit Ears(const fs::path& pack) : m_model(orThrow(model::Model::load(pack))) {
    orThrow(m_model->loadEverything({}, {}));
    const model::Pack& parts = m_model->pack();
    m_encoder =
        orThrow(encoders::openSpeechEncoder({.type = parts.speechEncoder->type, .statistics = {}, .positions = {}},
                                            parts.locate(parts.speechEncoder->file)));
    const auto config = orThrow(x2l::speechInterfaceConfig(parts.speech->config));
    m_interface = std::make_shared<x2l::SpeechInterface>(config);
    orThrow(x2l::loadParameters(*m_interface, *orThrow(weights::Checkpoint::open(parts.locate(parts.speech->file)))));
    m_interface->eval();
    m_vocabulary = model::llmVocabulary(config, m_model->tokenizer(), m_model->languageModel().embeddingTable());
    tests::TemporaryFolder folder;  // of Whisper's vocabulary only the tests' pieces are here: enough to measure time
    fs::create_symlink(fs::absolute(parts.locate(parts.speechEncoder->file)), folder / "model.bin");
    tests::writeFile(folder / "vocabulary.json", nlohmann::json(tests::WhisperPieces().all()).dump());
    m_whisper = std::make_unique<transcription::WhisperTranscriber>(
        orThrow(transcription::WhisperTranscriber::open(folder.path(), {.language = "en"})));
  }

  at::Tensor encode(const AudioClip& sound) const { return orThrow(m_encoder->encode(sound)); }
  // In pieces that know nothing of each other.
  at::Tensor encodePieces(const AudioClip& sound, std::size_t samples) const {
    std::vector<at::Tensor> pieces;
    for (std::size_t at = 0; at < sound.samples.size(); at += samples) {
      const bool rest = at + samples + kRate / 10 >= sound.samples.size();  // too short for a piece of its own
      pieces.push_back(encode(part(sound, at, rest ? sound.samples.size() : at + samples)));
      if (rest) break;
    }
    return at::cat(pieces);
  }
  // S2L's first choices, without the language model's help.
  std::string firstChoices(const at::Tensor& frames) const {
    const auto tokens = m_interface->recognise(frames.unsqueeze(0), {}, {}, m_vocabulary);
    const at::Tensor best = tokens.scores[0].index({tokens.valid[0]}).argmax(-1).contiguous();
    const auto* ids = best.const_data_ptr<std::int64_t>();
    return m_model->tokenizer().decode(std::vector<tokenizer::TokenId>(ids, ids + best.numel()));
  }
  std::string hear(const AudioClip& sound) const { return orThrow(m_model->hear(sound)).text; }
  void whisper(const AudioClip& sound) const { orThrow(m_whisper->transcribe(sound, {})); }

 private:
  std::unique_ptr<model::Model> m_model;
  std::unique_ptr<encoders::SpeechEncoder> m_encoder;
  std::shared_ptr<x2l::SpeechInterface> m_interface;
  x2l::LlmVocabulary m_vocabulary;
  std::unique_ptr<transcription::WhisperTranscriber> m_whisper;
};

void costs(const Ears& ears, const AudioClip& sound) {
  std::printf("\nms     |  encoder, all | its last 2 s | all with S2L | all with Whisper's decoder\n");
  for (const std::size_t seconds : {1, 2, 3, 5, 8, 10, 15}) {
    const AudioClip grown = part(sound, 0, seconds * kRate);
    const AudioClip newest = part(sound, seconds > 2 ? (seconds - 2) * kRate : 0, seconds * kRate);
    ears.hear(grown);
    std::printf("%4zu s | %13.0f | %12.0f | %12.0f | %13.0f\n", seconds, medianMs([&] { ears.encode(grown); }),
                medianMs([&] { ears.encode(newest); }), medianMs([&] { ears.hear(grown); }),
                medianMs([&] { ears.whisper(grown); }));
  }
}

using Reader = std::function<std::string(const AudioClip&)>;

evaluation::TextErrors errorsOf(const std::vector<Spoken>& list, const Reader& read) {
  evaluation::TextErrors errors;
  const auto words = [](const std::string& text) {
    return evaluation::unitsOf(evaluation::normalisedText(text), evaluation::TextUnit::Words);
  };
  for (const Spoken& spoken : list) errors += evaluation::compareTexts(words(spoken.words), words(read(spoken.sound)));
  return errors;
}

// Of the words of partial transcripts, each half second, but for the last one, which may be cut: those that stand where
// the speaker says them.
void partials(const Ears& ears, const std::vector<Spoken>& list) {
  std::int64_t right = 0, all = 0, steps = 0;
  for (const Spoken& spoken : list) {
    const auto said = evaluation::unitsOf(evaluation::normalisedText(spoken.words), evaluation::TextUnit::Words);
    for (std::size_t until = kRate; until < spoken.sound.samples.size(); until += kRate / 2) {
      auto heard = evaluation::unitsOf(evaluation::normalisedText(ears.hear(part(spoken.sound, 0, until))),
                                       evaluation::TextUnit::Words);
      if (!heard.empty()) heard.pop_back();
      for (std::size_t place = 0; place < heard.size(); ++place, ++all)
        right += place < said.size() && heard[place] == said[place] ? 1 : 0;
      ++steps;
    }
  }
  std::printf("partial words right  %5.1f %% of %ld in %ld partial transcripts\n",
              100.0 * static_cast<double>(right) / static_cast<double>(std::max<std::int64_t>(all, 1)),
              static_cast<long>(all), static_cast<long>(steps));
}

void words(const Ears& ears, const fs::path& file) {
  const auto list = recordings(file);
  std::printf("\n%s: %zu recordings\n", file.c_str(), list.size());
  const auto tell = [&](const char* name, const Reader& read) {
    const auto errors = errorsOf(list, read);
    std::printf("%-36s %5.1f %% of %ld words wrong\n", name, 100 * errors.rate().value_or(0),
                static_cast<long>(errors.units));
  };
  tell("S2L as in the program", [&](const AudioClip& sound) { return ears.hear(sound); });
  tell("S2L's first choices, encoded whole",
       [&](const AudioClip& sound) { return ears.firstChoices(ears.encode(sound)); });
  for (const double seconds : {4.0, 2.0, 1.0, 0.5}) {
    const auto samples = static_cast<std::size_t>(seconds * static_cast<double>(kRate));
    char name[64];
    std::snprintf(name, sizeof name, "… encoded in pieces of %.1f s", seconds);
    tell(name, [&](const AudioClip& sound) { return ears.firstChoices(ears.encodePieces(sound, samples)); });
  }
  partials(ears, list);
}

}  // namespace

int main(int argc, char** argv) try {
  const c10::InferenceMode inference;
  const fs::path pack = kTests / "../build/packs/starter";
  if (!fs::exists(pack / "pack.json"))
    throw std::runtime_error("The starter pack is not here; make starter-pack makes it.");
  std::printf("instruction set %s, %d threads\n", std::string(toString(kernels::activeIsa())).c_str(),
              static_cast<int>(kernels::ThreadPool().threads()));
  const Ears ears(pack);
  AudioClip joined;
  for (const Spoken& spoken : recordings(kTests / "data/recordings.tsv"))
    joined.samples.insert(joined.samples.end(), spoken.sound.samples.begin(), spoken.sound.samples.end());
  costs(ears, joined);
  if (argc < 2) words(ears, kTests / "data/recordings.tsv");
  for (int i = 1; i < argc; ++i) words(ears, argv[i]);
  return 0;
} catch (const std::exception& problem) {
  std::fprintf(stderr, "%s\n", problem.what());
  return 1;
}
