// Gathers what a check finds, row by row, and makes sentences and proposals of it.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/data/data_check.h"
#include "core/data/fault.h"

namespace xllm::data {

// "row 7 of x.csv (cat3.jpg)"; the name alone where that is what the row is called; with details "…: 0.2 s".
std::string rowText(const std::string& where, const std::filesystem::path& file, const std::string& details = {});
// Of an example about one of its files, or about its first.
std::string rowText(const DataExample& example, const std::string& details = {});

// One thread.
class DataFindings {
 public:
  void add(Fault fault, Severity severity, std::string row);
  // What its sentence tells besides the number of rows; the last call counts.
  void setFigures(Fault fault, Severity severity, std::vector<std::string> figures);

  // The worst first, then the most rows.
  std::vector<Finding> take();

 private:
  struct Entry {
    std::vector<std::string> rows, figures;
  };
  std::map<std::pair<Severity, Fault>, Entry> m_entries;
};

}  // namespace xllm::data
