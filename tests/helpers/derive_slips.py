r"""Slips, made on purpose: each operator turns a line of a derivation into some wrong ones.

They measure the checker: how many of the false ones are caught? Not every slip is false: a term
may be lost that was 0.
"""

# ruff: noqa: SIM102 (one condition a line reads better here)

import re
from itertools import pairwise

from lossbook.derive.syntax.spelling import CannotRead, tokens

OPERATORS = {}


def operator(function):
    """Register a function that yields, for a Line, sources with one slip each."""
    OPERATORS[function.__name__.replace("_", " ")] = function
    return function


class Line:
    """A line cut into tokens, to be edited between two of them."""

    def __init__(self, source, setting):
        self.source, self.setting = source, setting
        self.tokens = tokens(source)
        self.texts = [token.text for token in self.tokens]

    def replaced(self, first, last, new):
        """The source with tokens first … last − 1 written anew."""
        start, end = self.tokens[first].place, self.tokens[last].place
        return f"{self.source[:start]} {new} {self.source[end:]}"

    def raw(self, first, last):
        return self.source[self.tokens[first].place : self.tokens[last].place].strip()

    def closing(self, opening):
        """Index of the token that closes the bracket at `opening`."""
        depth = 0
        for k in range(opening, len(self.texts)):
            depth += (self.texts[k] in "({[") and bool(self.texts[k])
            depth -= (self.texts[k] in ")}]") and bool(self.texts[k])
            if depth == 0:
                return k
        return None

    def places(self, *texts):
        return [k for k, text in enumerate(self.texts) if text in texts]


@operator
def sign(line):
    for k in line.places("+", "-"):
        if k and line.texts[k - 1] not in "({[=,":
            yield line.replaced(k, k + 1, "-" if line.texts[k] == "+" else "+")


@operator
def lost_minus(line):
    for k in line.places("-"):
        if not k or line.texts[k - 1] in ("(", "{", "[", "=", ","):
            yield line.replaced(k, k + 1, "")


@operator
def factor(line):
    """Drop a number in front: 2 X → X, \\frac12 w → w."""
    for k, text in enumerate(line.texts[:-1]):
        if text == r"\frac" and line.texts[k + 1].isdigit() and len(line.texts[k + 1]) == 2:
            yield line.replaced(k, k + 2, "")
        following = line.texts[k + 1]
        if text.isdigit() and (following.startswith("\\") or following.isalpha()):
            if not k or line.texts[k - 1] not in ("_", "^", "{", r"\frac"):
                yield line.replaced(k, k + 1, "")


@operator
def wrong_constant(line):
    for k, text in enumerate(line.texts):
        if text.isdigit() and len(text) == 1 and (not k or line.texts[k - 1] != "_"):
            yield line.replaced(k, k + 1, str(int(text) + 1))


@operator
def lost_transpose(line):
    for k in line.places(r"\top"):
        if line.texts[k - 1] == "^":
            yield line.replaced(k - 1, k + 1, "")


@operator
def extra_transpose(line):
    for k, text in enumerate(line.texts[:-1]):
        known = line.setting.variables.get(text)
        if known and len(known.dims) == 2 and line.texts[k + 1] not in ("^", "_", "{"):
            if not k or line.texts[k - 1] not in ("_", "{"):
                yield line.replaced(k, k + 1, rf"{line.raw(k, k + 1)}^\top")


@operator
def index(line):
    indices = [name for name, kind in line.setting.scope.items() if kind == "index"]
    for k, text in enumerate(line.texts):
        if text in indices:
            for other in indices:
                if line.setting.ranges[other] == line.setting.ranges[text] and other != text:
                    yield line.replaced(k, k + 1, other)


@operator
def log_base(line):
    for k in line.places(r"\log"):
        if line.texts[k + 1] == "_":
            yield line.replaced(k, k + 3, r"\log")
        else:
            yield line.replaced(k, k + 1, r"\log_2")


@operator
def lost_bracket(line):
    for k in line.places("("):
        close = line.closing(k)
        if close and (not k or line.setting.scope.get(line.texts[k - 1]) != "function"):
            inside = line.raw(k + 1, close).replace(r"\left", "").replace(r"\right", "")
            before = line.source[: line.tokens[k].place].removesuffix(r"\left").rstrip()
            yield (
                f"{before.removesuffix(chr(92) + 'left')} {inside} "
                + line.source[line.tokens[close].place + 1 :]
            )


@operator
def reversed_inequality(line):
    for k in line.places(r"\le", r"\ge", "<", ">"):
        turned = {r"\le": r"\ge", r"\ge": r"\le", "<": ">", ">": "<"}
        yield line.replaced(k, k + 1, turned[line.texts[k]])


@operator
def strict_inequality(line):
    for k in line.places(r"\le", r"\ge"):
        yield line.replaced(k, k + 1, "<" if line.texts[k] == r"\le" else ">")


@operator
def equality_for_inequality(line):
    for k in line.places(r"\le", r"\ge"):
        yield line.replaced(k, k + 1, "=")


@operator
def swapped_fraction(line):
    for k in line.places(r"\frac"):
        if line.texts[k + 1] == "{" and line.texts[k + 2] != r"\partial":
            middle = line.closing(k + 1)
            if middle and line.texts[middle + 1] == "{":
                end = line.closing(middle + 1)
                above, below = line.raw(k + 1, middle + 1), line.raw(middle + 1, end + 1)
                yield line.replaced(k, end + 1, rf"\frac{below}{above}")


@operator
def lost_sum(line):
    for k in line.places(r"\sum", r"\prod"):
        if line.texts[k + 1] == "_":
            end = k + 3 if line.texts[k + 2] != "{" else line.closing(k + 2) + 1
            yield line.replaced(k, end, "")


@operator
def wrong_variable(line):
    variables = line.setting.variables
    for k, text in enumerate(line.texts):
        if text in variables and line.texts[k - 1] != "_":
            for other, kind in variables.items():
                if other != text and kind.dims == variables[text].dims:
                    yield line.replaced(k, k + 1, other)


@operator
def lost_power(line):
    for k in line.places("^"):
        if line.texts[k + 1] in ("2", "3"):
            yield line.replaced(k, k + 2, "")


@operator
def max_for_min(line):
    for k in line.places(r"\max", r"\min"):
        yield line.replaced(k, k + 1, r"\min" if line.texts[k] == r"\max" else r"\max")


@operator
def both_ways(line):
    """⇔ where only ⇒ holds, and ⇒ turned round."""
    for k in line.places(r"\implies"):
        yield line.replaced(k, k + 1, r"\iff")
        if k:
            after, before = line.raw(k + 1, len(line.tokens) - 1), line.raw(0, k)
            yield rf"{after} \implies {before}"


@operator
def lost_factor(line):
    """Drop one letter of a product, with its index."""
    for k, text in enumerate(line.texts[:-1]):
        if text not in line.setting.variables or (k and line.texts[k - 1] in ("_", "^")):
            continue
        end = k + 1
        while line.texts[end] in ("_", "^") and line.texts[end + 1]:
            end = end + 2 if line.texts[end + 1] != "{" else (line.closing(end + 1) or end) + 1
        in_front = k and re.fullmatch(r"[A-Za-z\\].*|\d|\)|\}", line.texts[k - 1])
        behind = re.fullmatch(r"\\[A-Za-z].*|[A-Za-z]|\(", line.texts[end] or ".")
        if in_front or (behind and line.texts[end] not in (r"\le", r"\ge", r"\iff", r"\implies")):
            yield line.replaced(k, end, "")


@operator
def lost_term(line):
    """Drop what stands between two signs of a sum."""
    cuts, depth = [], 0
    for k, text in enumerate(line.texts):
        depth += (text in ("(", "{", "[")) - (text in (")", "}", "]"))
        if depth == 0 and text in ("+", "-", "=", r"\le", r"\ge", "<", ">", r"\iff", ""):
            cuts.append(k)
    for start, end in pairwise(cuts):
        if line.texts[start] in ("+", "-") and end > start + 1:
            yield line.replaced(start, end, "")


@operator
def swapped_factors(line):
    """A B → B A for matrices and vectors."""
    variables = line.setting.variables
    for k, (left, right) in enumerate(zip(line.texts, line.texts[1:], strict=False)):
        if left in variables and right in variables and (not k or line.texts[k - 1] != "_"):
            if variables[left].dims or variables[right].dims:
                yield line.replaced(k, k + 2, f"{line.raw(k + 1, k + 2)} {line.raw(k, k + 1)}")


@operator
def lost_root(line):
    for k in line.places(r"\sqrt"):
        yield line.replaced(k, k + 1, "")


def slips(source, setting, operators=OPERATORS):
    """Yield (operator, source) for every slip that the operators find in a line, each once."""
    seen = {as_tokens(source)}
    for name, function in operators.items():
        for slip in function(Line(source, setting)):
            if as_tokens(slip) not in seen:
                seen.add(as_tokens(slip))
                yield name, slip.strip()


def as_tokens(source):
    """A source up to its spaces."""
    try:
        return " ".join(token.text for token in tokens(source))
    except CannotRead:
        return source
