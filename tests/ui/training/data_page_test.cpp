// The page of training data by mouse and keyboard, over real files: it shows what is there, says what is wrong, and
// never holds the window up.
#include "ui/training/data_page.h"

#include <QAbstractButton>
#include <QCheckBox>
#include <QDialogButtonBox>
#include <QFile>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QListWidget>
#include <QPushButton>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTest>
#include <QToolButton>
#include <atomic>
#include <chrono>
#include <thread>

#include "core/data/fault.h"
#include "media/decode/file_decoder.h"
#include "tests/core/data/planted.h"
#include "tests/ui/support/fake_reader.h"
#include "tests/ui/support/heartbeat.h"
#include "tests/ui/support/scripted_player.h"
#include "tests/ui/support/walker.h"
#include "ui/playback/sound_bar.h"
#include "ui/playback/wave_view.h"
#include "ui/training/data_preview.h"
#include "ui/training/finding_words.h"
#include "ui/training/findings_view.h"
#include "ui/widgets/inline_message.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;
using data::DataKind;

namespace {

QString nameOf(const std::filesystem::path& path) { return QString::fromStdU16String(path.u16string()); }

// A decoder that takes its time, so that there is time to act.
class SlowProbe final : public MediaProbe {
 public:
  mutable std::atomic<int> looked{0};
  Result<PictureLook> lookAtPicture(const std::filesystem::path& file) const override {
    ++looked;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return m_decoder.lookAtPicture(file);
  }
  Result<SoundLook> listenTo(const std::filesystem::path& file) const override { return m_decoder.listenTo(file); }
  Result<ClipLook> lookAtClip(const std::filesystem::path& file, std::stop_token stop) const override {
    return m_decoder.lookAtClip(file, stop);
  }

 private:
  media::FileDecoder m_decoder;
};

}  // namespace

class DataPageTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_folder = std::make_unique<tests::Scratch>();
    m_player = std::make_unique<tests::ScriptedPlayer>();
    m_playback = std::make_unique<Playback>(*m_player, m_reader);
    m_page = std::make_unique<DataPage>(m_decoder);
    m_page->setPlayback(m_playback.get());
    m_page->resize(700, 800);
    m_page->show();
  }
  void cleanup() {
    m_page.reset();
    m_playback.reset();
    m_player.reset();
    m_folder.reset();
  }

  void showsPicturesAndTheirSplit() {
    QSignalSpy checked(m_page.get(), &DataPage::checked), changed(m_page.get(), &DataPage::sourceChanged);
    m_page->setSource(table(30), DataKind::Pictures);
    QCOMPARE(changed.size(), 1);
    QVERIFY(!m_page->report());
    QTRY_COMPARE(checked.size(), 1);
    QCOMPARE(m_page->report()->usable, 30);
    QCOMPARE(m_page->preview().cards().size(), DataPreview::kPerPage);
    QVERIFY2(m_page->facts().contains(u"examples: 30, of which usable: 30"_s), qPrintable(m_page->facts()));
    const auto& split = m_page->report()->split;
    QCOMPARE(split.training + split.validation, 30);
    QVERIFY2(m_page->splitFacts().contains(
                 u"For training: %1, for validation: %2 (10 %"_s.arg(split.training).arg(split.validation)),
             qPrintable(m_page->splitFacts()));
    const PreviewCard& card = *m_page->preview().cards().constFirst();
    QTRY_VERIFY(!card.pictures().constFirst()->pixmap().isNull());
    QVERIFY(card.text().contains(u"wave 0"_s));
    QTest::mouseClick(&m_page->preview().nextButton(), Qt::LeftButton);
    QCOMPARE(m_page->preview().page(), 1);
    QTest::keyClick(&m_page->preview().nextButton(), Qt::Key_Space);
    QCOMPARE(m_page->preview().cards().size(), 30 % DataPreview::kPerPage);
    QVERIFY(!m_page->preview().nextButton().isEnabled());
    QTest::keyClick(&m_page->preview().previousButton(), Qt::Key_Space);
    QCOMPARE(m_page->preview().page(), 1);
  }

  void listsWhatWasFoundWithItsRowsAndLeadsToTheExample() {
    m_folder->write("empty.jpg", "");
    m_folder->write("tiny.ppm", tests::ppm(tests::waves(40, 30, 77)));
    m_page->setSource(table(30, "gone.jpg,it is gone\nempty.jpg,it is empty\ntiny.ppm,it is a tiny wave\n"),
                      DataKind::Pictures);
    waitForReport();
    QCOMPARE(m_page->tabs().currentWidget(), &m_page->findings());
    QListWidget& findings = m_page->findings().findings();
    QCOMPARE(findings.count(), 3);
    QVERIFY(findings.item(0)->text().endsWith(u" (1)"_s));
    findings.setFocus();
    QStringList rows;
    for (int i = 0; i < 3; ++i) {
      rows << m_page->findings().rows().model()->index(0, 0).data().toString();
      QVERIFY(!m_page->findings().proposal().isEmpty());
      QTest::keyClick(&findings, Qt::Key_Down);
    }
    QVERIFY2(rows.contains(u"row 32 of x.csv (gone.jpg)"_s) && rows.contains(u"row 33 of x.csv (empty.jpg)"_s) &&
                 rows.constLast() == u"row 34 of x.csv (tiny.ppm): 40 × 30"_s,
             qPrintable(rows.join(u'\n')));
    QListView& list = m_page->findings().rows();
    list.setFocus();
    list.setCurrentIndex(list.model()->index(0, 0));
    QTest::keyClick(&list, Qt::Key_Return);
    QCOMPARE(m_page->tabs().currentWidget(), &m_page->preview());
    QCOMPARE(m_page->preview().page(), 30 / DataPreview::kPerPage);
    QVERIFY(m_page->preview().cards().constLast()->hasFocus());
    QVERIFY(!m_page->skipWrongRows());
    QSignalSpy skipped(m_page.get(), &DataPage::skipWrongRowsChanged);
    m_page->skipBox().setFocus();
    QTest::keyClick(&m_page->skipBox(), Qt::Key_Space);
    QVERIFY(m_page->skipWrongRows());
    QCOMPARE(skipped.size(), 1);
  }

  void aListForValidationIsLookedAtToo() {
    m_page->setSource(table(8), DataKind::Pictures);
    waitForReport();
    m_folder->write("held.csv", "image,caption\n3.ppm,it is held out\n");
    m_page->setValidation(nameOf(m_folder->path() / "held.csv"));
    QVERIFY(!m_page->report());
    waitForReport();
    QVERIFY2(m_page->splitFacts().contains(u"a list of its own"_s), qPrintable(m_page->splitFacts()));
    QCOMPARE(m_page->report()->findings.front().what, std::string("leak"));
    QTest::mouseClick(&m_page->shareButton(), Qt::LeftButton);
    waitForReport();
    QVERIFY(m_page->report()->findings.empty());
    QVERIFY(!m_page->shareButton().isEnabled());
  }

  void recordingsAreHeard() {
    for (int i = 0; i < 3; ++i) {
      const std::string name = "said" + std::to_string(i);
      m_folder->write(name + ".wav", tests::wav(2 + i, 0.4, 16000, 1, 120 + 30 * i));
      m_folder->write(name + ".txt", "this is what is said in it, and it is number " + std::to_string(i));
    }
    m_page->setSource(nameOf(m_folder->path()), DataKind::Recordings);
    waitForReport();
    QCOMPARE(m_page->preview().cards().size(), 3);
    SoundBar* bar = m_page->preview().cards().at(1)->sounds().constFirst();
    QTRY_COMPARE(bar->time(), u"0:03"_s);
    QTest::mouseClick(&bar->playButton(), Qt::LeftButton);
    QTRY_VERIFY(m_player->playing);
    QTest::keyClick(&bar->playButton(), Qt::Key_Space);
    QVERIFY(!m_player->playing);
  }

  void clipsShowTheirFramesAndConversationsTheirMedia() {
    tests::writeClip(m_folder->path() / "a.mp4", 1, 3);
    m_folder->write("a.wav", tests::wav(2));
    m_folder->write("a.ppm", tests::ppm(tests::waves(160, 120, 5)));
    m_folder->write("x.jsonl",
                    "{\"turns\": [{\"user\": [{\"video\": \"a.mp4\"}, {\"image\": \"a.ppm\"}, {\"audio\": "
                    "\"a.wav\"}, \"What is it?\"]}, {\"assistant\": \"It is a wave.\"}]}\n");
    m_page->setSource(nameOf(m_folder->path() / "x.jsonl"), DataKind::Conversations);
    waitForReport();
    const PreviewCard& card = *m_page->preview().cards().constFirst();
    QCOMPARE(card.text(), u"What is it?\nIt is a wave."_s);
    QCOMPARE(card.sounds().size(), 1);
    const auto pictures = card.pictures();
    QTRY_VERIFY(!pictures.at(0)->pixmap().isNull() && !pictures.at(1)->pixmap().isNull());
    QVERIFY2(pictures.at(0)->pixmap().width() > 2 * pictures.at(0)->pixmap().height(), "three frames side by side");
    QVERIFY(pictures.at(2) == nullptr);
  }

  void savesTheReportThatOneAsksFor() {
    m_page->setSource(table(4, "gone.jpg,it is gone\n"), DataKind::Pictures);
    waitForReport();
    QTest::mouseClick(&m_page->saveButton(), Qt::LeftButton);
    auto* dialog = m_page->findChild<QFileDialog*>();
    QVERIFY(dialog);
    const QString file = nameOf(m_folder->path() / "report.txt");
    dialog->selectFile(file);
    QMetaObject::invokeMethod(dialog, "accept");
    QTRY_VERIFY(QFile::exists(file));
    QFile text(file);
    QVERIFY(text.open(QFile::ReadOnly));
    QVERIFY(text.readAll().contains("row 6 of x.csv (gone.jpg)"));
    QTRY_COMPARE(m_page->message().title(), u"The report was saved"_s);
    m_page->saveReport(nameOf(m_folder->path() / "x.csv/report.txt"));
    QTRY_COMPARE(m_page->message().title(), u"The report was not saved"_s);
  }

  void writesListsOfWhatCanBeUsed() {
    m_folder->write("empty.jpg", "");
    m_page->setSource(table(5, "empty.jpg,it is empty\n"), DataKind::Pictures);
    waitForReport();
    QSignalSpy written(m_page.get(), &DataPage::listsWritten);
    m_page->writeLists(nameOf(m_folder->path() / "lists"));
    QTRY_COMPARE(written.size(), 1);
    int lines = 0;
    for (const QVariant& list : written.constFirst()) {
      QFile file(list.toString());
      QVERIFY(file.open(QFile::ReadOnly));
      lines += static_cast<int>(file.readAll().count('\n'));
    }
    QCOMPARE(lines, 5);
    m_page->writeLists(nameOf(m_folder->path() / "x.csv"));  // no folder
    QTRY_COMPARE(m_page->message().title(), u"The lists were not written"_s);
    QCOMPARE(written.size(), 1);
  }

  void whatCannotBeReadSaysSo() {
    m_page->setSource(nameOf(m_folder->write("x.csv", "a,b\n1,2\n")), DataKind::Pictures);
    QTRY_COMPARE(m_page->message().title(), u"This data cannot be read"_s);
    QVERIFY(!m_page->report() && !m_page->isChecking());
    m_page->setSource(table(3), DataKind::Pictures);
    QVERIFY(m_page->message().isHidden());
    waitForReport();
  }

  void canBeStoppedAndChangesItsMindWithoutHoldingUpTheWindow() {
    SlowProbe slow;
    DataPage page(slow);
    page.resize(700, 800);
    page.show();
    QSignalSpy checked(&page, &DataPage::checked);
    const std::string jpeg = tests::slurp(tests::given("cat.jpg"));
    std::string rows = "image,caption\n";
    for (int i = 0; i < 60; ++i) {
      m_folder->write(std::to_string(i) + ".jpg", jpeg + std::to_string(i));
      rows += std::to_string(i) + ".jpg,this is the cat once more\n";
    }
    page.setSource(nameOf(m_folder->write("x.csv", rows)), DataKind::Pictures);
    QTest::qWait(150);  // the page is built
    tests::Heartbeat heart;
    QTRY_VERIFY(slow.looked > 2);
    QTest::mouseClick(&page.checkButton(), Qt::LeftButton);
    QTRY_VERIFY(!page.isChecking());
    QCOMPARE(checked.size(), 0);
    page.checkButton().click();
    QVERIFY(page.isChecking());
    QTest::qWait(100);
    m_folder->write("few.csv", "image,caption\n1.jpg,it is the one cat\n");
    page.setSource(nameOf(m_folder->path() / "few.csv"), DataKind::Pictures);
    QTRY_COMPARE(checked.size(), 1);
    QCOMPARE(page.report()->examples, 1);
    QVERIFY2(heart.longestMs() < 50, "the window was held up");
  }

  void everyFaultHasWordsInBothLanguages() {
    ui::Language language(QStringLiteral(XLLM_I18N_DIR));
    static const QRegularExpression english(u"[a-z]{3,}"_s);
    for (int i = 1; i <= static_cast<int>(data::Fault::Leak); ++i) {
      const data::Finding finding{.what = std::string(data::toString(static_cast<data::Fault>(i))),
                                  .severity = data::Severity::Note,
                                  .sentence = "nothing",
                                  .proposal = "nothing",
                                  .rows = {},
                                  .figures = {"5", "7"}};
      language.choose(LanguageChoice::English);
      QVERIFY2(FindingWords::of(finding).title != u"nothing"_s, finding.what.c_str());
      language.choose(LanguageChoice::SimplifiedChinese);
      const FindingWords words = FindingWords::of(finding);
      const QString all = QString(words.title + words.figures + words.proposal).remove(u"<image>"_s).remove(u"kHz"_s);
      QVERIFY2(!all.contains(english) && !all.contains(u'%'), qPrintable(all));
    }
    QCOMPARE(FindingWords::ofRow("row 9 of x.csv (b.jpg) = row 7 of x.csv (a.jpg)"),
             u"x.csv 第 9 行 (b.jpg) = x.csv 第 7 行 (a.jpg)"_s);
  }

  void everythingIsReachedNamedAndTranslated() {
    qApp->processEvents();
    QVERIFY(tests::unnamed(*m_page).isEmpty());
    m_page->setSource(table(3, "gone.jpg,it is gone\n"), DataKind::Pictures);
    waitForReport();
    ui::Language language(QStringLiteral(XLLM_I18N_DIR));
    for (const int tab : {0, 1}) {
      m_page->tabs().setCurrentIndex(tab);
      QTest::qWait(50);
      QVERIFY2(tests::unnamed(*m_page).isEmpty(), qPrintable(tests::unnamed(*m_page).join(u'\n')));
      const QStringList missed = tests::unreachable(*m_page);
      QVERIFY2(missed.isEmpty(), qPrintable(missed.join(u'\n')));
      const QStringList english = tests::untranslated(
          *m_page, language,
          {u"x.csv"_s, u"gone.jpg"_s, u"COCO"_s, u"LLaVA"_s, u"CSV"_s, u"JSON"_s, u"this is the wave"_s});
      QVERIFY2(english.isEmpty(), qPrintable(english.join(u'\n')));
    }
    m_page->resize(420, 700);
    QTest::qWait(50);
    QVERIFY2(m_page->minimumSizeHint().width() <= 420, qPrintable(QString::number(m_page->minimumSizeHint().width())));
  }

 private:
  // `count` pictures with captions, and rows behind them.
  QString table(int count, const std::string& more = {}) const {
    std::string rows = "image,caption\n";
    for (int i = 0; i < count; ++i) {
      const std::string name = std::to_string(i) + ".ppm";
      m_folder->write(name, tests::ppm(tests::waves(120, 90, i * 8 + i % 3)));
      rows += name + ",this is the wave " + std::to_string(i) + "\n";
    }
    return nameOf(m_folder->write("x.csv", rows + more));
  }
  void waitForReport() const { QTRY_VERIFY_WITH_TIMEOUT(m_page->report(), 20000); }

  const media::FileDecoder m_decoder;
  tests::FakeReader m_reader;
  std::unique_ptr<tests::Scratch> m_folder;
  std::unique_ptr<tests::ScriptedPlayer> m_player;
  std::unique_ptr<Playback> m_playback;
  std::unique_ptr<DataPage> m_page;
};

QTEST_MAIN(DataPageTest)
#include "data_page_test.moc"
