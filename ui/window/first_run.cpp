#include "ui/window/first_run.h"

#include <QDir>
#include <QEvent>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QIcon>
#include <QLabel>
#include <QPushButton>
#include <QRadioButton>
#include <QStackedWidget>
#include <algorithm>

#include "ui/models/pack_state.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/size_text.h"
#include "ui/window/sample_picture.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kMarkSize = 18;
// As they are asked, whatever language the window has: the starter knows English alone.
constexpr auto kPictureQuestion = "What is in this picture?"_L1;
constexpr auto kWordsQuestion = "What is the capital of France?"_L1;
constexpr qint64 kRoomForPacks = 2'000'000'000;  // what a pack and conversations with pictures want, about

QPushButton* button(const char* kind, QWidget* parent) {
  auto* made = new QPushButton(parent);
  made->setProperty(kind, true);
  return made;
}

}  // namespace

FirstRun::FirstRun(const PackShelf& shelf, const PackState& pack, LanguageChoice language, QWidget* parent)
    : QWidget(parent), m_pack(pack), m_step(new QLabel(this)), m_pages(new QStackedWidget(this)), m_worker(shelf) {
  m_step->setProperty("caption", true);
  m_step->setAlignment(Qt::AlignCenter);
  buildLanguage(language);
  buildMachine();
  buildPack();
  buildSample();
  m_skip = button("quiet", this);
  m_back = button("quiet", this);
  m_next = button("primary", this);
  auto* buttons = new QHBoxLayout;
  buttons->setSpacing(8);
  buttons->addWidget(m_skip);
  buttons->addStretch();
  buttons->addWidget(m_back);
  buttons->addWidget(m_next);
  auto* column = new QVBoxLayout(this);
  column->setSpacing(14);
  column->addStretch(2);
  column->addWidget(m_step);
  column->addWidget(m_pages);
  column->addLayout(buttons);
  column->addStretch(3);
  connect(m_skip, &QPushButton::clicked, this, &FirstRun::finished);
  connect(m_back, &QPushButton::clicked, this, [this] { go(m_pages->currentIndex() - 1); });
  connect(m_next, &QPushButton::clicked, this, [this] {
    if (m_pages->currentIndex() + 1 == m_pages->count()) return Q_EMIT finished();
    go(m_pages->currentIndex() + 1);
  });
  connect(&pack, &PackState::changed, this, &FirstRun::refreshPack);
  connect(&m_worker, &PackWorker::listed, this,
          [this](const QList<PackDescription>& packs, const MachineDescription& machine) {
            m_packs = packs;
            m_machine = machine;
            refreshMachine();
          });
  constexpr int kLines = 15;  // of the longest page in a narrow window: the buttons stay where they are
  m_pages->setMinimumHeight(kLines * fontMetrics().height());
  go(0);
  retranslate();
}

QWidget* FirstRun::addPage() {
  auto* page = new QWidget;
  auto* title = new QLabel(page);
  QFont large = title->font();
  large.setPointSizeF(large.pointSizeF() * 1.7);
  large.setWeight(QFont::DemiBold);
  title->setFont(large);
  auto* text = new QLabel(page);
  text->setProperty("caption", true);
  for (QLabel* label : {title, text}) {
    label->setAlignment(Qt::AlignCenter);
    label->setWordWrap(true);
    label->setTextFormat(Qt::PlainText);
  }
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(10);
  column->addWidget(title);
  column->addWidget(text);
  column->addSpacing(10);
  m_heads << std::pair(title, text);
  m_pages->addWidget(page);
  return page;
}

void FirstRun::buildLanguage(LanguageChoice language) {
  QWidget* page = addPage();
  auto* middle = new QHBoxLayout;
  auto* choices = new QVBoxLayout;
  choices->setSpacing(10);
  const auto choice = [&](LanguageChoice which) {
    auto* radio = new QRadioButton(page);
    radio->setChecked(which == language);
    connect(radio, &QRadioButton::clicked, this, [this, which] { Q_EMIT languageChosen(which); });
    choices->addWidget(radio);
    return radio;
  };
  m_system = choice(LanguageChoice::System);
  m_english = choice(LanguageChoice::English);
  m_chinese = choice(LanguageChoice::SimplifiedChinese);
  middle->addStretch();
  middle->addLayout(choices);
  middle->addStretch();
  auto* column = static_cast<QVBoxLayout*>(page->layout());
  column->addLayout(middle);
  column->addStretch();
}

FirstRun::Fact FirstRun::addFact(QGridLayout* grid, int row, QWidget* page) {
  const Fact fact{new QLabel(page), new QLabel(page), new QLabel(page)};
  fact.mark->setFixedSize(kMarkSize, kMarkSize);
  fact.text->setProperty("caption", true);
  fact.text->setWordWrap(true);
  grid->addWidget(fact.mark, row, 0, Qt::AlignTop);
  grid->addWidget(fact.name, row, 1, Qt::AlignTop);
  grid->addWidget(fact.text, row, 2, Qt::AlignTop);
  return fact;
}

void FirstRun::buildMachine() {
  QWidget* page = addPage();
  auto* grid = new QGridLayout;
  grid->setHorizontalSpacing(12);
  grid->setVerticalSpacing(12);
  grid->setColumnStretch(2, 1);
  m_processor = addFact(grid, 0, page);
  m_memory = addFact(grid, 1, page);
  m_disk = addFact(grid, 2, page);
  auto* column = static_cast<QVBoxLayout*>(page->layout());
  column->addLayout(grid);
  column->addStretch();
}

void FirstRun::buildPack() {
  QWidget* page = addPage();
  m_packText = m_heads.back().second;
  m_choose = button("quiet", page);
  m_manage = button("quiet", page);
  auto* row = new QHBoxLayout;
  row->addStretch();
  row->addWidget(m_choose);
  row->addWidget(m_manage);
  row->addStretch();
  auto* column = static_cast<QVBoxLayout*>(page->layout());
  column->addLayout(row);
  column->addStretch();
  connect(m_choose, &QPushButton::clicked, this, &FirstRun::packRequested);
  connect(m_manage, &QPushButton::clicked, this, &FirstRun::packsRequested);
}

void FirstRun::buildSample() {
  QWidget* page = addPage();
  m_picture = button("quiet", page);
  m_question = button("quiet", page);
  const QSize size(72, 72);
  const qreal scale = devicePixelRatioF();
  QPixmap thumbnail =
      QPixmap::fromImage(samplePicture().scaled(size * scale, Qt::KeepAspectRatio, Qt::SmoothTransformation));
  thumbnail.setDevicePixelRatio(scale);
  m_picture->setIcon(QIcon(thumbnail));
  m_picture->setIconSize(size);
  auto* choices = new QVBoxLayout;  // one above the other: side by side, a narrow window has no room for both
  choices->setSpacing(10);
  choices->addWidget(m_picture);
  choices->addWidget(m_question);
  auto* row = new QHBoxLayout;
  row->addStretch();
  row->addLayout(choices);
  row->addStretch();
  auto* column = static_cast<QVBoxLayout*>(page->layout());
  column->addLayout(row);
  column->addStretch();
  connect(m_picture, &QPushButton::clicked, this,
          [this] { Q_EMIT sampleRequested(QString(kPictureQuestion), samplePicture()); });
  connect(m_question, &QPushButton::clicked, this, [this] { Q_EMIT sampleRequested(QString(kWordsQuestion), {}); });
}

void FirstRun::begin() {
  go(0);
  m_worker.list();
  (m_english->isChecked() ? m_english : m_chinese->isChecked() ? m_chinese : m_system)->setFocus();
}

FirstRun::Page FirstRun::page() const { return static_cast<Page>(m_pages->currentIndex()); }

QString FirstRun::text() const {
  QStringList words;
  for (const QLabel* label : m_pages->currentWidget()->findChildren<QLabel*>()) words << label->text();
  return words.join(u'\n');
}

void FirstRun::go(int page) {
  m_pages->setCurrentIndex(page);
  if (page == static_cast<int>(Page::Pack)) m_worker.list();
  m_back->setEnabled(page > 0);
  retranslate();
  m_next->setFocus();
}

void FirstRun::setFact(const Fact& fact, bool good, const QString& name, const QString& text) {
  fact.mark->setPixmap(themeIcon(good ? u"check"_s : u"alert"_s, good ? IconColor::Accent : IconColor::Danger)
                           .pixmap(QSize(kMarkSize, kMarkSize), fact.mark->devicePixelRatioF()));
  fact.mark->setAccessibleName(good ? tr("Good") : tr("Not enough"));
  fact.name->setText(name);
  fact.text->setText(text);
}

void FirstRun::refreshMachine() {
  if (!m_machine) {  // for the blink of an eye
    for (const Fact* fact : {&m_processor, &m_memory, &m_disk}) setFact(*fact, true, {}, tr("Looking …"));
    return;
  }
  const MachineDescription& machine = *m_machine;
  setFact(m_processor, machine.isFast, tr("Processor"),
          machine.isFast
              ? tr("%1, %n thread(s): answers come quickly.", nullptr, machine.threads).arg(machine.instructions)
              : tr("It works, but answers come slowly: the processor has neither AVX2 nor AVX-512."));
  const auto wanted = std::find_if(m_packs.begin(), m_packs.end(), [this](const PackDescription& pack) {
    return !pack.problem && (m_pack.folder().isEmpty() || QDir(pack.folder) == QDir(m_pack.folder()));
  });
  const qint64 needed = wanted == m_packs.end() ? 0 : wanted->memoryBytes;
  const QString have =
      tr("%1 of %2 are free.").arg(sizeText(machine.availableMemoryBytes), sizeText(machine.memoryBytes));
  setFact(m_memory, needed<machine.availableMemoryBytes, tr("Memory"), needed> 0
                        ? tr("%1 needs about %2.").arg(wanted->name, sizeText(needed)) + u' ' + have
                        : have);
  setFact(m_disk, machine.freeDiskBytes > kRoomForPacks, tr("Disk"),
          tr("%1 are free. Packs and conversations want about %2.")
              .arg(sizeText(machine.freeDiskBytes), sizeText(kRoomForPacks)));
}

void FirstRun::refreshPack() {
  if (!m_packText) return;
  switch (m_pack.phase()) {
    case PackState::Phase::Ready:
      m_packText->setText(tr("%1 is ready. You can choose another one at any time.").arg(m_pack.name()));
      break;
    case PackState::Phase::Loading:
      m_packText->setText(tr("%1 is being loaded. You need not wait for it.").arg(m_pack.name()));
      break;
    case PackState::Phase::None:
    case PackState::Phase::Failed:
      m_packText->setText(
          tr("No pack is loaded yet. If you have one, choose its folder (it holds pack.json), or install it from an "
             ".xpack file. Whoever builds this program makes the starter pack with “make starter-pack”."));
      break;
  }
}

void FirstRun::retranslate() {
  if (m_heads.size() < 4) return;
  const QString titles[] = {tr("Welcome"), tr("Is this computer enough?"), tr("The model pack"), tr("Ask something")};
  const QString texts[] = {
      tr("A model that sees and hears, on your own computer. Nothing you write, show or say leaves "
         "it. Which language do you speak?"),
      tr("The program needs no graphics card and no network."), QString(),
      tr("Try one of these, or write a question of your own below. The starter knows English.")};
  for (int page = 0; page < 4; ++page) {
    m_heads[page].first->setText(titles[page]);
    if (page != static_cast<int>(Page::Pack)) m_heads[page].second->setText(texts[page]);
  }
  m_step->setText(tr("Step %1 of %2").arg(m_pages->currentIndex() + 1).arg(m_pages->count()));
  m_system->setText(tr("The language of this computer"));
  m_english->setText(u"English"_s);
  m_chinese->setText(u"简体中文"_s);
  m_choose->setText(tr("Choose a folder …"));
  m_manage->setText(tr("Model packs …"));
  m_picture->setText(u"  "_s + tr("What is in this picture?"));  // a little away from the picture
  m_picture->setAccessibleName(tr("What is in this picture?"));
  m_question->setText(tr("What is the capital of France?"));
  m_skip->setText(tr("Skip"));
  m_back->setText(tr("Back"));
  m_next->setText(m_pages->currentIndex() + 1 == m_pages->count() ? tr("Done") : tr("Next"));
  setAccessibleName(tr("First steps"));
  refreshMachine();
  refreshPack();
}

void FirstRun::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  if (event->type() == QEvent::PaletteChange) refreshMachine();
  QWidget::changeEvent(event);
}

}  // namespace xllm::ui
