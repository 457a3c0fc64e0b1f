// The training wizard: a window of its own with a path from what is to be taught to a pack that can be tried. Modeless,
// and closing it ends nothing: runs are processes of their own, and are found again.
#pragma once

#include <QDialog>
#include <functional>

#include "core/base/media_probe.h"
#include "ui/training/training_plan.h"

class QComboBox;
class QLabel;
class QPushButton;
class QScrollArea;
class QStackedWidget;

namespace xllm::ui {

class DataLook;
class DataStep;
class Playback;
class ResultPage;
class StagePage;
class TeachPage;

struct TrainingPlaces {
  QString program;                    // xllm
  QString trainings;                  // where trainings are kept
  QString packs;                      // where packs are installed
  const MediaProbe* probe = nullptr;  // for looks at the data; outlives the window. null: there are none
};

class TrainingWindow final : public QDialog {
  Q_OBJECT

 public:
  explicit TrainingWindow(TrainingPlaces places, QWidget* parent = nullptr);
  ~TrainingWindow() override;

  void setPack(const QString& folder, const QString& name);  // that is loaded
  void setPlayback(Playback* playback);                      // of recordings among the data; outlives this
  void open(const Training& training);                       // at the page where it goes on
  // Of a training that is open: 0 what to teach, 1 data, 2 … 4 the stages, 5 afterwards.
  void showPage(int page);
  int page() const;
  TeachPage& teach() { return *m_teach; }
  DataStep* data() const { return m_data; }  // null until a training is open, like those below
  QList<DataLook*> looks() const { return m_looks; }
  StagePage* stage(Stage stage) const;
  ResultPage* result() const { return m_result; }
  QPushButton& nextButton() { return *m_next; }
  QPushButton& previousButton() { return *m_previous; }

 Q_SIGNALS:
  void chatRequested(const QString& packFolder);
  void packMade(const QString& packFolder);

 protected:
  void changeEvent(QEvent* event) override;
  void showEvent(QShowEvent* event) override;

 private:
  void build();
  void addPage(QWidget* page);
  void addLooks(const Training& training);
  void dropTraining();
  void refreshPage();
  void retranslate();
  void showPath();
  void toTop();

  const TrainingPlaces m_places;
  QLabel* m_where;
  QComboBox* m_path;
  QStackedWidget* m_pages;
  QPushButton *m_previous, *m_next, *m_close;
  TeachPage* m_teach;
  DataStep* m_data = nullptr;
  QList<DataLook*> m_looks;  // a look at each source of it
  Playback* m_playback = nullptr;
  QList<StagePage*> m_stages;
  ResultPage* m_result = nullptr;
  QString m_name;
};

}  // namespace xllm::ui
