// The result of a training beside the pack that it began with, with a program that only notes what it is asked.
#include "ui/training/result_page.h"

#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>

using namespace xllm::ui;
using namespace Qt::StringLiterals;

class ResultPageTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void bothPacksAreAskedTheSame() {
#ifdef Q_OS_WIN
    QSKIP("The program is a shell script.");
#endif
    const QTemporaryDir folder;
    const QString asked = folder.filePath(u"asked.txt"_s), go = folder.filePath(u"go"_s);
    write(folder.filePath(u"program"_s),
          u"#!/bin/sh\necho \"$@\" >> '%1'\nwhile [ ! -e '%2' ]; do sleep 0.02; done\n"_s.arg(asked, go));
    QVERIFY(
        QFile::setPermissions(folder.filePath(u"program"_s), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
    const Training training{.folder = folder.filePath(u"pets"_s), .teach = Teach::Pictures, .pack = u"/packs/old"_s};
    write(
        training.listFile(u"image-validation"_s),
        u"{\"image\": \"/a/cat.png\", \"caption\": \"A cat.\"}\n{\"image\": \"/a/dog.png\", \"caption\": \"A dog.\"}\n"_s);
    write(folder.filePath(u"packs/pets/card.md"_s), u"# Pets"_s);
    ResultPage page(training, folder.filePath(u"program"_s), folder.filePath(u"packs"_s));
    page.setVisible(true);
    page.refresh();
    QTRY_COMPARE(page.exampleBox().count(), 2);
    QTRY_VERIFY(page.askButton().isEnabled());
    page.askButton().click();
    QTRY_COMPARE(linesOf(asked).size(), 1);
    page.exampleBox().setCurrentIndex(1);  // meanwhile
    write(go, {});
    QTRY_COMPARE(linesOf(asked).size(), 2);
    for (const QString& line : linesOf(asked)) QVERIFY2(line.contains(u"--image /a/cat.png"_s), qPrintable(line));
    QVERIFY(linesOf(asked)[0].contains(u"--model /packs/old"_s));
    QVERIFY(linesOf(asked)[1].contains(u"--model "_s + folder.filePath(u"packs/pets"_s)));
    QTRY_VERIFY(page.askButton().isEnabled());
  }

 private:
  static void write(const QString& path, const QString& text) {
    QVERIFY(QDir().mkpath(QFileInfo(path).path()));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text.toUtf8());
  }
  static QStringList linesOf(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()).split(u'\n', Qt::SkipEmptyParts)
                                          : QStringList();
  }
};

QTEST_MAIN(ResultPageTest)
#include "result_page_test.moc"
