// The first page: what is to be taught, under which name, from which pack; and the trainings that were begun before.
#pragma once

#include <QWidget>

#include "ui/training/training_plan.h"

class QButtonGroup;
class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;
class QRadioButton;

namespace xllm::ui {

class InlineMessage;

class TeachPage final : public QWidget {
  Q_OBJECT

 public:
  explicit TeachPage(QString folder, QWidget* parent = nullptr);  // of all trainings

  void setPack(const QString& folder, const QString& name);
  void list();  // what there is
  QRadioButton& choice(Teach teach) const;
  QLineEdit& nameEdit() { return *m_name; }
  QPushButton& beginButton() { return *m_begin; }
  QListWidget& trainings() { return *m_list; }
  const InlineMessage& message() const { return *m_message; }

 Q_SIGNALS:
  void opened(const xllm::ui::Training& training);  // a new one, or one from before

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void build();
  void begin();
  void open();
  void refresh();
  void retranslate();
  Teach chosen() const;

  const QString m_folder;
  QString m_pack, m_packName;
  QList<Training> m_trainings;
  QLabel *m_title, *m_words, *m_nameLabel, *m_packLabel, *m_earlier;
  QButtonGroup* m_choices;
  QList<QLabel*> m_details;
  QLineEdit* m_name;
  QPushButton *m_begin, *m_open;
  QListWidget* m_list;
  InlineMessage* m_message;
};

}  // namespace xllm::ui
