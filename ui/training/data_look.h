// Below each source of a training's data: a button that opens the page which shows and checks it, and what was found.
// Leaves choosing and preparing the data to data_step.h, the check to data_page.h.
#pragma once

#include <QWidget>
#include <memory>
#include <set>
#include <string>

#include "core/data/data_check.h"

class QDialog;
class QLabel;
class QPushButton;

namespace xllm::ui {

class DataPage;
class DataStep;
class Playback;

class DataLook final : public QWidget {
  Q_OBJECT

 public:
  // For `kind` of `step`, which shows this. `probe` outlives it.
  DataLook(DataStep& step, const QString& kind, const MediaProbe& probe);
  ~DataLook() override;

  void setPlayback(Playback* playback);  // null: recordings only show; outlives this
  void open();
  QPushButton& button() { return *m_open; }
  QString found() const;                     // in a line; empty: nothing was checked yet
  std::set<std::string> unusable() const;    // rows of what was checked, as the report names them
  DataPage* page() const { return m_page; }  // null until it was opened

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void refresh();
  std::shared_ptr<const data::DataReport> report() const;  // of the source that is chosen now; null: not checked

  DataStep& m_step;
  const QString m_kind;
  const MediaProbe& m_probe;
  Playback* m_playback = nullptr;
  QPushButton* m_open;
  QLabel* m_found;
  QDialog* m_dialog = nullptr;
  DataPage* m_page = nullptr;
};

}  // namespace xllm::ui
