// The config of a run as it is edited: what is left out stays out, and the file follows a moment behind the keys.
#include "ui/training/config_panel.h"

#include <QFile>
#include <QJsonDocument>
#include <QPlainTextEdit>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>
#include <memory>

using namespace xllm::ui;
using namespace Qt::StringLiterals;

class ConfigPanelTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_folder = std::make_unique<QTemporaryDir>();
    m_panel = std::make_unique<ConfigPanel>(file(), u"xllm"_s);
    m_panel->setSuggestion({{u"steps"_s, 100}, {u"batch"_s, 4}});
    m_panel->setVisible(true);
  }
  void cleanup() { m_panel.reset(); }

  void aKeyThatIsTakenOutStaysOut() {
    m_panel->textEdit().setPlainText(u"{\"steps\": 200}"_s);
    QVERIFY(m_panel->save());
    QCOMPARE(inFile(), (QJsonObject{{u"steps"_s, 200}}));
    m_panel->set(u"seed"_s, 3);
    QVERIFY(m_panel->save());
    QCOMPARE(inFile(), (QJsonObject{{u"steps"_s, 200}, {u"seed"_s, 3}}));
  }

  void theFileFollowsAMomentLater() {
    m_panel->stepsBox().setValue(150);
    m_panel->stepsBox().setValue(151);
    QVERIFY(!m_panel->isSaved());
    QTRY_COMPARE(inFile()[u"steps"_s].toInt(), 151);
  }

  void whatWasTypedLastIsKeptWhenThePanelGoes() {
    m_panel->stepsBox().setValue(160);
    m_panel->hide();
    QCOMPARE(inFile()[u"steps"_s].toInt(), 160);
    m_panel->stepsBox().setValue(170);
    m_panel.reset();
    QCOMPARE(inFile()[u"steps"_s].toInt(), 170);
  }

  void anotherSuggestionDoesNotUndoWhatWasTyped() {
    m_panel->stepsBox().setValue(180);
    m_panel->setSuggestion({{u"steps"_s, 100}});
    QCOMPARE(m_panel->config()[u"steps"_s].toInt(), 180);
  }

  void brokenTextLeavesTheLastWholeOneInTheFile() {
    m_panel->textEdit().setPlainText(u"{\"steps\": 5}"_s);
    m_panel->textEdit().setPlainText(u"{\"steps\": "_s);
    QTRY_COMPARE(inFile(), (QJsonObject{{u"steps"_s, 5}}));
    QVERIFY(!m_panel->save());
  }

 private:
  QString file() const { return m_folder->filePath(u"image-1.json"_s); }
  QJsonObject inFile() const {
    QFile in(file());
    return in.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(in.readAll()).object() : QJsonObject();
  }

  std::unique_ptr<QTemporaryDir> m_folder;
  std::unique_ptr<ConfigPanel> m_panel;
};

QTEST_MAIN(ConfigPanelTest)
#include "config_panel_test.moc"
