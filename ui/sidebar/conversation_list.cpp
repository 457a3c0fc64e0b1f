#include "ui/sidebar/conversation_list.h"

#include <algorithm>

#include "ui/widgets/tool_tip.h"

namespace xllm::ui {

ConversationList::ConversationList(Store& store, QObject* parent) : QAbstractListModel(parent), m_store(store) {
  connect(&store, &Store::changed, this, &ConversationList::refresh);
  refresh();
}

int ConversationList::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(m_list.size());
}

QString ConversationList::titleOf(const ConversationSummary& summary) const {
  return summary.conversation.title.isEmpty() ? tr("Untitled") : summary.conversation.title;
}

QVariant ConversationList::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
  const ConversationSummary& summary = at(index.row());
  switch (role) {
    case Qt::DisplayRole:
    case Qt::EditRole: return titleOf(summary);
    case Qt::ToolTipRole: return toolTipOf(titleOf(summary));
    case Qt::AccessibleTextRole: {
      QStringList words{titleOf(summary)};
      if (summary.conversation.pinned) words << tr("pinned");
      if (summary.hasPictures) words << tr("with pictures");
      if (summary.hasClips) words << tr("with clips");
      if (summary.hasVoice) words << tr("with recordings");
      if (!summary.excerpt.isEmpty()) words << summary.excerpt;
      return words.join(u", ");
    }
    default: return {};
  }
}

bool ConversationList::setData(const QModelIndex& index, const QVariant& value, int role) {
  const QString title = value.toString().simplified();
  if (role != Qt::EditRole || title.isEmpty() || !checkIndex(index, CheckIndexOption::IndexIsValid)) return false;
  ConversationRecord& conversation = m_list[index.row()].conversation;
  if (title == conversation.title) return true;
  conversation.title = title;
  m_store.rename(conversation.id, title);
  Q_EMIT dataChanged(index, index);
  return true;
}

Qt::ItemFlags ConversationList::flags(const QModelIndex& index) const {
  const Qt::ItemFlags flags = QAbstractListModel::flags(index);
  return index.isValid() && !m_query.inTrash ? flags | Qt::ItemIsEditable : flags;
}

int ConversationList::rowOf(ConversationId id) const {
  const auto found = std::find_if(m_list.begin(), m_list.end(),
                                  [id](const ConversationSummary& s) { return s.conversation.id == id; });
  return found == m_list.end() ? -1 : static_cast<int>(found - m_list.begin());
}

void ConversationList::setQuery(const ConversationQuery& query) {
  m_query = query;
  refresh();
}

void ConversationList::refresh() {
  const quint64 asked = ++m_asked;
  m_store.find(m_query, this, [this, asked](const Result<QList<ConversationSummary>>& list) {
    if (list && asked == m_asked) take(*list);
  });
}

// Where nothing moved, nothing is reset: a title that is being edited, the selection and the scroll bar stay.
void ConversationList::take(const QList<ConversationSummary>& list) {
  const bool sameRows = std::equal(list.begin(), list.end(), m_list.begin(), m_list.end(),
                                   [](const ConversationSummary& a, const ConversationSummary& b) {
                                     return a.conversation.id == b.conversation.id && a.inTrash == b.inTrash;
                                   });
  if (sameRows) {
    m_list = list;
    if (!m_list.isEmpty()) Q_EMIT dataChanged(index(0), index(rowCount() - 1));
  } else {
    beginResetModel();
    m_list = list;
    endResetModel();
  }
  Q_EMIT refreshed();
}

}  // namespace xllm::ui
