// What the window remembers is there after a restart; a damaged file costs nothing but what was damaged.
#include "app/desktop/settings_store.h"

#include <QDir>
#include <QFile>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;
using desktop::SettingsStore;

class SettingsStoreTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_folder = std::make_unique<QTemporaryDir>();
    QCoreApplication::setOrganizationName(u"xllm-test"_s);
    QCoreApplication::setApplicationName(u"settings"_s);
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_folder->path());
    QSettings().clear();
  }

  void everythingIsThereAgain() {
    Preferences wanted;
    wanted.language = LanguageChoice::SimplifiedChinese;
    wanted.theme = ThemeChoice::Dark;
    wanted.textZoom = 150;
    wanted.packFolder = u"/packs/mine"_s;
    wanted.geometry = "abc";
    wanted.sidebar = false;
    wanted.tray = true;
    wanted.halfMemory = true;
    wanted.camera = QByteArray("video\0\xff", 7);
    wanted.preset = Presets::add(wanted.presets);
    wanted.presets.back().answering.systemPrompt = u"Be kind."_s;
    wanted.talk = {.mode = ListenMode::HandsFree,
                   .listening = {.device = QByteArray("usb\xff\0 1", 6),
                                 .endDelaySeconds = 1.2,
                                 .sensitivity = 0.3,
                                 .cancelsEcho = false},
                   .showsWords = false,
                   .goes = SayingGoes::AfterReading};
    wanted.reading = {.answers = true, .voice = u"slt"_s, .rate = -0.5, .volume = 0.25};
    {
      SettingsStore store(m_folder->path());
      QVERIFY(store.load() == Preferences{.firstRun = true});
      store.keep(wanted);
    }  // written
    SettingsStore store(m_folder->path());
    QVERIFY(store.load() == wanted);
    QVERIFY(store.putAside().isEmpty());
  }

  void whatIsChangedIsOnDiskAMomentLater() {
    SettingsStore store(m_folder->path());
    Preferences wanted = store.load();
    for (const QString& words : {u"B"_s, u"Be"_s, u"Be brief."_s}) {
      wanted.presets[0].answering.systemPrompt = words;
      store.keep(wanted);
    }
    QTRY_VERIFY_WITH_TIMEOUT(contentOf(u"presets.json"_s).contains("Be brief."), 3000);
    QCOMPARE(QDir(m_folder->path()).entryList({u"presets.json.*"_s}, QDir::Files).size(), 0);  // nothing half-written
  }

  void presetsThatWereNeverTouchedNeedNoFile() {
    {
      SettingsStore store(m_folder->path());
      Preferences wanted = store.load();
      wanted.textZoom = 200;
      store.keep(wanted);
    }
    QVERIFY(!QFile::exists(m_folder->filePath(u"presets.json"_s)));
  }

  void aDamagedFileIsPutAsideAndTheRestStays() {
    {
      SettingsStore store(m_folder->path());
      Preferences wanted = store.load();
      wanted.theme = ThemeChoice::Dark;
      store.keep(wanted);
    }
    QFile damaged(m_folder->filePath(u"presets.json"_s));
    QVERIFY(damaged.open(QIODevice::WriteOnly));
    damaged.write("{\"format\": \"xllm-pre");
    damaged.close();
    SettingsStore store(m_folder->path());
    const Preferences read = store.load();
    QVERIFY(read.presets == Presets::builtIn());
    QCOMPARE(read.theme, ThemeChoice::Dark);
    QVERIFY(!store.putAside().isEmpty());
    QFile aside(store.putAside());
    QVERIFY(aside.open(QIODevice::ReadOnly));
    QCOMPARE(aside.readAll(), QByteArray("{\"format\": \"xllm-pre"));
  }

  void saysWhenPresetsCannotBeWritten() {
    QFile inTheWay(m_folder->filePath(u"file"_s));
    QVERIFY(inTheWay.open(QIODevice::WriteOnly));
    inTheWay.close();
    SettingsStore store(m_folder->filePath(u"file/below"_s));  // no folder can be made there
    Preferences wanted = store.load();
    Presets::add(wanted.presets);
    QSignalSpy failed(&store, &SettingsStore::failed);
    store.keep(wanted);
    QTRY_COMPARE_WITH_TIMEOUT(failed.count(), 1, 3000);
  }

  void wordsThatNobodyKnowsFallBack() {
    QSettings settings;
    settings.setValue(u"window/theme"_s, u"purple"_s);
    settings.setValue(u"window/textZoom"_s, 100000);
    settings.sync();
    SettingsStore store(m_folder->path());
    QCOMPARE(store.load().theme, ThemeChoice::System);
    QCOMPARE(store.load().textZoom, kMostTextZoom);
  }

 private:
  QByteArray contentOf(const QString& name) const {
    QFile file(m_folder->filePath(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
  }

  std::unique_ptr<QTemporaryDir> m_folder;
};

QTEST_GUILESS_MAIN(SettingsStoreTest)
#include "settings_store_test.moc"
