#include "ui/settings/page.h"

#include <QEvent>
#include <QFormLayout>
#include <QLabel>

namespace xllm::ui {

SettingsPage::SettingsPage(QWidget* parent) : QWidget(parent), m_form(new QFormLayout(this)) {
  m_form->setContentsMargins(20, 18, 20, 18);
  m_form->setHorizontalSpacing(16);
  m_form->setVerticalSpacing(11);
  m_form->setLabelAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  m_form->setFormAlignment(Qt::AlignLeft | Qt::AlignTop);
  m_form->setFieldGrowthPolicy(QFormLayout::FieldsStayAtSizeHint);
  m_form->setRowWrapPolicy(QFormLayout::WrapLongRows);
}

QLabel* SettingsPage::addRow(QWidget* field) {
  auto* label = new QLabel(this);
  label->setBuddy(field);
  m_form->addRow(label, field);
  return label;
}

QLabel* SettingsPage::addSentence() {
  auto* label = new QLabel(this);
  label->setProperty("caption", true);
  label->setWordWrap(true);
  label->setTextFormat(Qt::PlainText);
  m_form->addRow(label);
  return label;
}

void SettingsPage::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange || event->type() == QEvent::FontChange) retranslate();
  QWidget::changeEvent(event);
}

}  // namespace xllm::ui
