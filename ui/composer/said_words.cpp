#include "ui/composer/said_words.h"

#include <QEvent>
#include <QPainter>
#include <QSignalBlocker>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "ui/composer/prompt_edit.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/theme.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kSign = 16;  // pixels
constexpr int kPadding = 8;

}  // namespace

SaidWords::SaidWords(QWidget* parent) : QWidget(parent), m_column(new QVBoxLayout(this)) {
  m_column->setContentsMargins(kPadding + kSign + kPadding, 5, kPadding, 5);
  m_column->setSpacing(11);
  hide();
}

void SaidWords::add(quint64 id, const QString& name, const QString& understood) {
  auto* field = new PromptEdit(this);
  field->setStyleSheet(u"QTextEdit { background: transparent; border: 0; }"_s);
  m_column->addWidget(field);
  m_lines.push_back({.id = id, .name = name, .understood = {}, .isUnderstood = false, .field = field});
  connect(field, &PromptEdit::sendPressed, this, &SaidWords::sendPressed);
  connect(field, &QTextEdit::textChanged, this, &SaidWords::edited);
  if (!understood.isEmpty()) setUnderstood(id, understood);
  this->name(m_lines.back());
  setVisible(true);
}

void SaidWords::setUnderstood(quint64 id, const QString& words) {
  Line* said = line(id);
  if (!said) return;
  const bool isCorrected = correction(id).has_value();
  said->understood = words;
  said->isUnderstood = true;
  if (!isCorrected) show(*said, words);
  name(*said);
}

void SaidWords::correct(quint64 id, const QString& words) {
  if (Line* said = line(id)) show(*said, words);
}

void SaidWords::show(Line& line, const QString& words) {
  if (line.field->toPlainText() == words) return;
  const QSignalBlocker silence(line.field);
  line.field->setPlainText(words);
  line.field->moveCursor(QTextCursor::End);
  update();
}

void SaidWords::remove(quint64 id) {
  const auto gone = std::find_if(m_lines.begin(), m_lines.end(), [id](const Line& each) { return each.id == id; });
  if (gone == m_lines.end()) return;
  m_column->removeWidget(gone->field);
  gone->field->hide();
  gone->field->deleteLater();  // its own key may have asked
  m_lines.erase(gone);
  setVisible(!m_lines.empty());
  updateGeometry();
}

void SaidWords::clear() {
  while (!m_lines.empty()) remove(m_lines.back().id);
}

std::optional<QString> SaidWords::words(quint64 id) const {
  const Line* said = line(id);
  if (!said) return std::nullopt;
  return said->field->toPlainText().simplified();
}

// A line that was emptied says nothing: the recording does.
std::optional<QString> SaidWords::correction(quint64 id) const {
  const auto words = this->words(id);
  if (!words || words->isEmpty() || *words == line(id)->understood.simplified()) return std::nullopt;
  return words;
}

QList<QWidget*> SaidWords::inTabOrder() const {
  QList<QWidget*> fields;
  for (const Line& each : m_lines) fields << each.field;
  return fields;
}

void SaidWords::edit(quint64 id) {
  Line* said = line(id);
  if (!said) return;
  said->field->setFocus();
  said->field->moveCursor(QTextCursor::End);
}

SaidWords::Line* SaidWords::line(quint64 id) { return const_cast<Line*>(std::as_const(*this).line(id)); }

const SaidWords::Line* SaidWords::line(quint64 id) const {
  const auto found = std::find_if(m_lines.begin(), m_lines.end(), [id](const Line& each) { return each.id == id; });
  return found == m_lines.end() ? nullptr : &*found;
}

void SaidWords::name(const Line& line) {
  line.field->setAccessibleName(tr("What was understood: %1").arg(line.name));
  line.field->setAccessibleDescription(tr("Correct it where it is wrong; Enter sends"));
  line.field->setToolTip(tr("What was understood. Correct it where it is wrong: the model gets your words then."));
  line.field->setPlaceholderText(line.isUnderstood
                                     ? tr("No words were understood. The model gets the recording itself.")
                                     : tr("The words will stand here …"));
}

void SaidWords::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) {
    for (const Line& each : m_lines) name(each);
  }
  QWidget::changeEvent(event);
}

void SaidWords::paintEvent(QPaintEvent*) {
  const Colors& colors = colorsOf(palette());
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  for (const Line& each : m_lines) {
    const QRect field = each.field->geometry();
    const QRectF place = QRectF(QRect(0, field.top(), width(), field.height())).adjusted(0.5, -4.5, -0.5, 4.5);
    painter.setPen(each.field->hasFocus() ? colors.accent : colors.border);
    painter.setBrush(colors.code);
    painter.drawRoundedRect(place, 8, 8);
    const int middle = field.top() + std::min(field.height(), each.field->fontMetrics().height() + 4) / 2;
    themeIcon(u"sound"_s, IconColor::Accent).paint(&painter, QRect(kPadding, middle - kSign / 2, kSign, kSign));
  }
}

}  // namespace xllm::ui
