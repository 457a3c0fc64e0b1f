// Lays items side by side and wraps them like words. Leaves out alignment: items start at the leading edge.
#pragma once

#include <QLayout>
#include <QList>

namespace xllm::ui {

class FlowLayout final : public QLayout {
 public:
  explicit FlowLayout(QWidget* parent = nullptr, int gap = 8);
  ~FlowLayout() override;

  void addItem(QLayoutItem* item) override;
  int count() const override { return static_cast<int>(m_items.size()); }
  QLayoutItem* itemAt(int index) const override { return m_items.value(index); }
  QLayoutItem* takeAt(int index) override;
  void move(int from, int to);
  Qt::Orientations expandingDirections() const override { return {}; }
  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override;
  int usedWidth(int width) const;  // of the widest row when `width` is available
  QSize sizeHint() const override { return minimumSize(); }
  QSize minimumSize() const override;
  void setGeometry(const QRect& rect) override;

 private:
  QSize arrange(const QRect& rect, bool move) const;  // returns what was used

  QList<QLayoutItem*> m_items;
  int m_gap;
};

}  // namespace xllm::ui
