// The frame strip with real mouse and key events: what is chosen there, and that nothing else is read.
#include "ui/composer/clip_panel.h"

#include <QAccessible>
#include <QCheckBox>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>
#include <QToolButton>

#include "tests/ui/support/fake_reader.h"
#include "ui/composer/clip_shelf.h"
#include "ui/composer/frame_strip.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;

namespace {

constexpr double kLength = tests::FakeReader::kClipSeconds;

// Frames, not only their number: as the reader gives them for this choice.
bool isWhatWasChosen(const Attachment& clip) {
  const VideoClip wanted = tests::FakeReader::framesOf(samplingOf(clip.choice));
  if (!clip.clip || clip.clip->frames.size() != wanted.frames.size()) return false;
  for (std::size_t i = 0; i < wanted.frames.size(); ++i) {
    if (clip.clip->frames[i].seconds != wanted.frames[i].seconds) return false;
    if (clip.clip->frames[i].image.pixels != wanted.frames[i].image.pixels) return false;
  }
  return true;
}

}  // namespace

class ClipPanelTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_reader = std::make_unique<tests::FakeReader>();
    m_loader = std::make_unique<AttachmentLoader>(*m_reader);
    m_shelf = std::make_unique<ClipShelf>(*m_loader);
    connect(m_shelf.get(), &ClipShelf::read, this, [this](quint64, const Attachment& clip) { m_read << clip; });
    m_read.clear();
    m_shelf->resize(720, 260);
    Attachment clip;
    clip.kind = MediaKind::Video;
    clip.name = u"clip.mp4"_s;
    clip.file = u"/tmp/clip.mp4"_s;
    clip.pixels = QSize(64, 36);
    clip.seconds = kLength;
    clip.hasSound = true;
    clip.choice.end = kLength;
    m_shelf->add(1, clip);
    QVERIFY(QTest::qWaitForWindowExposed(m_shelf.get()));
    QTRY_COMPARE(m_read.size(), 1);
    QVERIFY(isWhatWasChosen(m_read[0]));
  }
  void cleanup() {
    m_reader->slowClips = false;
    m_shelf.reset();
    m_loader.reset();
  }

  void draggingAHandleChoosesAPart() {
    drag(strip().endHandle(), -strip().width() / 2);
    QTRY_COMPARE(m_read.size(), 2);
    const ClipChoice choice = m_read[1].choice;
    QVERIFY2(choice.start == 0 && choice.end > 5 && choice.end < 7, qPrintable(QString::number(choice.end)));
    QVERIFY(isWhatWasChosen(m_read[1]));
    QCOMPARE(m_read[1].sound->seconds(), choice.end);
    drag(strip().startHandle(), strip().width() / 4);
    QTRY_COMPARE(m_read.size(), 3);
    QVERIFY(m_read[2].choice.start > 2.5 && m_read[2].choice.start < 3.5);
    QCOMPARE(m_read[2].choice.end, choice.end);
    QVERIFY(isWhatWasChosen(m_read[2]));
    QCOMPARE(strip().moments().size(), 8);
    QVERIFY(strip().moments().first() > m_read[2].choice.start);
  }

  void handlesDoNotPassEachOther() {
    drag(strip().startHandle(), 2 * strip().width());
    QVERIFY(strip().startHandle().value() < strip().endHandle().value());
    drag(strip().endHandle(), -2 * strip().width());
    QVERIFY(strip().startHandle().value() < strip().endHandle().value());
    QTRY_COMPARE(m_read.size(), 2);
    QVERIFY(isWhatWasChosen(m_read[1]));
  }

  void keysMoveTheHandles() {
    ClipHandle &start = strip().startHandle(), &end = strip().endHandle();
    start.setFocus();
    QTest::keyClick(&start, Qt::Key_Right);
    const int step = start.value();
    QVERIFY(step > 0);
    QTest::keyClick(&start, Qt::Key_Right, Qt::ShiftModifier);
    QCOMPARE(start.value(), 11 * step);
    QTest::keyClick(&start, Qt::Key_Left);
    QCOMPARE(start.value(), 10 * step);
    QTest::keyClick(&start, Qt::Key_End);
    QVERIFY(start.value() > 11000 && start.value() < 12000);
    QTest::keyClick(&start, Qt::Key_Home);
    QCOMPARE(start.value(), 0);
    QTest::keyClick(&end, Qt::Key_Home);
    QVERIFY(end.value() > 0 && end.value() <= 100);
    QTest::keyClick(&end, Qt::Key_Left, Qt::ShiftModifier);
    QVERIFY(end.value() > 0);
    QTest::keyClick(&end, Qt::Key_End);
    QCOMPARE(end.value(), 12000);
    QTest::keyClick(&start, Qt::Key_Right);
    QTRY_COMPARE(m_read.size(), 2);
    QCOMPARE(m_read[1].choice.start, step / 1000.0);
    QCOMPARE(m_read[1].choice.end, kLength);
  }

  void keysFitLongClips() {
    FrameStrip strip(4 * 3600, 1.5);
    ClipHandle& start = strip.startHandle();
    QTest::keyClick(&start, Qt::Key_Right);
    QCOMPARE(start.value(), 60'000);
    QTest::keyClick(&start, Qt::Key_Right, Qt::ShiftModifier);
    QCOMPARE(start.value(), 660'000);
    QTest::keyClick(&start, Qt::Key_Left, Qt::ControlModifier);
    QCOMPARE(start.value(), 659'000);
    QCOMPARE(start.accessibleDescription(), u"10:59"_s);
    QTest::keyClick(&strip.endHandle(), Qt::Key_Left, Qt::ControlModifier);
    QCOMPARE(strip.endHandle().accessibleDescription(), u"3:59:59"_s);
  }

  void thePartIsMovedAsAWholeAndAPressBesideItMovesTheNearestEnd() {
    drag(strip().endHandle(), -strip().width() / 2);
    const int length = strip().endHandle().value();
    const QPoint inside(strip().width() / 4, strip().track().center().y());
    dragOn(strip(), inside, inside + QPoint(strip().width() / 5, 0));
    QVERIFY(strip().startHandle().value() > 2000);
    QCOMPARE(strip().endHandle().value() - strip().startHandle().value(), length);
    dragOn(strip(), inside + QPoint(strip().width() / 5, 0), inside - QPoint(strip().width(), 0));
    QCOMPARE(strip().startHandle().value(), 0);
    QCOMPARE(strip().endHandle().value(), length);
    QTest::mouseClick(&strip(), Qt::LeftButton, {}, QPoint(strip().width() * 3 / 4, strip().track().center().y()));
    QVERIFY(strip().endHandle().value() > 8000 && strip().endHandle().value() < 10000);
    QCOMPARE(strip().startHandle().value(), 0);
    QTest::mouseClick(&panel().wholeButton(), Qt::LeftButton);
    QCOMPARE(strip().endHandle().value(), 12000);
    QVERIFY(!panel().wholeButton().isVisible());
    QTRY_VERIFY(!m_shelf->isReading());
    QCOMPARE(m_read.back().choice.end, kLength);
  }

  void theNumberOfFramesIsChosenWithKeys() {
    QSpinBox& box = panel().framesBox();
    box.setFocus();
    QTest::keyClick(&box, Qt::Key_Up);
    QTRY_COMPARE(m_read.size(), 2);
    QCOMPARE(m_read[1].choice.frames, 9);
    QVERIFY(isWhatWasChosen(m_read[1]));
    QCOMPARE(m_reader->clipSounds, 1);  // its sound is the same
    box.selectAll();
    QTest::keyClicks(&box, u"3"_s);
    QTest::keyClick(&box, Qt::Key_Return);
    QTRY_COMPARE(m_read.size(), 3);
    QVERIFY(isWhatWasChosen(m_read[2]));
    QCOMPARE(m_read[2].clip->frames.size(), std::size_t{3});
  }

  void theSoundCanStayBehind() {
    QVERIFY(panel().soundBox().isVisible() && panel().soundBox().isChecked());
    QTest::keyClick(&panel().soundBox(), Qt::Key_Space);
    QTRY_COMPARE(m_read.size(), 2);
    QVERIFY(!m_read[1].choice.withSound);
    QCOMPARE(m_reader->clipSounds, 1);
    drag(strip().endHandle(), -strip().width() / 2);
    QTRY_COMPARE(m_read.size(), 3);
    QVERIFY(!m_read[2].sound);
    QTest::keyClick(&panel().soundBox(), Qt::Key_Space);
    QTRY_COMPARE(m_read.size(), 4);
    QCOMPARE(m_read[3].sound->seconds(), m_read[3].choice.end);
    QCOMPARE(m_read[3].clip, m_read[2].clip);  // only what changed is read anew
  }

  void onlyTheNewestChoiceIsRead() {
    const std::size_t before = m_reader->samplings.size();
    ClipHandle& end = strip().endHandle();
    for (int i = 0; i < 20; ++i) QTest::keyClick(&end, Qt::Key_Left, Qt::ShiftModifier);  // without a pause
    QVERIFY(m_shelf->isReading());
    QTRY_COMPARE(m_read.size(), 2);
    QCOMPARE(m_reader->samplings.size(), before + 1);
    QVERIFY(!m_shelf->isReading());

    // One that is being read is stopped.
    m_reader->slowClips = true;
    QTest::keyClick(&end, Qt::Key_Left);
    QTest::qWait(ClipShelf::kPauseMs + 100);
    QTest::keyClick(&end, Qt::Key_Left);
    QTRY_COMPARE(m_reader->stopped, 1);
    QTest::qWait(ClipShelf::kPauseMs + 50);
    m_reader->slowClips = false;
    QTRY_COMPARE(m_read.size(), 3);
    QCOMPARE(m_read[2].choice.end, end.value() / 1000.0);
    QVERIFY(isWhatWasChosen(m_read[2]));
    QTest::qWait(50);
    QCOMPARE(m_read.size(), 3);
  }

  void paintsItsFramesAndNeverReads() {
    const auto read = m_reader->samplings.size();
    const QImage picture = panel().grab().toImage();
    QCOMPARE(m_reader->samplings.size(), read);
    // In the row below the time line each frame is in the middle of its share.
    const QPoint row = strip().mapTo(&panel(), QPoint(0, strip().track().bottom() + 18 + 27));
    for (int i = 0; i < 8; ++i) {
      const QColor color = picture.pixelColor(row + QPoint((2 * i + 1) * strip().width() / 16, 0));
      const int grey = static_cast<int>(10 + 20 * (i + 0.5) * kLength / 8);
      QVERIFY2(std::abs(color.red() - grey) <= 2 && std::abs(color.blue() - grey) <= 2, qPrintable(color.name()));
    }
  }

  void saysWhatItIsToAScreenReader() {
    for (QWidget* widget : std::initializer_list<QWidget*>{&strip().startHandle(), &strip().endHandle(),
                                                           &panel().framesBox(), &panel().soundBox()}) {
      QAccessibleInterface* face = QAccessible::queryAccessibleInterface(widget);
      QVERIFY(face && !face->text(QAccessible::Name).isEmpty());
      QVERIFY(widget->focusPolicy() & Qt::TabFocus);
    }
    QAccessibleInterface* face = QAccessible::queryAccessibleInterface(&strip().endHandle());
    QCOMPARE(face->role(), QAccessible::Slider);
    QCOMPARE(face->text(QAccessible::Description), u"0:12.0"_s);
  }

 private:
  ClipPanel& panel() { return *m_shelf->panel(1); }
  FrameStrip& strip() { return panel().strip(); }
  static void dragOn(QWidget& widget, QPoint from, QPoint to) {
    QTest::mousePress(&widget, Qt::LeftButton, {}, from);
    const QPoint way = to - from;
    for (int i = 1; i <= 4; ++i) {
      const QPoint at = from + way * i / 4;
      QMouseEvent move(QEvent::MouseMove, at, widget.mapToGlobal(at), Qt::NoButton, Qt::LeftButton, Qt::NoModifier);
      QCoreApplication::sendEvent(&widget, &move);
    }
    QTest::mouseRelease(&widget, Qt::LeftButton, {}, to);
  }
  // The handle moves under the mouse, so each step is told from where it is then.
  void drag(ClipHandle& handle, int distance) {
    const QPoint grip(4, handle.height() / 2);
    const QPoint start = handle.mapTo(&strip(), grip);
    QTest::mousePress(&handle, Qt::LeftButton, {}, grip);
    for (int i = 1; i <= 4; ++i) {
      const QPoint at = handle.mapFrom(&strip(), start + QPoint(distance * i / 4, 0));
      QMouseEvent move(QEvent::MouseMove, at, handle.mapToGlobal(at), Qt::NoButton, Qt::LeftButton, Qt::NoModifier);
      QCoreApplication::sendEvent(&handle, &move);
    }
    QTest::mouseRelease(&handle, Qt::LeftButton, {}, grip);
  }

  std::unique_ptr<tests::FakeReader> m_reader;
  std::unique_ptr<AttachmentLoader> m_loader;
  std::unique_ptr<ClipShelf> m_shelf;
  QList<Attachment> m_read;
};

QTEST_MAIN(ClipPanelTest)
#include "clip_panel_test.moc"
