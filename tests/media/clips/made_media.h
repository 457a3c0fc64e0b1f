// Sounds and clips of known content in many formats, made by the program ffmpeg while the tests run. For tests alone.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace xllm::tests {

// Runs `ffmpeg ARGUMENTS file`. Nothing when that worked, else why not: there is no such program, or it was built
// without an encoder; tests skip what this distribution's FFmpeg cannot make.
std::optional<std::string> makeMedia(const std::filesystem::path& file, const std::vector<std::string>& arguments);

// Two seconds of a tone at half of full scale: 440 Hz, then 1000 Hz; the same on all channels. `layout`: "mono", "5.1",
// …
std::vector<std::string> twoTones(int rateHz, const std::string& layout = "mono");

// Two seconds, 10 frames a second, 96 × 64: red, green, blue, then grey for half a second each, with a white mark in
// the upper left corner. `more`: arguments of a fifth input, which has number 4.
std::vector<std::string> fourColours(const std::vector<std::string>& more = {});

// Turns a MOV or MP4 file's picture clockwise by 90, 180 or 270 degrees, as cameras that were held so do: by the matrix
// in its track header.
void turnTrack(std::string& mov, int degrees);

}  // namespace xllm::tests
