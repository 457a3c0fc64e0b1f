#include "core/encoders/feature_statistics.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

namespace xllm::encoders {
namespace {

constexpr std::uintmax_t kLargestFile = 4 << 20;  // bytes; a real one has 20 000
constexpr double kLeastVariance = 1e-20;          // WeNet's floor

using Numbers = std::vector<double>;

struct ShiftAndScale {
  Numbers shift, scale;
};

// The numbers between the brackets that follow `marker`: "<AddShift> 560 560 \n <LearnRateCoef> 0 [ -8.3 -8.6 … ]".
Numbers bracketed(std::string_view text, std::string_view marker) {
  const auto begin = text.find('[', std::min(text.find(marker), text.size()));
  const auto end = begin == std::string_view::npos ? begin : text.find(']', begin);
  if (end == std::string_view::npos) return {};
  Numbers numbers;
  const char* place = text.data() + begin + 1;
  const char* const last = text.data() + end;
  while (true) {
    while (place != last && (*place == ' ' || *place == '\n' || *place == '\r' || *place == '\t')) ++place;
    if (place == last) return numbers;
    double value = 0;
    const auto [next, problem] = std::from_chars(place, last, value);
    if (problem != std::errc()) return {};
    numbers.push_back(value);
    place = next;
  }
}

ShiftAndScale fromWenet(const std::string& text) try {
  const auto json = nlohmann::json::parse(text);
  const double frames = json.at("frame_num").get<double>();
  ShiftAndScale result;
  const auto sums = json.at("mean_stat").get<Numbers>(), squares = json.at("var_stat").get<Numbers>();
  for (std::size_t i = 0; i < std::min(sums.size(), squares.size()); ++i) {
    const double mean = sums[i] / frames;
    result.shift.push_back(-mean);
    result.scale.push_back(1.0 / std::sqrt(std::max(squares[i] / frames - mean * mean, kLeastVariance)));
  }
  return result;
} catch (const nlohmann::json::exception&) {
  return {};
}

at::Tensor toTensor(const Numbers& numbers) { return at::tensor(numbers, at::kDouble).to(at::kFloat); }

}  // namespace

at::Tensor FeatureStatistics::normalise(const at::Tensor& frames) const { return (frames + shift).mul_(scale); }

Result<FeatureStatistics> readFeatureStatistics(const std::filesystem::path& file, std::int64_t width) {
  std::error_code problem;
  const auto size = std::filesystem::file_size(file, problem);
  if (problem) {
    return fail(ErrorCode::NotFound, "The speech encoder's statistics " + file.string() +
                                         " cannot be read; name the am.mvn or global_cmvn file that came with it.");
  }
  const std::string kinds = "an am.mvn of FunASR (<AddShift> and <Rescale>) or a global_cmvn of WeNet (JSON)";
  if (size > kLargestFile) return fail(ErrorCode::CorruptFile, file.string() + " is too large to be " + kinds + ".");
  std::ifstream stream(file, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(stream), {});
  const ShiftAndScale found = text.starts_with('{')
                                  ? fromWenet(text)
                                  : ShiftAndScale{bracketed(text, "<AddShift>"), bracketed(text, "<Rescale>")};
  const auto finite = [](double value) { return std::isfinite(static_cast<float>(value)); };
  if (found.shift.empty() || !std::ranges::all_of(found.shift, finite) || !std::ranges::all_of(found.scale, finite)) {
    return fail(ErrorCode::CorruptFile, file.string() + " does not hold the numbers of " + kinds + ".");
  }
  const auto count = static_cast<std::size_t>(width);
  if (found.shift.size() != count || found.scale.size() != count) {
    return fail(ErrorCode::CorruptFile, file.string() + " has " + std::to_string(found.shift.size()) + " shifts and " +
                                            std::to_string(found.scale.size()) +
                                            " factors where the speech encoder needs " + std::to_string(width) +
                                            "; name the file that came with it.");
  }
  return FeatureStatistics{toTensor(found.shift), toTensor(found.scale)};
}

}  // namespace xllm::encoders
