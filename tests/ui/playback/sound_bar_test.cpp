// Playing a recording in the window: one at a time, to any place in it, from memory or from disk.
#include "ui/playback/sound_bar.h"

#include <QSignalSpy>
#include <QTest>
#include <QThreadPool>
#include <QToolButton>

#include "tests/ui/support/fake_reader.h"
#include "tests/ui/support/scripted_player.h"
#include "ui/playback/wave_view.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;

class SoundBarTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_player = std::make_unique<tests::ScriptedPlayer>();
    m_playback = std::make_unique<Playback>(*m_player, m_reader);
    m_bar = make(4);
  }
  void cleanup() {
    m_bar.reset();
    m_playback.reset();
  }

  void playsPausesAndGoesOn() {
    QTest::mouseClick(&m_bar->playButton(), Qt::LeftButton);
    QVERIFY(m_player->playing && m_player->sound == m_sound);
    QVERIFY(m_bar->playButton().accessibleName().startsWith(u"Pause"_s));
    m_player->pass(1.5);
    QCOMPARE(m_bar->time(), u"0:02 / 0:04"_s);
    QCOMPARE(m_bar->wave().position(), 1.5);
    QTest::mouseClick(&m_bar->playButton(), Qt::LeftButton);
    QVERIFY(!m_player->playing && m_player->at == 1.5);
    QTest::keyClick(&m_bar->playButton(), Qt::Key_Space);
    QVERIFY(m_player->playing);
    m_player->finish();
    QVERIFY(m_bar->playButton().accessibleName().startsWith(u"Play"_s));
    QCOMPARE(m_bar->time(), u"0:04"_s);
    QCOMPARE(m_bar->wave().position(), 0.0);
  }

  void anotherPlaceIsReachedByMouseAndKeys() {
    m_bar->playButton().click();
    WaveView& wave = m_bar->wave();
    QTest::mouseClick(&wave, Qt::LeftButton, {}, QPoint(wave.width() / 2, 5));
    QVERIFY(qAbs(m_player->at - 2) < 0.1);
    const double middle = m_player->at;
    QTest::keyClick(&wave, Qt::Key_Right);
    QVERIFY(m_player->at > middle);
    QTest::keyClick(&wave, Qt::Key_Home);
    QCOMPARE(m_player->at, 0.0);
  }

  void onePlaysAtATime() {
    const auto other = make(7);
    m_bar->playButton().click();
    m_player->pass(1);
    other->playButton().click();
    QCOMPARE(m_player->sound->seconds(), 7.0);
    QVERIFY(m_bar->playButton().accessibleName().startsWith(u"Play"_s));
    m_player->pass(1);
    QCOMPARE(m_bar->wave().position(), 1.0);  // it goes on from there
    m_bar->playButton().click();
    QCOMPARE(m_player->at, 1.0);
  }

  void whatIsOnDiskIsReadToBePlayedAndShown() {
    SoundBar bar(SoundBar::Shape::Line);
    bar.setPlayback(m_playback.get());
    bar.setSound({.file = u"/1/2.wav"_s, .seconds = 7}, u"2.wav"_s);
    QTRY_VERIFY(!bar.wave().peaks().isEmpty());
    bar.playButton().click();
    QTRY_VERIFY(m_player->playing);
    QCOMPARE(m_player->sound->seconds(), 7.0);
  }

  void theLoudnessOfASoundBeforeDoesNotComeLate() {
    SoundBar bar(SoundBar::Shape::Line);
    bar.setPlayback(m_playback.get());
    const Playable silent{.file = u"/1/2.wav"_s, .seconds = 7};
    bar.setSound(silent, u"2.wav"_s);
    QTRY_VERIFY(!bar.wave().peaks().isEmpty());
    const QList<float> silence = bar.wave().peaks();
    bar.setSound({.sound = m_sound, .seconds = 4}, u"Recording"_s);
    bar.setSound(silent, u"2.wav"_s);  // known, so there at once
    QThreadPool::globalInstance()->waitForDone();
    QCoreApplication::processEvents();
    QCOMPARE(bar.wave().peaks(), silence);
  }

  void whatCannotBeReadSaysSo() {
    m_reader.missing = true;
    SoundBar bar(SoundBar::Shape::Line);
    bar.setPlayback(m_playback.get());
    bar.setSound({.file = u"/1/2.txt"_s, .seconds = 7}, u"2.txt"_s);
    bar.playButton().click();
    QTRY_COMPARE(bar.time(), u"It cannot be played"_s);
    m_reader.missing = false;
  }

  void whatIsNotSeenAnyMoreIsNotHeard() {
    m_bar->playButton().click();
    m_bar->hide();
    QVERIFY(!m_player->playing);
    m_bar->show();
    m_bar->playButton().click();
    m_bar.reset();
    QVERIFY(!m_player->playing);
  }

  void withoutLoudspeakersItOnlyShows() {
    SoundBar bar(SoundBar::Shape::Line);
    bar.setSound({.sound = m_sound, .seconds = 4}, u"a"_s);
    QVERIFY(bar.playButton().isHidden());
    QCOMPARE(bar.wave().focusPolicy(), Qt::NoFocus);
    QTRY_VERIFY(!bar.wave().peaks().isEmpty());
  }

 private:
  std::unique_ptr<SoundBar> make(double seconds) {
    m_sound = std::make_shared<const AudioClip>(
        AudioClip{16000, std::vector<float>(static_cast<std::size_t>(16000 * seconds), 0.5F)});
    auto bar = std::make_unique<SoundBar>(SoundBar::Shape::Line);
    bar->setPlayback(m_playback.get());
    bar->setSound({.sound = m_sound, .seconds = seconds}, u"Recording"_s);
    bar->resize(300, 40);
    bar->show();
    return bar;
  }

  tests::FakeReader m_reader;
  std::unique_ptr<tests::ScriptedPlayer> m_player;
  std::unique_ptr<Playback> m_playback;
  generation::Sound m_sound;
  std::unique_ptr<SoundBar> m_bar;
};

QTEST_MAIN(SoundBarTest)
#include "sound_bar_test.moc"
