#include "core/evaluation/evaluator.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/data/captions.h"
#include "core/data/clips.h"
#include "core/data/conversations.h"
#include "core/data/example_list.h"
#include "core/data/format_text.h"
#include "core/data/recordings.h"
#include "core/evaluation/caption_scores.h"
#include "core/evaluation/choices.h"
#include "core/evaluation/relative_lists.h"
#include "core/evaluation/relative_score.h"

namespace xllm::evaluation {

namespace {

using data::ConversationPart;
using generation::Part;
using generation::Turn;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

json orNull(const std::optional<double>& value) { return value ? json(*value) : json(nullptr); }
json share(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? json(static_cast<double>(part) / static_cast<double>(whole)) : json(nullptr);
}

// The items of one task, done one after another, and what is common to all kinds.
class Run {
 public:
  Run(const TaskConfig& task, const Tools& tools, std::stop_token stop, Observer& observer)
      : m_task(task), m_tools(tools), m_stop(std::move(stop)), m_observer(observer) {}

  const TaskConfig& task() const { return m_task; }
  const Tools& tools() const { return m_tools; }
  std::stop_token stop() const { return m_stop; }
  data::ListNotes* notes() { return &m_notes; }
  std::int64_t done() const { return m_done; }  // failed ones too
  data::ListOptions listOptions() const { return {.skipWrongRows = m_task.skipWrongRows}; }

  // Calls `one(example, item)` for each example up to the limit. It adds to `item` what was asked and answered, counts,
  // and may fail; then `failed(example)` counts that. `item` is told either way.
  template <typename Example, typename One, typename Failed>
  void forEach(const std::vector<Example>& examples, One one, Failed failed) {
    m_total = static_cast<std::int64_t>(examples.size());
    if (m_task.limit > 0) m_total = std::min(m_total, m_task.limit);
    for (std::int64_t i = 0; i < m_total && !m_stop.stop_requested(); ++i) {
      const Example& example = examples[static_cast<std::size_t>(i)];
      json item = {{"task", m_task.name}, {"item", i + 1}};
      const Result<void> outcome = one(example, item);
      if (!outcome) {
        if (outcome.error().code == ErrorCode::Cancelled) return;
        item["error"] = outcome.error().message;
        ++m_failed;
        failed(example);
      }
      m_observer.onItem(m_task, ++m_done, m_total, item);
    }
  }

  // Greedily, as `xllm chat --greedy` does.
  Result<std::string> answer(std::vector<Turn> turns) const {
    generation::ChatRequest request;
    request.turns = std::move(turns);
    request.options.sampling.temperature = 0;
    request.options.maxNewTokens = static_cast<int>(std::min<std::int64_t>(m_task.maxTokens, 1 << 20));
    request.options.zeroImageFeatures = m_task.zeroImage;
    std::string text;
    const auto done = m_tools.backend->answer(request, m_stop, [&](const std::string& piece) { text += piece; });
    if (!done) return tl::unexpected(done.error());
    if (done->turnsLeftOut > 0) {  // the answer is not to the question that was asked
      return fail(ErrorCode::BadInput, "The conversation is longer than the model's context: its first " +
                                           std::to_string(done->turnsLeftOut) + " turns were not read.");
    }
    return text;
  }

  Result<Part> decode(ConversationPart::Kind kind, const std::filesystem::path& file) const {
    const auto shared = [](auto medium) { return Part(std::make_shared<const decltype(medium)>(std::move(medium))); };
    switch (kind) {
      case ConversationPart::Kind::Picture: return m_tools.decoder->decodePicture(file).map(shared);
      case ConversationPart::Kind::Recording: return m_tools.decoder->decodeSound(file).map(shared);
      case ConversationPart::Kind::Clip: {
        ClipSampling sampling;
        sampling.frames = static_cast<int>(m_task.frames);
        return m_tools.decoder->decodeClip(file, sampling).map(shared);
      }
      case ConversationPart::Kind::Text: break;
    }
    return fail(ErrorCode::Internal, "A text is no file.");
  }

  json result(json figures) const {
    figures["task"] = m_task.name;
    figures["kind"] = nameOf(m_task.kind);
    figures["items"] = m_done;
    figures["of"] = m_total;
    figures["failed"] = m_failed;
    figures["complete"] = m_done == m_total;
    figures["skippedRows"] = m_notes.skipped;
    figures["seconds"] = std::chrono::duration<double>(Clock::now() - m_start).count();
    return figures;
  }

 private:
  const TaskConfig& m_task;
  const Tools& m_tools;
  std::stop_token m_stop;
  Observer& m_observer;
  data::ListNotes m_notes;
  std::int64_t m_done = 0, m_total = 0, m_failed = 0;
  Clock::time_point m_start = Clock::now();
};

Result<std::string> writeDown(const Run& run, const std::filesystem::path& file) {
  auto sound = run.decode(ConversationPart::Kind::Recording, file);
  if (!sound) return tl::unexpected(sound.error());
  if (!run.task().throughLlm) return run.tools().backend->transcribe(std::get<generation::Sound>(*sound), run.stop());
  return run.answer({{Role::User, {std::move(*sound), std::string("\nRepeat exactly what was said.")}}});
}

Result<json> runTranscription(Run& run) {
  const auto recordings = data::readSpeechList(run.task().list, run.listOptions(), run.notes());
  if (!recordings) return tl::unexpected(recordings.error());
  TextErrors sum;
  std::int64_t silent = 0, silentWrong = 0, perfect = 0;
  const auto referenceOf = [&](const data::SpeechExample& example) {
    return unitsOf(normalisedText(example.text), run.task().unit);
  };
  const auto one = [&](const data::SpeechExample& example, json& item) -> Result<void> {
    item["file"] = example.audio.string();
    item["reference"] = example.text;
    const auto reference = referenceOf(example);
    const auto heard = writeDown(run, example.audio);
    if (!heard) return tl::unexpected(heard.error());
    const TextErrors errors = compareTexts(reference, unitsOf(normalisedText(*heard), run.task().unit));
    item["hypothesis"] = *heard;
    item["errors"] = errors.errors();
    item["units"] = errors.units;
    sum += errors;
    silent += reference.empty() ? 1 : 0;
    perfect += errors.errors() == 0 ? 1 : 0;
    silentWrong += reference.empty() && errors.errors() > 0 ? 1 : 0;
    return {};
  };
  run.forEach(*recordings, one, [&](const data::SpeechExample& example) {
    const auto reference = referenceOf(example);
    sum += failedText(reference);
    silent += reference.empty() ? 1 : 0;
    silentWrong += reference.empty() ? 1 : 0;
  });
  return run.result({{run.task().unit == TextUnit::Words ? "wordErrorRate" : "characterErrorRate", orNull(sum.rate())},
                     {"errors", sum.errors()},
                     {"replaced", sum.replaced},
                     {"leftOut", sum.leftOut},
                     {"added", sum.added},
                     {"units", sum.units},
                     {"withoutError", perfect},
                     {"silent", silent},
                     {"silentWithWords", silentWrong}});
}

Result<json> runRetention(Run& run) {
  const auto pictures = data::readPictureList(run.task().list, run.listOptions(), run.notes());
  if (!pictures) return tl::unexpected(pictures.error());
  const auto recognise = run.tools().openRecogniser(run.task().names);
  if (!recognise) return tl::unexpected(recognise.error());
  std::int64_t named = 0, sure = 0, namedSure = 0;
  const auto one = [&](const data::PictureExample& example, json& item) -> Result<void> {
    item["file"] = example.picture.string();
    auto picture = run.decode(ConversationPart::Kind::Picture, example.picture);
    if (!picture) return tl::unexpected(picture.error());
    const Recognised known = (*recognise)(*std::get<generation::Picture>(*picture));
    const bool isSure = known.probability > run.task().sure;
    item["encoder"] = known.name;
    item["probability"] = known.probability;
    const auto answer = run.answer({{Role::User, {std::move(*picture), run.task().question}}});
    if (!answer && answer.error().code == ErrorCode::Cancelled) return tl::unexpected(answer.error());
    sure += isSure ? 1 : 0;
    if (!answer) return tl::unexpected(answer.error());
    const bool right = holdsPhrase(*answer, known.name);
    item["answer"] = *answer;
    item["right"] = right;
    named += right ? 1 : 0;
    namedSure += right && isSure ? 1 : 0;
    return {};
  };
  run.forEach(*pictures, one, [](const data::PictureExample&) {});
  return run.result({{"named", named},
                     {"share", share(named, run.done())},
                     {"sure", sure},
                     {"namedWhereSure", namedSure},
                     {"shareWhereSure", share(namedSure, sure)}});
}

// A question's turns up to where the model answers; the media decoded.
Result<std::vector<Turn>> turnsOf(const Run& run, const data::ConversationExample& example) {
  std::vector<Turn> turns;
  for (const data::ConversationTurn& turn : example.turns) {
    if (&turn == &example.turns.back() && turn.role == Role::Assistant) break;
    Turn said{turn.role, {}};
    for (const ConversationPart& part : turn.parts) {
      if (part.kind == ConversationPart::Kind::Text) {
        said.parts.emplace_back(part.text);
        continue;
      }
      auto decoded = run.decode(part.kind, part.file);
      if (!decoded) return tl::unexpected(decoded.error());
      said.parts.push_back(std::move(*decoded));
    }
    turns.push_back(std::move(said));
  }
  return turns;
}

// The last turn as a person reads it: files by their names.
std::string shownQuestion(const data::ConversationExample& example) {
  std::string text;
  for (const data::ConversationTurn& turn : example.turns) {
    if (turn.role != Role::User) continue;
    text.clear();
    for (const ConversationPart& part : turn.parts) {
      const bool words = part.kind == ConversationPart::Kind::Text;
      text += (text.empty() ? "" : " ") + (words ? part.text : "<" + part.file.filename().string() + ">");
    }
  }
  return text;
}

std::string answerOf(const data::ConversationExample& example) {
  const data::ConversationTurn& last = example.turns.back();
  return last.role == Role::Assistant ? last.parts.front().text : std::string();
}

Result<json> runQuestions(Run& run) {
  const auto questions = data::readQuestions(run.task().list, run.listOptions(), run.notes());
  if (!questions) return tl::unexpected(questions.error());
  std::int64_t right = 0;
  const auto one = [&](const data::ConversationExample& example, json& item) -> Result<void> {
    const std::vector<std::string> accept = example.accept.empty() ? std::vector{answerOf(example)} : example.accept;
    item["question"] = shownQuestion(example);
    item["accept"] = accept;
    auto turns = turnsOf(run, example);
    if (!turns) return tl::unexpected(turns.error());
    const auto answer = run.answer(std::move(*turns));
    if (!answer) return tl::unexpected(answer.error());
    const bool fits = std::ranges::any_of(accept, [&](const std::string& phrase) {
      return run.task().exact ? normalisedText(*answer) == normalisedText(phrase) : holdsPhrase(*answer, phrase);
    });
    item["answer"] = *answer;
    item["right"] = fits;
    right += fits ? 1 : 0;
    return {};
  };
  run.forEach(*questions, one, [](const data::ConversationExample&) {});
  return run.result({{"right", right}, {"share", share(right, run.done())}});
}

// Which of the choices the list calls right: its letter, or its words. Nothing: neither.
Result<std::vector<std::size_t>> rightChoices(const std::vector<data::ConversationExample>& questions) {
  std::vector<std::size_t> right;
  for (const data::ConversationExample& example : questions) {
    const auto chosen = parseChoice(answerOf(example), example.choices);
    if (example.choices.size() < 2 || example.choices.size() > kMostChoices || !chosen) {
      return fail(ErrorCode::BadInput,
                  data::formatText("{} needs 2 to {} different \"choices\" and one of them, or its letter, as the "
                                   "assistant's answer.",
                                   example.where, kMostChoices));
    }
    right.push_back(*chosen);
  }
  return right;
}

Result<json> runChoices(Run& run) {
  const auto questions = data::readQuestions(run.task().list, run.listOptions(), run.notes());
  if (!questions) return tl::unexpected(questions.error());
  const auto rightOnes = rightChoices(*questions);
  if (!rightOnes) return tl::unexpected(rightOnes.error());
  std::int64_t right = 0, unparsed = 0;
  const auto one = [&](const data::ConversationExample& example, json& item) -> Result<void> {
    const std::size_t wanted = (*rightOnes)[static_cast<std::size_t>(run.done())];
    item["question"] = shownQuestion(example);
    item["choices"] = example.choices;
    item["rightChoice"] = std::string(1, static_cast<char>('A' + wanted));
    auto turns = turnsOf(run, example);
    if (!turns) return tl::unexpected(turns.error());
    turns->back().parts.emplace_back(choiceLines(example.choices));
    const auto answer = run.answer(std::move(*turns));
    if (!answer) return tl::unexpected(answer.error());
    const auto chosen = parseChoice(*answer, example.choices);
    item["answer"] = *answer;
    item["chosen"] = chosen ? json(std::string(1, static_cast<char>('A' + *chosen))) : json(nullptr);
    item["right"] = chosen == wanted;
    unparsed += chosen ? 0 : 1;
    right += chosen == wanted ? 1 : 0;
    return {};
  };
  run.forEach(*questions, one, [](const data::ConversationExample&) {});
  return run.result({{"right", right}, {"share", share(right, run.done())}, {"unparsed", unparsed}});
}

struct CaptionedMedium {
  std::filesystem::path file;
  std::vector<std::string> captions;
};

Result<std::vector<CaptionedMedium>> readMedia(Run& run) {
  std::vector<CaptionedMedium> media;
  if (run.task().clips) {
    auto clips = data::readCaptionedClips(run.task().list, run.listOptions(), run.notes());
    if (!clips) return tl::unexpected(clips.error());
    for (auto& clip : *clips) media.push_back({std::move(clip.clip), std::move(clip.captions)});
  } else {
    auto pictures = data::readCaptionedPictures(run.task().list, run.listOptions(), run.notes());
    if (!pictures) return tl::unexpected(pictures.error());
    for (auto& picture : *pictures) media.push_back({std::move(picture.picture), std::move(picture.captions)});
  }
  return media;
}

Result<json> runCaptions(Run& run) {
  const auto media = readMedia(run);
  if (!media) return tl::unexpected(media.error());
  std::vector<CaptionItem> items;
  const auto kind = run.task().clips ? ConversationPart::Kind::Clip : ConversationPart::Kind::Picture;
  const auto one = [&](const CaptionedMedium& example, json& item) -> Result<void> {
    item["file"] = example.file.string();
    item["references"] = example.captions;
    auto medium = run.decode(kind, example.file);
    if (!medium) return tl::unexpected(medium.error());
    const auto answer = run.answer({{Role::User, {std::move(*medium), run.task().question}}});
    if (!answer) return tl::unexpected(answer.error());
    item["answer"] = *answer;
    items.push_back({*answer, example.captions});
    return {};
  };
  // What failed said nothing, and counts so.
  run.forEach(*media, one, [&](const CaptionedMedium& example) { items.push_back({"", example.captions}); });
  const CaptionScores scores = scoreCaptions(items);
  return run.result({{"bleu4", scores.bleu4}, {"ciderD", scores.ciderD}, {"rougeL", scores.rougeL}});
}

json toJson(const ScoreSums& sums) {
  return {{"answer", sums.answer},         {"reference", sums.reference},
          {"judged", sums.judged},         {"unparsed", sums.unparsed},
          {"ratio", orNull(sums.ratio())}, {"ratioIfUnparsedLost", orNull(sums.ratioIfUnparsedLost())}};
}

Result<json> runRelative(Run& run) {
  const auto questions = readJudgedQuestions(run.task().list, run.task().answers, run.task().reference);
  if (!questions) return tl::unexpected(questions.error());
  const auto judge = run.tools().openJudge(run.task().judge);
  if (!judge) return tl::unexpected(judge.error());
  ScoreSums all;
  std::map<std::string, ScoreSums> categories;
  json unparsed = json::array();
  const auto one = [&](const JudgedQuestion& question, json& item) -> Result<void> {
    item["id"] = question.id;
    const auto reply = (*judge)->ask(judgePrompt(question), run.stop());
    if (!reply) return tl::unexpected(reply.error());
    const auto scores = parseScores(*reply);
    item["reply"] = *reply;
    item["scores"] = scores ? json({{"answer", scores->answer}, {"reference", scores->reference}}) : json(nullptr);
    if (!scores) unparsed.push_back(question.id);
    all.add(scores);
    if (!question.category.empty()) categories[question.category].add(scores);
    return {};
  };
  run.forEach(*questions, one, [](const JudgedQuestion&) {});
  json figures = toJson(all);
  figures["unparsedIds"] = std::move(unparsed);
  for (const auto& [name, sums] : categories) figures["categories"][name] = toJson(sums);
  return run.result(std::move(figures));
}

}  // namespace

Result<json> runTask(const TaskConfig& task, const Tools& tools, std::stop_token stop, Observer& observer) {
  if (task.kind != TaskKind::Relative && tools.decoder == nullptr) {
    return fail(ErrorCode::Unsupported,
                "This build cannot open pictures, clips and sounds: it was made without media "
                "decoding.");
  }
  Run run(task, tools, std::move(stop), observer);
  switch (task.kind) {
    case TaskKind::Transcription: return runTranscription(run);
    case TaskKind::Retention: return runRetention(run);
    case TaskKind::Question: return runQuestions(run);
    case TaskKind::Choice: return runChoices(run);
    case TaskKind::Caption: return runCaptions(run);
    case TaskKind::Relative: return runRelative(run);
  }
  return fail(ErrorCode::Internal, "This kind of task is not known.");
}

}  // namespace xllm::evaluation
