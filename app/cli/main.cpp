// `xllm`: the command line. Reads arguments and hands them to one command; answers go to standard output, everything
// else to standard error. The contract is docs/command-line.md.

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/cli/bench_command.h"
#include "app/cli/cache_option.h"
#include "app/cli/chat_command.h"
#include "app/cli/check_data_command.h"
#include "app/cli/evaluate_command.h"
#include "app/cli/exit_code.h"
#include "app/cli/import_command.h"
#include "app/cli/inspect_command.h"
#include "app/cli/interrupt.h"
#include "app/cli/number_check.h"
#include "app/cli/train_command.h"
#include "app/cli/transcribe_command.h"
#include "app/version/version.h"
#include "core/base/caught.h"
#include "core/base/this_process.h"
#ifdef XLLM_WITH_MEDIA
#include "media/isolated/isolated_decoder.h"
#endif

namespace xllm::cli {

namespace {

using Kind = ChatItem::Kind;

// Pictures, clips, sounds and prompts in the order in which they stood on the command line.
std::vector<ChatItem> itemsInOrder(const CLI::App& chat, const std::map<const CLI::Option*, Kind>& kinds) {
  std::map<const CLI::Option*, std::size_t> used;
  std::vector<ChatItem> items;
  for (const CLI::Option* option : chat.parse_order()) {
    const auto kind = kinds.find(option);
    if (kind == kinds.end()) continue;
    const std::size_t index = used[option]++;
    if (index < option->results().size()) items.push_back({kind->second, option->results()[index]});
  }
  return items;
}

struct ChatFlags {
  std::vector<std::string> images, clips, sounds, prompts;
  bool greedy = false;
  std::map<const CLI::Option*, Kind> kinds;
};

CLI::App* addChat(CLI::App& app, ChatArguments& arguments, ChatFlags& flags) {
  CLI::App* chat = app.add_subcommand("chat", "Talk with the model about text, pictures, clips and recordings");
  chat->add_option("--model", arguments.model, "Folder or name of a model pack (default: starter)");
  const auto repeatable = [&](const char* name, std::vector<std::string>& values, const char* help, Kind kind) {
    CLI::Option* option = chat->add_option(name, values, help);
    option->type_size(1)->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->allow_extra_args(false);
    flags.kinds[option] = kind;
  };
  repeatable("--image", flags.images, "A picture for the next prompt (repeatable, in order)", Kind::Picture);
  repeatable("--video", flags.clips, "A clip for the next prompt: 8 frames of it (repeatable, in order)", Kind::Clip);
  chat->add_flag_callback(
      "--no-clip-sound", [&arguments] { arguments.clipSound = false; },
      "Of clips, the frames alone: their sound is not heard");
  repeatable("--audio", flags.sounds, "A recording for the next prompt (repeatable, in order)", Kind::Sound);
  repeatable("--prompt", flags.prompts,
             "A question (repeatable: one turn each; a single one may stand in front of its media); without "
             "one: interactive",
             Kind::Prompt);
  chat->add_option("--system", arguments.system, "A system turn in front of the conversation");
  generation::Sampling& sampling = arguments.options.sampling;
  CLI::Option* greedy = chat->add_flag("--greedy", flags.greedy, "Always the most likely token");
  chat->add_option("--temperature", sampling.temperature, "0 is greedy")
      ->check(within(0.0, 10.0))
      ->capture_default_str()
      ->excludes(greedy);
  chat->add_option("--top-p", sampling.topP)->check(within(1e-6, 1.0))->capture_default_str();
  chat->add_option("--top-k", sampling.topK, "0: off")->check(within(0))->capture_default_str();
  chat->add_option("--seed", sampling.seed)->capture_default_str();
  chat->add_option("--max-tokens", arguments.options.maxNewTokens)->check(within(1))->capture_default_str();
  addCacheOption(*chat, arguments.options.kept);
  chat->add_flag("--zero-image", arguments.options.zeroImageFeatures,
                 "Replace what the model sees by zeros, for comparison");
  chat->add_flag("--stats", arguments.stats,
                 "One JSON object with counts and speeds as the last line on standard error");
  chat->add_flag("--json", arguments.json, "One JSON object per line on standard output");
  return chat;
}

// An empty value is most often a variable that was not set, or what a command that failed has printed.
void requireValues(const CLI::App& command) {
  for (const CLI::Option* option : command.get_options()) {
    if (option->check_name("--system")) continue;
    for (const std::string& value : option->results()) {
      if (value.find_first_not_of(" \t\r\n") == std::string::npos) {
        throw CLI::ValidationError(option->get_name(), "is empty");
      }
    }
  }
}

int run(int argc, char** argv) {
  Interrupt interrupt;
  CLI::App app("X-LLM: a local language model that sees pictures and hears speech");
  app.name("xllm");
  app.set_version_flag("--version", "xllm " + std::string(versionText()));
  app.require_subcommand(0, 1);  // that there is one is asked below: a wrong word is named that way

  ChatArguments chatArguments;
  ChatFlags chatFlags;
  CLI::App* chat = addChat(app, chatArguments, chatFlags);

  TranscribeArguments transcribeArguments;
  CLI::App* transcribe = addTranscribeCommand(app, transcribeArguments);

  InspectArguments inspectArguments;
  CLI::App* inspect = app.add_subcommand("inspect", "Show what a model pack or a checkpoint file holds");
  inspect->add_flag("--tensors", inspectArguments.tensors, "List every tensor");
  inspect->add_flag("--json", inspectArguments.json, "One JSON object per line");
  inspect
      ->add_option("target", inspectArguments.target,
                   "A pack's folder or name, a folder as it was downloaded, or a checkpoint file")
      ->required();

  ImportArguments importArguments;
  CLI::App* importing = addImportCommand(app, importArguments);

  TrainArguments trainArguments;
  CLI::App* train = addTrainCommand(app, trainArguments);

  CheckDataArguments checkDataArguments;
  CLI::App* checkData = addCheckDataCommand(app, checkDataArguments);

  EvaluateArguments evaluateArguments;
  CLI::App* evaluate = addEvaluateCommand(app, evaluateArguments);

  BenchArguments benchArguments;
  CLI::App* bench = addBenchCommand(app, benchArguments);

  try {
    app.parse(argc, argv);
    if (app.get_subcommands().empty()) throw CLI::RequiredError("A subcommand");
    requireValues(*app.get_subcommands().front());
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? kDone : kWrongUsage;
  }

#ifdef XLLM_WITH_MEDIA
  const media::IsolatedDecoder isolatedDecoder;
  const ClipDecoder* decoder = &isolatedDecoder;
  const MediaProbe* probe = &isolatedDecoder;
  const bool mediaAreNamed = !chatFlags.images.empty() || !chatFlags.clips.empty() || !chatFlags.sounds.empty();
  if (mediaAreNamed || *transcribe) isolatedDecoder.makeReady();
#else
  const ClipDecoder* decoder = nullptr;
  const MediaProbe* probe = nullptr;
#endif
  if (*chat) {
    chatArguments.items = itemsInOrder(*chat, chatFlags.kinds);
    if (chatFlags.greedy) chatArguments.options.sampling.temperature = 0;
    return runChat(chatArguments, decoder, interrupt);
  }
  if (*transcribe) return runTranscribe(transcribeArguments, decoder, interrupt);
  if (*inspect) return runInspect(inspectArguments);
  if (*importing) return runImport(importArguments, interrupt);
  if (*train) return runTrain(trainArguments, decoder, interrupt);
  if (*checkData) return runCheckData(checkDataArguments, probe, interrupt);
  if (*bench) return runBench(std::move(benchArguments), interrupt);
  if (*evaluate) return runEvaluate(evaluateArguments, decoder, interrupt);
  return kWrongUsage;
}

}  // namespace

}  // namespace xllm::cli

int main(int argc, char** argv) try {
  xllm::openStandardStreams();
  xllm::keepFreedMemory(64 << 20);
  int code = xllm::cli::run(argc, argv);
  std::cout.flush();
  const bool isWritten = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (code == xllm::cli::kDone && !isWritten) code = xllm::cli::reportLostOutput();
  std::fflush(nullptr);
  std::_Exit(code);  // taking LibTorch's tables of operators apart takes a seventh of a second and helps nobody
} catch (const std::exception& problem) {
  return xllm::cli::report(xllm::errorOf(problem));
}
