// What the window tells the store is on disk soon, in order, and whatever is wrong with the disk is said and survived.
#include "ui/history/store.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <QCryptographicHash>
#include <QDir>
#include <QDirIterator>
#include <QElapsedTimer>
#include <QSignalSpy>
#include <QSqlDatabase>
#include <QStorageInfo>
#include <QTemporaryDir>
#include <QTest>
#include <csignal>
#include <optional>

#include "ui/history/database.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;

Q_DECLARE_METATYPE(xllm::Error)

// No file may grow while it lives.
class FullDisk {
 public:
  FullDisk() : m_oldHandler(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &m_free);
    struct rlimit full = m_free;
    full.rlim_cur = 4096;
    setrlimit(RLIMIT_FSIZE, &full);
  }
  ~FullDisk() { makeRoom(); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  void makeRoom() {
    setrlimit(RLIMIT_FSIZE, &m_free);
    std::signal(SIGXFSZ, m_oldHandler);
  }

 private:
  struct rlimit m_free {};
  void (*m_oldHandler)(int);
};

class StoreTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { m_folder = std::make_unique<QTemporaryDir>(); }
  void cleanup() { m_store.reset(); }

  void aStreamingReplyIsOnDiskWithinAMoment() {
    open();
    begin();
    m_store->appendText(12, u"Half "_s);
    m_store->appendText(12, u"a reply"_s);
    QTRY_COMPARE_WITH_TIMEOUT(onDisk(12), u"Half a reply"_s, 100);
    m_store->setState(12, MessageState::Done, {.tokens = 2});
    m_store.reset();
    QCOMPARE(onDisk(12), u"Half a reply"_s);
  }

  void callsReturnAtOnceHoweverMuchIsSaid() {
    open();
    begin();
    QElapsedTimer timer;
    timer.start();
    qint64 longest = 0;
    for (int i = 0; i < 2000; ++i) {
      timer.restart();
      m_store->appendText(12, u"some words "_s);
      longest = std::max(longest, timer.elapsed());
    }
    QVERIFY2(longest < 50, qPrintable(QString::number(longest)));
    m_store.reset();
    QCOMPARE(onDisk(12).size(), 2000 * 11);
  }

  void aRunThatEndsByItselfLeavesNoCrashBehind() {
    open();
    QVERIFY(!m_store->afterCrash());
    begin();
    m_store.reset();
    open();
    QVERIFY(!m_store->afterCrash());
    QCOMPARE(load().messages.at(1).state, MessageState::Interrupted);
  }

  void crashesAreCountedUntilARunGoesWell() {
    for (int crash = 1; crash <= 3; ++crash) {
      leaveMark();
      open();
      QCOMPARE(m_store->crashesInARow(), crash);
      QVERIFY(QFile::copy(m_folder->filePath(u"crashes"_s), m_folder->filePath(u"counted"_s)));
      m_store.reset();  // it ended well; as if it had not
      QVERIFY(!QFile::exists(m_folder->filePath(u"crashes"_s)));
      QVERIFY(QFile::rename(m_folder->filePath(u"counted"_s), m_folder->filePath(u"crashes"_s)));
    }
    open();
    m_store.reset();
    leaveMark();
    open();
    QCOMPARE(m_store->crashesInARow(), 1);
  }

  void aKilledRunIsNoticedAndItsReplyKept() {
    // The mark of a run whose process is gone, and what it wrote.
    {
      auto database = Database::open(file(), 5);
      QVERIFY(database);
      QVERIFY((*database)->change(Survives::ProgramDeath, [](Database& d) {
        return d.addConversation({.id = 1})
            .and_then([&] { return d.addMessage(1, question()); })
            .and_then([&] { return d.addMessage(1, reply()); })
            .and_then([&] { return d.appendText(12, u"Half"_s); });
      }));
      leaveMark();
    }
    open();
    QVERIFY(m_store->afterCrash());
    QCOMPARE(load().messages.at(1).state, MessageState::Interrupted);
    QCOMPARE(load().messages.at(1).text, u"Half"_s);
  }

  void mediaAreKeptOnceByWhatIsInThem() {
    open();
    const QByteArray bytes = QByteArray(300000, 'x');
    QFile picture(m_folder->filePath(u"cat.png"_s));
    QVERIFY(picture.open(QIODevice::WriteOnly));
    picture.write(bytes);
    picture.close();
    QImage thumbnail(64, 48, QImage::Format_RGB888);
    thumbnail.fill(Qt::darkGreen);
    MessageRecord two = question();
    two.attachments = {AttachmentRecord{.name = u"cat.png"_s}, AttachmentRecord{.name = u"pasted"_s}};
    m_store->addConversation({.id = 1});
    m_store->addMessage(
        1, two, {{.file = picture.fileName(), .thumbnail = thumbnail}, {.bytes = bytes, .thumbnail = thumbnail}});
    const QString sha256 = QString::fromLatin1(QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex());
    QTRY_COMPARE(load().messages.at(0).attachments.at(0).sha256, sha256);
    QTRY_COMPARE(load().messages.at(0).attachments.at(1).sha256, sha256);
    QCOMPARE(QDir(m_folder->filePath(u"media"_s)).entryList(QDir::Files), QStringList{sha256});
    QFile kept(m_store->vault().pathOf(sha256));
    QVERIFY(kept.open(QIODevice::ReadOnly) && kept.readAll() == bytes);
    kept.close();
    QCOMPARE(QImage(m_store->vault().thumbnailOf(sha256)).size(), thumbnail.size());
    QVERIFY(m_store->vault().pathOf(u"../../etc/passwd"_s).isEmpty());

    m_store->setTrashed(1, true);
    m_store->emptyTrash();
    m_store.reset();
    QVERIFY(QFile::exists(m_folder->filePath(u"media/"_s + sha256)));  // young: its message might be on its way
    QFile old(m_folder->filePath(u"media/"_s + sha256));
    QVERIFY(old.open(QIODevice::ReadWrite));
    QVERIFY(old.setFileTime(QDateTime::currentDateTimeUtc().addDays(-1), QFileDevice::FileModificationTime));
    old.close();
    const MediaVault vault(m_folder->filePath(u"media"_s));
    const QString strip = vault.thumbnailOf(sha256, thumbnailVariant(MediaKind::Video, {.end = 2}));
    QVERIFY(vault.keep({.bytes = bytes, .thumbnail = thumbnail, .variant = u"-8-0-2000"_s}));  // it is young again
    QVERIFY(QFile::exists(strip));
    QVERIFY(old.open(QIODevice::ReadWrite));
    QVERIFY(old.setFileTime(QDateTime::currentDateTimeUtc().addDays(-1), QFileDevice::FileModificationTime));
    old.close();
    vault.removeAllBut({sha256});
    QVERIFY(old.exists() && QFile::exists(strip));
    vault.removeAllBut({});
    QVERIFY(!old.exists() && !QFile::exists(strip) && !QFile::exists(vault.thumbnailOf(sha256)));
  }

  void aMediumThatVanishedIsSaidAndItsMessageKept() {
    open();
    QSignalSpy problems(m_store.get(), &Store::problem);
    MessageRecord message = question();
    message.attachments = {AttachmentRecord{.name = u"gone.png"_s}};
    m_store->addConversation({.id = 1});
    m_store->addMessage(1, message, {{.file = m_folder->filePath(u"gone.png"_s)}});
    QTRY_COMPARE(problems.count(), 1);
    QCOMPARE(load().messages.size(), 1);
  }

  // A pipe in a file's place would be waited for without end.
  void aMediumWhoseFileIsGoneIsKeptFromWhatWasRead() {
    open();
    QSignalSpy problems(m_store.get(), &Store::problem);
    QSignalSpy replaced(m_store.get(), &Store::mediumReplaced);
    const QString pipe = m_folder->filePath(u"pipe.png"_s), gone = m_folder->filePath(u"gone.png"_s);
    QCOMPARE(mkfifo(pipe.toLocal8Bit().constData(), 0600), 0);
    MessageRecord message = question();
    message.attachments = {AttachmentRecord{.name = u"pipe.png"_s}, AttachmentRecord{.name = u"gone.png"_s},
                           AttachmentRecord{.name = u"spoken"_s}};
    const auto encode = [] { return QByteArray("what was read"); };
    m_store->addConversation({.id = 1});
    m_store->addMessage(1, message,
                        {{.file = pipe, .encode = encode}, {.file = gone, .encode = encode}, {.encode = encode}});
    QTRY_COMPARE(replaced.count(), 2);
    QCOMPARE(replaced[0][0].toString(), pipe);
    QCOMPARE(replaced[1][0].toString(), gone);
    QTRY_VERIFY(!load().messages.at(0).attachments.at(2).sha256.isEmpty());
    const ConversationContent content = load();
    for (const AttachmentRecord& kept : content.messages.at(0).attachments) {
      QFile file(m_store->vault().pathOf(kept.sha256));
      QVERIFY(file.open(QIODevice::ReadOnly));
      QCOMPARE(file.readAll(), "what was read");
    }
    QCOMPARE(problems.count(), 0);
  }

  void whatIsSaidAndSeenIsFound() {
    open();
    MessageRecord message = question();
    message.attachments = {AttachmentRecord{.name = u"a.wav"_s}, AttachmentRecord{.name = u"b.png"_s}};
    m_store->addConversation({.id = 1});
    m_store->addMessage(1, message);
    m_store->setTranscript(11, 0, u"the ferry is late"_s);
    m_store->setCaption(11, 1, u"a lighthouse"_s);
    std::optional<qsizetype> found;
    m_store->find({.words = u"ferry lighthouse"_s}, this,
                  [&](const Result<QList<ConversationSummary>>& list) { found = list ? list->size() : -1; });
    QTRY_COMPARE(found, 1);
  }

  void aMediumThatTheDiskHasNoRoomForIsSaidAndItsMessageKept() {
    open();
    QSignalSpy problems(m_store.get(), &Store::problem);
    QFile huge(m_folder->filePath(u"huge.mp4"_s));
    QVERIFY(huge.open(QIODevice::WriteOnly));
    if (!huge.resize(QStorageInfo(m_folder->path()).bytesAvailable() + (1 << 20))) QSKIP("no sparse files here");
    huge.close();
    MessageRecord message = question();
    message.attachments = {AttachmentRecord{.kind = MediaKind::Video, .name = u"huge.mp4"_s}};
    m_store->addConversation({.id = 1});
    m_store->addMessage(1, message, {{.file = huge.fileName()}});
    QTRY_COMPARE(problems.count(), 1);
    QVERIFY(problems[0][0].value<Error>().code == ErrorCode::BadInput);
    QCOMPARE(QDir(m_folder->filePath(u"media"_s)).entryList(QDir::Files).size(), 0);
    QCOMPARE(load().messages.size(), 1);
  }

  void aDamagedFileIsPutAsideAndTheProgramGoesOn() {
    QFile damaged(file());
    QVERIFY(damaged.open(QIODevice::WriteOnly));
    damaged.write("This is no database, whatever its name says. It was, once upon a time, before the disk failed.");
    damaged.close();
    open();
    QSignalSpy problems(m_store.get(), &Store::problem);
    begin();
    QTRY_COMPARE(problems.count(), 1);
    QVERIFY(problems[0][0].value<Error>().code == ErrorCode::CorruptFile);
    QCOMPARE(load().messages.size(), 2);
    const QStringList aside = QDir(m_folder->path()).entryList({u"conversations.damaged-*.sqlite"_s});
    QCOMPARE(aside.size(), 1);
    QFile kept(m_folder->filePath(aside[0]));
    QVERIFY(kept.open(QIODevice::ReadOnly));
    QVERIFY(kept.readAll().startsWith("This is no database"));
  }

  void whatCanStillBeReadOfADamagedFileIsKept() {
    constexpr int kMessages = 2000;
    open();
    ConversationContent content{.conversation = {.id = 1, .title = u"Long"_s, .chosen = 1}};
    for (int i = 1; i <= kMessages; ++i) {
      content.messages << MessageRecord{.id = i,
                                        .parent = i - 1,
                                        .chosen = i < kMessages ? i + 1 : 0,
                                        .text = u"Message %1 about herons. "_s.arg(i).repeated(8)};
    }
    content.messages[999].attachments = {AttachmentRecord{.name = u"heron.jpg"_s, .sha256 = QString(64, u'a')}};
    m_store->addContent(content);
    m_store->keepDraft(1, {.text = u"Unsent"_s, .files = {recorded()}});
    m_store.reset();
    QFile medium(m_folder->filePath(u"media/"_s + QString(64, u'a')));
    QVERIFY(medium.open(QIODevice::WriteOnly));
    medium.close();
    letEverythingAge();
    QFile damaged(file());
    QVERIFY(damaged.open(QIODevice::ReadWrite));
    const QByteArray all = damaged.readAll();
    const QByteArray words = "Message 1000 about herons";
    int pages = 0;  // of the table and of the search
    for (auto place = all.indexOf(words); place >= 0; place = all.indexOf(words, place + 1)) {
      damaged.seek(place / 4096 * 4096);
      damaged.write(QByteArray(4096, '\xa5'));
      ++pages;
    }
    QVERIFY(pages > 1);
    damaged.close();
    QFile mark(m_folder->filePath(u"run-5.lock"_s));  // the last run did not end well, so it is looked for
    QVERIFY(mark.open(QIODevice::WriteOnly));
    mark.write(QByteArray::number(999999999) + "\nstore_test\n" + QSysInfo::machineHostName().toUtf8() + "\n\n\n");
    mark.close();
    open();
    QSignalSpy problems(m_store.get(), &Store::problem);
    QTRY_COMPARE_WITH_TIMEOUT(problems.count(), 1, 20000);
    QVERIFY(problems[0][0].value<Error>().code == ErrorCode::CorruptFile);
    const auto saved = load().messages.size();
    QVERIFY2(saved > kMessages * 9 / 10 && saved < kMessages, qPrintable(QString::number(saved)));
    QCOMPARE(load().messages.constLast().text.left(12), u"Message 2000"_s);
    MessageId at = load().conversation.chosen;
    qsizetype shown = 0;
    const QList<MessageRecord> messages = load().messages;
    for (const MessageRecord& message : messages) {
      if (message.id != at) continue;
      at = message.chosen;
      ++shown;
    }
    QCOMPARE(shown, saved);  // the path goes over the gap
    QString draft;
    m_store->loadDraft(1, this, [&](const Result<Draft>& kept) { draft = kept.value_or(Draft{}).text; });
    QTRY_COMPARE(draft, u"Unsent"_s);
    m_store->emptyTrash();
    (void)load();
    QVERIFY(QFile::exists(recorded()));
    QVERIFY(medium.exists());  // of a message that could not be read: the file that was put aside may still tell
  }

  void whereNoFolderCanBeMadeTheProgramGoesOn() {
    QFile inTheWay(m_folder->filePath(u"file"_s));
    QVERIFY(inTheWay.open(QIODevice::WriteOnly));
    m_store = std::make_unique<Store>(m_folder->filePath(u"file/conversations"_s));
    QSignalSpy problems(m_store.get(), &Store::problem), recoveries(m_store.get(), &Store::recovered);
    begin();
    QTRY_COMPARE(problems.count(), 1);
    QVERIFY(problems[0][0].value<Error>().code == ErrorCode::DiskFull);
    QCOMPARE(load().messages.size(), 2);  // for this run
    QCOMPARE(recoveries.count(), 0);
  }

  void aFileThatIsLeftAloneCostsNoMedium() {
    open();
    begin();
    m_store->addMessage(1, {.id = 13, .parent = 12, .attachments = {AttachmentRecord{.name = u"heron.jpg"_s}}},
                        {{.bytes = "a heron"}});
    m_store->keepDraft(0, {.files = {recorded()}});
    m_store.reset();
    QCOMPARE(keptMedia().size(), 1);
    letEverythingAge();
    {
      QSqlDatabase raw = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"raw"_s);
      raw.setDatabaseName(file());
      QVERIFY(raw.open() && run(raw, u"PRAGMA user_version = 99"_s));
    }
    QSqlDatabase::removeDatabase(u"raw"_s);
    open();
    QSignalSpy problems(m_store.get(), &Store::problem);
    QTRY_COMPARE(problems.count(), 1);
    QVERIFY(problems[0][0].value<Error>().code == ErrorCode::Unsupported);
    m_store->emptyTrash();
    std::optional<bool> removed;
    m_store->removeEverything(this, [&](const Result<void>& answer) { removed = answer.has_value(); });
    QTRY_COMPARE(removed, false);
    QCOMPARE(keptMedia().size(), 1);
    QVERIFY(QFile::exists(recorded()));
  }

  void onADiskThatIsFullFromTheStartNothingIsLostWhenThereIsRoomAgain() {
    open();
    begin();
    m_store.reset();
    FullDisk full;
    open();
    QSignalSpy problems(m_store.get(), &Store::problem), recoveries(m_store.get(), &Store::recovered);
    m_store->addConversation({.id = 2});
    m_store->addMessage(2, {.id = 21, .text = u"Meanwhile"_s});
    m_store->addMessage(2, {.id = 22, .parent = 21, .speaker = Speaker::Model, .state = MessageState::Streaming});
    m_store->appendText(22, u"Not lost"_s);
    QTRY_COMPARE(problems.count(), 1);
    QVERIFY(problems[0][0].value<Error>().code == ErrorCode::DiskFull);
    QCOMPARE(load(2).messages.at(1).text, u"Not lost"_s);
    full.makeRoom();
    QTRY_COMPARE(recoveries.count(), 1);
    QCOMPARE(problems.count(), 1);
    QCOMPARE(load(1).messages.size(), 2);
    QCOMPARE(load(2).messages.at(1).text, u"Not lost"_s);
    m_store.reset();
    QCOMPARE(onDisk(22, 2), u"Not lost"_s);
  }

  void whatWaitsForRoomIsWrittenWhenTheProgramEnds() {
    open();
    begin();
    QVERIFY(!load().messages.isEmpty());
    QSignalSpy problems(m_store.get(), &Store::problem);
    {
      FullDisk full;
      m_store->appendText(12, u"Just in time"_s);
      QTRY_COMPARE(problems.count(), 1);
    }
    m_store.reset();
    QCOMPARE(onDisk(12), u"Just in time"_s);
  }

  void aFullDiskIsSaidOnceAndNothingIsLostWhenThereIsRoomAgain() {
    open();
    begin();
    QVERIFY(!load().messages.isEmpty());
    QSignalSpy problems(m_store.get(), &Store::problem), recoveries(m_store.get(), &Store::recovered);
    FullDisk full;
    for (int i = 0; i < 5; ++i) {
      m_store->appendText(12, u"not lost "_s);
      QTest::qWait(60);
    }
    m_store->setState(12, MessageState::Done);
    QTRY_COMPARE(problems.count(), 1);
    QVERIFY(problems[0][0].value<Error>().code == ErrorCode::DiskFull);
    full.makeRoom();
    QTRY_COMPARE(recoveries.count(), 1);
    QCOMPARE(problems.count(), 1);
    QCOMPARE(load().messages.at(1).text, u"not lost "_s.repeated(5));
    QCOMPARE(load().messages.at(1).state, MessageState::Done);
  }

  void anImportedConversationKeepsItsBranches() {
    open();
    ConversationContent content;
    content.conversation = {.id = 1, .title = u"Imported"_s, .named = true, .chosen = 11};
    content.messages = {question(), reply(), reply(), question()};
    content.messages[0].chosen = 12;
    content.messages[1].state = content.messages[2].state = MessageState::Done;
    content.messages[2].id = 14;
    content.messages[3].id = 13;
    m_store->addContent(content);
    const ConversationContent read = load();
    QCOMPARE(read.conversation.title, u"Imported"_s);
    QCOMPARE(read.conversation.chosen, 11);
    QCOMPARE(read.messages.size(), 4);
    QCOMPARE(read.messages[0].chosen, 12);
  }

 private:
  // Of a run whose process is gone.
  void leaveMark() {
    QFile mark(m_folder->filePath(u"run-5.lock"_s));
    QVERIFY(mark.open(QIODevice::WriteOnly));
    mark.write(QByteArray::number(999999999) + "\nstore_test\n" + QSysInfo::machineHostName().toUtf8() + "\n\n\n");
  }
  // A clip that the program recorded and that was not sent yet.
  QString recorded() const {
    const QString clip = m_folder->filePath(u"media/recorded/clip.mkv"_s);
    QDir().mkpath(QFileInfo(clip).path());
    QFile made(clip);
    if (!made.exists() && made.open(QIODevice::WriteOnly)) made.write("a clip");
    return clip;
  }
  QStringList keptMedia() const { return QDir(m_folder->filePath(u"media"_s)).entryList(QDir::Files); }
  // Young media may belong to messages that are on their way.
  void letEverythingAge() const {
    const QString media = m_folder->filePath(u"media"_s);
    QDirIterator each(media, QDir::Files, QDirIterator::Subdirectories);
    while (each.hasNext()) {
      QFile medium(each.next());
      QVERIFY(medium.open(QIODevice::ReadWrite));
      QVERIFY(medium.setFileTime(QDateTime::currentDateTime().addDays(-1), QFileDevice::FileModificationTime));
    }
  }
  QString file() const { return m_folder->filePath(u"conversations.sqlite"_s); }
  void open() { m_store = std::make_unique<Store>(m_folder->path()); }
  static MessageRecord question() { return {.id = 11, .text = u"Question"_s}; }
  static MessageRecord reply() {
    return {.id = 12, .parent = 11, .speaker = Speaker::Model, .state = MessageState::Streaming};
  }
  void begin() {
    m_store->addConversation({.id = 1});
    m_store->addMessage(1, question());
    m_store->addMessage(1, reply());
  }
  ConversationContent load(ConversationId id = 1) {
    ConversationContent content;
    bool answered = false;
    m_store->load(id, this, [&](const Result<ConversationContent>& loaded) {
      answered = true;
      content = loaded.value_or(ConversationContent{});
    });
    [&] { QTRY_VERIFY(answered); }();
    return content;
  }
  QString onDisk(MessageId id, ConversationId conversation = 1) {  // as another program sees it
    const auto database = Database::open(file(), 6);
    if (!database) return {};
    const auto content = (*database)->load(conversation);
    if (!content) return {};
    for (const MessageRecord& message : content->messages) {
      if (message.id == id) return message.text;
    }
    return {};
  }

  std::unique_ptr<QTemporaryDir> m_folder;
  std::unique_ptr<Store> m_store;
};

QTEST_GUILESS_MAIN(StoreTest)
#include "store_test.moc"
