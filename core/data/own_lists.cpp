#include "core/data/own_lists.h"

#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/whole_file.h"
#include "core/data/captions.h"
#include "core/data/clips.h"
#include "core/data/conversations.h"
#include "core/data/recordings.h"
#include "core/data/split.h"

namespace xllm::data {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// What one example becomes: rows for its own stages, and conversations.
struct Rows {
  std::vector<json> own, talk;
};

std::string wholePath(const fs::path& file) { return fs::absolute(file).lexically_normal().string(); }

json conversation(const char* medium, const std::string& file, const std::string& ask, const std::string& answer,
                  const std::string& task) {
  json said = json::array({json{{medium, file}}});
  if (!ask.empty()) said.push_back(ask);
  return {{"turns", {json{{"user", std::move(said)}}, json{{"assistant", answer}}}}, {"task", task}};
}

Rows rowsOf(const CaptionedPicture& example, const OwnListOptions& options) {
  const std::string file = wholePath(example.picture);
  Rows rows{{json{{"image", file}, {"caption", example.captions}}}, {}};
  for (const auto& caption : example.captions)
    rows.talk.push_back(conversation("image", file, options.ask, caption, nameOf(DataKind::Pictures)));
  return rows;
}

Rows rowsOf(const CaptionedClip& example, const OwnListOptions& options) {
  const std::string file = wholePath(example.clip);
  Rows rows;
  for (const auto& caption : example.captions) {
    rows.own.push_back(json{{"video", file}, {"ask", options.ask}, {"answer", caption}, {"caption", caption}});
    rows.talk.push_back(conversation("video", file, options.ask, caption, nameOf(DataKind::Clips)));
  }
  return rows;
}

Rows rowsOf(const SpeechExample& example, const OwnListOptions& options) {
  const std::string file = wholePath(example.audio);
  json row = {{"audio", file}, {"text", example.text}};
  if (!example.answer.empty()) row["answer"] = example.answer;
  Rows rows{{std::move(row)}, {}};
  const bool answered = !example.answer.empty();
  if (!example.text.empty()) {
    rows.talk.push_back(conversation("audio", file, answered ? std::string() : options.ask,
                                     answered ? example.answer : example.text, nameOf(DataKind::Recordings)));
  }
  return rows;
}

Rows rowsOf(const ConversationExample& example, const OwnListOptions&) {
  json turns = json::array();
  for (const ConversationTurn& turn : example.turns) {
    const char* const role = turn.role == Role::System ? "system" : turn.role == Role::User ? "user" : "assistant";
    if (turn.role != Role::User) {
      turns.push_back(json{{role, turn.parts.front().text}});
      continue;
    }
    json parts = json::array();
    for (const ConversationPart& part : turn.parts) {
      using Kind = ConversationPart::Kind;
      if (part.kind == Kind::Text) {
        parts.push_back(part.text);
      } else {
        const char* const medium = part.kind == Kind::Picture     ? "image"
                                   : part.kind == Kind::Recording ? "audio"
                                                                  : "video";
        parts.push_back(json{{medium, wholePath(part.file)}});
      }
    }
    turns.push_back(json{{role, std::move(parts)}});
  }
  return {{}, {json{{"turns", std::move(turns)}, {"task", example.task.empty() ? "conversation" : example.task}}}};
}

// Texts of examples are UTF-8; names of files need not be.
Result<std::string> lineOf(const json& row) try { return row.dump() + '\n'; } catch (const json::type_error&) {
  return fail(ErrorCode::BadInput, "A list can name only files whose names are valid UTF-8, unlike the one in " +
                                       row.dump(-1, ' ', false, json::error_handler_t::replace) +
                                       ". Rename it, or the folder that it is in.");
}

Result<void> write(const fs::path& file, const std::vector<json>& rows) {
  WholeFile out(file);
  for (const json& row : rows) {
    const auto line = lineOf(row);
    if (!line) return tl::unexpected(line.error());
    out.write(*line);
  }
  if (!out.finish()) return {};
  return fail(ErrorCode::DiskFull,
              file.string() + " cannot be written. Check the free space and the folder's permissions.");
}

template <typename Example>
Result<OwnLists> writeSplit(const std::vector<Example>& examples, DataKind kind, const OwnListOptions& options,
                            const fs::path& source, const fs::path& folder) {
  const Split split = splitForValidation(splitKeys(examples), options.validationShare, options.seed);
  if (split.training.empty() || split.validation.empty()) {
    return fail(ErrorCode::BadInput, source.string() +
                                         " has too few different examples: one at least is needed for training, and "
                                         "another for validation. Add some.");
  }
  std::error_code ignored;
  fs::create_directories(folder, ignored);  // told by whoever writes there
  for (const auto& [part, indices] :
       {std::pair("train", &split.training), std::pair("validation", &split.validation)}) {
    Rows all;
    for (const std::size_t i : *indices) {
      Rows rows = rowsOf(examples[i], options);
      all.own.insert(all.own.end(), rows.own.begin(), rows.own.end());
      all.talk.insert(all.talk.end(), rows.talk.begin(), rows.talk.end());
    }
    const std::string name = nameOf(kind);
    if (kind != DataKind::Conversations) {
      if (auto done = write(folder / (name + "-" + part + ".jsonl"), all.own); !done)
        return tl::unexpected(done.error());
    }
    if (auto done = write(folder / (name + "-talk-" + part + ".jsonl"), all.talk); !done)
      return tl::unexpected(done.error());
  }
  return OwnLists{static_cast<std::int64_t>(split.training.size()), static_cast<std::int64_t>(split.validation.size())};
}

}  // namespace

std::string nameOf(DataKind kind) {
  switch (kind) {
    case DataKind::Pictures: return "image";
    case DataKind::Clips: return "video";
    case DataKind::Recordings: return "speech";
    case DataKind::Conversations: break;
  }
  return "conversations";
}

Result<OwnLists> writeOwnLists(const fs::path& source, DataKind kind, const OwnListOptions& options,
                               const fs::path& folder) {
  const ListOptions reading{.skipWrongRows = options.skipWrongRows};
  const auto then = [&](auto read) -> Result<OwnLists> {
    if (!read) return tl::unexpected(read.error());
    std::erase_if(*read, [&](const auto& example) { return options.leaveOut.contains(example.where); });
    return writeSplit(*read, kind, options, source, folder);
  };
  switch (kind) {
    case DataKind::Pictures: return then(readCaptionedPictures(source, reading));
    case DataKind::Clips: return then(readCaptionedClips(source, reading));
    case DataKind::Recordings: return then(readSpeechList(source, reading));
    case DataKind::Conversations: break;
  }
  return then(readConversations(source, reading));
}

}  // namespace xllm::data
