// The conversations as a list model: what the store finds for the query in force. Asks again when the store changed.
// Leaves searching to the store and pixels to the delegate.
#pragma once

#include <QAbstractListModel>

#include "ui/history/store.h"

namespace xllm::ui {

class ConversationList final : public QAbstractListModel {
  Q_OBJECT

 public:
  explicit ConversationList(Store& store, QObject* parent = nullptr);  // `store` outlives this

  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;  // DisplayRole: the title; EditRole: to rename
  bool setData(const QModelIndex& index, const QVariant& value, int role) override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;

  const ConversationSummary& at(int row) const { return m_list.at(row); }
  int rowOf(ConversationId id) const;  // -1: not in it
  const ConversationQuery& query() const { return m_query; }
  void setQuery(const ConversationQuery& query);

 Q_SIGNALS:
  void refreshed();  // an answer came; rows that stayed are the same rows

 private:
  void refresh();
  void take(const QList<ConversationSummary>& list);
  QString titleOf(const ConversationSummary& summary) const;

  Store& m_store;
  ConversationQuery m_query;
  QList<ConversationSummary> m_list;
  quint64 m_asked = 0;  // only the newest answer counts
};

}  // namespace xllm::ui
