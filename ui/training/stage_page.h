// One of the three stages: what it does in plain words, a picture of what is trained, and for each of its runs the
// settings, what it needs, and the run itself. Leaves the order of the pages to the window.
#pragma once

#include <QWidget>
#include <memory>
#include <vector>

#include "ui/training/training_plan.h"

class QLabel;
class QVBoxLayout;

namespace xllm::ui {

class ConfigPanel;
class EstimatePanel;
class InlineMessage;
class RunPanel;
class StagePicture;
class TrainingRun;

class StagePage final : public QWidget {
  Q_OBJECT

 public:
  StagePage(const Training& training, Stage stage, const QString& program, QWidget* parent = nullptr);
  ~StagePage() override;

  // Before it is looked at: what the stage before left is taken, the data may be other ones.
  void refresh(const Training& training);
  void setOthers(const QList<std::pair<QString, QString>>& runs);
  bool isActive() const;  // one of its runs is
  Stage stage() const { return m_stage; }

  struct Section {
    PlannedRun plan;
    TrainingRun* run = nullptr;
    QLabel* title = nullptr;
    ConfigPanel* config = nullptr;
    EstimatePanel* estimate = nullptr;
    RunPanel* panel = nullptr;
  };
  const std::vector<Section>& sections() const { return m_sections; }
  const InlineMessage& message() const { return *m_message; }

 Q_SIGNALS:
  void phaseChanged();

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void addSection(const PlannedRun& plan, QVBoxLayout& column, const QString& program);
  bool write(Section& section);  // its config; false, told: that is not possible
  void start(Section& section);
  void retranslate();
  QString words() const;

  Training m_training;
  const Stage m_stage;
  QJsonObject m_manifest;
  QLabel *m_title, *m_words;
  StagePicture* m_picture;
  InlineMessage* m_message;
  std::vector<Section> m_sections;
};

QString titleOf(Stage stage);
QString textOf(const PlannedRun& run);  // "Pictures", "All together"
QString textOf(Sense sense);

}  // namespace xllm::ui
