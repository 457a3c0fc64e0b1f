#include "ui/window/answer_actions.h"

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>

#include "ui/chat/conversation.h"
#include "ui/window/actions.h"

namespace xllm::ui {

namespace {

void stepVersion(Conversation& conversation, int by) {
  const int row = conversation.model().rowCount() - 1;
  const Versions versions = conversation.model().versionsOf(row);
  const int wanted = versions.shown + by;
  if (wanted >= 0 && wanted < versions.count) conversation.choose(row, wanted);
}

void enable(const Actions& actions, Conversation& conversation) {
  ConversationModel& model = conversation.model();
  const int last = model.rowCount() - 1;
  const bool hasAnswer = last > 0;
  const bool hasEnded = hasAnswer && !isUnfinished(model.at(last).state);
  const bool hasText = hasAnswer && !model.at(last).text.isEmpty();
  const Versions versions = hasAnswer ? model.versionsOf(last) : Versions{};
  actions.copyAnswer->setEnabled(hasText);
  actions.answerAgain->setEnabled(hasEnded);
  actions.editQuestion->setEnabled(hasAnswer);
  actions.resume->setEnabled(hasEnded && hasText && mayGoOn(model.at(last)));
  actions.olderVersion->setEnabled(versions.shown > 0);
  actions.newerVersion->setEnabled(versions.shown + 1 < versions.count);
  actions.latest->setEnabled(last >= 0);
  actions.exportChat->setEnabled(last >= 0);
}

}  // namespace

void connectAnswerActions(Actions& actions, Conversation& conversation) {
  ConversationModel& model = conversation.model();
  const auto last = [&model] { return model.rowCount() - 1; };
  const auto on = [&conversation](QAction* action, auto then) {
    QObject::connect(action, &QAction::triggered, &conversation, then);
  };
  on(actions.copyAnswer, [&model, last] { QGuiApplication::clipboard()->setText(model.at(last()).text); });
  on(actions.answerAgain, [&conversation, last] { conversation.answerAgain(last()); });
  on(actions.resume, [&conversation, last] { conversation.resume(last()); });
  on(actions.editQuestion, [&conversation, last] { conversation.edit(last()); });
  on(actions.olderVersion, [&conversation] { stepVersion(conversation, -1); });
  on(actions.newerVersion, [&conversation] { stepVersion(conversation, 1); });

  const auto refresh = [&actions, &conversation] { enable(actions, conversation); };
  QObject::connect(&model, &QAbstractItemModel::rowsInserted, &actions, refresh);
  QObject::connect(&model, &QAbstractItemModel::rowsRemoved, &actions, refresh);
  QObject::connect(&model, &QAbstractItemModel::modelReset, &actions, refresh);
  QObject::connect(&model, &QAbstractItemModel::dataChanged, &actions,
                   [refresh](const QModelIndex&, const QModelIndex&, const QList<int>& roles) {
                     if (roles.contains(ConversationModel::StateRole)) refresh();
                   });
  refresh();
}

}  // namespace xllm::ui
