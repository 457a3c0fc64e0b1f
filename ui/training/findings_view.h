// What a check of training data found: the findings, and of the one that is chosen what to do and all its rows. Leaves
// examples to data_preview.h.
#pragma once

#include <QWidget>
#include <memory>

#include "core/data/data_check.h"

class QLabel;
class QListView;
class QListWidget;
class QStackedWidget;

namespace xllm::ui {

class RowsModel;

class FindingsView final : public QWidget {
  Q_OBJECT

 public:
  explicit FindingsView(QWidget* parent = nullptr);

  void setReport(const std::shared_ptr<const data::DataReport>& report);  // null: nothing is known yet

  QListWidget& findings() { return *m_findings; }
  QListView& rows() { return *m_rows; }
  QString proposal() const;

 Q_SIGNALS:
  void rowActivated(const QString& where);  // "row 7 of x.csv", as the example is called

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void build();
  void list();
  void showFinding(int index);
  void retranslate();

  std::shared_ptr<const data::DataReport> m_report;
  QStackedWidget* m_pages;
  QLabel *m_nothing, *m_title, *m_proposal;
  QListWidget* m_findings;
  QListView* m_rows;
  RowsModel* m_model;
};

}  // namespace xllm::ui
