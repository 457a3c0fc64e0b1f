#include "ui/sidebar/conversation_delegate.h"

#include <QGuiApplication>
#include <QLineEdit>
#include <QPainter>

#include "ui/sidebar/conversation_list.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/theme.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kPaddingX = 12;
constexpr int kPaddingY = 8;
constexpr int kSign = 14;  // pixels of a small icon
constexpr int kSignGap = 4;

const ConversationSummary& summaryOf(const QModelIndex& index) {
  return static_cast<const ConversationList*>(index.model())->at(index.row());
}

QFont smaller(QFont font) {
  font.setPointSizeF(font.pointSizeF() * 0.88);
  return font;
}

QList<QString> signsOf(const ConversationSummary& summary) {
  QList<QString> signs;
  if (summary.hasPictures) signs << u"picture"_s;
  if (summary.hasClips) signs << u"clip"_s;
  if (summary.hasVoice) signs << u"sound"_s;
  if (summary.conversation.pinned) signs << u"pin"_s;
  return signs;
}

}  // namespace

void ConversationDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                                 const QModelIndex& index) const {
  const Colors& colors = colorsOf(QGuiApplication::palette());
  const ConversationSummary& summary = summaryOf(index);
  const bool selected = option.state & QStyle::State_Selected;
  const bool hovered = option.state & QStyle::State_MouseOver;
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  const QRectF card = QRectF(option.rect).adjusted(0.5, 1.5, -0.5, -1.5);
  if (selected || hovered) {
    QColor fill = colors.bubble;
    if (!selected) fill.setAlphaF(0.5F);
    painter->setPen(Qt::NoPen);
    painter->setBrush(fill);
    painter->drawRoundedRect(card, 8, 8);
  }
  if ((option.state & QStyle::State_HasFocus) && (option.state & QStyle::State_KeyboardFocusChange)) {
    painter->setPen(colors.accent);
    painter->setBrush(Qt::NoBrush);
    painter->drawRoundedRect(card, 8, 8);
  }
  QRect words = option.rect.adjusted(kPaddingX, kPaddingY, -kPaddingX, -kPaddingY);
  const QFontMetrics metrics(option.font);
  int right = words.right() + 1;
  for (const QString& sign : signsOf(summary)) {
    right -= kSign;
    themeIcon(sign, sign == "pin"_L1 ? IconColor::Accent : IconColor::Muted)
        .paint(painter, QRect(right, words.top() + (metrics.height() - kSign) / 2, kSign, kSign));
    right -= kSignGap;
  }
  painter->setPen(colors.text);
  painter->setFont(option.font);
  const QRect line(words.left(), words.top(), right - words.left() - kSignGap, metrics.height());
  painter->drawText(line, Qt::AlignVCenter | Qt::AlignLeft | Qt::TextSingleLine,
                    metrics.elidedText(index.data().toString(), Qt::ElideRight, line.width()));
  if (!summary.excerpt.isEmpty()) {
    painter->setPen(colors.muted);
    painter->setFont(smaller(option.font));
    const QFontMetrics small(painter->font());
    words.setTop(words.bottom() + 1 - small.height());
    painter->drawText(words, Qt::AlignVCenter | Qt::AlignLeft | Qt::TextSingleLine,
                      small.elidedText(summary.excerpt, Qt::ElideRight, words.width()));
  }
  painter->restore();
}

QSize ConversationDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
  int height = QFontMetrics(option.font).height() + 2 * kPaddingY;
  if (!summaryOf(index).excerpt.isEmpty()) height += QFontMetrics(smaller(option.font)).height() + 2;
  return {0, height};
}

QWidget* ConversationDelegate::createEditor(QWidget* parent, const QStyleOptionViewItem&, const QModelIndex&) const {
  auto* editor = new QLineEdit(parent);
  editor->setAccessibleName(tr("Name of the conversation"));
  return editor;
}

// The list may change while somebody types a name; what is typed stays.
void ConversationDelegate::setEditorData(QWidget* editor, const QModelIndex& index) const {
  if (!static_cast<QLineEdit*>(editor)->isModified()) QStyledItemDelegate::setEditorData(editor, index);
}

void ConversationDelegate::updateEditorGeometry(QWidget* editor, const QStyleOptionViewItem& option,
                                                const QModelIndex&) const {
  editor->setGeometry(option.rect.adjusted(kPaddingX / 2, 2, -kPaddingX / 2, -2));
}

}  // namespace xllm::ui
