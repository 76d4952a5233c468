"""Statements, and what is made of them: indicators, cases, and Kronecker's δ."""

from dataclasses import dataclass

from lossbook.derive.constructs.arithmetic import Num
from lossbook.derive.constructs.matrices import Ones
from lossbook.derive.constructs.tree import ATOM, SUM, Node, listed
from lossbook.derive.evaluate import arrays as ar
from lossbook.derive.evaluate import numbers as nb
from lossbook.derive.evaluate.numbers import ONE, ZERO, Undefined

_NOTHING = Num(ZERO)

SIGNS = {r"\le": "≤", r"\ge": "≥", r"\ne": "≠", r"\iff": "⇔", r"\implies": "⇒"}
HOLDS = {
    "=": lambda side: side == 0,
    r"\ne": lambda side: side != 0,
    "<": lambda side: side < 0,
    ">": lambda side: side > 0,
    r"\le": lambda side: side <= 0,
    r"\ge": lambda side: side >= 0,
}


@dataclass(frozen=True)
class Relation(Node):
    """sides joined by signs: a ≤ b = c. The first side is None where the line above gives it."""

    sides: tuple
    signs: tuple

    def pairs(self):
        return list(zip(self.sides, self.signs, self.sides[1:], strict=False))

    def text(self):
        shown = "" if self.sides[0] is None else str(self.sides[0])
        for sign, side in zip(self.signs, self.sides[1:], strict=True):
            shown += f" {SIGNS.get(sign, sign)} {side}"
        return shown.strip(), SUM

    def truth(self, world):
        for left, sign, right in self.pairs():
            a, b = (ar.number(side.value(world), "a comparison") for side in (left, right))
            if not HOLDS[sign](nb.order(a, b)):
                return False
        return True


@dataclass(frozen=True)
class Claim(Node):
    """Relations that are all said to hold."""

    relations: tuple

    def pairs(self):
        """(left, sign, right) for every single comparison."""
        return [pair for relation in self.relations for pair in relation.pairs()]

    def text(self):
        return listed(self.relations, " and "), SUM

    def truth(self, world):
        return all(relation.truth(world) for relation in self.relations)


def entry_pairs(left, right, world):
    """Pairs of entries of both sides; a bare 0 is also the zero vector."""
    a, b = left.value(world), right.value(world)
    if left == _NOTHING:
        a = _zeros(b)
    elif right == _NOTHING:
        b = _zeros(a)
    if (type(a) is ar.Array and len(a.dims) == 3) or (type(b) is ar.Array and len(b.dims) == 3):
        raise ar.SizeMismatch("a whole family cannot be compared: give it an index")
    if type(a) is ar.Unit or type(b) is ar.Unit:
        a, b = ar.like(a, b, "compared with")
    if (type(a) is ar.Array) != (type(b) is ar.Array) or (type(a) is ar.Array and a.dims != b.dims):
        raise ar.SizeMismatch(f"left is a {ar.sized(a)}, right is a {ar.sized(b)}")
    if type(a) is ar.Unit:
        a, b = a.scale, b.scale
    return list(zip(ar.entries(a), ar.entries(b), strict=True))


def _zeros(value):
    return ZERO if ar.is_number(value) else ar.scaled(ZERO, value)


@dataclass(frozen=True)
class Indicator(Node):
    r"""\mathbb{1}[a < b]: 1 where the statement holds, 0 elsewhere."""

    claim: Node

    def value(self, world):
        return ONE if self.claim.truth(world) else ZERO

    def text(self):
        return f"[{self.claim}]", ATOM

    @classmethod
    def read(cls, reader, word):
        if reader.token not in ("[", "(", r"\{", "_"):
            return Ones.read(reader, word)
        if reader.token == "_":
            if reader.ahead().isdigit() or reader.scope.get(reader.ahead()) == "size":
                return Ones.read(reader, word)
            reader.take()
            reader.take("{")
            inner = reader.maybe("[", "(", r"\{")
            claim = reader.statement()
            if inner:
                reader.take({"[": "]", "(": ")", r"\{": r"\}"}[inner])
            reader.take("}")
            return cls(claim), ""
        return cls(reader.claim_in_brackets()), ""


@dataclass(frozen=True)
class Delta(Node):
    """Kronecker's δ."""

    left: Node
    right: Node

    def value(self, world):
        return ONE if self.left.place(world) == self.right.place(world) else ZERO

    def text(self):
        return f"δ[{self.left},{self.right}]", ATOM

    @classmethod
    def read(cls, reader, word):
        start = reader.at - 1
        indices = reader.subscripts() if reader.maybe("_") else ()
        if len(indices) != 2:
            reader.fail(r"Kronecker's δ takes two indices: \delta_{ij}", start)
        return cls(*indices), ""


@dataclass(frozen=True)
class Cases(Node):
    r"""\begin{cases} a & \text{if } x > 0 \\ b & \text{otherwise} \end{cases}."""

    pieces: tuple  # (value, claim), and None for “otherwise”

    def value(self, world):
        for tree, claim in self.pieces:
            if claim is None or claim.truth(world):
                return tree.value(world)
        raise Undefined

    def text(self):
        shown = [f"{tree}" + (f" if {c}" if c else " otherwise") for tree, c in self.pieces]
        return "{" + "; ".join(shown) + "}", ATOM

    @classmethod
    def read(cls, reader, word):
        pieces = []
        while not pieces or reader.maybe(r"\\"):
            if reader.token == r"\end{cases}":
                break
            value = reader.formula()
            reader.maybe(",")
            reader.maybe("&")
            if reader.maybe("otherwise"):
                pieces.append((value, None))
                reader.maybe(r"\\", ".")
                break
            reader.maybe("if")
            pieces.append((value, reader.statement()))
        reader.take(r"\end{cases}")
        return cls(tuple(pieces)), ""
