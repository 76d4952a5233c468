"""Norms, logarithms, and functions of one or several arguments."""

from dataclasses import dataclass

from flint import fmpq

from lossbook.derive.constructs.arithmetic import Num, Pow
from lossbook.derive.constructs.tree import ATOM, Node, listed
from lossbook.derive.evaluate import arrays as ar
from lossbook.derive.evaluate import numbers as nb
from lossbook.derive.evaluate.arrays import Array, SizeMismatch, Unit
from lossbook.derive.evaluate.numbers import ONE, ZERO, Dual, Undefined


@dataclass(frozen=True)
class Norm(Node):
    body: Node
    order: object

    def inside(self, world):
        value = self.body.value(world)
        if type(value) is Unit or (type(value) is Array and len(value.dims) == 3):
            raise SizeMismatch(f"the norm of a {ar.sized(value)}")
        return value

    def value(self, world):
        entries = ar.entries(self.inside(world))
        if self.order == 1:
            return sum(map(nb.absolute, entries), ZERO)
        if self.order == "∞":
            return nb.extreme([nb.absolute(x) for x in entries], 1)
        return nb.sqrt(sum((nb.mul(x, x) for x in entries), ZERO))

    @property
    def squared(self):
        """‖a‖² is exact where a is, though ‖a‖ is not."""
        if self.order != 2:
            return None
        return lambda world: ar.square_of_norm(self.inside(world))

    def text(self):
        return f"‖{self.body}‖" + ("" if self.order == 2 else f"_{self.order}"), ATOM

    @classmethod
    def read(cls, reader, word):
        body = reader.enclosed(r"\|")
        return cls(body, cls.read_order(reader)), ""

    @staticmethod
    def read_order(reader):
        orders = {"1": 1, "2": 2, r"\infty": "∞", "F": 2}
        if not reader.maybe("_"):
            return 2
        why = r"the norms that are read are 1, 2, F and \infty"
        return orders[reader.in_braces(lambda: reader.one_of(orders, why))]


@dataclass(frozen=True)
class Abs(Node):
    body: Node

    def value(self, world):
        value = self.body.value(world)
        if not ar.is_number(value):
            raise SizeMismatch(
                f"the absolute value of a {ar.sized(value)}: write \\lVert … \\rVert, or \\det"
            )
        return nb.absolute(value)

    def text(self):
        return f"|{self.body}|", ATOM

    @classmethod
    def read(cls, reader, word):
        """|a|; two bars side by side may also be a norm, ||a||."""
        if reader.token == "|" and reader.touching():
            here = reader.mark()
            try:
                reader.take()
                body = reader.enclosed("||")
                reader.reset(here)
                reader.take()
                reader.enclosed("||")
                return Norm(body, 2), ""
            except reader.Refused:
                reader.reset(here)
        return cls(reader.enclosed("|")), ""


@dataclass(frozen=True)
class Log(Node):
    body: Node
    base: Node | None

    def value(self, world):
        body = ar.number(self.body.value(world), "log")
        if self.base is None:
            return nb.log(body)
        return nb.log_to_base(body, ar.number(self.base.value(world), "log"))

    def text(self):
        base = "" if self.base is None else "_" + self.base.at_least(ATOM)
        return f"log{base}({self.body})", ATOM

    @classmethod
    def read(cls, reader, word):
        base = reader.argument() if reader.maybe("_") else None
        body, bare = reader.applied(word)
        return cls(body, base), bare


def _of_entries(side):
    def extreme(*values):
        flat = []
        for value in values:
            flat += ar.entries(value if ar.is_number(value) else ar.column(value, "max"))
        return nb.extreme(flat, side)

    return extreme


def _trace(value):
    if type(value) is Unit:
        raise SizeMismatch("the trace of an identity matrix without a size")
    size = ar.square(value, "tr").shape[0]
    return sum((value.flat[k * size + k] for k in range(size)), ZERO)


def _diag(value):
    if type(value) is Array and value.shape[1] > 1:
        size = ar.square(value, "diag").shape[0]
        flat = [value.flat[k * size + k] for k in range(size)]
        return Array((value.dims[0], 1), (size, 1), flat)
    size = ar.column(value, "diag").shape[0]
    flat = [value.flat[i] if i == j else ZERO for i in range(size) for j in range(size)]
    return Array(value.dims[:1] * 2, (size, size), flat)


def _median(value):
    ranked = []
    for x in ar.column(value, "median").flat:
        place = 0
        while place < len(ranked) and nb.sign(ranked[place] - x) < 0:
            place += 1
        ranked.insert(place, x)
    half = len(ranked) // 2
    return nb.div(ranked[half] + ranked[-1 - half], fmpq(2))


def _binomial(above, below):
    k, found = nb.whole(ar.number(below, "binom")), ONE
    above = ar.number(above, "binom")
    for j in range(k):
        found = nb.mul(found, nb.div(above - j, fmpq(j + 1)))
    return found if k >= 0 else ZERO


def _by_numbers(function, word):
    return lambda value: function(ar.number(value, word))


_FUNCTIONS = {
    "exp": _by_numbers(nb.exp, "exp"),
    "sign": _by_numbers(lambda x: fmpq(nb.sign(nb.real(x))), "sign"),
    "max": _of_entries(1),
    "min": _of_entries(-1),
    "tr": _trace,
    "det": ar.determinant,
    "diag": _diag,
    "rank": ar.rank,
    "median": _median,
    "binom": _binomial,
    "factorial": _by_numbers(nb.factorial, "factorial"),
}
ELEMENTARY = ("tanh", "sin", "cos", "tan", "sinh", "cosh", "arctan")
_FUNCTIONS |= {w: _by_numbers(lambda x, w=w: nb.elementary(w, x), w) for w in ELEMENTARY}


@dataclass(frozen=True)
class Function(Node):
    word: str
    arguments: tuple

    def value(self, world):
        if self.word not in ("max", "min", "binom") and len(self.arguments) != 1:
            raise SizeMismatch(f"{self.word} takes one argument")
        values = [argument.value(world) for argument in self.arguments]
        if self.word == "sign" and type(values[0]) is Dual and nb.sign(values[0].value) == 0:
            raise Undefined
        return _FUNCTIONS[self.word](*values)

    def text(self):
        if self.word == "factorial":
            return self.arguments[0].at_least(ATOM) + "!", ATOM
        return f"{self.word}({listed(self.arguments, ', ')})", ATOM

    @classmethod
    def read(cls, reader, word):
        word = word.lstrip("\\")
        if word == "binom":
            return cls(word, (reader.argument(), reader.argument())), ""
        if word in ("diag", "median") or reader.token in ("(", "["):
            return cls(word, reader.arguments()), ""
        if word in ELEMENTARY and reader.token == "^" and reader.ahead() == "2":
            reader.take("^")
            reader.take("2")
            return Pow(cls(word, (reader.brackets(),)), Num(ONE + ONE)), ""
        body, bare = reader.applied(word)
        return cls(word, (body,)), bare


def positive_part(body):
    """[s]_+"""
    return Function("max", (Num(ZERO), body))
