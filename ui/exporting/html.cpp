#include "ui/exporting/html.h"

#include <QUrl>
#include <string_view>

#include <md4c.h>

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

QString textOf(const MD_ATTRIBUTE& attribute) {
  return QString::fromUtf8(attribute.text, static_cast<qsizetype>(attribute.size));
}

bool isHarmless(const QString& address) {
  const QString scheme = QUrl(address, QUrl::StrictMode).scheme().toLower();
  return scheme == "https"_L1 || scheme == "http"_L1 || scheme == "mailto"_L1;
}

// Receives md4c's events, in document order.
class Writer {
 public:
  QString write(const QString& markdown) {
    const QByteArray utf8 = markdown.toUtf8();
    MD_PARSER parser{};
    parser.flags = MD_DIALECT_GITHUB | MD_FLAG_NOHTML | MD_FLAG_COLLAPSEWHITESPACE;
    parser.enter_block = [](MD_BLOCKTYPE type, void* detail, void* self) { return of(self).block(type, detail, true); };
    parser.leave_block = [](MD_BLOCKTYPE type, void* detail, void* self) {
      return of(self).block(type, detail, false);
    };
    parser.enter_span = [](MD_SPANTYPE type, void* detail, void* self) { return of(self).span(type, detail, true); };
    parser.leave_span = [](MD_SPANTYPE type, void* detail, void* self) { return of(self).span(type, detail, false); };
    parser.text = [](MD_TEXTTYPE type, const MD_CHAR* text, MD_SIZE size, void* self) {
      return of(self).text(type, QString::fromUtf8(text, static_cast<qsizetype>(size)));
    };
    md_parse(utf8.constData(), static_cast<MD_SIZE>(utf8.size()), &parser, this);
    return m_html;
  }

 private:
  static Writer& of(void* self) { return *static_cast<Writer*>(self); }

  void tag(const QString& name, bool opens) { m_html += (opens ? u"<"_s : u"</"_s) + name + u'>'; }

  int block(MD_BLOCKTYPE type, void* detail, bool opens) {
    switch (type) {
      case MD_BLOCK_QUOTE: tag(u"blockquote"_s, opens); break;
      case MD_BLOCK_UL: tag(u"ul"_s, opens); break;
      case MD_BLOCK_OL:
        if (opens) {
          m_html += u"<ol start=\"%1\">"_s.arg(static_cast<MD_BLOCK_OL_DETAIL*>(detail)->start);
        } else {
          tag(u"ol"_s, false);
        }
        break;
      case MD_BLOCK_LI: tag(u"li"_s, opens); break;
      case MD_BLOCK_HR:
        if (opens) m_html += u"<hr>"_s;
        break;
      case MD_BLOCK_H: tag(u"h%1"_s.arg(static_cast<MD_BLOCK_H_DETAIL*>(detail)->level), opens); break;
      case MD_BLOCK_CODE: m_html += opens ? u"<pre><code>"_s : u"</code></pre>"_s; break;
      case MD_BLOCK_P: tag(u"p"_s, opens); break;
      case MD_BLOCK_TABLE: tag(u"table"_s, opens); break;
      case MD_BLOCK_TR: tag(u"tr"_s, opens); break;
      case MD_BLOCK_TH: tag(u"th"_s, opens); break;
      case MD_BLOCK_TD: tag(u"td"_s, opens); break;
      default: break;
    }
    return 0;
  }

  int span(MD_SPANTYPE type, void* detail, bool opens) {
    switch (type) {
      case MD_SPAN_EM: tag(u"em"_s, opens); break;
      case MD_SPAN_STRONG: tag(u"strong"_s, opens); break;
      case MD_SPAN_DEL: tag(u"del"_s, opens); break;
      case MD_SPAN_CODE: tag(u"code"_s, opens); break;
      case MD_SPAN_A: {
        const QString address = textOf(static_cast<MD_SPAN_A_DETAIL*>(detail)->href);
        if (!isHarmless(address)) break;
        m_html += opens ? u"<a rel=\"noreferrer\" href=\"%1\">"_s.arg(address.toHtmlEscaped()) : u"</a>"_s;
        break;
      }
      default: break;  // of pictures the description is left
    }
    return 0;
  }

  int text(MD_TEXTTYPE type, const QString& words) {
    switch (type) {
      case MD_TEXT_NULLCHAR: m_html += QChar(QChar::ReplacementCharacter); break;
      case MD_TEXT_BR: m_html += u"<br>"_s; break;
      case MD_TEXT_SOFTBR: m_html += u'\n'; break;
      case MD_TEXT_ENTITY: m_html += words; break;  // md4c gives well-formed ones alone
      default: m_html += words.toHtmlEscaped();
    }
    return 0;
  }

  QString m_html;
};

}  // namespace

QString htmlFrom(const QString& markdown) { return Writer().write(markdown); }

}  // namespace xllm::ui
