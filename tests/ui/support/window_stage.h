// The whole window over a scripted backend, a store in a folder of its own, and the keys a person presses. Tests only.
#pragma once

#include <QFile>
#include <QSignalSpy>
#include <QSysInfo>
#include <QTemporaryDir>
#include <QTest>
#include <ctime>
#include <memory>

#include "tests/ui/support/fake_reader.h"
#include "tests/ui/support/scripted_backend.h"
#include "ui/chat/conversation_view.h"
#include "ui/composer/composer.h"
#include "ui/composer/prompt_edit.h"
#include "ui/history/store.h"
#include "ui/window/main_window.h"

namespace xllm::tests {

// The members are what they are called; a test may use or replace any of them.
class WindowStage {
 public:
  void open(const QString& i18n, QSize size = {1100, 760}) {
    language = std::make_unique<ui::Language>(i18n);
    language->choose(ui::LanguageChoice::English);
    store = std::make_unique<ui::Store>(folder.path());
    bridge = std::make_unique<ui::EngineBridge>(backendOn(stage));
    window = std::make_unique<ui::MainWindow>(*bridge, reader, *language, *store, ui::Preferences{},
                                                  store->afterCrash() ? ui::Start::AfterCrash : ui::Start::Normal);
    window->resize(size);
    window->show();
    QVERIFY(QTest::qWaitForWindowExposed(window.get()));
    window->activateWindow();
  }
  ~WindowStage() { close(); }
  void close() {
    stage->gate = true;
    window.reset();
    bridge.reset();
    store.reset();
  }
  // What a killed program leaves behind in the folder: the mark of a process that is gone. While it is closed.
  void markAsCrashed() {
    QFile mark(folder.filePath(QStringLiteral("run-1.lock")));
    QVERIFY(mark.open(QIODevice::WriteOnly));
    mark.write("999999999\nxllm-desktop\n" + QSysInfo::machineHostName().toUtf8() + "\n\n\n");
  }

  ui::ConversationModel& model() { return window->conversation().model(); }
  ui::MessageState stateOf(int row) {
    return row < model().rowCount() ? model().at(row).state : ui::MessageState::WaitingForPack;
  }
  void type(const QString& text) { QTest::keyClicks(&window->composer().edit(), text); }
  void press(Qt::Key key) { QTest::keyClick(&window->composer().edit(), key); }
  void loadPack() {
    QSignalSpy ends(bridge.get(), &ui::EngineBridge::finished);
    window->openPack(QStringLiteral("/packs/test"));
    QTRY_COMPARE(ends.count(), 1);
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
  std::unique_ptr<ui::Language> language;
  std::unique_ptr<ui::Store> store;
  std::unique_ptr<ui::EngineBridge> bridge;
  std::unique_ptr<ui::MainWindow> window;
};

// Of this thread's own work: what other programs take does not count.
inline double busyMs() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

}  // namespace xllm::tests
