// One example of training data as a person looks at it: the picture, the frames of a clip or the recording to be
// played, and the text that belongs to it. Leaves decoding to data_preview.h.
#pragma once

#include <QFrame>
#include <QImage>
#include <QList>

#include "core/data/data_check.h"
#include "ui/playback/playback.h"

class QLabel;
class QVBoxLayout;

namespace xllm::ui {

class SoundBar;

// What was made of one of the example's files.
struct LookedAt {
  QImage picture;      // of a picture, or frames of a clip side by side
  double seconds = 0;  // of a recording
  bool failed = false;
};

class PreviewCard final : public QFrame {
  Q_OBJECT

 public:
  static constexpr int kPictureEdge = 168;  // pixels: of a picture, and the width of a card
  static constexpr int kMostFiles = 4;      // that are shown of one example

  PreviewCard(const data::DataExample& example, Playback* playback, QWidget* parent = nullptr);

  const data::DataExample& example() const { return m_example; }
  void setLookedAt(int file, const LookedAt& look);
  void setChecked(bool usable, bool validation);  // what a check says of it
  QList<SoundBar*> sounds() const { return m_sounds; }
  QList<QLabel*> pictures() const { return m_pictures; }  // beside the example's files; nullptr for recordings
  QString text() const;                                   // as it is shown

 protected:
  void changeEvent(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;

 private:
  void addFile(const data::DataFile& file, Playback* playback);
  void retranslate();

  data::DataExample m_example;
  QList<QLabel*> m_pictures;
  QList<SoundBar*> m_sounds;
  QVBoxLayout* m_column;
  QLabel *m_text, *m_where;
  int m_more = 0;  // files that are not shown
};

}  // namespace xllm::ui
