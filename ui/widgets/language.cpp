#include "ui/widgets/language.h"

#include <QCoreApplication>
#include <QLibraryInfo>
#include <utility>

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

// The languages there are: English is in the source (its file holds plurals only), Chinese is a file. A system in
// traditional Chinese gets English: the program has no traditional characters.
QLocale resolve(LanguageChoice choice) {
  switch (choice) {
    case LanguageChoice::English: return QLocale(QLocale::English);
    case LanguageChoice::SimplifiedChinese: return QLocale(QLocale::Chinese, QLocale::China);
    case LanguageChoice::System: break;
  }
  for (const QString& tag : QLocale::system().uiLanguages()) {
    const QLocale wanted(tag);
    if (wanted.language() == QLocale::English) return wanted;
    if (wanted.language() == QLocale::Chinese && wanted.script() == QLocale::SimplifiedHanScript) {
      return QLocale(QLocale::Chinese, QLocale::China);
    }
  }
  return QLocale(QLocale::English);
}

}  // namespace

Language::Language(QString folder, QObject* parent) : QObject(parent), m_folder(std::move(folder)) {}

Language::~Language() {
  QCoreApplication::removeTranslator(&m_program);
  QCoreApplication::removeTranslator(&m_qt);
}

void Language::choose(LanguageChoice choice) {
  m_choice = choice;
  m_locale = resolve(choice);
  QLocale::setDefault(m_locale);
  QCoreApplication::removeTranslator(&m_program);
  QCoreApplication::removeTranslator(&m_qt);
  if (m_qt.load(u"qtbase_"_s + m_locale.name(), QLibraryInfo::path(QLibraryInfo::TranslationsPath))) {
    QCoreApplication::installTranslator(&m_qt);
  }
  if (m_program.load(u"xllm_"_s + m_locale.name(), m_folder)) QCoreApplication::installTranslator(&m_program);
}

}  // namespace xllm::ui
