// xllm-desktop: builds the parts, passes references, decides the order in which they go. No logic.

#include <QApplication>
#include <QCommandLineParser>
#include <QIcon>
#include <QStandardPaths>
#include <QTimer>
#include <cstdio>

#include "app/desktop/quit_signals.h"
#include "app/desktop/settings_store.h"
#include "core/generation/model_backend.h"
#include "core/model/pack_locations.h"
#include "media/decode/file_decoder.h"
#include "ui/bridge/engine_bridge.h"
#include "ui/composer/media_reader.h"
#include "ui/history/store.h"
#include "ui/window/main_window.h"

namespace {

using namespace Qt::StringLiterals;

// What the composer asks of files, answered by media/decode.
class DecoderReader final : public xllm::ui::MediaReader {
 public:
  xllm::Result<xllm::ui::MediaKind> identify(const std::filesystem::path& file) const override {
    const auto kind = m_decoder.identify(file);
    if (!kind) return tl::unexpected(kind.error());
    switch (*kind) {
      case xllm::media::MediaKind::Picture: return xllm::ui::MediaKind::Picture;
      case xllm::media::MediaKind::Sound: return xllm::ui::MediaKind::Sound;
      case xllm::media::MediaKind::Video: return xllm::ui::MediaKind::Video;
    }
    return xllm::fail(xllm::ErrorCode::Unsupported, file.string() + " is neither a picture nor a sound file.");
  }
  xllm::Result<xllm::RgbImage> decodePicture(const std::filesystem::path& file) const override {
    return m_decoder.decodePicture(file);
  }
  xllm::Result<xllm::AudioClip> decodeSound(const std::filesystem::path& file) const override {
    return m_decoder.decodeSound(file);
  }

 private:
  xllm::media::FileDecoder m_decoder;
};

struct Arguments {
  QString pack;
  bool version = false;
};

Arguments parse(const QStringList& given, QCommandLineParser& parser) {
  const QCommandLineOption pack(u"pack"_s, u"Load the model pack in FOLDER."_s, u"FOLDER"_s);
  parser.setApplicationDescription(u"Talk with a local model about pictures and recordings."_s);
  parser.addOption(pack);
  parser.addVersionOption();
  parser.addHelpOption();
  parser.process(given);
  return {.pack = parser.value(pack)};
}

// The pack named on the command line, else the one chosen last, else the starter. After a crash it is only offered.
void openFirstPack(xllm::ui::MainWindow& window, const QString& named, bool afterCrash) {
  QString wanted = named.isEmpty() ? window.preferences().packFolder : named;
  if (wanted.isEmpty()) {
    const auto found = xllm::model::findPack({}, xllm::model::programFile());
    if (!found) return window.reportNoPack(found.error());
    wanted = QString::fromStdU16String(found->u16string());
  }
  afterCrash ? window.offerPack(wanted) : window.openPack(wanted);
}

void keepSettings(xllm::desktop::SettingsStore& settings, xllm::ui::MainWindow& window) {
  using xllm::ui::MainWindow;
  window.setSettingsFolder(settings.folder());
  QObject::connect(&window, &MainWindow::preferencesChanged, &settings, [&] { settings.keep(window.preferences()); });
  QObject::connect(&settings, &xllm::desktop::SettingsStore::failed, &window, &MainWindow::reportUnkeptPresets);
  if (!settings.putAside().isEmpty()) window.reportDamagedPresets(settings.putAside());
}

}  // namespace

int main(int argc, char** argv) {
  QCoreApplication::setOrganizationName(u"xllm"_s);
  QCoreApplication::setApplicationName(u"xllm-desktop"_s);
  QCoreApplication::setApplicationVersion(QStringLiteral(XLLM_VERSION));
  for (int i = 1; i < argc; ++i) {
    if (qstrcmp(argv[i], "--version") == 0) {  // needs no screen
      std::puts("xllm-desktop " XLLM_VERSION);
      return 0;
    }
  }
  QApplication application(argc, argv);
  QGuiApplication::setWindowIcon(QIcon(u":/icons/app.svg"_s));
  QGuiApplication::setDesktopFileName(u"xllm-desktop"_s);
  QCommandLineParser parser;
  const Arguments arguments = parse(QCoreApplication::arguments(), parser);

  xllm::desktop::SettingsStore settings(QStandardPaths::writableLocation(QStandardPaths::AppConfigLocation));
  const xllm::ui::Preferences preferences = settings.load();
  xllm::ui::applyTheme(application, preferences.theme, preferences.textZoom);
  xllm::ui::Language language(u":/i18n"_s);
  language.choose(preferences.language);

  const DecoderReader reader;
  xllm::ui::Store store(QStandardPaths::writableLocation(QStandardPaths::AppDataLocation) + u"/conversations"_s);
  xllm::ui::EngineBridge bridge(xllm::generation::makeModelBackend(xllm::generation::Loading::Everything));
  xllm::ui::MainWindow window(bridge, reader, language, store, preferences);
  xllm::desktop::QuitSignals signals;
  QObject::connect(&signals, &xllm::desktop::QuitSignals::quitRequested, &application, &QCoreApplication::quit);
  keepSettings(settings, window);
  window.show();
  // The window is on the screen before anything heavy begins.
  QTimer::singleShot(0, &window, [&] { openFirstPack(window, arguments.pack, store.afterCrash()); });

  const int status = QApplication::exec();
  settings.keep(window.preferences());
  window.hide();  // at once, while the engine finishes its token
  return status;
}
