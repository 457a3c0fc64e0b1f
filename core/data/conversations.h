// Conversations about pictures, recordings and clips: what the last stage learns from, and what questions are asked
// from when a model is measured. Only names and texts are read.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/role.h"
#include "core/data/list_options.h"

namespace xllm::data {

struct ConversationPart {
  enum class Kind { Text = 1, Picture, Recording, Clip } kind = Kind::Text;
  std::string text;            // of a Text; valid UTF-8, never empty
  std::filesystem::path file;  // of the others; absolute, or relative to the working folder
};

struct ConversationTurn {
  Role role = Role::User;
  std::vector<ConversationPart> parts;  // in the order in which they are said; of an assistant one text
};

struct ConversationExample {
  // A system turn or none, then user and assistant by turns.
  std::vector<ConversationTurn> turns;
  std::string task;                  // "recognition"; empty when not given
  std::vector<std::string> accept;   // of a question: phrases, one of which a right answer holds
  std::vector<std::string> choices;  // of a question: what may be answered
  std::string where;                 // "line 7 of x.jsonl", for the texts of errors
};

// JSON lines or one JSON list of
//   {"turns": [{"user": [{"image": "a.jpg"}, "What is this?"]}, {"assistant": "A cat."}], "task": "dialogue"}, where a
//     part is a text or one of {"image"|"audio"|"video"|"text": …}, and one part needs no list; or of
//   LLaVA's {"image": "a.jpg", "conversations": [{"from": "human", "value": "<image>\nWhat is it?"}, {"from": "gpt",
//     "value": "A cat."}]}, with "image", "video" and "audio" (one or a list each) where <image>, <video> and <audio>
//     stand, else in front of the first question.
// Paths are relative to the list's folder. Each conversation ends with the assistant's answer. BadInput names every
// wrong row (row_report.h).
Result<std::vector<ConversationExample>> readConversations(const std::filesystem::path& list,
                                                           const ListOptions& options = {}, ListNotes* notes = nullptr);

// The same, for measuring: the answer at the end may be left out where "accept" (a phrase or a list of them) says what
// is right; "choices" is a list of texts. A right answer that is given stays the last turn.
Result<std::vector<ConversationExample>> readQuestions(const std::filesystem::path& list,
                                                       const ListOptions& options = {}, ListNotes* notes = nullptr);

}  // namespace xllm::data
