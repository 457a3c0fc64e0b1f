#include "ui/composer/composer.h"

#include <QBuffer>
#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QGuiApplication>
#include <QInputMethodEvent>
#include <QMimeData>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>
#include <QToolButton>
#include <QUrl>

#include "tests/ui/support/fake_reader.h"
#include "ui/composer/attachment_chip.h"
#include "ui/composer/clip_shelf.h"
#include "ui/composer/frame_strip.h"
#include "ui/composer/prompt_edit.h"
#include "ui/widgets/inline_message.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;

class ComposerTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_reader.slow = false;
    m_reader.samplings.clear();
    m_composer = std::make_unique<Composer>(m_reader);
    m_composer->resize(700, 300);
    m_composer->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_composer.get()));
  }
  void cleanup() {
    m_reader.slow = false;
    m_reader.slowClips = false;
    m_composer.reset();
  }

  void enterSendsAndShiftEnterBreaksTheLine() {
    QSignalSpy sent(m_composer.get(), &Composer::sendRequested);
    QTest::keyClicks(&m_composer->edit(), u"one"_s);
    QTest::keyClick(&m_composer->edit(), Qt::Key_Return, Qt::ShiftModifier);
    QTest::keyClicks(&m_composer->edit(), u"two"_s);
    QCOMPARE(sent.count(), 0);
    QTest::keyClick(&m_composer->edit(), Qt::Key_Return);
    QCOMPARE(sent.count(), 1);
    QTest::keyClick(&m_composer->edit(), Qt::Key_Enter, Qt::KeypadModifier);
    QCOMPARE(sent.count(), 2);
    QCOMPARE(m_composer->text(), u"one\ntwo"_s);  // only its owner clears it
  }

  void enterBelongsToTheInputMethodWhileItComposes() {
    QSignalSpy sent(m_composer.get(), &Composer::sendRequested);
    for (const auto& [preedit, commit] : {std::pair{u"ni hao"_s, u"你好"_s}, std::pair{u"にほん"_s, u"日本"_s}}) {
      QInputMethodEvent composing(preedit, {});
      QCoreApplication::sendEvent(&m_composer->edit(), &composing);
      QTest::keyClick(&m_composer->edit(), Qt::Key_Return);
      QCOMPARE(sent.count(), 0);
      QInputMethodEvent committed;
      committed.setCommitString(commit);
      QCoreApplication::sendEvent(&m_composer->edit(), &committed);
    }
    QCOMPARE(m_composer->text(), u"你好日本"_s);
    QTest::keyClick(&m_composer->edit(), Qt::Key_Return);
    QCOMPARE(sent.count(), 1);
  }

  void nothingIsSentWhenThereIsNothing() {
    QSignalSpy sent(m_composer.get(), &Composer::sendRequested);
    QTest::keyClicks(&m_composer->edit(), u"  "_s);
    QTest::keyClick(&m_composer->edit(), Qt::Key_Return);
    QCOMPARE(sent.count(), 0);
    QVERIFY(!m_composer->sendButton().isEnabled());
  }

  void takesDroppedFiles() {
    QMimeData media;
    media.setUrls({QUrl::fromLocalFile(u"/tmp/cat.png"_s), QUrl::fromLocalFile(u"/tmp/speech.wav"_s)});
    QDragEnterEvent enter(QPoint(50, 50), Qt::CopyAction, &media, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(m_composer.get(), &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent drop(QPointF(50, 50), Qt::CopyAction, &media, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(m_composer.get(), &drop);
    QTRY_COMPARE(m_composer->attachments().size(), 2);
    const Attachment picture = m_composer->attachments().at(0);
    QCOMPARE(picture.name, u"cat.png"_s);
    QCOMPARE(picture.pixels, QSize(640, 400));
    QVERIFY(picture.picture && !picture.thumbnail.isNull());
    const Attachment sound = m_composer->attachments().at(1);
    QCOMPARE(sound.kind, MediaKind::Sound);
    QCOMPARE(sound.seconds, 7.0);
    QVERIFY(m_composer->sendButton().isEnabled());  // media alone are a message
  }

  void takesPastedPicturesAndLeavesPastedText() {
    QImage image(30, 20, QImage::Format_ARGB32);
    image.fill(Qt::transparent);
    image.setPixelColor(3, 2, Qt::red);
    QGuiApplication::clipboard()->setImage(image);
    m_composer->edit().paste();
    QTRY_COMPARE(m_composer->attachments().size(), 1);
    const Attachment pasted = m_composer->attachments().first();
    QCOMPARE(pasted.pixels, QSize(30, 20));
    const auto& pixels = pasted.picture->pixels;
    QCOMPARE(pixels[0], 255);  // transparent became white
    const auto red = (2 * 30 + 3) * 3;
    QCOMPARE(pixels[red], 255);
    QCOMPARE(pixels[red + 1], 0);
    QCOMPARE(m_composer->text(), QString());

    QGuiApplication::clipboard()->setText(u"plain <b>words</b>"_s);
    m_composer->edit().paste();
    QCOMPARE(m_composer->text(), u"plain <b>words</b>"_s);
    QCOMPARE(m_composer->attachments().size(), 1);
  }

  void keepsTheBytesOfAPictureThatAnotherProgramOffers() {
    QImage image(30, 20, QImage::Format_RGB888);
    image.fill(Qt::green);
    QBuffer png;
    png.open(QIODevice::WriteOnly);
    image.save(&png, "PNG");
    const auto paste = [this](const QByteArray& bytes) {
      QMimeData media;
      media.setData(u"image/png"_s, bytes);
      media.setImageData(QImage(1, 1, QImage::Format_RGB888));  // what would be decoded here and now
      QVERIFY(m_composer->edit().takeMedia(media));
    };
    paste(png.data());
    QTRY_COMPARE(m_composer->attachments().size(), 1);
    QCOMPARE(m_composer->attachments().first().pixels, QSize(30, 20));
    QCOMPARE(m_composer->attachments().first().encoded, png.data());
    QCOMPARE(m_composer->attachments().first().picture->pixels.at(1), std::uint8_t{255});
    paste(png.data().left(30));
    QTRY_VERIFY(m_composer->message().isVisible());
    QCOMPARE(m_composer->attachments().size(), 1);
  }

  void removesAnAttachmentByMouseAndByKey() {
    m_composer->addFiles({u"/tmp/a.png"_s, u"/tmp/b.png"_s});
    QTRY_COMPARE(m_composer->attachments().size(), 2);
    QTest::mouseClick(m_composer->chips().first()->removeButton(), Qt::LeftButton);
    QCOMPARE(m_composer->attachments().size(), 1);
    QCOMPARE(m_composer->attachments().first().name, u"b.png"_s);
    QTest::keyClick(m_composer->chips().first()->removeButton(), Qt::Key_Space);
    QVERIFY(m_composer->isEmpty());
  }

  void keysOnAnAttachmentOpenMoveAndRemoveIt() {
    m_composer->addFiles({u"/tmp/a.png"_s, u"/tmp/b.wav"_s, u"/tmp/c.png"_s});
    QTRY_COMPARE(m_composer->attachments().size(), 3);
    QStringList opened;
    connect(m_composer.get(), &Composer::openRequested, this,
            [&](const Attachment& attachment) { opened << attachment.name; });
    m_composer->edit().setFocus();
    QTest::keyClick(&m_composer->edit(), Qt::Key_Tab);  // the first attachment comes right behind the text
    QVERIFY(m_composer->chips().at(0)->hasFocus());
    QTest::keyClick(m_composer->chips().at(0), Qt::Key_Return);
    QCOMPARE(opened, QStringList{u"a.png"_s});
    QTest::keyClick(m_composer->chips().at(0), Qt::Key_Right, Qt::ControlModifier);
    QCOMPARE(names(), (QStringList{u"b.wav"_s, u"a.png"_s, u"c.png"_s}));
    QVERIFY(m_composer->chips().at(1)->hasFocus());
    QTest::keyClick(m_composer->chips().at(1), Qt::Key_Right, Qt::ControlModifier);
    QTest::keyClick(m_composer->chips().at(2), Qt::Key_Right, Qt::ControlModifier);  // it is the last already
    QCOMPARE(names(), (QStringList{u"b.wav"_s, u"c.png"_s, u"a.png"_s}));
    QTest::keyClick(m_composer->chips().at(2), Qt::Key_Left, Qt::ControlModifier);
    QCOMPARE(names(), (QStringList{u"b.wav"_s, u"a.png"_s, u"c.png"_s}));
    QVERIFY2(m_composer->chips().at(1)->accessibleName().contains(u"2 of 3"_s),
             qPrintable(m_composer->chips().at(1)->accessibleName()));
    QTest::keyClick(m_composer->chips().at(1), Qt::Key_Delete);
    QCOMPARE(names(), (QStringList{u"b.wav"_s, u"c.png"_s}));
    QVERIFY(m_composer->chips().at(1)->hasFocus());
    QTest::keyClick(m_composer->chips().at(1), Qt::Key_Delete);
    QTest::keyClick(m_composer->chips().at(0), Qt::Key_Delete);
    QVERIFY(m_composer->isEmpty());
    QVERIFY(m_composer->edit().hasFocus());
  }

  void draggingAnAttachmentMovesItAndAClickOpensIt() {
    m_composer->addFiles({u"/tmp/a.png"_s, u"/tmp/b.png"_s});
    QTRY_COMPARE(m_composer->attachments().size(), 2);
    QSignalSpy opened(m_composer.get(), &Composer::openRequested);
    QTest::qWait(10);
    AttachmentChip* first = m_composer->chips().at(0);
    const QPoint there = first->mapFromParent(m_composer->chips().at(1)->geometry().center());
    QTest::mousePress(first, Qt::LeftButton, {}, QPoint(30, 30));
    QTest::mouseMove(first, QPoint(60, 32));
    QTest::mouseMove(first, there);
    QTest::mouseRelease(first, Qt::LeftButton, {}, there);
    QCOMPARE(names(), (QStringList{u"b.png"_s, u"a.png"_s}));
    QCOMPARE(opened.count(), 0);
    QTest::qWait(10);  // laid out
    QVERIFY(m_composer->chips().at(0)->x() < m_composer->chips().at(1)->x());
    QTest::mouseClick(m_composer->chips().at(0), Qt::LeftButton, {}, QPoint(30, 30));
    QCOMPARE(opened.count(), 1);
  }

  void saysWhatAnAttachmentCostsOnceThatIsKnown() {
    QSignalSpy read(m_composer.get(), &Composer::attachmentRead);
    QSignalSpy gone(m_composer.get(), &Composer::attachmentGone);
    m_composer->addFiles({u"/tmp/say.wav"_s});
    QTRY_COMPARE(read.count(), 1);
    const quint64 chip = read[0][0].toULongLong();
    QCOMPARE(m_composer->chips().at(0)->caption(), u"0:07"_s);
    m_composer->setMade(chip, 1024, u"good morning"_s);
    QCOMPARE(m_composer->chips().at(0)->caption(), u"0:07 · 1024 token(s)"_s);
    QCOMPARE(m_composer->attachments().at(0).transcript, u"good morning"_s);
    m_composer->setMade(chip + 1, 3, {});  // of one that is gone
    m_composer->clear();
    QCOMPARE(gone.count(), 1);
    QCOMPARE(gone[0][0].toULongLong(), chip);
  }

  void somethingMovesWhileAFileIsRead() {
    m_reader.slow = true;
    m_composer->addFiles({u"/tmp/a.png"_s});
    AttachmentChip* chip = m_composer->chips().at(0);
    QTest::qWait(400);
    const QImage before = chip->grab().toImage();
    QTest::qWait(300);
    QVERIFY(chip->grab().toImage() != before);
    m_reader.slow = false;
    QTRY_VERIFY(chip->attachment());
    const QImage still = chip->grab().toImage();
    QTest::qWait(100);
    QCOMPARE(chip->grab().toImage(), still);
  }

  void readingDoesNotBlockAndSendingWaitsForIt() {
    QSignalSpy sent(m_composer.get(), &Composer::sendRequested);
    m_reader.slow = true;
    m_composer->addFiles({u"/tmp/a.png"_s});
    QTest::keyClicks(&m_composer->edit(), u"typing goes on"_s);
    QCOMPARE(m_composer->text(), u"typing goes on"_s);
    QVERIFY(m_composer->isReading());
    QTest::keyClick(&m_composer->edit(), Qt::Key_Return);
    QCOMPARE(sent.count(), 0);
    m_reader.slow = false;
    QTRY_COMPARE(sent.count(), 1);
    QCOMPARE(m_composer->attachments().size(), 1);
  }

  void typingOnTakesAWaitingSendBack() {
    QSignalSpy sent(m_composer.get(), &Composer::sendRequested);
    m_reader.slow = true;
    m_composer->addFiles({u"/tmp/a.png"_s});
    QTest::keyClicks(&m_composer->edit(), u"half"_s);
    QTest::keyClick(&m_composer->edit(), Qt::Key_Return);
    QTest::keyClicks(&m_composer->edit(), u" more"_s);
    m_reader.slow = false;
    QTRY_VERIFY(!m_composer->isReading());
    QTest::qWait(20);
    QCOMPARE(sent.count(), 0);
  }

  void saysWhyAFileWasNotAddedAndKeepsTheRest() {
    QTest::keyClicks(&m_composer->edit(), u"my text"_s);
    m_composer->addFiles({u"/tmp/good.png"_s, u"/tmp/notes.txt"_s});
    QTRY_VERIFY(!m_composer->message().isHidden());
    QVERIFY2(m_composer->message().title().contains(u"notes.txt"_s), qPrintable(m_composer->message().title()));
    QTRY_COMPARE(m_composer->attachments().size(), 1);
    QCOMPARE(m_composer->text(), u"my text"_s);
  }

  void aDroppedClipIsThereWithItsFramesAndItsSound() {
    QMimeData media;
    media.setUrls({QUrl::fromLocalFile(u"/tmp/clip.mp4"_s)});
    QDragEnterEvent enter(QPoint(50, 50), Qt::CopyAction, &media, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(m_composer.get(), &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent drop(QPointF(50, 50), Qt::CopyAction, &media, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(m_composer.get(), &drop);
    QTRY_VERIFY(m_composer->attachments().size() == 1 && !m_composer->isReading());
    const Attachment clip = m_composer->attachments().at(0);
    QCOMPARE(clip.kind, MediaKind::Video);
    QCOMPARE(clip.pixels, QSize(64, 36));
    QCOMPARE(clip.seconds, 12.0);
    QVERIFY(clip.choice == (ClipChoice{.end = 12}));
    QVERIFY(clip.clip && clip.sound);
    QCOMPARE(clip.clip->frames.size(), std::size_t{8});
    QCOMPARE(clip.sound->seconds(), 12.0);
    QCOMPARE(clip.thumbnail.width() % 8, 0);
    QVERIFY(m_composer->clips().panel(m_composer->chips()[0]->id())->isVisible());

    auto* pasted = new QMimeData;
    pasted->setUrls({QUrl::fromLocalFile(u"/tmp/mute.mp4"_s)});
    QGuiApplication::clipboard()->setMimeData(pasted);
    m_composer->edit().paste();
    QTRY_COMPARE(m_composer->attachments().size(), 2);
    QTRY_VERIFY(!m_composer->isReading());
    QVERIFY(m_composer->attachments()[1].clip && !m_composer->attachments()[1].sound);
  }

  void sendingWaitsForTheFramesOfAClip() {
    QSignalSpy sent(m_composer.get(), &Composer::sendRequested);
    m_reader.slowClips = true;
    m_composer->addFiles({u"/tmp/clip.mp4"_s});
    QTRY_COMPARE(m_composer->attachments().size(), 1);  // it is shown at once
    QVERIFY(!m_composer->attachments()[0].clip);
    QTest::keyClick(&m_composer->edit(), Qt::Key_Return);
    QCOMPARE(sent.count(), 0);
    m_reader.slowClips = false;
    QTRY_COMPARE(sent.count(), 1);
    QVERIFY(m_composer->attachments()[0].clip);
  }

  void theButtonOfAClipShowsAndHidesItsFrames() {
    m_composer->addFiles({u"/tmp/a.mp4"_s, u"/tmp/b.mp4"_s});
    QTRY_VERIFY(m_composer->attachments().size() == 2 && !m_composer->isReading());
    AttachmentChip *first = m_composer->chips()[0], *second = m_composer->chips()[1];
    const auto isShown = [&](AttachmentChip* chip) { return m_composer->clips().panel(chip->id())->isVisible(); };
    const bool firstOpened = isShown(first);
    QVERIFY(firstOpened != isShown(second));  // one of them is open
    AttachmentChip* closed = firstOpened ? second : first;
    QTest::mouseClick(closed->framesButton(), Qt::LeftButton);
    QVERIFY(isShown(closed));
    QVERIFY(isShown(first) != isShown(second));
    QVERIFY(closed->framesButton()->isChecked());
    QTest::keyClick(closed->framesButton(), Qt::Key_Space);
    QVERIFY(!isShown(first) && !isShown(second));
    QVERIFY(!closed->framesButton()->isChecked());
    QTest::mouseClick(first->framesButton(), Qt::LeftButton);
    QTest::mouseClick(first->removeButton(), Qt::LeftButton);
    QVERIFY(isShown(second));
    QVERIFY(!second->framesButton()->isHidden());
  }

  void everythingOfAClipIsReachedWithTheTabKey() {
    m_composer->addFiles({u"/tmp/clip.mp4"_s});
    QTRY_VERIFY(m_composer->attachments().size() == 1 && !m_composer->isReading());
    m_composer->activateWindow();
    m_composer->edit().setFocus();
    AttachmentChip* chip = m_composer->chips()[0];
    ClipPanel* panel = m_composer->clips().panel(chip->id());
    for (QWidget* next : std::initializer_list<QWidget*>{
             chip, chip->removeButton(), chip->framesButton(), &panel->strip().startHandle(), &panel->strip().endHandle(),
             &panel->framesBox(), &panel->soundBox(), &m_composer->attachButton(), &m_composer->sendButton()}) {
      QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
      QCOMPARE(QApplication::focusWidget(), next);
    }
  }

  void aClipThatCannotBeReadAgainKeepsItsFrames() {
    m_composer->addFiles({u"/tmp/gone.mp4"_s});
    QTRY_VERIFY(m_composer->attachments().size() == 1 && !m_composer->isReading());
    const Attachment before = m_composer->attachments()[0];
    ClipPanel* panel = m_composer->clips().panel(m_composer->chips()[0]->id());
    panel->framesBox().setValue(3);
    QTRY_VERIFY(!m_composer->message().isHidden());
    QVERIFY2(m_composer->message().title().contains(u"gone.mp4"_s), qPrintable(m_composer->message().title()));
    QCOMPARE(m_composer->attachments()[0].clip, before.clip);
    QVERIFY(m_composer->attachments()[0].choice == before.choice);
    QCOMPARE(panel->framesBox().value(), 8);
    QVERIFY(!m_composer->isReading());
  }

  void aPackThatTellsFewerFramesApartGetsFewer() {
    m_composer->addFiles({u"/tmp/clip.mp4"_s});
    QTRY_VERIFY(m_composer->attachments().size() == 1 && !m_composer->isReading());
    ClipPanel* panel = m_composer->clips().panel(m_composer->chips()[0]->id());
    m_composer->setClipAbilities({.mostFrames = 4, .tokensPerFrame = 32, .hears = false});
    QTRY_VERIFY(!m_composer->isReading());
    QCOMPARE(m_composer->attachments()[0].clip->frames.size(), std::size_t{4});
    QCOMPARE(panel->framesBox().maximum(), 4);
    QVERIFY2(panel->figures().contains(u"128"_s), qPrintable(panel->figures()));
    QVERIFY(!panel->soundBox().isVisible());
  }

  void aClipComesBackWithItsPartAndItsFrames() {
    Attachment clip;
    clip.kind = MediaKind::Video;
    clip.name = u"clip.mp4"_s;
    clip.file = u"/tmp/clip.mp4"_s;
    clip.seconds = 12;
    clip.hasSound = true;
    clip.choice = {.start = 3, .end = 6, .frames = 5, .withSound = false};
    m_composer->giveBack(u"again"_s, {clip});  // as it is read from disk: without frames
    QVERIFY(m_composer->isReading());
    QTRY_VERIFY(!m_composer->isReading());
    const Attachment back = m_composer->attachments()[0];
    QVERIFY(back.choice == clip.choice);
    QCOMPARE(back.clip->frames.size(), std::size_t{5});
    QCOMPARE(back.clip->frames[0].seconds, 3.3);
    QVERIFY(!back.sound);
    ClipPanel* panel = m_composer->clips().panel(m_composer->chips()[0]->id());
    QCOMPARE(panel->framesBox().value(), 5);
    QCOMPARE(panel->strip().startHandle().value(), 3000);
    QVERIFY(!panel->soundBox().isChecked());
  }

  void givesBackWhatCouldNotBeSent() {
    m_composer->addFiles({u"/tmp/a.png"_s});
    QTest::keyClicks(&m_composer->edit(), u"question"_s);
    QTRY_COMPARE(m_composer->attachments().size(), 1);
    const Attachments kept = m_composer->attachments();
    m_composer->clear();
    QVERIFY(m_composer->isEmpty());
    QTest::keyClicks(&m_composer->edit(), u"typed meanwhile"_s);
    m_composer->giveBack(u"question"_s, kept);
    QCOMPARE(m_composer->text(), u"question\ntyped meanwhile"_s);
    QCOMPARE(m_composer->attachments().size(), 1);
    QCOMPARE(m_composer->attachments().first().picture, kept.first().picture);
  }

  void sendBecomesStopWhileBusy() {
    QSignalSpy stopped(m_composer.get(), &Composer::stopRequested);
    QTest::keyClicks(&m_composer->edit(), u"next"_s);
    m_composer->setBusy(true);
    QTest::mouseClick(&m_composer->sendButton(), Qt::LeftButton);
    QCOMPARE(stopped.count(), 1);
    QCOMPARE(m_composer->text(), u"next"_s);
  }

  void growsWithItsLinesUpToALimit() {
    const int one = m_composer->edit().height();
    m_composer->edit().setPlainText(u"1\n2\n3\n4"_s);
    QTRY_VERIFY(m_composer->edit().height() > 3 * one / 2);
    m_composer->edit().setPlainText(QString(200, u'\n'));
    QTRY_VERIFY(m_composer->edit().height() < 12 * one);
  }

  void goesAwayWhileAFileIsRead() {
    m_reader.slow = true;
    m_composer->addFiles({u"/tmp/a.png"_s});
    QTest::qWait(10);
    std::thread release([this] {
      std::this_thread::sleep_for(std::chrono::milliseconds(40));
      m_reader.slow = false;
    });
    m_composer.reset();  // waits for the worker, takes nothing from it
    release.join();
    QCoreApplication::processEvents();
  }

 private:
  QStringList names() const {
    QStringList names;
    for (const Attachment& attachment : m_composer->attachments()) names << attachment.name;
    return names;
  }

  tests::FakeReader m_reader;
  std::unique_ptr<Composer> m_composer;
};

QTEST_MAIN(ComposerTest)
#include "composer_test.moc"
