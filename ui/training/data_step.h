// The data of a training: where it lies, and what is made of it: lists for training and validation, the same ones for
// all stages. Leaves looking into it to whoever is put below each source (below()).
#pragma once

#include <QMap>
#include <QWidget>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/data/data_check.h"
#include "ui/training/training_plan.h"

class QCheckBox;
class QLabel;
class QLineEdit;
class QProgressBar;
class QPushButton;
class QVBoxLayout;

namespace xllm::ui {

class InlineMessage;

class DataStep final : public QWidget {
  Q_OBJECT

 public:
  explicit DataStep(const Training& training, QWidget* parent = nullptr);

  const Training& training() const { return m_training; }
  bool hasLists() const { return !m_told.isEmpty(); }
  void prepare();  // makes the lists
  // Rows of a kind of data that a check found to be of no use, as it names them: they go with the wrong rows that are
  // left out. `of` is called on the GUI thread.
  void setUnusable(std::function<std::set<std::string>(const QString& kind)> of) { m_unusable = std::move(of); }
  // "image", "video", "speech", and "conversations", which may stay empty.
  static data::DataKind dataKind(const QString& kind);
  QLineEdit& sourceEdit(const QString& kind) const;
  QPushButton& folderButton(const QString& kind) const;
  QVBoxLayout& below(const QString& kind) const;  // room for a look at that source
  QPushButton& prepareButton() { return *m_prepare; }
  QCheckBox& skipBox() { return *m_skip; }
  QString resultText() const;
  const InlineMessage& message() const { return *m_message; }

 Q_SIGNALS:
  void prepared();

 protected:
  void changeEvent(QEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  struct Source {
    QString kind;
    QLabel *title, *hint;
    QLineEdit* path;
    QPushButton *folder, *file;
    QVBoxLayout* below;
  };
  struct Count {
    QString kind;
    qint64 training = 0, validation = 0;
  };
  struct Made {
    QList<Count> counts;
    QString error;  // English; empty: done
  };

  void build();
  void addSource(const QString& kind, QVBoxLayout& column);
  void choose(const QString& kind, bool folder);
  void take(const QString& kind, const QString& path);
  void show();
  void retranslate();
  const Source& source(const QString& kind) const;
  using LeftOut = QMap<QString, std::set<std::string>>;  // rows, by kind
  static Made make(const Training& training, const LeftOut& leftOut);

  Training m_training;
  std::function<std::set<std::string>(const QString&)> m_unusable;
  std::vector<Source> m_sources;
  QList<Count> m_told;
  bool m_working = false;
  QString m_problem;
  QLabel *m_title, *m_words, *m_result;
  QCheckBox* m_skip;
  QProgressBar* m_bar;
  QPushButton* m_prepare;
  InlineMessage* m_message;
};

}  // namespace xllm::ui
