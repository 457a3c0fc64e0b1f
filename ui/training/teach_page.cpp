#include "ui/training/teach_page.h"

#include <QButtonGroup>
#include <QDir>
#include <QEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QRadioButton>
#include <QVBoxLayout>
#include <utility>

#include "ui/training/stage_page.h"
#include "ui/widgets/inline_message.h"
#include "ui/widgets/on_worker.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

TeachPage::TeachPage(QString folder, QWidget* parent) : QWidget(parent), m_folder(std::move(folder)) {
  build();
  connect(m_choices, &QButtonGroup::idToggled, this, &TeachPage::refresh);
  connect(m_begin, &QPushButton::clicked, this, &TeachPage::begin);
  connect(m_name, &QLineEdit::returnPressed, this, &TeachPage::begin);
  connect(m_open, &QPushButton::clicked, this, &TeachPage::open);
  connect(m_list, &QListWidget::itemActivated, this, &TeachPage::open);
  connect(m_list, &QListWidget::currentRowChanged, this, &TeachPage::refresh);
  retranslate();
}

void TeachPage::build() {
  for (QLabel** label : {&m_title, &m_words, &m_nameLabel, &m_packLabel, &m_earlier}) {
    *label = new QLabel;
    (*label)->setWordWrap(true);
  }
  m_title->setProperty("textSize", u"title"_s);
  m_earlier->setProperty("strong", true);
  m_packLabel->setProperty("caption", true);
  m_choices = new QButtonGroup(this);
  m_name = new QLineEdit;
  m_nameLabel->setBuddy(m_name);
  m_begin = new QPushButton;
  m_begin->setProperty("primary", true);
  m_open = new QPushButton;
  m_open->setProperty("quiet", true);
  for (QPushButton* button : {m_begin, m_open}) {
    button->setAutoDefault(false);
    button->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
  }
  m_list = new QListWidget;
  m_list->setMinimumHeight(90);
  m_message = new InlineMessage;
  m_message->hide();
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(8);
  column->addWidget(m_title);
  column->addWidget(m_words);
  for (const Teach teach : {Teach::Pictures, Teach::Clips, Teach::Speech, Teach::All}) {
    auto* choice = new QRadioButton;
    auto* detail = new QLabel;
    detail->setProperty("caption", true);
    detail->setWordWrap(true);
    detail->setContentsMargins(30, 0, 0, 4);
    m_choices->addButton(choice, static_cast<int>(teach));
    m_details << detail;
    column->addWidget(choice);
    column->addWidget(detail);
  }
  choice(Teach::Pictures).setChecked(true);
  for (QWidget* each :
       std::initializer_list<QWidget*>{m_nameLabel, m_name, m_packLabel, m_message, m_begin, m_earlier, m_list, m_open})
    column->addWidget(each);
  column->addStretch();
}

QRadioButton& TeachPage::choice(Teach teach) const {
  return *qobject_cast<QRadioButton*>(m_choices->button(static_cast<int>(teach)));
}

Teach TeachPage::chosen() const { return static_cast<Teach>(m_choices->checkedId()); }

void TeachPage::setPack(const QString& folder, const QString& name) {
  m_pack = folder;
  m_packName = name;
  refresh();
}

void TeachPage::list() {
  onWorker(
      this, [folder = m_folder] { return findTrainings(folder); },
      [this](const QList<Training>& trainings) {
        m_trainings = trainings;
        m_list->clear();
        for (const Training& training : trainings) m_list->addItem(training.name);
        if (!trainings.isEmpty()) m_list->setCurrentRow(0);
        refresh();
      });
}

void TeachPage::begin() {
  if (!m_begin->isEnabled()) return;
  Training training;
  training.name = m_name->text().simplified().isEmpty() ? m_name->placeholderText() : m_name->text().simplified();
  training.folder = freeFolderFor(m_folder, training.name);
  training.teach = chosen();
  training.pack = m_pack;
  if (!saveTraining(training)) {
    return m_message->say(InlineMessage::Kind::Error, tr("The training's folder cannot be made"),
                          tr("Make room on the disk, or check the folder's permissions."), training.folder);
  }
  m_name->clear();
  Q_EMIT opened(training);
}

void TeachPage::open() {
  const int row = m_list->currentRow();
  if (row >= 0 && row < m_trainings.size()) Q_EMIT opened(m_trainings[row]);
}

void TeachPage::refresh() {
  const bool some = !m_trainings.isEmpty();
  for (QWidget* each : std::initializer_list<QWidget*>{m_earlier, m_list, m_open}) each->setVisible(some);
  m_open->setEnabled(m_list->currentRow() >= 0);
  m_name->setPlaceholderText(chosen() == Teach::Pictures ? tr("My pictures")
                             : chosen() == Teach::Clips  ? tr("My clips")
                             : chosen() == Teach::Speech ? tr("My recordings")
                                                         : tr("My data"));
  QStringList missing;
  for (const Sense sense : missingSenses(readManifest(m_pack), chosen())) missing << textOf(sense);
  m_begin->setEnabled(!m_pack.isEmpty() && missing.isEmpty());
  if (m_pack.isEmpty()) {
    m_packLabel->setText(tr("Load a model pack first: what is taught is taught to it."));
  } else if (!missing.isEmpty()) {
    m_packLabel->setText(tr("“%1” has no interface to start from for: %2. Load a pack that has it.")
                             .arg(m_packName, missing.join(u", "_s)));
  } else {
    m_packLabel->setText(
        tr("It begins with “%1”, the pack that is loaded. That one stays as it is; the result is another pack.")
            .arg(m_packName));
  }
}

void TeachPage::retranslate() {
  m_title->setText(tr("What do you want to teach?"));
  m_words->setText(
      tr("The model learns from your own data, on this computer, in three stages. Only the small interface "
         "between eyes, ears and the language model learns; nothing leaves this computer."));
  const QString names[] = {tr("Pictures with what they show"), tr("Clips with what happens in them"),
                           tr("Recordings with what is said"), tr("All of these together")};
  const QString details[] = {
      tr("A folder of pictures, each with a text of the same name; or a table, JSON lines, COCO, LLaVA."),
      tr("Clips with captions in the same forms, or MSR-VTT."),
      tr("A folder of recordings, each with a text of the same name; or a table, JSON lines, Kaldi, LJSpeech, Common "
         "Voice."),
      tr("One after the other, and then together in conversations.")};
  for (qsizetype i = 0; i < m_details.size(); ++i) {
    QAbstractButton* choice = m_choices->buttons()[i];
    choice->setText(names[i]);
    choice->setAccessibleDescription(details[i]);
    m_details[i]->setText(details[i]);
  }
  m_nameLabel->setText(tr("Name"));
  m_name->setAccessibleName(tr("Name of the training"));
  m_begin->setText(tr("Begin"));
  m_earlier->setText(tr("Trainings from before"));
  m_list->setAccessibleName(tr("Trainings from before"));
  m_open->setText(tr("Open"));
  refresh();
}

void TeachPage::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  QWidget::changeEvent(event);
}

}  // namespace xllm::ui
