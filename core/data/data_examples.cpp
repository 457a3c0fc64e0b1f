#include "core/data/data_examples.h"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "core/data/captions.h"
#include "core/data/clips.h"
#include "core/data/conversations.h"
#include "core/data/format_text.h"
#include "core/data/list_rows.h"
#include "core/data/recordings.h"
#include "core/data/row_report.h"
#include "core/data/split.h"

namespace xllm::data {

namespace {

using Path = std::filesystem::path;
using Json = nlohmann::ordered_json;
using PartKind = ConversationPart::Kind;

std::string fullName(const Path& file) {
  std::error_code failed;
  const Path whole = std::filesystem::absolute(file, failed);
  return (failed ? file : whole).lexically_normal().string();
}

std::string lineOf(const Json& row) { return row.dump(-1, ' ', false, Json::error_handler_t::replace); }

DataExample exampleOf(const CaptionedPicture& picture) {
  return {.files = {{MediumKind::Picture, picture.picture}},
          .texts = picture.captions,
          .where = picture.where,
          .line = lineOf({{"image", fullName(picture.picture)}, {"caption", picture.captions}}),
          .key = {}};
}

DataExample exampleOf(const CaptionedClip& clip) {
  return {.files = {{MediumKind::Clip, clip.clip}},
          .texts = clip.captions,
          .where = clip.where,
          .line = lineOf({{"video", fullName(clip.clip)}, {"caption", clip.captions}}),
          .key = splitKey(clip)};
}

DataExample exampleOf(const SpeechExample& said) {
  Json row{{"audio", fullName(said.audio)}, {"text", said.text}};
  if (!said.voice.empty()) row["voice"] = said.voice;
  if (said.seconds > 0) row["seconds"] = said.seconds;
  if (!said.answer.empty()) row["answer"] = said.answer;
  DataExample example{.files = {{MediumKind::Recording, said.audio}},
                      .texts = {said.text},
                      .where = said.where,
                      .line = lineOf(row),
                      .key = splitKey(said)};
  if (!said.answer.empty()) example.texts.push_back(said.answer);
  return example;
}

MediumKind mediumOf(PartKind kind) {
  if (kind == PartKind::Recording) return MediumKind::Recording;
  return kind == PartKind::Clip ? MediumKind::Clip : MediumKind::Picture;
}

const char* keyOf(PartKind kind) {
  switch (kind) {
    case PartKind::Text: return "text";
    case PartKind::Picture: return "image";
    case PartKind::Recording: return "audio";
    case PartKind::Clip: return "video";
  }
  return "text";
}

DataExample exampleOf(const ConversationExample& talk) {
  DataExample example{.files = {}, .texts = {}, .where = talk.where, .line = {}, .key = splitKey(talk)};
  Json turns = Json::array();
  for (const ConversationTurn& turn : talk.turns) {
    Json parts = Json::array();
    std::string words;
    for (const ConversationPart& part : turn.parts) {
      if (part.kind == PartKind::Text) {
        parts.push_back(part.text);
        words += formatText("{}{}", words.empty() ? "" : " ", part.text);
      } else {
        parts.push_back({{keyOf(part.kind), fullName(part.file)}});
        example.files.push_back({mediumOf(part.kind), part.file});
      }
    }
    const bool answers = turn.role == Role::Assistant;
    const char* const who = answers ? "assistant" : turn.role == Role::User ? "user" : "system";
    turns.push_back({{who, parts.size() == 1 ? parts[0] : parts}});
    if (turn.role != Role::System) example.texts.push_back(std::move(words));
  }
  Json row{{"turns", std::move(turns)}};
  if (!talk.task.empty()) row["task"] = talk.task;
  example.line = lineOf(row);
  return example;
}

// What lies in a folder beside its examples. A text without its medium is most often a name that was mistyped.
void lookBeside(const Path& folder, Names endings, std::vector<RowNote>& notes) {
  std::set<Path> stems;
  std::vector<Path> texts, others;
  std::error_code failed;
  std::filesystem::recursive_directory_iterator entry(folder, failed);
  for (; !failed && entry != std::filesystem::recursive_directory_iterator(); entry.increment(failed)) {
    const Path& file = entry->path();
    if (file.filename().string().starts_with('.')) {
      entry.disable_recursion_pending();
      continue;
    }
    std::error_code ignored;
    if (!entry->is_regular_file(ignored)) continue;
    std::string ending = file.extension().string();
    std::ranges::transform(ending, ending.begin(), [](unsigned char sign) { return std::tolower(sign); });
    if (ending == ".txt") {
      texts.push_back(file);
    } else if (std::ranges::find(endings, ending) != endings.end()) {
      stems.insert(Path(file).replace_extension());
    } else {
      others.push_back(file);
    }
  }
  const auto tell = [&](std::vector<Path>& files, Fault fault) {
    std::ranges::sort(files);
    for (const Path& file : files) notes.push_back({fault, false, file.lexically_relative(folder).string(), {}, file});
  };
  std::erase_if(texts, [&](const Path& text) { return stems.contains(Path(text).replace_extension()); });
  tell(texts, Fault::TextWithoutFile);
  tell(others, Fault::UnusedFile);
}

template <typename Example>
Result<ReadExamples> gather(const Path& source,
                            Result<std::vector<Example>> (*read)(const Path&, const ListOptions&, ListNotes*)) {
  ReadExamples all;
  ListNotes notes;
  const ListOptions options{.skipWrongRows = true, .onRow = [&](const RowNote& note) { all.notes.push_back(note); }};
  const auto examples = read(source, options, &notes);
  if (!examples && all.notes.empty()) return tl::unexpected(examples.error());
  all.form = notes.form;
  if (!examples) return all;  // every row is wrong, and told
  all.examples.reserve(examples->size());
  for (const Example& example : *examples) all.examples.push_back(exampleOf(example));
  return all;
}

}  // namespace

Result<ReadExamples> readExamples(const Path& source, DataKind kind) {
  Result<ReadExamples> read;
  Names endings = kPictureEndings;
  switch (kind) {
    case DataKind::Pictures: read = gather<CaptionedPicture>(source, readCaptionedPictures); break;
    case DataKind::Clips:
      read = gather<CaptionedClip>(source, readCaptionedClips);
      endings = kClipEndings;
      break;
    case DataKind::Recordings:
      read = gather<SpeechExample>(source, readSpeechList);
      endings = kSoundEndings;
      break;
    case DataKind::Conversations: read = gather<ConversationExample>(source, readConversations); break;
  }
  if (read && read->form == "folder") lookBeside(source, endings, read->notes);
  return read;
}

Result<std::vector<DataExample>> previewData(const Path& source, DataKind kind, std::size_t most) {
  auto read = readExamples(source, kind);
  if (!read) return tl::unexpected(read.error());
  if (read->examples.size() > most) read->examples.resize(most);
  return std::move(read->examples);
}

}  // namespace xllm::data
