// The work of others in this program and its licences, as the build collected them (packaging/trust/licences.py). Any
// thread.
#pragma once

#include <QList>
#include <QString>

namespace xllm::ui {

struct ThirdParty {
  QString name, version, licence, home;  // version and home may be empty; licence as SPDX writes it
  QString text;
};

struct ThirdParties {
  QList<ThirdParty> parts;
  QList<ThirdParty> licences;  // common ones that texts of parts refer to: name and text
};

// What is in the file `path`; nothing where it is missing or something else.
ThirdParties readThirdParties(const QString& path);

}  // namespace xllm::ui
