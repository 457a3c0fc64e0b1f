#include "ui/settings/appearance_page.h"

#include <QComboBox>
#include <QLabel>
#include <QSignalBlocker>
#include <QSpinBox>

namespace xllm::ui {

using namespace Qt::StringLiterals;

AppearancePage::AppearancePage(QWidget* parent)
    : SettingsPage(parent), m_theme(new QComboBox), m_zoom(new QSpinBox), m_language(new QComboBox) {
  for (const ThemeChoice choice : {ThemeChoice::System, ThemeChoice::Light, ThemeChoice::Dark}) {
    m_theme->addItem(QString(), static_cast<int>(choice));
  }
  for (const LanguageChoice choice :
       {LanguageChoice::System, LanguageChoice::English, LanguageChoice::SimplifiedChinese}) {
    m_language->addItem(QString(), static_cast<int>(choice));
  }
  m_language->setItemText(1, u"English"_s);
  m_language->setItemText(2, u"简体中文"_s);
  for (QComboBox* box : {m_theme, m_language}) box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  m_zoom->setRange(kLeastTextZoom, kMostTextZoom);
  m_zoom->setSingleStep(10);
  m_zoom->setKeyboardTracking(false);  // 1, 15, 150: only the last is meant
  m_themeLabel = addRow(m_theme);
  m_zoomLabel = addRow(m_zoom);
  m_languageLabel = addRow(m_language);
  retranslate();
  connect(m_theme, &QComboBox::activated, this, [this] {
    const auto choice = static_cast<ThemeChoice>(m_theme->currentData().toInt());
    Q_EMIT edited([choice](Preferences& preferences) { preferences.theme = choice; });
  });
  connect(m_language, &QComboBox::activated, this, [this] {
    const auto choice = static_cast<LanguageChoice>(m_language->currentData().toInt());
    Q_EMIT edited([choice](Preferences& preferences) { preferences.language = choice; });
  });
  connect(m_zoom, &QSpinBox::valueChanged, this,
          [this](int percent) { Q_EMIT edited([percent](Preferences& p) { p.textZoom = percent; }); });
}

void AppearancePage::setPreferences(const Preferences& preferences) {
  const QSignalBlocker silence(m_zoom);
  m_theme->setCurrentIndex(m_theme->findData(static_cast<int>(preferences.theme)));
  m_language->setCurrentIndex(m_language->findData(static_cast<int>(preferences.language)));
  m_zoom->setValue(preferences.textZoom);
}

void AppearancePage::retranslate() {
  m_themeLabel->setText(tr("&Theme"));
  m_theme->setItemText(0, tr("As the system"));
  m_theme->setItemText(1, tr("Light"));
  m_theme->setItemText(2, tr("Dark"));
  m_zoomLabel->setText(tr("Text &size"));
  m_zoom->setSuffix(tr(" %"));
  m_languageLabel->setText(tr("&Language"));
  m_language->setItemText(0, tr("As the system"));
}

}  // namespace xllm::ui
