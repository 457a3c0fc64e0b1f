#include "ui/training/result_page.h"

#include <QComboBox>
#include <QDir>
#include <QEvent>
#include <QFile>
#include <QFileInfo>
#include <QFormLayout>
#include <QHeaderView>
#include <QJsonArray>
#include <QJsonDocument>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QSaveFile>
#include <QTableWidget>
#include <QVBoxLayout>
#include <utility>

#include "ui/training/stage_page.h"
#include "ui/widgets/flow_layout.h"
#include "ui/widgets/inline_message.h"
#include "ui/widgets/on_worker.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kMostExamples = 50, kMostMeasured = 50;

QString flagOf(const QString& kind) {
  return kind == nameOf(Sense::Speech) ? u"--audio"_s : kind == nameOf(Sense::Clips) ? u"--video"_s : u"--image"_s;
}

QPlainTextEdit* answerBox() {
  auto* box = new QPlainTextEdit;
  box->setReadOnly(true);
  box->setTabChangesFocus(true);
  box->setMinimumHeight(70);
  box->setMaximumHeight(140);
  return box;
}

}  // namespace

ResultPage::ResultPage(const Training& training, const QString& program, QString packs, QWidget* parent)
    : QWidget(parent), m_training(training), m_packs(std::move(packs)), m_call(program) {
  build();
  connect(m_make, &QPushButton::clicked, this, &ResultPage::make);
  connect(m_chat, &QPushButton::clicked, this, [this] { Q_EMIT chatRequested(m_pack); });
  connect(m_measure, &QPushButton::clicked, this, &ResultPage::measure);
  connect(m_ask, &QPushButton::clicked, this, &ResultPage::ask);
  connect(m_question, &QLineEdit::returnPressed, this, &ResultPage::ask);
  connect(m_example, &QComboBox::currentIndexChanged, this, &ResultPage::show);
  retranslate();
}

void ResultPage::build() {
  for (QLabel** label : {&m_title, &m_words, &m_nameLabel, &m_made, &m_sideTitle, &m_measureTitle, &m_beforeLabel,
                         &m_nowLabel, &m_right}) {
    *label = new QLabel;
    (*label)->setWordWrap(true);
    (*label)->setTextFormat(Qt::PlainText);
  }
  m_title->setProperty("textSize", u"title"_s);
  for (QLabel* label : {m_sideTitle, m_measureTitle}) label->setProperty("strong", true);
  for (QLabel* label : {m_made, m_right, m_beforeLabel, m_nowLabel}) label->setProperty("caption", true);
  m_name = new QLineEdit;
  m_question = new QLineEdit;
  m_nameLabel->setBuddy(m_name);
  for (QPushButton** button : {&m_make, &m_chat, &m_measure, &m_ask}) {
    *button = new QPushButton;
    (*button)->setProperty(button == &m_make ? "primary" : "quiet", true);
    (*button)->setAutoDefault(false);
  }
  m_example = new QComboBox;
  m_example->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  m_example->setMinimumContentsLength(16);
  m_before = answerBox();
  m_now = answerBox();
  m_table = new QTableWidget(0, 3);
  m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
  m_table->verticalHeader()->hide();
  m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
  m_table->setTabKeyNavigation(false);
  m_table->setMinimumHeight(130);
  m_bar = new QProgressBar;
  m_bar->setTextVisible(false);
  m_bar->setRange(0, 0);
  m_message = new InlineMessage;
  m_message->hide();
  auto* buttons = new QWidget;
  auto* flow = new FlowLayout(buttons, 8);
  flow->addWidget(m_make);
  flow->addWidget(m_chat);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(8);
  for (QWidget* each : std::initializer_list<QWidget*>{m_title,    m_words,    m_nameLabel,    m_name,        buttons,
                                                       m_made,     m_bar,      m_message,      m_sideTitle,   m_example,
                                                       m_right,    m_question, m_ask,          m_beforeLabel, m_before,
                                                       m_nowLabel, m_now,      m_measureTitle, m_measure,     m_table})
    column->addWidget(each);
  for (QPushButton* button : {m_ask, m_measure}) button->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
  column->addStretch();
}

void ResultPage::refresh() {
  if (m_name->text().isEmpty()) m_name->setText(QFileInfo(m_training.folder).fileName());
  const QString made = QDir(m_packs).absoluteFilePath(m_name->text());
  if (m_pack.isEmpty() && QFile::exists(made + u"/card.md"_s)) m_pack = made;  // before
  readExamples();
  show();
}

void ResultPage::make() {
  const QStringList runs = resultRuns(m_training);
  const QString name = m_name->text().simplified();
  if (runs.isEmpty() || m_call.isRunning()) return show();
  if (name.isEmpty() || name.contains(u'/') || name.startsWith(u'.')) {
    m_message->say(InlineMessage::Kind::Error, tr("The pack needs another name"),
                   tr("It is the name of a folder: without a slash, and without a point in front."));
    return m_name->setFocus();
  }
  m_message->hide();
  m_working = true;
  m_call.call(
      QStringList{u"import"_s} + runs +
          QStringList{u"--language-model"_s, m_training.pack, u"--name"_s, name, u"--into"_s, m_packs, u"--json"_s},
      [this](const ProgramCall::Outcome& outcome) {
        m_working = false;
        const QString made = QJsonDocument::fromJson(outcome.output).object()[u"pack"_s].toString();
        if (made.isEmpty()) {
          showProblem(tr("The pack was not made"), outcome);
        } else {
          m_pack = made;
          Q_EMIT packMade(made);
        }
        show();
        if (!m_pack.isEmpty()) m_chat->setFocus();
      });
  show();
}

// Examples that were kept apart, of all senses.
void ResultPage::readExamples() {
  onWorker(
      this,
      [training = m_training] {
        QList<Example> examples;
        for (const Sense sense : sensesOf(training.teach)) {
          QFile file(training.listFile(nameOf(sense) + u"-validation"_s));
          if (!file.open(QIODevice::ReadOnly)) continue;
          for (int i = 0; i < kMostExamples && !file.atEnd(); ++i) {
            const QJsonObject row = QJsonDocument::fromJson(file.readLine()).object();
            const QJsonValue caption = row[u"caption"_s];
            const QString right = caption.isArray() ? caption.toArray().at(0).toString()
                                  : sense == Sense::Speech && row.contains(u"answer"_s) ? row[u"answer"_s].toString()
                                  : sense == Sense::Speech                              ? row[u"text"_s].toString()
                                                                                        : caption.toString();
            const QString key = sense == Sense::Speech ? u"audio"_s : nameOf(sense);
            examples << Example{nameOf(sense), row[key].toString(), right};
          }
        }
        return examples;
      },
      [this](const QList<Example>& examples) {
        m_examples = examples;
        m_example->clear();
        for (const Example& example : examples) m_example->addItem(QFileInfo(example.file).fileName());
        show();
      });
}

// The same of both, whatever is chosen or typed meanwhile.
void ResultPage::ask() {
  const int chosen = m_example->currentIndex();
  if (m_call.isRunning() || m_pack.isEmpty() || chosen < 0 || chosen >= m_examples.size()) return;
  QStringList asked{flagOf(m_examples[chosen].kind), m_examples[chosen].file};
  if (const QString question = m_question->text().trimmed(); !question.isEmpty()) asked << u"--prompt"_s << question;
  m_message->hide();
  m_before->clear();
  m_now->clear();
  m_working = true;
  askOne(m_training.pack, asked, *m_before, [this, asked] {
    askOne(m_pack, asked, *m_now, [this] {
      m_working = false;
      show();
    });
  });
  show();
}

void ResultPage::askOne(const QString& pack, const QStringList& asked, QPlainTextEdit& into,
                        std::function<void()> then) {
  const QStringList how{u"chat"_s, u"--model"_s, pack, u"--greedy"_s, u"--max-tokens"_s, u"128"_s};
  m_call.call(how + asked, [this, &into, then = std::move(then)](const ProgramCall::Outcome& outcome) {
    into.setPlainText(QString::fromUtf8(outcome.output).trimmed());
    if (outcome.exitCode != 0) showProblem(tr("The pack could not be asked"), outcome);
    then();
  });
}

QString ResultPage::answerBefore() const { return m_before->toPlainText(); }
QString ResultPage::answerNow() const { return m_now->toPlainText(); }

bool ResultPage::writeMeasuring() {
  QJsonArray tasks;
  for (const Sense sense : sensesOf(m_training.teach)) {
    QJsonObject task{{u"kind"_s, sense == Sense::Speech ? u"transcription"_s : u"caption"_s},
                     {u"name"_s, nameOf(sense)},
                     {u"list"_s, QString(u"lists/"_s + nameOf(sense) + u"-validation.jsonl"_s)},
                     {u"limit"_s, kMostMeasured}};
    if (sense == Sense::Clips) task[u"media"_s] = u"clips"_s;
    tasks << task;
  }
  QSaveFile file(m_training.folder + u"/evaluate.json"_s);
  const QByteArray text = QJsonDocument(QJsonObject{{u"tasks"_s, tasks}, {u"items"_s, u"evaluated.jsonl"_s}}).toJson();
  return file.open(QIODevice::WriteOnly) && file.write(text) == text.size() && file.commit();
}

void ResultPage::measure() {
  if (m_call.isRunning() || m_pack.isEmpty()) return;
  m_message->hide();
  m_table->setRowCount(0);
  m_measures.clear();
  if (!writeMeasuring()) {
    return m_message->say(InlineMessage::Kind::Error, tr("The training's folder cannot be written"),
                          tr("Make room on the disk, or check the folder's permissions."), m_training.folder);
  }
  m_working = true;
  measureOne(m_training.pack, 1, [this] {
    measureOne(m_pack, 2, [this] {
      m_working = false;
      show();
    });
  });
  show();
}

void ResultPage::measureOne(const QString& pack, int column, std::function<void()> then) {
  m_call.call({u"evaluate"_s, m_training.folder + u"/evaluate.json"_s, u"--model"_s, pack, u"--json"_s},
              [this, column, then = std::move(then)](const ProgramCall::Outcome& outcome) {
                const QList<QByteArray> lines = outcome.output.trimmed().split('\n');
                fill(lines.isEmpty() ? QByteArray() : lines.last(), column);
                if (outcome.exitCode != 0) showProblem(tr("Measuring did not work"), outcome);
                then();
              });
}

void ResultPage::fill(const QByteArray& report, int column) {
  const QJsonArray tasks = QJsonDocument::fromJson(report).object()[u"report"_s].toObject()[u"tasks"_s].toArray();
  for (const QJsonValue& each : tasks) {
    const QJsonObject task = each.toObject();
    for (const QString& measure : {u"wordErrorRate"_s, u"bleu4"_s, u"ciderD"_s, u"rougeL"_s}) {
      if (!task[measure].isDouble()) continue;
      const QString id = task[u"task"_s].toString() + u'/' + measure;
      qsizetype row = m_measures.indexOf(id);
      if (row < 0) {
        row = m_measures.size();
        m_measures << id;
        m_table->setRowCount(static_cast<int>(m_measures.size()));
      }
      m_table->setItem(static_cast<int>(row), column,
                       new QTableWidgetItem(QLocale().toString(task[measure].toDouble(), 'f', 3)));
    }
  }
  retranslate();
}

QStringList ResultPage::namesOfMeasures() const {
  QStringList names;
  for (const QString& id : m_measures) {
    const QString kind = id.section(u'/', 0, 0), measure = id.section(u'/', 1);
    const Sense sense = kind == nameOf(Sense::Speech)  ? Sense::Speech
                        : kind == nameOf(Sense::Clips) ? Sense::Clips
                                                       : Sense::Pictures;
    const QString text = measure == u"wordErrorRate"_s ? tr("word errors (less is better)")
                         : measure == u"bleu4"_s       ? tr("BLEU-4 (more is better)")
                         : measure == u"ciderD"_s      ? tr("CIDEr-D (more is better)")
                                                       : tr("ROUGE-L (more is better)");
    names << textOf(sense) + u": "_s + text;
  }
  return names;
}

void ResultPage::showProblem(const QString& title, const ProgramCall::Outcome& outcome) {
  m_message->say(InlineMessage::Kind::Error, title, tr("What went wrong stands below."), sentenceOf(outcome.errors));
}

void ResultPage::show() {
  const bool some = !resultRuns(m_training).isEmpty(), made = !m_pack.isEmpty();
  m_words->setText(
      some ? tr("Make a pack of what was learned: everything of the old pack, with the new interface, and a "
                "card that says how it was trained. It appears among the model packs.")
           : tr("Nothing was trained yet. When a stage has come to its first checkpoint, its result can be "
                "tried here."));
  m_make->setEnabled(some && !m_working);
  m_name->setEnabled(some && !m_working);
  m_chat->setVisible(made);
  m_made->setVisible(made);
  m_made->setText(tr("The pack is in %1.").arg(QDir::toNativeSeparators(m_pack)));
  m_bar->setVisible(m_working);
  const bool canAsk = made && !m_examples.isEmpty();
  for (QWidget* each :
       std::initializer_list<QWidget*>{m_sideTitle, m_example, m_right, m_question, m_ask, m_beforeLabel, m_before,
                                       m_nowLabel, m_now, m_measureTitle, m_measure})
    each->setVisible(canAsk);
  m_table->setVisible(canAsk && !m_measures.isEmpty());
  m_ask->setEnabled(!m_working);
  m_measure->setEnabled(!m_working);
  const int chosen = m_example->currentIndex();
  const bool hasOne = chosen >= 0 && chosen < m_examples.size();
  m_right->setText(hasOne ? tr("Right is: %1").arg(m_examples[chosen].right) : QString());
}

void ResultPage::retranslate() {
  m_title->setText(tr("Afterwards"));
  m_nameLabel->setText(tr("Name of the new pack"));
  m_name->setAccessibleName(tr("Name of the new pack"));
  m_make->setText(tr("Make the pack"));
  m_chat->setText(tr("Try it in a chat"));
  m_sideTitle->setText(tr("Before and now, side by side"));
  m_example->setAccessibleName(tr("Example that was kept apart"));
  m_question->setAccessibleName(tr("Question"));
  m_question->setPlaceholderText(tr("Question; empty: the one that the pack asks by itself"));
  m_ask->setText(tr("Ask both"));
  m_beforeLabel->setText(tr("The pack it began with says"));
  m_nowLabel->setText(tr("The new pack says"));
  m_before->setAccessibleName(m_beforeLabel->text());
  m_now->setAccessibleName(m_nowLabel->text());
  m_measureTitle->setText(tr("Measured on what was kept apart"));
  m_measure->setText(tr("Measure both"));
  m_table->setAccessibleName(m_measureTitle->text());
  m_table->setHorizontalHeaderLabels({tr("Measure"), tr("Before"), tr("Now")});
  m_bar->setAccessibleName(tr("At work"));
  const QStringList names = namesOfMeasures();
  for (int row = 0; row < names.size(); ++row) m_table->setItem(row, 0, new QTableWidgetItem(names[row]));
  show();
}

void ResultPage::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  QWidget::changeEvent(event);
}

}  // namespace xllm::ui
