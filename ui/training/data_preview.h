// The examples of training data side by side, a page at a time: pictures and frames are decoded on a worker when their
// page is looked at. Leaves checking to data_worker.h.
#pragma once

#include <QList>
#include <QThreadPool>
#include <QWidget>
#include <memory>
#include <stop_token>
#include <vector>

#include "core/data/data_check.h"
#include "ui/training/preview_card.h"

class QLabel;
class QScrollArea;
class QToolButton;

namespace xllm::ui {

class DataPreview final : public QWidget {
  Q_OBJECT

 public:
  static constexpr int kPerPage = 12;

  using Examples = std::shared_ptr<const std::vector<data::DataExample>>;

  explicit DataPreview(const MediaProbe& probe, QWidget* parent = nullptr);  // `probe` outlives this
  ~DataPreview() override;                                                   // waits for the file that is being decoded

  void setPlayback(Playback* playback);                                   // null: recordings only show; outlives this
  void setExamples(const Examples& examples);                             // null: none; the first page of other ones
  void setReport(const std::shared_ptr<const data::DataReport>& report);  // what it says of them; stays on the page
  // The page with the example of this row, which gets the keyboard. False: none is called so.
  bool showRow(const QString& where);

  int page() const { return m_page; }
  int pages() const;
  QList<PreviewCard*> cards() const { return m_cards; }
  QToolButton& previousButton() { return *m_previous; }
  QToolButton& nextButton() { return *m_next; }

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void build();
  void showPage(int page);
  void look(PreviewCard* card);
  void retranslate();

  const MediaProbe& m_probe;
  Playback* m_playback = nullptr;
  std::shared_ptr<const data::DataReport> m_report;
  Examples m_examples;
  int m_page = 0;
  QList<PreviewCard*> m_cards;
  QScrollArea* m_area;
  QToolButton *m_previous, *m_next;
  QLabel* m_place;
  std::stop_source m_stop;  // of what is decoded for the page
  QThreadPool m_pool;       // last: its threads post to this object
};

}  // namespace xllm::ui
