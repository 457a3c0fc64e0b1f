#include "core/training/ranks.h"

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include <torch/types.h>

// c10d's header hides its contents where LibTorch was built without Gloo; the wheel has it.
#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "core/data/format_text.h"

namespace xllm::training {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kMeeting = 5min;    // for all ranks to start
constexpr std::chrono::milliseconds kCollective = 24h;  // rank 0 may validate or prepare; the watch finds lost ranks
constexpr std::chrono::milliseconds kBeat = 1s, kSilence = 15s, kGoodbye = 10s;

tl::unexpected<Error> lost(const std::string& what) {
  return fail(ErrorCode::DeviceLost, what + " This rank stops, too.");
}

Result<std::int64_t> number(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr || *text == '\0') {
    return fail(ErrorCode::BadInput, data::formatText("WORLD_SIZE is set, but {} is not. docs/scale-out.md shows how "
                                                      "several processes are started.",
                                                      name));
  }
  std::int64_t value = -1;
  const auto end = text + std::strlen(text);
  if (const auto read = std::from_chars(text, end, value); read.ec != std::errc() || read.ptr != end || value < 0) {
    return fail(ErrorCode::BadInput, data::formatText("{}={} is no whole number.", name, std::string(text)));
  }
  return value;
}

c10::intrusive_ptr<c10d::TCPStore> connect(const std::string& host, std::int64_t port, bool serves, std::int64_t size,
                                           std::chrono::milliseconds timeout) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<std::uint16_t>(port);
  options.isServer = serves;
  options.numWorkers = static_cast<std::size_t>(size);
  options.waitWorkers = false;
  options.timeout = timeout;
  return c10::make_intrusive<c10d::TCPStore>(host, options);
}

std::string beatOf(std::int64_t rank) { return "xllm/beat/" + std::to_string(rank); }

}  // namespace

struct Ranks::Group {
  std::int64_t rank = 0, size = 1;
  c10::intrusive_ptr<c10d::TCPStore> store;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo;
  std::mutex mutex;
  std::string loss;  // guarded by mutex: what happened to another rank
  std::atomic<bool> isLost = false;
  std::jthread watch;

  ~Group();
  void lose(const std::string& what);
  std::string reason();
  void watchOthers(const std::stop_token& stop, c10d::TCPStore& beats);
  Result<void> await(const c10::intrusive_ptr<c10d::Work>& work);
};

void Ranks::Group::lose(const std::string& what) {
  const std::lock_guard guard(mutex);
  if (loss.empty()) loss = what;
  isLost = true;
}

std::string Ranks::Group::reason() {
  const std::lock_guard guard(mutex);
  return loss;
}

// Each rank counts up its own number in the store and looks whether the others do. A killed process is noticed sooner,
// by its closed connections; this finds a machine that fell silent.
void Ranks::Group::watchOthers(const std::stop_token& stop, c10d::TCPStore& beats) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(size), -1);
  std::vector<Clock::time_point> changed(counts.size(), Clock::now());
  while (!stop.stop_requested()) {
    try {
      beats.add(beatOf(rank), 1);
      for (std::size_t other = 0; other < counts.size(); ++other) {
        const auto count = beats.add(beatOf(static_cast<std::int64_t>(other)), 0);
        if (count != counts[other]) changed[other] = Clock::now();
        counts[other] = count;
        if (Clock::now() - changed[other] < kSilence) continue;
        return lose(data::formatText("Rank {} of {} has shown no sign of life for {} seconds.", other, size,
                                     std::chrono::duration_cast<std::chrono::seconds>(kSilence).count()));
      }
    } catch (const std::exception&) {
      if (!stop.stop_requested()) lose("Rank 0, which the others meet at, is gone.");
      return;
    }
    for (auto waited = 0ms; waited < kBeat && !stop.stop_requested(); waited += 50ms) std::this_thread::sleep_for(50ms);
  }
}

Result<void> Ranks::Group::await(const c10::intrusive_ptr<c10d::Work>& work) {
  for (auto pause = 20us; !work->isCompleted(); pause = std::min<std::chrono::microseconds>(2 * pause, 1000us)) {
    if (isLost) return lost(reason());
    std::this_thread::sleep_for(pause);
  }
  try {
    work->wait();
  } catch (const std::exception&) {
    lose("Another rank of this run is gone: its connection was closed.");
    return lost(reason());
  }
  return {};
}

Ranks::Group::~Group() {
  watch.request_stop();
  if (watch.joinable()) watch.join();
  if (isLost) {  // an operation may still wait for the lost rank, and with it the group's threads: leave them behind
    static_cast<void>(gloo.release());
    static_cast<void>(store.release());
    return;
  }
  try {  // nobody closes connections that another still reads from, and rank 0 serves to the end
    store->add("xllm/left", 1);
    const auto until = Clock::now() + kGoodbye;
    while (store->add("xllm/left", 0) < size && Clock::now() < until) std::this_thread::sleep_for(10ms);
  } catch (const std::exception&) {
  }
  gloo.reset();
  store.reset();
}

Ranks::Ranks() = default;
Ranks::Ranks(std::unique_ptr<Group> group) : m_group(std::move(group)) {}
Ranks::~Ranks() = default;
Ranks::Ranks(Ranks&&) noexcept = default;
Ranks& Ranks::operator=(Ranks&&) noexcept = default;

Result<Ranks> Ranks::fromEnvironment() {
  if (const char* world = std::getenv("WORLD_SIZE"); world == nullptr || *world == '\0') return Ranks();
  const auto size = number("WORLD_SIZE");
  if (!size) return tl::unexpected(size.error());
  if (*size <= 1) return Ranks();
  const auto rank = number("RANK");
  if (!rank) return tl::unexpected(rank.error());
  const auto port = number("MASTER_PORT");
  if (!port) return tl::unexpected(port.error());
  const char* host = std::getenv("MASTER_ADDR");
  if (host == nullptr || *rank >= *size || *port > 65535) {
    return fail(ErrorCode::BadInput,
                data::formatText("RANK={} of WORLD_SIZE={}, MASTER_ADDR={}, MASTER_PORT={} do not fit. "
                                 "docs/scale-out.md says what they mean.",
                                 *rank, *size, std::string(host == nullptr ? "" : host), *port));
  }
  auto group = std::make_unique<Group>();
  group->rank = *rank;
  group->size = *size;
  try {
    group->store = connect(host, *port, *rank == 0, *size, kMeeting);
    const auto options = c10d::ProcessGroupGloo::Options::create(kCollective);
    const char* interface = std::getenv("GLOO_SOCKET_IFNAME");
    options->devices = {interface != nullptr ? c10d::ProcessGroupGloo::createDeviceForInterface(interface)
                                             : c10d::ProcessGroupGloo::createDefaultDevice()};
    options->threads = 1;
    const auto keys = c10::make_intrusive<c10d::PrefixStore>("xllm/gloo", group->store);
    group->gloo =
        c10::make_intrusive<c10d::ProcessGroupGloo>(keys, static_cast<int>(*rank), static_cast<int>(*size), options);
    group->watch = std::jthread([raw = group.get(), beats = connect(host, *port, false, *size, kSilence)](
                                    const std::stop_token& stop) { raw->watchOthers(stop, *beats); });
  } catch (const std::exception& error) {
    group->isLost = true;
    return fail(ErrorCode::DeviceLost,
                data::formatText("The {} ranks did not meet at {}:{} (\"{}\"). Check that all were started and reach "
                                 "that address; docs/scale-out.md says how.",
                                 *size, std::string(host), *port,
                                 std::string(error.what()).substr(0, std::string(error.what()).find('\n'))));
  }
  return Ranks(std::move(group));
}

std::int64_t Ranks::rank() const { return m_group ? m_group->rank : 0; }
std::int64_t Ranks::size() const { return m_group ? m_group->size : 1; }

Result<void> Ranks::broadcast(const std::vector<at::Tensor>& tensors) {
  if (!m_group) return {};
  for (const at::Tensor& tensor : tensors) {
    TORCH_CHECK(tensor.is_contiguous(), "broadcast wants contiguous tensors, got ", tensor.sizes());
    std::vector<at::Tensor> one{tensor.detach()};
    if (auto done = m_group->await(m_group->gloo->broadcast(one)); !done) return done;
  }
  return {};
}

Result<void> Ranks::sum(at::Tensor& tensor) {
  if (!m_group) return {};
  std::vector<at::Tensor> one{tensor};
  return m_group->await(m_group->gloo->allreduce(one));
}

Result<std::vector<double>> Ranks::sum(std::vector<double> values) {
  if (!m_group) return values;
  at::Tensor tensor = at::tensor(values, at::kDouble);
  if (auto done = sum(tensor); !done) return tl::unexpected(done.error());
  const auto* const summed = tensor.const_data_ptr<double>();
  return std::vector<double>(summed, summed + values.size());
}

Result<void> Ranks::meet() {
  const auto all = sum({1.0});
  if (!all) return tl::unexpected(all.error());
  return {};
}

}  // namespace xllm::training
