#include "ui/camera/camera_panel.h"

#include <QComboBox>
#include <QDateTime>
#include <QDir>
#include <QEvent>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QHideEvent>
#include <QLabel>
#include <QPushButton>
#include <QShowEvent>
#include <QSignalBlocker>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "ui/bridge/attachment.h"
#include "ui/bridge/problem.h"
#include "ui/camera/camera_view.h"
#include "ui/camera/clip_recorder.h"
#include "ui/widgets/flow_layout.h"
#include "ui/widgets/inline_message.h"
#include "ui/widgets/theme.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;
using media::CameraTrouble;

CameraPanel::CameraPanel(media::Camera& camera, ClipSound* sound, const QString& folder, QWidget* parent)
    : QDialog(parent),
      m_camera(camera),
      m_folder(folder),
      m_recorder(new ClipRecorder(sound, this)),
      m_view(new CameraView(this)),
      m_message(new InlineMessage(this)),
      m_again(m_message->addAction({})),
      m_light(new QLabel(this)),
      m_status(new QLabel(this)),
      m_choice(new QComboBox(this)),
      m_take(new QPushButton(this)),
      m_record(new QPushButton(this)),
      m_close(new QPushButton(this)) {
  build();
  connect(&m_camera, &media::Camera::framed, this, [this](const media::CameraPicture& picture) {
    const bool isFirst = !m_newest;
    m_newest = picture;
    m_view->setPicture(picture);
    m_recorder->add(picture);
    if (isFirst) refresh();
    if (std::exchange(m_isFresh, false)) m_take->setFocus();  // which it could not get before
  });
  connect(&m_camera, &media::Camera::devicesChanged, this, &CameraPanel::onDevices);
  connect(&m_camera, &media::Camera::troubled, this, &CameraPanel::onTrouble);
  for (const auto change : {&media::Camera::opened, &media::Camera::closed})
    connect(&m_camera, change, this, &CameraPanel::refresh);
  connect(m_recorder, &ClipRecorder::changed, this, &CameraPanel::refresh);
  connect(m_recorder, &ClipRecorder::failed, this, &CameraPanel::onClipFailed);
  connect(m_recorder, &ClipRecorder::finished, this, [this](const QString& file) {
    ++m_taken;
    refresh();
    Q_EMIT clipTaken(file);
  });
  connect(m_take, &QPushButton::clicked, this, &CameraPanel::take);
  connect(m_record, &QPushButton::clicked, this, &CameraPanel::record);
  connect(m_close, &QPushButton::clicked, this, &QDialog::close);
  connect(m_again, &QPushButton::clicked, this, [this] { m_camera.open(m_chosen); });
  connect(m_choice, &QComboBox::activated, this, [this](int index) {
    m_chosen = m_choice->itemData(index).toByteArray();
    m_recorder->stop();
    m_camera.open(m_chosen);
    Q_EMIT cameraChosen(m_chosen);
  });
  retranslate();
}

CameraPanel::~CameraPanel() { m_camera.close(); }

void CameraPanel::choose(const QByteArray& device) { m_chosen = device; }

void CameraPanel::build() {
  m_message->hide();
  m_message->setDismissible(false);
  m_light->setFixedSize(10, 10);
  m_status->setTextFormat(Qt::PlainText);
  m_status->setWordWrap(true);
  m_choice->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  m_choice->setMinimumContentsLength(12);
  m_take->setDefault(true);
  m_take->setProperty("primary", true);
  for (QPushButton* button : {m_record, m_close}) button->setProperty("quiet", true);

  auto* state = new QHBoxLayout;
  state->setSpacing(8);
  state->addWidget(m_light);
  state->addWidget(m_status, 1);
  auto* row = new QWidget(this);
  auto* buttons = new FlowLayout(row);
  for (QWidget* each : {static_cast<QWidget*>(m_take), static_cast<QWidget*>(m_record), static_cast<QWidget*>(m_choice),
                        static_cast<QWidget*>(m_close)}) {
    buttons->addWidget(each);
  }
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(18, 16, 18, 14);
  column->setSpacing(12);
  column->addWidget(m_view, 1);
  column->addWidget(m_message);
  column->addLayout(state);
  column->addWidget(row);
  resize(700, 560);
}

void CameraPanel::showEvent(QShowEvent* event) {
  QDialog::showEvent(event);
  if (event->spontaneous()) return;  // it was only minimised
  m_taken = 0;
  m_trouble.reset();
  m_clipProblem.reset();
  m_message->hide();
  m_isFresh = true;
  m_camera.prepare();
  fillChoice();
  m_camera.open(m_chosen);
  refresh();
}

void CameraPanel::hideEvent(QHideEvent* event) {
  QDialog::hideEvent(event);
  if (event->spontaneous()) return;
  m_recorder->stop();  // what was recorded until now is a clip
  m_camera.close();
  m_newest = nullptr;
  m_view->setPicture(nullptr);
}

void CameraPanel::take() {
  if (!m_newest || !m_camera.isOpen()) return;
  ++m_taken;
  m_view->flash();
  refresh();
  Q_EMIT pictureTaken(m_newest);
}

void CameraPanel::record() {
  if (m_recorder->isBusy()) return m_recorder->stop();
  if (!m_newest || !m_camera.isOpen()) return;
  m_clipProblem.reset();
  m_message->hide();
  QDir().mkpath(m_folder);  // where that fails, writing tells why
  m_recorder->start(newFile());
  m_recorder->add(m_newest);
}

QString CameraPanel::newFile() const {
  const QString name = tr("Clip %1").arg(QDateTime::currentDateTime().toString(u"yyyy-MM-dd hh.mm.ss"_s));
  const auto path = [&](const QString& tail) { return QDir(m_folder).filePath(name + tail + u".mp4"_s); };
  QString file = path({});
  for (int number = 2; QFileInfo::exists(file); ++number) file = path(u" %1"_s.arg(number));
  return file;
}

void CameraPanel::fillChoice() {
  const QSignalBlocker quiet(m_choice);
  m_choice->clear();
  const auto devices = m_camera.devices();
  for (const media::CameraDevice& device : devices) m_choice->addItem(device.name, device.id);
  m_choice->setCurrentIndex(std::max(m_choice->findData(m_camera.isOpen() ? m_camera.device() : m_chosen), 0));
  m_choice->setVisible(devices.size() > 1);
}

void CameraPanel::onDevices() {
  fillChoice();
  const bool isBack =
      m_trouble && (m_trouble->what == CameraTrouble::NoDevice || m_trouble->what == CameraTrouble::Unplugged);
  if (isVisible() && isBack && !m_camera.isOpen() && !m_camera.devices().isEmpty()) m_camera.open(m_chosen);
}

void CameraPanel::onTrouble(CameraTrouble what, const QString& details) {
  m_recorder->stop();
  m_trouble = Trouble{what, details};
  m_newest = nullptr;
  m_view->setPicture(nullptr);
  refresh();
}

void CameraPanel::onClipFailed(const Error& error) {
  m_clipProblem = error;
  refresh();
}

void CameraPanel::sayTrouble() {
  const auto say = [this](const QString& title, const QString& text) {
    m_message->say(InlineMessage::Kind::Notice, title, text, m_trouble->details);
  };
  switch (m_trouble->what) {
    case CameraTrouble::NotAllowed:
      return say(
          tr("This program may not use the camera"),
          tr("Allow it in the system's privacy settings. On Linux your account may have to be in the group “video”; "
             "sign in again then."));
    case CameraTrouble::NoDevice:
      return say(tr("No camera was found"),
                 tr("Plug one in; it is noticed by itself. Pictures and clips can be added from files as well."));
    case CameraTrouble::Unplugged:
      return say(tr("The camera was unplugged"),
                 tr("Plug it in again; what was taken until now is with your message."));
    case CameraTrouble::NoPictures:
      return say(tr("The camera shows nothing"),
                 tr("Another program may be using it. Close that one, then try again."));
    case CameraTrouble::Failed: break;
  }
  say(tr("The camera does not work"), tr("Try again, choose another camera, or plug it in anew."));
}

void CameraPanel::sayClipProblem() {
  const QString text = m_clipProblem->code == ErrorCode::DiskFull
                           ? tr("The disk is full, or its folder may not be written to.")
                           : tr("Try again; if that does not help, take pictures instead.");
  m_message->say(InlineMessage::Kind::Error, tr("The clip could not be recorded"), text,
                 QString::fromStdString(m_clipProblem->message));
}

QString CameraPanel::status() const { return m_status->text(); }

// What is shown is what is so: the light is on exactly as long as the camera is.
void CameraPanel::refresh() {
  const Colors& colors = colorsOf(palette());
  const bool isOpen = m_camera.isOpen();
  if (isOpen) m_trouble.reset();
  const bool isRecording = m_recorder->isRecording();
  const QColor light = isRecording ? colors.danger : isOpen ? colors.accent : colors.border;
  const QString look = u"background: %1; border-radius: 5px;"_s.arg(light.name());
  if (look != m_light->styleSheet()) m_light->setStyleSheet(look);  // ten times a second while a clip is recorded
  m_view->setRecording(isRecording);
  m_view->setWords(m_trouble ? tr("The camera is off")
                   : isOpen  ? tr("The camera is starting …")
                             : tr("Looking for cameras …"));
  if (isRecording) {
    const QString time =
        tr("Recording: %1 of %2").arg(durationText(m_recorder->seconds()), durationText(ClipRecorder::kMostSeconds));
    m_status->setText(time + u" · "_s +
                      (m_recorder->hasSound() ? tr("with sound") : tr("without sound: there is no microphone")));
  } else if (m_recorder->isBusy()) {
    m_status->setText(tr("One moment …"));
  } else if (isOpen) {
    const QString taken =
        m_taken > 0 ? QString(u" · "_s + tr("%n added to your message", nullptr, m_taken)) : QString();
    m_status->setText(tr("The camera is on; nothing is kept unless you ask for it") + taken);
  } else {
    m_status->setText(tr("The camera is off"));
  }
  m_take->setEnabled(isOpen && m_newest);
  m_record->setEnabled(isRecording || (isOpen && m_newest && !m_recorder->isBusy()));
  m_record->setText(isRecording ? tr("&Stop recording") : tr("&Record a clip"));
  m_again->setVisible(m_trouble.has_value());
  if (m_trouble) {
    sayTrouble();
  } else if (m_clipProblem) {
    sayClipProblem();
  } else {
    m_message->hide();
  }
}

void CameraPanel::retranslate() {
  setWindowTitle(tr("Camera"));
  m_view->setAccessibleName(tr("What the camera sees"));
  m_choice->setAccessibleName(tr("Which camera"));
  m_choice->setToolTip(tr("Which camera"));
  m_take->setText(tr("&Take a picture"));
  m_take->setToolTip(tr("Goes with your message (Space or Enter)"));
  m_record->setToolTip(
      tr("At most %n second(s); goes with your message", nullptr, static_cast<int>(ClipRecorder::kMostSeconds)));
  m_close->setText(tr("&Close"));
  m_again->setText(tr("Try again"));
  refresh();
}

void CameraPanel::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  if (event->type() == QEvent::PaletteChange) refresh();
  QDialog::changeEvent(event);
}

}  // namespace xllm::ui
