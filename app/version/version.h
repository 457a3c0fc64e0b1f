// Which program this is: its version, and the commit of the sources that it was built from. Both are written into one
// small source by cmake/write_version.cmake, which touches it only when one of them changes.
#pragma once

#include <string_view>

namespace xllm {

std::string_view programVersion();  // "0.1.0"
std::string_view programCommit();   // twelve hexadecimal digits; "unknown": built from files whose commit nothing tells
std::string_view versionText();     // "0.1.0 (commit 0123456789ab)"

}  // namespace xllm
