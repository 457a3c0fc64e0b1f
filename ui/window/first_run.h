// The first minutes with the program, inside the window: language, whether this computer is enough, the model pack, a
// first question. Every page can be skipped; the window around it works as ever. Leaves loading, asking and remembering
// to its owner.
#pragma once

#include <QImage>
#include <QWidget>

#include "ui/models/pack_worker.h"
#include "ui/widgets/language.h"

class QLabel;
class QPushButton;
class QRadioButton;
class QStackedWidget;
class QGridLayout;

namespace xllm::ui {

class PackState;

class FirstRun final : public QWidget {
  Q_OBJECT

 public:
  enum class Page { Language = 0, Machine, Pack, Sample };

  FirstRun(const PackShelf& shelf, const PackState& pack, LanguageChoice language, QWidget* parent = nullptr);

  void begin();  // at the first page
  Page page() const;
  QPushButton& nextButton() { return *m_next; }
  QPushButton& skipButton() { return *m_skip; }
  QPushButton& pictureButton() { return *m_picture; }
  QPushButton& wordsButton() { return *m_question; }
  QString text() const;  // of the page that is shown

 Q_SIGNALS:
  void languageChosen(xllm::ui::LanguageChoice language);
  void packRequested();                                                  // a folder is to be chosen
  void packsRequested();                                                 // the manager is to be shown
  void sampleRequested(const QString& question, const QImage& picture);  // without a picture: null
  void finished();                                                       // read to the end or skipped

 protected:
  void changeEvent(QEvent* event) override;

 private:
  QWidget* addPage();
  void buildLanguage(LanguageChoice language);
  void buildMachine();
  void buildPack();
  void buildSample();
  void go(int page);
  void refreshMachine();
  void refreshPack();
  void retranslate();

  struct Fact {
    QLabel *mark, *name, *text;
  };
  Fact addFact(QGridLayout* grid, int row, QWidget* page);
  static void setFact(const Fact& fact, bool good, const QString& name, const QString& text);

  const PackState& m_pack;
  QList<PackDescription> m_packs;
  std::optional<MachineDescription> m_machine;

  QLabel* m_step;
  QStackedWidget* m_pages;
  QList<std::pair<QLabel*, QLabel*>> m_heads;  // title and text of each page
  QRadioButton *m_system, *m_english, *m_chinese;
  Fact m_processor{}, m_memory{}, m_disk{};
  QLabel* m_packText = nullptr;
  QPushButton *m_choose = nullptr, *m_manage = nullptr;
  QPushButton *m_picture = nullptr, *m_question = nullptr;
  QPushButton *m_skip, *m_back, *m_next;
  PackWorker m_worker;  // last: it answers into everything above
};

}  // namespace xllm::ui
