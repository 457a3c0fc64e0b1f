// The store's side of its thread: owns the database, writes in order, keeps what cannot be written just now and tries
// it again. Everything is called on that thread. Why a thread: a full, slow or network disk, another program's lock, a
// migration's backup or a search through everything may each take longer than the window may stand still.
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <deque>

#include "ui/history/database.h"
#include "ui/history/media_vault.h"

namespace xllm::ui {

class StoreWorker final : public QObject {
  Q_OBJECT

 public:
  using Work = std::function<Result<void>(Database&)>;
  struct Run {  // of the program
    qint64 session = 0;
    QList<qint64> alive;
    bool afterCrash = false;
  };

  StoreWorker(QString folder, Run run);

  void open();  // first
  void write(Survives what, Work work);
  void appendText(MessageId id, const QString& text);
  void tidyMedia();
  void forgetMedium(const QString& sha256);
  Result<void> removeEverything();
  void close();                     // last: what this run left unfinished is settled
  void onDamage(const Error& why);  // a reader came upon it
  // Everything that was written before is in it.
  Result<Database*> database();
  const MediaVault& vault() const { return m_vault; }

 Q_SIGNALS:
  void changed();
  void problem(const xllm::Error& error);  // once, until recovered()
  void recovered();

 private:
  struct Change {
    Survives what;
    Work work;
  };

  Result<void> openFile(bool checked);
  void openAside(const Error& why);
  void openNowhere(const Error& why);
  void openAgain();
  void begin();
  bool knowsAllMedia() const;
  void tidyRecordings();
  void flushText();
  void pump();
  void report(const Error& error);

  QString m_folder;
  Run m_run;
  MediaVault m_vault;
  std::unique_ptr<Database> m_database;
  std::deque<Change> m_changes;     // in order; the first failed when m_retry runs
  std::deque<Change> m_remembered;  // in order: what only memory has, while there is no file
  QTimer m_retry{this};
  QTimer m_reopen{this};
  QTimer m_flush{this};
  QElapsedTimer m_sinceFlush;
  MessageId m_textOf = 0;
  QString m_text;  // not written yet
  bool m_reported = false;
  bool m_nowhere = false;  // in memory only; m_reopen runs where that may end
};

}  // namespace xllm::ui
