// Questions and answers with places for names: "What comes after the {name}?" – "After the {name} comes {a second}."
#pragma once

#include <string>

namespace xllm::training {

// "{place}" becomes the text alone, "{a place}" "a goldfish" or "an otter", "{A place}" the same with a capital letter.
std::string fillPattern(std::string pattern, const std::string& place, const std::string& text);

}  // namespace xllm::training
