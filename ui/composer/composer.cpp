#include "ui/composer/composer.h"

#include <QClipboard>
#include <QDragEnterEvent>
#include <QEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QMimeData>
#include <QPainter>
#include <QStandardPaths>
#include <QToolButton>
#include <algorithm>
#include <utility>

#include "ui/composer/attachment_chip.h"
#include "ui/composer/clip_shelf.h"
#include "ui/composer/prompt_edit.h"
#include "ui/composer/said_words.h"
#include "ui/widgets/flow_layout.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/inline_message.h"
#include "ui/widgets/theme.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

Composer::Composer(const MediaReader& reader, QWidget* parent)
    : QWidget(parent),
      m_edit(new PromptEdit(this)),
      m_attach(new QToolButton(this)),
      m_tools(new QHBoxLayout),
      m_send(new QToolButton(this)),
      m_hint(new QLabel(this)),
      m_message(new InlineMessage(this)),
      m_card(new QWidget(this)),
      m_chipRow(new QWidget(this)),
      m_chipFlow(new FlowLayout(m_chipRow)),
      m_loader(reader),
      m_clips(new ClipShelf(m_loader, this)),
      m_said(new SaidWords(this)) {
  build();
  connect(m_edit, &PromptEdit::sendPressed, this, &Composer::send);
  connect(m_edit, &PromptEdit::filesGiven, this, &Composer::addFiles);
  connect(m_edit, &PromptEdit::imageGiven, this, [this](const QImage& image) { addImage(image); });
  connect(m_edit, &PromptEdit::pngGiven, this, &Composer::addPng);
  connect(m_edit, &QTextEdit::textChanged, this, [this] {
    m_sendWhenRead = false;  // the draft changed: it is not what was sent any more
    showHint({});
    refreshButton();
    tellDraft();
  });
  connect(m_attach, &QToolButton::clicked, this, &Composer::chooseFiles);
  connect(m_send, &QToolButton::clicked, this, [this] { m_busy ? Q_EMIT stopRequested() : send(); });
  connect(m_message, &InlineMessage::dismissed, this, [this] {
    m_problemWords = {};
    m_edit->setFocus();
  });
  connect(&m_loader, &AttachmentLoader::loaded, this, &Composer::onLoaded);
  connect(&m_loader, &AttachmentLoader::failed, this, &Composer::onFailed);
  connect(m_said, &SaidWords::sendPressed, this, &Composer::send);
  connect(m_said, &SaidWords::edited, this, &Composer::tellDraft);
  connect(m_clips, &ClipShelf::read, this, &Composer::onClipRead);
  connect(m_clips, &ClipShelf::failed, this, &Composer::onClipFailed);
  connect(m_clips, &ClipShelf::edited, this, [this] {
    m_sendWhenRead = false;
    showHint({});
  });
  connect(m_clips, &ClipShelf::opened, this, [this](quint64 id) {
    for (AttachmentChip* each : std::as_const(m_chips)) each->setFramesShown(each->id() == id);
  });
  retranslate();
  refreshButton();
}

void Composer::build() {
  m_attach->setProperty("flat", true);
  m_attach->setIcon(themeIcon(u"attach"_s, IconColor::Muted));
  m_attach->setIconSize(QSize(22, 22));
  m_attach->setFocusPolicy(Qt::StrongFocus);
  m_send->setIconSize(QSize(20, 20));
  m_send->setFixedSize(38, 38);
  m_send->setFocusPolicy(Qt::StrongFocus);
  m_hint->setProperty("caption", true);
  m_hint->setTextFormat(Qt::PlainText);
  m_edit->installEventFilter(this);
  m_edit->setStyleSheet(u"QTextEdit { background: transparent; border: 0; }"_s);
  m_chipRow->hide();

  auto* buttons = new QHBoxLayout;
  buttons->setSpacing(8);
  m_tools->setSpacing(4);
  m_tools->addWidget(m_attach);
  buttons->addLayout(m_tools);
  buttons->addStretch();
  buttons->addWidget(m_hint);
  buttons->addWidget(m_send);
  m_cardLayout = new QVBoxLayout(m_card);
  m_cardLayout->setContentsMargins(16, 13, 10, 9);
  m_cardLayout->setSpacing(8);
  for (QWidget* part : std::initializer_list<QWidget*>{m_chipRow, m_clips, m_said, m_edit}) {
    m_cardLayout->addWidget(part);
  }
  m_cardLayout->addLayout(buttons);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(10);
  column->addWidget(m_message);
  column->addWidget(m_card);
  setAcceptDrops(true);
  orderFocus();
}

// As it is seen from top to bottom, after the text.
void Composer::orderFocus() {
  QList<QWidget*> order{m_edit};
  for (const QPointer<QWidget>& part : std::as_const(m_above)) {
    if (!part) continue;
    for (QWidget* child : part->findChildren<QWidget*>()) {
      if (child->focusPolicy() & Qt::TabFocus) order << child;
    }
  }
  order << m_said->inTabOrder();
  for (AttachmentChip* chip : std::as_const(m_chips)) order << chip << chip->removeButton() << chip->framesButton();
  for (const AttachmentChip* chip : std::as_const(m_chips)) {
    if (const ClipPanel* panel = m_clips->panel(chip->id())) order << panel->inTabOrder();
  }
  for (int i = 0; i < m_tools->count(); ++i) order << m_tools->itemAt(i)->widget();
  order << m_send;
  for (qsizetype i = 1; i < order.size(); ++i) QWidget::setTabOrder(order[i - 1], order[i]);
}

QString Composer::text() const { return m_edit->toPlainText(); }

QString Composer::wholeText() const {
  QStringList parts;
  for (const AttachmentChip* chip : m_chips) {
    if (const auto words = m_said->correction(chip->id())) parts << *words;
  }
  if (const QString typed = text().trimmed(); !typed.isEmpty()) parts << typed;
  return parts.join(u'\n');
}

Attachments Composer::attachments() const {
  Attachments attachments;
  for (const AttachmentChip* chip : m_chips) {
    if (!chip->attachment()) continue;
    attachments << *chip->attachment();
    if (const auto words = m_said->correction(chip->id())) attachments.back().setCorrected(*words);
  }
  for (Attachment& attachment : attachments) {
    if (attachment.soundFailed) attachment.choice.withSound = false;  // what is kept is what went
  }
  return attachments;
}

bool Composer::isReading() const {
  return m_clips->isReading() ||
         std::any_of(m_chips.begin(), m_chips.end(), [](const AttachmentChip* chip) { return !chip->attachment(); });
}

bool Composer::isEmpty() const { return m_chips.isEmpty() && text().trimmed().isEmpty(); }

void Composer::send() {
  if (isEmpty()) return;
  if (isReading() && !m_busy) {
    m_sendWhenRead = true;
    return showHint([] { return tr("Goes out as soon as the file is read"); });
  }
  Q_EMIT sendRequested();
}

void Composer::addFiles(const QStringList& paths) {
  for (const QString& path : paths) addChip(m_loader.addFile(path), QFileInfo(path).fileName());
}

void Composer::addImage(const QImage& image, const QString& given) {
  const QString name = given.isEmpty() ? tr("Pasted picture") : given;
  addChip(m_loader.addImage(image, name), name);
}

void Composer::addPng(const QByteArray& bytes) {
  const QString name = tr("Pasted picture");
  addChip(m_loader.addPng(bytes, name), name);
}

void Composer::chooseFiles() {
  auto* dialog = new QFileDialog(this, tr("Add pictures, clips or sound files"),
                                 QStandardPaths::writableLocation(QStandardPaths::PicturesLocation));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::ExistingFiles);
  dialog->setNameFilters(
      {tr("Pictures, clips and sounds") +
           u" (*.jpg *.jpeg *.png *.webp *.bmp *.gif *.tif *.tiff *.mp4 *.m4v *.mov *.mkv *.webm *.avi *.3gp "
           "*.mpg *.mpeg *.ts *.flv *.wmv *.wav *.mp3 *.flac *.ogg *.opus *.m4a *.aac *.wma)"_s,
       tr("All files") + u" (*)"_s});
  connect(dialog, &QFileDialog::filesSelected, this, &Composer::addFiles);
  dialog->open();
}

void Composer::pasteAsAttachment() {
  const QMimeData* media = QGuiApplication::clipboard()->mimeData();
  if (PromptEdit::holdsMedia(*media)) {
    m_edit->takeMedia(*media);
  } else if (media->hasImage()) {
    addImage(qvariant_cast<QImage>(media->imageData()));
  } else {
    showHint([] { return tr("There is no picture and no file on the clipboard"); });
  }
}

void Composer::addTool(QWidget* tool) {
  m_tools->addWidget(tool);
  orderFocus();
}

void Composer::addTools(const QList<QWidget*>& tools) {
  int place = 1;  // behind the button that attaches
  for (QWidget* tool : tools) m_tools->insertWidget(place++, tool);
  orderFocus();
}

void Composer::addAbove(QWidget* part) {
  m_cardLayout->insertWidget(m_cardLayout->indexOf(m_said), part);
  m_above << part;
  orderFocus();
}

void Composer::dropChips() {
  m_clips->clear();
  m_said->clear();
  for (const AttachmentChip* chip : std::as_const(m_chips)) {
    m_loader.forget(chip->id());
    Q_EMIT attachmentGone(chip->id());
  }
  for (AttachmentChip* chip : std::exchange(m_chips, {})) {
    m_chipFlow->removeWidget(chip);
    chip->hide();
    chip->deleteLater();  // its own key may have asked
  }
  m_chipRow->hide();
  tellDraft();
}

void Composer::clear() {
  dropChips();
  if (!text().isEmpty()) m_edit->setPreviousPrompt(text());
  m_edit->clear();
  m_message->hide();
  m_problemWords = {};
  showHint({});
  refreshButton();
}

void Composer::giveBack(const QString& words, const Attachments& media) {
  const QString typed = m_edit->toPlainText();
  const bool both = !typed.isEmpty() && !words.isEmpty();
  m_edit->setPlainText(words + (both ? u"\n"_s : QString()) + typed);
  m_edit->moveCursor(QTextCursor::End);
  for (const Attachment& attachment : media) {
    const quint64 id = newId();
    addChip(id, attachment.name)->setAttachment(attachment);
    if (attachment.kind == MediaKind::Video) m_clips->add(id, attachment);
    Q_EMIT attachmentRead(id, attachment);
  }
  settleChips();
  refreshButton();
}

// Words that were corrected already stand in a line again; a recording without one is as it was given back.
quint64 Composer::addRecording(const Attachment& recording, const std::optional<QString>& words) {
  const quint64 id = newId();
  Attachment plain = recording;
  if (words) {
    plain.hasSound = false;
    plain.choice = {};
    plain.transcript.clear();
    m_said->add(id, recording.name, recording.isCorrected() ? QString() : *words);
    if (recording.isCorrected()) m_said->correct(id, *words);
  }
  addChip(id, recording.name)->setAttachment(plain);
  settleChips();
  Q_EMIT attachmentRead(id, plain);
  tellDraft();
  return id;
}

// Nobody looks at it before the answer does, which would only come later for that.
void Composer::sendRecording(const Attachment& recording) {
  const quint64 id = newId();
  addChip(id, recording.name)->setAttachment(recording);
  settleChips();
  send();
  if (chip(id)) Q_EMIT attachmentRead(id, recording);
}

void Composer::setUnderstood(quint64 id, const QString& words) {
  m_said->setUnderstood(id, words);
  tellDraft();
}

std::optional<QString> Composer::wordsOf(quint64 id) const { return m_said->words(id); }

bool Composer::isCorrected(quint64 id) const { return m_said->correction(id).has_value(); }

void Composer::editWords(quint64 id) { m_said->edit(id); }

void Composer::setKept(quint64 id, const QString& sha256, const QString& file) {
  AttachmentChip* kept = chip(id);
  if (!kept || !kept->attachment()) return;
  Attachment attachment = *kept->attachment();
  attachment.sha256 = sha256;
  attachment.file = file;
  kept->setAttachment(attachment);
  tellDraft();
}

void Composer::setDraft(const QString& words, const QStringList& files) {
  dropChips();
  m_sendWhenRead = false;
  m_edit->setPlainText(words);
  m_edit->moveCursor(QTextCursor::End);
  addFiles(files);
  refreshButton();
}

void Composer::setClipAbilities(const ClipAbilities& abilities) { m_clips->setAbilities(abilities); }

void Composer::setBusy(bool busy) {
  m_busy = busy;
  showHint({});
  refreshButton();
}

void Composer::showProblem(std::function<Problem()> words) {
  m_problemWords = std::move(words);
  const Problem problem = m_problemWords();
  m_message->say(InlineMessage::Kind::Error, problem.title, problem.text, problem.details);
}

void Composer::showHint(std::function<QString()> words) {
  m_hintWords = std::move(words);
  m_hint->setText(m_hintWords ? m_hintWords() : QString());
}

void Composer::setDropTarget(bool active) {
  m_dropTarget = active;
  if (active) {
    showHint([] { return tr("Drop to add"); });
  } else {
    showHint({});
  }
  update();
}

bool Composer::takeDrop(const QMimeData& dropped) {
  setDropTarget(false);
  return m_edit->takeMedia(dropped);
}

AttachmentChip* Composer::addChip(quint64 id, const QString& name) {
  auto* added = new AttachmentChip(id, name, m_chipRow);
  connect(added, &AttachmentChip::removeRequested, this, &Composer::removeChip);
  connect(added, &AttachmentChip::framesRequested, m_clips, &ClipShelf::toggle);
  connect(added, &AttachmentChip::moveRequested, this, &Composer::moveChip);
  connect(added, &AttachmentChip::draggedTo, this, &Composer::dragChip);
  connect(added, &AttachmentChip::openRequested, this, [this, added] {
    if (added->attachment()) Q_EMIT openRequested(*added->attachment());
  });
  m_chipFlow->addWidget(added);
  m_chips << added;
  added->show();
  m_chipRow->show();
  settleChips();
  refreshButton();
  tellDraft();
  return added;
}

// The order on the screen is the order for the keyboard, and the order that is sent.
void Composer::settleChips() {
  for (qsizetype place = 0; place < m_chips.size(); ++place) {
    m_chips[place]->setPlace(static_cast<int>(place), static_cast<int>(m_chips.size()));
  }
  orderFocus();
}

void Composer::moveChip(quint64 id, int steps) {
  const auto from = m_chips.indexOf(chip(id));
  const auto to = std::clamp<qsizetype>(from + steps, 0, m_chips.size() - 1);
  if (from < 0 || from == to) return;
  m_chips.move(from, to);
  m_chipFlow->move(static_cast<int>(from), static_cast<int>(to));
  settleChips();
}

void Composer::dragChip(quint64 id, const QPoint& where) {
  for (qsizetype place = 0; place < m_chips.size(); ++place) {
    if (!m_chips[place]->geometry().contains(where)) continue;
    return moveChip(id, static_cast<int>(place - m_chips.indexOf(chip(id))));
  }
}

void Composer::setMade(quint64 id, qint64 tokens, const QString& transcript) {
  AttachmentChip* made = chip(id);
  if (!made || !made->attachment()) return;
  Attachment attachment = *made->attachment();
  attachment.tokens = tokens;
  if (!attachment.isCorrected()) attachment.transcript = transcript;
  made->setAttachment(attachment);
  if (!transcript.isEmpty()) m_said->setUnderstood(id, transcript);
}

void Composer::removeChip(quint64 id) {
  AttachmentChip* removed = chip(id);
  if (!removed) return;
  m_loader.forget(id);
  m_clips->remove(id);
  m_said->remove(id);
  Q_EMIT attachmentGone(id);
  const auto place = m_chips.indexOf(removed);
  const bool hadFocus = removed->hasFocus();
  m_chips.removeAt(place);
  m_chipFlow->removeWidget(removed);
  removed->hide();
  removed->deleteLater();  // its own button may have asked
  m_chipRow->setVisible(!m_chips.isEmpty());
  m_chipRow->updateGeometry();
  settleChips();
  if (hadFocus && !m_chips.isEmpty()) {
    m_chips[std::min(place, m_chips.size() - 1)]->setFocus();  // Delete again takes the next one
  } else {
    m_edit->setFocus();
  }
  refreshButton();
  tellDraft();
  sendIfAllRead();
}

void Composer::tellDraft() { Q_EMIT draftChanged(m_edit->document()->characterCount() - 1); }

void Composer::onLoaded(quint64 id, const Attachment& attachment) {
  AttachmentChip* loaded = chip(id);
  if (!loaded) return;
  loaded->setAttachment(attachment);
  if (attachment.kind == MediaKind::Video) {
    m_clips->add(id, attachment);
    loaded->setFramesShown(m_clips->openId() == id);
    settleChips();
  } else {
    Q_EMIT attachmentRead(id, attachment);
  }
  tellDraft();
  sendIfAllRead();
}

void Composer::onClipRead(quint64 id, const Attachment& clip) {
  if (AttachmentChip* shown = chip(id)) {
    shown->setAttachment(clip);
    Q_EMIT attachmentRead(id, clip);
  }
  tellDraft();
  sendIfAllRead();
}

void Composer::onFailed(quint64 id, const Error& error, Situation situation) {
  if (chip(id)) sayNotAdded(id, error, situation);
}

// What it had is kept, and said to be.
void Composer::onClipFailed(quint64 id, const Error& error, bool wasRead) {
  const AttachmentChip* failed = chip(id);
  if (!failed) return;
  if (!wasRead) return sayNotAdded(id, error, Situation::AddingFile);
  m_sendWhenRead = false;
  showHint({});
  showProblem([error, name = failed->name()] { return Problems::describe(error, Situation::ChoosingFrames, name); });
}

void Composer::sayNotAdded(quint64 id, const Error& error, Situation situation) {
  const AttachmentChip* failed = chip(id);
  m_sendWhenRead = false;  // what would be sent is not what was meant
  const QString name = failed->name();
  removeChip(id);
  showHint({});
  showProblem([error, situation, name] { return Problems::describe(error, situation, name); });
}

void Composer::sendIfAllRead() {
  if (!m_sendWhenRead || isReading()) return;
  m_sendWhenRead = false;
  showHint({});
  send();
}

AttachmentChip* Composer::chip(quint64 id) const {
  const auto found =
      std::find_if(m_chips.begin(), m_chips.end(), [id](const AttachmentChip* c) { return c->id() == id; });
  return found == m_chips.end() ? nullptr : *found;
}

void Composer::refreshButton() {
  const bool enabled = m_busy || !isEmpty();
  m_send->setIcon(themeIcon(m_busy ? u"stop"_s : u"send"_s, IconColor::OnAccent));
  m_send->setEnabled(enabled);
  m_send->setStyleSheet(
      u"QToolButton { border: 0; border-radius: 19px; background: %1; } QToolButton:focus { border: 2px solid palette(text); }"_s
          .arg(enabled ? u"palette(link)"_s : u"palette(mid)"_s));
  m_send->setToolTip(m_busy ? tr("Stop (Esc)") : tr("Send (Enter)"));
  m_send->setAccessibleName(m_busy ? tr("Stop the answer") : tr("Send the message"));
}

void Composer::retranslate() {
  m_edit->setPlaceholderText(tr("Write a message, or drop a picture, a clip or a recording here"));
  m_edit->setAccessibleName(tr("Message"));
  m_edit->setAccessibleDescription(tr("Enter sends, Shift+Enter starts a new line"));
  m_attach->setToolTip(tr("Add pictures, clips or sound files"));
  m_attach->setAccessibleName(tr("Add pictures, clips or sound files"));
  setAccessibleName(tr("New message"));
  if (m_hintWords) m_hint->setText(m_hintWords());
  if (m_problemWords && !m_message->isHidden()) showProblem(std::function(m_problemWords));
  refreshButton();
}

void Composer::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  if (event->type() == QEvent::PaletteChange) refreshButton();
  QWidget::changeEvent(event);
}

void Composer::dragEnterEvent(QDragEnterEvent* event) {
  if (!PromptEdit::holdsMedia(*event->mimeData())) return;
  event->acceptProposedAction();
  setDropTarget(true);
}

void Composer::dragLeaveEvent(QDragLeaveEvent*) { setDropTarget(false); }

void Composer::dropEvent(QDropEvent* event) {
  if (takeDrop(*event->mimeData())) event->acceptProposedAction();
}

bool Composer::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut) update();
  return QWidget::eventFilter(watched, event);
}

void Composer::paintEvent(QPaintEvent*) {
  const Colors& colors = colorsOf(palette());
  const bool strong = m_dropTarget || m_edit->hasFocus();
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(strong ? colors.accent : colors.border, m_dropTarget ? 2 : 1));
  painter.setBrush(m_dropTarget ? colors.noticeSurface : colors.raised);
  painter.drawRoundedRect(QRectF(m_card->geometry()).adjusted(1, 1, -1, -1), 18, 18);
}

}  // namespace xllm::ui
