// The box one types into: plain text that grows with its lines; Enter sends, Shift+Enter breaks the line, an input
// method that composes keeps its Enter. Files and pictures that are dropped or pasted are handed on, not inserted.
#pragma once

#include <QImage>
#include <QTextEdit>

namespace xllm::ui {

class PromptEdit final : public QTextEdit {
  Q_OBJECT

 public:
  explicit PromptEdit(QWidget* parent = nullptr);

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;
  void setPreviousPrompt(const QString& text) { m_previous = text; }  // Up in the empty box brings it back

  // Whether files or a picture would become attachments, and the handing on.
  static bool holdsMedia(const QMimeData& media);
  bool takeMedia(const QMimeData& media);

 Q_SIGNALS:
  void sendPressed();
  void filesGiven(const QStringList& paths);
  void imageGiven(const QImage& image);
  void pngGiven(const QByteArray& bytes);  // a picture of another program, not decoded yet

 protected:
  bool event(QEvent* event) override;
  void changeEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void inputMethodEvent(QInputMethodEvent* event) override;
  bool canInsertFromMimeData(const QMimeData* source) const override;
  void insertFromMimeData(const QMimeData* source) override;
  void resizeEvent(QResizeEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;

 private:
  int heightForText() const;
  void grow();
  QAction* addKeys(const QList<QKeySequence>& keys);
  void bringBack();
  void retranslate();

  QString m_previous;
  QAction *m_send, *m_newLine,
      *m_previousPrompt;  // what its keys do, for whoever lists them; the keys come to keyPressEvent()
  bool m_composing = false;
};

}  // namespace xllm::ui
