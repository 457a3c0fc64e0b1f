#include "app/cli/import_command.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/cli/exit_code.h"
#include "app/cli/one_line.h"
#include "core/base/this_process.h"
#include "core/importing/import_pack.h"
#include "core/importing/trained_pack.h"
#include "core/model/pack.h"
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
  std::error_code ignored;
  return std::filesystem::is_directory(last, ignored) ? last.filename().string() : last.stem().string();
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
  if (!isTerminal(StandardStream::Errors)) return;
  std::fprintf(stderr, "\r\033[K%3.0f %%  %s", 100 * done, tensor.c_str());
  std::fflush(stderr);
}

void tellFound(const importing::FoundSource& found) {
  if (const auto& model = found.languageModel) {
    std::fprintf(stderr, "found    %s in %s (%s)\n", model->family.c_str(), model->weights.c_str(),
                 std::string(model->checkpoint->format()).c_str());
  }
  if (const auto& encoder = found.imageEncoder) {
    std::fprintf(stderr, "found    %s in %s: pictures of %lld pixels become %lld cells, %lld wide\n",
                 importing::encoderName(encoder->plan.type).c_str(), encoder->file->path().c_str(),
                 static_cast<long long>(encoder->plan.shape.inputSide),
                 static_cast<long long>(encoder->plan.shape.cells), static_cast<long long>(encoder->plan.shape.width));
  }
  if (const auto& interface = found.imageInterface) {
    const x2l::ImageInterfaceConfig& config = interface->plan.config;
    const std::string projection = config.llmWidth > 0 ? "projected to " + std::to_string(config.llmWidth)
                                                       : "without a projection to a language model";
    std::fprintf(stderr, "found    Q-Former in %s: %lld queries, %lld layers, %s\n", interface->file->path().c_str(),
                 static_cast<long long>(config.queries), static_cast<long long>(config.layers), projection.c_str());
  }
  for (const std::string& sentence : found.leftOut) std::fprintf(stderr, "note     %s\n", sentence.c_str());
}

json partsJson(const importing::FoundSource& found) {
  json parts = json::object();
  if (found.imageEncoder) parts["imageEncoder"] = found.imageEncoder->plan.type;
  if (found.imageInterface) parts["imageInterface"] = toJson(found.imageInterface->plan.config);
  return parts;
}

// What parts without a language model are good for.
void tellNextStep(const importing::FoundSource& found, const std::filesystem::path& folder) {
  std::string keys;
  if (found.imageEncoder) keys += "\"encoder\": \"" + (folder / importing::kImageEncoderFile).string() + "\"";
  if (found.imageInterface) {
    keys += keys.empty() ? "" : ", ";
    keys += "\"init\": \"" + (folder / importing::kImageInterfaceFile).string() + "\"";
  }
  std::fprintf(stderr, "next     train from these parts (docs/training.md): %s\n", keys.c_str());
  if (found.imageInterface && found.imageInterface->plan.config.llmWidth > 0) {
    std::fprintf(stderr,
                 "         or give them a language model %lld wide: xllm import %s --language-model PACK --name NAME\n",
                 static_cast<long long>(found.imageInterface->plan.config.llmWidth), folder.c_str());
  }
}

void tell(const ImportArguments& arguments, const importing::ImportSources& sources,
          const importing::ImportReport& report, const std::filesystem::path& folder) {
  const importing::FoundSource& found = sources.found;
  if (arguments.json) {
    json line = {{sources.makesPack() ? "pack" : "parts", folder.string()},
                 {"bytes", report.bytes},
                 {"error", report.error},
                 {"worstError", report.worstError},
                 {"worstTensor", report.worstTensor}};
    if (found.languageModel) line["family"] = found.languageModel->family;
    line.update(partsJson(found));
    std::printf("%s\n", oneLine(line).c_str());
    return;
  }
  std::fprintf(stderr, "weights  %.1f MB\n", static_cast<double>(report.bytes) / 1e6);
  if (report.error > 0) {
    std::fprintf(stderr, "rounding moved the matrices by %.2f %% of their size; most of all %s, by %.2f %%\n",
                 100 * report.error, report.worstTensor.c_str(), 100 * report.worstError);
  }
  if (!sources.makesPack()) tellNextStep(found, folder);
  std::printf("%s\n", folder.c_str());
}

// The sources, and the pack that lends its language model.
Result<importing::ImportSources> findSources(const ImportArguments& arguments) {
  auto found = importing::findSources(arguments.sources, arguments.tuned);
  if (!found) return tl::unexpected(found.error());
  tellFound(*found);
  if (arguments.bits > 0 && !found->languageModel) {
    return fail(ErrorCode::BadInput, "There is no language model in " + arguments.sources.front().string() +
                                         ", and --bits rounds nothing else. Leave it out.");
  }
  importing::ImportSources sources{.found = *std::move(found)};
  if (arguments.languageModel.empty()) return sources;
  const auto folder = model::findPack(arguments.languageModel, programFile());
  if (!folder) return tl::unexpected(folder.error());
  auto pack = model::readPack(*folder);
  if (!pack) return tl::unexpected(pack.error());
  sources.pack = *std::move(pack);
  return sources;
}

// Where the pack goes, once it has a name that a folder can have.
Result<void> settlePlace(const ImportArguments& arguments, importing::ImportOptions& options) {
  options.name = arguments.name.empty() ? defaultName(arguments.sources.front()) : arguments.name;
  if (options.name.empty() || options.name.find('/') != std::string::npos || options.name.starts_with('.')) {
    return fail(ErrorCode::BadInput, "\"" + options.name +
                                         "\" cannot be the name of a pack, which is the name of a folder. Give another "
                                         "with --name.");
  }
  const auto packs = arguments.into.empty() ? model::packFolders(programFile()).front() : arguments.into;
  options.into = std::filesystem::absolute(packs) / options.name;
  return {};
}

Result<importing::ImportOptions> optionsOf(const ImportArguments& arguments, const importing::FoundSource& found) {
  importing::ImportOptions options;
  options.bits = arguments.bits == 8   ? importing::MatrixBits::Eight
                 : arguments.bits == 4 ? importing::MatrixBits::Four
                                       : importing::MatrixBits::AsStored;
  if (found.languageModel) {
    auto chatTemplate = settleTemplate(*found.languageModel, arguments.chatTemplate);
    if (!chatTemplate) return tl::unexpected(chatTemplate.error());
    options.chatTemplate = *std::move(chatTemplate);
    std::fprintf(stderr, "chats    written as %s\n", options.chatTemplate.c_str());
  }
  if (auto fine = settlePlace(arguments, options); !fine) return tl::unexpected(fine.error());
  return options;
}

// Runs of `xllm train` and a pack become another pack.
Result<std::filesystem::path> importRuns(const ImportArguments& arguments) {
  if (arguments.languageModel.empty()) {
    return fail(ErrorCode::BadInput, arguments.sources.front().string() +
                                         " is a run of xllm train. Name the pack that it was trained for with "
                                         "--language-model.");
  }
  if (arguments.bits > 0 || !arguments.tuned.empty() || !arguments.chatTemplate.empty()) {
    return fail(ErrorCode::BadInput,
                "Beside runs of xllm train the pack's language model stays as it is: leave out --bits, --p-tuning and "
                "--chat-template.");
  }
  const auto folder = model::findPack(arguments.languageModel, programFile());
  if (!folder) return tl::unexpected(folder.error());
  const auto pack = model::readPack(*folder);
  if (!pack) return tl::unexpected(pack.error());
  importing::ImportOptions options;
  if (auto fine = settlePlace(arguments, options); !fine) return tl::unexpected(fine.error());
  const auto done = importing::packTrained(*pack, arguments.sources, options.name, options.into);
  if (!done) return tl::unexpected(done.error());
  return options.into;
}

}  // namespace

CLI::App* addImportCommand(CLI::App& app, ImportArguments& arguments) {
  CLI::App* command = app.add_subcommand("import", "Make a pack of a published model, or parts for training");
  command
      ->add_option("sources", arguments.sources,
                   "Folders as they were downloaded, indexes of parts, or files: a language model, an image encoder, a "
                   "Q-Former")
      ->required();
  command->add_option("--language-model", arguments.languageModel,
                      "A pack that lends its language model, and all else but its eyes");
  command
      ->add_option("--bits", arguments.bits,
                   "Round the language model's matrices to 8 or 4 bits (default: as they are stored)")
      ->check(CLI::IsMember({8, 4}));
  command->add_option("--name", arguments.name, "Of the pack (default: that of the first source)");
  command->add_option("--into", arguments.into, "Folder of packs (default: the user's own)");
  command->add_option("--p-tuning", arguments.tuned,
                      "A checkpoint of P-tuning v2 for it, whose columns become part of the pack (ChatGLM-6B)");
  command->add_option("--chat-template", arguments.chatTemplate,
                      "How its chats are written (default: told by its files)");
  command->add_flag("--json", arguments.json, "One JSON object on standard output");
  return command;
}

int runImport(const ImportArguments& arguments, Interrupt& interrupt) {
  if (std::ranges::any_of(arguments.sources, importing::isRun)) {
    for (const std::filesystem::path& folder : arguments.sources) {
      for (const std::string& warning : importing::runWarnings(folder))
        std::fprintf(stderr, "xllm: %s\n", warning.c_str());
    }
    const auto pack = importRuns(arguments);
    if (!pack) return report(pack.error());
    std::printf("%s\n", (arguments.json ? oneLine({{"pack", pack->string()}}) : pack->string()).c_str());
    return kDone;
  }
  const auto sources = findSources(arguments);
  if (!sources) return report(sources.error());
  const auto options = optionsOf(arguments, sources->found);
  if (!options) return report(options.error());
  const auto done = importing::importPack(*sources, *options, interrupt.token(), showProgress);
  if (isTerminal(StandardStream::Errors)) std::fprintf(stderr, "\r\033[K");
  if (!done) return report(done.error());
  tell(arguments, *sources, *done, options->into);
  return kDone;
}

}  // namespace xllm::cli
