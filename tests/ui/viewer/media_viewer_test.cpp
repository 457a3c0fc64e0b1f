// The viewer against examinations that are written here: what it says is what it was given.
#include "ui/viewer/media_viewer.h"

#include <QPushButton>
#include <QTest>

#include "ui/playback/wave_view.h"
#include "ui/viewer/original_view.h"
#include "ui/viewer/seen_view.h"
#include "ui/widgets/pictures.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;

namespace {

RgbImage plain(int width, int height, std::uint8_t grey) {
  RgbImage image{width, height, {}};
  image.pixels.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3, grey);
  return image;
}

Attachment pictureOf(RgbImage image) {
  Attachment attachment;
  attachment.name = u"lake.png"_s;
  attachment.pixels = QSize(image.width, image.height);
  attachment.thumbnail = screenImage(image, Attachment::kThumbnailEdge);
  attachment.picture = std::make_shared<const RgbImage>(std::move(image));
  return attachment;
}

generation::Examination seeing(const QRectF& crop, RgbImage pixels, std::int64_t tokens) {
  return {.frames = {{0, {crop.left(), crop.top(), crop.width(), crop.height(), std::move(pixels)}}},
          .softTokens = tokens,
          .transcript = {}};
}

}  // namespace

class MediaViewerTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void marksThePartThatIsSeenAndShowsTheVeryPixels() {
    MediaViewer viewer;
    viewer.present(pictureOf(plain(640, 400, 200)));
    QVERIFY(viewer.isVisible());
    QVERIFY(viewer.original().crop().isEmpty());
    RgbImage pixels = plain(224, 224, 0);
    for (std::size_t i = 0; i < pixels.pixels.size(); ++i) pixels.pixels[i] = static_cast<std::uint8_t>(i * 7);
    viewer.setExamination(seeing({120, 0, 400, 400}, pixels, 32));
    QCOMPARE(viewer.original().crop(), QRectF(120, 0, 400, 400));
    QCOMPARE(viewer.seen().images().size(), 1);
    const QImage shown = viewer.seen().images().first();
    QCOMPARE(shown.size(), QSize(224, 224));
    QCOMPARE(shown.pixel(5, 3), qRgb(pixels.pixels[(3 * 224 + 5) * 3], pixels.pixels[(3 * 224 + 5) * 3 + 1],
                                     pixels.pixels[(3 * 224 + 5) * 3 + 2]));
    QVERIFY2(viewer.facts().contains(u"400 × 400"_s) && viewer.facts().contains(u"224 × 224"_s) &&
                 viewer.facts().contains(u"32 token"_s),
             qPrintable(viewer.facts()));
    // Outside the part that is seen the original is darkened, inside it is as it is.
    QTest::qWait(50);
    const QImage drawn = viewer.findChild<OriginalView*>()->grab().toImage();
    QCOMPARE(QColor(drawn.pixel(drawn.width() / 2, 40)).red(), 200);
    QVERIFY(QColor(drawn.pixel(drawn.width() / 10, 40)).red() < 120);
  }

  void saysHowThePictureWasFitted() {
    MediaViewer viewer;
    viewer.present(pictureOf(plain(640, 400, 1)));
    viewer.setExamination(seeing({0, 0, 640, 400}, plain(224, 224, 1), 8));
    QVERIFY2(viewer.facts().contains(u"squeezed"_s), qPrintable(viewer.facts()));
    viewer.present(pictureOf(plain(500, 500, 1)));
    QVERIFY(viewer.seen().images().isEmpty());  // of the one before nothing is left
    viewer.setExamination(seeing({0, 0, 500, 500}, plain(224, 224, 1), 8));
    QVERIFY2(!viewer.facts().contains(u"squeezed"_s) && viewer.facts().contains(u"All of it"_s),
             qPrintable(viewer.facts()));
  }

  void showsEveryFrameOfAClip() {
    MediaViewer viewer;
    Attachment clip = pictureOf(plain(640, 400, 90));
    clip.kind = MediaKind::Video;
    viewer.present(clip);
    generation::Examination made{.frames = {}, .softTokens = 20, .transcript = {}};
    for (int i = 0; i < 5; ++i) {
      made.frames.push_back({i * 0.5, {0, 0, 640, 400, plain(224, 224, static_cast<std::uint8_t>(40 * i))}});
    }
    viewer.setExamination(made);
    QCOMPARE(viewer.seen().images().size(), 5);
    QVERIFY(viewer.original().crop().isEmpty());
    QVERIFY2(viewer.facts().contains(u"5 frame"_s) && viewer.facts().contains(u"224 × 224"_s),
             qPrintable(viewer.facts()));
    const QImage drawn = viewer.findChild<SeenView*>()->grab().toImage();
    QSet<int> greys;
    for (int y = 0; y < drawn.height(); y += 4) {
      for (int x = 0; x < drawn.width(); x += 4) greys << QColor(drawn.pixel(x, y)).red();
    }
    for (int i = 0; i < 5; ++i) QVERIFY2(greys.contains(40 * i), qPrintable(QString::number(i)));
  }

  void showsWhatWasHeardOfASound() {
    Attachment sound;
    sound.kind = MediaKind::Sound;
    sound.name = u"note.wav"_s;
    sound.seconds = 7;
    AudioClip clip{16000, std::vector<float>(16000 * 7, 0.0F)};
    for (std::size_t i = 0; i < 16000; ++i) clip.samples[i] = 0.5F;
    sound.sound = std::make_shared<const AudioClip>(std::move(clip));
    MediaViewer viewer;
    viewer.present(sound);
    const auto* wave = viewer.findChild<WaveView*>();
    QTRY_VERIFY(!wave->peaks().isEmpty());
    QCOMPARE(wave->peaks().first(), 0.5F);
    QCOMPARE(wave->peaks().last(), 0.0F);
    viewer.setExamination({.frames = {}, .softTokens = 14, .secondsHeard = 7, .transcript = "the train is late"});
    QCOMPARE(viewer.transcript(), u"the train is late"_s);
    QVERIFY2(viewer.facts().contains(u"0:07"_s) && viewer.facts().contains(u"14 token"_s), qPrintable(viewer.facts()));
  }

  void saysWhatItWaitsForAndWhyThereIsNothing() {
    MediaViewer viewer;
    viewer.present(pictureOf(plain(6, 4, 1)));
    viewer.setWaiting(MediaViewer::Waiting::Pack);
    QVERIFY(viewer.facts().contains(u"pack"_s));
    viewer.setProblem({ErrorCode::NotFound, "gone"}, Situation::OpeningKept);
    QVERIFY2(viewer.facts().contains(u"not there any more"_s), qPrintable(viewer.facts()));
    viewer.setWaiting(MediaViewer::Waiting::Model);
    QVERIFY(!viewer.facts().contains(u"not there"_s));
  }

  void escapeClosesItAndEverythingHasAName() {
    MediaViewer viewer;
    viewer.present(pictureOf(plain(6, 4, 1)));
    for (QPushButton* button : viewer.findChildren<QPushButton*>()) QVERIFY(!button->text().isEmpty());
    QVERIFY(!viewer.openOutside().isVisible());  // there is no file
    QTest::keyClick(&viewer, Qt::Key_Escape);
    QVERIFY(!viewer.isVisible());
  }

  // A hundred million pixels in a window of a thousand: nothing holds up whoever looks.
  void shrinksLargePicturesWithoutTurningThemOver() {
    RgbImage image = plain(5000, 3000, 10);
    for (int y = 0; y < 3000; ++y) {
      for (int x = 2500; x < 5000; ++x)
        image.pixels[(static_cast<std::size_t>(y) * 5000 + static_cast<std::size_t>(x)) * 3] = 250;
    }
    const QImage small = screenImage(image, 500);
    QCOMPARE(small.size(), QSize(500, 300));
    QCOMPARE(QColor(small.pixel(100, 150)).red(), 10);
    QCOMPARE(QColor(small.pixel(400, 150)).red(), 250);
    QCOMPARE(screenImage(plain(10000, 1, 3), 500).size(), QSize(500, 1));
  }
};

QTEST_MAIN(MediaViewerTest)
#include "media_viewer_test.moc"
