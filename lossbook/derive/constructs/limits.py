r"""What is searched for or comes close: \min_w, \arg\min_w, \int and \lim."""

from dataclasses import dataclass

from flint import arb, ctx, fmpq

from lossbook.derive.constructs.arithmetic import Infinity, Name, Neg, Num
from lossbook.derive.constructs.tree import BIG, Node, listed, spelled
from lossbook.derive.evaluate import arrays as ar
from lossbook.derive.evaluate import numbers as nb
from lossbook.derive.evaluate.numbers import ZERO, Dual, Undecided, Undefined
from lossbook.derive.evaluate.search import least_value


@dataclass(frozen=True)
class Optimum(Node):
    r"""\min_w J(w) over all values of a declared letter: searched, so never certain."""

    kind: str
    variables: tuple
    body: Node

    @property
    def binds(self):
        return tuple(v.name for v in self.variables)

    def value(self, world):
        return least_value(world, self)

    def text(self):
        return f"{self.kind}_{{{listed(self.variables)}}} {self.body.at_least(BIG)}", BIG


@dataclass(frozen=True)
class ArgOptimum(Node):
    r"""\arg\min_w J(w): alone, right of an = sign."""

    kind: str
    variable: Node
    body: Node

    def text(self):
        return f"arg{self.kind}_{self.variable} {self.body.at_least(BIG)}", BIG

    @classmethod
    def read(cls, reader, word):
        kind = word[3:] if word != r"\arg" else reader.take(r"\min", r"\max").lstrip("\\")
        reader.take("_")
        return cls(kind, reader.variable(), reader.term()), ""


@dataclass(frozen=True)
class Integral(Node):
    r"""\int_a^b f(x) \, dx over a finite interval, in one variable."""

    variable: str
    low: Node
    high: Node
    body: Node

    @property
    def binds(self):
        return (self.variable,)

    def value(self, world):
        low, high = (ar.number(end.value(world), "an end") for end in (self.low, self.high))
        if any(type(x) is Dual for x in (low, high)):
            raise Undecided
        return _integral(lambda x: self.body.value(world.but({self.variable: x})), low, high)

    def text(self):
        body = self.body.at_least(BIG)
        return f"∫_{{{self.low}..{self.high}}} {body} d{spelled(self.variable)}", BIG

    @classmethod
    def read(cls, reader, word):
        ends = {}
        while reader.token in ("_", "^"):
            end = reader.take()
            ends[end] = reader.argument()
        if len(ends) < 2:
            reader.fail(r"an integral needs its two ends: \int_a^b f(x) \, dx")
        if any(type(part) is Infinity for part in [*ends["_"].parts(), *ends["^"].parts()]):
            reader.fail("an integral is read over a finite interval only")
        reader.open.append("d")
        body = reader.term()
        reader.open.pop()
        reader.one_of(("d", r"\mathrm d"), r"write \mathrm{d}x behind what is integrated")
        return cls(reader.real_letter(), ends["_"], ends["^"], body), ""


def _integral(function, low, high):
    """Gauss–Legendre with a bound on the error from twice as many nodes: not certain."""
    estimates = []
    for panels in (2, 4):
        width = nb.div(high - low, fmpq(panels))
        total = ZERO
        for k in range(panels):
            middle = low + width * fmpq(2 * k + 1, 2)
            for j in range(10):
                node, weight = arb.legendre_p_root(20, j, weight=True)
                for x in (middle + width * node / 2, middle - width * node / 2):
                    total = total + function(x) * weight * width / 2
        estimates.append(total)
    if any(type(x) is Dual for x in estimates):
        return estimates[1]
    error = abs(estimates[1] - estimates[0]).upper()
    if not error < arb(10) ** -12 * (1 + abs(estimates[1]).upper()):
        raise Undecided
    return nb.ball(estimates[1]) + arb(0, 1) * error


@dataclass(frozen=True)
class Limit(Node):
    r"""\lim_{t \to 0^+}, \lim_{t \to 0}, \lim_{t \to \infty}: settled to many digits."""

    name: str
    point: Node
    side: str  # "+", "-", or "" for both
    body: Node

    @property
    def binds(self):
        return (self.name,)

    def own_names(self):
        return (self.name,)

    def value(self, world):
        if ctx.prec < 512:
            raise Undecided
        point = ar.number(self.point.value(world), "a limit")
        if nb.is_infinite(nb.real(point)):
            return self._settled(world, point, 1 if point > 0 else -1)
        sides = [1, -1] if not self.side else [1 if self.side == "+" else -1]
        found = [self._settled(world, point, side) for side in sides]
        if len(found) > 1 and not (found[0] == found[1] or found[0].overlaps(found[1])):
            raise Undefined
        return found[0]

    def _settled(self, world, point, side):
        bits = ctx.prec // 4
        try:
            a, b = (self._near(world, point, side, n) for n in (bits // 4, bits // 2))
        except Undefined:
            raise Undecided from None  # the coarse points may be outside of the domain
        c = self._near(world, point, side, bits)
        if nb.is_infinite(c):
            return c
        first, last = abs(b - a), abs(c - b)
        if abs(c) > 2**20 and abs(c) > 16 * abs(b) and abs(b) > 16 * abs(a):
            return nb.INFINITY if c > 0 else nb.MINUS_INFINITY
        if not (last < first / 2 or last.upper() < (1 + abs(c)) * arb(2) ** -bits):
            raise Undecided
        return c + arb(0, 1) * last.upper() * 2

    def _near(self, world, point, side, bits):
        step = fmpq(1, 2**bits)
        infinite = nb.is_infinite(nb.real(point))
        near = fmpq(side * 2**bits) if infinite else point + side * step
        value = self.body.value(world.but({self.name: near}))
        return nb.ball(nb.real(ar.number(value, "the limit")))

    def text(self):
        side = {"+": "⁺", "-": "⁻", "": ""}[self.side]
        name = spelled(self.name)
        return f"lim_{{{name}→{self.point}{side}}} {self.body.at_least(BIG)}", BIG

    @classmethod
    def read(cls, reader, word):
        reader.take("_")
        reader.take("{")
        name = reader.real_letter()
        way = reader.take(r"\to", r"\searrow", r"\nearrow")
        side = {r"\to": "", r"\searrow": "+", r"\nearrow": "-"}[way]
        minus = reader.maybe("-")
        reader.maybe("+")
        point, _ = reader.atom()
        if minus:
            point = Neg(point)
        if reader.maybe("^"):
            side = reader.in_braces(lambda: reader.take("+", "-"))
        elif reader.token in ("+", "-") and reader.ahead() == "}":
            side = reader.take()
        reader.take("}")
        side = side or _only_side(reader, name, point)
        return cls(name, point, side, reader.term()), ""


def letters_below(reader):
    r"""The letters of \min_{w, b}, or nothing where an index is meant."""
    here, braces, found = reader.mark(), reader.maybe("{"), []
    while reader.declared() and reader.kind_here() == "variable":
        found.append(Name(reader.name()))
        if not (braces and reader.maybe(",")):
            break
    if not found:
        reader.reset(here)
        return ()
    if reader.token == r"\in":
        reader.fail(f"declare where {found[-1]} lives with Let, and write the letter alone here")
    if braces:
        reader.take("}")
    return tuple(found)


def _only_side(reader, name, point):
    """The side from which a declared letter can reach this end of where it lives, or both."""
    variable = reader.setting.variables[name]
    if variable.space in ("positive", "nonnegative") and point == Num(ZERO):
        return "+"
    if variable.space == "interval" and point in variable.detail[:2]:
        return "+" if point == variable.detail[0] else "-"
    return ""
