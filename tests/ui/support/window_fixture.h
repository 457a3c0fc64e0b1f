// The whole window over a scripted engine and a store in a folder of its own. Tests only.
#pragma once

#include <QFile>
#include <QSignalSpy>
#include <QSysInfo>
#include <QTemporaryDir>
#include <QTest>
#include <memory>
#include <optional>

#include "tests/ui/support/fake_reader.h"
#include "tests/ui/support/scripted_backend.h"
#include "ui/composer/composer.h"
#include "ui/composer/prompt_edit.h"
#include "ui/window/main_window.h"

namespace xllm::tests {

class WindowFixture {
 public:
  explicit WindowFixture(const QString& translations, ui::Preferences preferences = {}) : language(translations) {
    language.choose(ui::LanguageChoice::English);
    preferences.language = ui::LanguageChoice::English;
    open(std::move(preferences));
  }
  ~WindowFixture() { close(); }

  // Also again after close(), over the same folder.
  void open(ui::Preferences preferences = {}) {
    stage->gate = false;
    if (!store) store.emplace(folder.path());
    if (!bridge) bridge.emplace(backendOn(stage));
    const ui::Start start = store->afterCrash() ? ui::Start::AfterCrash : ui::Start::Normal;
    window = std::make_unique<ui::MainWindow>(*bridge, reader, language, *store, std::move(preferences), start);
    window->resize(1060, 780);
    window->show();
    if (!QTest::qWaitForWindowExposed(window.get())) qFatal("The window did not appear.");
    activate(*window);
  }
  // As the program ends.
  void close() {
    stage->gate = true;
    window.reset();
    bridge.reset();
    store.reset();
  }
  // What a killed program leaves behind: the mark of a process that is gone. While it is closed.
  void markAsCrashed() {
    QFile mark(folder.filePath(QStringLiteral("run-1.lock")));
    QVERIFY(mark.open(QIODevice::WriteOnly));
    mark.write("999999999\nxllm-desktop\n" + QSysInfo::machineHostName().toUtf8() + "\n\n\n");
  }
  // Keys go to it from now on.
  static void activate(QWidget& which) {
    which.activateWindow();
    if (!QTest::qWaitFor([&which] { return QApplication::activeWindow() == &which; })) {
      qFatal("The window did not become active.");
    }
  }
  void loadPack() {
    QSignalSpy ends(&*bridge, &ui::EngineBridge::finished);
    window->openPack(QStringLiteral("/packs/test"));
    for (int i = 0; i < 200 && ends.isEmpty(); ++i) QTest::qWait(5);
  }
  void type(const QString& text) { QTest::keyClicks(&window->composer().edit(), text); }
  // To whatever has the keyboard.
  static void press(Qt::Key key, Qt::KeyboardModifiers with = Qt::NoModifier) {
    QTest::keyClick(QApplication::focusWidget(), key, with);
  }
  ui::ConversationModel& model() { return window->conversation().model(); }
  ui::MessageState stateOf(int row) {
    return row < model().rowCount() ? model().at(row).state : ui::MessageState::WaitingForPack;
  }
  // A question and its whole answer.
  void ask(const QString& text) {
    type(text);
    QTest::keyClick(&window->composer().edit(), Qt::Key_Return);
    for (int i = 0; i < 400 && window->conversation().isBusy(); ++i) QTest::qWait(5);
  }

  // Questions and answers with code and words in bold, all written to the store.
  ui::ConversationId writeLong(int messages) {
    ui::ConversationContent content;
    content.conversation = {.id = ui::newId(), .title = QStringLiteral("Long"), .named = true};
    const ui::MessageId first = ui::newId();
    for (int i = 0; i < messages; ++i) {
      ui::MessageRecord message{.id = first + i,
                                .parent = i == 0 ? 0 : first + i - 1,
                                .chosen = i + 1 < messages ? first + i + 1 : 0,
                                .speaker = i % 2 == 0 ? ui::Speaker::Person : ui::Speaker::Model,
                                .createdMs = i};
      message.text = i % 2 == 0 ? QStringLiteral("Question %1 about herons?").arg(i)
                                : QStringLiteral("Answer **%1**. ").arg(i) +
                                      QStringLiteral("Herons stand in the reeds and wait. ").repeated(i % 13) +
                                      (i % 5 == 0 ? QStringLiteral("\n\n```py\nprint(%1)\n```\n").arg(i) : QString());
      content.messages << message;
    }
    content.conversation.chosen = first;
    store->addContent(content);
    bool written = false;
    store->find({}, window.get(), [&](const Result<QList<ui::ConversationSummary>>&) { written = true; });
    [&] { QTRY_VERIFY_WITH_TIMEOUT(written, 60000); }();
    return content.conversation.id;
  }

  FakeReader reader;
  std::shared_ptr<Stage> stage = std::make_shared<Stage>();
  QTemporaryDir folder;
  ui::Language language;
  std::optional<ui::Store> store;
  std::optional<ui::EngineBridge> bridge;
  std::unique_ptr<ui::MainWindow> window;
};

}  // namespace xllm::tests
