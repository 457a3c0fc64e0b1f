// The computer's own cameras: there may be none, and then that is what is told.
#include "media/camera/system_camera.h"

#include <QSignalSpy>
#include <QTest>

using namespace xllm::media;

class SystemCameraTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_camera = std::make_unique<SystemCamera>();
    QSignalSpy known(m_camera.get(), &Camera::devicesChanged);
    m_camera->prepare();
    QVERIFY(m_camera->isReady() || known.wait(20'000));
    QVERIFY(m_camera->isReady());
  }

  void withoutACameraThatIsSaid() {
    if (!m_camera->devices().isEmpty()) QSKIP("This computer has a camera.");
    QSignalSpy troubled(m_camera.get(), &Camera::troubled), opened(m_camera.get(), &Camera::opened);
    m_camera->open({});
    QTRY_COMPARE(troubled.size(), 1);
    const auto what = troubled.front().front().value<CameraTrouble>();
    QVERIFY(what == CameraTrouble::NoDevice || what == CameraTrouble::NotAllowed);
    QCOMPARE(opened.size(), 0);
    QVERIFY(!m_camera->isOpen());
    m_camera->close();  // does nothing
  }

  void aCameraThatIsThereShowsSomething() {
    if (m_camera->devices().isEmpty()) QSKIP("This computer has no camera.");
    QSignalSpy framed(m_camera.get(), &Camera::framed), troubled(m_camera.get(), &Camera::troubled);
    m_camera->open({});
    QTRY_VERIFY_WITH_TIMEOUT(!framed.isEmpty() || !troubled.isEmpty(), 10'000);
    m_camera->close();
    QVERIFY(!m_camera->isOpen());
  }

  void closingBeforeItIsReadyOpensNothing() {
    SystemCamera camera;
    QSignalSpy opened(&camera, &Camera::opened), troubled(&camera, &Camera::troubled),
        known(&camera, &Camera::devicesChanged);
    camera.open({});
    camera.close();
    QVERIFY(known.wait(20'000));
    QTest::qWait(50);
    QCOMPARE(opened.size() + troubled.size(), 0);
  }

 private:
  std::unique_ptr<SystemCamera> m_camera;
};

QTEST_MAIN(SystemCameraTest)
#include "system_camera_test.moc"
