"""The small Markdown of the course's own sentences as HTML: bold, italic, code and $formulas$.

Each piece is escaped for itself and only then put between tags, so no text can bring its own.
"""

import re

from lossbook.grading.reports.text import escaped

_PIECE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|\$(?P<math>[^$\n]+)\$"
    r"|\*\*(?P<bold>[^*\n]+)\*\*"
    r"|\*(?P<italic>[^*\s](?:[^*\n]*[^*\s])?)\*"
)
_TAGS = {"code": "code", "bold": "strong", "italic": "em"}


def sentence(text, most=2000):
    """One of our sentences as HTML.

    >>> sentence("It is the *sum* of `r**2`, not $w_{uv}$.")
    'It is the <em>sum</em> of <code>r**2</code>, not <i>w<sub>uv</sub></i>.'
    """
    if len(text) > most:
        return escaped(text, most)
    made, end = [], 0
    for found in _PIECE.finditer(text):
        made.append(escaped(text[end : found.start()]))
        kind, inner = found.lastgroup, found[found.lastgroup]
        if kind == "math":
            made.append(formula(inner))
        else:
            made.append(f"<{_TAGS[kind]}>{escaped(inner)}</{_TAGS[kind]}>")
        end = found.end()
    return "".join([*made, escaped(text[end:])])


# ------------------------------------------------------------------------------ formulas

_SIGNS = {
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


def formula(latex):
    r"""A short formula as HTML; what is beyond letters and indices stays LaTeX, as code.

    >>> formula(r"1 - \beta^N")
    '<i>1 − β<sup>N</sup></i>'
    >>> formula(r"\frac{a}{b}")
    '<code>\\frac{a}{b}</code>'
    """
    made = _read(latex)
    return f"<code>{escaped(latex)}</code>" if made is None else f"<i>{made}</i>"


def _read(latex):
    """HTML, or None where there is something that this small reader does not know."""
    made, end = [], 0
    for token in _TOKEN.finditer(latex):
        if token.start() != end:
            return None
        end = token.end()
        if token["command"]:
            if token["command"] not in _SIGNS:
                return None
            made.append(_SIGNS[token["command"]])
        elif token["level"]:
            inner = _read(token["group"]) if token["group"] else escaped(token["one"] or "")
            if not inner:
                return None
            made.append(f"<{_LEVELS[token['level']]}>{inner}</{_LEVELS[token['level']]}>")
        else:
            made.append(escaped(token["plain"].replace("-", "−")))
    return "".join(made) if end == len(latex) else None
