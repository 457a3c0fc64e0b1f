#include "ui/settings/listening_group.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>
#include <algorithm>
#include <cmath>

namespace xllm::ui {

namespace {

constexpr int kFieldWidth = 240;

int percentOf(double sensitivity) { return static_cast<int>(std::lround(100 * (1 - sensitivity))); }

}  // namespace

ListeningGroup::ListeningGroup(QWidget* parent)
    : SettingsPage(parent),
      m_mode(new QComboBox),
      m_goes(new QComboBox),
      m_microphone(new QComboBox),
      m_endDelay(new QDoubleSpinBox),
      m_sensitivity(new QSlider(Qt::Horizontal)),
      m_cancelsEcho(new QCheckBox),
      m_showsWords(new QCheckBox) {
  for (const ListenMode mode : {ListenMode::ClickToTalk, ListenMode::HoldToTalk, ListenMode::HandsFree}) {
    m_mode->addItem(QString(), static_cast<int>(mode));
  }
  for (const SayingGoes goes : {SayingGoes::AtOnceHandsFree, SayingGoes::AtOnce, SayingGoes::AfterReading}) {
    m_goes->addItem(QString(), static_cast<int>(goes));
  }
  m_microphone->setMinimumContentsLength(16);  // names of devices are long
  m_microphone->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  m_endDelay->setRange(kShortestEndDelay, kLongestEndDelay);
  m_endDelay->setSingleStep(0.1);
  m_endDelay->setDecimals(1);
  m_endDelay->setKeyboardTracking(false);  // what is half typed is no number yet
  m_sensitivity->setRange(percentOf(kMostSensitivity), percentOf(kLeastSensitivity));
  m_sensitivity->setPageStep(10);
  m_modeLabel = addRow(m_mode);
  m_modeText = addSentence();
  m_goesLabel = addRow(m_goes);
  m_microphoneLabel = addRow(m_microphone);
  m_endDelayLabel = addRow(m_endDelay);
  m_sensitivityLabel = addRow(m_sensitivity);
  form().addRow(m_cancelsEcho);
  form().addRow(m_showsWords);
  m_private = addSentence();
  connectFields();
  retranslate();
}

void ListeningGroup::connectFields() {
  const auto edit = [this](auto set) { Q_EMIT edited([set](Preferences& preferences) { set(preferences.talk); }); };
  connect(m_mode, &QComboBox::activated, this, [this, edit] {
    edit([mode = static_cast<ListenMode>(m_mode->currentData().toInt())](TalkPreferences& talk) { talk.mode = mode; });
  });
  connect(m_goes, &QComboBox::activated, this, [this, edit] {
    edit([goes = static_cast<SayingGoes>(m_goes->currentData().toInt())](TalkPreferences& talk) { talk.goes = goes; });
  });
  connect(m_microphone, &QComboBox::activated, this, [this, edit] {
    edit([id = m_microphone->currentData().toByteArray()](TalkPreferences& talk) { talk.listening.device = id; });
  });
  connect(m_endDelay, &QDoubleSpinBox::valueChanged, this, [edit](double seconds) {
    edit([seconds](TalkPreferences& talk) { talk.listening.endDelaySeconds = seconds; });
  });
  connect(m_sensitivity, &QSlider::valueChanged, this, [edit](int percent) {
    edit([percent](TalkPreferences& talk) { talk.listening.sensitivity = 1 - percent / 100.0; });
  });
  connect(m_cancelsEcho, &QCheckBox::toggled, this,
          [edit](bool on) { edit([on](TalkPreferences& talk) { talk.listening.cancelsEcho = on; }); });
  connect(m_showsWords, &QCheckBox::toggled, this,
          [edit](bool on) { edit([on](TalkPreferences& talk) { talk.showsWords = on; }); });
}

void ListeningGroup::setPreferences(const Preferences& preferences) {
  m_shown = preferences.talk;
  const QSignalBlocker silence[] = {QSignalBlocker(m_endDelay), QSignalBlocker(m_sensitivity),
                                    QSignalBlocker(m_cancelsEcho), QSignalBlocker(m_showsWords)};
  m_mode->setCurrentIndex(m_mode->findData(static_cast<int>(m_shown.mode)));
  m_goes->setCurrentIndex(m_goes->findData(static_cast<int>(m_shown.goes)));
  m_endDelay->setValue(m_shown.listening.endDelaySeconds);
  m_sensitivity->setValue(percentOf(m_shown.listening.sensitivity));
  m_cancelsEcho->setChecked(m_shown.listening.cancelsEcho);
  m_showsWords->setChecked(m_shown.showsWords);
  fillMicrophones();
  retranslate();
}

void ListeningGroup::setMicrophones(const QList<Microphone>& microphones) {
  m_microphones = microphones;
  fillMicrophones();
}

// The chosen one stays chosen while it is pulled out.
void ListeningGroup::fillMicrophones() {
  m_microphone->clear();
  m_microphone->addItem(tr("The system's own choice"), QByteArray());
  for (const Microphone& each : std::as_const(m_microphones)) m_microphone->addItem(each.name, each.id);
  const QByteArray& chosen = m_shown.listening.device;
  if (m_microphone->findData(chosen) < 0) m_microphone->addItem(tr("The one chosen before (not there)"), chosen);
  m_microphone->setCurrentIndex(m_microphone->findData(chosen));
}

void ListeningGroup::retranslate() {
  m_modeLabel->setText(tr("&Way of talking"));
  m_mode->setItemText(0, tr("Click, then talk"));
  m_mode->setItemText(1, tr("Hold while talking"));
  m_mode->setItemText(2, tr("Hands-free"));
  switch (m_shown.mode) {
    case ListenMode::ClickToTalk:
      m_modeText->setText(tr("A click on the microphone opens it; it closes when you stop speaking, or by a click."));
      break;
    case ListenMode::HoldToTalk:
      m_modeText->setText(tr("The microphone is open while its button or the key F8 is held down."));
      break;
    case ListenMode::HandsFree:
      m_modeText->setText(tr("The microphone stays open, and whatever you say is answered, until you close it."));
      break;
  }
  m_goesLabel->setText(tr("What you s&aid"));
  m_goes->setItemText(0, tr("Goes out at once when hands-free"));
  m_goes->setItemText(1, tr("Always goes out at once"));
  m_goes->setItemText(2, tr("Waits until you have read it"));
  m_microphoneLabel->setText(tr("&Microphone"));
  if (m_microphone->count() > 0) fillMicrophones();
  m_endDelayLabel->setText(tr("&Pause that ends it"));
  m_endDelay->setSuffix(tr(" s"));
  m_endDelay->setToolTip(tr("How long it must be quiet before what was said counts as complete."));
  m_sensitivityLabel->setText(tr("S&ensitivity"));
  m_sensitivity->setMinimumWidth(scaledToText(kFieldWidth));
  m_sensitivity->setToolTip(
      tr("To the right, quiet and unclear speech counts, too; to the left, less noise is heard."));
  m_cancelsEcho->setText(tr("&Take out what this computer plays (for loudspeakers)"));
  m_showsWords->setText(tr("Sho&w what was understood"));
  m_private->setText(
      tr("Nothing is recorded before you ask for it, and a red sign shows whenever the microphone is open. Recordings "
         "stay on this computer."));
}

}  // namespace xllm::ui
