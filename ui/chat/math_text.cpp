#include "ui/chat/math_text.h"

#include <QHash>
#include <algorithm>
#include <optional>

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kDeepest = 24;  // groups inside of groups; what is deeper is left out
constexpr qsizetype kLongestFormula = 4000;
constexpr char16_t kMarkOpen = 0xe000, kMarkClose = 0xe001;  // private use: nobody writes them

using Table = QHash<QString, QString>;

Table table(const char16_t* rows) {
  Table found;
  const QStringList words = QString::fromUtf16(rows).split(u' ', Qt::SkipEmptyParts);
  for (qsizetype i = 0; i + 1 < words.size(); i += 2) found.insert(words[i], words[i + 1]);
  return found;
}

const Table& symbols() {
  static const Table known = table(
      u"alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ lambda λ "
      u"mu μ "
      "nu ν xi ξ pi π varpi ϖ rho ρ varrho ϱ sigma σ varsigma ς tau τ upsilon υ phi ϕ varphi φ chi χ psi ψ omega ω "
      "Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω "
      "cdot · times × div ÷ pm ± mp ∓ ast ∗ star ⋆ circ ∘ bullet • oplus ⊕ otimes ⊗ odot ⊙ wedge ∧ vee ∨ land ∧ lor ∨ "
      "cap ∩ cup ∪ setminus ∖ sum ∑ prod ∏ int ∫ iint ∬ iiint ∭ oint ∮ bigcup ⋃ bigcap ⋂ partial ∂ nabla ∇ infty ∞ "
      "forall ∀ exists ∃ nexists ∄ neg ¬ lnot ¬ emptyset ∅ varnothing ∅ aleph ℵ hbar ℏ ell ℓ Re ℜ Im ℑ wp ℘ angle ∠ "
      "degree ° prime ′ ldots … cdots ⋯ vdots ⋮ ddots ⋱ dots … dotsc … dotsb ⋯ "
      "langle ⟨ rangle ⟩ lfloor ⌊ rfloor ⌋ lceil ⌈ rceil ⌉ lvert | rvert | lVert ‖ rVert ‖ vert | Vert ‖ mid | "
      "triangle △ square □ blacksquare ■ checkmark ✓ dagger † top ⊤ bot ⊥ perp ⊥ parallel ∥ therefore ∴ because ∵ "
      "hookrightarrow ↪ uparrow ↑ downarrow ↓ updownarrow ↕ nearrow ↗ searrow ↘");
  return known;
}

// Written with a space on both sides.
const Table& relations() {
  static const Table known = table(
      u"le ≤ leq ≤ leqslant ≤ ge ≥ geq ≥ geqslant ≥ ne ≠ neq ≠ equiv ≡ approx ≈ sim ∼ simeq ≃ cong ≅ propto ∝ ll ≪ gg "
      u"≫ "
      "in ∈ notin ∉ ni ∋ subset ⊂ subseteq ⊆ supset ⊃ supseteq ⊇ models ⊨ vdash ⊢ to → rightarrow → longrightarrow → "
      "leftarrow ← gets ← leftrightarrow ↔ Rightarrow ⇒ implies ⇒ Longrightarrow ⇒ Leftarrow ⇐ Leftrightarrow ⇔ iff ⇔ "
      "mapsto ↦ longmapsto ↦ coloneqq ≔ triangleq ≜ doteq ≐ prec ≺ succ ≻");
  return known;
}

const Table& superscripts() {
  static const Table known = table(
      u"0 ⁰ 1 ¹ 2 ² 3 ³ 4 ⁴ 5 ⁵ 6 ⁶ 7 ⁷ 8 ⁸ 9 ⁹ + ⁺ − ⁻ = ⁼ ( ⁽ ) ⁾ a ᵃ b ᵇ c ᶜ d ᵈ e ᵉ f ᶠ g ᵍ h ʰ i ⁱ j ʲ k ᵏ l ˡ m "
      u"ᵐ n ⁿ o ᵒ p ᵖ "
      "r ʳ s ˢ t ᵗ u ᵘ v ᵛ w ʷ x ˣ y ʸ z ᶻ A ᴬ B ᴮ D ᴰ E ᴱ G ᴳ H ᴴ I ᴵ J ᴶ K ᴷ L ᴸ M ᴹ N ᴺ O ᴼ P ᴾ R ᴿ T ᵀ U ᵁ V ⱽ W ᵂ "
      "∘ ° ′ ′ ∗ * β ᵝ γ ᵞ δ ᵟ φ ᵠ χ ᵡ");
  return known;
}

const Table& subscripts() {
  static const Table known = table(
      u"0 ₀ 1 ₁ 2 ₂ 3 ₃ 4 ₄ 5 ₅ 6 ₆ 7 ₇ 8 ₈ 9 ₉ + ₊ − ₋ = ₌ ( ₍ ) ₎ a ₐ e ₑ h ₕ i ᵢ j ⱼ k ₖ l ₗ m ₘ n ₙ o ₒ p ₚ r ᵣ s "
      u"ₛ t ₜ "
      "u ᵤ v ᵥ x ₓ β ᵦ γ ᵧ ρ ᵨ φ ᵩ χ ᵪ");
  return known;
}

const Table& doubleStruck() {
  static const Table known = table(u"C ℂ H ℍ N ℕ P ℙ Q ℚ R ℝ Z ℤ E 𝔼 F 𝔽 1 𝟙");
  return known;
}

// Marks over one letter, as characters that combine with it.
const Table& accents() {
  static const Table known = table(
      u"hat \u0302 widehat \u0302 bar \u0304 overline \u0305 vec \u20d7 dot \u0307 ddot \u0308 tilde \u0303 widetilde "
      u"\u0303 "
      "underline \u0332");
  return known;
}

bool isOne(const QString& text) {
  return text.size() == 1 || (text.size() == 2 && text[0].isHighSurrogate()) ||
         std::all_of(text.begin(), text.end(), [](QChar c) { return c.isDigit() || c == u'.'; });
}

bool isSimple(const QString& text) {
  return std::none_of(text.begin(), text.end(), [](QChar c) { return c.isSpace() || u"+−-=/"_s.contains(c); });
}

QString grouped(const QString& text) { return isSimple(text) ? text : QString(u'(' + text + u')'); }

class Reader {
 public:
  explicit Reader(QStringView latex) : m_latex(latex) {}

  QString all() {
    QString text;
    while (!atEnd()) text += sequence(0);
    return text;
  }

 private:
  bool atEnd() const { return m_at >= m_latex.size(); }

  // Up to the brace or the \end that closes it, which is taken too.
  QString sequence(int depth) {
    QString text;
    while (!atEnd()) {
      const QChar letter = m_latex[m_at];
      if (letter == u'}') {
        ++m_at;
        break;
      }
      if (depth > 0 && m_latex.mid(m_at).startsWith(u"\\end{")) {
        m_at += 5;
        (void)raw();
        break;
      }
      append(text, atom(depth));
    }
    return text.trimmed();
  }

  // A name that is written with letters does not run into the next one.
  static void append(QString& text, const QString& part) {
    if (part.isEmpty()) return;
    if (part == u" "_s && (text.isEmpty() || text.back().isSpace())) return;
    const bool doubled = !text.isEmpty() && text.back() == u' ' && part[0] == u' ';
    text += doubled ? part.mid(1) : part;
  }

  QString atom(int depth) {
    const QChar letter = m_latex[m_at++];
    if (depth > kDeepest) return {};
    switch (letter.unicode()) {
      case u'\\': return command(depth);
      case u'{': return sequence(depth + 1);
      case u'^': return script(argument(depth), superscripts(), u'^');
      case u'_': return script(argument(depth), subscripts(), u'_');
      case u'&': return u" "_s;
      case u'~': return u" "_s;
      case u'-': return u"−"_s;
      case u'\'': return u"′"_s;
      case u'=':
      case u'<':
      case u'>': return u' ' + QString(letter) + u' ';
      default: return letter.isSpace() ? u" "_s : QString(letter);
    }
  }

  // What a command or a script takes: a group, a command, or one letter.
  QString argument(int depth) {
    skipSpaces();
    return atEnd() || m_latex[m_at] == u'}' ? QString() : atom(depth + 1).trimmed();
  }

  // The letters of a group as they are written.
  QString raw() {
    if (!atEnd() && m_latex[m_at] == u'{') ++m_at;
    const qsizetype end = m_latex.indexOf(u'}', m_at);
    const QString text = m_latex.mid(m_at, end < 0 ? -1 : end - m_at).toString();
    m_at = end < 0 ? m_latex.size() : end + 1;
    return text;
  }

  void skipSpaces() {
    while (!atEnd() && m_latex[m_at].isSpace()) ++m_at;
  }

  static QString script(const QString& text, const Table& letters, QChar mark) {
    QString small;
    for (const QChar letter : text) {
      if (letter.isSpace()) continue;
      const auto found = letters.constFind(QString(letter));
      if (found == letters.constEnd()) return mark + (isOne(text) ? text : QString(u'(' + text + u')'));
      small += *found;
    }
    return small;
  }

  QString command(int depth) {
    if (atEnd()) return u"\\"_s;
    if (!m_latex[m_at].isLetter()) return sign(m_latex[m_at++]);
    const qsizetype start = m_at;
    while (!atEnd() && m_latex[m_at].isLetter() && m_latex[m_at].unicode() < 128) ++m_at;
    const QString name = m_latex.mid(start, m_at - start).toString();
    if (const auto symbol = symbols().constFind(name); symbol != symbols().constEnd()) return *symbol;
    if (const auto relation = relations().constFind(name); relation != relations().constEnd()) {
      return u' ' + *relation + u' ';
    }
    if (const auto structure = structured(name, depth)) return *structure;
    static const QStringList functions =
        u"sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh log ln lg exp lim max min sup inf arg det dim "
        u"gcd ker "
        "deg Pr mod"_s.split(u' ');
    if (functions.contains(name)) return name + (atEnd() || !m_latex[m_at].isLetterOrNumber() ? QString() : u" "_s);
    return u'\\' + name;
  }

  static QString sign(QChar letter) {
    switch (letter.unicode()) {
      case u'\\': return u"; "_s;  // the next row
      case u'!': return {};
      case u'|': return u"‖"_s;
      case u',':
      case u';':
      case u':':
      case u' ': return u" "_s;
      default: return QString(letter);  // \{ \} \% \$ \_ \# \&
    }
  }

  std::optional<QString> structured(const QString& name, int depth) {
    if (name == "frac"_L1 || name == "dfrac"_L1 || name == "tfrac"_L1 || name == "cfrac"_L1) {
      const QString above = argument(depth);
      return grouped(above) + u'/' + grouped(argument(depth));
    }
    if (name == "sqrt"_L1) return root(depth);
    if (name == "binom"_L1) {
      const QString above = argument(depth);
      return u"C("_s + above + u", "_s + argument(depth) + u')';
    }
    if (name == "mathbb"_L1) {
      const QString letter = argument(depth);
      return doubleStruck().value(letter, letter);
    }
    if (const auto accent = accents().constFind(name); accent != accents().constEnd()) {
      QString marked;
      for (const QChar letter : argument(depth)) marked += QString(letter) + *accent;
      return marked;
    }
    if (name == "begin"_L1) return environment(depth);
    if (name.startsWith("text"_L1) || name == "operatorname"_L1 || name == "mbox"_L1) return raw();
    if (name.startsWith("math"_L1) || name == "boxed"_L1 || name == "boldsymbol"_L1 || name == "bm"_L1) {
      return argument(depth);
    }
    if (name == "quad"_L1 || name == "qquad"_L1) return u"  "_s;
    if (name == "left"_L1 || name == "right"_L1) {
      skipSpaces();
      if (!atEnd() && m_latex[m_at] == u'.') ++m_at;  // no delimiter on this side
      return QString();
    }
    static const QStringList silent =
        u"big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr limits nolimits displaystyle "
        "textstyle scriptstyle middle nonumber label tag hline"_s.split(u' ');
    if (silent.contains(name)) return QString();
    return std::nullopt;
  }

  QString root(int depth) {
    QString degree;
    if (!atEnd() && m_latex[m_at] == u'[') {
      const qsizetype end = std::max(m_latex.indexOf(u']', m_at), m_at);
      degree = m_latex.mid(m_at + 1, end - m_at - 1).toString();
      m_at = end + 1;
    }
    const QString radicand = argument(depth);
    const QString sign = degree.isEmpty() || degree == "2"_L1 ? u"√"_s
                         : degree == "3"_L1                   ? u"∛"_s
                         : degree == "4"_L1                   ? u"∜"_s
                                                              : script(degree, superscripts(), u'^') + u"√"_s;
    return sign + (isOne(radicand) ? radicand : QString(u'(' + radicand + u')'));
  }

  QString environment(int depth) {
    const QString name = raw();
    if (name == "array"_L1) (void)raw();  // the columns
    const QString rows = sequence(depth + 1);
    if (name.contains("matrix"_L1) || name == "array"_L1) return u'[' + rows + u']';
    return name == "cases"_L1 ? QString(u"{ "_s + rows) : rows;
  }

  QStringView m_latex;
  qsizetype m_at = 0;
};

// Finds mathematics in Markdown.
class Finder {
 public:
  explicit Finder(const QString& markdown) : m_text(markdown) {}

  MarkedMath find() {
    while (m_at < m_text.size()) {
      if (!skipCode() && !takeFormula()) m_found.markdown += m_text[m_at++];
    }
    return std::move(m_found);
  }

 private:
  // From one run of backticks to the next of the same length.
  bool skipCode() {
    if (m_text[m_at] != u'`') return false;
    qsizetype run = 1;
    while (m_at + run < m_text.size() && m_text[m_at + run] == u'`') ++run;
    qsizetype end = m_at + run;
    for (qsizetype length = 0; end < m_text.size(); ++end) {
      length = m_text[end] == u'`' ? length + 1 : 0;
      if (length == run && (end + 1 == m_text.size() || m_text[end + 1] != u'`')) break;
    }
    const qsizetype until = end < m_text.size() ? end + 1 : m_at + run;
    m_found.markdown += QStringView(m_text).mid(m_at, until - m_at);
    m_at = until;
    return true;
  }

  bool takeFormula() {
    static const std::pair<QString, QString> kMarks[] = {
        {u"$$"_s, u"$$"_s}, {u"\\["_s, u"\\]"_s}, {u"\\("_s, u"\\)"_s}, {u"$"_s, u"$"_s}};
    const QStringView rest = QStringView(m_text).mid(m_at);
    if (rest[0] == u'\\' && rest.size() > 1 && rest[1] == u'$') {  // a dollar that says it is none
      m_found.markdown += rest.left(2);
      m_at += 2;
      return true;
    }
    for (const auto& [open, close] : kMarks) {
      if (!rest.startsWith(open)) continue;
      const qsizetype end = rest.mid(0, kLongestFormula).indexOf(close, open.size());
      if (end < 0) continue;
      const QStringView inside = rest.mid(open.size(), end - open.size());
      const QChar next = end + close.size() < rest.size() ? rest[end + close.size()] : QChar(u' ');
      if (inside.trimmed().isEmpty() || inside.contains(u"\n\n") || (open == u"$" && !isFormula(inside, next)))
        continue;
      m_found.markdown += QChar(kMarkOpen) + QString::number(m_found.formulas.size()) + QChar(kMarkClose);
      m_found.formulas << mathText(inside);
      m_at += end + close.size();
      return true;
    }
    return false;
  }

  // "$5 and $6" is money.
  static bool isFormula(QStringView inside, QChar next) {
    if (inside.front().isSpace() || inside.back().isSpace() || next.isLetterOrNumber()) return false;
    const bool hasSign =
        std::any_of(inside.begin(), inside.end(), [](QChar c) { return u"\\^_={}<>+*/"_s.contains(c); });
    return hasSign ||
           (inside.size() <= 3 && std::any_of(inside.begin(), inside.end(), [](QChar c) { return c.isLetter(); }));
  }

  const QString& m_text;
  qsizetype m_at = 0;
  MarkedMath m_found;
};

}  // namespace

QString mathText(QStringView latex) { return Reader(latex).all().simplified(); }

MarkedMath takeMath(const QString& markdown) {
  if (!markdown.contains(u'$') && !markdown.contains(u"\\(") && !markdown.contains(u"\\[")) return {markdown, {}};
  QString text = markdown;
  text.replace(QChar(kMarkOpen), QChar::ReplacementCharacter).replace(QChar(kMarkClose), QChar::ReplacementCharacter);
  return Finder(text).find();
}

QString putMath(const QString& words, const QStringList& formulas) {
  QString text = words;
  for (qsizetype at = text.indexOf(QChar(kMarkOpen)); at >= 0; at = text.indexOf(QChar(kMarkOpen), at)) {
    const qsizetype end = text.indexOf(QChar(kMarkClose), at);
    if (end < 0) break;
    const QString formula = formulas.value(QStringView(text).mid(at + 1, end - at - 1).toInt());
    text.replace(at, end - at + 1, formula);
    at += formula.size();
  }
  return text;
}

}  // namespace xllm::ui
