// From the training wizard's data to the page that checks it, and back: what is chosen there counts here.
#include "ui/training/data_look.h"

#include <QCheckBox>
#include <QFile>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>

#include "media/decode/file_decoder.h"
#include "tests/core/data/planted.h"
#include "ui/training/data_page.h"
#include "ui/training/data_step.h"
#include "ui/training/training_window.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;

class DataLookTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_folder = std::make_unique<tests::Scratch>();
    m_window = std::make_unique<TrainingWindow>(TrainingPlaces{
        .program = u"/nowhere/xllm"_s, .trainings = path("trainings"), .packs = path("packs"), .probe = &m_probe});
    m_window->open({.folder = path("trainings/one"), .name = u"One"_s, .teach = Teach::Pictures});
    m_window->showPage(1);
    m_window->show();
  }
  void cleanup() { m_window.reset(); }

  void whatIsChosenIsCheckedAndSaidBesideIt() {
    QCOMPARE(m_window->looks().size(), 2);  // pictures, and conversations
    QVERIFY(!look().button().isEnabled());
    QVERIFY(look().found().isEmpty());
    edit().setText(table(6, "gone.ppm,it is gone\n"));
    QVERIFY(look().button().isEnabled());
    QTest::mouseClick(&look().button(), Qt::LeftButton);
    QVERIFY(look().page() && look().page()->isVisible());
    QTRY_VERIFY(look().page()->report());
    QVERIFY2(look().found().contains(u"6 of 7 examples"_s), qPrintable(look().found()));
    edit().setText(path("other.csv"));
    QVERIFY2(look().found().isEmpty(), "that was about other data");
  }

  void leavingWrongRowsOutIsOneChoice() {
    edit().setText(table(4, "gone.ppm,it is gone\n"));
    m_window->data()->skipBox().setChecked(true);
    look().open();
    QVERIFY(look().page()->skipWrongRows());
    look().page()->skipBox().click();
    QVERIFY(!m_window->data()->skipBox().isChecked());
    m_window->data()->skipBox().click();
    QVERIFY(look().page()->skipWrongRows());
  }

  void brokenFilesAreLeftOutWithTheWrongRows() {
    m_folder->write("cut.ppm", "P6 400 300 255 and then nothing");
    edit().setText(table(8, "gone.ppm,it is gone\ncut.ppm,it is cut off\n"));
    look().open();
    QTRY_VERIFY(look().page()->report());
    QCOMPARE(look().unusable().size(), 1);
    DataStep& step = *m_window->data();
    step.skipBox().setChecked(true);
    QSignalSpy prepared(&step, &DataStep::prepared);
    step.prepare();
    QTRY_COMPARE(prepared.size(), 1);
    QByteArray all;
    for (const char* name : {"trainings/one/lists/image-train.jsonl", "trainings/one/lists/image-validation.jsonl"}) {
      QFile list(path(name));
      QVERIFY(list.open(QIODevice::ReadOnly));
      all += list.readAll();
    }
    QCOMPARE(all.count('\n'), 8);
    QVERIFY(!all.contains("cut.ppm") && !all.contains("gone.ppm"));
  }

  void dataChosenThereIsThatOfTheTraining() {
    edit().setText(table(4, ""));
    look().open();
    m_folder->write("second.csv", "image,caption\n0.ppm,wave zero once more\n");
    look().page()->setSource(path("second.csv"), data::DataKind::Pictures);
    QCOMPARE(edit().text(), path("second.csv"));
  }

  void withoutADecoderThereIsNothingToLookAt() {
    TrainingWindow plain({.program = {}, .trainings = path("trainings"), .packs = path("packs")});
    plain.open({.folder = path("trainings/two"), .name = u"Two"_s, .teach = Teach::Speech});
    QVERIFY(plain.looks().isEmpty());
  }

 private:
  DataLook& look() { return *m_window->looks().constFirst(); }
  QLineEdit& edit() { return m_window->data()->sourceEdit(u"image"_s); }
  QString path(const char* name) const { return QString::fromStdU16String((m_folder->path() / name).u16string()); }
  QString table(int pictures, const std::string& more) {
    std::string rows = "image,caption\n";
    for (int i = 0; i < pictures; ++i) {
      const std::string name = std::to_string(i) + ".ppm";
      m_folder->write(name, tests::ppm(tests::waves(96, 64, i)));
      rows += name + ",wave number " + std::to_string(i) + " on the water\n";
    }
    m_folder->write("x.csv", rows + more);
    return path("x.csv");
  }

  const media::FileDecoder m_probe;
  std::unique_ptr<tests::Scratch> m_folder;
  std::unique_ptr<TrainingWindow> m_window;
};

QTEST_MAIN(DataLookTest)
#include "data_look_test.moc"
