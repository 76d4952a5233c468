"""Texts as HTML: foreign text with invisible characters named, and our sentences in Markdown.

Each function returns Markup, which Jinja2 does not escape again; all parts are escaped first.
"""

import re

from markupsafe import Markup, escape

from lossbook.grading.safe_text import CharacterTable, unstacked

_NAMES = CharacterTable('<b class="odd">{}</b>')


def marked(text: str, limit: int = 2000) -> Markup:
    """`text` as HTML, with the names of invisible characters in colour, cut after `limit`.

    >>> marked("<b>\\x1b[31m")
    Markup('&lt;b&gt;<b class="odd">U+001B</b>[31m')
    """
    kept = escape(unstacked(text[:limit])).translate(_NAMES)
    if len(text) <= limit:
        return kept
    cut = Markup('<b class="odd">… cut: {:,} more characters</b>')
    return kept + cut.format(len(text) - limit)


_PIECE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|\$(?P<math>[^$\n]+)\$"
    r"|\*\*(?P<strong>[^*\n]+)\*\*"
    r"|\*(?P<em>[^*\s](?:[^*\n]*[^*\s])?)\*"
)


def sentence(text: str, limit: int = 2000) -> Markup:
    """A sentence of the course as HTML: bold, italic, code and $formulas$.

    >>> sentence("It is the *sum* of `r**2`, not $w_{uv}$.")
    Markup('It is the <em>sum</em> of <code>r**2</code>, not <i>w<sub>uv</sub></i>.')
    """
    if len(text) > limit:
        return marked(text, limit)
    parts, end = [], 0
    for found in _PIECE.finditer(text):
        parts.append(marked(text[end : found.start()]))
        kind, inner = found.lastgroup, found[found.lastgroup]
        parts.append(formula(inner) if kind == "math" else _element(kind, marked(inner)))
        end = found.end()
    return Markup("").join([*parts, marked(text[end:])])


def _element(tag, inner):
    return Markup("<{0}>{1}</{0}>").format(Markup(tag), inner)


# ------------------------------------------------------------------------------ formulas

_SYMBOLS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ",
    "eta": "η", "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ",
    "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "chi": "χ", "psi": "ψ",
    "omega": "ω",
    "cdot": "·", "times": "×", "le": "≤", "ge": "≥", "ne": "≠", "approx": "≈", "in": "∈",
    "sum": "∑", "prod": "∏", "infty": "∞", "partial": "∂", "nabla": "∇", "ell": "ℓ", "dots": "…",
    "max": "max", "min": "min", "log": "log", "ln": "ln", "exp": "exp", "to": "→", "top": "⊤",
}  # fmt: skip
_TOKEN = re.compile(
    r"\\(?P<command>[A-Za-z]+) ?|(?P<level>[_^])(?:\{(?P<group>[^{}]*)\}|(?P<one>[^\\{}\s]))"
    r"|(?P<plain>[^\\_^{}$]+)"
)
_LEVELS = {"_": "sub", "^": "sup"}


def formula(latex: str) -> Markup:
    r"""A short formula as HTML; LaTeX beyond letters, symbols and indices is shown as code.

    >>> formula(r"1 - \beta^N")
    Markup('<i>1 − β<sup>N</sup></i>')
    >>> formula(r"\frac{a}{b}")
    Markup('<code>\\frac{a}{b}</code>')
    """
    parsed = _parse(latex)
    return _element("code", marked(latex)) if parsed is None else _element("i", parsed)


def _parse(latex):
    """HTML, or None for LaTeX that this small parser does not know."""
    parts, end = [], 0
    for token in _TOKEN.finditer(latex):
        if token.start() != end:
            return None
        end = token.end()
        if token["command"]:
            if token["command"] not in _SYMBOLS:
                return None
            parts.append(_SYMBOLS[token["command"]])
        elif token["level"]:
            inner = _parse(token["group"]) if token["group"] else marked(token["one"] or "")
            if not inner:
                return None
            parts.append(_element(_LEVELS[token["level"]], inner))
        else:
            parts.append(marked(token["plain"].replace("-", "−")))
    return Markup("").join(parts) if end == len(latex) else None
