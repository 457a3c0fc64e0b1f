#include "ui/settings/reading_aloud_group.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSlider>
#include <cmath>

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kFieldWidth = 240;

int percentOf(double value) { return static_cast<int>(std::lround(100 * value)); }

}  // namespace

ReadingAloudGroup::ReadingAloudGroup(QWidget* parent)
    : SettingsPage(parent),
      m_answers(new QCheckBox),
      m_voice(new QComboBox),
      m_rate(new QSlider(Qt::Horizontal)),
      m_volume(new QSlider(Qt::Horizontal)),
      m_try(new QPushButton) {
  m_voice->setMinimumContentsLength(16);
  m_voice->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  m_rate->setRange(-100, 100);
  m_volume->setRange(0, 100);
  for (QSlider* slider : {m_rate, m_volume}) slider->setPageStep(20);
  m_try->setProperty("quiet", true);
  m_try->setAutoDefault(false);
  m_whyNot = addSentence();
  m_whyNot->hide();
  form().addRow(m_answers);
  m_voiceLabel = addRow(m_voice);
  m_rateLabel = addRow(m_rate);
  m_volumeLabel = addRow(m_volume);
  auto* last = new QHBoxLayout;
  last->addWidget(m_try);
  last->addStretch();
  form().addRow(last);
  connectFields();
  retranslate();
}

void ReadingAloudGroup::connectFields() {
  const auto edit = [this](auto set) { Q_EMIT edited([set](Preferences& preferences) { set(preferences.reading); }); };
  connect(m_answers, &QCheckBox::toggled, this,
          [edit](bool on) { edit([on](ReadingPreferences& reading) { reading.answers = on; }); });
  connect(m_voice, &QComboBox::activated, this, [this, edit] {
    edit([name = m_voice->currentData().toString()](ReadingPreferences& reading) { reading.voice = name; });
  });
  connect(m_rate, &QSlider::valueChanged, this,
          [edit](int percent) { edit([percent](ReadingPreferences& reading) { reading.rate = percent / 100.0; }); });
  connect(m_volume, &QSlider::valueChanged, this,
          [edit](int percent) { edit([percent](ReadingPreferences& reading) { reading.volume = percent / 100.0; }); });
  connect(m_try, &QPushButton::clicked, this, &ReadingAloudGroup::tryRequested);
}

void ReadingAloudGroup::setPreferences(const Preferences& preferences) {
  m_shown = preferences.reading;
  const QSignalBlocker silence[] = {QSignalBlocker(m_answers), QSignalBlocker(m_rate), QSignalBlocker(m_volume)};
  m_answers->setChecked(m_shown.answers);
  m_rate->setValue(percentOf(m_shown.rate));
  m_volume->setValue(percentOf(m_shown.volume));
  fillVoices();
}

void ReadingAloudGroup::setVoices(const QList<VoiceName>& voices) {
  m_voices = voices;
  fillVoices();
}

void ReadingAloudGroup::setWhyNot(const QString& sentence) {
  m_whyNot->setText(sentence);
  m_whyNot->setVisible(!sentence.isEmpty());
  for (QWidget* field : std::initializer_list<QWidget*>{m_answers, m_voice, m_rate, m_volume, m_try}) {
    field->setEnabled(sentence.isEmpty());
  }
}

// The chosen one stays chosen while its engine is away.
void ReadingAloudGroup::fillVoices() {
  m_voice->clear();
  m_voice->addItem(tr("As the text's language"), QString());
  for (const VoiceName& each : std::as_const(m_voices)) {
    const QString language = each.language.nativeLanguageName();
    m_voice->addItem(language.isEmpty() ? each.name : u"%1 (%2)"_s.arg(each.name, language), each.name);
  }
  if (m_voice->findData(m_shown.voice) < 0) m_voice->addItem(tr("The one chosen before (not there)"), m_shown.voice);
  m_voice->setCurrentIndex(m_voice->findData(m_shown.voice));
}

void ReadingAloudGroup::retranslate() {
  m_answers->setText(tr("Read answers aloud while they are &written"));
  m_voiceLabel->setText(tr("&Voice"));
  m_voice->setToolTip(tr("Text in another language is read by the first voice of that language."));
  fillVoices();
  m_rateLabel->setText(tr("S&peed"));
  m_volumeLabel->setText(tr("Vo&lume"));
  for (QSlider* slider : {m_rate, m_volume}) slider->setMinimumWidth(scaledToText(kFieldWidth));
  m_rate->setToolTip(tr("In the middle: as the voice speaks by itself."));
  m_try->setText(tr("&Listen"));
  m_try->setAccessibleName(tr("Listen to this voice"));
}

}  // namespace xllm::ui
