// The whole window in a conversation with a scripted model that answers without end, as if somebody asked again and
// again. Tells on its standard output what was painted and when, until it is killed. Usage: window_writer FOLDER
#include <QApplication>
#include <QTimer>

#include "tests/ui/history/tell.h"
#include "tests/ui/support/fake_reader.h"
#include "tests/ui/support/scripted_backend.h"
#include "ui/chat/conversation_view.h"
#include "ui/chat/message_widget.h"
#include "ui/window/main_window.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;

namespace {

constexpr int kWordsPerReply = 120;
constexpr std::chrono::milliseconds kWord{4};

class Watch final : public QObject {
 public:
  explicit Watch(MainWindow& window) : m_window(window) { qApp->installEventFilter(this); }

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override {
    const auto* text = event->type() == QEvent::Paint ? qobject_cast<MessageText*>(watched) : nullptr;
    if (!text) return false;
    const ConversationModel& model = m_window.conversation().model();
    for (int row = std::max(0, model.rowCount() - 2); row < model.rowCount(); ++row) {
      if (&m_window.view().widgetAt(row)->text() == text) tests::tell(model.at(row).id, text->source().size());
    }
    return false;
  }

 private:
  MainWindow& m_window;
};

}  // namespace

int main(int argc, char** argv) {
  QApplication application(argc, argv);
  auto stage = std::make_shared<tests::Stage>();
  stage->answer = [](const generation::ChatRequest&, std::stop_token stop, const generation::TextSink& onText) {
    for (int i = 0; i < kWordsPerReply && !stop.stop_requested(); ++i) {
      onText("word" + std::to_string(i) + (i % 20 == 19 ? "\n\n" : " "));
      std::this_thread::sleep_for(kWord);
    }
    return generation::Summary{.newTokens = kWordsPerReply};
  };
  const tests::FakeReader reader;
  Language language{QString()};
  Store store(QCoreApplication::arguments().at(1));
  EngineBridge bridge(tests::backendOn(stage));
  MainWindow window(bridge, reader, language, store, {}, Start::Safe);
  Watch watch(window);
  window.show();
  window.openPack(u"/packs/test"_s);
  const auto ask = [&window] { (void)window.conversation().send(u"And then?"_s, {}); };
  QObject::connect(&window.conversation(), &Conversation::busyChanged, &window, [&](bool busy) {
    if (!busy) QTimer::singleShot(0, &window, ask);
  });
  QTimer::singleShot(0, &window, ask);
  return QApplication::exec();
}
