// What curves of any length become before they are drawn.
#include <QTest>
#include <cmath>
#include <limits>

#include "ui/training/series.h"

using namespace xllm::ui;

namespace {

Series wave(int points) {
  Series series;
  for (int i = 1; i <= points; ++i) series.add(i, std::sin(i / 100.0));
  return series;
}

}  // namespace

class SeriesTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void manyPointsBecomeAtMostASpanForEachColumn() {
    const auto spans = spansOf(wave(100'000), 0, 100'000, 500);
    QVERIFY(spans.size() <= 500);
    QVERIFY(spans.size() >= 499);
    for (std::size_t i = 1; i < spans.size(); ++i) QVERIFY(spans[i].column > spans[i - 1].column);
  }

  void noSpikeIsLost() {
    Series series = wave(100'000);
    series.values[54'321] = 77;
    series.values[54'322] = -55;
    const auto spans = spansOf(series, 0, 100'000, 500);
    double most = 0, least = 0;
    for (const Span& span : spans) {
      most = std::max(most, span.most);
      least = std::min(least, span.least);
    }
    QCOMPARE(most, 77.0);
    QCOMPARE(least, -55.0);
  }

  void fromNearTheCurveGoesOnOverBothEdges() {
    const auto spans = spansOf(wave(1000), 500.5, 510.5, 100);
    QVERIFY(spans.front().column < 0);
    QVERIFY(spans.back().column >= 100);
    QCOMPARE(spans.size(), std::size_t(12));
  }

  void whatIsNoNumberIsLeftOut() {
    Series series;
    series.add(1, 1);
    series.add(2, std::numeric_limits<double>::quiet_NaN());
    series.add(3, std::numeric_limits<double>::infinity());
    series.add(4, 2);
    QCOMPARE(spansOf(series, 0, 5, 100).size(), std::size_t(2));
    const Range range = valueRange(series, 0, 5, false);
    QCOMPARE(range.least, 1.0);
    QCOMPARE(range.most, 2.0);
    QCOMPARE(smoothed(series, 4).values.size(), std::size_t(4));
  }

  void smoothingKeepsALevelAndIsNotPulledToTheFirstValue() {
    Series level;
    for (int i = 0; i < 50; ++i) level.add(i, 3);
    for (const double value : smoothed(level, 8).values) QVERIFY(std::abs(value - 3) < 1e-9);
    Series falls;
    falls.add(0, 100);
    for (int i = 1; i < 50; ++i) falls.add(i, 1);
    QVERIFY(smoothed(falls, 4).values[12] < 5);
    QCOMPARE(smoothed(falls, 1).values, falls.values);
  }

  void aLevelCurveHasARangeAndLogarithmsSeePositiveValuesAlone() {
    Series series;
    series.add(1, 5);
    series.add(2, 5);
    QVERIFY(!valueRange(series, 0, 3, false).isEmpty());
    series.add(3, -1);
    QVERIFY(valueRange(series, 0, 3, true).least > 0);
    QVERIFY(valueRange(series, 7, 9, false).isEmpty());
  }
};

QTEST_MAIN(SeriesTest)
#include "series_test.moc"
