// A conversation goes out as Markdown, as a web page and as JSON, and our own JSON comes back whole; a file that
// someone else wrote cannot reach anything.
#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include "ui/exporting/exported.h"
#include "ui/exporting/html.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;

class ExportingTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_folder = std::make_unique<QTemporaryDir>();
    m_vault = std::make_unique<MediaVault>(m_folder->filePath(u"vault"_s));
    m_picture = *m_vault->keep({.bytes = "\x89PNG\r\n\x1a\n picture"});
    m_clip = *m_vault->keep({.bytes = "CLIP"});
  }

  void markdownShowsThePathWithItsMedia() {
    QVERIFY(write(u"out.md"_s, ExportFormat::Markdown));
    const QString text = QString::fromUtf8(read(u"out.md"_s));
    QVERIFY2(text.startsWith(u"# Birds at the lake\n"_s), qPrintable(text));
    QVERIFY2(text.contains(u"**You**\n\n![a (1) owl.png](out-media/1-a%20_1_%20owl.png)"_s), qPrintable(text));
    QVERIFY(text.contains(u"A **grey** heron."_s));
    QVERIFY(!text.contains(u"older version"_s));
    QVERIFY(text.contains(u"gone.wav (missing)"_s));
    const QStringList media = QDir(m_folder->filePath(u"out-media"_s)).entryList(QDir::Files);
    QCOMPARE(media.size(), 2);
    QVERIFY2(text.contains(u"[dance.mp4](out-media/2-dance.mp4) (5 of 0.3 to 12.5)"_s), qPrintable(text));
    QVERIFY(read(u"out-media/"_s + media[0]).startsWith("\x89PNG"));
  }

  void aWebPageHoldsEverythingAndRunsNothing() {
    QVERIFY(write(u"out.html"_s, ExportFormat::WebPage));
    const QString page = QString::fromUtf8(read(u"out.html"_s));
    QVERIFY(page.contains(u"data:image/png;base64,"_s));
    QVERIFY(page.contains(u"dance.mp4 (5 of 0.3 to 12.5)"_s) && page.contains(u"<video controls"_s));
    QVERIFY(page.contains(u"A <strong>grey</strong> heron."_s));
    QVERIFY(page.contains(u"Content-Security-Policy"_s));
    QVERIFY(page.contains(u"&lt;script&gt;"_s) && !page.contains(u"<script"_s));
    QVERIFY(!QDir(m_folder->filePath(u"out-media"_s)).exists());
  }

  void aWebPageSaysWhichMediaAreTooLargeForIt() {
    QVERIFY(QFile::resize(m_vault->pathOf(m_clip), (64 << 20) + 1));
    QVERIFY(write(u"out.html"_s, ExportFormat::WebPage));
    const QString page = QString::fromUtf8(read(u"out.html"_s));
    QVERIFY(page.contains(u"dance.mp4 (too large)"_s));
    QVERIFY(page.contains(u"gone.wav (missing)"_s));
  }

  void repliesCannotDoAnythingOnAPage_data() {
    QTest::addColumn<QString>("markdown");
    QTest::addColumn<QString>("html");
    QTest::newRow("raw HTML") << u"a <img src=x onerror=y> b"_s << u"<p>a &lt;img src=x onerror=y&gt; b</p>"_s;
    QTest::newRow("a script link") << u"[x](javascript:alert(1))"_s << u"<p>x</p>"_s;
    QTest::newRow("a picture from elsewhere") << u"![seen](http://a.b/c.png)"_s << u"<p>seen</p>"_s;
    QTest::newRow("a link") << u"[x](https://a.b/?q=\"&r)"_s
                            << u"<p><a rel=\"noreferrer\" href=\"https://a.b/?q=&quot;&amp;r\">x</a></p>"_s;
    QTest::newRow("code") << u"```\n<b>\n```"_s << u"<pre><code>&lt;b&gt;\n</code></pre>"_s;
    QTest::newRow("a list") << u"3. a\n4. b"_s << u"<ol start=\"3\"><li>a</li><li>b</li></ol>"_s;
  }
  void repliesCannotDoAnythingOnAPage() {
    QFETCH(QString, markdown);
    QFETCH(QString, html);
    QCOMPARE(htmlFrom(markdown), html);
  }

  void ourOwnJsonComesBackWithAllVersionsAndMedia() {
    QVERIFY(write(u"out.json"_s, ExportFormat::Json));
    const MediaVault other(m_folder->filePath(u"other"_s));
    QStringList asked;
    const auto back = importConversation(m_folder->filePath(u"out.json"_s), other,
                                         [&](const AttachmentRecord& medium, const QString& file) {
                                           asked << medium.name;
                                           QImage small(8, 8, QImage::Format_RGB32);
                                           small.fill(Qt::red);
                                           return QFile::exists(file) ? small : QImage();
                                         });
    QVERIFY2(back, back ? "" : back.error().message.c_str());
    const ConversationContent before = content();
    QCOMPARE(back->conversation.title, before.conversation.title);
    QCOMPARE(back->messages.size(), before.messages.size());
    QVERIFY(back->conversation.id != before.conversation.id);
    const QList<MessageRecord> shown = shownMessages(*back), wanted = shownMessages(before);
    QCOMPARE(shown.size(), wanted.size());
    for (qsizetype i = 0; i < shown.size(); ++i) {
      QCOMPARE(shown[i].text, wanted[i].text);
      QVERIFY(shown[i].id != wanted[i].id);
    }
    QCOMPARE(shown[0].attachments[0].sha256, m_picture);
    QVERIFY(QFile::exists(other.pathOf(m_picture)));
    QCOMPARE(shown[0].attachments[0].pixels, QSize(64, 48));
    QCOMPARE(shown[0].attachments[1].sha256, QString());
    QCOMPARE(back->messages[1].figures.tokens, 5);
    QCOMPARE(shown[0].attachments[2].sha256, m_clip);
    QVERIFY(shown[0].attachments[2].choice == m_choice);
    QVERIFY(shown[0].attachments[2].hasSound);
    QVERIFY(shown[0].attachments[1].choice.withSound && !shown[0].attachments[1].hasSound);
    QVERIFY(!shown[0].attachments[3].choice.withSound && shown[0].attachments[3].hasSound);  // its words were corrected
    QVERIFY(asked.contains(u"dance.mp4"_s) && !asked.contains(u"gone.wav"_s));
    QVERIFY(QFile::exists(other.thumbnailOf(m_clip, thumbnailVariant(MediaKind::Video, m_choice))));
  }

  void filesFromOthersAreReadOnlyInsideTheirFolder_data() {
    QTest::addColumn<QString>("path");
    QTest::newRow("absolute") << m_outside;
    QTest::newRow("up") << u"../secret"_s;
    QTest::newRow("up inside") << u"in-media/../../secret"_s;
    QTest::newRow("beside") << u"in.json"_s;
    QTest::newRow("a link") << u"in-media/link"_s;
  }
  void filesFromOthersAreReadOnlyInsideTheirFolder() {
    QFETCH(QString, path);
    QDir(m_folder->path()).mkpath(u"give/in-media"_s);
    QFile secret(m_folder->filePath(u"secret"_s));
    QVERIFY(secret.open(QIODevice::WriteOnly));
    secret.write("secret");
    secret.close();
    QFile::link(secret.fileName(), m_folder->filePath(u"give/in-media/link"_s));
    if (path.isEmpty()) path = secret.fileName();
    const QString sha256 = *MediaVault(m_folder->filePath(u"scratch"_s)).keep({.file = secret.fileName()});
    put(u"give/in.json"_s,
        u"{\"format\": \"xllm-conversation\", \"version\": 1, \"chosen\": \"1\", \"messages\": [{\"id\": "
        "\"1\", \"parent\": \"0\", \"text\": \"x\", \"attachments\": [{\"file\": \"%1\", \"sha256\": "
        "\"%2\"}]}]}"_s.arg(path, sha256));
    const auto back = importConversation(m_folder->filePath(u"give/in.json"_s), *m_vault);
    QVERIFY2(back, back ? "" : back.error().message.c_str());
    QCOMPARE(back->messages[0].attachments[0].sha256, QString());
    QVERIFY(!QFile::exists(m_vault->pathOf(sha256)));
  }

  void aPathThatLeadsPastItsMessagesIsNotFollowed() {
    put(u"in.json"_s,
        u"{\"format\": \"xllm-conversation\", \"version\": 1, \"chosen\": \"2\", \"messages\": ["
        "{\"id\": \"1\", \"parent\": \"0\", \"speaker\": \"person\", \"chosen\": \"1\"}, "
        "{\"id\": \"2\", \"parent\": \"1\", \"speaker\": \"model\"}]}"_s);
    const auto back = importConversation(m_folder->filePath(u"in.json"_s), *m_vault);
    QVERIFY2(back, back ? "" : back.error().message.c_str());
    QCOMPARE(back->conversation.chosen, back->messages[0].id);
    QCOMPARE(back->messages[0].chosen, 0);
  }

  void nonsenseIsRefused_data() {
    QTest::addColumn<QString>("json");
    QTest::newRow("no JSON") << u"hello"_s;
    QTest::newRow("other JSON") << u"{\"a\": 1}"_s;
    QTest::newRow("newer") << u"{\"format\": \"xllm-conversation\", \"version\": 2, \"messages\": []}"_s;
    QTest::newRow("empty") << u"{\"format\": \"xllm-conversation\", \"version\": 1, \"messages\": []}"_s;
    QTest::newRow("follows itself") << u"{\"format\": \"xllm-conversation\", \"version\": 1, \"messages\": [{\"id\": "
                                       "\"1\", \"parent\": \"1\"}]}"_s;
    QTest::newRow("twice") << u"{\"format\": \"xllm-conversation\", \"version\": 1, \"messages\": [{\"id\": \"1\", "
                              "\"parent\": \"0\"}, {\"id\": \"1\", \"parent\": \"0\"}]}"_s;
    const QString two =
        u"{\"format\": \"xllm-conversation\", \"version\": 1, \"messages\": [{\"id\": \"1\", \"parent\": \"0\", "
        "\"speaker\": \"%1\"}, {\"id\": \"2\", \"parent\": \"1\", \"speaker\": \"%2\"}]}"_s;
    QTest::newRow("begins with a reply") << two.arg(u"model"_s, u"person"_s);
    QTest::newRow("two questions in a row") << two.arg(u"person"_s, u"person"_s);
    QTest::newRow("two replies in a row")
        << u"{\"format\": \"xllm-conversation\", \"version\": 1, \"messages\": [{\"id\": \"1\", \"parent\": \"0\", "
           "\"speaker\": \"person\"}, {\"id\": \"2\", \"parent\": \"1\", \"speaker\": \"model\"}, "
           "{\"id\": \"3\", \"parent\": \"2\", \"speaker\": \"model\"}]}"_s;
  }
  void nonsenseIsRefused() {
    QFETCH(QString, json);
    put(u"in.json"_s, json);
    const auto back = importConversation(m_folder->filePath(u"in.json"_s), *m_vault);
    QVERIFY(!back);
    QVERIFY(back.error().code == ErrorCode::BadInput);
  }

 private:
  ConversationContent content() {
    ConversationContent all;
    all.conversation = {.id = 1, .title = u"Birds at the lake"_s, .chosen = 11};
    all.messages << MessageRecord{.id = 11, .chosen = 14, .text = u"Which <script>bird</script>?"_s}
                 << MessageRecord{.id = 12,
                                  .parent = 11,
                                  .speaker = Speaker::Model,
                                  .text = u"An older version."_s,
                                  .figures = {.tokens = 5}}
                 << MessageRecord{.id = 14, .parent = 11, .speaker = Speaker::Model, .text = u"A **grey** heron."_s};
    all.messages[0].attachments = {
        {.kind = MediaKind::Picture, .name = u"a [1] owl.png"_s, .sha256 = m_picture, .pixels = QSize(64, 48)},
        {.kind = MediaKind::Sound, .name = u"gone.wav"_s, .sha256 = QString(64, u'0')},
        {.kind = MediaKind::Video,
         .name = u"dance.mp4"_s,
         .sha256 = m_clip,
         .pixels = QSize(640, 360),
         .seconds = 20,
         .choice = m_choice,
         .hasSound = true},
        {.kind = MediaKind::Sound, .name = u"Recording"_s, .choice = {.withSound = false}, .hasSound = true}};
    return all;
  }
  bool write(const QString& name, ExportFormat format) {
    const auto written = exportConversation(content(), *m_vault, m_folder->filePath(name), format,
                                            {.person = u"You"_s,
                                             .model = u"Reply"_s,
                                             .missing = u"(missing)"_s,
                                             .tooLarge = u"(too large)"_s,
                                             .chosen = u"(%1 of %2 to %3)"_s});
    if (!written) qWarning("%s", written.error().message.c_str());
    return written.has_value();
  }
  QByteArray read(const QString& name) {
    QFile file(m_folder->filePath(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
  }
  void put(const QString& name, const QString& text) {
    QFile file(m_folder->filePath(name));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text.toUtf8());
  }

  const QString m_outside;  // the absolute path is known in the test alone
  std::unique_ptr<QTemporaryDir> m_folder;
  std::unique_ptr<MediaVault> m_vault;
  QString m_picture, m_clip;
  const ClipChoice m_choice{.start = 1.0 / 3, .end = 12.5, .frames = 5, .withSound = false};
};

QTEST_GUILESS_MAIN(ExportingTest)
#include "exporting_test.moc"
