// The config of a run: the few settings that most people change, all of them as the very file, and the command that
// does the same from a shell. What is in the file counts; what is typed is kept in it a moment later, or told why not.
#pragma once

#include <QJsonObject>
#include <QWidget>

class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QSpinBox;
class QTimer;

namespace xllm::ui {

class InlineMessage;

class ConfigPanel final : public QWidget {
  Q_OBJECT

 public:
  // `file`: of the config; `program`: for the command.
  ConfigPanel(QString file, QString program, QWidget* parent = nullptr);
  ~ConfigPanel() override;  // everything is in the file

  void setSuggestion(const QJsonObject& config);  // where there is no file yet
  QJsonObject config() const { return m_config; }
  void set(const QString& key, const QJsonValue& value);
  // Brings it into the file; false, told in the panel: the file cannot be written, or the text is no config.
  bool save();
  bool isSaved() const;  // the file is there
  QString command() const;

  QSpinBox& stepsBox() { return *m_steps; }
  QSpinBox& batchBox() { return *m_batch; }
  QPushButton& allButton() { return *m_all; }
  QPushButton& copyButton() { return *m_copy; }
  QPlainTextEdit& textEdit() { return *m_text; }
  const InlineMessage& message() const { return *m_message; }

 Q_SIGNALS:
  void edited();

 protected:
  void changeEvent(QEvent* event) override;
  void hideEvent(QHideEvent* event) override;

 private:
  void build();
  void read();
  void show();
  void takeText();
  void takeRate();
  void changed();
  bool write();  // what was last whole
  void flush();  // what changed() left for later
  void retranslate();

  const QString m_file, m_program;
  QJsonObject m_config;
  QLabel *m_stepsLabel, *m_batchLabel, *m_rateLabel, *m_hint;
  QSpinBox *m_steps, *m_batch;
  QLineEdit* m_rate;
  QPushButton *m_all, *m_copy, *m_reset;
  QPlainTextEdit* m_text;
  InlineMessage* m_message;
  QJsonObject m_suggestion;
  QTimer* m_soon;
  bool m_broken = false;  // the text is no JSON object
};

}  // namespace xllm::ui
