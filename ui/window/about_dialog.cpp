#include "ui/window/about_dialog.h"

#include <QCoreApplication>
#include <QDialogButtonBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QIcon>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScreen>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <initializer_list>
#include <utility>

#include "ui/widgets/on_worker.h"
#include "ui/widgets/theme.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

AboutDialog::AboutDialog(const QString& parts, QWidget* parent)
    : QDialog(parent),
      m_picture(new QLabel(this)),
      m_title(new QLabel(this)),
      m_commit(new QLabel(this)),
      m_what(new QLabel(this)),
      m_heading(new QLabel(this)),
      m_list(new QTreeWidget(this)),
      m_text(new QPlainTextEdit(this)) {
  setAttribute(Qt::WA_DeleteOnClose);
  setModal(false);
  m_picture->setPixmap(QIcon(u":/icons/app.svg"_s).pixmap(QSize(56, 56), devicePixelRatioF()));
  for (QLabel* label : {m_title, m_commit, m_what}) {
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);  // the commit, for a report
  }
  m_title->setProperty("textSize", u"title"_s);
  m_commit->setProperty("caption", true);
  m_list->setColumnCount(2);
  m_list->setRootIsDecorated(false);
  m_list->setUniformRowHeights(true);
  m_list->setHeaderHidden(true);
  m_list->header()->setSectionResizeMode(QHeaderView::Stretch);
  m_text->setReadOnly(true);
  m_text->setTabChangesFocus(true);
  m_heading->setBuddy(m_list);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  buttons->button(QDialogButtonBox::Close)->setAutoDefault(false);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(m_list, &QTreeWidget::currentItemChanged, this, &AboutDialog::showText);

  auto* words = new QVBoxLayout;
  words->addWidget(m_title);
  words->addWidget(m_commit);
  words->addWidget(m_what);
  auto* top = new QHBoxLayout;
  top->setSpacing(14);
  top->addWidget(m_picture, 0, Qt::AlignTop);
  top->addLayout(words, 1);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(16, 16, 16, 12);
  column->setSpacing(10);
  column->addLayout(top);
  column->addWidget(m_heading);
  column->addWidget(m_list, 2);
  column->addWidget(m_text, 3);
  column->addWidget(buttons);
  for (QWidget* widget : std::initializer_list<QWidget*>{m_heading, m_list, m_text}) widget->hide();
  retranslate();
  onWorker(
      this, [parts] { return readThirdParties(parts); }, [this](const ThirdParties& others) { take(others); });
}

void AboutDialog::take(const ThirdParties& others) {
  if (others.parts.isEmpty()) return;
  m_others = others;
  for (QWidget* widget : std::initializer_list<QWidget*>{m_heading, m_list, m_text}) widget->show();
  resize(QSize(scaledToText(640), scaledToText(620)).boundedTo(screen()->availableSize() * 9 / 10));
  fill();
  m_list->setFocus();
}

void AboutDialog::fill() {
  const int row = m_list->currentItem() ? m_list->indexOfTopLevelItem(m_list->currentItem()) : 0;
  m_list->clear();
  const auto add = [this](const QString& name, const QString& licence) {
    auto* item = new QTreeWidgetItem(m_list, {name, licence});
    item->setForeground(1, colorsOf(palette()).muted);
    for (int column = 0; column < 2; ++column) item->setToolTip(column, item->text(column));
    item->setData(0, Qt::AccessibleTextRole, tr("%1: %2").arg(name, licence));
  };
  for (const ThirdParty& part : std::as_const(m_others.parts)) {
    add(part.version.isEmpty() ? part.name : part.name + u' ' + part.version, part.licence);
  }
  for (const ThirdParty& licence : std::as_const(m_others.licences)) add(licence.name, tr("text of this licence"));
  if (QTreeWidgetItem* current = m_list->topLevelItem(row)) m_list->setCurrentItem(current);
}

void AboutDialog::showText() {
  QTreeWidgetItem* item = m_list->currentItem();
  if (!item) return m_text->clear();
  const qsizetype row = m_list->indexOfTopLevelItem(item);
  const qsizetype parts = m_others.parts.size();
  const ThirdParty& chosen = row < parts ? m_others.parts[row] : m_others.licences[row - parts];
  m_text->setPlainText(chosen.home.isEmpty() ? chosen.text : chosen.home + u"\n\n"_s + chosen.text);
}

void AboutDialog::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  if (event->type() == QEvent::PaletteChange) fill();
  QDialog::changeEvent(event);
}

void AboutDialog::retranslate() {
  setWindowTitle(tr("About X-LLM Desktop"));
  const QString version = QCoreApplication::applicationVersion();  // "0.1.0 (commit 0123456789ab)"
  const QString commit = version.section(u"(commit "_s, 1).section(u')', 0, 0);
  m_title->setText(tr("X-LLM Desktop %1").arg(version.section(u' ', 0, 0)));
  m_commit->setText(tr("Built from commit %1").arg(commit));
  m_commit->setVisible(!commit.isEmpty());
  m_what->setText(
      tr("Pictures and speech as foreign languages for a language model on your own computer. "
         "Nothing you write, show or say leaves it. Apache License 2.0."));
  m_heading->setText(tr("&Work of others in this program, and its licences"));
  m_list->setAccessibleName(tr("Work of others in this program, and its licences"));
  m_text->setAccessibleName(tr("Text of the licence"));
  fill();
}

}  // namespace xllm::ui
