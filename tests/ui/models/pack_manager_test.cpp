// The pack manager with real packs on disk, through the program's own DiskPacks.
#include "ui/models/pack_manager.h"

#include <QAbstractButton>
#include <QAccessible>
#include <QApplication>
#include <QElapsedTimer>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <new>
#include <stdexcept>

#include "app/desktop/disk_packs.h"
#include "tests/support/small_pack.h"
#include "tests/ui/support/buttons.h"
#include "tests/ui/support/scripted_backend.h"
#include "ui/models/pack_card.h"
#include "ui/models/pack_state.h"
#include "ui/models/pack_worker.h"
#include "ui/widgets/inline_message.h"
#include "ui/widgets/language.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;

namespace {

// As a disk that fails in a way nobody thought of.
class ThrowingShelf final : public PackShelf {
 public:
  bool lists = true;

  QList<PackDescription> packs() const override {
    if (!lists) throw std::runtime_error("The folder went away.");
    return {PackDescription()};
  }
  MachineDescription machine() const override { return {}; }
  Result<QString> install(const QString&, std::stop_token, const PackProgress&) const override {
    throw std::runtime_error("The file is odd.");
  }
  Result<void> verify(const QString&, std::stop_token, const PackProgress&) const override { throw std::bad_alloc(); }
  Result<void> remove(const QString&) const override { throw std::runtime_error("It is held."); }
};

}  // namespace

class PackManagerTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_folder = std::make_unique<QTemporaryDir>();
    const std::filesystem::path root = m_folder->path().toStdString();
    m_own = root / "own";
    m_program = root / "program";
    tests::makeSmallPack(m_program / "starter", "Starter");
    tests::makeSmallPack(m_own / "mine", "Mine");
    m_source = root / "elsewhere/new";
    tests::makeSmallPack(m_source, "New", 2'000'000);
    m_packs = std::make_unique<desktop::DiskPacks>(std::vector{m_own, m_program});
    m_bridge = std::make_unique<EngineBridge>(tests::backendOn(std::make_shared<tests::Stage>()));
    m_state = std::make_unique<PackState>(*m_bridge);
    m_manager = std::make_unique<PackManager>(*m_packs, *m_state);
    connect(m_manager.get(), &PackManager::useRequested, m_state.get(), &PackState::load);
    m_manager->show();
    QVERIFY(QTest::qWaitForWindowActive(m_manager.get()));
    QTRY_COMPARE(m_manager->cards().size(), 2);
  }
  void cleanup() {
    m_manager.reset();
    m_state.reset();
    m_bridge.reset();
  }

  void listsWhatThereIsAndWhatItTakes() {
    const PackCard* mine = card(u"Mine"_s);
    QCOMPARE(mine->pack().version, u"1.2"_s);
    QCOMPARE(mine->pack().licences, QStringList({u"MIT"_s, u"Apache-2.0"_s}));
    QCOMPARE(mine->pack().bytes, 5002);
    QVERIFY(mine->pack().removable);
    QVERIFY(!card(u"Starter"_s)->pack().removable);  // it came with the program
    QVERIFY(!card(u"Starter"_s)->removeButton().isVisible());
    QString words;
    for (const QLabel* label : mine->findChildren<QLabel*>()) words += label->text() + u'\n';
    QVERIFY2(words.contains(u"5.0 kB on disk"_s) && words.contains(u"are free"_s) && words.contains(u"MIT"_s),
             qPrintable(words));
  }

  void aPackThatCannotBeUsedSaysWhy() {
    tests::writeFile(m_own / "broken/pack.json", "{ no json");
    m_manager->hide();
    m_manager->show();
    QTRY_COMPARE(m_manager->cards().size(), 3);
    PackCard* broken = card(u"broken"_s);
    QVERIFY(broken->pack().problem);
    QVERIFY(!broken->useButton().isVisible());
    QVERIFY(broken->removeButton().isVisible());
  }

  void switchesWithTheKeyboard() {
    card(u"Mine"_s)->useButton().setFocus();
    QTest::keyClick(&card(u"Mine"_s)->useButton(), Qt::Key_Space);
    QTRY_COMPARE(m_state->phase(), PackState::Phase::Ready);
    QCOMPARE(m_state->folder(), QString::fromStdString((m_own / "mine").string()));
    QVERIFY(!card(u"Mine"_s)->useButton().isEnabled());
    QVERIFY(card(u"Starter"_s)->useButton().isEnabled());
  }

  void checksEveryFileAndNamesTheWrongOne() {
    QTest::mouseClick(&card(u"Mine"_s)->checkButton(), Qt::LeftButton);
    QTRY_VERIFY(card(u"Mine"_s)->message().isVisible());
    QVERIFY2(card(u"Mine"_s)->message().title().contains(u"as they should be"_s),
             qPrintable(card(u"Mine"_s)->message().title()));
    tests::writeFile(m_own / "mine/llm/model.gguf", std::string(5000, 'x'));
    QTest::mouseClick(&card(u"Mine"_s)->checkButton(), Qt::LeftButton);
    QTRY_VERIFY(card(u"Mine"_s)->message().title().contains(u"damaged"_s));
    bool named = false;
    for (const QLabel* label : card(u"Mine"_s)->message().findChildren<QLabel*>())
      named |= label->text().contains(u"llm/model.gguf"_s);
    QVERIFY(named);
  }

  void installsAFolderAndAnArchiveAndOffersToUseThem() {
    m_manager->installFrom(QString::fromStdString(m_source.string()));
    QTRY_COMPARE(m_manager->cards().size(), 3);
    QTRY_VERIFY(m_manager->message().isVisible());
    QVERIFY(std::filesystem::exists(m_own / "new-1.2/llm/model.gguf"));
    QPushButton* use = tests::buttonNamed(*m_manager, u"Use it now"_s);
    QVERIFY(use && use->isVisible());
    QTest::mouseClick(use, Qt::LeftButton);
    QTRY_COMPARE(m_state->folder(), QString::fromStdString((m_own / "new-1.2").string()));

    const auto archive = m_own.parent_path() / "zipped.xpack";
    tests::makeSmallPack(m_source, "Zipped");
    std::vector<std::pair<std::string, std::string>> members;
    for (const char* name : {"pack.json", "llm/model.gguf", "llm/tokenizer.json"})
      members.emplace_back(std::string("zipped/") + name, tests::readFile(m_source / name));
    tests::writeFile(archive, tests::storedZip(members));
    m_manager->installFrom(QString::fromStdString(archive.string()));
    QTRY_COMPARE(m_manager->cards().size(), 4);
    QVERIFY(card(u"Zipped"_s)->pack().removable);
  }

  void aFailedInstallSaysWhyAndLeavesNothing() {
    tests::writeFile(m_source / "llm/model.gguf", std::string(2'000'000, 'x'));
    m_manager->installFrom(QString::fromStdString(m_source.string()));
    QTRY_VERIFY(m_manager->message().isVisible());
    QVERIFY(m_manager->message().title().contains(u"not installed"_s));
    QCOMPARE(m_manager->cards().size(), 2);
    QVERIFY(!tests::buttonNamed(*m_manager, u"Use it now"_s)->isVisible());
    QCOMPARE(std::distance(std::filesystem::directory_iterator(m_own), {}), 1);
  }

  void installingIsCancelledWithTheKeyboard() {
    tests::makeSmallPack(m_source, "Large", 80'000'000);
    m_manager->installFrom(QString::fromStdString(m_source.string()));
    QVERIFY(m_manager->cancelButton().isVisible());
    QVERIFY(m_manager->cancelButton().hasFocus());
    QTest::keyClick(&m_manager->cancelButton(), Qt::Key_Space);
    QTRY_VERIFY(!m_manager->cancelButton().isVisible());
    QCOMPARE(m_manager->cards().size(), 2);
    QCOMPARE(std::distance(std::filesystem::directory_iterator(m_own), {}), 1);
  }

  void removesAfterAQuestionThatSaysWhetherItIsInUse() {
    QSignalSpy removed(m_manager.get(), &PackManager::removed);
    QTest::mouseClick(&card(u"Mine"_s)->useButton(), Qt::LeftButton);
    QTRY_COMPARE(m_state->phase(), PackState::Phase::Ready);
    QTest::mouseClick(&card(u"Mine"_s)->removeButton(), Qt::LeftButton);
    QVERIFY(card(u"Mine"_s)->message().isVisible());
    QVERIFY2(card(u"Mine"_s)->message().text().contains(u"in use"_s), qPrintable(card(u"Mine"_s)->message().text()));
    QPushButton* keep = tests::buttonNamed(*card(u"Mine"_s), u"Keep it"_s);
    QVERIFY(keep->hasFocus());  // Enter by accident removes nothing
    QTest::keyClick(keep, Qt::Key_Space);
    QVERIFY(!card(u"Mine"_s)->message().isVisible());
    QVERIFY(std::filesystem::exists(m_own / "mine/pack.json"));
    QTest::mouseClick(&card(u"Mine"_s)->removeButton(), Qt::LeftButton);
    QTest::mouseClick(tests::buttonNamed(*card(u"Mine"_s), u"Remove it"_s), Qt::LeftButton);
    QTRY_COMPARE(removed.count(), 1);
    QTRY_COMPARE(m_manager->cards().size(), 1);
    QVERIFY(!std::filesystem::exists(m_own / "mine"));
  }

  void anExceptionOfTheShelfIsToldLikeAnyOtherProblem() {
    ThrowingShelf shelf;
    PackWorker worker(shelf);
    QList<PackOutcome> ends;
    connect(&worker, &PackWorker::finished, this, [&ends](const PackOutcome& outcome) { ends << outcome; });
    worker.install(u"/new"_s);
    QTRY_COMPARE(ends.size(), 1);
    worker.verify(u"/packs/mine"_s);
    QTRY_COMPARE(ends.size(), 2);
    worker.remove(u"/packs/mine"_s);
    QTRY_COMPARE(ends.size(), 3);
    for (const PackOutcome& end : ends) QVERIFY(end.error);
    QVERIFY(ends[1].error->code == ErrorCode::OutOfMemory);
    QCOMPARE(ends[2].error->message, std::string("Internal error: It is held."));

    PackManager manager(shelf, *m_state);
    manager.show();
    QTRY_COMPARE(manager.cards().size(), 1);
    shelf.lists = false;
    manager.hide();
    manager.show();
    QTRY_VERIFY(manager.message().isVisible());
    QCOMPARE(manager.message().title(), u"The model packs cannot be listed"_s);
    QCOMPARE(manager.cards().size(), 1);
  }

  // Hashing and copying are somewhere else: the window goes on.
  void theWindowIsNeverHeldUp() {
    tests::makeSmallPack(m_source, "Large", 100'000'000);
    QElapsedTimer turn, all;
    all.start();
    m_manager->installFrom(QString::fromStdString(m_source.string()));
    qint64 longest = all.elapsed();
    while (m_manager->cancelButton().isVisible() && all.elapsed() < 60000) {
      turn.start();
      QCoreApplication::processEvents();
      longest = std::max(longest, turn.elapsed());
      QTest::qWait(1);
    }
    QTRY_COMPARE(m_manager->cards().size(), 3);
    qInfo("100 MB installed in %lld ms; the window was busy for %lld ms at most", all.elapsed(), longest);
    QVERIFY2(longest < 100, qPrintable(QString::number(longest)));
  }

  void everyControlHasAName() {
    for (const QWidget* widget : m_manager->findChildren<QWidget*>()) {
      const bool isButton = qobject_cast<const QAbstractButton*>(widget);
      if (!widget->isVisible() || (widget->focusPolicy() == Qt::NoFocus && !isButton)) continue;
      QAccessibleInterface* face = QAccessible::queryAccessibleInterface(const_cast<QWidget*>(widget));
      QVERIFY2(!face->text(QAccessible::Name).isEmpty(), widget->metaObject()->className());
    }
  }

 private:
  PackCard* card(const QString& name) const {
    for (PackCard* each : m_manager->cards()) {
      if (each->pack().name == name) return each;
    }
    qFatal("there is no card for %s", qPrintable(name));
  }

  std::unique_ptr<QTemporaryDir> m_folder;
  std::filesystem::path m_own, m_program, m_source;
  std::unique_ptr<desktop::DiskPacks> m_packs;
  std::unique_ptr<EngineBridge> m_bridge;
  std::unique_ptr<PackState> m_state;
  std::unique_ptr<PackManager> m_manager;
};

QTEST_MAIN(PackManagerTest)
#include "pack_manager_test.moc"
