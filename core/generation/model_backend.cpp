#include "core/generation/model_backend.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include "core/generation/answer_text.h"
#include "core/generation/context_window.h"
#include "core/generation/encoded_media.h"
#include "core/generation/prompt.h"
#include "core/generation/session.h"
#include "core/generation/sessions.h"
#include "core/generation/token_stream.h"
#include "core/model/model.h"

namespace xllm::generation {

namespace {

using Clock = std::chrono::steady_clock;
using tokenizer::TokenId;

constexpr std::int64_t kPrefillChunk = 128;  // columns between two looks at the stop token
constexpr std::size_t kDrafts = 3;           // four rows go through the packed products in little more time than one

double millisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

tl::unexpected<Error> cancelled() { return fail(ErrorCode::Cancelled, "Stopped."); }

// A prompt laid out as columns, and the embeddings of its soft tokens.
struct Prompt {
  std::vector<Column> columns;
  std::vector<at::Tensor> soft;  // per column [hidden]; undefined for words
};

class ModelBackend final : public ChatBackend {
 public:
  ModelBackend(Loading loading, std::filesystem::path packedFolder)
      : m_loading(loading), m_packedFolder(std::move(packedFolder)) {}

  Result<PackSummary> load(const std::filesystem::path& pack, std::stop_token stop,
                           const LoadProgress& progress) override;
  Result<Summary> answer(const ChatRequest& request, std::stop_token stop, const TextSink& onText) override;
  Result<Measurement> measure(const ChatRequest& request, std::stop_token stop) override;
  Result<Measurement> prepare(const ChatRequest& request, std::stop_token stop) override;
  Result<std::string> transcribe(const Sound& sound, std::stop_token stop) override;
  Result<Examination> examine(const Part& medium, std::stop_token stop) override;

 private:
  PromptFormat promptFormat() const;
  ContextWindow::View view(const ChatRequest& request, std::int64_t leastLeftOut = 0);
  Result<ContextWindow::View> viewForAnswer(const ChatRequest& request, std::stop_token stop);
  Result<Prompt> layOut(const ContextWindow::View& view, bool zeroed, std::stop_token stop);
  bool onlySilence(const Turn& turn) const;
  at::Tensor embed(const Prompt& prompt, std::int64_t begin, std::int64_t end) const;
  std::int64_t readInOnePiece(const Prompt& prompt) const;
  Session& sessionFor(const Prompt& prompt, const ChatOptions& options);
  Result<at::Tensor> prefill(Session& session, const Prompt& prompt, std::stop_token stop, Summary& summary);
  Result<void> decode(Session& session, at::Tensor hidden, const ChatOptions& options, std::stop_token stop,
                      const TextSink& onText, Summary& summary);

  Loading m_loading;
  std::filesystem::path m_packedFolder;
  std::unique_ptr<model::Model> m_model;
  llm::KeptAs m_kept = llm::kKeptUsually;
  std::optional<Sessions> m_sessions;   // refers to m_model, keeps as m_kept
  std::optional<EncodedMedia> m_media;  // refers to m_model
  ContextWindow m_window;
};

Result<PackSummary> ModelBackend::load(const std::filesystem::path& pack, std::stop_token stop,
                                       const LoadProgress& progress) {
  const c10::InferenceMode inference;
  auto loaded = model::Model::load(pack, progress, m_packedFolder);
  if (!loaded) return tl::unexpected(loaded.error());
  if (m_loading == Loading::Everything) {
    if (const auto rest = (*loaded)->loadEverything(progress, stop); !rest) return tl::unexpected(rest.error());
  }
  // Only now is the old pack let go: a pack that does not open leaves the one in use as it was.
  m_sessions.reset();
  m_media.reset();
  m_window = {};
  m_model = std::move(*loaded);
  m_sessions.emplace(m_model->languageModel(), m_kept);
  m_media.emplace(*m_model);

  const model::Pack& opened = m_model->pack();
  const model::ClipCost clips = m_model->clipCost();
  return PackSummary{opened.name,
                     opened.version,
                     opened.folder,
                     m_model->languageModel().config().contextLength,
                     opened.image.has_value(),
                     opened.speech.has_value(),
                     opened.video.has_value(),
                     clips.mostFrames,
                     clips.tokens,
                     clips.tokensPerFrame};
}

PromptFormat ModelBackend::promptFormat() const {
  const model::Pack& pack = m_model->pack();
  const auto media = [](const std::optional<model::InterfacePart>& part) {
    return part ? MediaFormat{part->wrap.before, part->wrap.after, part->defaultQuestion} : MediaFormat{};
  };
  return {m_model->chatTemplate(), pack.languageModel.systemPrompt, media(pack.image), media(pack.speech),
          media(pack.video)};
}

ContextWindow::View ModelBackend::view(const ChatRequest& request, std::int64_t leastLeftOut) {
  const std::int64_t context = m_model->languageModel().config().contextLength;
  const std::int64_t room = context - 1 - answerReserve(context, request.options.maxNewTokens);
  return m_window.view(
      request.turns, promptFormat(), m_model->tokenizer(), room,
      [this](const Part& medium) { return m_media->softTokens(medium); }, leastLeftOut);
}

// Listens to what it shows: only then is it known what recordings cost, and more may have to go.
Result<ContextWindow::View> ModelBackend::viewForAnswer(const ChatRequest& request, std::stop_token stop) {
  ContextWindow::View shown = view(request);
  while (true) {
    for (const Turn& turn : shown.turns) {
      for (const Part& part : turn.parts) {
        const auto* sound = std::get_if<Sound>(&part);
        if (sound == nullptr || m_media->heardTokens(*sound)) continue;
        if (stop.stop_requested()) return cancelled();
        if (const auto medium = m_media->encode(part, false, stop); !medium) return tl::unexpected(medium.error());
      }
    }
    ContextWindow::View again = view(request, shown.turnsLeftOut);
    if (again.turnsLeftOut == shown.turnsLeftOut) return again;
    shown = std::move(again);
  }
}

Result<Prompt> ModelBackend::layOut(const ContextWindow::View& view, bool zeroed, std::stop_token stop) {
  Prompt prompt;
  for (const PromptPiece& piece : view.pieces) {
    if (const auto* ids = std::get_if<std::vector<TokenId>>(&piece)) {
      for (const TokenId id : *ids) prompt.columns.push_back({id, 0, 0});
      prompt.soft.resize(prompt.columns.size());
      continue;
    }
    const auto place = std::get<MediaPlace>(piece);
    auto medium = m_media->encode(view.turns[place.turn].parts[place.part], zeroed, stop);
    if (!medium) return tl::unexpected(medium.error());
    for (std::int64_t row = 0; row < medium->embeddings.size(0); ++row) {
      prompt.columns.push_back({-1, medium->number, row});
      prompt.soft.push_back(medium->embeddings[row]);
    }
  }
  return prompt;
}

// A turn of nothing but recordings, in none of which S2L found a token. Their encodings are still remembered.
bool ModelBackend::onlySilence(const Turn& turn) const {
  const auto isSound = [](const Part& part) { return std::holds_alternative<Sound>(part); };
  return std::any_of(turn.parts.begin(), turn.parts.end(), isSound) &&
         std::all_of(turn.parts.begin(), turn.parts.end(), [&](const Part& part) {
           if (const auto* text = std::get_if<std::string>(&part))
             return text->find_first_not_of(" \n\t") == std::string::npos;
           if (!isSound(part)) return false;
           return m_media->heardTokens(std::get<Sound>(part)) == 0;
         });
}

// [1, end - begin, hidden]: words through the embedding table, soft tokens as they are.
at::Tensor ModelBackend::embed(const Prompt& prompt, std::int64_t begin, std::int64_t end) const {
  std::vector<std::int64_t> ids;
  for (auto column = begin; column < end; ++column) {
    ids.push_back(std::max<std::int64_t>(prompt.columns[static_cast<std::size_t>(column)].token, 0));
  }
  at::Tensor embeddings = m_model->languageModel().embed(at::tensor(ids, at::kLong).unsqueeze(0));
  for (auto column = begin; column < end; ++column) {
    const at::Tensor& soft = prompt.soft[static_cast<std::size_t>(column)];
    if (soft.defined()) embeddings[0][column - begin].copy_(soft);
  }
  return embeddings;
}

// How many columns a model that reads prompts both ways must have at once: all up to the mark that opens the answer,
// behind which only the beginning of an answer that goes on may stand.
std::int64_t ModelBackend::readInOnePiece(const Prompt& prompt) const {
  if (!m_model->languageModel().config().readsBothWays()) return 0;
  const auto opening = m_model->chatTemplate().openAnswer({});
  const auto* ids = opening.empty() ? nullptr : std::get_if<std::vector<TokenId>>(&opening.back());
  if (ids == nullptr) return std::ssize(prompt.columns);
  const auto last = std::find(prompt.columns.rbegin(), prompt.columns.rend(), Column{ids->back(), 0, 0});
  return last == prompt.columns.rend() ? std::ssize(prompt.columns) : prompt.columns.rend() - last;
}

// What was kept otherwise serves no more.
Session& ModelBackend::sessionFor(const Prompt& prompt, const ChatOptions& options) {
  if (options.kept != m_kept) {
    m_sessions.emplace(m_model->languageModel(), options.kept);
    m_kept = options.kept;
  }
  return m_sessions->forPrompt(prompt.columns);
}

Result<at::Tensor> ModelBackend::prefill(Session& session, const Prompt& prompt, std::stop_token stop,
                                         Summary& summary) {
  const auto total = static_cast<std::int64_t>(prompt.columns.size());
  const std::int64_t context = m_model->languageModel().config().contextLength;
  if (total >= context) {
    return fail(ErrorCode::BadInput,
                "This message needs " + std::to_string(total) +
                    " tokens, without anything that was said before, and the model reads at most " +
                    std::to_string(context) + ". Shorten it, or send it in parts.");
  }
  const auto start = Clock::now();
  const std::int64_t kept = session.keepCommonBeginning(prompt.columns);
  const std::int64_t whole = readInOnePiece(prompt);
  at::Tensor last;
  for (std::int64_t begin = kept, end = 0; begin < total; begin = end) {
    interlude();
    if (stop.stop_requested()) return cancelled();
    end = begin < whole ? whole : std::min(begin + kPrefillChunk, total);
    last = session.appendForLast(embed(prompt, begin, end),
                                 {prompt.columns.begin() + begin, prompt.columns.begin() + end});
  }
  summary.promptTokens = total;
  summary.reusedPromptTokens = kept;
  summary.prefillMs = millisecondsSince(start);
  summary.prefillTokensPerSecond = 1000.0 * static_cast<double>(total - kept) / std::max(summary.prefillMs, 1e-3);
  return last;
}

Result<void> ModelBackend::decode(Session& session, at::Tensor hidden, const ChatOptions& options, std::stop_token stop,
                                  const TextSink& onText, Summary& summary) {
  const llm::LanguageModel& languageModel = m_model->languageModel();
  const std::vector<TokenId>& stopTokens = m_model->chatTemplate().stopTokens();
  tokenizer::StreamDecoder decoder(m_model->tokenizer());
  AnswerText answer(m_model->chatTemplate().answerRules());
  TokenStream tokens(languageModel, session, std::move(hidden), options.sampling, kDrafts);
  const auto emit = [&](std::string text) {
    if (!text.empty()) onText(std::move(text));
  };

  auto start = Clock::now();
  summary.stopReason = StopReason::TokenLimit;
  while (summary.newTokens < options.maxNewTokens) {
    if (stop.stop_requested()) return cancelled();
    const TokenId token = tokens.next();
    if (std::find(stopTokens.begin(), stopTokens.end(), token) != stopTokens.end()) {
      summary.stopReason = StopReason::EndOfTurn;
      break;
    }
    if (++summary.newTokens == 1) start = Clock::now();
    emit(answer.push(decoder.push(token)));
    interlude();
    if (tokens.columns() + 1 >= languageModel.config().contextLength) {
      summary.stopReason = StopReason::ContextFull;
      break;
    }
  }
  emit(answer.push(decoder.flush()));
  emit(answer.flush());
  summary.decodeMs = millisecondsSince(start);
  summary.decodeTokensPerSecond = 1000.0 * static_cast<double>(summary.newTokens) / std::max(summary.decodeMs, 1e-3);
  return {};
}

Result<Summary> ModelBackend::answer(const ChatRequest& request, std::stop_token stop, const TextSink& onText) {
  if (!m_model) return fail(ErrorCode::NotFound, "No model pack is loaded. Choose a pack first.");
  const c10::InferenceMode inference;
  Summary summary;
  const auto start = Clock::now();
  const auto shown = viewForAnswer(request, stop);
  if (!shown) return tl::unexpected(shown.error());
  summary.turnsLeftOut = shown->turnsLeftOut;
  auto prompt = layOut(*shown, request.options.zeroImageFeatures, stop);
  if (!prompt) return tl::unexpected(prompt.error());
  summary.encoderMs = millisecondsSince(start);
  if (onlySilence(request.turns.back())) {
    onText(kNothingHeard);
    summary.promptTokens = static_cast<std::int64_t>(prompt->columns.size());
    summary.stopReason = StopReason::NothingHeard;
    return summary;
  }
  Session besides(m_model->languageModel(), request.options.kept);
  Session& session = request.options.aside ? besides : sessionFor(*prompt, request.options);
  auto hidden = prefill(session, *prompt, stop, summary);
  if (!hidden) return tl::unexpected(hidden.error());
  if (const auto done = decode(session, std::move(*hidden), request.options, stop, onText, summary); !done) {
    return tl::unexpected(done.error());
  }
  summary.cacheBytes = session.bytes();
  return summary;
}

Result<Measurement> ModelBackend::measure(const ChatRequest& request, std::stop_token stop) {
  if (!m_model) return fail(ErrorCode::NotFound, "No model pack is loaded. Choose a pack first.");
  if (stop.stop_requested()) return cancelled();
  const ContextWindow::View shown = view(request);
  Measurement measurement{.promptTokens = shown.tokens,
                          .contextLength = m_model->languageModel().config().contextLength,
                          .turnsLeftOut = shown.turnsLeftOut};
  measurement.tooLong = measurement.promptTokens >= measurement.contextLength;
  for (const Turn& turn : shown.turns) {
    for (const Part& part : turn.parts) {
      const auto* sound = std::get_if<Sound>(&part);
      measurement.estimated |= sound != nullptr && !m_media->heardTokens(*sound);
    }
  }
  return measurement;
}

Result<Measurement> ModelBackend::prepare(const ChatRequest& request, std::stop_token stop) {
  if (!m_model) return fail(ErrorCode::NotFound, "No model pack is loaded. Choose a pack first.");
  const c10::InferenceMode inference;
  const auto shown = viewForAnswer(request, stop);
  if (!shown) return tl::unexpected(shown.error());
  auto prompt = layOut(*shown, request.options.zeroImageFeatures, stop);
  if (!prompt) return tl::unexpected(prompt.error());
  const llm::DecoderConfig& config = m_model->languageModel().config();
  Measurement measurement{.promptTokens = std::ssize(prompt->columns),
                          .contextLength = config.contextLength,
                          .turnsLeftOut = shown->turnsLeftOut};
  measurement.tooLong = measurement.promptTokens >= measurement.contextLength;
  // Where a prompt is read both ways, nothing of it can be computed before all of it is known to be asked.
  if (measurement.tooLong || config.readsBothWays() || onlySilence(request.turns.back())) return measurement;
  prompt->columns.pop_back();  // the answer runs the last column itself, for its logits
  Summary unused;
  if (const auto done = prefill(sessionFor(*prompt, request.options), *prompt, stop, unused); !done)
    return tl::unexpected(done.error());
  return measurement;
}

Result<std::string> ModelBackend::transcribe(const Sound& sound, std::stop_token stop) {
  if (!m_model) return fail(ErrorCode::NotFound, "No model pack is loaded. Choose a pack first.");
  if (stop.stop_requested()) return cancelled();
  const c10::InferenceMode inference;
  auto heard = m_media->encode(sound, /*zeroed=*/false, stop);
  if (!heard) return tl::unexpected(heard.error());
  return std::move(heard->transcript);
}

Result<Examination> ModelBackend::examine(const Part& medium, std::stop_token stop) {
  if (!m_model) return fail(ErrorCode::NotFound, "No model pack is loaded. Choose a pack first.");
  if (std::holds_alternative<std::string>(medium)) {
    return fail(ErrorCode::BadInput, "Words are read as they are; give a picture, a clip or a recording.");
  }
  const c10::InferenceMode inference;
  auto encoded = m_media->encode(medium, /*zeroed=*/false, stop);
  if (!encoded) return tl::unexpected(encoded.error());
  Examination made{.frames = {}, .softTokens = encoded->embeddings.size(0), .transcript = encoded->transcript};
  const auto* clip = std::get_if<Clip>(&medium);
  for (std::size_t place = 0; place < encoded->frames.size(); ++place) {
    made.frames.push_back({clip != nullptr ? (*clip)->frames[place].seconds : 0.0, std::move(encoded->frames[place])});
  }
  if (const auto* sound = std::get_if<Sound>(&medium)) made.secondsHeard = (*sound)->seconds();
  return made;
}

}  // namespace

std::unique_ptr<ChatBackend> makeModelBackend(Loading loading, std::filesystem::path packedFolder) {
  return std::make_unique<ModelBackend>(loading, std::move(packedFolder));
}

}  // namespace xllm::generation
