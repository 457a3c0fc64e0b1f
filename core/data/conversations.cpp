#include "core/data/conversations.h"

#include <array>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <unordered_set>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/base/nearest.h"
#include "core/data/format_text.h"
#include "core/data/list_rows.h"
#include "core/data/row_report.h"
#include "core/data/text_rows.h"

namespace xllm::data {

namespace {

using nlohmann::json;
using Path = std::filesystem::path;
using Kind = ConversationPart::Kind;

struct Medium {
  std::string_view key;
  Kind kind;
  FileKind file;
};
constexpr std::array<Medium, 7> kMedia{{{"image", Kind::Picture, FileKind::Picture},
                                        {"picture", Kind::Picture, FileKind::Picture},
                                        {"audio", Kind::Recording, FileKind::Sound},
                                        {"recording", Kind::Recording, FileKind::Sound},
                                        {"speech", Kind::Recording, FileKind::Sound},
                                        {"video", Kind::Clip, FileKind::Clip},
                                        {"clip", Kind::Clip, FileKind::Clip}}};

// How a row is refused, caught where the row began.
struct Wrong {
  explicit Wrong(std::string what) : problem{std::move(what)} {}
  explicit Wrong(RowProblem found) : problem(std::move(found)) {}
  RowProblem problem;
};

const Medium* mediumOf(std::string_view key) {
  for (const Medium& medium : kMedia) {
    if (medium.key == key) return &medium;
  }
  return nullptr;
}

std::optional<Role> roleOf(std::string_view name) {
  if (name == "user" || name == "human") return Role::User;
  if (name == "assistant" || name == "gpt") return Role::Assistant;
  if (name == "system") return Role::System;
  return std::nullopt;
}

class Reader {
 public:
  Reader(const Path& list, bool questions) : m_folder(list.parent_path()), m_questions(questions) {}

  // Throws Wrong.
  ConversationExample read(const json& row, const std::string& where) {
    ConversationExample example;
    example.where = where;
    m_remarks.clear();
    if (row.contains("turns")) {
      example.turns = ownTurns(row["turns"]);
    } else if (row.contains("conversations")) {
      example.turns = llavaTurns(row);
    } else {
      throw Wrong{"has neither \"turns\" nor \"conversations\""};
    }
    if (row.contains("task")) {
      if (!row["task"].is_string()) throw Wrong{"has a \"task\" that is not a text"};
      example.task = row["task"].get<std::string>();
    }
    if (m_questions) {
      example.accept = texts(row, "accept");
      example.choices = texts(row, "choices");
    }
    checkOrder(example);
    for (const ConversationTurn& turn : example.turns) {
      for (const ConversationPart& part : turn.parts) remarkOnMarks(part.text);
    }
    return example;
  }

  // What is odd about the row that was read last, and costs it nothing.
  const std::vector<RowProblem>& remarks() const { return m_remarks; }

 private:
  // A mark that stays in a text is read as if it were words.
  void remarkOnMarks(std::string_view words) {
    if (words.find('<') == std::string_view::npos) return;
    for (const Medium& medium : kMedia) {
      if (words.find(formatText("<{}>", medium.key)) == std::string_view::npos) continue;
      m_remarks.push_back(
          {formatText("has <{}> in a text, where it stands for no file", medium.key), Fault::PlaceholderMismatch});
    }
  }

  static std::string text(const json& value, std::string_view noun) {
    if (!value.is_string()) throw Wrong{formatText("has a {} that is not a text", noun)};
    const std::string words(trimmed(value.get_ref<const std::string&>()));
    if (words.empty()) throw Wrong{RowProblem{formatText("has an empty {}", noun), Fault::EmptyText}};
    return words;
  }

  static std::vector<std::string> texts(const json& row, const char* key) {
    std::vector<std::string> all;
    if (!row.contains(key)) return all;
    const json& value = row[key];
    if (!value.is_array()) return {text(value, key)};
    for (const json& one : value) all.push_back(text(one, key));
    return all;
  }

  ConversationPart filePart(const Medium& medium, const json& name) {
    if (!name.is_string()) throw Wrong{formatText("has an \"{}\" that is not the name of a file", medium.key)};
    const Path file = (m_folder / name.get<std::string>()).lexically_normal();
    if (!m_seen.contains(file.string())) {
      if (auto problem = problemWith(file, medium.file)) throw Wrong{std::move(*problem)};
      m_seen.insert(file.string());
    }
    return {medium.kind, {}, file};
  }

  ConversationPart part(const json& value) {
    if (value.is_string()) return {Kind::Text, text(value, "text"), {}};
    if (!value.is_object() || value.size() != 1) {
      throw Wrong{"has a part that is neither a text nor an object with one of \"image\", \"audio\", \"video\""};
    }
    const std::string key = value.begin().key();
    const json& content = value.begin().value();
    if (key == "text") return {Kind::Text, text(content, "text"), {}};
    const Medium* medium = mediumOf(key);
    if (medium == nullptr) {
      std::vector<std::string> known{"text"};
      for (const Medium& one : kMedia) known.emplace_back(one.key);
      throw Wrong{formatText("has a part \"{}\"; did you mean \"{}\"?", key, nearest(key, known))};
    }
    return filePart(*medium, content);
  }

  std::vector<ConversationTurn> ownTurns(const json& list) {
    if (!list.is_array()) throw Wrong{"has \"turns\" that are not a list"};
    std::vector<ConversationTurn> turns;
    for (const json& entry : list) {
      if (!entry.is_object() || entry.size() != 1) {
        throw Wrong{"has a turn that is not an object with just one of \"user\", \"assistant\", \"system\""};
      }
      const std::string name = entry.begin().key();
      const json& content = entry.begin().value();
      const auto role = roleOf(name);
      if (!role) {
        const std::vector<std::string> known{"user", "assistant", "system"};
        throw Wrong{formatText("has a turn of \"{}\"; did you mean \"{}\"?", name, nearest(name, known))};
      }
      ConversationTurn turn{*role, {}};
      if (content.is_array()) {
        for (const json& one : content) turn.parts.push_back(part(one));
      } else {
        turn.parts.push_back(part(content));
      }
      turns.push_back(std::move(turn));
    }
    return turns;
  }

  using Waiting = std::map<Kind, std::deque<ConversationPart>>;

  // The media of a LLaVA row that its texts refer to, in order.
  Waiting mediaOf(const json& row) {
    Waiting waiting;
    for (const Medium& medium : kMedia) {
      if (!row.contains(medium.key)) continue;
      const json& names = row[std::string(medium.key)];
      if (!names.is_array()) {
        waiting[medium.kind].push_back(filePart(medium, names));
      } else {
        for (const json& name : names) waiting[medium.kind].push_back(filePart(medium, name));
      }
    }
    return waiting;
  }

  // "<image>\nWhat is it?" as parts.
  std::vector<ConversationPart> marked(std::string_view words, Waiting& waiting) {
    std::vector<ConversationPart> parts;
    const auto addText = [&](std::string_view between) {
      if (const auto kept = trimmed(between); !kept.empty()) parts.push_back({Kind::Text, std::string(kept), {}});
    };
    std::size_t from = 0;
    for (std::size_t at = words.find('<'); at != std::string_view::npos; at = words.find('<', at + 1)) {
      const auto close = words.find('>', at);
      if (close == std::string_view::npos) break;
      const Medium* medium = mediumOf(words.substr(at + 1, close - at - 1));
      if (medium == nullptr) continue;
      auto& left = waiting[medium->kind];
      if (left.empty()) {
        throw Wrong{
            RowProblem{formatText("has more <{}> in its texts than files", medium->key), Fault::PlaceholderMismatch}};
      }
      addText(words.substr(from, at - from));
      parts.push_back(std::move(left.front()));
      left.pop_front();
      m_marked.insert(medium->kind);
      from = close + 1;
    }
    addText(words.substr(from));
    return parts;
  }

  std::vector<ConversationTurn> llavaTurns(const json& row) {
    if (!row["conversations"].is_array()) throw Wrong{"has \"conversations\" that are not a list"};
    Waiting waiting = mediaOf(row);
    m_marked.clear();
    std::vector<ConversationTurn> turns;
    for (const json& entry : row["conversations"]) {
      if (!entry.is_object() || !entry.contains("from") || !entry["from"].is_string() || !entry.contains("value")) {
        throw Wrong{"has a turn without \"from\" or \"value\""};
      }
      const auto role = roleOf(entry["from"].get_ref<const std::string&>());
      if (!role) throw Wrong{"has a turn that is from neither \"human\" nor \"gpt\""};
      const std::string words = text(entry["value"], "\"value\"");
      if (*role == Role::User) {
        turns.push_back({*role, marked(words, waiting)});
      } else {
        turns.push_back({*role, {{Kind::Text, words, {}}}});
      }
    }
    for (auto& [kind, left] : waiting) {
      if (!left.empty() && m_marked.contains(kind)) {
        m_remarks.push_back(
            {formatText("names {} file{} more than its texts have marks for", left.size(), left.size() == 1 ? "" : "s"),
             Fault::PlaceholderMismatch, left.front().file});
      }
      for (auto turn = turns.begin(); !left.empty() && turn != turns.end(); ++turn) {
        if (turn->role != Role::User) continue;
        turn->parts.insert(turn->parts.begin(), left.begin(), left.end());
        left.clear();
      }
    }
    return turns;
  }

  void checkOrder(const ConversationExample& example) const {
    const auto& turns = example.turns;
    Role expected = Role::User;
    for (std::size_t i = 0; i < turns.size(); ++i) {
      if (turns[i].parts.empty()) throw Wrong{formatText("says nothing in turn {}", i + 1)};
      if (i == 0 && turns[i].role == Role::System) continue;
      if (turns[i].role != expected) throw Wrong{"does not go user, assistant, user, … (a system turn may open it)"};
      expected = expected == Role::User ? Role::Assistant : Role::User;
      if (turns[i].role == Role::Assistant && (turns[i].parts.size() != 1 || turns[i].parts[0].kind != Kind::Text)) {
        throw Wrong{"has an answer that is not one text"};
      }
    }
    const bool asks = !turns.empty() && turns.back().role == Role::User;
    const bool answers = !turns.empty() && turns.back().role == Role::Assistant;
    if (asks && m_questions && !example.accept.empty()) return;
    if (!answers) {
      throw Wrong{std::string(m_questions ? "has neither a right answer at its end nor \"accept\""
                                          : "has no answer at its end")};
    }
  }

  Path m_folder;
  bool m_questions;
  std::unordered_set<std::string> m_seen;  // files that are fine
  std::set<Kind> m_marked;                 // that the texts of the row have marks for
  std::vector<RowProblem> m_remarks;
};

Result<std::vector<ConversationExample>> readList(const Path& list, bool questions, const ListOptions& options,
                                                  ListNotes* notes) {
  const auto opened = openText(list);
  if (!opened) return tl::unexpected(opened.error());
  if (jsonShapeOf(opened->text) == JsonShape::None) {
    return fail(ErrorCode::BadInput, formatText("{} holds no conversations in JSON. docs/training-data.md shows what "
                                                "is read.",
                                                list.string()));
  }
  RowReport report(list, options, notes);
  report.setForm(jsonShapeOf(opened->text) == JsonShape::Whole ? "JSON list" : "JSON lines");
  Reader reader(list, questions);
  std::vector<ConversationExample> examples;
  const auto read = forEachObject(list, opened->text, report, [&](const json& row, const std::string& where) {
    try {
      if (row.contains("conversations")) report.setForm("LLaVA");
      examples.push_back(reader.read(row, where));
      for (const RowProblem& remark : reader.remarks()) report.warn(where, remark);
    } catch (const Wrong& wrong) {
      report.wrong(where, wrong.problem);
    }
  });
  if (!read) return tl::unexpected(read.error());
  if (const auto fine = report.finish(examples.size()); !fine) return tl::unexpected(fine.error());
  return examples;
}

}  // namespace

Result<std::vector<ConversationExample>> readConversations(const Path& list, const ListOptions& options,
                                                           ListNotes* notes) {
  return readList(list, false, options, notes);
}

Result<std::vector<ConversationExample>> readQuestions(const Path& list, const ListOptions& options, ListNotes* notes) {
  return readList(list, true, options, notes);
}

}  // namespace xllm::data
