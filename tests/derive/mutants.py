r"""Slips, made on purpose: each operator turns a line of a derivation into some wrong ones.

A mutant is judged in the place of its line: with the letters, facts and the chain that the
line had. `judged(title, body)` yields every mutant with its verdict.
"""

# ruff: noqa: SIM102 (one condition a line reads better here)

import copy
import re
from itertools import pairwise

from lossbook.derive import Derivation
from lossbook.derive.check import Verdict
from lossbook.derive.tokens import CannotRead, tokens

OPERATORS = {}


def operator(function):
    OPERATORS[function.__name__.replace("_", " ")] = function
    return function


class Spot:
    """A place in a line: its tokens, and an edit there."""

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
def sign(spot):
    for k in spot.places("+", "-"):
        if k and spot.texts[k - 1] not in "({[=,":
            yield spot.replaced(k, k + 1, "-" if spot.texts[k] == "+" else "+")


@operator
def lost_minus(spot):
    for k in spot.places("-"):
        if not k or spot.texts[k - 1] in ("(", "{", "[", "=", ","):
            yield spot.replaced(k, k + 1, "")


@operator
def factor(spot):
    """Drop a number in front: 2 X → X, \\frac12 w → w."""
    for k, text in enumerate(spot.texts[:-1]):
        if text == r"\frac" and spot.texts[k + 1].isdigit() and len(spot.texts[k + 1]) == 2:
            yield spot.replaced(k, k + 2, "")
        following = spot.texts[k + 1]
        if text.isdigit() and (following.startswith("\\") or following.isalpha()):
            if not k or spot.texts[k - 1] not in ("_", "^", "{", r"\frac"):
                yield spot.replaced(k, k + 1, "")


@operator
def wrong_constant(spot):
    for k, text in enumerate(spot.texts):
        if text.isdigit() and len(text) == 1 and (not k or spot.texts[k - 1] != "_"):
            yield spot.replaced(k, k + 1, str(int(text) + 1))


@operator
def lost_transpose(spot):
    for k in spot.places(r"\top"):
        if spot.texts[k - 1] == "^":
            yield spot.replaced(k - 1, k + 1, "")


@operator
def extra_transpose(spot):
    for k, text in enumerate(spot.texts[:-1]):
        known = spot.setting.variables.get(text)
        if known and len(known.dims) == 2 and spot.texts[k + 1] not in ("^", "_", "{"):
            if not k or spot.texts[k - 1] not in ("_", "{"):
                yield spot.replaced(k, k + 1, rf"{spot.raw(k, k + 1)}^\top")


@operator
def index(spot):
    indices = [name for name, kind in spot.setting.scope.items() if kind == "index"]
    for k, text in enumerate(spot.texts):
        if text in indices:
            for other in indices:
                if spot.setting.ranges[other] == spot.setting.ranges[text] and other != text:
                    yield spot.replaced(k, k + 1, other)


@operator
def log_base(spot):
    for k in spot.places(r"\log"):
        if spot.texts[k + 1] == "_":
            yield spot.replaced(k, k + 3, r"\log")
        else:
            yield spot.replaced(k, k + 1, r"\log_2")


@operator
def lost_bracket(spot):
    for k in spot.places("("):
        close = spot.closing(k)
        if close and (not k or spot.setting.scope.get(spot.texts[k - 1]) != "function"):
            inside = spot.raw(k + 1, close).replace(r"\left", "").replace(r"\right", "")
            before = spot.source[: spot.tokens[k].place].removesuffix(r"\left").rstrip()
            yield f"{before.removesuffix(chr(92) + 'left')} {inside} " + spot.source[
                spot.tokens[close].place + 1 :
            ]


@operator
def reversed_inequality(spot):
    for k in spot.places(r"\le", r"\ge", "<", ">"):
        turned = {r"\le": r"\ge", r"\ge": r"\le", "<": ">", ">": "<"}
        yield spot.replaced(k, k + 1, turned[spot.texts[k]])


@operator
def strict_inequality(spot):
    for k in spot.places(r"\le", r"\ge"):
        yield spot.replaced(k, k + 1, "<" if spot.texts[k] == r"\le" else ">")


@operator
def equality_for_inequality(spot):
    for k in spot.places(r"\le", r"\ge"):
        yield spot.replaced(k, k + 1, "=")


@operator
def swapped_fraction(spot):
    for k in spot.places(r"\frac"):
        if spot.texts[k + 1] == "{" and spot.texts[k + 2] != r"\partial":
            middle = spot.closing(k + 1)
            if middle and spot.texts[middle + 1] == "{":
                end = spot.closing(middle + 1)
                above, below = spot.raw(k + 1, middle + 1), spot.raw(middle + 1, end + 1)
                yield spot.replaced(k, end + 1, rf"\frac{below}{above}")


@operator
def lost_sum(spot):
    for k in spot.places(r"\sum", r"\prod"):
        if spot.texts[k + 1] == "_":
            end = k + 3 if spot.texts[k + 2] != "{" else spot.closing(k + 2) + 1
            yield spot.replaced(k, end, "")


@operator
def wrong_variable(spot):
    variables = spot.setting.variables
    for k, text in enumerate(spot.texts):
        if text in variables and spot.texts[k - 1] != "_":
            for other, kind in variables.items():
                if other != text and kind.dims == variables[text].dims:
                    yield spot.replaced(k, k + 1, other)


@operator
def lost_power(spot):
    for k in spot.places("^"):
        if spot.texts[k + 1] in ("2", "3"):
            yield spot.replaced(k, k + 2, "")


@operator
def max_for_min(spot):
    for k in spot.places(r"\max", r"\min"):
        yield spot.replaced(k, k + 1, r"\min" if spot.texts[k] == r"\max" else r"\max")


@operator
def both_ways(spot):
    """⇔ where only ⇒ holds, and ⇒ turned round."""
    for k in spot.places(r"\implies"):
        yield spot.replaced(k, k + 1, r"\iff")
        if k:
            after, before = spot.raw(k + 1, len(spot.tokens) - 1), spot.raw(0, k)
            yield rf"{after} \implies {before}"


@operator
def lost_factor(spot):
    """Drop one letter of a product, with its index."""
    for k, text in enumerate(spot.texts[:-1]):
        if text not in spot.setting.variables or (k and spot.texts[k - 1] in ("_", "^")):
            continue
        end = k + 1
        while spot.texts[end] in ("_", "^") and spot.texts[end + 1]:
            end = end + 2 if spot.texts[end + 1] != "{" else (spot.closing(end + 1) or end) + 1
        in_front = k and re.fullmatch(r"[A-Za-z\\].*|\d|\)|\}", spot.texts[k - 1])
        behind = re.fullmatch(r"\\[A-Za-z].*|[A-Za-z]|\(", spot.texts[end] or ".")
        if in_front or (behind and spot.texts[end] not in (r"\le", r"\ge", r"\iff", r"\implies")):
            yield spot.replaced(k, end, "")


@operator
def lost_term(spot):
    """Drop what stands between two signs of a sum."""
    cuts, depth = [], 0
    for k, text in enumerate(spot.texts):
        depth += (text in ("(", "{", "[")) - (text in (")", "}", "]"))
        if depth == 0 and text in ("+", "-", "=", r"\le", r"\ge", "<", ">", r"\iff", ""):
            cuts.append(k)
    for start, end in pairwise(cuts):
        if spot.texts[start] in ("+", "-") and end > start + 1:
            yield spot.replaced(start, end, "")


@operator
def swapped_factors(spot):
    """A B → B A for matrices and vectors."""
    variables = spot.setting.variables
    for k, (left, right) in enumerate(zip(spot.texts, spot.texts[1:], strict=False)):
        if left in variables and right in variables and (not k or spot.texts[k - 1] != "_"):
            if variables[left].dims or variables[right].dims:
                yield spot.replaced(k, k + 2, f"{spot.raw(k + 1, k + 2)} {spot.raw(k, k + 1)}")


@operator
def lost_root(spot):
    for k in spot.places(r"\sqrt"):
        yield spot.replaced(k, k + 1, "")


# -------------------------------------------------------------------- judging


class _Recorder(Derivation):
    """Keeps, for every step, the state in which it was judged."""

    def __init__(self, title, body, **options):
        self.before = []
        # (The suite runs without the cache; a recalled verdict would not be a mutant's.)
        super().__init__(title, body, strict=False, **options)

    def _step(self, formula, reason, verdict, label=""):
        state = copy.copy(self)
        state.rows, state.facts = list(self.rows), dict(self.facts)
        state.setting, state._chain = self.setting.copy(), copy.copy(self._chain)
        state.sources, state._checkers = dict(self.sources), self._checkers
        self.before.append(state)
        return super()._step(formula, reason, verdict, label)


def judged(title, body, operators=OPERATORS, seed=1):
    """Yield (operator, label, mutant, Verdict) for every mutant of every line."""
    recorder = _Recorder(title, body, seed=seed)
    for state, step in zip(recorder.before, recorder.steps, strict=True):
        seen = {_plain(step.source)}
        for name, function in operators.items():
            for mutant in function(Spot(step.source, state.setting)):
                if _plain(mutant) in seen:
                    continue
                seen.add(_plain(mutant))
                yield name, step.label, mutant.strip(), _verdict(state, mutant, step.reason)
        if "lost citation" in operators or operators is OPERATORS:
            without = re.sub(r"\bby \(", "(", step.reason)
            if without != step.reason and set(state.facts) & set(_labels(step.reason)):
                verdict = _verdict(state, step.source, without)
                yield "lost citation", step.label, step.source, verdict


def _plain(source):
    try:
        return " ".join(token.text for token in tokens(source))
    except CannotRead:
        return source


def _labels(reason):
    return re.findall(r"\(([^()]*)\)", reason)


def _verdict(state, source, reason):
    twin = copy.copy(state)
    twin.rows, twin._chain = list(state.rows), copy.copy(state._chain)
    twin.facts, twin.sources = dict(state.facts), dict(state.sources)
    Derivation._read(_Plain.of(twin), source, reason)
    return twin.rows[-1].verdict or Verdict("unreadable")


class _Plain(Derivation):
    """A twin that does not record."""

    @classmethod
    def of(cls, twin):
        twin.__class__ = cls
        return twin
