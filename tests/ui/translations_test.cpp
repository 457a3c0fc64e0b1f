// Simplified Chinese is complete: every text of the sources is in the file, finished, and keeps its placeholders.
#include <QDir>
#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <QXmlStreamReader>

using namespace Qt::StringLiterals;

namespace {

struct Text {
  QString context, source, translation;
  bool finished = true;
};

QList<Text> readTexts(const QString& path) {
  QList<Text> texts;
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) return texts;
  QXmlStreamReader xml(&file);
  QString context;
  while (!xml.atEnd()) {
    if (xml.readNext() != QXmlStreamReader::StartElement) continue;
    if (xml.name() == "name"_L1) context = xml.readElementText();
    if (xml.name() == "source"_L1) texts << Text{context, xml.readElementText(), {}, true};
    if (xml.name() == "translation"_L1 && !texts.isEmpty()) {
      texts.last().finished = !xml.attributes().hasAttribute("type"_L1);
      texts.last().translation = xml.readElementText(QXmlStreamReader::IncludeChildElements).trimmed();
    }
  }
  return texts;
}

QStringList placeholders(const QString& text) {
  static const QRegularExpression pattern(u"%(\\d|n)"_s);
  QStringList found;
  for (const auto& match : pattern.globalMatch(text)) found << match.captured();
  found.sort();
  found.removeDuplicates();
  return found;
}

}  // namespace

class TranslationsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void everyTextIsTranslated() {
    // What lupdate finds in the sources today, merged into a copy of the file: new texts come out unfinished.
    const QTemporaryDir folder;
    const QString root = QStringLiteral(XLLM_TEST_DIR "/..");
    const QString copy = folder.filePath(u"xllm_zh_CN.ts"_s);
    QVERIFY(QFile::copy(root + u"/translations/xllm_zh_CN.ts"_s, copy));
    QProcess lupdate;
    lupdate.start(QStringLiteral(XLLM_LUPDATE),
                  {u"-silent"_s, u"-I"_s, root, u"-recursive"_s, root + u"/ui"_s, root + u"/media"_s,
                   root + u"/app/desktop"_s, u"-locations"_s, u"none"_s, u"-ts"_s, copy});
    QVERIFY(lupdate.waitForFinished(60000));
    QCOMPARE(lupdate.exitCode(), 0);
    const QList<Text> texts = readTexts(copy);
    QVERIFY2(texts.size() > 80, qPrintable(QString::number(texts.size())));
    QStringList missing;
    for (const Text& text : texts) {
      if (!text.finished || text.translation.isEmpty()) missing << text.context + u": "_s + text.source;
    }
    QVERIFY2(missing.isEmpty(),
             qPrintable(u"%1 texts are not translated:\n"_s.arg(missing.size()) + missing.join(u'\n')));
  }

  void translationsKeepTheirPlaceholders() {
    for (const Text& text : readTexts(QStringLiteral(XLLM_TEST_DIR "/../translations/xllm_zh_CN.ts"))) {
      QVERIFY2(placeholders(text.source) == placeholders(text.translation), qPrintable(text.source));
    }
  }
};

QTEST_GUILESS_MAIN(TranslationsTest)
#include "translations_test.moc"
