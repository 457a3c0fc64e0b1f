#include "ui/models/pack_card.h"

#include <QDir>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QProgressBar>
#include <QPushButton>
#include <cmath>

#include "ui/widgets/inline_message.h"
#include "ui/widgets/size_text.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/tool_tip.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

const QString kBetween = u"  ·  "_s;

QPushButton* quietButton(QWidget* parent) {
  auto* button = new QPushButton(parent);
  button->setProperty("quiet", true);
  button->setAutoDefault(false);
  return button;
}

}  // namespace

PackCard::PackCard(const PackDescription& pack, const MachineDescription& machine, QWidget* parent)
    : QFrame(parent), m_pack(pack), m_machine(machine) {
  build();
  connect(m_use, &QPushButton::clicked, this, [this] { Q_EMIT useRequested(m_pack.folder); });
  connect(m_check, &QPushButton::clicked, this, [this] { Q_EMIT checkRequested(m_pack.folder); });
  connect(m_remove, &QPushButton::clicked, this, &PackCard::askToRemove);
  connect(m_cancel, &QPushButton::clicked, this, &PackCard::cancelRequested);
  connect(m_yes, &QPushButton::clicked, this, [this] {
    m_message->hide();
    Q_EMIT removeRequested(m_pack.folder);
  });
  connect(m_no, &QPushButton::clicked, this, [this] {
    m_message->hide();
    m_remove->setFocus();
  });
  connect(m_message, &InlineMessage::dismissed, this, [this] { m_words = {}; });
  retranslate();
}

void PackCard::build() {
  for (QLabel** label : {&m_name, &m_badge, &m_abilities, &m_needs, &m_folder}) {
    *label = new QLabel(this);
    (*label)->setTextFormat(Qt::PlainText);
  }
  for (QPushButton** button : {&m_use, &m_check, &m_remove, &m_cancel}) *button = quietButton(this);
  m_bar = new QProgressBar(this);
  m_message = new InlineMessage(this);
  m_yes = m_message->addAction({});
  m_no = m_message->addAction({});
  m_message->hide();
  QFont strong = m_name->font();
  strong.setWeight(QFont::DemiBold);
  m_name->setFont(strong);
  for (QLabel* label : {m_abilities, m_needs, m_folder}) {
    label->setProperty("caption", true);
    label->setWordWrap(true);
    label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  }
  m_folder->setTextInteractionFlags(Qt::TextSelectableByMouse);
  m_bar->setTextVisible(false);
  m_bar->setRange(0, 1000);

  auto* head = new QHBoxLayout;
  head->addWidget(m_name);
  head->addStretch();
  head->addWidget(m_badge);
  auto* buttons = new QHBoxLayout;
  buttons->setSpacing(8);
  for (QPushButton* button : {m_use, m_check, m_remove}) buttons->addWidget(button);
  buttons->addWidget(m_bar, 1);
  buttons->addWidget(m_cancel);
  buttons->addStretch();
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(18, 14, 18, 14);
  column->setSpacing(4);
  column->addLayout(head);
  column->addWidget(m_abilities);
  column->addWidget(m_needs);
  column->addWidget(m_folder);
  column->addSpacing(6);
  column->addWidget(m_message);
  column->addLayout(buttons);
}

void PackCard::setInUse(bool inUse) {
  m_inUse = inUse;
  refresh();
}

void PackCard::setBusy(bool busy, bool withThisOne) {
  const bool hadFocus = isAncestorOf(focusWidget()) && focusWidget() == m_cancel;
  m_busy = busy;
  m_working = busy && withThisOne;
  if (m_working) {
    m_words = {};
    m_message->hide();
    m_bar->setValue(0);
  }
  refresh();
  if (m_working && m_check->hasFocus()) m_cancel->setFocus();
  if (hadFocus) m_check->setFocus();
}

void PackCard::setProgress(double fraction, const QString& file) {
  m_bar->setValue(static_cast<int>(std::lround(fraction * 1000)));
  m_bar->setToolTip(toolTipOf(file));
}

void PackCard::showOutcome(const std::optional<Error>& error) {
  if (error && error->code == ErrorCode::Cancelled) return;
  m_yes->hide();
  m_no->hide();
  m_message->setDismissible(true);
  m_words = [this, error] {
    if (!error) {
      return m_message->say(InlineMessage::Kind::Notice, tr("All files are as they should be"),
                            tr("Each has the SHA-256 that the pack says."));
    }
    const QString details = QString::fromStdString(error->message);
    if (error->code == ErrorCode::CorruptFile)
      return m_message->say(InlineMessage::Kind::Error, tr("Files of this pack are damaged"),
                            tr("Install the pack again. The files below are not what the pack says they are."),
                            details);
    m_message->say(InlineMessage::Kind::Error, tr("That did not work"),
                   tr("The pack is as it was. What the disk says stands below."), details);
  };
  m_words();
}

void PackCard::askToRemove() {
  m_yes->show();
  m_no->show();
  m_message->setDismissible(false);
  m_words = [this] {
    m_yes->setText(tr("Remove it"));
    m_no->setText(tr("Keep it"));
    m_message->say(InlineMessage::Kind::Error, tr("Remove “%1” from this computer?").arg(m_pack.name),
                   m_inUse ? tr("It is the one in use: no question can be answered until another pack is loaded. "
                                "%1 become free. Your conversations stay.")
                                 .arg(sizeText(m_pack.bytes))
                           : tr("%1 become free. Your conversations stay.").arg(sizeText(m_pack.bytes)));
  };
  m_words();
  m_no->setFocus();
}

QString PackCard::abilities() const {
  if (m_pack.problem) return tr("This pack cannot be used: %1").arg(QString::fromStdString(m_pack.problem->message));
  QStringList abilities{tr("answers questions")};
  if (m_pack.seesPictures) abilities << tr("sees pictures");
  if (m_pack.watchesClips) abilities << tr("watches clips");
  if (m_pack.hearsSpeech) abilities << tr("hears speech");
  return abilities.join(kBetween);
}

QString PackCard::needs() const {
  if (m_pack.problem) return {};
  QStringList needs{tr("%1 on disk").arg(sizeText(m_pack.bytes))};
  if (m_machine.availableMemoryBytes > 0) {
    needs << tr("needs about %1 of memory, %2 are free")
                 .arg(sizeText(m_pack.memoryBytes), sizeText(m_machine.availableMemoryBytes));
  } else {
    needs << tr("needs about %1 of memory").arg(sizeText(m_pack.memoryBytes));
  }
  if (!m_pack.licences.isEmpty()) needs << m_pack.licences.join(u", "_s);
  return needs.join(kBetween);
}

void PackCard::refresh() {
  const bool usable = !m_pack.problem;
  const bool fits = m_machine.availableMemoryBytes == 0 || m_pack.memoryBytes < m_machine.availableMemoryBytes;
  const Colors& colors = colorsOf(palette());
  m_badge->setText(m_inUse ? tr("in use") : !usable ? tr("cannot be used") : fits ? QString() : tr("too large"));
  QPalette badge = palette();
  badge.setColor(QPalette::WindowText, m_inUse ? colors.accent : colors.warning);
  m_badge->setPalette(badge);
  m_use->setVisible(usable && !m_working);
  m_use->setEnabled(!m_inUse && !m_busy);
  m_check->setVisible(usable && !m_working);
  m_check->setEnabled(!m_busy);
  m_remove->setVisible(m_pack.removable && !m_working);
  m_remove->setEnabled(!m_busy);
  m_bar->setVisible(m_working);
  m_cancel->setVisible(m_working);
}

void PackCard::retranslate() {
  m_name->setText(m_pack.version.isEmpty() ? m_pack.name : m_pack.name + u' ' + m_pack.version);
  setAccessibleName(m_name->text());
  m_abilities->setText(abilities());
  m_needs->setText(needs());
  m_needs->setVisible(!m_pack.problem);
  m_folder->setText(QDir::toNativeSeparators(m_pack.folder));
  m_use->setText(tr("Use it"));
  m_check->setText(tr("Check its files"));
  m_remove->setText(tr("Remove …"));
  m_cancel->setText(tr("Cancel"));
  for (QPushButton* button : {m_use, m_check, m_remove})
    button->setAccessibleDescription(m_name->text());  // there are several of each
  m_bar->setAccessibleName(tr("Progress"));
  if (m_words && !m_message->isHidden()) m_words();
  refresh();
}

void PackCard::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  if (event->type() == QEvent::PaletteChange) refresh();
  QFrame::changeEvent(event);
}

void PackCard::paintEvent(QPaintEvent*) {
  const Colors& colors = colorsOf(palette());
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(m_inUse ? colors.accent : colors.border, 1));
  painter.setBrush(colors.raised);
  painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 12, 12);
}

}  // namespace xllm::ui
