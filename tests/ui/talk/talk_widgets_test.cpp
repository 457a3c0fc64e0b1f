// The pieces one sees and presses while one talks, each alone.
#include <QAction>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTest>
#include <QVBoxLayout>

#include "ui/talk/hold_key.h"
#include "ui/talk/level_meter.h"
#include "ui/talk/live_words.h"
#include "ui/talk/talk_menu.h"

using namespace xllm::ui;
using namespace Qt::StringLiterals;

class TalkWidgetsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void theMeterFollowsTheVoiceAndFallsSlowly() {
    LevelMeter meter;
    meter.setLevel(-90, -90, false);
    QCOMPARE(meter.shown(), 0.0);
    meter.setLevel(-15, -9, false);
    QCOMPARE(meter.shown(), 0.75);
    meter.setLevel(-90, -90, false);
    QVERIFY(meter.shown() > 0.6 && meter.shown() < 0.75);
    meter.setLevel(0, 0, false);
    QCOMPARE(meter.shown(), 1.0);
  }

  void theMeterWarnsForAWhileOfWhatWasTooLoud() {
    LevelMeter meter;
    QSignalSpy changed(&meter, &LevelMeter::warningChanged);
    meter.setLevel(-3, 0, true);
    QVERIFY(meter.warns());
    meter.setLevel(-20, -12, false);
    QVERIFY(meter.warns());  // it was a moment ago
    QTest::qWait(1600);
    meter.setLevel(-20, -12, false);
    QVERIFY(!meter.warns());
    QCOMPARE(changed.count(), 2);
  }

  void theNewestWordsStayWhenNotAllFit() {
    LiveWords words;
    words.setWords(u"one"_s);
    QCOMPARE(words.lines(400), QStringList{u"one"_s});
    QString long_;
    for (int i = 0; i < 100; ++i) long_ += u"word%1 "_s.arg(i);
    words.setWords(long_);
    const QStringList lines = words.lines(300);
    QCOMPARE(lines.size(), 2);
    QVERIFY2(lines.first().startsWith(QChar(0x2026)), qPrintable(lines.first()));
    QVERIFY2(lines.last().endsWith(u"word99"_s), qPrintable(lines.last()));
    words.setWords(u"字"_s.repeated(4000));
    QCOMPARE(words.lines(300).size(), 2);
  }

  void aKeyIsHeldOnceHoweverOftenItRepeats() {
    Window window;
    QSignalSpy pressed(&window.key, &HoldKey::pressed), released(&window.key, &HoldKey::released);
    send(window.field, QEvent::KeyPress, false);
    for (int i = 0; i < 5; ++i) {  // as X11 repeats: let go and pressed again
      send(window.field, QEvent::KeyRelease, true);
      send(window.field, QEvent::KeyPress, true);
    }
    QCOMPARE(pressed.count(), 1);
    QCOMPARE(released.count(), 0);
    send(window.field, QEvent::KeyRelease, false);
    QCOMPARE(released.count(), 1);
    QVERIFY(window.field.text().isEmpty());
  }

  void aWindowThatLosesTheKeyboardLetsTheKeyGo() {
    Window window;
    QSignalSpy released(&window.key, &HoldKey::released);
    send(window.field, QEvent::KeyPress, false);
    QEvent away(QEvent::WindowDeactivate);
    QCoreApplication::sendEvent(&window.widget, &away);
    QCOMPARE(released.count(), 1);
    send(window.field, QEvent::KeyRelease, false);
    QCOMPARE(released.count(), 1);
  }

  void theKeyOfAnotherWindowIsNotOurs() {
    Window window;
    QLineEdit other;
    QSignalSpy pressed(&window.key, &HoldKey::pressed);
    send(other, QEvent::KeyPress, false);
    QCOMPARE(pressed.count(), 0);
  }

  void theMenuHasTheMicrophonesThatArePluggedInAndTheOneThatIsChosen() {
    QWidget parent;
    TalkMenu menu(&parent);
    TalkPreferences preferences;
    connect(&menu, &TalkMenu::edited, &parent, [&](const std::function<void(TalkPreferences&)>& edit) {
      edit(preferences);
      menu.setPreferences(preferences);
    });
    menu.setMicrophones({{"a", u"Inside"_s}, {"b", u"Sound & Vision"_s}});
    QCOMPARE(names(menu), (QStringList{u"*The system's own choice"_s, u"Inside"_s, u"Sound && Vision"_s}));
    microphones(menu).at(2)->trigger();
    QCOMPARE(preferences.listening.device, "b");
    QCOMPARE(names(menu), (QStringList{u"The system's own choice"_s, u"Inside"_s, u"*Sound && Vision"_s}));
    menu.setMicrophones({{"a", u"Inside"_s}});
    QCOMPARE(names(menu).last(), u"*The one chosen before (not there)"_s);
    menu.setMicrophones({{"a", u"Inside"_s}, {"b", u"Sound & Vision"_s}});
    QCOMPARE(names(menu).last(), u"*Sound && Vision"_s);
  }

 private:
  struct Window {
    QWidget widget;
    QLineEdit field{&widget};
    HoldKey key{kHoldKey, widget, nullptr};
  };

  static void send(QWidget& to, QEvent::Type type, bool repeated) {
    QKeyEvent event(type, kHoldKey, Qt::NoModifier, QString(), repeated);
    QCoreApplication::sendEvent(&to, &event);
  }
  static QList<QAction*> microphones(const TalkMenu& menu) {
    for (const QAction* action : menu.actions()) {
      if (action->menu()) return action->menu()->actions();
    }
    return {};
  }
  static QStringList names(const TalkMenu& menu) {
    QStringList names;
    for (const QAction* action : microphones(menu)) {
      names << (action->isChecked() ? QString(u'*' + action->text()) : action->text());
    }
    return names;
  }
};

QTEST_MAIN(TalkWidgetsTest)
#include "talk_widgets_test.moc"
