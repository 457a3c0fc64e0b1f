// What is said when presets were damaged or cannot be kept, and how everything is deleted that the program keeps: asked
// first, then done in an order that leaves nothing half.
#pragma once

#include <QObject>
#include <functional>

#include "core/base/result.h"
#include "ui/bridge/problem.h"

namespace xllm::ui {

class Composer;
class Conversation;
class InlineMessage;
class PreferencesControl;
class Store;
class TrainingDoor;

class KeptData final : public QObject {
  Q_OBJECT

 public:
  // All outlive this. `message` is where it says how it went.
  KeptData(Store& store, Conversation& conversation, Composer& composer, PreferencesControl& preferences,
           InlineMessage& message);

  void reportDamagedPresets(const QString& putAside);
  void reportUnkeptPresets(const Error& error);
  void setTraining(TrainingDoor& training) {
    m_training = &training;
  }  // outlives this; without it there are no trainings
  // Neither is done while a training runs, which is said instead.
  void askToDeleteTrainings();
  void askToDeleteEverything();
  void retranslate();

 private:
  void say(std::function<Problem()> words);  // asked again when the language changes
  void ask(const QString& title, const QString& text, void (KeptData::*then)());
  // `then` on this thread when there are no trainings any more.
  void deleteTrainings(std::function<void()> then);
  void deleteTrainingsOnly();
  void deleteTrainingsAndTheRest();
  void deleteTheRest();

  Store& m_store;
  Conversation& m_conversation;
  Composer& m_composer;
  PreferencesControl& m_preferences;
  InlineMessage& m_message;
  TrainingDoor* m_training = nullptr;
  std::function<Problem()> m_words;
};

}  // namespace xllm::ui
