// Walks all widgets of a real window and says what a person without a mouse, without eyes or without English would
// miss: what no key reaches, what has no name, what stays English. Tests only.
#pragma once

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QAction>
#include <QApplication>
#include <QButtonGroup>
#include <QComboBox>
#include <QGroupBox>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QRegularExpression>
#include <QSet>
#include <QSpinBox>
#include <QTabBar>
#include <QTest>
#include <QWidget>

#include "ui/widgets/language.h"

namespace xllm::tests {

// Where it is, for a failed test: "QToolButton “Send” in Composer".
inline QString describe(const QWidget& widget) {
  const QWidget* parent = widget.parentWidget();
  return QString::fromLatin1(widget.metaObject()->className()) + QStringLiteral(" “") + widget.accessibleName() +
         QStringLiteral("” in ") + (parent ? QString::fromLatin1(parent->metaObject()->className()) : QString());
}

// One that a person can do something with. Parts of one (the field of a spin box) are not counted: it answers for them.
inline bool isInteractive(const QWidget& widget) {
  if (!widget.isVisible() || widget.focusProxy() || widget.objectName().startsWith(QLatin1StringView("qt_"))) {
    return false;
  }
  if (qobject_cast<const QMenu*>(&widget)) return false;
  if (qobject_cast<const QLabel*>(&widget) && !(widget.focusPolicy() & Qt::TabFocus)) return false;  // words to select
  const QWidget* parent = widget.parentWidget();
  const bool isPart = qobject_cast<const QAbstractSpinBox*>(parent) || qobject_cast<const QComboBox*>(parent) ||
                      qobject_cast<const QLineEdit*>(parent) || qobject_cast<const QTabBar*>(parent);
  if (isPart) return false;
  return qobject_cast<const QAbstractButton*>(&widget) || widget.focusPolicy() != Qt::NoFocus;
}

inline QList<QWidget*> interactiveIn(const QWidget& window) {
  QList<QWidget*> found;
  for (QWidget* widget : window.findChildren<QWidget*>()) {
    if (widget->window() == &window && isInteractive(*widget)) found << widget;
  }
  return found;
}

// The widgets that Tab (or Shift+Tab) comes to, until it comes round.
inline QSet<QWidget*> tabRound(QWidget& window, bool backwards) {
  QSet<QWidget*> seen;
  const int most = 3 * static_cast<int>(window.findChildren<QWidget*>().size()) + 10;
  for (int i = 0; i < most; ++i) {
    QWidget* focus = window.focusWidget() ? window.focusWidget() : &window;
    QTest::keyClick(focus, backwards ? Qt::Key_Backtab : Qt::Key_Tab, backwards ? Qt::ShiftModifier : Qt::NoModifier);
    QWidget* now = window.focusWidget();
    if (!now || seen.contains(now)) break;
    seen << now;
  }
  return seen;
}

// What neither Tab nor Shift+Tab nor, in a group, the arrow keys come to. What is switched off need not be reached.
inline QStringList unreachable(QWidget& window) {
  QStringList missed;
  for (const bool backwards : {false, true}) {
    const QList<QWidget*> before = interactiveIn(window);
    const QSet<QWidget*> reached = tabRound(window, backwards);
    for (QWidget* widget : interactiveIn(window)) {
      // What came or went on the way (scrolling does that) is not meant.
      if (!widget->isEnabled() || reached.contains(widget) || !before.contains(widget)) continue;
      const auto* button = qobject_cast<const QAbstractButton*>(widget);
      const bool byArrows =
          button && button->autoExclusive() && std::any_of(reached.begin(), reached.end(), [&](const QWidget* other) {
            const auto* sibling = qobject_cast<const QAbstractButton*>(other);
            return sibling && sibling->autoExclusive() && other->parentWidget() == widget->parentWidget();
          });
      if (!byArrows)
        missed << (backwards ? QStringLiteral("Shift+Tab: ") : QStringLiteral("Tab: ")) + describe(*widget);
    }
  }
  return missed;
}

// What a screen reader has no name for.
inline QStringList unnamed(const QWidget& window) {
  QStringList missed;
  for (QWidget* widget : interactiveIn(window)) {
    QAccessibleInterface* face = QAccessible::queryAccessibleInterface(widget);
    if (!face || face->text(QAccessible::Name).trimmed().isEmpty()) missed << describe(*widget);
  }
  return missed;
}

// Everything that is written somewhere in the window, or read out; each with its place.
inline QList<std::pair<QString, QString>> textsIn(const QWidget& window) {
  QList<std::pair<QString, QString>> texts;
  const auto add = [&texts](const QString& place, const QString& text) {
    if (!text.isEmpty()) texts << std::pair{place, text};
  };
  const auto addProperties = [&add](const QObject& object, const QString& place) {
    static constexpr const char* kProperties[] = {
        "text",           "title",     "placeholderText",       "toolTip",          "windowTitle", "accessibleName",
        "statusTip",      "whatsThis", "accessibleDescription", "specialValueText", "suffix",      "prefix",
        "informativeText"};
    for (const char* property : kProperties) {
      if (object.metaObject()->indexOfProperty(property) >= 0) {
        add(place + QLatin1Char('.') + QLatin1StringView(property), object.property(property).toString());
      }
    }
  };
  addProperties(window, describe(window));
  for (const QWidget* widget : window.findChildren<QWidget*>()) {
    const bool holdsWords =
        qobject_cast<const QLineEdit*>(widget) || widget->inherits("QTextEdit") || widget->inherits("QPlainTextEdit");
    const bool isMenu = qobject_cast<const QMenu*>(widget);
    if (!widget->isVisible() && !isMenu) continue;
    if (widget->objectName() == QLatin1StringView("details")) continue;  // the engine's own words
    if (!holdsWords) addProperties(*widget, describe(*widget));
    if (holdsWords) {
      add(describe(*widget), widget->accessibleName());
      add(describe(*widget), widget->property("placeholderText").toString());
    }
    if (const auto* box = qobject_cast<const QComboBox*>(widget)) {
      for (int i = 0; i < box->count(); ++i) add(describe(*widget), box->itemText(i));
    }
    if (const auto* bar = qobject_cast<const QTabBar*>(widget)) {
      for (int i = 0; i < bar->count(); ++i) add(describe(*widget), bar->tabText(i));
    }
    for (const QAction* action : widget->actions()) {
      add(describe(*widget), action->text());
      add(describe(*widget), action->toolTip());
    }
    if (const auto* view = qobject_cast<const QAbstractItemView*>(widget); view && view->model()) {
      const QAbstractItemModel& model = *view->model();
      const std::function<void(const QModelIndex&)> walk = [&](const QModelIndex& parent) {
        for (int row = 0; row < model.rowCount(parent); ++row) {
          for (int column = 0; column < model.columnCount(parent); ++column) {
            const QModelIndex index = model.index(row, column, parent);
            add(describe(*widget), index.data().toString());
            add(describe(*widget), index.data(Qt::AccessibleTextRole).toString());
          }
          walk(model.index(row, 0, parent));
        }
      };
      walk({});
    }
  }
  return texts;
}

// Texts that are the same words in English and in Chinese: nobody translated them. `content`: what a person or a model
// said, names of files, of languages, of products, and of keys.
inline QStringList untranslated(QWidget& window, ui::Language& language, const QStringList& content) {
  static const QRegularExpression word(QStringLiteral("[A-Za-z]{2,}"));
  const ui::LanguageChoice before = language.choice();
  language.choose(ui::LanguageChoice::English);
  QTest::qWait(30);
  QSet<QString> english;
  for (const auto& [place, text] : textsIn(window)) english << text;
  language.choose(ui::LanguageChoice::SimplifiedChinese);
  QTest::qWait(30);
  QStringList missed;
  for (const auto& [place, text] : textsIn(window)) {
    QString rest = text;
    for (const QString& known : content) rest.remove(known, Qt::CaseInsensitive);
    if (rest.contains(word) && english.contains(text)) missed << place + QStringLiteral(": ") + text;
  }
  language.choose(before);
  QTest::qWait(30);
  return missed;
}

}  // namespace xllm::tests
