// Where a person chooses training data, looks at it, and reads what is wrong with it before it is trained on. It is
// checked as soon as it is chosen. Leaves what is trained to whoever shows the page.
#pragma once

#include <QWidget>
#include <memory>

#include "ui/training/data_worker.h"

class QCheckBox;
class QLabel;
class QLineEdit;
class QProgressBar;
class QPushButton;
class QTabWidget;

namespace xllm::ui {

class DataPreview;
class FindingsView;
class InlineMessage;
class Playback;

class DataPage final : public QWidget {
  Q_OBJECT

 public:
  explicit DataPage(const MediaProbe& probe, QWidget* parent = nullptr);  // `probe` outlives this

  void setPlayback(Playback* playback);                      // null: recordings only show; outlives this
  void setSource(const QString& path, data::DataKind kind);  // looks at it at once; empty: nothing is chosen
  void setValidation(const QString& path);                   // a list of its own; empty: a share
  void setSkipWrongRows(bool skip);

  QString source() const { return m_choice.source; }
  QString validation() const { return m_choice.validation; }
  data::DataKind kind() const { return m_choice.kind; }
  bool skipWrongRows() const;
  // Of the data as it is chosen now; null: not known yet.
  std::shared_ptr<const data::DataReport> report() const { return m_report; }
  bool isChecking() const { return m_worker.isBusy(); }

  DataPreview& preview() { return *m_preview; }
  FindingsView& findings() { return *m_findings; }
  QTabWidget& tabs() { return *m_tabs; }
  QPushButton& checkButton() { return *m_check; }
  QPushButton& saveButton() { return *m_save; }
  QPushButton& folderButton() { return *m_chooseFolder; }
  QPushButton& shareButton() { return *m_useShare; }
  QCheckBox& skipBox() { return *m_skip; }
  const InlineMessage& message() const { return *m_message; }
  QString facts() const;       // how much there is
  QString splitFacts() const;  // how much for training and validation
  void saveReport(const QString& file);
  // The usable examples as two lists in `folder`, for a config that names both: broken files are left out, too.
  void writeLists(const QString& folder);

 Q_SIGNALS:
  void checked(const xllm::data::DataReport& report);
  void sourceChanged();  // or the list for validation: report() is null again
  void skipWrongRowsChanged(bool skip);
  void listsWritten(const QString& training, const QString& validation);  // what failed is said on the page

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void build();
  void buildChoices();
  void connectAll();
  void choose(bool folder, bool validation);
  void chooseReport();
  void look();
  void takeReport(const DataWorker::Report& report);
  enum class Failed { Reading = 1, Saving, Lists };
  void say(const Error& error, Failed what);
  void refresh();
  void retranslate();
  void retranslateChoices();
  QString formName() const;
  QString languages() const;

  DataChoice m_choice;
  std::shared_ptr<const data::DataReport> m_report;
  std::function<void()> m_words;  // of the message
  qint64 m_done = 0, m_all = 0;   // files
  QLabel *m_intro, *m_sourceLabel, *m_validationLabel, *m_progressText, *m_facts, *m_split;
  QLineEdit *m_source, *m_validation;
  QPushButton *m_chooseFolder, *m_chooseList, *m_chooseValidation, *m_useShare, *m_check, *m_save;
  QProgressBar* m_progress;
  InlineMessage* m_message;
  QTabWidget* m_tabs;
  DataPreview* m_preview;
  FindingsView* m_findings;
  QCheckBox* m_skip;
  DataWorker m_worker;  // last: it answers into everything above
};

}  // namespace xllm::ui
