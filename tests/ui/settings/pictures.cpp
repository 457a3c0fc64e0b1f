// Takes pictures of the settings, the list of shortcuts and the window at several text sizes, offscreen, in both themes
// and languages. Usage: QT_QPA_PLATFORM=offscreen xllm_ui_settings_pictures FOLDER [SCALE]
#include <QApplication>
#include <QDir>
#include <QLineEdit>
#include <QPainter>

#include "tests/ui/support/window_fixture.h"
#include "ui/settings/settings_dialog.h"
#include "ui/settings/shortcuts_dialog.h"
#include "ui/training/training_window.h"
#include "ui/window/actions.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;

namespace {

void take(QWidget& window, const QString& file) {
  for (int i = 0; i < 10; ++i) QTest::qWait(20);
  window.grab().save(file);
}

void takeAll(tests::WindowFixture& fixture, const QDir& out, const QString& suffix) {
  MainWindow& window = *fixture.window;
  using Page = SettingsDialog::Page;
  window.actions().settings->trigger();
  SettingsDialog& dialog = *window.control().dialog();
  for (const auto& [page, name] : {std::pair{Page::Appearance, u"appearance"_s}, std::pair{Page::Answers, u"answers"_s},
                                   std::pair{Page::Voice, u"voice"_s}, std::pair{Page::Safety, u"safety"_s}}) {
    dialog.openAt(page);
    take(dialog, out.filePath(u"settings-"_s + name + suffix));
  }
  dialog.close();
  window.actions().shortcuts->trigger();
  take(*window.shortcuts(), out.filePath(u"shortcuts"_s + suffix));
  window.shortcuts()->close();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 2) qputenv("QT_SCALE_FACTOR", argv[2]);
  QApplication application(argc, argv);
  const QDir out(QString::fromLocal8Bit(argv[1]));
  for (const bool dark : {false, true}) {
    const QString language = dark ? u"-dark-zh.png"_s : u"-light-en.png"_s;
    Preferences preferences;
    preferences.theme = dark ? ThemeChoice::Dark : ThemeChoice::Light;
    applyTheme(application, preferences.theme);
    tests::WindowFixture fixture(QStringLiteral(XLLM_I18N_DIR), preferences);
    fixture.stage->answer = [](const generation::ChatRequest&, std::stop_token, const generation::TextSink& onText) {
      onText(
          "A heron stands in the shallow water and waits.\n\n- it *hardly* moves,\n- then it "
          "strikes.\n\n```py\nheron.wait()\n```\n");
      return generation::Summary{.newTokens = 40, .decodeTokensPerSecond = 22};
    };
    fixture.window->setSettingsFolder(u"/home/li/.config/xllm"_s);
    fixture.window->setTraining({.program = u"xllm"_s,
                                 .trainings = u"/home/li/.local/share/xllm/xllm-desktop/trainings"_s,
                                 .packs = u"/home/li/.local/share/xllm/packs"_s});
    fixture.loadPack();
    fixture.ask(u"What does the bird do?"_s);
    fixture.window->composer().addFiles({u"/tmp/heron.png"_s, u"/tmp/call.wav"_s});
    fixture.type(u"And this one?"_s);
    if (dark) fixture.language.choose(LanguageChoice::SimplifiedChinese);
    for (const int zoom : {50, 100, 150, 200, 300}) {
      fixture.window->control().change([zoom](Preferences& p) { p.textZoom = zoom; });
      take(*fixture.window, out.filePath(u"zoom-%1"_s.arg(zoom) + language));
      takeAll(fixture, out, u"-%1"_s.arg(zoom) + language);
    }
  }
  return 0;
}
