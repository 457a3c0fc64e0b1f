// xllm-desktop: builds the parts, passes references, decides the order in which they go. No logic.

#include <QApplication>
#include <QCommandLineParser>
#include <QFileInfo>
#include <QIcon>
#include <QStandardPaths>
#include <QTimer>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/desktop/decoder_reader.h"
#include "app/desktop/disk_packs.h"
#include "app/desktop/hearing.h"
#include "app/desktop/quit_signals.h"
#include "app/desktop/settings_store.h"
#include "app/desktop/single_instance.h"
#include "app/version/version.h"
#include "core/base/this_process.h"
#include "core/generation/model_backend.h"
#include "core/model/pack_locations.h"
#include "media/camera/system_camera.h"
#include "media/isolated/isolated_decoder.h"
#include "ui/bridge/engine_bridge.h"
#include "ui/camera/microphone_sound.h"
#include "ui/history/store.h"
#include "ui/speaking/system_voice.h"
#include "ui/training/training_window.h"
#include "ui/window/kept_data.h"
#include "ui/window/main_window.h"

namespace {

using namespace Qt::StringLiterals;

// Training is the work of another program, which lies beside this one.
xllm::ui::TrainingPlaces trainingPlaces(const std::vector<std::filesystem::path>& packFolders,
                                        const xllm::MediaProbe& probe) {
  const std::filesystem::path beside = xllm::programFile().parent_path() / "xllm";
  return {.program = QString::fromStdU16String(beside.u16string()),
          .trainings = QStandardPaths::writableLocation(QStandardPaths::AppDataLocation) + u"/trainings"_s,
          .packs = QString::fromStdU16String(packFolders.front().u16string()),
          .probe = &probe};
}

QString dataFolder() { return QStandardPaths::writableLocation(QStandardPaths::AppDataLocation) + u"/conversations"_s; }

struct Arguments {
  xllm::desktop::Asked asked;
  bool safe = false;
  bool newInstance = false;
  bool tellReady = false;
};

Arguments parse(const QStringList& given) {
  const QCommandLineOption pack(u"pack"_s, u"Load the model pack in FOLDER."_s, u"FOLDER"_s);
  const QCommandLineOption safe(u"safe"_s,
                                u"Load no pack, open no conversation and use default settings, which are not kept."_s);
  const QCommandLineOption newInstance(u"new-instance"_s, u"Start another window beside one that is open."_s);
  QCommandLineOption ready(u"tell-ready"_s, u"Print “ready” once the window takes input."_s);
  ready.setFlags(QCommandLineOption::HiddenFromHelp);  // for measuring
  QCommandLineParser parser;
  parser.setApplicationDescription(
      u"Talk with a local model about pictures, clips and recordings. Where the program runs already, its window comes "
      u"to the "
      "front and gets the pack and the files."_s);
  parser.addOptions({pack, safe, newInstance, ready});
  parser.addPositionalArgument(u"FILE"_s, u"Pictures, clips and recordings to add to the message."_s, u"[FILE ...]"_s);
  parser.addVersionOption();
  parser.addHelpOption();
  parser.process(given);
  const auto absolute = [](const QString& path) { return path.isEmpty() ? path : QFileInfo(path).absoluteFilePath(); };
  Arguments arguments{.asked = {.pack = absolute(parser.value(pack)), .files = {}},
                      .safe = parser.isSet(safe),
                      .newInstance = parser.isSet(newInstance),
                      .tellReady = parser.isSet(ready)};
  for (const QString& file : parser.positionalArguments()) arguments.asked.files << absolute(file);
  return arguments;
}

xllm::ui::Start startOf(const Arguments& arguments, const xllm::ui::Store& store) {
  using xllm::ui::Start;
  if (arguments.safe) return Start::Safe;
  if (!store.afterCrash()) return Start::Normal;
  return store.crashesInARow() > 1 ? Start::AfterCrashes : Start::AfterCrash;
}

// The pack named on the command line, else the one chosen last, else the starter. After a crash it is only offered.
void openFirstPack(xllm::ui::MainWindow& window, const QString& named, xllm::ui::Start start) {
  if (start == xllm::ui::Start::Safe) return;
  QString wanted = named.isEmpty() ? window.preferences().packFolder : named;
  // A pack that came with the program goes where the program goes.
  const bool moved = named.isEmpty() && !wanted.isEmpty() && !QFileInfo(wanted).isDir();
  if (wanted.isEmpty() || moved) {
    const std::string name = QFileInfo(wanted).fileName().toStdString();
    const auto found = xllm::model::findPack(name, xllm::programFile());
    if (!found && !moved) return window.reportNoPack(found.error());
    if (found) wanted = QString::fromStdU16String(found->u16string());
  }
  start == xllm::ui::Start::Normal ? window.openPack(wanted) : window.offerPack(wanted);
}

void keepSettings(xllm::desktop::SettingsStore& settings, xllm::ui::MainWindow& window) {
  using xllm::ui::MainWindow;
  window.setSettingsFolder(settings.folder());
  QObject::connect(&window, &MainWindow::preferencesChanged, &settings, [&] { settings.keep(window.preferences()); });
  QObject::connect(&settings, &xllm::desktop::SettingsStore::failed, &window.keptData(),
                   &xllm::ui::KeptData::reportUnkeptPresets);
  if (!settings.putAside().isEmpty()) window.keptData().reportDamagedPresets(settings.putAside());
}

void tellReady() {
  std::puts("ready");
  std::fflush(stdout);
}

// One window, from opening to closing. True: another one is wanted, `arguments` say which.
bool run(QApplication& application, Arguments& arguments, xllm::desktop::SingleInstance& instance, int& status) {
  std::optional<xllm::desktop::SettingsStore> settings;
  if (!arguments.safe) settings.emplace(QStandardPaths::writableLocation(QStandardPaths::AppConfigLocation));
  const xllm::ui::Preferences preferences = settings ? settings->load() : xllm::ui::Preferences{};
  xllm::ui::applyTheme(application, preferences.theme, preferences.textZoom);
  xllm::ui::Language language(u":/i18n"_s);
  language.choose(preferences.language);

  xllm::media::IsolatedDecoder decoder;
  const xllm::desktop::DecoderReader reader(decoder);
  const std::vector<std::filesystem::path> packFolders = xllm::model::packFolders(xllm::programFile());
  const xllm::desktop::DiskPacks packs(packFolders);
  xllm::ui::Store store(dataFolder());
  const xllm::ui::Start start = startOf(arguments, store);
  xllm::media::SystemCamera camera;
  xllm::ui::MicrophoneSound clipSound;
  xllm::ui::EngineBridge bridge(
      xllm::generation::makeModelBackend(xllm::generation::Loading::Everything, xllm::model::packedWeightsFolder()));
  xllm::ui::SystemVoice voice;
  xllm::desktop::Hearing hearing(packFolders);
  xllm::ui::MainWindow window(bridge, reader, language, store, preferences, start);
  window.setPreparedWeightsFolder(QString::fromStdU16String(xllm::model::packedWeightsFolder().u16string()));
  xllm::desktop::QuitSignals signals;
  QObject::connect(&signals, &xllm::desktop::QuitSignals::quitRequested, &window, &xllm::ui::MainWindow::quit);
  QObject::connect(&instance, &xllm::desktop::SingleInstance::asked, &window, [&](const xllm::desktop::Asked& asked) {
    window.bringForward();
    if (!asked.pack.isEmpty()) window.openPack(asked.pack);
    if (!asked.files.isEmpty()) window.addFiles(asked.files);
  });
  bool again = false;
  QObject::connect(&window, &xllm::ui::MainWindow::restartRequested, &window, [&](bool safely) {
    again = true;
    arguments.safe = safely;
    window.quit();
  });
  if (settings) keepSettings(*settings, window);
  window.setPackShelf(packs);
  window.setTraining(trainingPlaces(packFolders, decoder));
  window.setVoice(voice);
  hearing.attachTo(window);
  window.setCamera(camera, &clipSound);
  const auto sameMicrophone = [&] { clipSound.setDevice(window.preferences().talk.listening.device); };
  QObject::connect(&window, &xllm::ui::MainWindow::preferencesChanged, &clipSound, sameMicrophone);
  sameMicrophone();
  window.show();
  // The window is on the screen before anything heavy begins.
  QTimer::singleShot(0, &window, [&] {
    openFirstPack(window, arguments.asked.pack, start);
    if (!arguments.asked.files.isEmpty()) window.addFiles(std::exchange(arguments.asked.files, {}));
  });
  if (arguments.tellReady) QTimer::singleShot(0, &window, tellReady);  // behind the pack: only its loading was begun

  status = QApplication::exec();
  decoder.stopAll();  // nobody waits for it any more
  if (settings) settings->keep(window.preferences());
  window.hide();  // at once, while the engine finishes its token
  return again;
}

}  // namespace

int main(int argc, char** argv) {
  xllm::keepFreedMemory(64 << 20);
  // Before 6.5, Qt's own choice needs plug-ins of GStreamer that may be missing; FFmpeg is there in any case.
  if (!qEnvironmentVariableIsSet("QT_MEDIA_BACKEND")) qputenv("QT_MEDIA_BACKEND", "ffmpeg");
  QCoreApplication::setOrganizationName(u"xllm"_s);
  QCoreApplication::setApplicationName(u"xllm-desktop"_s);
  const std::string version(xllm::versionText());
  QCoreApplication::setApplicationVersion(QString::fromStdString(version));
  for (int i = 1; i < argc; ++i) {
    if (qstrcmp(argv[i], "--version") == 0) {  // needs no screen
      std::puts(("xllm-desktop " + version).c_str());
      return 0;
    }
  }
  QApplication application(argc, argv);
  QGuiApplication::setWindowIcon(QIcon(u":/icons/app.svg"_s));
  QGuiApplication::setDesktopFileName(u"xllm-desktop"_s);
  Arguments arguments = parse(QCoreApplication::arguments());
  xllm::desktop::SingleInstance instance(dataFolder());
  const bool alone = arguments.safe || arguments.newInstance;  // beside one that may hang
  if (!alone && instance.handOver(arguments.asked)) return 0;
  int status = 0;
  while (run(application, arguments, instance, status)) {
  }
  return status;
}
