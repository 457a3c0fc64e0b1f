// One pack and a machine, as a test wants them. Tests only.
#pragma once

#include "ui/models/pack_shelf.h"

namespace xllm::tests {

class FakeShelf final : public ui::PackShelf {
 public:
  QList<ui::PackDescription> list = {{.folder = QStringLiteral("/packs/starter"),
                                      .name = QStringLiteral("X-LLM starter"),
                                      .version = QStringLiteral("0.6.0"),
                                      .seesPictures = true,
                                      .hearsSpeech = true,
                                      .watchesClips = true,
                                      .bytes = 284'700'000,
                                      .memoryBytes = 284'700'000,
                                      .licences = {QStringLiteral("Apache-2.0"), QStringLiteral("MIT")}}};
  ui::MachineDescription facts = {.instructions = QStringLiteral("AVX2"),
                                  .isFast = true,
                                  .threads = 8,
                                  .memoryBytes = 16'000'000'000,
                                  .availableMemoryBytes = 9'000'000'000,
                                  .freeDiskBytes = 120'000'000'000};

  QList<ui::PackDescription> packs() const override { return list; }
  ui::MachineDescription machine() const override { return facts; }
  Result<QString> install(const QString& from, std::stop_token, const ui::PackProgress&) const override { return from; }
  Result<void> verify(const QString&, std::stop_token, const ui::PackProgress&) const override { return {}; }
  Result<void> remove(const QString&) const override { return {}; }
};

}  // namespace xllm::tests
