#include "ui/speaking/answer_reader.h"

#include <utility>

#include "ui/speaking/language_guess.h"
#include "ui/speaking/spoken_words.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kLately = 3;  // sentences, with the one that is being said

}  // namespace

AnswerReader::AnswerReader(Voice& voice, QObject* parent) : QObject(parent), m_voice(voice) {
  setInterfaceLanguage(QLocale().language());
  connect(&voice, &Voice::began, this, [this] {
    if (m_now) Q_EMIT marked(m_now->firstLetter, m_now->endLetter);
  });
  connect(&voice, &Voice::ended, this, [this] {
    if (!m_now) return;
    m_now.reset();
    next();
  });
  connect(&voice, &Voice::failed, this, [this](const QString& sentence) {
    if (!m_now) return;
    end();
    Q_EMIT failed(sentence);
  });
}

void AnswerReader::begin(const QString& soFar, From from) {
  stop();
  m_text = {};
  m_said.clear();
  m_context = m_interface;
  m_holds = {};
  m_finished = false;
  m_reading = true;
  m_text.append(soFar);
  if (from == From::Here) m_text.skip();
  Q_EMIT changed();
  gather();
}

void AnswerReader::append(const QString& markdown) {
  if (!m_reading) return;
  m_text.append(markdown);
  gather();
}

void AnswerReader::finish() {
  if (!m_reading) return;
  m_text.finish();
  m_finished = true;
  gather();
}

void AnswerReader::skip() {
  if (!m_reading) return;
  m_voice.stop();
  m_holds.setFlag(Hold::Person, false);
  m_now.reset();
  next();
}

void AnswerReader::hold(Hold who) {
  if (!m_reading || m_holds.testFlag(who)) return;
  const bool wasHeld = m_holds != Holds();
  m_holds.setFlag(who);
  if (m_now && !wasHeld) m_voice.pause();
  Q_EMIT changed();
}

void AnswerReader::release(Hold who) {
  if (!m_holds.testFlag(who)) return;
  m_holds.setFlag(who, false);
  Q_EMIT changed();
  if (m_holds) return;
  if (m_now) {
    m_voice.resume();
  } else if (m_reading) {
    next();
  }
}

void AnswerReader::stop() {
  if (!m_reading) return;
  m_voice.stop();
  end();
}

QString AnswerReader::lately() const { return m_said.join(u' '); }

// Sentences that became complete wait behind those that do already.
void AnswerReader::gather() {
  for (const SpokenText::Passage& passage : m_text.take()) {
    using Kind = SpokenText::Passage::Kind;
    Sentence sentence{.words = passage.kind == Kind::Code    ? tr("Code block.")
                               : passage.kind == Kind::Table ? tr("Table.")
                                                             : QString(),
                      .language = QLocale(m_interface),
                      .firstLetter = passage.firstLetter,
                      .endLetter = passage.endLetter};
    if (passage.kind == Kind::Sentence) {
      m_context = guessLanguage(passage.written, m_context);
      sentence.language = QLocale(m_context);
      sentence.words = spokenWords(passage.written, m_context);
    }
    if (!sentence.words.isEmpty()) m_waiting << sentence;
  }
  if (!m_now) next();
}

void AnswerReader::next() {
  if (m_holds || !m_reading) return;
  if (m_waiting.isEmpty()) {
    if (m_finished) return end();
    Q_EMIT marked(0, 0);
    return Q_EMIT changed();
  }
  m_now = m_waiting.takeFirst();
  m_said << m_now->words;
  while (m_said.size() > kLately) m_said.removeFirst();
  Q_EMIT changed();
  m_voice.say(m_now->words, m_now->language);
}

void AnswerReader::end() {
  m_reading = false;
  m_waiting.clear();
  m_now.reset();
  m_holds = {};
  Q_EMIT marked(0, 0);
  Q_EMIT changed();
  Q_EMIT ended();
}

}  // namespace xllm::ui
