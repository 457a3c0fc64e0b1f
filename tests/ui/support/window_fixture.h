// The whole window over a scripted engine and a store in a folder of its own. Tests only.
#pragma once

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <memory>

#include "tests/ui/support/fake_reader.h"
#include "tests/ui/support/scripted_backend.h"
#include "ui/composer/composer.h"
#include "ui/composer/prompt_edit.h"
#include "ui/window/main_window.h"

namespace xllm::tests {

class WindowFixture {
 public:
  explicit WindowFixture(const QString& translations, ui::Preferences preferences = {})
      : language(translations), store(folder.path()), bridge(backendOn(stage)) {
    language.choose(ui::LanguageChoice::English);
    preferences.language = ui::LanguageChoice::English;
    open(std::move(preferences));
  }
  ~WindowFixture() { stage->gate = true; }

  void open(ui::Preferences preferences) {
    window = std::make_unique<ui::MainWindow>(bridge, reader, language, store, std::move(preferences));
    window->resize(1060, 780);
    window->show();
    if (!QTest::qWaitForWindowExposed(window.get())) qFatal("The window did not appear.");
    activate(*window);
  }
  // Keys go to it from now on.
  static void activate(QWidget& which) {
    which.activateWindow();
    if (!QTest::qWaitFor([&which] { return QApplication::activeWindow() == &which; })) {
      qFatal("The window did not become active.");
    }
  }
  void loadPack() {
    QSignalSpy ends(&bridge, &ui::EngineBridge::finished);
    window->openPack(QStringLiteral("/packs/test"));
    for (int i = 0; i < 200 && ends.isEmpty(); ++i) QTest::qWait(5);
  }
  void type(const QString& text) { QTest::keyClicks(&window->composer().edit(), text); }
  // To whatever has the keyboard.
  static void press(Qt::Key key, Qt::KeyboardModifiers with = Qt::NoModifier) {
    QTest::keyClick(QApplication::focusWidget(), key, with);
  }
  ui::ConversationModel& model() { return window->conversation().model(); }
  // A question and its whole answer.
  void ask(const QString& text) {
    type(text);
    QTest::keyClick(&window->composer().edit(), Qt::Key_Return);
    for (int i = 0; i < 400 && window->conversation().isBusy(); ++i) QTest::qWait(5);
  }

  FakeReader reader;
  std::shared_ptr<Stage> stage = std::make_shared<Stage>();
  QTemporaryDir folder;
  ui::Language language;
  ui::Store store;
  ui::EngineBridge bridge;
  std::unique_ptr<ui::MainWindow> window;
};

}  // namespace xllm::tests
