// What a curve shows: a value for each of some steps; and how many of them are drawn. No widgets here.
#pragma once

#include <vector>

namespace xllm::ui {

struct Series {
  std::vector<double> steps, values;  // alike in number; steps rise

  bool isEmpty() const { return steps.empty(); }
  void add(double step, double value) {
    steps.push_back(step);
    values.push_back(value);
  }
};

// Of one column of pixels: what all values in it span, and how it is entered and left.
struct Span {
  int column = 0;
  double first = 0, last = 0, least = 0, most = 0;
};

// The part of `series` from step `from` to step `to`, in `columns` columns; those without a value are left out. Any
// number of points becomes at most so many spans, and no spike is lost. Values that are no numbers are left out.
std::vector<Span> spansOf(const Series& series, double from, double to, int columns);

// Each value drawn towards those before it: an exponential mean over about `width` points, without the usual pull
// towards the first one. 1 and less: as it is.
Series smoothed(const Series& series, double width);

struct Range {
  double least = 0, most = 0;
  bool isEmpty() const { return !(least < most); }
};
// Of the values between two steps; of positive ones alone where `positive`.
Range valueRange(const Series& series, double from, double to, bool positive);

}  // namespace xllm::ui
