"""Write a tree back as one line of Unicode: the machine's own reading of a formula.

Brackets are put wherever a reader could doubt the order, so that a misreading is seen at once.
"""

from unicodedata import normalize

from lossbook.derive.trees import SUMS

SIGNS = {r"\le": "≤", r"\ge": "≥", r"\ne": "≠", r"\iff": "⇔", r"\implies": "⇒"}
_BIG = {"sum": "Σ", "prod": "Π", "max": "max", "min": "min"}
# fmt: off
_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "varepsilon": "ε", "zeta": "ζ",
    "eta": "η", "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ",
    "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "varphi": "φ", "phi": "ϕ", "chi": "χ",
    "psi": "ψ", "omega": "ω", "Delta": "Δ", "Omega": "Ω", "Lambda": "Λ", "Sigma": "Σ",
    "Phi": "Φ", "Theta": "Θ", "Gamma": "Γ", "Psi": "Ψ", "ell": "ℓ",
}
# fmt: on
_ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303"}
_ACCENTS |= {"widehat": "\u0302", "overline": "\u0304"}
_SMALL = {"2": "²", "3": "³", "(-1)": "⁻¹"}

# How tightly an expression holds together; what is looser than its place needs brackets.
_SUM, _SIGNED, _BIG_OPERATOR, _PRODUCT, _QUOTIENT, _POWER, _ATOM = range(7)


def name(spelling):
    r"""\hat y → ŷ, \alpha → α, w^\star → w*."""
    shown, accent = "", ""
    for piece in spelling.replace("\\", " \\").replace("_", " _ ").replace("^", " ^ ").split():
        word = piece.lstrip("\\")
        if piece.startswith("\\") and word in _ACCENTS:
            accent = _ACCENTS[word]
        elif word in ("mathbf", "boldsymbol", "mathcal", "mathbb", "^"):
            continue
        else:
            shown += _GREEK.get(word, {"star": "*", "circ": "°"}.get(word, word)) + accent
            accent = ""
    return normalize("NFC", shown)


def text(tree):
    return _write(tree)[0]


def statement(tree):
    """A relation, or several joined by "and"."""
    if tree[0] == "and":
        return f"{statement(tree[1])} and {statement(tree[2])}"
    _, sides, signs = tree
    shown = "" if sides[0] is None else text(sides[0])
    for sign, side in zip(signs, sides[1:], strict=True):
        shown += f" {SIGNS.get(sign, sign)} {text(side)}"
    return shown.strip()


def _write(tree):
    """(text, how tightly it holds together)"""
    operation = tree[0]
    if operation in SUMS:
        return _sum(tree), _BIG_OPERATOR
    return globals()["_" + operation](*tree[1:])


def _at_least(tree, level):
    shown, own = _write(tree)
    return shown if own >= level else f"({shown})"


def _list(trees):
    return ",".join(text(tree) for tree in trees)


def _num(value):
    return str(value), _ATOM if value.denominator == 1 else _QUOTIENT


def _name(spelling):
    return name(spelling), _ATOM


def _idx(spelling, subscripts):
    return f"{name(spelling)}[{_list(subscripts)}]", _ATOM


def _call(spelling, subscripts, arguments):
    index = f"[{_list(subscripts)}]" if subscripts else ""
    return f"{name(spelling)}{index}({', '.join(map(text, arguments))})", _ATOM


def _neg(tree):
    return f"-{_at_least(tree, _BIG_OPERATOR)}", _SIGNED


def _add(left, right):
    return f"{_at_least(left, _SUM)} + {_at_least(right, _BIG_OPERATOR)}", _SUM


def _sub(left, right):
    return f"{_at_least(left, _SUM)} - {_at_least(right, _BIG_OPERATOR)}", _SUM


def _times(left, sign, right):
    # A sum may stand last in a product without brackets: a Σ_{i} b[i]. A quotient may not,
    # unless it is a number in front: 1/2 x, but (a/b) x.
    last = right[0] in SUMS
    shown = _at_least(right, _BIG_OPERATOR if last else _POWER)
    numeric = left[0] != "div" or left[1][0] == left[2][0] == "num"
    front = _at_least(left, _PRODUCT if numeric else _ATOM)
    return front + sign + shown, _BIG_OPERATOR if last else _PRODUCT


def _mul(left, right):
    return _times(left, " ", right)


def _dot(left, right):
    return _times(left, "·", right)


def _had(left, right):
    return _times(left, "⊙", right)


def _div(above, below):
    return f"{_at_least(above, _POWER)}/{_at_least(below, _ATOM)}", _QUOTIENT


def _pow(base, exponent):
    shown = _at_least(exponent, _ATOM)
    raised = _SMALL.get(shown) or "^" + shown
    return _at_least(base, _ATOM) + raised, _POWER


def _T(tree):
    return _at_least(tree, _ATOM) + "ᵀ", _ATOM


def _norm(tree, order):
    return f"‖{text(tree)}‖" + ("" if order == 2 else f"_{order}"), _ATOM


def _abs(tree):
    return f"|{text(tree)}|", _ATOM


def _fn(word, arguments):
    return f"{word}({', '.join(map(text, arguments))})", _ATOM


def _log(tree, base):
    return f"log{'' if base is None else '_' + _at_least(base, _ATOM)}({text(tree)})", _ATOM


def _sum(tree):
    operation, binders, body = tree
    shown = []
    for index, low, high, unequal in binders:
        limits = f"={text(low)}..{text(high)}" if low else ""
        shown.append(name(index) + limits + (f"≠{text(unequal)}" if unequal else ""))
    return f"{_BIG[operation]}_{{{','.join(shown)}}} {_at_least(body, _BIG_OPERATOR)}"


def _part(tree, variables):
    order = {1: "", 2: "²"}[len(variables)]
    return f"∂{order}[{text(tree)}]/{''.join('∂' + text(v) for v in variables)}", _ATOM


def _grad(variable, order, tree):
    return f"∇{'²' if order == 2 else ''}_{text(variable)}[{text(tree)}]", _ATOM


def _slope(spelling, order, argument):
    return f"∇{'²' if order == 2 else ''}{name(spelling)}({text(argument)})", _ATOM


def _prime(spelling, order, argument):
    return f"{name(spelling)}{'′' * order}({text(argument)})", _ATOM


def _E(tree):
    return f"E[{text(tree)}]", _ATOM


def _lim(variable, point, side, tree):
    side = {"+": "⁺", "-": "⁻"}[side] if point != ("infty",) else ""
    body = _at_least(tree, _BIG_OPERATOR)
    return f"lim_{{{name(variable)}→{text(point)}{side}}} {body}", _BIG_OPERATOR


def _argmin(variable, tree):
    return f"argmin_{text(variable)} {_at_least(tree, _BIG_OPERATOR)}", _BIG_OPERATOR


def _argmax(variable, tree):
    return f"argmax_{text(variable)} {_at_least(tree, _BIG_OPERATOR)}", _BIG_OPERATOR


def _kron(i, j):
    return f"δ[{text(i)},{text(j)}]", _ATOM


def _unit():
    return "I", _ATOM


def _infty():
    return "∞", _ATOM


def _ind(tree):
    return f"[{statement(tree)}]", _ATOM


def _cases(pieces):
    shown = [
        text(value) + (" otherwise" if condition is None else f" if {statement(condition)}")
        for value, condition in pieces
    ]
    return "{" + "; ".join(shown) + "}", _ATOM
