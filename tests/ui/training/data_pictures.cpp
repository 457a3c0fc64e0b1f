// Takes pictures of the page of training data, offscreen, in both themes and languages, wide and narrow.
// Usage: QT_QPA_PLATFORM=offscreen xllm_ui_training_data_pictures FOLDER
#include <QApplication>
#include <QDir>
#include <QTabWidget>
#include <QTest>

#include "media/decode/file_decoder.h"
#include "tests/core/data/planted.h"
#include "tests/ui/support/fake_reader.h"
#include "tests/ui/support/scripted_player.h"
#include "ui/training/data_page.h"
#include "ui/training/data_preview.h"
#include "ui/widgets/language.h"
#include "ui/widgets/theme.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;

namespace {

// Real pictures and recordings, with a fault here and there.
void fill(const tests::Scratch& folder) {
  std::string table = "image,caption\n", spoken;
  for (const auto& [name, caption] :
       {std::pair{"cat", "the face of a cat in the sun"}, std::pair{"koala", "a koala is sitting in the tree"},
        std::pair{"panda", "a panda is eating in the grass"}, std::pair{"polar-bear", "the white bear is on the ice"},
        std::pair{"rocket", "a rocket is on the way to the sky"}, std::pair{"espresso", "a cup of coffee"}}) {
    folder.write(std::string(name) + ".jpg", tests::slurp(tests::given(std::string(name) + ".jpg")));
    table += std::string(name) + ".jpg," + caption + "\n";
  }
  folder.write("cut.jpg", tests::slurp(tests::given("cat.jpg")).substr(0, 9000));
  folder.write("copy.jpg", tests::slurp(tests::given("panda.jpg")));
  folder.write("x.csv", table + "cut.jpg,a cat that is cut off\ncopy.jpg,the panda once more\ngone.jpg,it is gone\n");
  for (const char* name : {"conf-now-recording", "vm-msgsaved", "tt-monkeysintro"}) {
    folder.write(std::string(name) + ".flac", tests::slurp(tests::given(std::string(name) + ".flac")));
    spoken += std::string("{\"audio\": \"") + name + ".flac\", \"text\": \"this is what is said in " + name + "\"}\n";
  }
  folder.write("silent.wav", tests::wav(2, 0.0));
  folder.write("x.jsonl", spoken + "{\"audio\": \"silent.wav\", \"text\": \"nobody says this\"}\n");
}

void take(DataPage& page, const QString& file) {
  for (int i = 0; i < 20; ++i) QTest::qWait(20);
  page.grab().save(file);
}

}  // namespace

int main(int argc, char** argv) {
  QApplication application(argc, argv);
  const QDir out(QString::fromLocal8Bit(argv[1]));
  const media::FileDecoder decoder;
  const tests::FakeReader reader;
  tests::ScriptedPlayer player;
  Playback playback(player, reader);
  const tests::Scratch folder;
  fill(folder);
  Language language(QStringLiteral(XLLM_I18N_DIR));
  for (const bool dark : {false, true}) {
    applyTheme(application, dark ? ThemeChoice::Dark : ThemeChoice::Light);
    language.choose(dark ? LanguageChoice::SimplifiedChinese : LanguageChoice::English);
    const QString suffix = dark ? u"-dark-zh.png"_s : u"-light-en.png"_s;
    for (const auto& [list, kind] :
         {std::pair{"x.csv", data::DataKind::Pictures}, std::pair{"x.jsonl", data::DataKind::Recordings}}) {
      DataPage page(decoder);
      page.setPlayback(&playback);
      page.show();
      page.setSource(QString::fromStdString((folder.path() / list).string()), kind);
      while (!page.report()) QTest::qWait(20);
      for (const int width : {760, 420}) {
        page.resize(width, 760);
        for (const int tab : {0, 1}) {
          page.tabs().setCurrentIndex(tab);
          take(page, out.filePath(u"data-%1-%2-%3"_s.arg(QLatin1StringView(list)).arg(width).arg(tab) + suffix));
        }
      }
    }
  }
  return 0;
}
