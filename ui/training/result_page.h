// Afterwards: a pack is made of what was learned, tried beside the one it came from, measured on what was kept apart,
// and opened in the chat.
#pragma once

#include <QWidget>

#include "ui/training/program_call.h"
#include "ui/training/training_plan.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QProgressBar;
class QPushButton;
class QTableWidget;

namespace xllm::ui {

class InlineMessage;

class ResultPage final : public QWidget {
  Q_OBJECT

 public:
  // `packs`: the folder where packs are installed.
  ResultPage(const Training& training, const QString& program, QString packs, QWidget* parent = nullptr);

  void refresh();                                // there may be other results
  QString packFolder() const { return m_pack; }  // that was made; empty: none
  QLineEdit& nameEdit() { return *m_name; }
  QPushButton& makeButton() { return *m_make; }
  QPushButton& chatButton() { return *m_chat; }
  QPushButton& measureButton() { return *m_measure; }
  QPushButton& askButton() { return *m_ask; }
  QComboBox& exampleBox() { return *m_example; }
  QTableWidget& table() { return *m_table; }
  QString answerBefore() const;
  QString answerNow() const;
  const InlineMessage& message() const { return *m_message; }

 Q_SIGNALS:
  void chatRequested(const QString& packFolder);
  void packMade(const QString& packFolder);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  struct Example {
    QString kind, file, right;
  };

  void build();
  void make();
  void measure();
  void measureOne(const QString& pack, int column, std::function<void()> then);
  void fill(const QByteArray& report, int column);
  void ask();
  // `asked`: the example and the question, as arguments.
  void askOne(const QString& pack, const QStringList& asked, QPlainTextEdit& into, std::function<void()> then);
  void readExamples();
  bool writeMeasuring();
  void showProblem(const QString& title, const ProgramCall::Outcome& outcome);
  void show();
  void retranslate();
  QStringList namesOfMeasures() const;

  const Training m_training;
  const QString m_packs;
  QString m_pack;
  QList<Example> m_examples;
  QStringList m_measures;
  bool m_working = false;
  QLabel *m_title, *m_words, *m_nameLabel, *m_made, *m_sideTitle, *m_measureTitle, *m_beforeLabel, *m_nowLabel,
      *m_right;
  QLineEdit *m_name, *m_question;
  QPushButton *m_make, *m_chat, *m_measure, *m_ask;
  QComboBox* m_example;
  QPlainTextEdit *m_before, *m_now;
  QTableWidget* m_table;
  QProgressBar* m_bar;
  InlineMessage* m_message;
  ProgramCall m_call;  // last: it answers into everything above
};

}  // namespace xllm::ui
