#include "ui/window/third_parties.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

QList<ThirdParty> listOf(const QJsonArray& array) {
  QList<ThirdParty> list;
  for (const QJsonValue& value : array) {
    const QJsonObject object = value.toObject();
    list << ThirdParty{.name = object[u"name"_s].toString(),
                       .version = object[u"version"_s].toString(),
                       .licence = object[u"licence"_s].toString(),
                       .home = object[u"home"_s].toString(),
                       .text = object[u"text"_s].toString()};
  }
  return list;
}

}  // namespace

ThirdParties readThirdParties(const QString& path) {
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) return {};
  const QJsonObject all = QJsonDocument::fromJson(file.readAll()).object();
  return {listOf(all[u"parts"_s].toArray()), listOf(all[u"licences"_s].toArray())};
}

}  // namespace xllm::ui
