#include "ui/settings/answers_page.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSpinBox>
#include <algorithm>

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kFieldWidth = 340;
constexpr int kPromptHeight = 88;

QWidget* inRow(std::initializer_list<QWidget*> widgets) {
  auto* host = new QWidget;
  auto* row = new QHBoxLayout(host);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  for (QWidget* widget : widgets) row->addWidget(widget);
  row->addStretch();
  return host;
}

}  // namespace

AnswersPage::AnswersPage(QWidget* parent)
    : SettingsPage(parent),
      m_presets(new QComboBox),
      m_add(new QPushButton),
      m_duplicate(new QPushButton),
      m_remove(new QPushButton),
      m_restore(new QPushButton),
      m_name(new QLineEdit),
      m_systemPrompt(new QPlainTextEdit),
      m_temperature(new QDoubleSpinBox),
      m_topP(new QDoubleSpinBox),
      m_topK(new QSpinBox),
      m_randomSeed(new QCheckBox),
      m_seed(new QSpinBox),
      m_longest(new QSpinBox),
      m_halfMemory(new QCheckBox) {
  build();
  connectFields();
  retranslate();
}

void AnswersPage::build() {
  m_temperature->setRange(0, kHighestTemperature);
  m_topP->setRange(kLowestTopP, 1);
  for (QDoubleSpinBox* box : {m_temperature, m_topP}) {
    box->setSingleStep(0.05);
    box->setDecimals(2);
  }
  m_topK->setRange(0, kHighestTopK);
  m_seed->setRange(0, static_cast<int>(kHighestSeed));
  m_longest->setRange(kShortestAnswer, kLongestAnswer);
  m_longest->setSingleStep(64);
  // What is half typed is no number yet.
  for (QAbstractSpinBox* box :
       std::initializer_list<QAbstractSpinBox*>{m_temperature, m_topP, m_topK, m_seed, m_longest}) {
    box->setKeyboardTracking(false);
  }
  for (QPushButton* button : {m_add, m_duplicate, m_remove, m_restore}) {
    button->setProperty("quiet", true);
    button->setAutoDefault(false);  // Enter in a field presses nothing
  }
  m_name->setMaxLength(60);
  m_systemPrompt->setTabChangesFocus(true);

  form().setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
  m_presets->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  m_systemPrompt->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  m_presetsLabel = addRow(m_presets);
  form().addRow(QString(), inRow({m_add, m_duplicate, m_remove, m_restore}));
  m_nameLabel = addRow(m_name);
  m_promptLabel = addRow(m_systemPrompt);
  m_temperatureLabel = addRow(m_temperature);
  m_topPLabel = addRow(m_topP);
  m_topKLabel = addRow(m_topK);
  m_seedLabel = addRow(inRow({m_randomSeed, m_seed}));
  m_seedLabel->setBuddy(m_randomSeed);
  m_longestLabel = addRow(m_longest);
  form().addRow(m_halfMemory);
}

void AnswersPage::connectFields() {
  connect(m_presets, &QComboBox::activated, this, [this](int row) {
    Q_EMIT edited([id = m_shown.presets.at(row).id](Preferences& preferences) { preferences.preset = id; });
  });
  connect(m_add, &QPushButton::clicked, this, [this] {
    editList([](QList<Preset>& presets, int) { return Presets::add(presets); });
    editName();
  });
  connect(m_duplicate, &QPushButton::clicked, this, [this] {
    editList([](QList<Preset>& presets, int at) { return Presets::duplicate(presets, at); });
    editName();
  });
  connect(m_remove, &QPushButton::clicked, this, [this] {
    editList([](QList<Preset>& presets, int at) {
      presets.removeAt(at);
      return presets.at(std::min<qsizetype>(at, presets.size() - 1)).id;
    });
    m_presets->setFocus();  // the button may be off now
  });
  connect(m_restore, &QPushButton::clicked, this, [this] {
    editList([](QList<Preset>& presets, int at) {
      const QString id = presets.at(at).id;
      Presets::restoreBuiltIn(presets);
      return id;
    });
  });
  connect(m_name, &QLineEdit::textEdited, this, [this](const QString& name) {
    if (!name.simplified().isEmpty()) editPreset([&](Preset& preset) { preset.name = name.simplified(); });
  });
  connect(m_name, &QLineEdit::editingFinished, this, [this] {
    m_name->setText(Presets::nameOf(Presets::find(m_shown.presets, m_shown.preset)));  // none is no name
  });
  connect(m_systemPrompt, &QPlainTextEdit::textChanged, this, [this] {
    editPreset([this](Preset& preset) { preset.answering.systemPrompt = m_systemPrompt->toPlainText(); });
  });
  const auto onEdit = [this](auto* box, auto set) {
    connect(box, &std::remove_pointer_t<decltype(box)>::valueChanged, this,
            [this, set](auto value) { editPreset([&](Preset& preset) { set(preset.answering, value); }); });
  };
  onEdit(m_temperature, [](Answering& answering, double value) { answering.temperature = value; });
  onEdit(m_topP, [](Answering& answering, double value) { answering.topP = value; });
  onEdit(m_topK, [](Answering& answering, int value) { answering.topK = value; });
  onEdit(m_seed, [](Answering& answering, int value) { answering.seed = static_cast<quint32>(value); });
  onEdit(m_longest, [](Answering& answering, int value) { answering.longestAnswer = value; });
  connect(m_halfMemory, &QCheckBox::toggled, this,
          [this](bool on) { Q_EMIT edited([on](Preferences& preferences) { preferences.halfMemory = on; }); });
  connect(m_randomSeed, &QCheckBox::toggled, this, [this](bool random) {
    editPreset([&](Preset& preset) {
      preset.answering.seed.reset();
      if (!random) preset.answering.seed = static_cast<quint32>(m_seed->value());
    });
  });
}

void AnswersPage::editPreset(const std::function<void(Preset&)>& edit) {
  Q_EMIT edited([&edit](Preferences& preferences) {
    const int at = std::max(0, Presets::indexOf(preferences.presets, preferences.preset));
    edit(preferences.presets[at]);
  });
}

void AnswersPage::editList(const std::function<QString(QList<Preset>&, int)>& edit) {
  Q_EMIT edited([&edit](Preferences& preferences) {
    const int at = std::max(0, Presets::indexOf(preferences.presets, preferences.preset));
    preferences.preset = edit(preferences.presets, at);
  });
}

void AnswersPage::editName() {
  m_name->setFocus();
  m_name->selectAll();
}

void AnswersPage::setPreferences(const Preferences& preferences) {
  m_shown = preferences;
  const Preset& preset = Presets::find(preferences.presets, preferences.preset);
  const Answering& answering = preset.answering;
  const QSignalBlocker silence[] = {QSignalBlocker(m_systemPrompt), QSignalBlocker(m_temperature),
                                    QSignalBlocker(m_topP),         QSignalBlocker(m_topK),
                                    QSignalBlocker(m_randomSeed),   QSignalBlocker(m_seed),
                                    QSignalBlocker(m_longest),      QSignalBlocker(m_halfMemory)};
  m_presets->clear();
  for (const Preset& each : preferences.presets) m_presets->addItem(Presets::nameOf(each));
  m_presets->setCurrentIndex(std::max(0, Presets::indexOf(preferences.presets, preferences.preset)));
  // What is being typed stays as it is typed.
  const QString name = Presets::nameOf(preset);
  if (m_name->text().simplified() != name) m_name->setText(name);
  if (m_systemPrompt->toPlainText() != answering.systemPrompt) m_systemPrompt->setPlainText(answering.systemPrompt);
  m_temperature->setValue(answering.temperature);
  m_topP->setValue(answering.topP);
  m_topK->setValue(answering.topK);
  m_randomSeed->setChecked(!answering.seed);
  if (answering.seed) m_seed->setValue(static_cast<int>(*answering.seed));
  m_seed->setEnabled(answering.seed.has_value());
  m_longest->setValue(answering.longestAnswer);
  m_halfMemory->setChecked(preferences.halfMemory);
  m_remove->setEnabled(preferences.presets.size() > 1);
}

void AnswersPage::retranslate() {
  m_presetsLabel->setText(tr("P&reset in use"));
  m_add->setText(tr("New"));
  m_add->setAccessibleName(tr("New preset"));
  m_duplicate->setText(tr("Duplicate"));
  m_duplicate->setAccessibleName(tr("Duplicate this preset"));
  m_remove->setText(tr("Delete"));
  m_remove->setAccessibleName(tr("Delete this preset"));
  m_restore->setText(tr("Restore built-in"));
  m_restore->setToolTip(tr("Balanced, Precise and Imaginative become what they were; your own presets stay."));
  m_nameLabel->setText(tr("&Name"));
  m_promptLabel->setText(tr("&System prompt"));
  m_systemPrompt->setPlaceholderText(
      tr("What the model is told before every conversation. Empty: what its pack says."));
  m_systemPrompt->setFixedHeight(scaledToText(kPromptHeight));
  m_systemPrompt->setMinimumWidth(scaledToText(kFieldWidth));
  m_temperatureLabel->setText(tr("Te&mperature"));
  m_temperature->setToolTip(tr("0 always takes the likeliest word. Higher is freer."));
  m_topPLabel->setText(tr("Top-&p"));
  m_topP->setToolTip(tr("Only the likeliest words that together have this probability. 1: all."));
  m_topKLabel->setText(tr("Top-&k"));
  m_topK->setToolTip(tr("Only this many of the likeliest words."));
  m_topK->setSpecialValueText(tr("off"));
  m_seedLabel->setText(tr("Seed"));
  m_randomSeed->setText(tr("&another one for every answer"));
  m_randomSeed->setAccessibleName(tr("Another seed for every answer"));
  m_seed->setAccessibleName(tr("Seed"));
  m_seed->setToolTip(tr("The same seed gives the same answer to the same question on this computer."));
  m_longestLabel->setText(tr("&Longest answer"));
  m_longest->setSuffix(tr(" tokens"));
  m_halfMemory->setText(tr("Remember conversations in &half the memory"));
  m_halfMemory->setToolTip(
      tr("For long conversations with large models of Llama's and Qwen's kind, whatever the preset. A word of an answer "
         "may be another. The next message reads its conversation from the beginning once."));
  if (!m_shown.presets.isEmpty() && m_presets->count() > 0)
    setPreferences(Preferences(m_shown));  // names of built-in ones
}

}  // namespace xllm::ui
