#include "app/cli/import_command.h"

#include <cstdio>
#include <utility>

#include <unistd.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/cli/exit_code.h"
#include "core/importing/import_language_model.h"
#include "core/model/pack_locations.h"
#include "core/tokenizer/chat_template.h"
#include "core/tokenizer/tokenizer.h"

namespace xllm::cli {

namespace {

using importing::FoundModel;
using nlohmann::json;

std::string defaultName(const std::filesystem::path& source) {
  const auto path = std::filesystem::absolute(source).lexically_normal();
  const auto last = path.has_filename() ? path : path.parent_path();
  return std::filesystem::is_directory(last) ? last.filename().string() : last.stem().string();
}

// The template that was asked for or found, if the tokenizer has what it needs.
Result<std::string> settleTemplate(const FoundModel& found, const std::string& wanted) {
  const std::string name = wanted.empty() ? found.chatTemplate : wanted;
  const auto tokenizer = tokenizer::tokenizerOf(*found.checkpoint, name);
  if (!tokenizer) return tl::unexpected(tokenizer.error());
  if (name.empty()) {
    std::string names;
    for (const auto known : tokenizer::ChatTemplate::names()) names += (names.empty() ? "" : ", ") + std::string(known);
    return fail(ErrorCode::BadInput, "The tokenizer of " + found.weights.string() +
                                         " tells no way of writing chats. Choose one with --chat-template: " + names +
                                         ".");
  }
  const auto chat = tokenizer::ChatTemplate::create(name, **tokenizer);
  if (!chat) return tl::unexpected(chat.error());
  return name;
}

void showProgress(double done, const std::string& tensor) {
  if (::isatty(STDERR_FILENO) == 0) return;
  std::fprintf(stderr, "\r\033[K%3.0f %%  %s", 100 * done, tensor.c_str());
  std::fflush(stderr);
}

void tell(const ImportArguments& arguments, const FoundModel& found, const importing::ImportReport& report,
          const std::filesystem::path& pack) {
  if (arguments.json) {
    const json line = {{"pack", pack.string()}, {"family", found.family},          {"bytes", report.bytes},
                       {"error", report.error}, {"worstError", report.worstError}, {"worstTensor", report.worstTensor}};
    std::printf("%s\n", line.dump(-1, ' ', false, json::error_handler_t::replace).c_str());
    return;
  }
  std::fprintf(stderr, "weights  %.1f MB\n", static_cast<double>(report.bytes) / 1e6);
  if (report.error > 0) {
    std::fprintf(stderr, "rounding moved the matrices by %.2f %% of their size; most of all %s, by %.2f %%\n",
                 100 * report.error, report.worstTensor.c_str(), 100 * report.worstError);
  }
  std::printf("%s\n", pack.c_str());
}

}  // namespace

CLI::App* addImportCommand(CLI::App& app, ImportArguments& arguments) {
  CLI::App* command = app.add_subcommand("import", "Make a pack of a published language model");
  command->add_option("source", arguments.source, "A folder as it was downloaded, an index of parts, or a file")
      ->required();
  command->add_option("--bits", arguments.bits, "Round matrices to 8 or 4 bits (default: as they are stored)")
      ->check(CLI::IsMember({8, 4}));
  command->add_option("--name", arguments.name, "Of the pack (default: that of the source)");
  command->add_option("--into", arguments.into, "Folder of packs (default: the user's own)");
  command->add_option("--p-tuning", arguments.tuned,
                      "A checkpoint of P-tuning v2 for it, whose columns become part of the pack (ChatGLM-6B)");
  command->add_option("--chat-template", arguments.chatTemplate,
                      "How its chats are written (default: told by its files)");
  command->add_flag("--json", arguments.json, "One JSON object on standard output");
  return command;
}

int runImport(const ImportArguments& arguments, Interrupt& interrupt) {
  const auto found = importing::findLanguageModel(arguments.source, arguments.tuned);
  if (!found) return report(found.error());
  std::fprintf(stderr, "found    %s in %s (%s)\n", found->family.c_str(), found->weights.c_str(),
               std::string(found->checkpoint->format()).c_str());
  const auto chatTemplate = settleTemplate(*found, arguments.chatTemplate);
  if (!chatTemplate) return report(chatTemplate.error());
  std::fprintf(stderr, "chats    written as %s\n", chatTemplate->c_str());

  importing::ImportOptions options;
  options.bits = arguments.bits == 8   ? importing::MatrixBits::Eight
                 : arguments.bits == 4 ? importing::MatrixBits::Four
                                       : importing::MatrixBits::AsStored;
  options.name = arguments.name.empty() ? defaultName(arguments.source) : arguments.name;
  if (options.name.empty() || options.name.find('/') != std::string::npos || options.name.starts_with('.')) {
    return report({ErrorCode::BadInput, "\"" + options.name +
                                            "\" cannot be the name of a pack, which is the name of a " +
                                            "folder. Give another with --name."});
  }
  options.chatTemplate = *chatTemplate;
  const auto packs = arguments.into.empty() ? model::packFolders(model::programFile()).front() : arguments.into;
  options.into = std::filesystem::absolute(packs) / options.name;
  const auto done = importing::importLanguageModel(*found, options, interrupt.token(), showProgress);
  if (::isatty(STDERR_FILENO) != 0) std::fprintf(stderr, "\r\033[K");
  if (!done) return report(done.error());
  tell(arguments, *found, *done, options.into);
  return kDone;
}

}  // namespace xllm::cli
