// The draft of the next message: text, pictures, clips, sounds, and the one button that sends or stops. Never throws a
// draft away: only clear() does, which its owner calls once a message was taken. Leaves sending to its owner.
#pragma once

#include <QPointer>
#include <QWidget>
#include <functional>
#include <limits>
#include <optional>

#include "ui/bridge/attachment.h"
#include "ui/bridge/problem.h"
#include "ui/composer/attachment_loader.h"
#include "ui/composer/clip_panel.h"

class QBoxLayout;
class QVBoxLayout;
class QLabel;
class QMimeData;
class QToolButton;

namespace xllm::ui {

class AttachmentChip;
class ClipShelf;
class FlowLayout;
class InlineMessage;
class PromptEdit;
class SaidWords;

class Composer final : public QWidget {
  Q_OBJECT

 public:
  explicit Composer(const MediaReader& reader, QWidget* parent = nullptr);  // `reader` outlives this

  QString text() const;             // as it is typed
  QString wholeText() const;        // what would be sent: corrected words of recordings, then what is typed
  Attachments attachments() const;  // those that are read
  bool isReading() const;           // some file is not read yet, or not the frames of a clip that were chosen
  bool isEmpty() const;

  void addFiles(const QStringList& paths);
  void addImage(const QImage& image, const QString& name = {});  // without a name: a pasted one
  void addPng(const QByteArray& bytes);
  // What was said. `words`: what was understood of it, in a line to be corrected; more of them may follow.
  quint64 addRecording(const Attachment& recording, const std::optional<QString>& words = {});
  void sendRecording(const Attachment& recording);  // with everything else; it stays in the box if it is not taken
  void setUnderstood(quint64 chip, const QString& words);
  std::optional<QString> wordsOf(quint64 chip) const;  // that stand in its line; none: it has no line
  bool isCorrected(quint64 chip) const;                // by the person
  void editWords(quint64 chip);                        // the keyboard goes there
  void setKept(quint64 chip, const QString& sha256, const QString& file);  // a recording now lies in the vault
  void send();                                                             // as Enter does
  // What the model makes of an attachment, as far as that is known.
  void setMade(quint64 chip, qint64 tokens, const QString& transcript);
  void clear();
  // What a message held that could not be sent after all; joins what was typed meanwhile.
  void giveBack(const QString& words, const Attachments& media);
  void setClipAbilities(const ClipAbilities& abilities);
  void setDraft(const QString& words, const QStringList& files);  // in place of what is there
  void setBusy(bool busy);                                        // Send becomes Stop
  // Above the box, until the draft is sent or the reader dismisses it. `words` is asked again when the language
  // changes.
  void showProblem(std::function<Problem()> words);
  void showHint(std::function<QString()> words);  // a short quiet remark beside the button
  void setDropTarget(bool active);                // something droppable hovers over the window
  bool takeDrop(const QMimeData& dropped);
  void orderFocus();                            // again, after something was put in front of the box
  void addTool(QWidget* tool);                  // beside the button that attaches
  void addTools(const QList<QWidget*>& tools);  // the same, in front of the others
  void addAbove(QWidget* part);                 // in the box, above the text

  PromptEdit& edit() { return *m_edit; }
  QToolButton& sendButton() { return *m_send; }
  QToolButton& attachButton() { return *m_attach; }
  const InlineMessage& message() const { return *m_message; }
  QList<AttachmentChip*> chips() const { return m_chips; }
  ClipShelf& clips() { return *m_clips; }
  SaidWords& said() { return *m_said; }

 public Q_SLOTS:
  void chooseFiles();
  void pasteAsAttachment();  // also where the clipboard has text beside the picture

 Q_SIGNALS:
  void sendRequested();
  void stopRequested();
  void draftChanged(qsizetype letters);  // its text, or what goes with it
  void attachmentRead(quint64 chip, const xllm::ui::Attachment& attachment);
  void attachmentGone(quint64 chip);  // it was sent, or taken out
  void openRequested(const xllm::ui::Attachment& attachment);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dragLeaveEvent(QDragLeaveEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void build();
  quint64 newId() { return std::numeric_limits<quint64>::max() - m_lastOwnId++; }
  AttachmentChip* addChip(quint64 id, const QString& name);
  void removeChip(quint64 id);
  void dropChips();
  void moveChip(quint64 id, int steps);
  void dragChip(quint64 id, const QPoint& where);
  void settleChips();
  void onLoaded(quint64 id, const Attachment& attachment);
  void onFailed(quint64 id, const Error& error, Situation situation);
  void onClipRead(quint64 id, const Attachment& clip);
  void onClipFailed(quint64 id, const Error& error, bool wasRead);
  void sayNotAdded(quint64 id, const Error& error, Situation situation);
  void sendIfAllRead();
  void refreshButton();
  void tellDraft();
  void retranslate();
  AttachmentChip* chip(quint64 id) const;

  PromptEdit* m_edit;
  QToolButton* m_attach;
  QBoxLayout* m_tools;
  QToolButton* m_send;
  QLabel* m_hint;
  InlineMessage* m_message;
  QWidget* m_card;
  QVBoxLayout* m_cardLayout = nullptr;
  QWidget* m_chipRow;
  FlowLayout* m_chipFlow;
  QList<AttachmentChip*> m_chips;
  quint64 m_lastOwnId = 0;  // chips that were never loaded here count downwards from the top
  bool m_busy = false;
  bool m_sendWhenRead = false;
  bool m_dropTarget = false;
  std::function<Problem()> m_problemWords;
  std::function<QString()> m_hintWords;
  AttachmentLoader m_loader;  // its workers answer into everything above
  ClipShelf* m_clips;
  SaidWords* m_said;
  QList<QPointer<QWidget>> m_above;
};

}  // namespace xllm::ui
