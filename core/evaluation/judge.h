// A language model somewhere else that is asked for an opinion: any server that speaks OpenAI's chat completions over
// HTTP. The only place of the program that opens a network connection, and only when a config names a judge.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "core/base/result.h"

namespace xllm::evaluation {

struct JudgeConfig {
  std::string url;          // "https://api.openai.com" or "http://127.0.0.1:8000/v1"; "/chat/completions" is added
  std::string model;        // the server's name for it
  std::string keyVariable;  // environment variable that holds the key; empty: none is sent
  std::int64_t timeoutSeconds = 60;
  std::int64_t retries = 4;     // after a lost connection, a timeout, 429 or 5xx
  double firstWaitSeconds = 1;  // doubled each time, at most a minute; a server's Retry-After counts if longer
  std::int64_t maxTokens = 512;
};

class Judge {
 public:
  virtual ~Judge() = default;
  // The reply's text. Cancelled as soon as `stop` is asked for. BadInput: the server refuses or its answer has no text;
  // NotFound: it cannot be reached.
  virtual Result<std::string> ask(const std::string& prompt, std::stop_token stop) = 0;
};

// One thread. Unsupported: this build has no libcurl. NotFound: the variable of the key is not set. BadInput: no http
// or https address.
Result<std::unique_ptr<Judge>> makeHttpJudge(const JudgeConfig& config);

// "https://host/v1/chat/completions" from what the config says.
std::string completionsUrl(const std::string& url);

}  // namespace xllm::evaluation
