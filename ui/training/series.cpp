#include "ui/training/series.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace xllm::ui {

namespace {

std::size_t placeOf(const Series& series, double step) {
  return static_cast<std::size_t>(std::lower_bound(series.steps.begin(), series.steps.end(), step) -
                                  series.steps.begin());
}

}  // namespace

std::vector<Span> spansOf(const Series& series, double from, double to, int columns) {
  std::vector<Span> spans;
  if (columns < 1 || !(from < to)) return spans;
  spans.reserve(static_cast<std::size_t>(columns));
  const double perStep = (columns - 1) / (to - from);
  // One point on either side too, so that a curve that is looked at from near does not end inside the picture.
  std::size_t i = placeOf(series, from);
  if (i > 0) --i;
  int column = 0;
  double until = -std::numeric_limits<double>::infinity();  // the step at which the next column begins
  for (; i < series.steps.size(); ++i) {
    const double value = series.values[i];
    if (!std::isfinite(value)) continue;
    const double step = series.steps[i];
    if (step >= until) {
      const double place = std::clamp((step - from) * perStep, -4.0 * columns, 5.0 * columns);
      column = static_cast<int>(std::lround(place));
      until = from + (column + 0.5) / perStep;
    }
    if (spans.empty() || spans.back().column != column) {
      spans.push_back({column, value, value, value, value});
    } else {
      Span& span = spans.back();
      span.last = value;
      span.least = std::min(span.least, value);
      span.most = std::max(span.most, value);
    }
    if (step > to) break;
  }
  return spans;
}

Series smoothed(const Series& series, double width) {
  if (width <= 1) return series;
  Series smooth;
  smooth.steps = series.steps;
  smooth.values.reserve(series.values.size());
  const double keep = 1 - 1 / width;
  double sum = 0, weight = 0;
  for (const double value : series.values) {
    if (std::isfinite(value)) {
      sum = keep * sum + value;
      weight = keep * weight + 1;
    }
    smooth.values.push_back(weight > 0 ? sum / weight : value);
  }
  return smooth;
}

Range valueRange(const Series& series, double from, double to, bool positive) {
  Range range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  for (std::size_t i = placeOf(series, from); i < series.steps.size() && series.steps[i] <= to; ++i) {
    const double value = series.values[i];
    if (!std::isfinite(value) || (positive && value <= 0)) continue;
    range.least = std::min(range.least, value);
    range.most = std::max(range.most, value);
  }
  if (range.least > range.most) return {};
  if (range.least == range.most) {  // a curve that stays level
    const double around = range.least == 0 ? 1 : 0.1 * std::abs(range.least);
    return {range.least - around, range.most + around};
  }
  return range;
}

}  // namespace xllm::ui
