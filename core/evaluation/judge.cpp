#include "core/evaluation/judge.h"

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <utility>

#include <nlohmann/json.hpp>
#ifdef XLLM_WITH_CURL
#include <curl/curl.h>
#endif

#include "core/data/format_text.h"

namespace xllm::evaluation {

std::string completionsUrl(const std::string& url) {
  std::string base = url;
  while (base.ends_with('/')) base.pop_back();
  if (base.ends_with("/chat/completions")) return base;
  return base + (base.ends_with("/v1") ? "/chat/completions" : "/v1/chat/completions");
}

#ifdef XLLM_WITH_CURL

namespace {

using nlohmann::json;
constexpr std::size_t kLargestReply = std::size_t{4} << 20;

struct FreeCurl {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// One request and what came back.
struct Exchange {
  std::stop_token stop;
  std::string body;
  bool tooLarge = false;
};

std::size_t onBytes(char* bytes, std::size_t size, std::size_t count, void* exchange) {
  auto& reply = *static_cast<Exchange*>(exchange);
  if (reply.body.size() + size * count > kLargestReply) {
    reply.tooLarge = true;
    return 0;
  }
  reply.body.append(bytes, size * count);
  return size * count;
}

int onProgress(void* exchange, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Exchange*>(exchange)->stop.stop_requested() ? 1 : 0;
}

// False when stopped.
bool waitFor(double seconds, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any woken;
  std::unique_lock lock(mutex);
  woken.wait_for(lock, stop, std::chrono::duration<double>(seconds), [] { return false; });
  return !stop.stop_requested();
}

class HttpJudge final : public Judge {
 public:
  HttpJudge(JudgeConfig config, std::string key)
      : m_config(std::move(config)), m_key(std::move(key)), m_url(completionsUrl(m_config.url)) {}

  Result<std::string> ask(const std::string& prompt, std::stop_token stop) override {
    double wait = m_config.firstWaitSeconds;
    for (std::int64_t attempt = 0;; ++attempt) {
      Attempt tried = tryOnce(prompt, stop);
      if (tried.text || !tried.again || attempt >= m_config.retries) return std::move(tried.text);
      if (!waitFor(std::min(60.0, std::max(wait, tried.retryAfter)), stop)) {
        return fail(ErrorCode::Cancelled, "Stopped.");
      }
      wait *= 2;
    }
  }

 private:
  struct Attempt {
    Result<std::string> text;
    bool again = false;
    double retryAfter = 0;  // seconds
  };

  std::string bodyOf(const std::string& prompt) const {
    const json body = {{"model", m_config.model},
                       {"temperature", 0},
                       {"max_tokens", m_config.maxTokens},
                       {"messages", {{{"role", "user"}, {"content", prompt}}}}};
    return body.dump(-1, ' ', false, json::error_handler_t::replace);
  }

  Attempt tryOnce(const std::string& prompt, std::stop_token stop) const {
    const std::unique_ptr<CURL, FreeCurl> curl(curl_easy_init());
    curl_slist* list = curl_slist_append(nullptr, "Content-Type: application/json");
    if (!m_key.empty()) list = curl_slist_append(list, ("Authorization: Bearer " + m_key).c_str());
    const std::unique_ptr<curl_slist, FreeCurl> headers(list);
    const std::string body = bodyOf(prompt);
    Exchange exchange{stop, {}};
    curl_easy_setopt(curl.get(), CURLOPT_URL, m_url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, static_cast<long>(m_config.timeoutSeconds));
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, onBytes);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &exchange);
    curl_easy_setopt(curl.get(), CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl.get(), CURLOPT_XFERINFOFUNCTION, onProgress);
    curl_easy_setopt(curl.get(), CURLOPT_XFERINFODATA, &exchange);
    const CURLcode done = curl_easy_perform(curl.get());
    if (stop.stop_requested()) return {fail(ErrorCode::Cancelled, "Stopped.")};
    if (exchange.tooLarge) return {fail(ErrorCode::BadInput, m_url + " answers with more than 4 MB.")};
    if (done != CURLE_OK) {
      return {
          fail(ErrorCode::NotFound,
               data::formatText("The judge {} cannot be reached: {}.", m_url, curl_easy_strerror(done))),
          done != CURLE_URL_MALFORMAT && done != CURLE_UNSUPPORTED_PROTOCOL && done != CURLE_PEER_FAILED_VERIFICATION};
    }
    long status = 0;
    curl_off_t retryAfter = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl.get(), CURLINFO_RETRY_AFTER, &retryAfter);
    if (status != 200) {
      return {fail(ErrorCode::BadInput, data::formatText("The judge {} answers with status {}: {}", m_url, status,
                                                         exchange.body.substr(0, 300))),
              status == 408 || status == 429 || status >= 500, static_cast<double>(retryAfter)};
    }
    return {textOf(exchange.body)};
  }

  Result<std::string> textOf(const std::string& body) const {
    const json reply = json::parse(body, nullptr, false);
    const json::json_pointer place("/choices/0/message/content");
    if (reply.is_discarded() || !reply.contains(place) || !reply[place].is_string()) {
      return fail(ErrorCode::BadInput,
                  data::formatText("The judge {} answers with no text: {}", m_url, body.substr(0, 300)));
    }
    return reply[place].get<std::string>();
  }

  JudgeConfig m_config;
  std::string m_key, m_url;
};

}  // namespace

Result<std::unique_ptr<Judge>> makeHttpJudge(const JudgeConfig& config) {
  if (!config.url.starts_with("http://") && !config.url.starts_with("https://")) {
    return fail(ErrorCode::BadInput,
                data::formatText("The judge's \"url\" is \"{}\"; it must begin with http:// or https://.", config.url));
  }
  std::string key;
  if (!config.keyVariable.empty()) {
    const char* value = std::getenv(config.keyVariable.c_str());
    if (value == nullptr || *value == '\0') {
      return fail(
          ErrorCode::NotFound,
          data::formatText("The environment variable {} that holds the judge's key is not set.", config.keyVariable));
    }
    key = value;
    if (key.find_first_of("\r\n") != std::string::npos) {
      return fail(ErrorCode::BadInput, data::formatText("The key in {} holds a line end.", config.keyVariable));
    }
  }
  static std::once_flag prepared;  // libcurl's own global state, which it asks its users to make once
  std::call_once(prepared, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  return std::make_unique<HttpJudge>(config, std::move(key));
}

#else

Result<std::unique_ptr<Judge>> makeHttpJudge(const JudgeConfig&) {
  return fail(ErrorCode::Unsupported,
              "This build cannot ask a judge: it was made without libcurl. Install libcurl4-openssl-dev and build "
              "again.");
}

#endif

}  // namespace xllm::evaluation
