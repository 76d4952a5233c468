r"""Spelling: cut LaTeX into tokens, each with its place; one spelling for what prints alike.

Three tables: a spelling → ours (`SAME_AS`), a spelling → the sentence that says what to type
instead (`CURES`), and what has no meaning (`SPACING`). Nothing is interpreted here.
"""

import re
import unicodedata
from typing import NamedTuple

# Beyond these a source is an accident or an attack, never a formula of a course.
LONGEST_LINE = 2000
LONGEST_NUMBER = 20

RELATIONS = ("=", r"\le", r"\ge", "<", ">", r"\ne")
LINKS = (r"\iff", r"\implies")


class CannotRead(ValueError):
    """A formula that cannot be read, or could be read in two ways; points at the place."""

    def __init__(self, why, source="", place=0):
        self.why, self.source, self.place = why, source, place
        shown, caret = _window(source, place)
        super().__init__(f"{why}\n    {shown}\n    {' ' * caret}^" if source else why)


class Token(NamedTuple):
    text: str
    place: int


# fmt: off
SPACING = {
    r"\,", r"\;", r"\:", r"\!", r"\ ", r"\>", "~", r"\quad", r"\qquad", r"\left", r"\right",
    r"\middle", r"\bigl", r"\bigr", r"\Bigl", r"\Bigr", r"\biggl", r"\biggr", r"\Biggl",
    r"\Biggr", r"\big", r"\Big", r"\bigg", r"\Bigg", r"\limits", r"\nolimits", r"\displaystyle",
    r"\textstyle", r"\rm", r"\bf", r"\it", r"\sf", r"\nonumber", r"\notag", r"\allowbreak",
    r"\phantom", r"\mathopen", r"\mathclose", r"\hspace", r"\thinspace", r"\enspace",
}
SAME_AS = {
    r"\leq": r"\le", r"\geq": r"\ge", r"\leqslant": r"\le", r"\geqslant": r"\ge",
    r"\leqq": r"\le", r"\geqq": r"\ge", r"\lt": "<", r"\gt": ">", "<=": r"\le", ">=": r"\ge",
    "!=": r"\ne", r"\neq": r"\ne", "==": "=", "≤": r"\le", "≥": r"\ge", "≠": r"\ne",
    "⩽": r"\le", "⩾": r"\ge", "≦": r"\le", "≧": r"\ge",
    r"\Leftrightarrow": r"\iff", r"\Longleftrightarrow": r"\iff", "⇔": r"\iff", "⟺": r"\iff",
    "<=>": r"\iff", r"\Rightarrow": r"\implies", r"\Longrightarrow": r"\implies",
    "⇒": r"\implies", "⟹": r"\implies", "=>": r"\implies", r"\wedge": r"\land", "∧": r"\land",
    "and": r"\land", "且": r"\land", r"\dfrac": r"\frac", r"\tfrac": r"\frac",
    r"\cfrac": r"\frac", r"\nicefrac": r"\frac", r"\sfrac": r"\frac",
    r"\ln": r"\log", r"\lvert": "|", r"\rvert": "|", r"\vert": "|", r"\mid": "|",
    r"\Vert": r"\|", r"\parallel": r"\|", "‖": r"\|", "∥": r"\|", r"\lVert": r"\|",
    r"\rVert": r"\|", r"\lbrace": r"\{", r"\rbrace": r"\}", r"\lbrack": "[", r"\rbrack": "]",
    r"\lgroup": "(", r"\rgroup": ")", "⟨": r"\langle", "⟩": r"\rangle", r"\colon": ":",
    r"\ldots": r"\dots", r"\cdots": r"\dots", r"\dotsb": r"\dots", r"\dotsc": r"\dots",
    r"\dotsm": r"\dots", "…": r"\dots", "⋯": r"\dots", "...": r"\dots", r"\ast": "*", "∗": "*",
    "−": "-", "–": "-", "·": r"\cdot", "⋅": r"\cdot", "•": r"\cdot", r"\bullet": r"\cdot",
    "×": r"\times", "⊙": r"\odot", r"\circledcirc": r"\odot", "∘": r"\circ",
    "∑": r"\sum", "Σ": r"\sum", "∏": r"\prod", "∇": r"\nabla", "∂": r"\partial", "∫": r"\int",
    "∈": r"\in", "√": r"\sqrt", "⊤": r"\top", r"\intercal": r"\top", r"\transpose": r"\top",
    r"\mathsf T": r"\top", r"\mathrm T": r"\top", "∞": r"\infty", "′": "'", "’": "'",
    "″": "''", "→": r"\to", r"\rightarrow": r"\to", r"\longrightarrow": r"\to", "->": r"\to",
    r"\downarrow": r"\searrow", r"\uparrow": r"\nearrow", "ℓ": r"\ell", "。": ".", "、": ",",
    "∀": r"\forall", r"\epsilon": r"\varepsilon", r"\argmin": "argmin", r"\argmax": "argmax",
    "arg min": "argmin", "arg max": "argmax", "⟦": "[", "⟧": "]", r"\llbracket": "[",
    r"\rrbracket": "]", r"\mathbb P": r"\Pr", "𝔼": r"\mathbb E", "ℝ": r"\mathbb R",
    "ℕ": r"\mathbb N", "ℙ": r"\Pr", "𝟙": r"\mathbb 1", "𝟏": r"\mathbb 1",
    r"\mathbb I": r"\mathbb 1",
    r"\mathds 1": r"\mathbb 1", r"\mathbf E": r"\mathbb E", r"\mathbf R": r"\mathbb R",
    r"\mathbf P": r"\Pr", "¬": r"\neg", "∨": r"\lor", r"\vee": r"\lor",
    "rank": r"\rank", "rk": r"\rank", "tr": r"\tr", "Tr": r"\tr", "trace": r"\tr",
    r"\trace": r"\tr", r"\Tr": r"\tr", "det": r"\det", "diag": r"\diag", "sign": r"\sign",
    "sgn": r"\sign", r"\sgn": r"\sign", "median": r"\median", "med": r"\median",
    "Var": r"\Var", "Cov": r"\Cov", r"\var": r"\Var", r"\cov": r"\Cov", "var": r"\Var",
    "cov": r"\Cov", "Pr": r"\Pr", "log": r"\log", "ln": r"\log", "exp": r"\exp",
    "max": r"\max", "min": r"\min", "sup": r"\max", "inf": r"\min", r"\sup": r"\max",
    r"\inf": r"\min", "tanh": r"\tanh", "sin": r"\sin", "cos": r"\cos", r"\binomial": r"\binom",
    r"\dbinom": r"\binom", r"\tbinom": r"\binom", r"\atan": r"\arctan", "otherwise": "otherwise",
    "if": "if", "else": "otherwise", "for": "if", "when": "if", "or": r"\lor",
    "for all": r"\forall", "for every": r"\forall", "for each": r"\forall", "for any": r"\forall",
}
_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ϵ": "varepsilon",
    "ζ": "zeta", "η": "eta", "θ": "theta", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu",
    "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "varphi", "ϕ": "phi",
    "χ": "chi", "ψ": "psi", "ω": "omega", "Δ": "Delta", "Ω": "Omega", "Λ": "Lambda",
    "Φ": "Phi", "Ψ": "Psi", "Γ": "Gamma", "Θ": "Theta", "Ξ": "Xi",
}
GREEK = {name: sign for sign, name in _GREEK.items() if sign != "ϵ"} | {"ell": "ℓ", "Sigma": "Σ"}
LETTERS = {"\\" + name for name in GREEK} | {r"\iota", r"\upsilon", r"\varsigma", r"\varrho",
    r"\vartheta", r"\varpi", r"\varkappa", r"\Upsilon", r"\Pi", r"\ell", r"\epsilon"}
SAME_AS |= {sign: "\\" + name for sign, name in _GREEK.items()}
# fmt: on

# What is not read, and what to type instead.
CURES = {
    r"\pm": "± says two things: write two lines, one with + and one with -",
    r"\mp": "∓ says two things: write two lines, one with + and one with -",
    r"\lor": "“or” is not read: write each case as a line of its own, with its Assume",
    r"\neg": "“not” is not read: write the opposite relation, ≠ or <",
    r"\approx": r"≈ claims nothing that can be tested: write =, or a bound with \le",
    r"\sim": r"~ is not read: declare X \text{ random}, or write \mathbb{E}[…]",
    r"\propto": r"∝ is not read: name the factor and write =",
    r"\equiv": "write = for ≡, or Define for a definition",
    r"\triangleq": "a definition is a line of its own: Define name = formula",
    r"\coloneqq": "a definition is a line of its own: Define name = formula",
    ":=": "a definition is a line of its own: Define name = formula",
    "=:": "a definition is a line of its own: Define name = formula",
    r"\leftarrow": r"an update is no statement: write the new value as w^+ = …, after Let w^+",
    r"\exists": "“there is” is not read: name the value and write the statement for it",
    r"\subset": "sets are not read: write the inequalities that say the same",
    r"\cup": "sets are not read: add indicators, \\mathbb{1}[…]",
    r"\cap": "sets are not read: multiply indicators, \\mathbb{1}[…]",
    r"\otimes": "write a b^\\top for the outer product",
    r"\oplus": "⊕ is not read: write the operation with + and brackets",
    r"\star": "a star belongs to a declared name: Let w^\\star \\in …",
    r"\dagger": "the pseudo-inverse is not read: write (A^\\top A)^{-1} A^\\top",
    r"\substack": r"write one condition below, \sum_{i : …}, or two sums",
    r"\iint": "one integral at a time: \\int_a^b",
    r"\oint": "one integral at a time: \\int_a^b",
    "**": "write ^ for a power",
    r"\operatorname": "write the word in braces: \\operatorname{tr}(A)",
    r"\text": "write the word in braces: \\text{ and }",
    r"\%": "a percent sign is not read: write the number as a fraction",
    r"\not": r"write \ne for ≠",
    r"\prec": "an order of matrices is not read: write v^\\top (B - A) v \\ge 0",
    r"\preceq": "an order of matrices is not read: write v^\\top (B - A) v \\ge 0",
    r"\succ": "an order of matrices is not read: write v^\\top A v > 0",
    r"\succeq": "an order of matrices is not read: write v^\\top A v \\ge 0",
    r"\limsup": "write \\lim, with the side from which the point is reached",
    r"\liminf": "write \\lim, with the side from which the point is reached",
    r"\mod": "the remainder of a division is not read",
    r"\lfloor": "rounding is not read: declare the whole number as a letter",
    r"\lceil": "rounding is not read: declare the whole number as a letter",
    r"\perp": "write the inner product: a^\\top b = 0",
    "\\": "a backslash alone is no sign",
    "#": r"count with \#\{i : …\}",
    r"\iota": "declare this letter, or use another one",
    "softmax": r"write the softmax out: \frac{e^{z_k}}{\sum_j e^{z_j}}, or Define it",
    r"\emptyset": "sets are not read",
    r"\mathcal N": r"distributions are not read: Let X \text{ random} draws any finite one",
    "s.t.": "a problem is no statement: write what holds at its solution",
    "KL": r"declare it first: Define \mathrm{KL}(p \,\|\, q) = …",
    "d": "the d of a derivative needs its fraction: \\frac{d f}{d x}",
}

ACCENTS = "hat bar tilde widehat widetilde overline vec dot mathbf boldsymbol bm pmb mathcal"
ACCENTS += " mathbb mathds mathscr mathfrak mathrm mathsf"
_BOLD = {r"\boldsymbol": r"\mathbf", r"\bm": r"\mathbf", r"\pmb": r"\mathbf"}
_ACCENT = rf"\\(?:{'|'.join(ACCENTS.split())})(?![A-Za-z])"
_WORD = r"\\(?:mathrm|operatorname|text|textrm|textbf|mathit|mathsf|mbox)\*?\s*\{([^{}]*)\}"
_ACCENTED = rf"{_ACCENT}\s*(?:\{{\s*\\?[A-Za-z0-9]+\s*\}}|\\[A-Za-z]+|[A-Za-z0-9])"
_TOKEN = re.compile(
    rf"\s+|{_WORD}|{_ACCENTED}|\\(?:begin|end)\s*\{{[a-zA-Z]+\*?\}}(?:\{{[^{{}}]*\}})?|\\[A-Za-z]+|\\.|[0-9]+(?:\.[0-9]+)?"
    r"|\.\.\.|<=>|<=|>=|!=|==|=>|->|:=|=:|\*\*|s\.t\.|.",
    re.DOTALL,
)
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹ⁿᵀ⊺", [*"0123456789n", r"\top", r"\top"], strict=True))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₙₘ", "0123456789ijknm", strict=True))


def folded(source):
    """Full-width signs as ordinary ones, and no invisible ones; every place stays what it is."""
    return source if source.isascii() else "".join(map(_folded, source))


def _folded(sign):
    if sign in "\u200b\u200c\u200d\u2060\ufeff\u00ad":
        return " "
    if sign == "\u3000" or unicodedata.category(sign) == "Zs":
        return " "
    if "\uff01" <= sign <= "\uff5e" or "\U0001d400" <= sign <= "\U0001d7ff":
        if sign in SAME_AS:
            return sign
        plain = unicodedata.normalize("NFKC", sign)
        return plain if len(plain) == 1 else sign
    return sign


def tokens(source):
    r"""Return the tokens of `source`, and an empty one at its end.

    >>> [t.text for t in tokens(r"\frac12 \hat{y}²")]
    ['\\frac', '12', '\\hat y', '^', '2', '']
    """
    if len(source) > LONGEST_LINE:
        why = f"this line is longer than {LONGEST_LINE} characters"
        raise CannotRead(why, source, LONGEST_LINE)
    source = folded(source)
    found = []
    for match in _TOKEN.finditer(source):
        text, place = match.group(), match.start()
        if text.isspace() or text in SPACING:
            continue
        if text[0].isascii() and text[0].isdigit() and len(text) > LONGEST_NUMBER:
            raise CannotRead(f"a number has at most {LONGEST_NUMBER} digits", source, place)
        if text in _RAISED:
            found += _run("^", _RAISED[text], found, place)
        elif text in _LOWERED:
            found += _run("_", _LOWERED[text], found, place)
        elif text == "½":
            found += [Token(piece, place) for piece in (r"\frac", "1", "2")]
        elif text == "⁻":
            found += [Token("^", place), Token("{", place), Token("-", place)]
        else:
            text = _spelled_once(text)
            text = SAME_AS.get(text, text)
            if text and not text.isspace():
                found += [Token(piece, place) for piece in (text if text == "''" else (text,))]
    return [*found, Token("", len(source))]


def _run(mark, text, found, place):
    """Raised or lowered signs in a row belong together: x¹², a⁻¹."""
    if found and found[-1].text == "-" and len(found) > 2 and found[-2].text == "{":
        return [Token(text, place), Token("}", place)]
    return [Token(mark, place), Token(text, place)]


def key(texts):
    """The name that a run of token texts spells: braces and inner spacing do not matter."""
    return "".join(text for text in texts if text not in ("{", "}")).strip()


def _spelled_once(text):
    r"""\hat{y}, \hat y → "\hat y"; \mathrm{KL}, \text{KL} → "KL"; \begin {x} → "\begin{x}"."""
    if text.startswith((r"\begin", r"\end")):
        return re.sub(r"\s+", "", text).replace("*", "")
    if word := re.fullmatch(_WORD, text):
        inner = re.sub(r"(\s|\\,|~)+", " ", word[1]).strip().strip(",")
        if text.startswith((r"\mathrm", r"\mathsf")) and inner in ("T", "d"):
            return rf"\mathrm {inner}"
        return inner or " "
    if accented := re.fullmatch(rf"({_ACCENT})\s*\{{?\s*(\\?[A-Za-z0-9]+)\s*\}}?", text):
        accent, letter = _BOLD.get(accented[1], accented[1]), accented[2]
        if accent in (r"\mathrm", r"\mathsf"):
            return rf"\mathrm {letter}" if letter in ("T", "d") else letter
        return f"{accent} {letter}"
    return text


def _window(source, place, width=88):
    """The part of a long source that lies around `place`, on one line."""
    source = re.sub(r"\s", " ", source)
    if len(source) <= width:
        return source, min(place, len(source))
    start = max(0, min(place - width // 2, len(source) - width))
    return source[start : start + width], place - start


# -------------------------------------------------------------------- lines of a source

WORDS = re.compile(r"(Let|Define|Assume|Suppose|Note)\b\s*(.*)", re.DOTALL)
TAG = re.compile(r"\\tag\*?\s*\{([^{}]*)\}")
_LAYOUT = re.compile(
    r"\\(?:begin|end)\s*\{(?:aligned|align|alignat|split|gather|gathered|equation|eqnarray|multline"
    r"|displaymath|math|array|subequations)\*?\}(?:\[[^\]]*\]|\{[^{}]*\})?"
    r"|(?:(?<=[\s&=<>])|^)\{\s*\}"
    r"|\\label\s*\{[^{}]*\}|\\(?:nonumber|notag|qedhere|smallskip|medskip)\b|\$\$?|\\\[(?!\d)|\\\]|\\\(|\\\)"
)
_INNER = re.compile(r"\\(begin|end)\s*\{(?:cases|[pbvBV]?matrix|smallmatrix|array)\}")
_OVER = re.compile(
    r"\\(?:overset|stackrel|underset|overbrace|xlongequal)\s*\{((?:[^{}]|\{[^{}]*\})*)\}\s*"
    r"\{\s*(=|<|>|\\[a-zA-Z]+)\s*\}"
)
_UNDER = re.compile(
    r"\\underset\s*\{((?:[^{}]|\{[^{}]*\})*)\}\s*"
    r"\{\s*((?:\\arg\s*)?\\(?:max|min|sup|inf|arg(?:min|max)|operatorname\*?\{[^{}]*\}))\s*\}"
)
_MATHOP = re.compile(r"\\mathop\s*\{((?:[^{}]|\{[^{}]*\})*)\}(?:\\limits)?")
_RELATES = re.compile(
    r"[=<>≤≥≠⩽⩾≦≧＝＜＞⇔⇒⟺⟹?？]|\\(?:le|ge|ne|leq|geq|neq|leqslant|geqslant|leqq|geqq|lt|gt|iff|implies"
    r"|(?:Long)?(?:leftr|Leftr|r|R)ightarrow)(?![A-Za-z])"
)
_LEADS = re.compile(rf"(?:\\quad|\{{\}}|\s)*(?:{_RELATES.pattern})")
_NUMBERED = re.compile(r"^\s*(?:\(\d+\)|\d+[.)])\s+(?=[=<>&\\])")
_CLOSING_TEXT = re.compile(
    r"(?:\\q?quad|\\;|\\,|&|\s{2,})\s*\(?\s*\\text(?:rm|it)?\s*\{([^{}]*)\}\s*\)?\s*$"
)


def lines(body):
    """(formula, reason, number of the line) of a source, without the layout of LaTeX."""
    begun = ("", "")  # a row without a relation, which the next one goes on from
    for source, number in _rows(body):
        formula, reason = halves(source)
        formula, over = _without_labels_over(formula)
        formula = _NUMBERED.sub("", _LAYOUT.sub(" ", formula)).strip()
        if not reason and (said := _CLOSING_TEXT.search(formula)) and _is_reason(said[1]):
            formula, reason = formula[: said.start()].strip(), said[1].strip()
        formula = _without_end(_without_columns(formula))
        if not formula:
            continue
        reason = " ".join([reason, *over]).strip()
        if begun[0]:
            if _LEADS.match(formula):
                formula, reason = f"{begun[0]} {formula}", f"{begun[1]} {reason}".strip()
            else:
                yield *begun, number - 1
            begun = ("", "")
        if _says_nothing(formula):
            begun = (formula, reason)
        else:
            yield formula, reason, number
    if begun[0]:
        yield *begun, number


def _says_nothing(formula):
    """Whether a row has no relation outside of its groups."""
    while formula != (inner := re.sub(r"\{[^{}]*\}", "", formula)):
        formula = inner
    return not WORDS.match(formula) and not _RELATES.search(formula)


def halves(source):
    """(formula, reason) of a line: the reason stands behind a percent sign."""
    pieces = re.split(r"(?<!\\)[%％]", source, maxsplit=1)
    return pieces[0].strip(), pieces[1].strip() if len(pieces) > 1 else ""


def _rows(body):
    r"""The rows of a source: lines, and what \\ parts, but not inside of cases or a matrix."""
    row, depth = "", 0
    for number, line in enumerate(body.splitlines(), start=1):
        formula, reason = halves(line)
        pieces = re.split(r"(\\\\(?:\s*\[[\d.]+[a-z]*\])?\*?)", formula)
        for k, piece in enumerate(pieces):
            if k % 2 and not depth:
                if row.strip():
                    yield row, number
                row = ""
                continue
            row += piece
            for mark in _INNER.finditer(piece):
                depth = max(0, depth + (1 if mark[1] == "begin" else -1))
        if depth:
            row += " "
            continue
        if row.strip() or reason:
            yield row + (f" % {reason}" if reason else ""), number
        row = ""
    if row.strip():
        yield row, number


def _without_labels_over(formula):
    r"""\overset{(a)}{=} is =, and (a) belongs to the reason; \underset{w}{\min} is \min_{w}."""
    formula = _UNDER.sub(r" \2_{\1} ", _MATHOP.sub(r" \1 ", formula))
    over = [label for label, _ in _OVER.findall(formula)]
    return _OVER.sub(r" \2 ", formula), [f"by {one}" if _label(one) else "" for one in over]


def _without_columns(formula):
    """Without the & of an alignment; those of cases and of matrices stay."""
    depth, kept = 0, []
    for piece in re.split(r"(\\(?:begin|end)\s*\{[a-zA-Z*]+\}|(?<!\\)&)", formula):
        depth += piece.startswith(r"\begin") - piece.startswith(r"\end")
        kept.append(" " if piece == "&" and depth < 1 else piece)
    return "".join(kept).strip()


def _label(text):
    return re.fullmatch(r"\s*[(（]\s*[A-Z][\w.]*\s*[)）]\s*", text)


def _is_reason(text):
    return len(text.split()) > 1 or text.strip() not in ("if", "otherwise", "and", "or", "random")


def _without_end(formula):
    """Without the punctuation with which a sentence goes on or ends."""
    formula = re.sub(r"(?:\\[,;!:]|\\q?quad|~|\s)+$", "", formula)
    while (
        formula[-1:] in (".", ",", ";", "。", "，", "；", "、", "．")
        and formula[-2:] != "\\" + formula[-1:]
    ):
        formula = re.sub(r"(?:\\[,;!:]|\\q?quad|~|\s)+$", "", formula[:-1])
    return formula


_LABELS = re.compile(r"[(（]\s*([\w.′*\-]+(?:\s*[,，、]\s*[\w.′*\-]+)*)\s*[)）]")
_BY = re.compile(
    r"\b[Bb]y\s*((?:[(（]\s*[\w.]+\s*[)）](?:\s*(?:,|and|，|、|和)\s*(?=[(（]))*\s*)+)"
)


def cited(reason):
    """(labels behind "by", all labels in brackets) of a reason: "by (2) and (A)"."""
    every = [one.strip() for group in _LABELS.findall(reason) for one in re.split("[,，、]", group)]
    by = [
        one.strip()
        for group in _BY.findall(reason)
        for one in re.findall(r"[(（]([^()（）]*)[)）]", group)
    ]
    return by, every
