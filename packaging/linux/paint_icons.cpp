// Paints an SVG file at the sizes of the icon theme: paint_icons FILE.svg FOLDER SIZE...
// FOLDER/SIZExSIZE.png is written for each.

#include <QFile>
#include <QImage>
#include <QPainter>
#include <QString>
#include <QSvgRenderer>
#include <cstdio>

using namespace Qt::StringLiterals;

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: paint_icons FILE.svg FOLDER SIZE...\n");
    return 2;
  }
  QSvgRenderer drawing(QString::fromLocal8Bit(argv[1]));
  if (!drawing.isValid()) {
    std::fprintf(stderr, "%s cannot be drawn.\n", argv[1]);
    return 1;
  }
  for (int i = 3; i < argc; ++i) {
    const QString size = QString::fromLocal8Bit(argv[i]);
    QImage picture(size.toInt(), size.toInt(), QImage::Format_ARGB32);
    picture.fill(Qt::transparent);
    QPainter painter(&picture);
    drawing.render(&painter);
    painter.end();
    const QString file = u"%1/%2x%2.png"_s.arg(QString::fromLocal8Bit(argv[2]), size);
    if (!picture.save(file)) {
      std::fprintf(stderr, "%s cannot be written.\n", qPrintable(file));
      return 1;
    }
  }
  return 0;
}
