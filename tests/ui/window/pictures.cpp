// Takes pictures of the window with conversations in it, offscreen, with answers that are written here: for looking at
// a change in both themes and languages. Usage: QT_QPA_PLATFORM=offscreen xllm_ui_window_pictures FOLDER [SCALE [talk]]
#include <QApplication>
#include <QDir>
#include <QLineEdit>
#include <QLinearGradient>
#include <QListView>
#include <QPainter>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <cmath>

#include "tests/ui/support/fake_reader.h"
#include "tests/ui/support/fake_shelf.h"
#include "tests/ui/support/scripted_backend.h"
#include "tests/ui/support/scripted_listening.h"
#include "tests/ui/support/scripted_player.h"
#include "tests/ui/support/scripted_voice.h"
#include "ui/chat/conversation_view.h"
#include "ui/chat/message_widget.h"
#include "ui/composer/composer.h"
#include "ui/composer/prompt_edit.h"
#include "ui/composer/said_words.h"
#include "ui/models/pack_card.h"
#include "ui/models/pack_manager.h"
#include "ui/sidebar/conversation_list.h"
#include "ui/sidebar/sidebar.h"
#include "ui/talk/talk.h"
#include "ui/viewer/media_viewer.h"
#include "ui/widgets/film_strip.h"
#include "ui/window/first_run.h"
#include "ui/window/insight.h"
#include "ui/window/main_window.h"
#include "ui/window/pack_guide.h"
#include "ui/window/voice_control.h"
#include "ui/window/reading_aloud.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;

namespace {

QImage lake() {
  QImage image(640, 400, QImage::Format_RGB888);
  QPainter painter(&image);
  QLinearGradient sky(0, 0, 0, 400);
  sky.setColorAt(0, QColor(0xf2c48d));
  sky.setColorAt(0.55, QColor(0xd98e73));
  sky.setColorAt(0.56, QColor(0x5b7f95));
  sky.setColorAt(1, QColor(0x27455c));
  painter.fillRect(image.rect(), sky);
  return image;
}

// The lake while the sun goes down.
VideoClip evening() {
  VideoClip clip;
  for (int i = 0; i < 8; ++i) {
    QImage image = lake();
    QPainter painter(&image);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(QColor(0xfff1c4));
    painter.drawEllipse(QPointF(120 + 55 * i, 60 + 20 * i), 34, 34);
    painter.fillRect(0, 224, 640, 176, QColor(0x3d6378));
    painter.end();
    RgbImage frame{.width = image.width(), .height = image.height(), .pixels = {}};
    for (int y = 0; y < image.height(); ++y) {
      frame.pixels.insert(frame.pixels.end(), image.constScanLine(y), image.constScanLine(y) + 3 * image.width());
    }
    clip.frames.push_back({1.5 + (i + 0.5) * 4.5 / 8, std::move(frame)});
  }
  clip.seconds = 7;
  return clip;
}

void fill(Store& store) {
  const qint64 now = 1767225600000;
  const auto add = [&](const QString& question, const QString& answer, std::optional<MediaKind> kind, bool pinned) {
    const ConversationId id = newId();
    MessageRecord asked{.id = newId(), .createdMs = now, .text = question};
    MediaSource source;
    if (kind) {
      const ClipChoice choice{.start = 1.5, .end = 6};
      const bool isClip = *kind == MediaKind::Video;
      asked.attachments << AttachmentRecord{.kind = *kind,
                                            .name = isClip ? u"lake.mp4"_s : u"lake.png"_s,
                                            .pixels = QSize(640, 400),
                                            .seconds = 7,
                                            .choice = choice,
                                            .hasSound = true};
      source = {.bytes = "medium of " + question.toUtf8(),
                .thumbnail = isClip ? filmStripOf(evening()) : lake(),
                .variant = thumbnailVariant(*kind, choice)};
    }
    store.addConversation({.id = id, .createdMs = now, .changedMs = now, .pinned = pinned});
    store.addMessage(id, asked, {source});
    store.addMessage(id, {.id = newId(),
                          .parent = asked.id,
                          .speaker = Speaker::Model,
                          .createdMs = now,
                          .text = answer,
                          .figures = {.firstTextSeconds = 0.41, .tokensPerSecond = 21.4, .tokens = 48}});
    QTest::qWait(5);
  };
  add(u"Plan a week of dinners without meat"_s, u"Monday: lentils …"_s, std::nullopt, true);
  add(u"这段录音里说了什么？"_s, u"她说火车晚点了。"_s, MediaKind::Sound, false);
  add(u"Explain the CIF mechanism to a musician"_s,
      u"Think of a **metronome** that adds up loudness. Each frame brings a weight $\\alpha_t \\in [0, 1]$, and a "
      u"token "
      "*fires* when\n\n$$\\sum_{t=1}^{T} \\alpha_t \\ge \\beta$$\n\n| frame | weight | sum |\n|---|--:|--:|\n| 1 | 0.3 "
      "| 0.3 |\n"
      "| 2 | 0.5 | 0.8 |\n| 3 | 0.4 | **1.2** |\n\n> What is left over opens the next bar.\n\n```cpp\n"
      "// Fires whenever the sum passes the threshold.\nint fired = 0;\nfor (const float weight : weights) {\n"
      "  sum += weight;\n  if (sum >= 1.0f) sum -= 1.0f, ++fired;\n}\nstd::puts(\"done\");\n```\n"_s,
      std::nullopt, false);
  add(u"What happens in this clip?"_s, u"A ball rolls to the left."_s, MediaKind::Video, false);
  add(u"Where was this taken, and when?"_s,
      u"This looks like a **lake at dawn**:\n\n- the sky is orange near the horizon,\n- the water is still dark.\n\n"
      "```py\nif sun.altitude < 6:\n    light = \"golden\"\n```\n\nThe exact place cannot be told from the picture."_s,
      MediaKind::Picture, false);
}

// As a crash leaves it.
void fillInterrupted(Store& store) {
  const ConversationId id = newId();
  const MessageRecord asked{.id = newId(), .text = u"Tell me about herons."_s};
  store.addConversation({.id = id});
  store.addMessage(id, asked);
  store.addMessage(id, {.id = newId(),
                        .parent = asked.id,
                        .speaker = Speaker::Model,
                        .state = MessageState::Interrupted,
                        .text = u"Herons stand in shallow water and wait. Most of them hunt at dawn and at"_s});
}

RgbImage rgbOf(const QImage& image) {
  RgbImage rgb{image.width(), image.height(), {}};
  for (int y = 0; y < image.height(); ++y) {
    rgb.pixels.insert(rgb.pixels.end(), image.constScanLine(y), image.constScanLine(y) + image.width() * 3);
  }
  return rgb;
}

// As an encoder that crops would see it.
generation::Examination lakeSeen() {
  const QImage square = lake().copy(120, 0, 400, 400).scaled(224, 224, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
  return {.frames = {{0, {120, 0, 400, 400, rgbOf(square.convertToFormat(QImage::Format_RGB888))}}},
          .softTokens = 32,
          .transcript = {}};
}

Attachment lakeAttachment() {
  Attachment attachment;
  attachment.name = u"lake at dawn.png"_s;
  attachment.picture = std::make_shared<const RgbImage>(rgbOf(lake()));
  attachment.pixels = QSize(640, 400);
  attachment.thumbnail = lake();
  return attachment;
}

Attachment voiceAttachment() {
  Attachment attachment;
  attachment.kind = MediaKind::Sound;
  attachment.name = u"voice memo.wav"_s;
  AudioClip clip{16000, std::vector<float>(16000 * 9)};
  for (std::size_t i = 0; i < clip.samples.size(); ++i) {
    const double t = static_cast<double>(i) / 16000;
    clip.samples[i] = static_cast<float>(0.8 * std::sin(900 * t) * std::abs(std::sin(2.1 * t) * std::cos(0.7 * t)));
  }
  attachment.seconds = clip.seconds();
  attachment.sound = std::make_shared<const AudioClip>(std::move(clip));
  return attachment;
}

void take(QWidget& window, const QString& file) {
  for (int i = 0; i < 20; ++i) QTest::qWait(20);
  window.grab().save(file);
}

// While somebody talks, what then waits to be read, and what was sent; also in a narrow window.
void takeTalking(EngineBridge& bridge, tests::Stage& stage, const tests::FakeReader& reader, Language& language,
                 const QDir& out, const QString& suffix) {
  stage.transcribe = [](const generation::Sound& sound, std::stop_token) {
    const std::string all =
        "what kind of bird stands in the water there and what does it wait for so early in the morning when nobody is "
        "at the lake and would it be there in winter as well";
    return all.substr(0, static_cast<std::size_t>(20 * sound->seconds()));
  };
  stage.examine = [](const generation::Part& medium, std::stop_token) { return tests::Stage::examinationOf(medium); };
  const QTemporaryDir folder;
  Store store(folder.path());
  tests::ScriptedListening listening;
  tests::ScriptedPlayer player;
  Preferences preferences;
  preferences.talk.mode = ListenMode::HandsFree;
  preferences.talk.goes = SayingGoes::AfterReading;
  MainWindow window(bridge, reader, language, store, preferences);
  window.setListening(listening);
  window.setPlayer(player);
  window.resize(1120, 780);
  window.show();
  window.openPack(u"/packs/starter"_s);
  QTest::qWait(200);
  window.voice()->talk().begin();
  Q_EMIT listening.levelChanged(-24, -12, false);
  take(window, out.filePath(u"talk-open"_s + suffix));
  window.composer().addRecording(voiceAttachment(), u"what kind of bird is that"_s);
  listening.speak(8);
  Q_EMIT listening.levelChanged(-18, -9, false);
  take(window, out.filePath(u"talk-speaking"_s + suffix));
  window.resize(420, 640);
  Q_EMIT listening.levelChanged(-3, 0, true);
  take(window, out.filePath(u"talk-narrow"_s + suffix));
  window.resize(1120, 780);
  window.voice()->talk().setMuted(true);
  take(window, out.filePath(u"talk-muted"_s + suffix));
  listening.drop();
  QTest::keyClick(&window.composer().edit(), Qt::Key_Return);
  take(window, out.filePath(u"talk-sent"_s + suffix));
  listening.trouble = ListenTrouble::NotAllowed;
  window.voice()->talk().begin();
  take(window, out.filePath(u"talk-trouble"_s + suffix));
  window.insight().open(voiceAttachment());
  take(*window.insight().viewer(), out.filePath(u"talk-viewer"_s + suffix));
  window.close();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 2) qputenv("QT_SCALE_FACTOR", argv[2]);
  QApplication application(argc, argv);
  const QDir out(QString::fromLocal8Bit(argv[1]));
  const tests::FakeReader reader;
  for (const ThemeChoice theme : {ThemeChoice::Light, ThemeChoice::Dark}) {
    const bool dark = theme == ThemeChoice::Dark;
    const QString suffix = dark ? u"-dark-zh.png"_s : u"-light-en.png"_s;
    applyTheme(application, theme);
    Language language(QStringLiteral(XLLM_I18N_DIR));
    language.choose(dark ? LanguageChoice::SimplifiedChinese : LanguageChoice::English);
    const QTemporaryDir folder;
    Store store(folder.path());
    fill(store);
    auto stage = std::make_shared<tests::Stage>();
    stage->examine = [](const generation::Part& medium, std::stop_token) {
      if (std::holds_alternative<generation::Picture>(medium)) return lakeSeen();
      return generation::Examination{.frames = {},
                                     .softTokens = 27,
                                     .secondsHeard = 9,
                                     .transcript =
                                         "the ferry to the island leaves at nine, and the last one back is at "
                                         "half past six, so do not be late"};
    };
    EngineBridge bridge(tests::backendOn(stage));
    if (argc > 3) {  // of talking alone
      takeTalking(bridge, *stage, reader, language, out, suffix);
      continue;
    }
    tests::ScriptedVoice voice;
    MainWindow window(bridge, reader, language, store, {});
    window.setVoice(voice);
    window.resize(1120, 780);
    window.show();
    window.openPack(u"/packs/starter"_s);
    take(window, out.filePath(u"conversation"_s + suffix));
    window.sidebar().view().setCurrentIndex(window.sidebar().list().index(3));
    QTest::keyClick(&window.sidebar().view(), Qt::Key_Return);
    take(window, out.filePath(u"markdown"_s + suffix));
    window.readingAloud()->toggle(1);
    for (int sentence = 0; sentence < 2; ++sentence) voice.finishSentence();
    take(window, out.filePath(u"reading"_s + suffix));
    window.readingAloud()->reader().hold(AnswerReader::Hold::Person);
    window.resize(430, 640);
    take(window, out.filePath(u"reading-narrow"_s + suffix));
    window.readingAloud()->stop();
    window.resize(1120, 780);
    window.sidebar().view().setCurrentIndex(window.sidebar().list().index(1));
    QTest::keyClick(&window.sidebar().view(), Qt::Key_Return);
    QTest::qWait(200);
    stage->measure = [](const generation::ChatRequest&, std::stop_token) {
      return generation::Measurement{.promptTokens = 1240, .contextLength = 2048};
    };
    window.conversation().answerAgain(1);
    take(window, out.filePath(u"versions"_s + suffix));
    window.conversation().edit(0);
    take(window, out.filePath(u"editing"_s + suffix));
    window.conversation().stopEditing();
    for (const QString& said : {u"And what grows there?"_s, u"Which birds come in winter?"_s}) {
      QTest::keyClicks(&window.composer().edit(), said);
      QTest::keyClick(&window.composer().edit(), Qt::Key_Return);
      QTest::qWait(300);
    }
    stage->measure = [](const generation::ChatRequest&, std::stop_token) {
      return generation::Measurement{.promptTokens = 1496, .contextLength = 2048, .turnsLeftOut = 2};
    };
    QTest::keyClicks(&window.composer().edit(), u"Compare them with the birds of the sea, please"_s);
    take(window, out.filePath(u"context"_s + suffix));
    window.sidebar().view().setCurrentIndex(window.sidebar().list().index(2));
    QTest::keyClick(&window.sidebar().view(), Qt::Key_Return);
    QTest::qWait(200);
    window.composer().addFiles({u"/tmp/clip.mp4"_s});
    take(window, out.filePath(u"clip"_s + suffix));
    window.composer().clear();
    QTest::keyClicks(&window.sidebar().searchBox(), u"er"_s);
    take(window, out.filePath(u"search"_s + suffix));
    window.sidebar().searchBox().clear();
    QTest::qWait(200);
    window.sidebar().view().setCurrentIndex(window.sidebar().list().index(2));
    QTest::keyClick(&window.sidebar().view(), Qt::Key_Delete);
    window.conversation().startNew();
    take(window, out.filePath(u"trash"_s + suffix));
    window.composer().giveBack(dark ? u"湖边几点有船？"_s : u"When does the boat leave?"_s,
                               {lakeAttachment(), voiceAttachment()});
    window.composer().addFiles({u"/tmp/slow.png"_s});
    take(window, out.filePath(u"draft"_s + suffix));
    for (const Attachment& attachment : {lakeAttachment(), voiceAttachment()}) {
      window.insight().open(attachment);
      const QString name = attachment.kind == MediaKind::Sound ? u"hears"_s : u"sees"_s;
      take(*window.insight().viewer(), out.filePath(name + suffix));
    }
    window.insight().viewer()->close();
    QTest::keyClick(&window.composer().edit(), Qt::Key_Return);
    take(window, out.filePath(u"sent"_s + suffix));
    window.close();

    const QTemporaryDir empty;
    Store unused(empty.path());
    tests::FakeShelf shelf;
    shelf.list << PackDescription{.folder = u"/home/person/.local/share/xllm/packs/visualglm-6b-1.0"_s,
                                  .name = u"VisualGLM-6B"_s,
                                  .version = u"1.0"_s,
                                  .seesPictures = true,
                                  .bytes = 15'600'000'000,
                                  .memoryBytes = 15'600'000'000,
                                  .licences = {u"Apache-2.0"_s},
                                  .removable = true};
    Preferences fresh;
    fresh.firstRun = true;
    MainWindow first(bridge, reader, language, unused, fresh);
    first.setPackShelf(shelf);
    first.resize(1120, 780);
    first.show();
    first.openPack(u"/packs/starter"_s);
    for (const QString& page : {u"language"_s, u"machine"_s, u"pack"_s, u"sample"_s}) {
      take(first, out.filePath(u"first-"_s + page + suffix));
      first.guide().firstRun()->nextButton().click();
    }
    first.guide().showManager();
    take(*first.guide().manager(), out.filePath(u"packs"_s + suffix));
    first.guide().manager()->cards().front()->checkButton().click();
    QTest::qWait(100);
    first.guide().manager()->cards().back()->removeButton().click();
    take(*first.guide().manager(), out.filePath(u"packs-asked"_s + suffix));
    first.guide().manager()->close();
    first.resize(430, 640);
    first.guide().showFirstRun();
    for (int page = 0; page < 3; ++page) {
      take(first, out.filePath(u"first-narrow-%1"_s.arg(page) + suffix));
      first.guide().firstRun()->nextButton().click();
    }
    take(first, out.filePath(u"first-narrow-3"_s + suffix));
    first.close();

    const QTemporaryDir other;
    Store crashed(other.path());
    fillInterrupted(crashed);
    MainWindow after(bridge, reader, language, crashed, {});
    after.resize(1120, 780);
    after.show();
    after.offerPack(u"/packs/starter"_s);
    take(after, out.filePath(u"crash"_s + suffix));
    after.close();
    takeTalking(bridge, *stage, reader, language, out, suffix);
  }
  return 0;
}
