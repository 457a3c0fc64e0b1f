// Which language the window speaks, changed at run time: every widget hears QEvent::LanguageChange. Leaves remembering
// the choice to the settings.
#pragma once

#include <QLocale>
#include <QObject>
#include <QString>
#include <QTranslator>

namespace xllm::ui {

enum class LanguageChoice { System = 1, English, SimplifiedChinese };

class Language final : public QObject {
  Q_OBJECT

 public:
  // `folder` holds xllm_<locale>.qm; usually ":/i18n".
  explicit Language(QString folder, QObject* parent = nullptr);
  ~Language() override;

  void choose(LanguageChoice choice);
  LanguageChoice choice() const { return m_choice; }
  // The locale in force: for numbers and durations.
  QLocale locale() const { return m_locale; }

 private:
  QString m_folder;
  LanguageChoice m_choice = LanguageChoice::System;
  QLocale m_locale;
  QTranslator m_program;
  QTranslator m_qt;  // Qt's own dialogs and menus
};

}  // namespace xllm::ui
