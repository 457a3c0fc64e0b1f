// What is read aloud of an answer in Markdown while it grows: whole sentences of what is seen, in order. Blocks of code
// and tables are only named. Leaves saying them to answer_reader.h.
#pragma once

#include <QList>
#include <QString>

#include "ui/chat/markdown_splitter.h"

class QTextDocument;

namespace xllm::ui {

class SpokenText {
 public:
  struct Passage {
    enum class Kind { Sentence = 1, Code, Table };
    Kind kind = Kind::Sentence;
    QString written = {};  // as it is seen; of a numbered item with its number. Of code and tables: nothing
    // Its place: letters and digits of all that is seen of the answer, counted from the beginning (countLetters()).
    int firstLetter = 0, endLetter = 0;
  };

  void append(const QString& markdown);  // costs the new text, and the last open piece when a sentence may have ended
  void finish();                         // nothing more will come: what is open is a sentence
  QList<Passage> take();                 // those that are complete and were not taken yet
  void skip();                           // nothing of what is there is taken any more

 private:
  void read();
  void readPiece(const QString& source, bool continues, bool complete);
  void readCode(const QString& code, bool continues);
  void readDocument(const QTextDocument& document, bool complete);
  bool readBlock(const QString& text, const QString& number, int before, bool complete);
  void name(Passage::Kind kind, int first, int end);

  MarkdownSplitter m_splitter;
  QList<Passage> m_passages;
  qsizetype m_read = 0;      // closed pieces that are done
  int m_before = 0;          // letters in them
  int m_taken = 0;           // letters that were taken or passed by, of all
  bool m_codeNamed = false;  // the block of code that may go on
  bool m_mayEnd = false;     // an end of a sentence may be in the tail
};

}  // namespace xllm::ui
