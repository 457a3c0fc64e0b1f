// How many bytes, for people.
#pragma once

#include <QLocale>
#include <QString>

namespace xllm::ui {

// "284.7 MB", in the language's way.
inline QString sizeText(qint64 bytes) { return QLocale().formattedDataSize(bytes, 1, QLocale::DataSizeSIFormat); }

}  // namespace xllm::ui
