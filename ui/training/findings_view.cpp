#include "ui/training/findings_view.h"

#include <QAbstractListModel>
#include <QEvent>
#include <QLabel>
#include <QListView>
#include <QListWidget>
#include <QLocale>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "ui/training/finding_words.h"
#include "ui/widgets/icon.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

// The rows of one finding: any number of them, translated when they are seen.
class RowsModel final : public QAbstractListModel {
 public:
  using QAbstractListModel::QAbstractListModel;

  void setFinding(const std::shared_ptr<const data::DataReport>& report, const data::Finding* finding) {
    beginResetModel();
    m_report = report;
    m_finding = finding;
    endResetModel();
  }
  int rowCount(const QModelIndex& parent) const override {
    return parent.isValid() || m_finding == nullptr ? 0 : static_cast<int>(m_finding->rows.size());
  }
  QVariant data(const QModelIndex& index, int role) const override {
    if (role != Qt::DisplayRole && role != Qt::ToolTipRole) return {};
    return FindingWords::ofRow(text(index));
  }
  std::string text(const QModelIndex& index) const { return m_finding->rows[static_cast<std::size_t>(index.row())]; }

 private:
  std::shared_ptr<const data::DataReport> m_report;
  const data::Finding* m_finding = nullptr;  // of m_report
};

namespace {

IconColor colorOf(data::Severity severity) {
  switch (severity) {
    case data::Severity::Error: return IconColor::Danger;
    case data::Severity::Warning: return IconColor::Accent;
    case data::Severity::Note: break;
  }
  return IconColor::Muted;
}

// "row 7 of x.csv (cat3.jpg) = …" names the example "row 7 of x.csv"; of a folder "cat3.jpg: 40 × 30" names "cat3.jpg".
QString exampleIn(const QString& row) {
  const qsizetype end = std::min({row.indexOf(u" (") < 0 ? row.size() : row.indexOf(u" ("),
                                  row.indexOf(u": ") < 0 ? row.size() : row.indexOf(u": "),
                                  row.indexOf(u" = ") < 0 ? row.size() : row.indexOf(u" = "),
                                  row.indexOf(u" ≈ ") < 0 ? row.size() : row.indexOf(u" ≈ ")});
  return row.left(end);
}

}  // namespace

FindingsView::FindingsView(QWidget* parent) : QWidget(parent), m_model(new RowsModel(this)) {
  build();
  connect(m_findings, &QListWidget::currentRowChanged, this, &FindingsView::showFinding);
  connect(m_rows, &QListView::activated, this, [this](const QModelIndex& index) {
    Q_EMIT rowActivated(exampleIn(QString::fromStdString(m_model->text(index))));
  });
  retranslate();
}

void FindingsView::build() {
  m_findings = new QListWidget;
  m_findings->setWordWrap(true);
  m_findings->setIconSize(QSize(16, 16));
  m_findings->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_rows = new QListView;
  m_rows->setModel(m_model);
  m_rows->setUniformItemSizes(true);
  m_rows->setEditTriggers(QAbstractItemView::NoEditTriggers);
  for (QAbstractItemView* view :
       {static_cast<QAbstractItemView*>(m_findings), static_cast<QAbstractItemView*>(m_rows)}) {
    view->setTabKeyNavigation(false);
    view->setMinimumHeight(4 * fontMetrics().lineSpacing());
  }
  m_title = new QLabel;
  m_title->setProperty("strong", true);
  m_proposal = new QLabel;
  m_nothing = new QLabel;
  m_nothing->setAlignment(Qt::AlignCenter);
  m_nothing->setProperty("caption", true);
  for (QLabel* label : {m_title, m_proposal, m_nothing}) {
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
  }
  auto* found = new QWidget;
  auto* column = new QVBoxLayout(found);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(8);
  column->addWidget(m_findings, 3);
  column->addWidget(m_title);
  column->addWidget(m_proposal);
  column->addWidget(m_rows, 2);
  m_pages = new QStackedWidget(this);
  m_pages->addWidget(m_nothing);
  m_pages->addWidget(found);
  auto* all = new QVBoxLayout(this);
  all->setContentsMargins(0, 0, 0, 0);
  all->addWidget(m_pages);
}

void FindingsView::setReport(const std::shared_ptr<const data::DataReport>& report) {
  m_model->setFinding({}, nullptr);
  m_report = report;
  list();
  if (m_findings->count() > 0) m_findings->setCurrentRow(0);
  retranslate();
}

void FindingsView::list() {
  const int chosen = m_findings->currentRow();
  m_findings->clear();
  if (!m_report) return;
  for (const data::Finding& finding : m_report->findings) {
    const QString count = locale().toString(static_cast<qulonglong>(finding.rows.size()));
    const QString title = tr("%1 (%2)").arg(FindingWords::of(finding).title, count);
    auto* item = new QListWidgetItem(
        themeIcon(finding.severity == data::Severity::Note ? u"info"_s : u"alert"_s, colorOf(finding.severity)), title,
        m_findings);
    item->setData(Qt::AccessibleTextRole, QString(FindingWords::of(finding.severity) + u": "_s + title));
    item->setToolTip(FindingWords::of(finding.severity));
  }
  m_findings->setCurrentRow(chosen);
}

void FindingsView::showFinding(int index) {
  const bool there = m_report && index >= 0 && index < static_cast<int>(m_report->findings.size());
  const data::Finding* finding = there ? &m_report->findings[static_cast<std::size_t>(index)] : nullptr;
  m_model->setFinding(m_report, finding);
  if (finding == nullptr) return;
  const FindingWords words = FindingWords::of(*finding);
  m_title->setText(tr("%1: %2").arg(FindingWords::of(finding->severity), words.title));
  m_proposal->setText(words.figures.isEmpty() ? words.proposal : QString(words.figures + u' ' + words.proposal));
  m_rows->setAccessibleName(tr("Rows: %1").arg(words.title));
}

QString FindingsView::proposal() const { return m_proposal->text(); }

void FindingsView::retranslate() {
  list();
  showFinding(m_findings->currentRow());
  m_nothing->setText(m_report ? tr("Nothing was found. The data can be trained on.")
                              : tr("What is wrong with the data is listed here once it was looked at."));
  m_pages->setCurrentIndex(m_report && !m_report->findings.empty() ? 1 : 0);
  m_findings->setAccessibleName(tr("What was found"));
  m_rows->setToolTip(tr("Enter shows the example"));
  if (m_rows->accessibleName().isEmpty()) m_rows->setAccessibleName(tr("Rows"));
}

void FindingsView::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  QWidget::changeEvent(event);
}

}  // namespace xllm::ui
