#include "ui/chat/announcer.h"

#include <QAccessible>
#include <QRegularExpression>
#include <QTextBoundaryFinder>
#include <QWidget>
#include <algorithm>

#include "ui/chat/conversation.h"
#include "ui/widgets/announcement.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kLongestSentence = 600;  // letters

QString spoken(QString sentence) {
  static const QRegularExpression lineMarks(u"^\\s*(#{1,6}\\s+|[-*+>]\\s+|`{3,}.*$)"_s);
  static const QRegularExpression marks(u"[*`_~]{1,3}(?=\\S)|(?<=\\S)[*`_~]{1,3}"_s);
  sentence.remove(lineMarks).remove(marks);
  sentence = sentence.simplified();
  const bool hasWords = std::any_of(sentence.begin(), sentence.end(), [](QChar c) { return c.isLetterOrNumber(); });
  return hasWords ? sentence : QString();
}

}  // namespace

QStringList takeSentences(QString& open) {
  QStringList sentences;
  QTextBoundaryFinder finder(QTextBoundaryFinder::Sentence, open);
  qsizetype start = 0;
  // A boundary at the end is none yet: "3." may become "3.5".
  for (qsizetype end = finder.toNextBoundary(); end > 0 && end < open.size(); end = finder.toNextBoundary()) {
    if (const QString words = spoken(open.mid(start, end - start)); !words.isEmpty()) sentences << words;
    start = end;
  }
  open.remove(0, start);
  // What never ends is told in pieces, so that each costs the same.
  if (open.size() > kLongestSentence) {
    const qsizetype space = std::max<qsizetype>(open.lastIndexOf(u' '), kLongestSentence / 2);
    if (const QString words = spoken(open.left(space)); !words.isEmpty()) sentences << words;
    open.remove(0, space);
  }
  return sentences;
}

Announcer::Announcer(Conversation& conversation, QWidget& place)
    : QObject(&place), m_conversation(conversation), m_announcement(new Announcement(place)) {
  connect(&conversation.model(), &ConversationModel::textAppended, this, &Announcer::onText);
  connect(&conversation, &Conversation::answered, this, &Announcer::onEnd);
}

void Announcer::onText(int row, const QString& text) {
  if (!QAccessible::isActive()) return;  // nobody listens
  const MessageId reply = m_conversation.model().at(row).id;
  if (m_isReadElsewhere && m_isReadElsewhere(reply)) {
    m_reply = 0;
    return;
  }
  if (reply != m_reply) m_open.clear();
  m_reply = reply;
  m_open += text;
  for (const QString& sentence : takeSentences(m_open)) m_announcement->say(sentence);
}

void Announcer::onEnd(int row) {
  if (m_conversation.model().at(row).id != m_reply) return;
  const QString rest = spoken(m_open);
  m_open.clear();
  m_reply = 0;
  if (!rest.isEmpty()) m_announcement->say(rest);
}

}  // namespace xllm::ui
