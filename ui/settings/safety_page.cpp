#include "ui/settings/safety_page.h"

#include <QCheckBox>
#include <QDesktopServices>
#include <QDir>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QSignalBlocker>
#include <QUrl>

#include "ui/settings/folder_size.h"
#include "ui/widgets/on_worker.h"

namespace xllm::ui {

SafetyPage::SafetyPage(const Places& places, bool hasTray, QWidget* parent)
    : SettingsPage(parent),
      m_hasTray(hasTray),
      m_tray(new QCheckBox),
      m_deleteTrainings(new QPushButton),
      m_deleteEverything(new QPushButton) {
  form().setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
  form().addRow(m_tray);
  m_tray->setEnabled(hasTray);
  if (!hasTray) m_noTray = addSentence();
  addPlace(QT_TR_NOOP("Conversations"), QT_TR_NOOP("Folder of the conversations"),
           QT_TR_NOOP("Open the folder of the conversations"), places.conversations);
  addPlace(QT_TR_NOOP("Trainings"), QT_TR_NOOP("Folder of the trainings"),
           QT_TR_NOOP("Open the folder of the trainings"), places.trainings);
  addPlace(QT_TR_NOOP("Model packs"), QT_TR_NOOP("Folder of the model packs"),
           QT_TR_NOOP("Open the folder of the model packs"), places.packs);
  addPlace(QT_TR_NOOP("Prepared weights"), QT_TR_NOOP("Folder of the prepared weights"),
           QT_TR_NOOP("Open the folder of the prepared weights"), places.preparedWeights);
  addPlace(QT_TR_NOOP("Settings"), QT_TR_NOOP("Folder of the settings"), QT_TR_NOOP("Open the folder of the settings"),
           places.settings);
  m_plain = addSentence();
  m_packsStay = addSentence();
  m_packsStay->setVisible(!places.packs.isEmpty());
  m_prepared = addSentence();
  m_prepared->setVisible(!places.preparedWeights.isEmpty());
  m_deleteTrainings->setVisible(!places.trainings.isEmpty());
  auto* last = new QHBoxLayout;
  last->setSpacing(8);
  for (QPushButton* button : {m_deleteTrainings, m_deleteEverything}) {
    button->setProperty("quiet", true);
    button->setAutoDefault(false);
    last->addWidget(button);
  }
  last->addStretch();
  form().addRow(last);
  retranslate();
  connect(m_tray, &QCheckBox::toggled, this,
          [this](bool on) { Q_EMIT edited([on](Preferences& preferences) { preferences.tray = on; }); });
  connect(m_deleteTrainings, &QPushButton::clicked, this, &SafetyPage::deleteTrainingsRequested);
  connect(m_deleteEverything, &QPushButton::clicked, this, &SafetyPage::deleteEverythingRequested);
}

void SafetyPage::addPlace(const char* name, const char* folderName, const char* openName, const QString& folder) {
  if (folder.isEmpty()) return;
  auto* host = new QWidget;
  Place place{name, folderName, openName, folder, addRow(host), new QLabel, new QLineEdit, new QPushButton};
  place.label->setBuddy(place.path);
  place.path->setText(QDir::toNativeSeparators(folder));
  place.path->setReadOnly(true);
  place.path->setCursorPosition(0);
  place.path->setMinimumWidth(scaledToText(200));
  place.size->setProperty("caption", true);
  place.open->setProperty("quiet", true);
  place.open->setAutoDefault(false);
  // One that nothing was put into yet is made, so that something can be opened.
  connect(place.open, &QPushButton::clicked, this, [folder] {
    QDir().mkpath(folder);
    QDesktopServices::openUrl(QUrl::fromLocalFile(folder));
  });
  auto* row = new QHBoxLayout(host);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  row->addWidget(place.path, 1);
  row->addWidget(place.size);
  row->addWidget(place.open);
  m_places << place;
}

void SafetyPage::showEvent(QShowEvent* event) {
  SettingsPage::showEvent(event);
  countSizes();
}

void SafetyPage::countSizes() {
  for (qsizetype i = 0; i < m_places.size(); ++i) {
    onWorker(
        this, [folder = m_places[i].folder] { return folderBytes(folder); },
        [this, i](qint64 bytes) {
          m_places[i].bytes = bytes;
          showSize(m_places[i]);
        });
  }
}

void SafetyPage::showSize(const Place& place) {
  const QString size =
      place.bytes < 0 ? QString() : QLocale().formattedDataSize(place.bytes, 1, QLocale::DataSizeSIFormat);
  place.size->setText(size);
  place.path->setAccessibleDescription(size);
}

void SafetyPage::setPreferences(const Preferences& preferences) {
  const QSignalBlocker silence(m_tray);
  m_tray->setChecked(preferences.tray && m_hasTray);
}

void SafetyPage::retranslate() {
  m_tray->setText(tr("&Stay in the tray when the window is closed"));
  if (m_noTray) m_noTray->setText(tr("This desktop shows no tray."));
  for (const Place& place : std::as_const(m_places)) {
    place.label->setText(tr(place.name));
    place.path->setAccessibleName(tr(place.folderName));
    place.open->setText(tr("Open"));
    place.open->setAccessibleName(tr(place.openName));
    showSize(place);
  }
  m_plain->setText(
      tr("Conversations are kept with their pictures and recordings until you delete them for good. They are not "
         "encrypted: whoever can read your files can read them. Nothing is sent anywhere. Removing the program leaves "
         "all of these folders as they are."));
  m_packsStay->setText(tr("Model packs are removed one by one under File → Model packs."));
  m_prepared->setText(
      tr("Prepared weights are made of model packs when they are first opened, so that they open faster "
         "the next time. They may be deleted at any time."));
  m_deleteTrainings->setText(tr("Delete all trainings …"));
  m_deleteEverything->setText(tr("Delete everything …"));
}

}  // namespace xllm::ui
