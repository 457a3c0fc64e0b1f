// The newest words of what is being said, in at most two lines; what does not fit is left out at the front. Screen
// readers are not told of it: they hear the whole, once it is complete.
#pragma once

#include <QWidget>

namespace xllm::ui {

class LiveWords final : public QWidget {
  Q_OBJECT

 public:
  explicit LiveWords(QWidget* parent = nullptr);

  void setWords(const QString& words);
  const QString& words() const { return m_words; }
  QStringList lines(int width) const;  // as they are shown in so many pixels

  QSize sizeHint() const override;
  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QString m_words;
};

}  // namespace xllm::ui
