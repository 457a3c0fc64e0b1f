#include "tests/media/clips/made_media.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <stdexcept>

#include <sys/wait.h>

namespace xllm::tests {

std::optional<std::string> makeMedia(const std::filesystem::path& file, const std::vector<std::string>& arguments) {
  std::string command = "ffmpeg -v error -nostdin -y -threads 1";
  for (const std::string& argument : arguments) command += " '" + argument + "'";
  command += " '" + file.string() + "' 2>&1";
  std::FILE* const run = ::popen(command.c_str(), "r");
  if (run == nullptr) return "ffmpeg could not be started";
  std::string said;
  std::array<char, 512> piece{};
  while (std::fgets(piece.data(), static_cast<int>(piece.size()), run) != nullptr) said += piece.data();
  const int status = ::pclose(run);
  if (status == 0) return std::nullopt;
  const bool cannot = said.find("Unknown encoder") != std::string::npos ||
                      said.find("not found") != std::string::npos || (WIFEXITED(status) && WEXITSTATUS(status) == 127);
  if (!cannot) throw std::runtime_error(command + ": " + said);  // our own mistake
  return "This computer's ffmpeg cannot make it: " + said;
}

std::vector<std::string> twoTones(int rateHz, const std::string& layout) {
  const int channels = layout == "mono" ? 1 : layout == "stereo" ? 2 : layout == "5.1" ? 6 : 0;
  if (channels == 0) throw std::invalid_argument(layout);
  std::string source = "aevalsrc=";
  for (int i = 0; i < channels; ++i)
    source += std::string(i > 0 ? "|" : "") + "0.5*sin(2*PI*t*if(lt(t\\,1)\\,440\\,1000))";
  return {"-f", "lavfi", "-i", source + ":c=" + layout + ":d=2:s=" + std::to_string(rateHz)};
}

std::vector<std::string> fourColours(const std::vector<std::string>& more) {
  std::vector<std::string> arguments;
  std::string graph;
  const char* const colours[] = {"0xC81E1E", "0x1EC81E", "0x1E1EC8", "0x808080"};
  for (int i = 0; i < 4; ++i) {
    arguments.insert(arguments.end(),
                     {"-f", "lavfi", "-i", "color=c=" + std::string(colours[i]) + ":s=96x64:r=10:d=0.5"});
    graph += "[" + std::to_string(i) + ":v]";
  }
  arguments.insert(arguments.end(), more.begin(), more.end());
  graph += "concat=n=4:v=1:a=0,drawbox=x=0:y=0:w=24:h=16:color=white:t=fill[v]";
  arguments.insert(arguments.end(), {"-filter_complex", graph, "-map", "[v]"});
  return arguments;
}

void turnTrack(std::string& mov, int degrees) {
  const std::size_t header = mov.find("tkhd");
  if (header == std::string::npos || mov.at(header + 4) != 0)
    throw std::invalid_argument("no track header of version 0");
  // a, b, u, c, d, v, x, y, w: a stored point (x, y) is shown at (a x + c y, b x + d y).
  const std::int32_t one = 1 << 16;
  const auto write = [&](std::size_t at, std::int32_t value) {
    for (std::size_t i = 0; i < 4; ++i)
      mov.at(header + 4 + 40 + at * 4 + i) = static_cast<char>(static_cast<std::uint32_t>(value) >> (24 - 8 * i));
  };
  const std::int32_t cosine = degrees == 180 ? -one : 0, sine = degrees == 90 ? one : degrees == 270 ? -one : 0;
  write(0, cosine);
  write(1, sine);
  write(3, -sine);
  write(4, cosine);
}

}  // namespace xllm::tests
