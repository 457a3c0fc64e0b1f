// Presets as values: they come back from their file as they were, and a file from elsewhere cannot do harm.
#include "ui/settings/preset.h"

#include <QTest>

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;

class PresetTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void comeBackFromJsonAsTheyWere() {
    QList<Preset> presets = Presets::builtIn();
    presets << Preset{.id = u"mine"_s,
                      .name = u"Küche & Co"_s,
                      .answering = {.systemPrompt = u"Be brief.\nSpeak German."_s,
                                    .temperature = 0.35,
                                    .topP = 0.8,
                                    .topK = 12,
                                    .seed = 2147483647,
                                    .longestAnswer = 900}};
    const auto read = Presets::fromJson(Presets::toJson(presets));
    QVERIFY(read);
    QVERIFY(*read == presets);
    QVERIFY(Presets::toJson(presets).contains("\"systemPrompt\": \"Be brief."));  // a person can read it
  }

  void numbersOutsideTheirBoundsAreBroughtInside() {
    const auto read = Presets::fromJson(
        "{\"format\": \"xllm-presets\", \"version\": 1, \"presets\": [{\"id\": \"x\", \"name\": \"wild\", "
        "\"temperature\": 1e300, "
        "\"topP\": -4, \"topK\": 1e12, \"seed\": -5, \"longestAnswer\": 0}, {\"id\": \"x\"}, {\"name\": \"no id\"}]}");
    QVERIFY(read);
    QCOMPARE(read->size(), 1);
    const Answering& answering = read->first().answering;
    QCOMPARE(answering.temperature, kHighestTemperature);
    QCOMPARE(answering.topP, kLowestTopP);
    QCOMPARE(answering.topK, kHighestTopK);
    QCOMPARE(answering.seed, std::optional<quint32>(0));
    QCOMPARE(answering.longestAnswer, kShortestAnswer);
  }

  void whatIsNoListOfPresetsIsAnError_data() {
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<int>("code");
    QTest::newRow("cut off") << QByteArray("{\"format\": \"xllm-presets\", \"pre")
                             << static_cast<int>(ErrorCode::CorruptFile);
    QTest::newRow("another file") << QByteArray("{\"format\": \"x\"}") << static_cast<int>(ErrorCode::CorruptFile);
    QTest::newRow("a list") << QByteArray("[1, 2]") << static_cast<int>(ErrorCode::CorruptFile);
    QTest::newRow("none in it") << QByteArray("{\"format\": \"xllm-presets\", \"version\": 1, \"presets\": []}")
                                << static_cast<int>(ErrorCode::CorruptFile);
    QTest::newRow("from the future") << QByteArray("{\"format\": \"xllm-presets\", \"version\": 2}")
                                     << static_cast<int>(ErrorCode::Unsupported);
  }
  void whatIsNoListOfPresetsIsAnError() {
    QFETCH(QByteArray, json);
    QFETCH(int, code);
    const auto read = Presets::fromJson(json);
    QVERIFY(!read);
    QCOMPARE(static_cast<int>(read.error().code), code);
  }

  void copiesGetNamesOfTheirOwn() {
    QList<Preset> presets = Presets::builtIn();
    const QString first = Presets::duplicate(presets, 0);
    const QString second = Presets::duplicate(presets, 0);
    QVERIFY(first != second);
    QCOMPARE(presets.at(1).id, second);
    QCOMPARE(Presets::nameOf(Presets::find(presets, first)), u"Balanced (copy)"_s);
    QCOMPARE(Presets::nameOf(Presets::find(presets, second)), u"Balanced (copy) 2"_s);
    QVERIFY(presets.at(1).answering == presets.at(0).answering);
  }

  void restoringBringsTheBuiltInOnesBackAndKeepsTheOthers() {
    QList<Preset> presets = Presets::builtIn();
    const QString own = Presets::add(presets);
    presets[0].answering.temperature = 1.9;
    presets[0].name = u"Changed"_s;
    presets.removeAt(1);
    Presets::restoreBuiltIn(presets);
    QCOMPARE(presets.size(), 4);
    QVERIFY(presets.mid(0, 3) == Presets::builtIn());
    QCOMPARE(presets.at(3).id, own);
  }
};

QTEST_GUILESS_MAIN(PresetTest)
#include "preset_test.moc"
