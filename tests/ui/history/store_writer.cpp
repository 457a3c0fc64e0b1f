// Writes a conversation into FOLDER as the window does while replies stream, and tells on its standard output what it
// has shown and when, until it is killed. Usage: store_writer FOLDER [SECONDS]
#include <QCoreApplication>
#include <QTimer>
#include <chrono>

#include "tests/ui/history/tell.h"
#include "ui/history/store.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;

namespace {

constexpr int kPiecesPerReply = 12;
constexpr std::chrono::milliseconds kShowInterval{33};

class Writer final : public QObject {
 public:
  explicit Writer(const QString& folder) : m_store(folder) {
    m_store.addConversation({.id = m_conversation, .createdMs = 1, .changedMs = 1});
    ask();
    connect(&m_timer, &QTimer::timeout, this, &Writer::say);
    m_timer.setTimerType(Qt::PreciseTimer);
    m_timer.start(kShowInterval);
  }

 private:
  void ask() {
    const MessageId question = newId();
    const QString words = u"Question %1"_s.arg(question);
    m_store.addMessage(m_conversation, {.id = question, .parent = m_last, .text = words});
    m_last = newId();
    m_store.addMessage(m_conversation,
                       {.id = m_last, .parent = question, .speaker = Speaker::Model, .state = MessageState::Streaming});
    tests::tell(question, words.size());
    m_length = 0;
    m_pieces = 0;
  }
  void say() {
    const QString text = u"word %1, 字 %2. "_s.arg(m_pieces).arg(m_length);
    m_store.appendText(m_last, text);
    m_length += text.size();
    tests::tell(m_last, m_length);
    if (++m_pieces < kPiecesPerReply) return;
    m_store.setState(m_last, MessageState::Done);
    ask();
  }

  Store m_store;
  ConversationId m_conversation = newId();
  MessageId m_last = 0;
  qsizetype m_length = 0;
  int m_pieces = 0;
  QTimer m_timer;
};

}  // namespace

int main(int argc, char** argv) {
  QCoreApplication application(argc, argv);
  const QStringList arguments = QCoreApplication::arguments();
  Writer writer(arguments.at(1));
  if (arguments.size() > 2) QTimer::singleShot(arguments.at(2).toInt() * 1000, &application, &QCoreApplication::quit);
  return QCoreApplication::exec();
}
