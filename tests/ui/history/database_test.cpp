// What is written is read again, found, and brought along from older versions.
#include "ui/history/database.h"

#include <QDir>
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>
#include <atomic>
#include <thread>
#include <vector>

#include "ui/history/schema.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kSession = 77;

MessageRecord said(MessageId id, MessageId parent, const QString& text) {
  return {.id = id,
          .parent = parent,
          .speaker = id % 2 == 1 ? Speaker::Person : Speaker::Model,
          .createdMs = id,
          .text = text};
}

}  // namespace

class DatabaseTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_folder = std::make_unique<QTemporaryDir>();
    reopen();
  }
  void cleanup() { m_database.reset(); }

  void readsWhatWasWritten() {
    addConversation(1);
    MessageRecord question = said(11, 0, u"What is 这个? 🦉"_s);
    question.attachments << AttachmentRecord{.kind = MediaKind::Picture,
                                             .name = u"owl.png"_s,
                                             .sha256 = QString(64, u'a'),
                                             .pixels = QSize(640, 400),
                                             .caption = u"an owl"_s};
    add(1, question);
    MessageRecord reply = said(12, 11, {});
    reply.state = MessageState::Streaming;
    add(1, reply);
    for (const QString& piece : {u"An "_s, u"owl"_s, u"."_s})
      change([&](Database& d) { return d.appendText(12, piece); });
    QCOMPARE(load(1).messages.at(1).text, u"An owl."_s);  // also while it streams
    change([](Database& d) {
      return d.setState(12, MessageState::Failed,
                        {.firstTextSeconds = 0.5, .tokensPerSecond = 9, .tokens = 3, .cutShort = true},
                        Error{ErrorCode::OutOfMemory, "Not enough."});
    });
    reopen();
    const ConversationContent content = load(1);
    QCOMPARE(content.conversation.title, u"What is 这个? 🦉"_s);
    QCOMPARE(content.conversation.chosen, 11);
    QCOMPARE(content.messages.size(), 2);
    QCOMPARE(content.messages[0].text, question.text);
    QCOMPARE(content.messages[0].chosen, 12);
    QCOMPARE(content.messages[0].attachments.size(), 1);
    QCOMPARE(content.messages[0].attachments[0].pixels, QSize(640, 400));
    QCOMPARE(content.messages[0].attachments[0].caption, u"an owl"_s);
    QCOMPARE(content.messages[1].text, u"An owl."_s);
    QCOMPARE(content.messages[1].state, MessageState::Failed);
    QVERIFY(content.messages[1].error && content.messages[1].error->code == ErrorCode::OutOfMemory);
    QVERIFY(content.messages[1].figures.cutShort);
    QCOMPARE(content.messages[1].figures.tokens, 3);
  }

  void clipsKeepWhatWasChosenOfThem() {
    addConversation(1);
    MessageRecord question = said(11, 0, u"What happens?"_s);
    const ClipChoice choice{.start = 1.0 / 3, .end = 12.345678901234567, .frames = 5, .withSound = false};
    question.attachments << AttachmentRecord{.kind = MediaKind::Video,
                                             .name = u"a.mp4"_s,
                                             .pixels = QSize(640, 360),
                                             .seconds = 20,
                                             .choice = choice,
                                             .hasSound = true}
                         << AttachmentRecord{.kind = MediaKind::Video, .name = u"mute.mp4"_s, .seconds = 3};
    add(1, question);
    reopen();
    const auto attachments = load(1).messages[0].attachments;
    QVERIFY(attachments[0].choice == choice);  // to the last bit: the same frames are read again
    QVERIFY(attachments[0].hasSound);
    QVERIFY(attachments[1].choice == ClipChoice());
    QVERIFY(!attachments[1].hasSound);
    QVERIFY(find({.withClips = true}).at(0).hasClips);
  }

  void aDraftKeepsWhatWasSaidAndTheVaultKeepsItForIt() {
    const QString said(64, u'c'), corrected(64, u'd');
    AttachmentRecord recording{.kind = MediaKind::Sound, .name = u"Recording 9:15"_s, .sha256 = said, .seconds = 2.5};
    recording.transcript = u"what is this"_s;
    AttachmentRecord wrong = recording;
    wrong.sha256 = corrected;
    wrong.hasSound = true;
    wrong.choice.withSound = false;
    const Draft draft{.text = u"And"_s, .files = {u"/a.png"_s, u"/b.png"_s}, .recordings = {recording, wrong}};
    change([&](Database& d) { return d.setDraft(0, draft); });
    reopen();
    const auto back = m_database->draft(0);
    QVERIFY(back);
    QCOMPARE(back->text, draft.text);
    QCOMPARE(back->files, draft.files);
    QCOMPARE(back->recordings.size(), 2);
    QCOMPARE(back->recordings[0].name, recording.name);
    QCOMPARE(back->recordings[0].seconds, 2.5);
    QCOMPARE(back->recordings[0].transcript, recording.transcript);
    QVERIFY(!back->recordings[0].hasSound && back->recordings[0].choice.withSound);
    QVERIFY(back->recordings[1].hasSound && !back->recordings[1].choice.withSound);
    QCOMPARE(*m_database->mediaInUse(), (QSet<QString>{said, corrected}));
    change([&](Database& d) { return d.setDraft(0, {}); });
    QVERIFY(m_database->mediaInUse()->isEmpty());
  }

  void aRecordingWhoseWordsWereCorrectedStaysSo() {
    addConversation(1);
    MessageRecord message{.id = 11, .text = u"What is this?"_s};
    AttachmentRecord recording{.kind = MediaKind::Sound, .name = u"Recording"_s, .transcript = u"what is this"_s};
    message.attachments << recording;
    recording.hasSound = true;
    recording.choice.withSound = false;
    message.attachments << recording;
    add(1, message);
    reopen();
    const auto back = m_database->load(1);
    QVERIFY(back);
    QVERIFY(back->messages[0].attachments[0].choice.withSound && !back->messages[0].attachments[0].hasSound);
    QVERIFY(!back->messages[0].attachments[1].choice.withSound && back->messages[0].attachments[1].hasSound);
  }

  void whatCanBeReadOfADamagedOlderFileIsSaved() {
    const QString old = makeVersion1();
    const auto saved = m_database->salvage(old);
    QVERIFY(saved);
    QCOMPARE(*saved, 2);
    QCOMPARE(load(7).messages[0].attachments.size(), 1);
    QCOMPARE(load(7).messages[0].attachments[0].name, u"lake.jpg"_s);
  }

  void failedChangesLeaveNothingBehind() {
    addConversation(1);
    const auto result = m_database->change(Survives::ProgramDeath, [](Database& d) -> Result<void> {
      if (auto added = d.addMessage(1, said(11, 0, u"x"_s)); !added) return added;
      return fail(ErrorCode::Internal, "No.");
    });
    QVERIFY(!result);
    QCOMPARE(load(1).messages.size(), 0);
  }

  void branchesKeepWhichOneIsShown() {
    addConversation(1);
    add(1, said(11, 0, u"first"_s));
    add(1, said(12, 11, u"reply"_s));
    add(1, said(14, 11, u"another reply"_s));
    add(1, said(13, 0, u"first, edited"_s));
    QCOMPARE(load(1).conversation.chosen, 13);
    QCOMPARE(load(1).conversation.title, u"first"_s);
    QCOMPARE(load(1).messages[0].chosen, 14);
    change([](Database& d) { return d.choose(1, 11, 12); });
    change([](Database& d) { return d.choose(1, 0, 11); });
    QCOMPARE(load(1).conversation.chosen, 11);
    QCOMPARE(load(1).messages[0].chosen, 12);
    change([](Database& d) { return d.removeMessage(1, 12); });
    QCOMPARE(load(1).messages[0].chosen, 14);  // the other one shows
  }

  void whatIsShownStaysWhenAnotherMessageGoes() {
    addConversation(1);
    for (const MessageId first : {11, 12, 13}) add(1, said(first, 0, u"first"_s));
    for (const MessageId reply : {14, 15, 16}) add(1, said(reply, 11, u"reply"_s));
    change([](Database& d) { return d.choose(1, 0, 11); });
    change([](Database& d) { return d.choose(1, 11, 14); });
    change([](Database& d) { return d.removeMessage(1, 12); });
    change([](Database& d) { return d.removeMessage(1, 15); });
    QCOMPARE(load(1).conversation.chosen, 11);
    QCOMPARE(load(1).messages[0].chosen, 14);
  }

  void aConversationWithoutMessagesGoes() {
    addConversation(1);
    add(1, said(11, 0, u"only"_s));
    change([](Database& d) { return d.removeMessage(1, 11); });
    QVERIFY(!m_database->load(1));
    QCOMPARE(find({}).size(), 0);
  }

  void findsWordsAndPartsOfWordsInAnyLanguage_data() {
    QTest::addColumn<QString>("words");
    QTest::addColumn<QList<qint64>>("ids");
    QTest::newRow("a word, any case") << u"LIGHTHOUSE"_s << QList<qint64>{1};
    QTest::newRow("a part") << u"ghtho"_s << QList<qint64>{1};
    QTest::newRow("two words of one message") << u"old light"_s << QList<qint64>{1};
    QTest::newRow("two words of two messages") << u"lighthouse harbour"_s << QList<qint64>{};
    QTest::newRow("two Chinese characters") << u"灯塔"_s << QList<qint64>{2};
    QTest::newRow("three Chinese characters") << u"古老的"_s << QList<qint64>{2};
    QTest::newRow("a transcript") << u"storm warning"_s << QList<qint64>{2};
    QTest::newRow("a caption") << u"gulls"_s << QList<qint64>{1};
    QTest::newRow("a title") << u"holidays"_s << QList<qint64>{3};
    QTest::newRow("quotes and operators are words") << u"\"and* OR"_s << QList<qint64>{};
    QTest::newRow("a percent sign is itself") << u"%"_s << QList<qint64>{};
    QTest::newRow("nothing") << QString() << QList<qint64>{3, 2, 1};
  }
  void findsWordsAndPartsOfWordsInAnyLanguage() {
    fillForSearch();
    QFETCH(QString, words);
    QFETCH(QList<qint64>, ids);
    QCOMPARE(idsOf(find({.words = words})), ids);
  }

  void filtersByKindAndShowsWhereItStands() {
    fillForSearch();
    QCOMPARE(idsOf(find({.withPictures = true})), QList<qint64>{1});
    QCOMPARE(idsOf(find({.withVoice = true})), QList<qint64>{2});
    QCOMPARE(idsOf(find({.withClips = true})), QList<qint64>{});
    const auto hit = find({.words = u"harbour"_s});
    QCOMPARE(hit.at(0).excerpt, u"Near the harbour."_s);
    QCOMPARE(find({.words = u"lighthouse"_s}).at(0).excerpt, QString());  // the title has it
    QVERIFY(hit.at(0).hasPictures);
  }

  void findsWhatIsSaidAndSeenInMediaOnceThatIsKnown() {
    addConversation(1);
    MessageRecord question = said(11, 0, u"What is it?"_s);
    question.attachments << AttachmentRecord{.kind = MediaKind::Picture, .name = u"p.png"_s}
                         << AttachmentRecord{.kind = MediaKind::Sound, .name = u"s.wav"_s};
    add(1, question);
    QCOMPARE(idsOf(find({.words = u"lighthouse"_s})), QList<qint64>{});
    change([](Database& d) { return d.setCaption(11, 0, u"A lighthouse at night"_s); });
    change([](Database& d) { return d.setTranscript(11, 1, u"the ferry leaves at nine"_s); });
    QCOMPARE(idsOf(find({.words = u"lighthouse"_s})).size(), 1);
    QCOMPARE(idsOf(find({.words = u"ferry nine"_s})).size(), 1);
    QCOMPARE(load(1).messages.at(0).attachments.at(0).caption, u"A lighthouse at night"_s);
    QCOMPARE(load(1).messages.at(0).attachments.at(1).transcript, u"the ferry leaves at nine"_s);
    change([](Database& d) { return d.setCaption(11, 0, u"A windmill"_s); });
    QCOMPARE(idsOf(find({.words = u"lighthouse"_s})), QList<qint64>{});
  }

  void pinnedOnesComeFirstAndTheTrashIsApart() {
    fillForSearch();
    change([](Database& d) { return d.setPinned(1, true); });
    QCOMPARE(idsOf(find({})), (QList<qint64>{1, 3, 2}));
    change([](Database& d) { return d.setTrashed(2, true); });
    QCOMPARE(idsOf(find({})), (QList<qint64>{1, 3}));
    QCOMPARE(idsOf(find({.inTrash = true})), QList<qint64>{2});
    QCOMPARE(idsOf(find({.words = u"灯塔"_s})), QList<qint64>{});
    change([](Database& d) { return d.setTrashed(2, false); });
    QCOMPARE(idsOf(find({.words = u"灯塔"_s})), QList<qint64>{2});
    change([](Database& d) { return d.setTrashed(2, true); });
    change([](Database& d) { return d.emptyTrash(); });
    QVERIFY(!m_database->load(2));
    QCOMPARE(idsOf(find({.inTrash = true})), QList<qint64>{});
    QCOMPARE(*m_database->mediaInUse(), QSet<QString>{QString(64, u'b')});
  }

  void namesGivenByThePersonStay() {
    addConversation(1);
    change([](Database& d) { return d.rename(1, u"Mine"_s); });
    add(1, said(11, 0, u"first"_s));
    QCOMPARE(load(1).conversation.title, u"Mine"_s);
  }

  void longFirstMessagesGiveShortTitles() {
    QCOMPARE(titleFrom(said(1, 0, u"  What\nis   this?  "_s)), u"What is this?"_s);
    const QString title = titleFrom(said(1, 0, u"word "_s.repeated(40)));
    QVERIFY2(title.size() < 64 && title.endsWith(u"word …"_s), qPrintable(title));
    QVERIFY(titleFrom(said(1, 0, u"🦉"_s.repeated(80))).size() < 64);
  }

  void whatADeadRunLeftIsInterrupted() {
    addConversation(1);
    add(1, said(11, 0, u"q"_s));
    MessageRecord reply = said(12, 11, {});
    reply.state = MessageState::Streaming;
    add(1, reply);
    change([](Database& d) { return d.appendText(12, u"half a heron"_s); });
    QCOMPARE(*m_database->unfinishedSessions(), QList<qint64>{kSession});
    change([](Database& d) { return d.settle({kSession + 1}); });
    QCOMPARE(load(1).messages[1].state, MessageState::Streaming);  // somebody else's
    change([](Database& d) { return d.settle({kSession}); });
    QCOMPARE(load(1).messages[1].state, MessageState::Interrupted);
    QCOMPARE(load(1).messages[1].text, u"half a heron"_s);
    QCOMPARE(find({.words = u"half a heron"_s}).size(), 1);
    QVERIFY(m_database->unfinishedSessions()->isEmpty());
  }

  void anOlderVersionIsBackedUpAndBroughtAlong() {
    const QString file = makeVersion1();
    auto opened = Database::open(file, kSession);
    QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
    m_database = std::move(*opened);
    const ConversationContent content = load(7);
    QCOMPARE(content.conversation.title, u"A heron"_s);
    QCOMPARE(content.messages.size(), 2);
    QCOMPARE(content.messages[0].chosen, 12);
    QCOMPARE(content.messages[1].text, u"A grey heron, 苍鹭."_s);
    QCOMPARE(content.messages[1].figures.tokens, 6);
    QVERIFY(content.messages[0].attachments[0].choice == ClipChoice());
    for (const QString& words : {u"heron"_s, u"苍鹭"_s, u"reeds"_s})
      QCOMPARE(idsOf(find({.words = words})), QList<qint64>{7});
    m_database.reset();
    // The copy is the old version, whole.
    const QStringList copies = QDir(m_folder->path()).entryList({u"old.sqlite.before-*"_s});
    QCOMPARE(copies, QStringList{u"old.sqlite.before-%1.sqlite"_s.arg(newestSchemaVersion())});
    QCOMPARE(versionOf(m_folder->filePath(copies[0])), 1);
    QCOMPARE(versionOf(file), newestSchemaVersion());
    auto again = Database::open(m_folder->filePath(copies[0]), kSession);
    QVERIFY(again);
    QCOMPARE((*again)->load(7)->messages.size(), 2);
  }

  void manyProgramsMayStartAtOnceInANewFolder() {
    constexpr int kPrograms = 8;
    for (int round = 0; round < 10; ++round) {
      const QTemporaryDir folder;
      const QString file = folder.filePath(u"conversations.sqlite"_s);
      std::atomic<int> ready = 0;
      std::vector<std::string> problems(kPrograms);
      {
        std::vector<std::jthread> programs;
        for (int i = 0; i < kPrograms; ++i) {
          programs.emplace_back([&, i] {
            ++ready;
            while (ready < kPrograms) std::this_thread::yield();
            if (const auto opened = Database::open(file, i + 1); !opened) problems[i] = opened.error().message;
          });
        }
      }
      for (const std::string& problem : problems) QVERIFY2(problem.empty(), problem.c_str());
    }
  }

  void aNewerVersionIsLeftAlone() {
    const QString file = makeVersion1();
    {
      QSqlDatabase raw = rawConnection(file);
      QVERIFY(run(raw, u"PRAGMA user_version = 99"_s));
    }
    QSqlDatabase::removeDatabase(u"raw"_s);
    const auto opened = Database::open(file, kSession);
    QVERIFY(!opened);
    QVERIFY(opened.error().code == ErrorCode::Unsupported);
    QCOMPARE(versionOf(file), 99);
  }

  void tenThousandMessagesAreReadQuickly() {
    addConversation(1);
    change([](Database& d) -> Result<void> {
      for (int i = 1; i <= 10000; ++i) {
        auto added =
            d.addMessage(1, said(i, i - 1, u"Message %1 about herons, reeds and the lake. "_s.arg(i).repeated(6)));
        if (!added) return added;
      }
      return {};
    });
    QElapsedTimer timer;
    timer.start();
    QCOMPARE(load(1).messages.size(), 10000);
    const qint64 loadMs = timer.restart();
    QCOMPARE(find({.words = u"9999 reeds"_s}).size(), 1);
    const qint64 indexMs = timer.restart();
    QCOMPARE(find({.words = u"ak"_s}).size(), 1);
    qInfo("10,000 messages: loaded in %lld ms, searched in %lld ms, for two letters in %lld ms",
          static_cast<long long>(loadMs), static_cast<long long>(indexMs), static_cast<long long>(timer.elapsed()));
    QVERIFY(loadMs < 1000);
  }

 private:
  void reopen() {
    m_database.reset();
    auto opened = Database::open(m_folder->filePath(u"conversations.sqlite"_s), kSession, true);
    QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
    m_database = std::move(*opened);
  }
  void change(const std::function<Result<void>(Database&)>& work) {
    const auto done = m_database->change(Survives::ProgramDeath, work);
    QVERIFY2(done, done ? "" : done.error().message.c_str());
  }
  void addConversation(ConversationId id) {
    change([id](Database& d) { return d.addConversation({.id = id, .createdMs = id, .changedMs = id}); });
  }
  void add(ConversationId id, const MessageRecord& message) {
    change([&](Database& d) { return d.addMessage(id, message); });
  }
  ConversationContent load(ConversationId id) { return m_database->load(id).value_or(ConversationContent{}); }
  QList<ConversationSummary> find(const ConversationQuery& query) {
    const auto found = m_database->find(query);
    if (!found) qWarning("%s", found.error().message.c_str());
    return found.value_or(QList<ConversationSummary>());
  }
  static QList<qint64> idsOf(const QList<ConversationSummary>& list) {
    QList<qint64> ids;
    for (const ConversationSummary& summary : list) ids << summary.conversation.id;
    return ids;
  }
  void fillForSearch() {
    for (const ConversationId id : {1, 2, 3}) addConversation(id);
    MessageRecord picture = said(11, 0, u"Where is this old lighthouse?"_s);
    picture.attachments << AttachmentRecord{.kind = MediaKind::Picture,
                                            .name = u"coast.jpg"_s,
                                            .sha256 = QString(64, u'b'),
                                            .caption = u"gulls over a pier"_s};
    add(1, picture);
    add(1, said(12, 11, u"Near the harbour."_s));
    QTest::qSleep(2);
    MessageRecord voice = said(21, 0, u"这是一座古老的灯塔吗"_s);
    voice.attachments << AttachmentRecord{.kind = MediaKind::Sound,
                                          .name = u"radio.wav"_s,
                                          .sha256 = QString(64, u'c'),
                                          .seconds = 3,
                                          .transcript = u"a storm warning for the coast"_s};
    add(2, voice);
    QTest::qSleep(2);
    add(3, said(31, 0, u"something else"_s));
    change([](Database& d) { return d.rename(3, u"Holidays"_s); });
  }
  static QSqlDatabase rawConnection(const QString& file) {
    QSqlDatabase raw = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"raw"_s);
    raw.setDatabaseName(file);
    raw.open();
    return raw;
  }
  QString makeVersion1() {
    const QString file = m_folder->filePath(u"old.sqlite"_s);
    QFile script(QStringLiteral(XLLM_TEST_DIR "/ui/history/version1.sql"));
    if (!script.open(QIODevice::ReadOnly)) qFatal("version1.sql is missing");
    {
      QSqlDatabase raw = rawConnection(file);
      for (const QString& line : QString::fromUtf8(script.readAll()).split(u'\n', Qt::SkipEmptyParts)) {
        if (!line.startsWith(u"--"_s) && !run(raw, line)) qFatal("%s", qPrintable(line));
      }
    }
    QSqlDatabase::removeDatabase(u"raw"_s);
    return file;
  }
  static int versionOf(const QString& file) {
    int version = -1;
    {
      const QSqlDatabase raw = rawConnection(file);
      version = schemaVersion(raw).value_or(-1);
    }
    QSqlDatabase::removeDatabase(u"raw"_s);
    return version;
  }

  std::unique_ptr<QTemporaryDir> m_folder;
  std::unique_ptr<Database> m_database;
};

QTEST_GUILESS_MAIN(DatabaseTest)
#include "database_test.moc"
