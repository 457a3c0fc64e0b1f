// From the camera into a message: the button, the key, the picture and the clip beside what is written.
#include <QAction>
#include <QDir>
#include <QPushButton>
#include <QToolButton>

#include "tests/ui/camera/fake_camera.h"
#include "tests/ui/support/walker.h"
#include "tests/ui/support/window_fixture.h"
#include "ui/camera/camera_panel.h"
#include "ui/camera/camera_view.h"
#include "ui/widgets/inline_message.h"
#include "ui/window/actions.h"
#include "ui/window/camera_door.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;
using tests::WindowFixture;

class CameraTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { m_fixture = std::make_unique<WindowFixture>(QStringLiteral(XLLM_I18N_DIR)); }
  void cleanup() { m_fixture.reset(); }

  void withoutACameraThereIsNoButton() {
    QVERIFY(!m_fixture->window->camera());
    QVERIFY(!m_fixture->window->actions().camera->isEnabled());
  }

  void aPictureGoesIntoTheMessage() {
    CameraPanel& panel = open();
    m_camera.show(30, 220);
    panel.takeButton().click();
    Composer& composer = m_fixture->window->composer();
    QTRY_VERIFY(!composer.attachments().isEmpty());
    const Attachment picture = composer.attachments().first();
    QCOMPARE(picture.kind, MediaKind::Picture);
    QCOMPARE(picture.pixels, QSize(320, 240));
    QVERIFY2(picture.name.startsWith(u"Picture"_s), qPrintable(picture.name));
    const QImage original = QImage::fromData(picture.encoded);  // nothing of it was lost
    QCOMPARE(qRed(original.pixel(0, 0)), 30);
    QCOMPARE(qRed(original.pixel(319, 0)), 220);
  }

  void aClipGoesIntoTheMessageWithItsFrames() {
    CameraPanel& panel = open();
    m_camera.show(30, 220);
    panel.recordButton().click();
    QTRY_VERIFY(panel.status().startsWith(u"Recording"_s));
    for (int i = 0; i < 15; ++i) {
      m_camera.show(30, 220);
      QTest::qWait(30);
    }
    panel.recordButton().click();
    Composer& composer = m_fixture->window->composer();
    QTRY_VERIFY(!composer.attachments().isEmpty() && !composer.isReading());
    const Attachment clip = composer.attachments().first();
    QCOMPARE(clip.kind, MediaKind::Video);
    QVERIFY(QFile::exists(clip.file));
    QVERIFY2(clip.file.startsWith(m_fixture->store->vault().recordingsFolder()), qPrintable(clip.file));
    QVERIFY(clip.clip && !clip.clip->frames.empty());
  }

  // The next start clears away what no message needs, and keeps what waits in one.
  void clipsOfDraftsStayAndOthersGo() {
    const QString folder = m_fixture->store->vault().recordingsFolder();
    QVERIFY(QDir().mkpath(folder));
    const QString waiting = folder + u"/waiting.mp4"_s, forgotten = folder + u"/forgotten.mp4"_s,
                  young = folder + u"/young.mp4"_s;
    for (const QString& path : {waiting, forgotten, young}) {
      QFile file(path);
      QVERIFY(file.open(QIODevice::WriteOnly));
      file.write("CLIP");
    }
    m_fixture->window->composer().addFiles({waiting});
    QTRY_VERIFY(!m_fixture->window->composer().isReading());
    m_fixture->close();
    for (const QString& path : {waiting, forgotten}) {
      QFile file(path);
      QVERIFY(file.open(QIODevice::ReadWrite));
      QVERIFY(file.setFileTime(QDateTime::currentDateTimeUtc().addDays(-1), QFileDevice::FileModificationTime));
    }
    m_fixture->open();
    QTRY_VERIFY(!QFile::exists(forgotten));
    QVERIFY(QFile::exists(waiting));
    QVERIFY(QFile::exists(young));
  }

  void theButtonIsBesideTheOneThatAttachesAndTheKeyOpensItToo() {
    m_fixture->window->setCamera(m_camera, nullptr);
    QToolButton& button = m_fixture->window->camera()->button();
    QTRY_VERIFY(button.isVisible());
    QVERIFY(button.geometry().left() > m_fixture->window->composer().attachButton().geometry().left());
    QVERIFY(button.geometry().left() - m_fixture->window->composer().attachButton().geometry().right() < 20);
    WindowFixture::press(Qt::Key_K, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(m_fixture->window->camera()->panel());
    QVERIFY(m_camera.isOpen());
    m_fixture->window->camera()->panel()->close();
    QVERIFY(!m_camera.isOpen());
  }

  void theCameraThatWasChosenIsTheOneOfTheNextTime() {
    CameraPanel& panel = open();
    QCOMPARE(m_camera.device(), QByteArray("front"));
    panel.choice().setFocus();
    QTest::keyClick(&panel.choice(), Qt::Key_Down);
    QCOMPARE(m_camera.device(), QByteArray("back"));
    QCOMPARE(m_fixture->window->preferences().camera, QByteArray("back"));
    const Preferences kept = m_fixture->window->preferences();
    m_fixture->close();
    m_fixture->open(kept);  // as after a restart
    open();
    QCOMPARE(m_camera.device(), QByteArray("back"));
    m_fixture->window->camera()->panel()->close();
    const auto all = m_camera.there;
    m_camera.plug({all.first()});  // the chosen one is not there: the default
    m_fixture->window->actions().camera->trigger();
    QCOMPARE(m_camera.device(), QByteArray("front"));
    QCOMPARE(m_fixture->window->preferences().camera, QByteArray("back"));  // and chosen all the same
    m_camera.plug(all);
  }

  void everythingInTheCamerasWindowIsReachedNamedAndTranslated() {
    CameraPanel& panel = open();
    m_camera.show(30, 220);
    walk(panel, 4);
    m_camera.trouble(media::CameraTrouble::Failed);
    QTRY_VERIFY(!panel.message().isHidden());
    walk(panel, 3);
    for (const auto what : {media::CameraTrouble::NoDevice, media::CameraTrouble::NotAllowed,
                            media::CameraTrouble::Unplugged, media::CameraTrouble::NoPictures}) {
      m_camera.trouble(what);
      expectNone(tests::untranslated(panel, m_fixture->language, {}));
    }
  }

  void everythingFitsIntoANarrowWindow() {
    CameraPanel& panel = open();
    m_camera.show(30, 220);
    panel.resize(420, 480);
    QTest::qWait(30);
    QCOMPARE(panel.width(), 420);
    for (const QWidget* each : panel.findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly)) {
      if (!each->isVisible() || each->isWindow()) continue;
      QVERIFY2(panel.rect().contains(each->geometry()), qPrintable(tests::describe(*each)));
    }
  }

 private:
  CameraPanel& open() {
    m_fixture->window->setCamera(m_camera, nullptr);
    m_fixture->window->actions().camera->trigger();
    CameraPanel& panel = *m_fixture->window->camera()->panel();
    WindowFixture::activate(panel);
    QTest::qWait(10);
    return panel;
  }
  void expectNone(const QStringList& missed) { QVERIFY2(missed.isEmpty(), qPrintable(u'\n' + missed.join(u'\n'))); }
  void walk(QWidget& window, int atLeast) {
    QVERIFY2(tests::interactiveIn(window).size() >= atLeast,
             qPrintable(QString::number(tests::interactiveIn(window).size())));
    expectNone(tests::unreachable(window));
    expectNone(tests::unnamed(window));
    expectNone(tests::untranslated(window, m_fixture->language, {u"Tab"_s, u"Enter"_s}));
  }

  tests::FakeCamera m_camera;
  std::unique_ptr<WindowFixture> m_fixture;
};

QTEST_MAIN(CameraTest)
#include "camera_test.moc"
