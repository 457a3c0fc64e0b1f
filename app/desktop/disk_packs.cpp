#include "app/desktop/disk_packs.h"

#include <system_error>
#include <thread>
#include <utility>

#include "core/base/memory_use.h"
#include "core/kernels/isa.h"
#include "core/model/pack_library.h"

namespace xllm::desktop {

namespace fs = std::filesystem;

namespace {

QString text(const fs::path& path) { return QString::fromStdU16String(path.u16string()); }
fs::path pathOf(const QString& text) { return fs::path(text.toStdU16String()); }

model::PackProgress forward(const ui::PackProgress& progress) {
  return [&progress](double fraction, const std::string& file) {
    if (progress) progress(fraction, QString::fromStdString(file));
  };
}

QString instructionsText(kernels::Isa isa) {
  switch (isa) {
    case kernels::Isa::Amx: return QStringLiteral("AMX");
    case kernels::Isa::Avx512Vnni: return QStringLiteral("AVX-512 VNNI");
    case kernels::Isa::AvxVnni: return QStringLiteral("AVX-VNNI");
    case kernels::Isa::Avx2: return QStringLiteral("AVX2");
    case kernels::Isa::Plain: break;
  }
  return {};
}

ui::PackDescription describe(const model::FoundPack& found) {
  ui::PackDescription description;
  description.folder = text(found.folder);
  description.removable = found.own;
  if (!found.pack) {
    description.name = text(found.folder.filename());
    description.problem = found.pack.error();
    return description;
  }
  const model::Pack& pack = *found.pack;
  description.name = QString::fromStdString(pack.name);
  description.version = QString::fromStdString(pack.version);
  description.seesPictures = pack.image.has_value();
  description.hearsSpeech = pack.speech.has_value();
  description.watchesClips = pack.video.has_value();
  description.bytes = static_cast<qint64>(model::storedBytes(pack));
  description.memoryBytes = static_cast<qint64>(model::memoryBytes(pack));
  for (const model::PackFile& file : pack.files) {
    const QString licence = QString::fromStdString(file.licence);
    if (!licence.isEmpty() && !description.licences.contains(licence)) description.licences << licence;
  }
  return description;
}

}  // namespace

DiskPacks::DiskPacks(std::vector<fs::path> folders) : m_folders(std::move(folders)) {}

QList<ui::PackDescription> DiskPacks::packs() const {
  QList<ui::PackDescription> packs;
  for (const model::FoundPack& found : model::findPacks(m_folders)) packs << describe(found);
  return packs;
}

ui::MachineDescription DiskPacks::machine() const {
  const kernels::Isa isa = kernels::activeIsa();
  ui::MachineDescription machine;
  machine.instructions = instructionsText(isa);
  machine.isFast = isa != kernels::Isa::Plain;
  machine.threads = static_cast<int>(std::thread::hardware_concurrency());
  machine.memoryBytes = totalMemoryBytes();
  machine.availableMemoryBytes = availableMemoryBytes();
  std::error_code problem;
  fs::path folder = m_folders.front();
  while (!fs::exists(folder, problem) && folder.has_relative_path()) folder = folder.parent_path();  // not made yet
  const fs::space_info space = fs::space(folder, problem);
  if (!problem) machine.freeDiskBytes = static_cast<qint64>(space.available);
  return machine;
}

Result<QString> DiskPacks::install(const QString& from, std::stop_token stop, const ui::PackProgress& progress) const {
  return model::installPack(pathOf(from), m_folders.front(), std::move(stop), forward(progress)).map(text);
}

Result<void> DiskPacks::verify(const QString& folder, std::stop_token stop, const ui::PackProgress& progress) const {
  return model::verifyPack(pathOf(folder), std::move(stop), forward(progress));
}

Result<void> DiskPacks::remove(const QString& folder) const {
  return model::removePack(pathOf(folder), m_folders.front());
}

}  // namespace xllm::desktop
