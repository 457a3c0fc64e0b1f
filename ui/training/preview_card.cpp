#include "ui/training/preview_card.h"

#include <QEvent>
#include <QLabel>
#include <QPainter>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/playback/sound_bar.h"
#include "ui/training/finding_words.h"
#include "ui/widgets/theme.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kMargin = 10;
constexpr qsizetype kMostLetters = 180;  // of the text; the rest is in the tool tip

QString nameOf(const data::DataFile& file) { return QString::fromStdU16String(file.file.filename().u16string()); }

QString shortened(const QString& text) {
  return text.size() <= kMostLetters ? text : QString(text.left(kMostLetters).trimmed() + u" …"_s);
}

}  // namespace

PreviewCard::PreviewCard(const data::DataExample& example, Playback* playback, QWidget* parent)
    : QFrame(parent),
      m_example(example),
      m_column(new QVBoxLayout(this)),
      m_text(new QLabel(this)),
      m_where(new QLabel(this)) {
  setFocusPolicy(Qt::StrongFocus);
  const bool wide = std::ranges::any_of(example.files, [](const data::DataFile& file) {
    return file.kind != data::MediumKind::Picture;  // frames side by side, and a recording's loudness, need room
  });
  setFixedWidth((wide ? 2 : 1) * kPictureEdge + 2 * kMargin);
  m_column->setContentsMargins(kMargin, kMargin, kMargin, kMargin);
  m_column->setSpacing(6);
  for (const data::DataFile& file : example.files) {
    if (m_pictures.size() < kMostFiles) {
      addFile(file, playback);
    } else {
      ++m_more;
    }
  }
  for (QLabel* label : {m_text, m_where}) {
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    m_column->addWidget(label);
  }
  m_where->setProperty("caption", true);
  m_where->setProperty("textSize", u"small"_s);
  m_column->addStretch();
  retranslate();
}

void PreviewCard::addFile(const data::DataFile& file, Playback* playback) {
  if (file.kind == data::MediumKind::Recording) {
    auto* bar = new SoundBar(SoundBar::Shape::Line, this);
    bar->setPlayback(playback);
    m_pictures << nullptr;
    m_sounds << bar;
    return m_column->addWidget(bar);
  }
  auto* label = new QLabel(this);
  label->setAlignment(Qt::AlignCenter);
  label->setMinimumHeight(file.kind == data::MediumKind::Clip ? kPictureEdge / 2 : kPictureEdge);
  m_pictures << label;
  m_column->addWidget(label);
}

void PreviewCard::setLookedAt(int file, const LookedAt& look) {
  if (file < 0 || file >= m_pictures.size()) return;
  const data::DataFile& shown = m_example.files[static_cast<std::size_t>(file)];
  if (shown.kind == data::MediumKind::Recording) {
    const auto before = std::count(m_pictures.cbegin(), m_pictures.cbegin() + file, nullptr);
    const QString path = look.failed ? QString() : QString::fromStdU16String(shown.file.u16string());
    m_sounds[before]->setSound({.file = path, .seconds = look.seconds}, nameOf(shown));
    return;
  }
  QLabel* label = m_pictures[file];
  if (look.failed || look.picture.isNull()) {
    label->setText(u"—"_s);
    return;
  }
  QPixmap pixmap = QPixmap::fromImage(look.picture.scaled(
      QSize(width() - 2 * kMargin, kPictureEdge) * devicePixelRatioF(), Qt::KeepAspectRatio, Qt::SmoothTransformation));
  pixmap.setDevicePixelRatio(devicePixelRatioF());
  label->setPixmap(pixmap);
}

void PreviewCard::setChecked(bool usable, bool validation) {
  m_example.usable = usable;
  m_example.validation = validation;
  retranslate();
}

QString PreviewCard::text() const { return m_text->text(); }

void PreviewCard::retranslate() {
  QStringList lines;
  for (const std::string& text : m_example.texts) {
    if (!text.empty()) lines << QString::fromStdString(text);
  }
  const QString whole = lines.join(u'\n');
  m_text->setText(whole.isEmpty() ? tr("Without words") : shortened(whole));
  m_text->setToolTip(whole.size() > kMostLetters ? QString(u"<p>"_s + whole.toHtmlEscaped() + u"</p>"_s) : QString());
  QStringList about{FindingWords::ofRow(m_example.where)};
  if (m_more > 0) about << tr("more files: %1").arg(m_more);
  if (!m_example.usable) {
    about << tr("cannot be used");
  } else if (m_example.validation) {
    about << tr("for validation");
  }
  m_where->setText(about.join(u" · "_s));
  setAccessibleName(about.join(u", "_s) + u": "_s + m_text->text());
}

void PreviewCard::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  QFrame::changeEvent(event);
}

void PreviewCard::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const Colors& colors = colorsOf(palette());
  painter.setBrush(colors.raised);
  painter.setPen(hasFocus() ? QPen(colors.accent, 2) : QPen(m_example.usable ? colors.border : colors.danger, 1));
  painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 8, 8);
}

}  // namespace xllm::ui
