#include "ui/chat/code_language.h"

#include <QHash>
#include <QSet>
#include <QStringList>
#include <algorithm>

namespace xllm::ui {

using namespace Qt::StringLiterals;

struct CodeLanguage {
  QString names;         // as they stand behind a fence, with spaces between
  QString keywords;      // with spaces between
  QString lineComments;  // marks, with spaces between
  QString openComment = {}, closeComment = {};
  QString quotes = u"\"'"_s;  // of strings that end with their line
  QString longQuotes = {};    // of strings that do not, with spaces between; the longer ones first
  bool foldsCase = false;     // keywords in any case
  bool isDiff = false;        // lines that came and went
  QSet<QString> words = {};   // of `keywords`
  QStringList comments = {};  // of `lineComments`
  QStringList longOnes = {};  // of `longQuotes`
};

namespace {

constexpr CodeState kInComment = 1;
constexpr CodeState kInString = 2;  // and more: which of the long quotes

QList<CodeLanguage> makeLanguages() {
  const QString c =
      u"auto break case char const continue default do double else enum extern float for goto if inline int long "
      "register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while "
      "bool true false NULL #include #define #ifdef #ifndef #if #else #elif #endif #pragma #undef"_s;
  const QString script =
      u"async await break case catch class const continue debugger default delete do else export extends false finally "
      "for from function get if import in instanceof let new null of return set static super switch this throw true "
      "try "
      "typeof undefined var void while with yield"_s;
  const QString java =
      u"abstract assert boolean break byte case catch char class const continue default do double else enum extends "
      "false final finally float for goto if implements import instanceof int interface long native new null package "
      "private protected public record return short static super switch synchronized this throw throws transient true "
      "try var void volatile while"_s;
  QList<CodeLanguage> languages{
      {.names = u"c h"_s, .keywords = c, .lineComments = u"//"_s, .openComment = u"/*"_s, .closeComment = u"*/"_s},
      {.names = u"cpp c++ cc cxx hpp cuda cu arduino"_s,
       .keywords = c + u" alignas alignof and bool catch class co_await co_return co_yield concept consteval constexpr "
                       "constinit decltype delete dynamic_cast explicit export final friend import module mutable "
                       "namespace new noexcept not nullptr operator or override private protected public "
                       "reinterpret_cast requires static_assert static_cast template this thread_local throw try "
                       "typeid typename using virtual"_s,
       .lineComments = u"//"_s,
       .openComment = u"/*"_s,
       .closeComment = u"*/"_s},
      {.names = u"csharp c# cs"_s,
       .keywords = java +
                   u" as async await base bool checked decimal delegate dynamic event explicit fixed foreach get "
                   "implicit in internal is lock namespace object operator out override params readonly ref "
                   "sbyte sealed set sizeof string struct typeof uint ulong unchecked unsafe ushort using value "
                   "virtual where yield"_s,
       .lineComments = u"//"_s,
       .openComment = u"/*"_s,
       .closeComment = u"*/"_s},
      {.names = u"java"_s, .keywords = java, .lineComments = u"//"_s, .openComment = u"/*"_s, .closeComment = u"*/"_s},
      {.names = u"kotlin kt"_s,
       .keywords = java + u" as by companion data fun in init inner internal is it lateinit object open operator out "
                          "override sealed suspend typealias val vararg when where"_s,
       .lineComments = u"//"_s,
       .openComment = u"/*"_s,
       .closeComment = u"*/"_s,
       .longQuotes = u"\"\"\""_s},
      {.names = u"swift"_s,
       .keywords =
           u"actor any as associatedtype async await break case catch class continue default defer deinit do "
           "else enum extension fallthrough false fileprivate final for func get guard if import in init inout "
           "internal is lazy let nil open operator override private protocol public repeat return self Self "
           "set some static struct subscript super switch throw throws true try typealias var weak where while"_s,
       .lineComments = u"//"_s,
       .openComment = u"/*"_s,
       .closeComment = u"*/"_s,
       .quotes = u"\""_s,
       .longQuotes = u"\"\"\""_s},
      {.names = u"javascript js jsx mjs typescript ts tsx"_s,
       .keywords = script + u" abstract any as boolean declare enum implements interface keyof namespace never number "
                            "private protected public readonly string type unknown"_s,
       .lineComments = u"//"_s,
       .openComment = u"/*"_s,
       .closeComment = u"*/"_s,
       .longQuotes = u"`"_s},
      {.names = u"go golang"_s,
       .keywords = u"any bool break byte case chan const continue default defer else error fallthrough false float64 "
                   "for func go goto if import int int64 interface map nil package range return rune select string "
                   "struct switch true type uint64 var"_s,
       .lineComments = u"//"_s,
       .openComment = u"/*"_s,
       .closeComment = u"*/"_s,
       .longQuotes = u"`"_s},
      {.names = u"rust rs"_s,
       .keywords = u"as async await bool break char const continue crate dyn else enum extern f32 f64 false fn for i32 "
                   "i64 if impl in let loop match mod move mut pub ref return self Self static str struct super trait "
                   "true type u8 u32 u64 unsafe use usize where while"_s,
       .lineComments = u"//"_s,
       .openComment = u"/*"_s,
       .closeComment = u"*/"_s,
       .quotes = u"\""_s},  // ' begins a lifetime as often as a letter
      {.names = u"php"_s,
       .keywords = script + u" abstract and array as echo elseif endforeach endif endwhile fn foreach global "
                            "implements interface isset match namespace or print private protected public readonly "
                            "require require_once string trait unset use"_s,
       .lineComments = u"// #"_s,
       .openComment = u"/*"_s,
       .closeComment = u"*/"_s},
      {.names = u"css scss less"_s,
       .keywords = u"@media @import @keyframes @font-face @supports !important inherit initial none auto"_s,
       .lineComments = {},
       .openComment = u"/*"_s,
       .closeComment = u"*/"_s},
      {.names = u"python py python3 py3"_s,
       .keywords =
           u"and as assert async await break case class continue def del elif else except False finally for "
           "from global if import in is lambda match None nonlocal not or pass raise return self True try while "
           "with yield"_s,
       .lineComments = u"#"_s,
       .longQuotes = u"\"\"\" '''"_s},
      {.names = u"ruby rb"_s,
       .keywords =
           u"alias and begin break case class def defined? do else elsif end ensure false for if in module next "
           "nil not or redo require rescue retry return self super then true undef unless until when while "
           "yield puts attr_accessor attr_reader"_s,
       .lineComments = u"#"_s},
      {.names = u"bash sh shell zsh console shellscript"_s,
       .keywords = u"if then else elif fi for in do done while until case esac function return local export readonly "
                   "echo exit set unset source cd sudo"_s,
       .lineComments = u"#"_s,
       .longQuotes = {}},
      {.names = u"perl pl"_s,
       .keywords = u"my our use sub if elsif else unless while until for foreach return last next die print package "
                   "require undef"_s,
       .lineComments = u"#"_s},
      {.names = u"r"_s,
       .keywords = u"if else repeat while function for in next break TRUE FALSE NULL NA Inf NaN library return"_s,
       .lineComments = u"#"_s},
      {.names = u"lua"_s,
       .keywords = u"and break do else elseif end false for function goto if in local nil not or repeat return then "
                   "true until while"_s,
       .lineComments = u"--"_s,
       .openComment = u"--[["_s,
       .closeComment = u"]]"_s},
      {.names = u"sql mysql postgresql sqlite plsql"_s,
       .keywords =
           u"add all alter and as asc between by case check column constraint create cross database default "
           "delete desc distinct drop else end exists foreign from full group having in index inner insert into "
           "is join key left like limit not null offset on or order outer primary references right select set "
           "table then union unique update using values view when where with begin commit rollback"_s,
       .lineComments = u"--"_s,
       .openComment = u"/*"_s,
       .closeComment = u"*/"_s,
       .foldsCase = true},
      {.names = u"haskell hs"_s,
       .keywords = u"case class data deriving do else if import in infixl infixr instance let module newtype of then "
                   "type where"_s,
       .lineComments = u"--"_s,
       .openComment = u"{-"_s,
       .closeComment = u"-}"_s,
       .quotes = u"\""_s},
      {.names = u"json json5 jsonc"_s, .keywords = u"true false null"_s, .lineComments = u"//"_s, .quotes = u"\""_s},
      {.names = u"yaml yml"_s, .keywords = u"true false null yes no on off"_s, .lineComments = u"#"_s},
      {.names = u"toml ini cfg conf properties"_s, .keywords = u"true false"_s, .lineComments = u"# ;"_s},
      {.names = u"cmake"_s,
       .keywords = u"if else elseif endif foreach endforeach while endwhile function endfunction macro endmacro set "
                   "unset return include find_package project option add_library add_executable "
                   "target_link_libraries target_include_directories target_compile_options message ON OFF TRUE FALSE "
                   "PUBLIC PRIVATE INTERFACE"_s,
       .lineComments = u"#"_s,
       .quotes = u"\""_s},
      {.names = u"make makefile dockerfile docker"_s,
       .keywords = u"ifdef ifndef ifeq ifneq else endif include define endef export FROM RUN CMD COPY ADD ENV ARG "
                   "WORKDIR ENTRYPOINT EXPOSE USER LABEL VOLUME"_s,
       .lineComments = u"#"_s},
      {.names = u"html xml svg xhtml qml vue"_s,
       .keywords = {},
       .lineComments = {},
       .openComment = u"<!--"_s,
       .closeComment = u"-->"_s},
      {.names = u"latex tex matlab octave"_s,
       .keywords = u"begin end if else elseif for while function return true false documentclass usepackage section"_s,
       .lineComments = u"%"_s,
       .quotes = u"\""_s},
      {.names = u"diff patch"_s, .keywords = {}, .lineComments = {}, .quotes = {}, .isDiff = true},
  };
  for (CodeLanguage& language : languages) {
    const auto list = [](const QString& words) { return words.split(u' ', Qt::SkipEmptyParts); };
    const QStringList words = list(language.keywords);
    language.words = QSet<QString>(words.begin(), words.end());
    language.comments = list(language.lineComments);
    language.longOnes = list(language.longQuotes);
  }
  return languages;
}

bool isWordLetter(QChar letter) { return letter.isLetterOrNumber() || letter == u'_'; }

// Goes through one line.
class Scanner {
 public:
  using Tell = std::function<void(qsizetype, qsizetype, CodeWord)>;
  Scanner(const CodeLanguage& language, QStringView line, const Tell& tell)
      : m_language(language), m_line(line), m_tell(tell) {}

  CodeState scan(CodeState state) {
    if (m_language.isDiff) return scanDiff();
    if (state == kInComment) state = finishComment(0);
    if (state >= kInString) state = finishString(m_language.longOnes.value(state - kInString), 0, state);
    while (m_at < m_line.size() && state == 0) state = next();
    return state;
  }

 private:
  CodeState next() {
    const QChar letter = m_line[m_at];
    if (!m_language.openComment.isEmpty() && rest().startsWith(m_language.openComment)) {
      return finishComment(m_at + m_language.openComment.size());
    }
    for (const QString& mark : m_language.comments) {
      if (!rest().startsWith(mark) || (mark == u"#" && m_at > 0 && !m_line[m_at - 1].isSpace())) continue;
      m_tell(m_at, m_line.size() - m_at, CodeWord::Comment);
      m_at = m_line.size();
      return 0;
    }
    for (int i = 0; i < m_language.longOnes.size(); ++i) {
      const QString& quote = m_language.longOnes[i];
      if (rest().startsWith(quote)) return finishString(quote, m_at + quote.size(), kInString + i);
    }
    if (m_language.quotes.contains(letter)) return finishString(letter, m_at + 1, 0);
    if (letter.isDigit()) return number();
    if (isWordLetter(letter) || letter == u'#' || letter == u'@' || letter == u'!') return word();
    ++m_at;
    return 0;
  }

  QStringView rest() const { return m_line.mid(m_at); }

  CodeState finishComment(qsizetype from) {
    const qsizetype end = m_line.indexOf(m_language.closeComment, from);
    const qsizetype until = end < 0 ? m_line.size() : end + m_language.closeComment.size();
    m_tell(m_at, until - m_at, CodeWord::Comment);
    m_at = until;
    return end < 0 ? kInComment : 0;
  }

  // `open`: the state when it goes on in the next line.
  CodeState finishString(const QString& quote, qsizetype from, CodeState open) {
    qsizetype end = from;
    while (end < m_line.size() && !m_line.mid(end).startsWith(quote)) end += m_line[end] == u'\\' ? 2 : 1;
    const bool closed = end < m_line.size();
    const qsizetype until = closed ? end + quote.size() : m_line.size();
    m_tell(m_at, until - m_at, CodeWord::String);
    m_at = until;
    return closed ? 0 : open;
  }

  CodeState number() {
    const qsizetype start = m_at;
    while (m_at < m_line.size() && (isWordLetter(m_line[m_at]) || m_line[m_at] == u'.')) ++m_at;
    m_tell(start, m_at - start, CodeWord::Number);
    return 0;
  }

  CodeState word() {
    const qsizetype start = m_at++;
    while (m_at < m_line.size() && (isWordLetter(m_line[m_at]) || (m_line[m_at] == u'-' && m_line[start] == u'@'))) {
      ++m_at;
    }
    const QString found = m_line.mid(start, m_at - start).toString();
    if (m_language.words.contains(m_language.foldsCase ? found.toLower() : found)) {
      m_tell(start, m_at - start, CodeWord::Keyword);
    }
    return 0;
  }

  CodeState scanDiff() {
    const bool added = m_line.startsWith(u'+'), removed = m_line.startsWith(u'-');
    if (m_line.startsWith(u"@@")) m_tell(0, m_line.size(), CodeWord::Keyword);
    if (added || removed) m_tell(0, m_line.size(), added ? CodeWord::Added : CodeWord::Removed);
    return 0;
  }

  const CodeLanguage& m_language;
  QStringView m_line;
  const Tell& m_tell;
  qsizetype m_at = 0;
};

}  // namespace

const CodeLanguage* codeLanguage(const QString& name) {
  static const QList<CodeLanguage> languages = makeLanguages();
  static const QHash<QString, const CodeLanguage*> byName = [] {
    QHash<QString, const CodeLanguage*> index;
    for (const CodeLanguage& language : languages) {
      for (const QString& known : language.names.split(u' ')) index.insert(known, &language);
    }
    return index;
  }();
  return byName.value(name.toLower());
}

CodeState scanCode(const CodeLanguage& language, QStringView line, CodeState before,
                   const std::function<void(qsizetype, qsizetype, CodeWord)>& tell) {
  return Scanner(language, line, tell).scan(before);
}

}  // namespace xllm::ui
