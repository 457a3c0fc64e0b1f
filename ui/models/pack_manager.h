// The model packs of this computer in a window of their own: which there are, which is in use, installing, checking,
// removing. Leaves loading to PackState and the disk to PackShelf.
#pragma once

#include <QDialog>
#include <QList>

#include "ui/models/pack_worker.h"

class QLabel;
class QProgressBar;
class QPushButton;
class QVBoxLayout;

namespace xllm::ui {

class InlineMessage;
class PackCard;
class PackState;

class PackManager final : public QDialog {
  Q_OBJECT

 public:
  PackManager(const PackShelf& shelf, const PackState& pack, QWidget* parent = nullptr);  // both outlive this

  void installFrom(const QString& folderOrFile);
  QList<PackCard*> cards() const { return m_cards; }
  QPushButton& cancelButton() { return *m_cancel; }
  const InlineMessage& message() const { return *m_message; }

 Q_SIGNALS:
  void useRequested(const QString& folder);
  void removed(const QString& folder);

 protected:
  void changeEvent(QEvent* event) override;
  void showEvent(QShowEvent* event) override;

 private:
  void build();
  void chooseFolder();
  void chooseFile();
  void showPacks(const QList<PackDescription>& packs, const MachineDescription& machine);
  void onFinished(const PackOutcome& outcome);
  void sayInstalled(const PackOutcome& outcome);
  void sayNotListed(const QString& details);
  void refresh();
  void retranslate();
  PackCard* card(const QString& folder) const;

  const PackState& m_pack;
  QLabel* m_intro;
  InlineMessage* m_message;
  std::function<void()> m_words;
  QPushButton* m_useNew;
  QString m_newFolder;
  QVBoxLayout* m_list;
  QLabel* m_empty;
  QList<PackCard*> m_cards;
  QProgressBar* m_bar;
  QPushButton *m_installFolder, *m_installFile, *m_cancel, *m_close;
  bool m_installing = false;
  PackWorker m_worker;  // last: it answers into everything above
};

}  // namespace xllm::ui
