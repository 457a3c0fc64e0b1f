#include "ui/speaking/spoken_text.h"

#include <QGuiApplication>
#include <QTextBlock>
#include <QTextCursor>
#include <QTextDocument>
#include <QTextList>
#include <QTextTable>
#include <utility>

#include "ui/chat/letters.h"
#include "ui/chat/markdown_document.h"
#include "ui/speaking/sentences.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

// Marks that what follows may still close: until then they are seen, and then not any more.
bool hasOpenMarks(QStringView text) {
  for (qsizetype at = 0; at < text.size(); ++at) {
    const bool opens = QStringView(u"*_`[$~\\").contains(text[at]);
    if (opens && at + 1 < text.size() && !text[at + 1].isSpace()) return true;
  }
  return false;
}

qsizetype behindLetters(QStringView text, int letters) {
  qsizetype at = 0;
  for (; letters > 0 && at < text.size(); ++at) letters -= text[at].isLetterOrNumber() ? 1 : 0;
  return at;
}

QString numberOf(const QTextBlock& block) {
  const QTextList* list = block.textList();
  if (!list || list->format().style() != QTextListFormat::ListDecimal) return {};
  return QString::number(list->itemNumber(block) + 1) + u". "_s;
}

}  // namespace

void SpokenText::append(const QString& markdown) {
  m_splitter.append(markdown);
  m_mayEnd |= mayEndSentence(markdown);
  read();
}

void SpokenText::finish() {
  m_splitter.finish();
  read();
}

QList<SpokenText::Passage> SpokenText::take() { return std::exchange(m_passages, {}); }

void SpokenText::skip() {
  m_passages.clear();
  const QString& tail = m_splitter.tail();
  if (QStringView(tail).trimmed().isEmpty()) return;
  const int before = m_before;
  readPiece(tail, m_splitter.tailContinues(), true);
  m_taken = std::max(m_taken, m_before);
  m_before = before;  // it is still open
  m_passages.clear();
}

void SpokenText::read() {
  const QList<MarkdownSplitter::Cut>& closed = m_splitter.closed();
  for (; m_read < closed.size(); ++m_read) {
    const int before = m_before;
    readPiece(closed[m_read].text, closed[m_read].continues, true);
    m_taken = std::max(m_taken, m_before);
    if (m_before == before) continue;  // nothing in it
    m_mayEnd = true;                   // what is behind it was not looked at
  }
  const QString& tail = m_splitter.tail();
  const bool isCode = asCode(tail).has_value();
  if (!isCode && !std::exchange(m_mayEnd, false)) return;
  const int before = m_before;
  readPiece(tail, m_splitter.tailContinues(), false);
  m_before = before;  // it is still open
}

// Moves m_before behind it.
void SpokenText::readPiece(const QString& source, bool continues, bool complete) {
  if (const auto code = asCode(source)) return readCode(code->code, continues);
  m_codeNamed = false;
  // A table is seen as one when its second line is there.
  if (!complete && QStringView(source).trimmed().startsWith(u'|')) {
    m_mayEnd = true;
    return;
  }
  QTextDocument document;
  setMarkdown(document, source, textStyle(QGuiApplication::font(), QGuiApplication::palette()));
  readDocument(document, complete);
}

void SpokenText::readCode(const QString& code, bool continues) {
  const int letters = countLetters(code);
  if (!continues && m_taken <= m_before) m_codeNamed = false;
  if (letters > 0 && !std::exchange(m_codeNamed, true)) name(Passage::Kind::Code, m_before, m_before + letters);
  m_before += letters;
}

void SpokenText::readDocument(const QTextDocument& document, bool complete) {
  const QTextTable* named = nullptr;
  bool inCode = false;
  bool grows = false;  // the passage that was named
  bool open = true;    // everything so far is complete
  for (QTextBlock block = document.begin(); block.isValid(); block = block.next()) {
    const QString text = block.text();
    const int letters = countLetters(text);
    const QTextTable* table = QTextCursor(block).currentTable();
    const bool isCode = block.blockFormat().background().style() != Qt::NoBrush;
    if (letters > 0 && open) {
      if (table || isCode) {
        const bool isNew = table ? table != std::exchange(named, table) : !inCode;
        if (isNew) grows = m_before >= m_taken;
        if (isNew && grows) name(table ? Passage::Kind::Table : Passage::Kind::Code, m_before, m_before + letters);
        if (grows) m_passages.last().endLetter = m_before + letters;
        m_taken = std::max(m_taken, m_before + letters);
      } else {
        open = readBlock(text, numberOf(block), m_before, complete || block.next().isValid());
      }
    }
    inCode = isCode;
    m_before += letters;
  }
}

// False: it goes on, and what is behind has to wait.
bool SpokenText::readBlock(const QString& text, const QString& number, int before, bool complete) {
  const int takenHere = m_taken - before;
  qsizetype at = takenHere > 0 ? behindLetters(text, takenHere) : 0;
  if (takenHere > 0) {  // the mark of the sentence that was taken, and the space
    while (at < text.size() && !text[at].isLetterOrNumber() && !text[at].isSpace()) ++at;
  }
  while (at < text.size()) {
    const qsizetype end = sentenceEnd(text, at, complete);
    if (end < 0 || (!complete && hasOpenMarks(QStringView(text).left(end)))) {
      m_mayEnd = mayEndSentence(QStringView(text).mid(at));
      return false;
    }
    const QString written = text.mid(at, end - at).trimmed();
    const int first = before + countLetters(QStringView(text).left(at));
    const int letters = countLetters(written);
    if (letters > 0) {
      m_passages << Passage{.written = takenHere <= 0 && at == 0 ? number + written : written,
                            .firstLetter = first,
                            .endLetter = first + letters};
      m_taken = first + letters;
    }
    at = end;
  }
  return true;
}

void SpokenText::name(Passage::Kind kind, int first, int end) {
  m_passages << Passage{.kind = kind, .firstLetter = first, .endLetter = end};
  m_taken = std::max(m_taken, end);
}

}  // namespace xllm::ui
