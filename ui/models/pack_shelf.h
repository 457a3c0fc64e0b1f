// What the window asks of the packs on this machine, and of the machine itself, as plain values: app/ answers, with
// core/model. ui/ never sees LibTorch.
#pragma once

#include <QList>
#include <QString>
#include <QStringList>
#include <functional>
#include <optional>
#include <stop_token>

#include "core/base/result.h"

namespace xllm::ui {

struct PackDescription {
  QString folder;
  QString name, version;  // of one that cannot be used: its folder's, and none
  bool seesPictures = false, hearsSpeech = false, watchesClips = false;
  qint64 bytes = 0;        // on disk
  qint64 memoryBytes = 0;  // its weights take about so much
  QStringList licences;    // each once
  bool removable = false;  // installed by the person, not part of the program
  std::optional<Error> problem = {};
};

struct MachineDescription {
  QString instructions;  // the best that the program knows to use ("AVX2"); empty: none of them
  bool isFast = false;   // it has some
  int threads = 0;
  qint64 memoryBytes = 0, availableMemoryBytes = 0;  // 0: the system does not tell
  qint64 freeDiskBytes = 0;                          // where packs are installed
};

// 0…1, and the file that is being read.
using PackProgress = std::function<void(double fraction, const QString& file)>;

// Any thread, and never the GUI's: all of it reads the disk.
class PackShelf {
 public:
  virtual ~PackShelf() = default;
  virtual QList<PackDescription> packs() const = 0;
  virtual MachineDescription machine() const = 0;
  virtual Result<QString> install(const QString& from, std::stop_token stop, const PackProgress& progress) const = 0;
  virtual Result<void> verify(const QString& folder, std::stop_token stop, const PackProgress& progress) const = 0;
  virtual Result<void> remove(const QString& folder) const = 0;
};

}  // namespace xllm::ui
