// A recording as one plays it: a button, its loudness with the place where it is, and the time. Without loudspeakers it
// only shows.
#pragma once

#include <QPointer>
#include <QWidget>

#include "ui/playback/playback.h"

class QLabel;
class QToolButton;

namespace xllm::ui {

class WaveView;

class SoundBar final : public QWidget {
  Q_OBJECT

 public:
  enum class Shape { Line = 1, Large };  // Large: the loudness above the rest

  explicit SoundBar(Shape shape, QWidget* parent = nullptr);
  ~SoundBar() override;  // stops what it plays

  void setPlayback(Playback* playback);  // null: it only shows; outlives this, or says so by its end
  void setSound(const Playable& sound, const QString& name);
  QList<QWidget*> inTabOrder() const;

  WaveView& wave() const { return *m_wave; }
  QToolButton& playButton() const { return *m_play; }
  QString time() const;

 protected:
  void changeEvent(QEvent* event) override;
  void hideEvent(QHideEvent* event) override;

 private:
  bool isOf(const Playable& sound) const;  // it shows this one
  void toggle();
  void refresh();
  void showTime(double seconds);

  QPointer<Playback> m_playback;
  Playable m_sound;
  QString m_name;
  QString m_problem;  // of the sound system; empty: none
  QToolButton* m_play;
  WaveView* m_wave;
  QLabel* m_time;
};

}  // namespace xllm::ui
