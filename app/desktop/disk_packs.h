// The packs and the machine as they are, for the window.
#pragma once

#include <filesystem>
#include <vector>

#include "ui/models/pack_shelf.h"

namespace xllm::desktop {

class DiskPacks final : public ui::PackShelf {
 public:
  // `folders` hold packs; the first is the person's own.
  explicit DiskPacks(std::vector<std::filesystem::path> folders);

  QList<ui::PackDescription> packs() const override;
  ui::MachineDescription machine() const override;
  Result<QString> install(const QString& from, std::stop_token stop, const ui::PackProgress& progress) const override;
  Result<void> verify(const QString& folder, std::stop_token stop, const ui::PackProgress& progress) const override;
  Result<void> remove(const QString& folder) const override;

 private:
  std::vector<std::filesystem::path> m_folders;
};

}  // namespace xllm::desktop
