#include "ui/training/data_preview.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPointer>
#include <QScrollArea>
#include <QScrollBar>
#include <QToolButton>
#include <algorithm>
#include <exception>

#include "core/data/plain_media.h"
#include "ui/widgets/film_strip.h"
#include "ui/widgets/flow_layout.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/pictures.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

LookedAt lookAt(const data::DataFile& file, const MediaProbe& probe, const std::stop_token& stop) {
  switch (file.kind) {
    case data::MediumKind::Picture: {
      const auto look = data::lookAtPicture(file.file, probe);
      if (!look) break;
      return {.picture = screenImage(look->small, MediaProbe::kSmallEdge)};
    }
    case data::MediumKind::Clip: {
      auto look = probe.lookAtClip(file.file, stop);
      if (!look) break;
      VideoClip clip;
      for (RgbImage& frame : look->frames) clip.frames.push_back({0, std::move(frame)});
      return {.picture = filmStripOf(clip)};
    }
    case data::MediumKind::Recording: {
      const auto look = probe.listenTo(file.file);
      if (!look) break;
      return {.picture = {}, .seconds = look->clip.seconds()};
    }
  }
  return {.picture = {}, .failed = true};
}

}  // namespace

DataPreview::DataPreview(const MediaProbe& probe, QWidget* parent) : QWidget(parent), m_probe(probe) {
  m_pool.setMaxThreadCount(1);
  build();
  connect(m_previous, &QToolButton::clicked, this, [this] { showPage(m_page - 1); });
  connect(m_next, &QToolButton::clicked, this, [this] { showPage(m_page + 1); });
  retranslate();
}

DataPreview::~DataPreview() {
  m_stop.request_stop();
  m_pool.clear();
  m_pool.waitForDone();
}

void DataPreview::build() {
  m_area = new QScrollArea(this);
  m_area->setWidgetResizable(true);
  m_area->setFrameShape(QFrame::NoFrame);
  m_area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_area->setFocusPolicy(Qt::NoFocus);
  m_area->setMinimumHeight(PreviewCard::kPictureEdge + 60);
  m_place = new QLabel(this);
  m_place->setProperty("caption", true);
  for (QToolButton** button : {&m_previous, &m_next}) {
    *button = new QToolButton(this);
    (*button)->setProperty("flat", true);
    (*button)->setFocusPolicy(Qt::StrongFocus);
  }
  m_previous->setIcon(themeIcon(u"previous"_s));
  m_next->setIcon(themeIcon(u"next"_s));
  auto* row = new QHBoxLayout;
  row->addWidget(m_place, 1);
  row->addWidget(m_previous);
  row->addWidget(m_next);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(m_area, 1);
  column->addLayout(row);
}

void DataPreview::setPlayback(Playback* playback) {
  m_playback = playback;
  showPage(m_page);
}

void DataPreview::setExamples(const Examples& examples) {
  m_report.reset();
  m_examples = examples;
  showPage(0);
}

void DataPreview::setReport(const std::shared_ptr<const data::DataReport>& report) {
  m_report = report;
  m_examples = Examples(report, &report->all);
  if (m_page >= pages() || m_cards.isEmpty()) return showPage(0);
  for (qsizetype i = 0; i < m_cards.size(); ++i) {
    const auto place = static_cast<std::size_t>(m_page * kPerPage + i);
    if (place < m_examples->size() && (*m_examples)[place].where == m_cards[i]->example().where) {
      m_cards[i]->setChecked((*m_examples)[place].usable, (*m_examples)[place].validation);
    }
  }
  retranslate();
}

bool DataPreview::showRow(const QString& where) {
  if (!m_examples) return false;
  const std::string wanted = where.toStdString();
  const auto found = std::ranges::find(*m_examples, wanted, &data::DataExample::where);
  if (found == m_examples->end()) return false;
  const auto place = static_cast<int>(found - m_examples->begin());
  if (place / kPerPage != m_page) showPage(place / kPerPage);
  m_cards[place % kPerPage]->setFocus(Qt::OtherFocusReason);
  m_area->ensureWidgetVisible(m_cards[place % kPerPage]);
  return true;
}

int DataPreview::pages() const {
  return m_examples ? (static_cast<int>(m_examples->size()) + kPerPage - 1) / kPerPage : 0;
}

void DataPreview::showPage(int page) {
  m_stop.request_stop();
  m_stop = std::stop_source();
  m_pool.clear();
  m_page = std::clamp(page, 0, std::max(pages() - 1, 0));
  m_cards.clear();
  auto* content = new QWidget;  // in place of the one before, which goes with its cards
  auto* flow = new FlowLayout(content, 10);
  flow->setContentsMargins(0, 0, 0, 0);
  const std::size_t first = static_cast<std::size_t>(m_page) * kPerPage;
  for (std::size_t i = first; m_examples && i < std::min(first + kPerPage, m_examples->size()); ++i) {
    auto* card = new PreviewCard((*m_examples)[i], m_playback, content);
    flow->addWidget(card);
    m_cards << card;
    look(card);
  }
  m_area->setWidget(content);
  m_area->verticalScrollBar()->setValue(0);
  retranslate();
}

void DataPreview::look(PreviewCard* card) {
  const auto& files = card->example().files;
  for (int i = 0; i < std::min(static_cast<int>(files.size()), PreviewCard::kMostFiles); ++i) {
    const auto work = [this, i, card = QPointer(card), file = files[static_cast<std::size_t>(i)],
                       stop = m_stop.get_token()] {
      if (stop.stop_requested()) return;
      LookedAt made{.picture = {}, .failed = true};
      try {
        made = lookAt(file, m_probe, stop);
      } catch (const std::exception&) {
      }
      QMetaObject::invokeMethod(
          this,
          [card, i, made] {
            if (card) card->setLookedAt(i, made);
          },
          Qt::QueuedConnection);
    };
    m_pool.start(work);
  }
}

void DataPreview::retranslate() {
  const qsizetype all = m_examples ? static_cast<qsizetype>(m_examples->size()) : 0;
  const qsizetype first = static_cast<qsizetype>(m_page) * kPerPage;
  m_place->setText(all == 0 ? tr("No examples")
                            : tr("Examples %1 to %2 of %3")
                                  .arg(locale().toString(first + 1), locale().toString(first + m_cards.size()),
                                       locale().toString(all)));
  m_previous->setEnabled(m_page > 0);
  m_next->setEnabled(m_page + 1 < pages());
  m_previous->setToolTip(tr("Earlier examples"));
  m_next->setToolTip(tr("Later examples"));
  for (QToolButton* button : {m_previous, m_next}) button->setAccessibleName(button->toolTip());
}

void DataPreview::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  QWidget::changeEvent(event);
}

}  // namespace xllm::ui
