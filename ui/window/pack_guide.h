// Where a person comes to a model pack: the choice of a folder, the manager of packs, the first steps. Leaves loading
// to PackState, and what a pack is to the shelf.
#pragma once

#include <QImage>
#include <QObject>
#include <QString>

class QStackedWidget;

namespace xllm::ui {

class Actions;
class Composer;
class Conversation;
class FirstRun;
class PackManager;
class PackShelf;
class PackState;
class PreferencesControl;

class PackGuide final : public QObject {
  Q_OBJECT

 public:
  struct Parts {
    PackState& pack;
    PreferencesControl& preferences;
    Actions& actions;
    Conversation& conversation;
    Composer& composer;
    QStackedWidget& pages;  // the welcome, the conversation; the first steps come behind them
  };
  // All outlive this. `window` carries the dialogs.
  PackGuide(const Parts& parts, QWidget& window);

  // What can be told and done about the packs and the machine; outlives this. Without it there are neither the manager
  // nor the first steps.
  void setShelf(const PackShelf& shelf);
  void use(const QString& folder);  // from now on, also after a restart
  void chooseFolder();
  void showManager();
  void showFirstRun();
  void showPage();                                    // the one of the three that is due
  PackManager* manager() const { return m_manager; }  // null until it is shown
  FirstRun* firstRun() const { return m_firstRun; }   // null until it is shown

 private:
  void keep(const QString& folder);  // to be opened at the next start
  void setFirstRun(bool on);
  void endFirstRun();
  void askSample(const QString& question, const QImage& picture);

  Parts m_parts;
  QWidget& m_window;
  const PackShelf* m_shelf = nullptr;
  PackManager* m_manager = nullptr;
  FirstRun* m_firstRun = nullptr;
};

}  // namespace xllm::ui
