#include "ui/widgets/inline_message.h"

#include <QAccessible>
#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>

#include "ui/widgets/icon.h"
#include "ui/widgets/theme.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

InlineMessage::InlineMessage(QWidget* parent)
    : QFrame(parent),
      m_icon(new QLabel(this)),
      m_title(new QLabel(this)),
      m_text(new QLabel(this)),
      m_detailsLabel(new QLabel(this)),
      m_actions(new QHBoxLayout),
      m_copyDetails(new QPushButton(this)),
      m_close(new QToolButton(this)) {
  m_title->setProperty("strong", true);
  for (QLabel* label : {m_title, m_text, m_detailsLabel}) {
    label->setWordWrap(true);
    label->setTextFormat(Qt::PlainText);  // the words may hold file names
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
  }
  m_detailsLabel->setProperty("textSize", u"small"_s);
  m_detailsLabel->setProperty("caption", true);
  m_detailsLabel->setObjectName(u"details"_s);  // in English, whatever the window speaks
  m_icon->setFixedSize(20, 20);
  m_copyDetails->setProperty("quiet", true);
  m_close->setProperty("flat", true);
  m_close->setIcon(themeIcon(u"close"_s, IconColor::Muted));
  m_close->setIconSize(QSize(14, 14));
  m_close->setFocusPolicy(Qt::StrongFocus);

  auto* words = new QVBoxLayout;
  words->setSpacing(3);
  words->addWidget(m_title);
  words->addWidget(m_text);
  words->addWidget(m_detailsLabel);
  m_actions->setSpacing(8);
  m_actions->addWidget(m_copyDetails);
  m_actions->addStretch();
  words->addSpacing(4);
  words->addLayout(m_actions);

  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(14, 11, 8, 11);
  row->setSpacing(11);
  row->addWidget(m_icon, 0, Qt::AlignTop);
  row->addLayout(words, 1);
  row->addWidget(m_close, 0, Qt::AlignTop);

  connect(m_close, &QToolButton::clicked, this, &InlineMessage::dismiss);
  connect(m_copyDetails, &QPushButton::clicked, this, [this] {
    QGuiApplication::clipboard()->setText(m_title->text() + u'\n' + m_text->text() + u'\n' + m_details);
  });
  setDismissible(true);
  retranslate();
  hide();
}

void InlineMessage::say(Kind kind, const QString& title, const QString& text, const QString& details) {
  m_kind = kind;
  m_details = details;
  m_title->setText(title);
  m_text->setText(text);
  m_text->setVisible(!text.isEmpty());
  m_detailsLabel->setText(details);
  m_detailsLabel->setVisible(!details.isEmpty());
  m_copyDetails->setVisible(!details.isEmpty());
  const bool isError = kind == Kind::Error;
  m_icon->setPixmap(themeIcon(isError ? u"alert"_s : u"info"_s, isError ? IconColor::Danger : IconColor::Accent)
                        .pixmap(QSize(20, 20), devicePixelRatioF()));
  setAccessibleName(title + u' ' + text);
  const bool wasHidden = isHidden();
  setVisible(true);
  update();
  if (wasHidden) {
    QAccessibleEvent event(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
  }
}

QPushButton* InlineMessage::addAction(const QString& text) {
  auto* button = new QPushButton(text, this);
  button->setProperty("quiet", true);
  m_actions->insertWidget(m_actions->indexOf(m_copyDetails), button);
  return button;
}

void InlineMessage::setDismissible(bool dismissible) { m_close->setVisible(dismissible); }

QString InlineMessage::title() const { return m_title->text(); }

QString InlineMessage::text() const { return m_text->text(); }

void InlineMessage::dismiss() {
  hide();
  Q_EMIT dismissed();
}

void InlineMessage::paintEvent(QPaintEvent*) {
  const Colors& colors = colorsOf(palette());
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  QColor edge = m_kind == Kind::Error ? colors.danger : colors.notice;
  edge.setAlphaF(0.35f);
  painter.setPen(edge);
  painter.setBrush(m_kind == Kind::Error ? colors.dangerSurface : colors.noticeSurface);
  painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10);
}

void InlineMessage::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  if (event->type() == QEvent::PaletteChange && !isHidden()) say(m_kind, title(), text(), QString(m_details));
  QFrame::changeEvent(event);
}

void InlineMessage::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Escape && !m_close->isHidden()) return dismiss();
  QFrame::keyPressEvent(event);
}

void InlineMessage::retranslate() {
  m_copyDetails->setText(tr("Copy details"));
  m_close->setToolTip(tr("Dismiss"));
  m_close->setAccessibleName(tr("Dismiss this message"));
}

}  // namespace xllm::ui
