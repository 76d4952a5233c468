"""Cut LaTeX mathematics into tokens, each with its place in the source.

Unicode mathematics (Σ, α, ≤, ²) is rewritten as LaTeX, spellings that print alike become one
spelling, and pure spacing disappears. Nothing is interpreted here.
"""

import re
from typing import NamedTuple

# Beyond these a source is an accident or an attack, never a formula of a course.
LONGEST_LINE = 2000
LONGEST_NUMBER = 20


class CannotRead(ValueError):
    """A formula that cannot be read, or could be read in two ways; points at the place."""

    def __init__(self, why, source="", place=0):
        self.why = why
        shown, caret = _window(source, place)
        super().__init__(f"{why}\n    {shown}\n    {' ' * caret}^" if source else why)


class Token(NamedTuple):
    text: str
    place: int


ACCENTS = "hat bar tilde widehat overline mathbf boldsymbol mathcal mathbb"
_ACCENT = rf"\\(?:{'|'.join(ACCENTS.split())})"
_WORD = r"\\(?:mathrm|operatorname|text|mathit|mathsf)\*?\s*\{([^{}]*)\}"
_ACCENTED = rf"{_ACCENT}\s*(?:\{{\s*\\?[A-Za-z0-9]+\s*\}}|\\[A-Za-z]+|[A-Za-z0-9])"
_TOKEN = re.compile(
    rf"\s+|{_WORD}|{_ACCENTED}|\\(?:begin|end)\s*\{{[a-z]+\}}|\\[A-Za-z]+|\\.|[0-9]+(?:\.[0-9]+)?|.",
    re.DOTALL,
)

# fmt: off
_SPACING = {
    r"\,", r"\;", r"\:", r"\!", r"\ ", "~", r"\quad", r"\qquad", r"\left", r"\right", r"\bigl",
    r"\bigr", r"\Bigl", r"\Bigr", r"\biggl", r"\biggr", r"\big", r"\Big", r"\limits",
    r"\displaystyle",
}
# fmt: on

_SAME_AS = {
    r"\leq": r"\le",
    r"\geq": r"\ge",
    r"\neq": r"\ne",
    r"\Leftrightarrow": r"\iff",
    r"\Rightarrow": r"\implies",
    r"\wedge": r"\land",
    r"\dfrac": r"\frac",
    r"\tfrac": r"\frac",
    r"\ln": r"\log",
    r"\lvert": "|",
    r"\rvert": "|",
    r"\vert": "|",
    r"\mid": "|",
    r"\Vert": r"\|",
    r"\parallel": r"\|",
    r"\lbrace": r"\{",
    r"\rbrace": r"\}",
    r"\lbrack": "[",
    r"\rbrack": "]",
    r"\colon": ":",
    r"\ldots": r"\dots",
    r"\cdots": r"\dots",
    r"\epsilon": r"\varepsilon",
    r"\ast": "*",
    "−": "-",
    "·": r"\cdot",
    "×": r"\times",
    "≤": r"\le",
    "≥": r"\ge",
    "≠": r"\ne",
    "⇔": r"\iff",
    "⇒": r"\implies",
    "∧": r"\land",
    "∑": r"\sum",
    "Σ": r"\sum",
    "∏": r"\prod",
    "∇": r"\nabla",
    "∂": r"\partial",
    "‖": r"\|",
    "∈": r"\in",
    "√": r"\sqrt",
    "⊤": r"\top",
    "∞": r"\infty",
    "⊙": r"\odot",
    "…": r"\dots",
    "ℝ": r"\mathbb R",
    "𝔼": r"\mathbb E",
    "ℓ": r"\ell",
}
# fmt: off
_SAME_AS |= {
    "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "δ": r"\delta", "ε": r"\varepsilon",
    "ζ": r"\zeta", "η": r"\eta", "θ": r"\theta", "κ": r"\kappa", "λ": r"\lambda", "μ": r"\mu",
    "ν": r"\nu", "ξ": r"\xi", "π": r"\pi", "ρ": r"\rho", "σ": r"\sigma", "τ": r"\tau",
    "φ": r"\varphi", "χ": r"\chi", "ψ": r"\psi", "ω": r"\omega", "Δ": r"\Delta",
    "Ω": r"\Omega", "Λ": r"\Lambda",
}
# fmt: on
_RAISED = {"²": "2", "³": "3", "ᵀ": r"\top"}
_HALF = (r"\frac", "1", "2")
_LOWERED = dict(zip("₀₁₂₃ᵢⱼₖₙ", "0123ijkn", strict=True))


def tokens(source):
    """Return the tokens of `source`, and an empty one at its end.

    >>> [t.text for t in tokens(r"\\frac12 \\hat{y}²")]
    ['\\\\frac', '12', '\\\\hat y', '^', '2', '']
    """
    if len(source) > LONGEST_LINE:
        why = f"this line is longer than {LONGEST_LINE} characters"
        raise CannotRead(why, source, LONGEST_LINE)
    found = []
    for match in _TOKEN.finditer(source):
        text, place = match.group(), match.start()
        if text.isspace() or text in _SPACING:
            continue
        if text[0] in "0123456789" and len(text) > LONGEST_NUMBER:
            raise CannotRead(f"a number has at most {LONGEST_NUMBER} digits", source, place)
        if text in _RAISED:
            found += [Token("^", place), Token(_RAISED[text], place)]
        elif text in _LOWERED:
            found += [Token("_", place), Token(_LOWERED[text], place)]
        elif text == "½":
            found += [Token(piece, place) for piece in _HALF]
        else:
            text = _spelled_once(text)
            found.append(Token(_SAME_AS.get(text, text), place))
    return [*found, Token("", len(source))]


def key(texts):
    """The name that a run of token texts spells: braces and inner spacing do not matter."""
    joined = "".join(text for text in texts if text not in ("{", "}"))
    return joined.strip()


def _spelled_once(text):
    r"""\hat{y}, \hat y → "\hat y"; \mathrm{KL}, \text{KL} → "KL"; \begin {x} → "\begin{x}"."""
    if text.startswith((r"\begin", r"\end")):
        return re.sub(r"\s+", "", text)
    if word := re.fullmatch(_WORD, text):
        return re.sub(r"(\s|\\,)+", " ", word[1]).strip() or " "
    if accented := re.fullmatch(rf"({_ACCENT})\s*\{{?\s*(\\?[A-Za-z0-9]+)\s*\}}?", text):
        return f"{accented[1]} {accented[2]}"
    return text


def _window(source, place, width=88):
    """The part of a long source that lies around `place`, on one line."""
    source = re.sub(r"\s", " ", source)
    if len(source) <= width:
        return source, min(place, len(source))
    start = max(0, min(place - width // 2, len(source) - width))
    return source[start : start + width], place - start
