// What was understood of the recordings of the draft: a line for each, in which it can be corrected before it is sent.
// Corrected words are what the model gets; else it gets the recording. Leaves recordings and sending to the composer.
#pragma once

#include <QWidget>
#include <optional>
#include <vector>

class QVBoxLayout;

namespace xllm::ui {

class PromptEdit;

class SaidWords final : public QWidget {
  Q_OBJECT

 public:
  explicit SaidWords(QWidget* parent = nullptr);

  void add(quint64 id, const QString& name, const QString& understood);
  // Later, and more of it. What the person wrote meanwhile stays.
  void setUnderstood(quint64 id, const QString& words);
  void correct(quint64 id, const QString& words);  // as if the person had
  void remove(quint64 id);
  void clear();

  std::optional<QString> words(quint64 id) const;       // that stand there; nothing: there is no such line
  std::optional<QString> correction(quint64 id) const;  // nothing: they stand as they were understood, or not at all
  QList<QWidget*> inTabOrder() const;
  void edit(quint64 id);  // the keyboard goes there, behind the last word

 Q_SIGNALS:
  void edited();
  void sendPressed();

 protected:
  void changeEvent(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;

 private:
  struct Line {
    quint64 id = 0;
    QString name;
    QString understood;
    bool isUnderstood = false;  // something, or that it was nothing
    PromptEdit* field = nullptr;
  };

  Line* line(quint64 id);
  const Line* line(quint64 id) const;
  void show(Line& line, const QString& words);
  void name(const Line& line);

  std::vector<Line> m_lines;
  QVBoxLayout* m_column;
};

}  // namespace xllm::ui
