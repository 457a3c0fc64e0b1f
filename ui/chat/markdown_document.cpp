#include "ui/chat/markdown_document.h"

#include <QFontDatabase>
#include <QFontInfo>
#include <QTextBlock>
#include <QTextCursor>
#include <QTextDocument>
#include <QTextDocumentFragment>
#include <QTextList>
#include <QTextTable>
#include <algorithm>
#include <string_view>
#include <vector>

#include <md4c.h>

#include "ui/chat/math_text.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kLineHeightPercent = 128;
constexpr qreal kParagraphGap = 9;  // pixels

// Receives md4c's events. md4c calls in document order; spans and blocks nest.
class Builder {
 public:
  Builder(QTextDocument& document, const TextStyle& style) : m_cursor(&document), m_style(style) {
    m_formats.push_back(QTextCharFormat());
  }

  void build(const QString& markdown) {
    const MarkedMath marked = takeMath(markdown);
    m_formulas = marked.formulas;
    const QByteArray utf8 = marked.markdown.toUtf8();
    MD_PARSER parser{};
    parser.flags = MD_DIALECT_GITHUB | MD_FLAG_NOHTML | MD_FLAG_COLLAPSEWHITESPACE;
    parser.enter_block = [](MD_BLOCKTYPE type, void* detail, void* self) { return of(self).enterBlock(type, detail); };
    parser.leave_block = [](MD_BLOCKTYPE type, void* detail, void* self) { return of(self).leaveBlock(type, detail); };
    parser.enter_span = [](MD_SPANTYPE type, void* detail, void* self) { return of(self).enterSpan(type, detail); };
    parser.leave_span = [](MD_SPANTYPE, void*, void* self) { return of(self).leaveSpan(); };
    parser.text = [](MD_TEXTTYPE type, const MD_CHAR* text, MD_SIZE size, void* self) {
      return of(self).text(type, std::string_view(text, size));
    };
    m_cursor.beginEditBlock();
    md_parse(utf8.constData(), static_cast<MD_SIZE>(utf8.size()), &parser, this);
    m_cursor.endEditBlock();
  }

 private:
  static Builder& of(void* self) { return *static_cast<Builder*>(self); }

  struct List {
    QTextListFormat format;
    QTextList* list = nullptr;
    bool tight = true;
    int next = 1;          // the number of the next item
    bool written = false;  // numbers are written out: Qt counts from 1 only (before 6.6)
  };

  int enterBlock(MD_BLOCKTYPE type, void* detail) {
    switch (type) {
      case MD_BLOCK_QUOTE: ++m_quotes; break;
      case MD_BLOCK_UL:
        pushList(QTextListFormat::ListDisc, 1, static_cast<MD_BLOCK_UL_DETAIL*>(detail)->is_tight != 0);
        break;
      case MD_BLOCK_OL: {
        const auto* list = static_cast<MD_BLOCK_OL_DETAIL*>(detail);
        pushList(QTextListFormat::ListDecimal, static_cast<int>(list->start), list->is_tight != 0);
        break;
      }
      case MD_BLOCK_LI: enterItem(*static_cast<MD_BLOCK_LI_DETAIL*>(detail)); break;
      case MD_BLOCK_HR: horizontalRule(); break;
      case MD_BLOCK_H: enterHeading(static_cast<int>(static_cast<MD_BLOCK_H_DETAIL*>(detail)->level)); break;
      case MD_BLOCK_CODE: enterCode(); break;
      case MD_BLOCK_P: beginBlock(paragraph()); break;
      case MD_BLOCK_TABLE: enterTable(*static_cast<MD_BLOCK_TABLE_DETAIL*>(detail)); break;
      case MD_BLOCK_TR: m_column = 0; break;
      case MD_BLOCK_TH:
      case MD_BLOCK_TD: enterCell(type == MD_BLOCK_TH, static_cast<MD_BLOCK_TD_DETAIL*>(detail)->align); break;
      default: break;
    }
    return 0;
  }

  int leaveBlock(MD_BLOCKTYPE type, void*) {
    switch (type) {
      case MD_BLOCK_QUOTE: --m_quotes; break;
      case MD_BLOCK_UL:
      case MD_BLOCK_OL: m_lists.pop_back(); break;
      case MD_BLOCK_LI: openItem(); break;  // an item without text
      case MD_BLOCK_H:
      case MD_BLOCK_CODE:
      case MD_BLOCK_TH:
        leaveSpan();
        m_inCode = false;
        break;
      case MD_BLOCK_TR: ++m_row; break;
      case MD_BLOCK_TABLE:
        m_table = nullptr;
        m_cursor.movePosition(QTextCursor::End);  // the empty block every table leaves behind it
        m_fresh = true;
        break;
      default: break;
    }
    if (type == MD_BLOCK_TH || type == MD_BLOCK_TD) ++m_column;
    return 0;
  }

  int enterSpan(MD_SPANTYPE type, void* detail) {
    QTextCharFormat format = m_formats.back();
    switch (type) {
      case MD_SPAN_EM: format.setFontItalic(true); break;
      case MD_SPAN_STRONG: format.setFontWeight(QFont::DemiBold); break;
      case MD_SPAN_DEL: format.setFontStrikeOut(true); break;
      case MD_SPAN_CODE:
        format.setFontFamilies(m_style.code.families());
        format.setBackground(m_style.colors.code);
        break;
      case MD_SPAN_A: {
        const MD_ATTRIBUTE& href = static_cast<MD_SPAN_A_DETAIL*>(detail)->href;
        format.setAnchor(true);
        format.setAnchorHref(QString::fromUtf8(href.text, static_cast<qsizetype>(href.size)));
        format.setForeground(m_style.colors.accent);
        format.setFontUnderline(true);
        break;
      }
      case MD_SPAN_IMG:  // its description arrives as text
        format.setFontItalic(true);
        format.setForeground(m_style.colors.muted);
        break;
      default: break;
    }
    m_formats.push_back(format);
    return 0;
  }

  int leaveSpan() {
    if (m_formats.size() > 1) m_formats.pop_back();
    return 0;
  }

  int text(MD_TEXTTYPE type, std::string_view text) {
    openItem();
    switch (type) {
      case MD_TEXT_NULLCHAR: insert(QString(QChar::ReplacementCharacter)); break;
      case MD_TEXT_BR: insert(QString(QChar::LineSeparator)); break;
      case MD_TEXT_SOFTBR: insert(u" "_s); break;
      case MD_TEXT_ENTITY:  // "&eacute;" alone can fetch and run nothing
        insert(QTextDocumentFragment::fromHtml(fromUtf8(text)).toPlainText());
        break;
      default: {
        QString words = fromUtf8(text);
        if (m_inCode) words.replace(u'\n', QChar(QChar::LineSeparator));
        insert(m_formulas.isEmpty() ? words : putMath(words, m_formulas));
      }
    }
    return 0;
  }

  static QString fromUtf8(std::string_view text) {
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
  }

  void insert(const QString& words) { m_cursor.insertText(words, m_formats.back()); }

  QTextBlockFormat paragraph() const {
    QTextBlockFormat format;
    format.setLineHeight(kLineHeightPercent, QTextBlockFormat::ProportionalHeight);
    format.setBottomMargin(kParagraphGap);
    format.setLeftMargin(m_quotes * kQuoteIndent);
    if (m_quotes > 0) format.setProperty(QTextFormat::BlockQuoteLevel, m_quotes);
    return format;
  }

  void beginBlock(QTextBlockFormat format) {
    if (m_itemPending) return startItemBlock(format);
    if (!m_lists.empty()) format.setIndent(static_cast<int>(m_lists.size()));
    placeBlock(format);
  }

  void placeBlock(const QTextBlockFormat& format) {
    QTextCharFormat plain;
    if (m_quotes > 0) plain.setForeground(m_style.colors.muted);
    m_formats.front() = plain;
    if (m_formats.size() == 1) m_formats.back() = plain;
    if (m_fresh) {
      m_cursor.setBlockFormat(format);
      m_cursor.setBlockCharFormat(plain);
    } else {
      m_cursor.insertBlock(format, plain);
    }
    m_fresh = false;
  }

  void pushList(QTextListFormat::Style style, int start, bool tight) {
    openItem();
    List list;
    const auto depth = static_cast<int>(m_lists.size());
    if (style == QTextListFormat::ListDisc && depth % 2 == 1) style = QTextListFormat::ListCircle;
    list.format.setStyle(style);
    list.format.setIndent(depth + 1);
    list.tight = tight;
    list.next = start;
    list.written = style == QTextListFormat::ListDecimal && start != 1;
    m_lists.push_back(list);
  }

  void enterItem(const MD_BLOCK_LI_DETAIL& item) {
    m_itemPending = true;
    m_task = item.is_task ? (item.task_mark == ' ' ? u"☐ "_s : u"☑ "_s) : QString();
  }

  // A tight item's text comes without a paragraph around it.
  void openItem() {
    if (m_itemPending) startItemBlock(paragraph());
  }

  void startItemBlock(QTextBlockFormat format) {
    m_itemPending = false;
    List& list = m_lists.back();
    if (list.tight) format.setBottomMargin(3);
    if (list.written) {
      format.setIndent(list.format.indent());
      format.setTextIndent(-scaledToText(18));
    }
    placeBlock(format);
    if (list.written) {
      insert(QString::number(list.next++) + u". "_s);
    } else if (list.list) {
      list.list->add(m_cursor.block());
    } else {
      list.list = m_cursor.createList(list.format);
    }
    if (!m_task.isEmpty()) insert(m_task);
  }

  void horizontalRule() {
    QTextBlockFormat format = paragraph();
    format.setProperty(QTextFormat::BlockTrailingHorizontalRulerWidth, QTextLength(QTextLength::PercentageLength, 100));
    beginBlock(format);
  }

  void enterHeading(int level) {
    QTextBlockFormat format = paragraph();
    format.setHeadingLevel(level);
    format.setTopMargin(level <= 2 ? 8 : 4);
    format.setBottomMargin(6);
    beginBlock(format);
    constexpr qreal kScale[] = {1.45, 1.28, 1.14, 1.05, 1.0, 1.0};
    QTextCharFormat heading = m_formats.back();
    heading.setFontWeight(QFont::DemiBold);
    heading.setFontPointSize(QFontInfo(m_style.body).pointSizeF() * kScale[std::clamp(level, 1, 6) - 1]);
    m_formats.push_back(heading);
  }

  void enterCode() {
    QTextBlockFormat format = paragraph();
    format.setBackground(m_style.colors.code);
    format.setLineHeight(115, QTextBlockFormat::ProportionalHeight);
    beginBlock(format);
    QTextCharFormat code;
    code.setFontFamilies(m_style.code.families());
    m_formats.push_back(code);
    m_inCode = true;
  }

  void enterTable(const MD_BLOCK_TABLE_DETAIL& detail) {
    openItem();
    QTextTableFormat format;
    format.setBorder(1);
    format.setBorderBrush(m_style.colors.border);
    format.setBorderStyle(QTextFrameFormat::BorderStyle_Solid);
    format.setBorderCollapse(true);
    format.setCellPadding(6);
    format.setCellSpacing(0);
    format.setBottomMargin(kParagraphGap);
    const auto rows = static_cast<int>(detail.head_row_count + detail.body_row_count);
    const auto columns = static_cast<int>(detail.col_count);
    m_table = m_cursor.insertTable(std::max(rows, 1), std::max(columns, 1), format);
    m_row = 0;
  }

  void enterCell(bool head, MD_ALIGN align) {
    if (!m_table || m_row >= m_table->rows() || m_column >= m_table->columns()) return;
    m_cursor = m_table->cellAt(m_row, m_column).firstCursorPosition();
    QTextBlockFormat format;
    format.setAlignment(align == MD_ALIGN_RIGHT    ? Qt::AlignRight
                        : align == MD_ALIGN_CENTER ? Qt::AlignHCenter
                                                   : Qt::AlignLeft);
    m_cursor.setBlockFormat(format);
    if (!head) return;
    QTextCharFormat bold = m_formats.back();
    bold.setFontWeight(QFont::DemiBold);
    m_formats.push_back(bold);
  }

  QTextCursor m_cursor;
  const TextStyle& m_style;
  std::vector<QTextCharFormat> m_formats;
  std::vector<List> m_lists;
  QTextTable* m_table = nullptr;
  QString m_task;
  QStringList m_formulas;
  int m_quotes = 0;
  int m_row = 0, m_column = 0;
  bool m_fresh = true;  // the cursor's block is empty and may be used
  bool m_itemPending = false;
  bool m_inCode = false;
};

void prepare(QTextDocument& document, const QFont& font) {
  document.setUndoRedoEnabled(false);
  document.setDocumentMargin(0);
  document.setIndentWidth(scaledToText(22));
  document.setDefaultFont(font);
}

}  // namespace

TextStyle textStyle(const QFont& body, const QPalette& palette) {
  QFont code = QFontDatabase::systemFont(QFontDatabase::FixedFont);
  code.setFamilies({QFontInfo(code).family(), u"Noto Sans Mono CJK SC"_s});
  code.setPointSizeF(QFontInfo(body).pointSizeF() * 0.94);
  return {body, code, colorsOf(palette)};
}

void setMarkdown(QTextDocument& document, const QString& markdown, const TextStyle& style) {
  document.clear();
  prepare(document, style.body);
  Builder(document, style).build(markdown);
  // The gap below the last paragraph belongs between pieces, where MessageText puts it.
  QTextCursor end(&document);
  end.movePosition(QTextCursor::End);
  QTextBlockFormat last = end.blockFormat();
  last.setBottomMargin(0);
  if (end.block().text().isEmpty() && document.blockCount() > 1) last.setLineHeight(1, QTextBlockFormat::FixedHeight);
  end.setBlockFormat(last);
}

void setPlain(QTextDocument& document, const QString& text, const TextStyle& style) {
  document.clear();
  prepare(document, style.body);
  QTextBlockFormat format;
  format.setLineHeight(kLineHeightPercent, QTextBlockFormat::ProportionalHeight);
  QTextCursor cursor(&document);
  cursor.setBlockFormat(format);
  cursor.insertText(text);
}

void setCode(QTextDocument& document, const QString& code, const TextStyle& style) {
  const QString present = document.isEmpty() ? QString() : document.toPlainText();
  if (present.isEmpty() || !code.startsWith(present)) {
    document.clear();
    prepare(document, style.code);
    QTextOption option;
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    document.setDefaultTextOption(option);
    QTextCursor(&document).insertText(code);
    return;
  }
  QTextCursor end(&document);
  end.movePosition(QTextCursor::End);
  end.insertText(code.mid(present.size()));
}

}  // namespace xllm::ui
