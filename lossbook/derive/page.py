"""Show a derivation: one line of Unicode per step, or LaTeX aligned at the relations."""

import re

from lossbook.derive.constructs import SIGNS, spelled
from lossbook.derive.falsify.judge import Verdict
from lossbook.derive.syntax.spelling import LINKS, RELATIONS, CannotRead, tokens

MARKS = {
    "true": "✓",
    "definition": "≡",
    "false": "✗",
    "size": "✗",
    "undefined": "✗",
    "reference": "✗",
    "unreadable": "?",
    "untested": "○",
    "undecided": "○",
    "heavy": "○",
    "carried": "↳",
    "note": "·",
    "blank": "□",
}
_TEX_MARKS = {
    "✓": r"\color{green}\checkmark",
    "≡": r"\color{gray}\equiv",
    "✗": r"\color{red}\boldsymbol{\times}",
    "?": r"\color{gray}\boldsymbol{?}",
    "○": r"\color{chocolate}\circ",
    "↳": r"\color{chocolate}\hookrightarrow",
    "·": r"\cdot",
    "□": r"\color{gray}\square",
}
_HEADS = {
    "false": "false: ",
    "size": "the sizes do not fit: ",
    "undefined": "no value: ",
    "unreadable": "I cannot read this: ",
    "untested": "not tested: ",
    "undecided": "undecided: ",
    "heavy": "not tested: ",
}
_ASIDES = {"note": "not checked", "definition": "by definition"}
# Beyond this many characters the reason goes below its formula: a laptop shows about 110.
_WIDE = 92


# -------------------------------------------------------------------- text/plain


def line_reading(line):
    """A Line in Unicode: the machine's reading."""
    shown = str(line.claims[0])
    if line.lead in LINKS:
        shown = f"{SIGNS[line.lead]} {shown}"
    for link, following in zip(line.links, line.claims[1:], strict=True):
        shown += f" {SIGNS[link]} {following}"
    return shown


def definition_reading(definition):
    head = spelled(definition.name)
    if definition.indices:
        head += f"[{','.join(map(spelled, definition.indices))}]"
    if definition.parameters:
        head += f"({', '.join(spelled(p) for p in definition.parameters)})"
    return f"{head} := {definition.body}"


_SETS = {"real": "ℝ", "positive": "ℝ>0", "nonnegative": "ℝ≥0", "integer": "ℤ"}
_SETS |= {"simplex": "Δ", "open simplex": "Δ°"}


def declaration_reading(name, setting):
    """Where a declared letter lives: X ∈ ℝ^(n×d)."""
    kind = setting.scope[name]
    if kind == "index":
        return f"{spelled(name)} ∈ 1…{spelled(str(setting.ranges[name]))}"
    if kind == "size":
        return f"{spelled(name)} ≥ {setting.smallest.get(name, 1)}"
    variable = setting.variables[name]
    if variable.space == "random":
        return f"{spelled(name)} random"
    if variable.space == "label":
        space = f"1…{variable.detail}"
    elif variable.space == "set":
        space = "{" + ", ".join(map(str, variable.detail)) + "}"
    elif variable.space == "interval":
        low, high, open_left, open_right = variable.detail
        space = f"{'(['[not open_left]}{low}, {high}{')]'[not open_right]}"
    else:
        space = _SETS[variable.space]
    return f"{spelled(name)} ∈ {space}{_exponent(variable.dims)}"


def _exponent(dims):
    if len(dims) == 3:
        return f"^{dims[1]}, {dims[0]} times"
    if not dims:
        return ""
    return f"^{dims[0]}" if dims[1] == 1 else f"^({dims[0]}×{dims[1]})"


def plain_reason(reason):
    r"""A reason without dollar signs and backslashes: $\nabla J$ → ∇ J."""
    shown = re.sub(r"\\[,;!: ]", " ", reason.replace("$", ""))
    shown = re.sub(r"\\(?:operatorname|mathrm|text|mathbb|mathbf)\s*\{([^{}]*)\}", r"\1", shown)
    words = {"top": "ᵀ", "nabla": "∇", "sum": "Σ", "le": "≤", "ge": "≥", "in": "∈", "cdot": "·"}
    words |= {"log": "log", "exp": "exp", "max": "max", "min": "min", "to": "→", "infty": "∞"}
    shown = re.sub(
        r"\\(hat|bar|tilde)\s*\{?(\\?[A-Za-z]+)\}?", lambda m: spelled(rf"\{m[1]} {m[2]}"), shown
    )
    shown = re.sub(r"\\([A-Za-z]+)", lambda m: words.get(m[1]) or spelled("\\" + m[1]), shown)
    shown = re.sub(r"\s+", " ", shown.replace("^ᵀ", "ᵀ").replace("^2", "²"))
    return shown.strip()


def unread(error):
    return Verdict("unreadable", message=str(error))


def words(verdict):
    """A verdict that is not "true", in several lines."""
    said = _HEADS.get(verdict.kind, "") + verdict.message
    return said + (f"\nnote: {verdict.hint}" if verdict.hint else "")


def as_text(derivation):
    steps = derivation.steps
    width = min(max([len(step.reading) for step in steps], default=0), 72)
    wide = max([len(step.label) for step in steps], default=1) + 2
    shown = [derivation.title]
    for row in derivation.rows:
        if row.kind != "step":
            shown.append(" " * (wide + 5) + row.reading)
            continue
        label = f"({row.label})".rjust(wide + 1)
        reason = plain_reason(row.reason)
        line = f"{label} {MARKS[row.verdict.kind]}  {row.reading.ljust(width)}  {reason}"
        aside = _ASIDES.get(row.verdict.kind)
        shown.append(line.rstrip() + (f"  · {aside}" if aside else ""))
        if row.verdict.message:
            shown += [" " * (wide + 5) + "| " + said for said in words(row.verdict).split("\n")]
    return "\n".join([*shown, summary(derivation)])


def summary(derivation):
    """How many lines hold, and what that means: on how many instances, of which sizes."""
    checked = [s for s in derivation.steps if s.verdict.kind not in ("note", "blank", "definition")]
    blanks = sum(step.verdict.kind == "blank" for step in derivation.steps)
    turn = f" {blanks} blank{'s are' if blanks > 1 else ' is'} left for you." if blanks else ""
    true = [step.verdict for step in checked if step.verdict.kind == "true"]
    if len(true) < len(checked):
        return f"{len(true)} of {len(checked)} lines hold.{turn}"
    if not checked:
        return turn.strip() or "No line needs a check."
    head = f"All {len(true)} lines hold: each" if len(true) > 1 else "The line holds:"
    counts = sorted({verdict.instances for verdict in true})
    many = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    sizes = [size for verdict in true for size in verdict.sizes]
    of_sizes = f" of sizes {min(sizes)} to {max(sizes)}" if sizes else ""
    return f"{head} on {many} instances{of_sizes}, none undecided.{turn}"


# -------------------------------------------------------------------- Markdown with LaTeX


def as_markdown(derivation):
    shown, block = [f"**{derivation.title}**"], []
    for row in derivation.rows:
        if row.kind == "step":
            block += _aligned(row)
            continue
        shown += _displayed(block)
        block = []
        pieces = ", ".join(f"${piece.strip()}$" for piece in top_level_pieces(row.source))
        label = f" ({row.label})" if row.label else ""
        reason = f" ({row.reason})" if row.reason else ""
        shown.append(f"{row.kind}{label} {pieces}{reason}.")
    shown += _displayed(block)
    told = [step for step in derivation.steps if step.verdict.message]
    if told:
        said = "\n".join(
            f"({step.label})  " + words(step.verdict).replace("\n", "\n     ") for step in told
        )
        shown.append("```text\n" + said.replace("```", "'''") + "\n```")
    shown.append(f"<small>{summary(derivation)}</small>")
    return "\n\n".join(shown)


def _displayed(rows):
    if not rows:
        return []
    return ["$$\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}$$"]


def _aligned(step):
    left, sign, right = columns(step.source)
    if step.verdict.kind == "unreadable":
        shown = step.source if len(step.source) < 70 else step.source[:67] + "…"
        left, sign, right = "", "", rf"\text{{{_in_text(shown.replace('$', ''))}}}"
    if sign in LINKS:
        sign = rf"\;{sign}\;"
    left, right = map(_boxed, (left, right))
    mark = rf"{{{_TEX_MARKS[MARKS[step.verdict.kind]]}}}\;\text{{({_in_text(step.label)})}}"
    aside = _ASIDES.get(step.verdict.kind)
    if aside:
        mark = rf"{{{_TEX_MARKS[MARKS[step.verdict.kind]]}}}\;\text{{{aside}}}"
    reason = rf"{{\small\text{{{_in_text(step.reason)}}}}}" if step.reason else ""
    if len(step.reading) + len(plain_reason(step.reason)) <= _WIDE:
        return [f"{left} & {sign} {right} && {mark} && {reason}"]
    return [f"{left} & {sign} {right} && {mark}", rf"& \quad {reason}"]


def _boxed(source):
    """Blanks as boxes: ? is open, ?{…} is filled."""
    source = re.sub(r"\?\s*\{", r"\\boxed{", source)
    return source.replace("?", r"\boxed{\text{your turn}}")


def _in_text(reason):
    r"""Text for \text{…}: mathematics between dollars stays, special characters are escaped."""
    pieces = reason.split("$")
    if len(pieces) % 2 == 0:
        pieces = [reason.replace("$", "")]
    for k in range(0, len(pieces), 2):
        pieces[k] = re.sub(r"([%#&_{}])", r"\\\1", pieces[k].replace("\\", ""))
    return "$".join(pieces)


def columns(source):
    """left, relation, right: cut at the first top-level link, else at the first relation."""
    try:
        found = tokens(source)
    except CannotRead:
        return source, "", ""
    sign, depth = None, 0
    for token in found:
        if depth == 0 and token.text in LINKS:
            sign = token
            break
        if depth == 0 and sign is None and token.text in RELATIONS:
            sign = token
        depth += _opens(token.text)
    if sign is None:
        return source, "", ""
    # Not from the next token on: the \left of a bracket is none, and would be lost.
    end = sign.place + re.match(r"\\[A-Za-z]+|[<>=!]=|<=>|=>|.", source[sign.place :]).end()
    return source[: sign.place], sign.text, source[end:].lstrip()


def _opens(text):
    opening = text in ("(", "[", "{", r"\{") or text.startswith(r"\begin")
    return opening - (text in (")", "]", "}", r"\}") or text.startswith(r"\end"))


def top_level_pieces(source):
    """The source cut at its top-level commas."""
    try:
        found = tokens(source)
    except CannotRead:
        return [source]
    pieces, start, depth = [], 0, 0
    for token in found:
        depth += _opens(token.text)
        if token.text == "," and depth == 0:
            pieces.append(source[start : token.place])
            start = token.place + 1
    return [*pieces, source[start:]]
