// How much of what the model reads at once is taken, as plain values.
#pragma once

#include <QCoreApplication>
#include <QString>

namespace xllm::ui {

struct ContextUse {
  qint64 tokens = 0;        // the conversation so far and the draft, as far as the model would read them
  qint64 length = 0;        // what it reads at most; 0: no pack is loaded, or nothing was measured yet
  bool estimated = false;   // by letters, or by the length of a recording
  bool tooLong = false;     // the draft alone does not fit
  int messagesLeftOut = 0;  // the oldest ones, which the model would not read any more
  int firstSeenRow = 0;     // of the conversation's rows: where it would begin to read
  bool operator==(const ContextUse&) const = default;

  bool isKnown() const { return length > 0; }
  double fraction() const { return length > 0 ? static_cast<double>(tokens) / static_cast<double>(length) : 0; }
};

// In the language of the moment.
class ContextWords {
  Q_DECLARE_TR_FUNCTIONS(xllm::ui::ContextWords)

 public:
  static QString numbers(const ContextUse& use);  // "about 1,240 of 2,048 tokens"
  static QString warning(const ContextUse& use);  // what will be left out; empty: nothing
};

}  // namespace xllm::ui
