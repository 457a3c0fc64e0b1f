#include "ui/composer/prompt_edit.h"

#include <QAbstractTextDocumentLayout>
#include <QAction>
#include <QDragEnterEvent>
#include <QInputMethodEvent>
#include <QKeyEvent>
#include <QMimeData>
#include <QUrl>
#include <algorithm>
#include <cmath>

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kMostLines = 9;

QStringList localFiles(const QMimeData& data) {
  QStringList files;
  for (const QUrl& url : data.urls()) {
    if (url.isLocalFile()) files << url.toLocalFile();
  }
  return files;
}

}  // namespace

PromptEdit::PromptEdit(QWidget* parent) : QTextEdit(parent) {
  setAcceptRichText(false);
  setFrameShape(QFrame::NoFrame);
  setTabChangesFocus(true);
  setVerticalScrollBarPolicy(Qt::ScrollBarAsNeeded);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  viewport()->setAutoFillBackground(false);
  document()->setDocumentMargin(2);
  connect(document()->documentLayout(), &QAbstractTextDocumentLayout::documentSizeChanged, this, &PromptEdit::grow);
  m_send = addKeys({Qt::Key_Return, Qt::Key_Enter});
  m_newLine = addKeys({Qt::SHIFT | Qt::Key_Return});
  m_previousPrompt = addKeys({Qt::Key_Up});
  connect(m_send, &QAction::triggered, this, &PromptEdit::sendPressed);
  connect(m_newLine, &QAction::triggered, this, [this] { textCursor().insertBlock(); });
  connect(m_previousPrompt, &QAction::triggered, this, &PromptEdit::bringBack);
  grow();
  retranslate();
}

QAction* PromptEdit::addKeys(const QList<QKeySequence>& keys) {
  auto* action = new QAction(this);
  action->setShortcuts(keys);
  action->setShortcutContext(Qt::WidgetShortcut);
  addAction(action);
  return action;
}

QSize PromptEdit::sizeHint() const { return {200, heightForText()}; }

QSize PromptEdit::minimumSizeHint() const { return {80, heightForText()}; }

int PromptEdit::heightForText() const {
  const int line = fontMetrics().lineSpacing();
  const int margin = static_cast<int>(std::ceil(2 * document()->documentMargin()));
  const int text = static_cast<int>(std::ceil(document()->size().height()));
  return std::clamp(text, line + margin, kMostLines * line + margin);
}

void PromptEdit::grow() {
  setFixedHeight(heightForText());
  updateGeometry();
}

void PromptEdit::resizeEvent(QResizeEvent* event) {
  QTextEdit::resizeEvent(event);
  ensureCursorVisible();
}

// Its keys are its own, before any shortcut: an input method may need them.
bool PromptEdit::event(QEvent* event) {
  if (event->type() != QEvent::ShortcutOverride) return QTextEdit::event(event);
  const QKeySequence pressed(static_cast<QKeyEvent*>(event)->keyCombination());
  for (const QAction* action : actions()) {
    if (action->shortcuts().contains(pressed)) event->accept();
  }
  return event->isAccepted() || QTextEdit::event(event);
}

void PromptEdit::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  QTextEdit::changeEvent(event);
}

void PromptEdit::retranslate() {
  m_send->setText(tr("Send the message"));
  m_newLine->setText(tr("New line"));
  m_previousPrompt->setText(tr("The previous message again, in the empty box"));
}

void PromptEdit::bringBack() {
  setPlainText(m_previous);
  moveCursor(QTextCursor::End);
}

void PromptEdit::keyPressEvent(QKeyEvent* event) {
  const bool isEnter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
  if (isEnter && m_composing) return event->accept();  // it ends the composition, nothing else
  if (isEnter && !(event->modifiers() & Qt::ShiftModifier)) {
    event->accept();
    Q_EMIT sendPressed();
    return;
  }
  if (event->key() == Qt::Key_Up && !m_composing && document()->isEmpty() && !m_previous.isEmpty()) {
    return bringBack();
  }
  QTextEdit::keyPressEvent(event);
}

void PromptEdit::inputMethodEvent(QInputMethodEvent* event) {
  m_composing = !event->preeditString().isEmpty();
  QTextEdit::inputMethodEvent(event);
}

// Word processors put a picture of the text beside the text: then the text is meant.
bool PromptEdit::holdsMedia(const QMimeData& media) {
  return !localFiles(media).isEmpty() || (media.hasImage() && !media.hasText());
}

bool PromptEdit::takeMedia(const QMimeData& media) {
  const QStringList files = localFiles(media);
  if (!files.isEmpty()) {
    Q_EMIT filesGiven(files);
    return true;
  }
  if (!media.hasImage() || media.hasText()) return false;
  if (const QByteArray png = media.data(u"image/png"_s); !png.isEmpty()) {
    Q_EMIT pngGiven(png);  // imageData() would decode it here and now
  } else {
    Q_EMIT imageGiven(qvariant_cast<QImage>(media.imageData()));
  }
  return true;
}

// Files that hover are the composer's business: it shows where they will go.
void PromptEdit::dragEnterEvent(QDragEnterEvent* event) {
  if (holdsMedia(*event->mimeData())) return event->ignore();
  QTextEdit::dragEnterEvent(event);
}

bool PromptEdit::canInsertFromMimeData(const QMimeData* source) const {
  return holdsMedia(*source) || QTextEdit::canInsertFromMimeData(source);
}

void PromptEdit::insertFromMimeData(const QMimeData* source) {
  if (!takeMedia(*source)) QTextEdit::insertFromMimeData(source);
}

}  // namespace xllm::ui
