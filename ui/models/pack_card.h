// One pack in the manager: what it is, what it takes, and what can be done with it. Leaves doing it to the manager.
#pragma once

#include <QFrame>

#include "ui/models/pack_shelf.h"

class QLabel;
class QProgressBar;
class QPushButton;

namespace xllm::ui {

class InlineMessage;

class PackCard final : public QFrame {
  Q_OBJECT

 public:
  PackCard(const PackDescription& pack, const MachineDescription& machine, QWidget* parent = nullptr);

  const PackDescription& pack() const { return m_pack; }
  void setInUse(bool inUse);
  void setBusy(bool busy, bool withThisOne);  // something is being done, maybe with this pack
  void setProgress(double fraction, const QString& file);
  void showOutcome(const std::optional<Error>& error);  // of checking or removing

  QPushButton& useButton() { return *m_use; }
  QPushButton& checkButton() { return *m_check; }
  QPushButton& removeButton() { return *m_remove; }
  const InlineMessage& message() const { return *m_message; }

 Q_SIGNALS:
  void useRequested(const QString& folder);
  void checkRequested(const QString& folder);
  void removeRequested(const QString& folder);  // the person said yes
  void cancelRequested();

 protected:
  void changeEvent(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;

 private:
  void build();
  void askToRemove();
  void refresh();
  void retranslate();
  QString abilities() const;
  QString needs() const;

  PackDescription m_pack;
  MachineDescription m_machine;
  bool m_inUse = false, m_busy = false, m_working = false;
  std::function<void()> m_words;  // says again what the message says, in another language
  QLabel *m_name, *m_badge, *m_abilities, *m_needs, *m_folder;
  QPushButton *m_use, *m_check, *m_remove, *m_cancel;
  QProgressBar* m_bar;
  InlineMessage* m_message;
  QPushButton *m_yes, *m_no;
};

}  // namespace xllm::ui
