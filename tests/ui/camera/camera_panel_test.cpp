// The camera's window over a camera that does as it is told: what it shows, takes and records, and what it says when
// there is nothing to show.
#include "ui/camera/camera_panel.h"

#include <QComboBox>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "media/decode/file_decoder.h"
#include "tests/ui/camera/fake_camera.h"
#include "tests/ui/support/heartbeat.h"
#include "tests/ui/support/walker.h"
#include "ui/camera/camera_view.h"
#include "ui/camera/clip_recorder.h"
#include "ui/widgets/inline_message.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;
using media::CameraTrouble;
using tests::FakeCamera;
using tests::FakeSound;

class CameraPanelTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_camera = std::make_unique<FakeCamera>();
    m_sound = std::make_unique<FakeSound>();
    m_folder = std::make_unique<QTemporaryDir>();
    m_panel = std::make_unique<CameraPanel>(*m_camera, m_sound.get(), m_folder->filePath(u"recorded"_s));
  }
  void cleanup() {
    m_panel.reset();
    m_camera.reset();
    m_sound.reset();
  }

  void theCameraIsOpenAsLongAsTheWindowIs() {
    QVERIFY(!m_camera->isOpen());
    open();
    QVERIFY(m_camera->isOpen());
    QVERIFY2(m_panel->status().contains(u"camera is on"_s), qPrintable(m_panel->status()));
    m_panel->close();
    QVERIFY(!m_camera->isOpen());
    open();
    QVERIFY(m_camera->isOpen());
    m_panel.reset();
    QVERIFY(!m_camera->isOpen());
  }

  void thePreviewIsAMirrorAndThePictureIsNot() {
    open();
    QVERIFY(!m_panel->takeButton().isEnabled());  // nothing to take yet
    m_camera->show(30, 220);
    QVERIFY(m_panel->takeButton().isEnabled());
    const QImage shown = m_panel->view().grab().toImage();
    const int y = shown.height() / 2, x = shown.width() / 2;
    QVERIFY(qGray(shown.pixel(x - 40, y)) > 200);
    QVERIFY(qGray(shown.pixel(x + 40, y)) < 50);
    QSignalSpy taken(m_panel.get(), &CameraPanel::pictureTaken);
    QTest::keyClick(m_panel->focusWidget(), Qt::Key_Space);
    QCOMPARE(taken.size(), 1);
    const auto picture = taken.first().first().value<media::CameraPicture>();
    QCOMPARE(picture->pixels.front(), 30);
    QCOMPARE(picture->width, 320);
    QTest::keyClick(m_panel.get(), Qt::Key_Return);
    QCOMPARE(taken.size(), 2);
    QVERIFY2(m_panel->status().contains(u"2 added"_s), qPrintable(m_panel->status()));
    QVERIFY(m_panel->isVisible());
  }

  void theNewestPictureIsTaken() {
    open();
    m_camera->show(30, 30);
    m_camera->show(90, 90);
    QSignalSpy taken(m_panel.get(), &CameraPanel::pictureTaken);
    m_panel->takeButton().click();
    QCOMPARE(taken.first().first().value<media::CameraPicture>()->pixels.front(), 90);
  }

  void aClipHasPicturesAndSound() {
    open();
    m_camera->show(50, 50);
    QSignalSpy clips(m_panel.get(), &CameraPanel::clipTaken);
    m_panel->recordButton().click();
    const QElapsedTimer clock = started();
    while (clock.elapsed() < 1500) {
      m_camera->show(clock.elapsed() < 900 ? 50 : 200, 128);
      QTest::qWait(33);
    }
    QVERIFY2(m_panel->status().contains(u"with sound"_s) && m_panel->status().contains(u"of 0:30"_s),
             qPrintable(m_panel->status()));
    QVERIFY(m_sound->isOn);
    m_panel->recordButton().click();
    QVERIFY(!m_sound->isOn);
    QVERIFY(clips.wait());
    const QString file = clips.first().first().toString();
    QVERIFY2(file.startsWith(m_folder->path()), qPrintable(file));
    const media::FileDecoder decoder;
    const auto facts = decoder.describeClip(file.toStdString());
    QVERIFY2(facts, facts ? "" : facts.error().message.c_str());
    QVERIFY(facts->hasSound);
    QVERIFY2(facts->seconds > 1.0 && facts->seconds < 2.5, qPrintable(QString::number(facts->seconds)));
    const auto clip = decoder.decodeClip(file.toStdString(), {.frames = 4});
    QVERIFY(clip);
    QVERIFY(clip->frames.front().image.pixels.front() < 70);
    QVERIFY(clip->frames.back().image.pixels.front() > 180);
    const auto heard = decoder.decodeSound(file.toStdString());
    QVERIFY(heard);
    QVERIFY(std::abs(heard->seconds() - facts->seconds) < 0.4);
    QVERIFY(!m_panel->recordButton().text().contains(u"Stop"_s));
  }

  void withoutAMicrophoneAClipIsSilentAndSaysSo() {
    m_sound->refuses = true;
    const QString file = recordBriefly(u"without sound"_s);
    const auto facts = media::FileDecoder().describeClip(file.toStdString());
    QVERIFY(facts);
    QVERIFY(!facts->hasSound);
  }

  void closingTheWindowEndsTheClipAndKeepsIt() {
    open();
    m_camera->show(50, 50);
    m_panel->recordButton().click();
    QTRY_VERIFY(m_panel->status().startsWith(u"Recording"_s));
    keepShowing(400);
    QSignalSpy clips(m_panel.get(), &CameraPanel::clipTaken);
    QTest::keyClick(m_panel.get(), Qt::Key_Escape);
    QVERIFY(!m_panel->isVisible());
    QVERIFY(!m_camera->isOpen());
    QVERIFY(!m_sound->isOn);
    QVERIFY(clips.wait());
  }

  void aCameraThatGoesAwayEndsTheClipAndKeepsIt() {
    open();
    m_camera->show(50, 50);
    m_panel->recordButton().click();
    QTRY_VERIFY(m_panel->status().startsWith(u"Recording"_s));
    keepShowing(300);
    QSignalSpy clips(m_panel.get(), &CameraPanel::clipTaken);
    m_camera->trouble(CameraTrouble::Unplugged);
    QVERIFY(clips.wait());
    QVERIFY2(m_panel->message().title().contains(u"unplugged"_s), qPrintable(m_panel->message().title()));
    m_camera->plug(m_camera->there);  // there again: it goes on by itself
    QVERIFY(m_camera->isOpen());
    QVERIFY(m_panel->message().isHidden());
  }

  void aFolderThatCannotBeWrittenToIsSaid() {
    QFile(m_folder->filePath(u"recorded"_s)).open(QIODevice::WriteOnly);  // a file where the folder should be
    open();
    m_camera->show(50, 50);
    m_panel->recordButton().click();
    QTRY_VERIFY(m_panel->status().startsWith(u"Recording"_s));
    keepShowing(200);
    m_panel->recordButton().click();
    QTRY_VERIFY(!m_panel->message().isHidden());
    QVERIFY(m_panel->message().title().contains(u"could not be recorded"_s));
  }

  void everyTroubleIsASentenceWithAWayOut_data() {
    QTest::addColumn<CameraTrouble>("what");
    QTest::newRow("refused") << CameraTrouble::NotAllowed;
    QTest::newRow("none") << CameraTrouble::NoDevice;
    QTest::newRow("unplugged") << CameraTrouble::Unplugged;
    QTest::newRow("dark") << CameraTrouble::NoPictures;
    QTest::newRow("failed") << CameraTrouble::Failed;
  }
  void everyTroubleIsASentenceWithAWayOut() {
    QFETCH(CameraTrouble, what);
    m_camera->refusal = what;
    open();
    QTRY_VERIFY(!m_panel->message().isHidden());
    QVERIFY(!m_panel->message().title().isEmpty());
    QVERIFY(m_panel->message().text().endsWith(u'.'));
    QVERIFY(!m_panel->takeButton().isEnabled() && !m_panel->recordButton().isEnabled());
    QCOMPARE(m_panel->status(), u"The camera is off"_s);
    m_camera->refusal.reset();
    auto* again = m_panel->message().findChild<QPushButton*>();
    for (auto* button : m_panel->message().findChildren<QPushButton*>()) {
      if (button->text() == u"Try again"_s) again = button;
    }
    again->click();
    QVERIFY(m_camera->isOpen());
    QVERIFY(m_panel->message().isHidden());
  }

  void anotherCameraCanBeChosen() {
    open();
    QVERIFY(m_panel->choice().isVisible());
    QCOMPARE(m_panel->choice().count(), 2);
    QCOMPARE(m_camera->device(), QByteArray("front"));
    m_panel->choice().setCurrentIndex(1);
    Q_EMIT m_panel->choice().activated(1);
    QCOMPARE(m_camera->device(), QByteArray("back"));
    m_camera->plug({m_camera->there.first()});
    QVERIFY(!m_panel->choice().isVisible());  // there is nothing to choose
  }

  void theWindowStaysResponsive() {
    open();
    tests::Heartbeat heartbeat;
    m_camera->show(50, 50, 1280, 720);
    m_panel->recordButton().click();
    const media::CameraPicture picture = m_camera->show(50, 50, 1280, 720);
    for (int i = 0; i < 40; ++i) {
      Q_EMIT m_camera->framed(picture);
      QTest::qWait(25);
    }
    const qint64 longest = heartbeat.longestMs();
    QVERIFY2(longest < 50, qPrintable(QString::number(longest)));
  }

 private:
  void open() {
    m_panel->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_panel.get()));
    m_panel->activateWindow();
    QTRY_VERIFY(m_camera->ready);
  }
  static QElapsedTimer started() {
    QElapsedTimer clock;
    clock.start();
    return clock;
  }
  void keepShowing(int milliseconds) {
    for (const QElapsedTimer clock = started(); clock.elapsed() < milliseconds; QTest::qWait(33))
      m_camera->show(60, 60);
  }
  QString recordBriefly(const QString& said) {
    open();
    m_camera->show(50, 50);
    QSignalSpy clips(m_panel.get(), &CameraPanel::clipTaken);
    m_panel->recordButton().click();
    [&] { QTRY_VERIFY2(m_panel->status().contains(said), qPrintable(m_panel->status())); }();
    keepShowing(300);
    m_panel->recordButton().click();
    clips.wait();
    return clips.value(0).value(0).toString();
  }

  std::unique_ptr<FakeCamera> m_camera;
  std::unique_ptr<FakeSound> m_sound;
  std::unique_ptr<QTemporaryDir> m_folder;
  std::unique_ptr<CameraPanel> m_panel;
};

QTEST_MAIN(CameraPanelTest)
#include "camera_panel_test.moc"
