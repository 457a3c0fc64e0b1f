// What a check of training data found, in the window's language: told by the finding's stable name. Leaves counting to
// core/data.
#pragma once

#include <QCoreApplication>
#include <QString>
#include <string>

#include "core/data/data_check.h"

namespace xllm::ui {

class FindingWords {
  Q_DECLARE_TR_FUNCTIONS(xllm::ui::FindingWords)

 public:
  QString title;     // "Files that are not there"
  QString figures;   // a sentence with them; empty: none
  QString proposal;  // what to do

  static FindingWords of(const data::Finding& finding);
  // "row 7 of x.csv (cat3.jpg)"; what a reader says of a row it cannot read stays as it is, in English.
  static QString ofRow(const std::string& row);
  static QString of(data::Severity severity);  // "Error"
};

}  // namespace xllm::ui
