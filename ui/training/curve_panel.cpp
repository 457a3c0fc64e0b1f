#include "ui/training/curve_panel.h"

#include <QCheckBox>
#include <QComboBox>
#include <QCoreApplication>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>
#include <cmath>

#include "ui/training/curve_view.h"
#include "ui/widgets/flow_layout.h"
#include "ui/widgets/on_worker.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kMostSmoothing = 10;  // powers of two

// A label and what it names, which wrap together.
QWidget* pair(QLabel* label, QWidget* named) {
  auto* both = new QWidget;
  auto* row = new QHBoxLayout(both);
  row->setContentsMargins(0, 0, 0, 0);
  row->addWidget(label);
  row->addWidget(named);
  label->setBuddy(named);
  return both;
}

struct Measure {
  const char* name;
  const char* text;
};
constexpr Measure kMeasures[] = {
    {"loss", QT_TRANSLATE_NOOP("Measures", "loss")},
    {"learningRate", QT_TRANSLATE_NOOP("Measures", "learning rate")},
    {"gradientNorm", QT_TRANSLATE_NOOP("Measures", "size of the gradients")},
    {"secondsPerStep", QT_TRANSLATE_NOOP("Measures", "seconds for a step")},
    {"wordErrorRate", QT_TRANSLATE_NOOP("Measures", "word errors")},
    {"letterWordErrorRate", QT_TRANSLATE_NOOP("Measures", "word errors by letters")},
    {"rightWordCounts", QT_TRANSLATE_NOOP("Measures", "right numbers of words")},
    {"answerLoss", QT_TRANSLATE_NOOP("Measures", "loss of the answers")},
    {"answered", QT_TRANSLATE_NOOP("Measures", "answered word for word")},
    {"contrastive", QT_TRANSLATE_NOOP("Measures", "telling pictures from texts")},
    {"matching", QT_TRANSLATE_NOOP("Measures", "texts that fit")},
    {"generation", QT_TRANSLATE_NOOP("Measures", "writing the text")},
    {"crossEntropy", QT_TRANSLATE_NOOP("Measures", "loss of the words")},
    {"ctc", QT_TRANSLATE_NOOP("Measures", "loss of the letters")},
    {"quantity", QT_TRANSLATE_NOOP("Measures", "loss of the number of words")},
    {"language", QT_TRANSLATE_NOOP("Measures", "loss of the language model")},
};

}  // namespace

QString measureText(const QString& measure) {
  for (const Measure& known : kMeasures) {
    if (measure == QLatin1StringView(known.name)) return QCoreApplication::translate("Measures", known.text);
  }
  return measure;
}

CurvePanel::CurvePanel(QWidget* parent) : QWidget(parent) {
  build();
  connect(m_measure, &QComboBox::currentIndexChanged, this, &CurvePanel::show);
  connect(m_other, &QComboBox::currentIndexChanged, this, &CurvePanel::compare);
  connect(m_smoothing, &QSlider::valueChanged, this, [this](int power) { m_view->setSmoothing(std::exp2(power)); });
  connect(m_logarithmic, &QCheckBox::toggled, m_view, &CurveView::setLogarithmic);
  connect(m_nearer, &QToolButton::clicked, this, [this] { m_view->zoom(1.5, 1); });
  connect(m_farther, &QToolButton::clicked, this, [this] { m_view->zoom(1 / 1.5, 1); });
  connect(m_all, &QToolButton::clicked, m_view, &CurveView::showAll);
  retranslate();
  offerMeasures();
}

void CurvePanel::build() {
  m_view = new CurveView(this);
  m_measure = new QComboBox;
  m_other = new QComboBox;
  m_smoothing = new QSlider(Qt::Horizontal);
  m_smoothing->setRange(0, kMostSmoothing);
  m_smoothing->setFixedWidth(110);
  m_logarithmic = new QCheckBox;
  for (QLabel** label : {&m_measureLabel, &m_otherLabel, &m_smoothingLabel}) *label = new QLabel;
  for (QToolButton** button : {&m_nearer, &m_farther, &m_all}) {
    *button = new QToolButton;
    (*button)->setProperty("flat", true);
    (*button)->setFocusPolicy(Qt::StrongFocus);
  }
  m_measure->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  m_other->setMinimumContentsLength(10);
  m_other->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  auto* zoom = new QWidget;
  auto* zoomRow = new QHBoxLayout(zoom);
  zoomRow->setContentsMargins(0, 0, 0, 0);
  for (QToolButton* button : {m_nearer, m_farther, m_all}) zoomRow->addWidget(button);
  auto* tools = new QWidget(this);
  auto* flow = new FlowLayout(tools, 10);
  flow->addWidget(pair(m_measureLabel, m_measure));
  flow->addWidget(pair(m_smoothingLabel, m_smoothing));
  flow->addWidget(m_logarithmic);
  flow->addWidget(zoom);
  flow->addWidget(pair(m_otherLabel, m_other));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(tools);
  column->addWidget(m_view, 1);
}

void CurvePanel::setCurves(const RunCurves& curves) {
  m_curves = curves;
  offerMeasures();
  show();
}

void CurvePanel::setOthers(const QList<std::pair<QString, QString>>& others) {
  if (others == m_others && m_other->count() > 0) return;
  const QString chosen = m_other->currentData().toString();
  m_others = others;
  const QSignalBlocker quiet(m_other);
  m_other->clear();
  m_other->addItem(tr("no other run"));
  for (const auto& [name, folder] : others) m_other->addItem(name, folder);
  m_other->setCurrentIndex(std::max(0, m_other->findData(chosen)));
}

void CurvePanel::offerMeasures() {
  QStringList names = m_curves.training.keys();
  for (const QString& name : m_curves.validation.keys()) {
    if (!names.contains(name)) names << name;
  }
  if (names.isEmpty()) names << u"loss"_s;
  // What one looks at first, first.
  for (const QString& first : {u"learningRate"_s, u"loss"_s}) {
    if (names.removeOne(first)) names.prepend(first);
  }
  QStringList offered;
  for (int i = 0; i < m_measure->count(); ++i) offered << m_measure->itemData(i).toString();
  if (offered == names) return;
  const QString chosen = m_measure->currentData().toString();
  const QSignalBlocker quiet(m_measure);
  m_measure->clear();
  for (const QString& name : names) m_measure->addItem(measureText(name), name);
  m_measure->setCurrentIndex(std::max(0, m_measure->findData(chosen)));
}

void CurvePanel::compare() {
  const QString folder = m_other->currentData().toString();
  m_comparedName = m_other->currentText();
  m_compared = {};
  show();
  if (folder.isEmpty()) return;
  onWorker(
      this, [folder] { return readRun(folder, {}).curves; },
      [this, folder](const RunCurves& curves) {
        if (folder != m_other->currentData().toString()) return;
        m_compared = curves;
        show();
      });
}

void CurvePanel::show() {
  const QString measure = m_measure->currentData().toString();
  std::vector<Curve> curves;
  const auto add = [&](const QMap<QString, Series>& from, const QString& name, int colour, bool dots, bool dashed) {
    const auto found = from.find(measure);
    if (found != from.end() && !found->isEmpty()) curves.push_back({name, *found, colour, dashed, dots});
  };
  add(m_compared.training, tr("%1, training").arg(m_comparedName), 3, false, true);
  add(m_compared.validation, tr("%1, validation").arg(m_comparedName), 2, false, true);
  add(m_curves.training, tr("training"), 0, false, false);
  add(m_curves.validation, tr("validation"), 1, true, false);
  m_view->setCurves(std::move(curves));
}

void CurvePanel::retranslate() {
  m_measureLabel->setText(tr("Show"));
  m_otherLabel->setText(tr("Compare with"));
  m_smoothingLabel->setText(tr("Smooth"));
  m_measure->setAccessibleName(tr("Measure that is shown"));
  m_other->setAccessibleName(tr("Run to compare with"));
  m_smoothing->setAccessibleName(tr("Smoothing of the curves"));
  m_logarithmic->setText(tr("Logarithmic"));
  m_nearer->setText(u"+"_s);
  m_farther->setText(u"−"_s);
  m_all->setText(tr("All"));
  m_nearer->setToolTip(tr("Nearer"));
  m_farther->setToolTip(tr("Farther"));
  m_all->setToolTip(tr("All steps"));
  m_nearer->setAccessibleName(tr("Nearer"));
  m_farther->setAccessibleName(tr("Farther"));
  if (m_other->count() == 0) setOthers({});
  m_other->setItemText(0, tr("no other run"));
  for (int i = 0; i < m_measure->count(); ++i)
    m_measure->setItemText(i, measureText(m_measure->itemData(i).toString()));
  show();
}

void CurvePanel::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  QWidget::changeEvent(event);
}

}  // namespace xllm::ui
