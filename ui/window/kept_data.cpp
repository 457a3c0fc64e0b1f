#include "ui/window/kept_data.h"

#include <QDir>
#include <QMessageBox>
#include <QPushButton>
#include <utility>

#include "ui/chat/conversation.h"
#include "ui/composer/composer.h"
#include "ui/training/run_files.h"
#include "ui/widgets/inline_message.h"
#include "ui/widgets/on_worker.h"
#include "ui/window/preferences_control.h"
#include "ui/window/training_door.h"

namespace xllm::ui {

KeptData::KeptData(Store& store, Conversation& conversation, Composer& composer, PreferencesControl& preferences,
                   InlineMessage& message)
    : m_store(store),
      m_conversation(conversation),
      m_composer(composer),
      m_preferences(preferences),
      m_message(message) {}

void KeptData::retranslate() {
  if (!m_message.isHidden() && m_words) say(std::function(m_words));
}

void KeptData::say(std::function<Problem()> words) {
  m_words = std::move(words);
  const Problem problem = m_words();
  m_message.say(InlineMessage::Kind::Error, problem.title, problem.text, problem.details);
}

void KeptData::reportDamagedPresets(const QString& putAside) {
  say([putAside] {
    return Problem{
        tr("The file with your presets was damaged"),
        tr("It was put aside under the name below; nothing in it was deleted. The built-in presets are there."),
        putAside};
  });
}

void KeptData::reportUnkeptPresets(const Error& error) {
  say([error] {
    return Problem{tr("Your presets cannot be saved"),
                   tr("The disk is full or may not be written to. They last until the program ends."),
                   QString::fromStdString(error.message)};
  });
}

void KeptData::askToDeleteTrainings() {
  ask(tr("Delete all trainings"),
      tr("Delete all trainings, with their runs, checkpoints and curves? This cannot be undone. Packs that were made "
         "of "
         "them, and the pictures and recordings that you trained with, stay."),
      &KeptData::deleteTrainingsOnly);
}

void KeptData::askToDeleteEverything() {
  ask(tr("Delete everything"),
      tr("Delete all conversations, with their pictures, recordings and copies, all trainings, with their runs and "
         "checkpoints, and all settings and presets? This cannot be undone. Model packs stay."),
      &KeptData::deleteTrainingsAndTheRest);
}

void KeptData::ask(const QString& title, const QString& text, void (KeptData::*then)()) {
  auto* box = new QMessageBox(QMessageBox::Warning, title, text, QMessageBox::Cancel, m_preferences.dialog());
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->setDefaultButton(QMessageBox::Cancel);
  QPushButton* remove = box->addButton(title, QMessageBox::DestructiveRole);
  connect(remove, &QPushButton::clicked, this, then);
  box->open();
}

void KeptData::deleteTrainings(std::function<void()> then) {
  if (!m_training || m_training->places().trainings.isEmpty()) return then();
  enum class Deletion { Left, Running, Deleted };  // Left, too, where nobody knows what happened
  onWorker(
      this,
      [folder = m_training->places().trainings] {
        if (isTrainedIn(folder)) return Deletion::Running;
        QDir trainings(folder);
        return !trainings.exists() || trainings.removeRecursively() ? Deletion::Deleted : Deletion::Left;
      },
      [this, then = std::move(then)](Deletion outcome) {
        if (outcome == Deletion::Running) {
          return say([] {
            return Problem{tr("A training is running"),
                           tr("Nothing was deleted. Pause the training under File → Training, and try again."),
                           QString()};
          });
        }
        m_training->forget();
        if (outcome == Deletion::Deleted) return then();
        say([folder = m_training->places().trainings] {
          return Problem{tr("Not every training could be deleted"),
                         tr("The folder below may not be written to, or another program holds a file in it."), folder};
        });
      });
}

void KeptData::deleteTrainingsOnly() {
  deleteTrainings([] {});
}

void KeptData::deleteTrainingsAndTheRest() {
  deleteTrainings([this] { deleteTheRest(); });
}

// A running answer ends first: nothing may be written into what is gone.
void KeptData::deleteTheRest() {
  if (m_conversation.isBusy()) {
    connect(&m_conversation, &Conversation::busyChanged, this, &KeptData::deleteTheRest,
            static_cast<Qt::ConnectionType>(Qt::QueuedConnection | Qt::SingleShotConnection));
    return m_conversation.stop();
  }
  m_conversation.startNew();
  m_composer.clear();
  m_preferences.change([](Preferences& preferences) {
    preferences = {.packFolder = preferences.packFolder, .geometry = preferences.geometry};
  });
  m_store.removeEverything(this, [this](const Result<void>& removed) {
    if (removed) return;
    say([error = removed.error()] {
      return Problem{tr("Not everything could be deleted"),
                     tr("The folder of the conversations may not be written to, or another program holds it."),
                     QString::fromStdString(error.message)};
    });
  });
}

}  // namespace xllm::ui
