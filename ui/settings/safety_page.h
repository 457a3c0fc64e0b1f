// How the program stays and what it keeps: the tray, the folders with their sizes, and deleting what is in them.
#pragma once

#include "ui/settings/page.h"

class QCheckBox;
class QFormLayout;
class QLineEdit;
class QPushButton;

namespace xllm::ui {

// Where things are kept on this computer. Empty: there is no such place.
struct Places {
  QString conversations;    // with their pictures, recordings and copies
  QString trainings;        // with their runs, checkpoints and features
  QString packs;            // those that the person installed
  QString preparedWeights;  // of packs, for faster starts; may be deleted at any time
  QString settings;         // with the presets
};

class SafetyPage final : public SettingsPage {
  Q_OBJECT

 public:
  SafetyPage(const Places& places, bool hasTray, QWidget* parent = nullptr);

  void setPreferences(const Preferences& preferences) override;

 Q_SIGNALS:
  void deleteTrainingsRequested();
  void deleteEverythingRequested();

 protected:
  void retranslate() override;
  void showEvent(QShowEvent* event) override;  // sizes are counted anew

 private:
  struct Place {
    const char *name, *folderName, *openName;
    QString folder;
    QLabel *label, *size;
    QLineEdit* path;
    QPushButton* open;
    qint64 bytes = -1;  // not counted yet
  };

  void addPlace(const char* name, const char* folderName, const char* openName, const QString& folder);
  void countSizes();
  void showSize(const Place& place);

  bool m_hasTray;
  QCheckBox* m_tray;
  QLabel* m_noTray = nullptr;
  QList<Place> m_places;
  QPushButton *m_deleteTrainings, *m_deleteEverything;
  QLabel *m_packsStay, *m_prepared, *m_plain;
};

}  // namespace xllm::ui
