"""Numbers and letters; sums, products and powers of two things."""

from dataclasses import dataclass

from flint import fmpq

from lossbook.derive.constructs.tree import (
    ATOM,
    BIG,
    POWER,
    PRODUCT,
    QUOTIENT,
    SIGNED,
    SUM,
    Node,
    listed,
    spelled,
)
from lossbook.derive.evaluate import arrays as ar
from lossbook.derive.evaluate import numbers as nb
from lossbook.derive.evaluate.arrays import SizeMismatch
from lossbook.derive.evaluate.numbers import ONE


@dataclass(frozen=True)
class Num(Node):
    number: fmpq

    def value(self, world):
        return self.number

    def place(self, world):
        return nb.whole(self.number)

    def text(self):
        return str(self.number), ATOM if self.number.q == 1 else QUOTIENT


@dataclass(frozen=True)
class Name(Node):
    name: str

    def value(self, world):
        return world.lookup(self.name)

    def place(self, world):
        at = world.indices.get(self.name)
        return nb.whole(ar.number(self.value(world), "an index")) if at is None else at

    def text(self):
        return spelled(self.name), ATOM

    def own_names(self):
        return (self.name,)


@dataclass(frozen=True)
class Index(Node):
    """x_i, X_{ij}, (A B)_{ij}."""

    base: Node
    places: tuple

    def value(self, world):
        places = tuple([place.place(world) for place in self.places])
        if type(self.base) is Name:
            return world.entry(self.base.name, places)
        return ar.picked(self.base.value(world), places, str(self.base))

    def text(self):
        return f"{self.base.at_least(ATOM)}[{listed(self.places)}]", ATOM


@dataclass(frozen=True)
class Call(Node):
    """A defined function at arguments; s_k(z) has an index, too."""

    name: str
    places: tuple
    arguments: tuple

    def value(self, world):
        definition = world.setting.definitions.get(f"{self.name}/{len(self.arguments)}")
        if definition is None:
            count = len(self.arguments)
            raise SizeMismatch(f"{spelled(self.name)} is not defined for {count} argument(s)")
        given = [argument.value(world) for argument in self.arguments]
        inner = world.but(dict(zip(definition.parameters, given, strict=True)))
        places = tuple([place.place(world) for place in self.places])
        return inner.called(definition, places)

    def text(self):
        index = f"[{listed(self.places)}]" if self.places else ""
        return f"{spelled(self.name)}{index}({listed(self.arguments, ', ')})", ATOM

    def own_names(self):
        return (f"{self.name}/{len(self.arguments)}",)


@dataclass(frozen=True)
class Blank(Node):
    """A place for the reader: ? is open, ?{…} is filled."""

    body: Node | None

    def value(self, world):
        return self.body.value(world)

    def text(self):
        return (f"?[{self.body}]" if self.body else "□"), ATOM

    @classmethod
    def read(cls, reader, word):
        if not reader.maybe("{"):
            return cls(None), ""
        body = reader.formula()
        reader.take("}")
        return cls(body), ""


def read_labelled(reader, word):
    r"""\underbrace{a}_{…}: the label is prose."""
    body = reader.argument()
    if reader.maybe("_", "^"):
        _skip_group(reader)
    return body, ""


@dataclass(frozen=True)
class Neg(Node):
    body: Node

    def value(self, world):
        return ar.negative(self.body.value(world))

    def text(self):
        return f"-{self.body.at_least(BIG)}", SIGNED


@dataclass(frozen=True)
class Add(Node):
    left: Node
    right: Node

    def value(self, world):
        return ar.plus(self.left.value(world), self.right.value(world))

    def text(self):
        return f"{self.left.at_least(SUM)} + {self.right.at_least(BIG)}", SUM


@dataclass(frozen=True)
class Sub(Node):
    left: Node
    right: Node

    def value(self, world):
        return ar.minus(self.left.value(world), self.right.value(world))

    def text(self):
        return f"{self.left.at_least(SUM)} - {self.right.at_least(BIG)}", SUM


@dataclass(frozen=True)
class Mul(Node):
    left: Node
    right: Node
    sign = " "

    def value(self, world):
        return ar.times(self.left.value(world), self.right.value(world))

    def text(self):
        # A quotient has brackets in a product, unless it is a number in front: 1/2 x, (a/b) x.
        last = self.right.reaches_right
        left, right = self.left, self.right.at_least(BIG if last else POWER)
        numeric = type(left) is not Div or type(left.above) is type(left.below) is Num
        front = left.at_least(PRODUCT if numeric else ATOM)
        return front + self.sign + right, BIG if last else PRODUCT


@dataclass(frozen=True)
class Dot(Mul):
    sign = "·"

    def value(self, world):
        return ar.dot(self.left.value(world), self.right.value(world))


@dataclass(frozen=True)
class Entrywise(Mul):
    sign = "⊙"

    def value(self, world):
        return ar.entrywise(nb.mul, self.left.value(world), self.right.value(world), "⊙")


@dataclass(frozen=True)
class Div(Node):
    above: Node
    below: Node

    def value(self, world):
        return ar.over(self.above.value(world), self.below.value(world))

    def text(self):
        return f"{self.above.at_least(POWER)}/{self.below.at_least(ATOM)}", QUOTIENT


@dataclass(frozen=True)
class Pow(Node):
    base: Node
    exponent: Node

    def value(self, world):
        base, exponent = self.base, self.exponent
        if base == EULER and "e" not in world.setting.scope:
            return nb.exp(ar.number(exponent.value(world), "a power of e"))
        if exponent == TWO and base.squared is not None:
            return base.squared(world)
        return ar.powered(base.value(world), exponent.value(world))

    def text(self):
        shown = self.exponent.at_least(ATOM)
        raised = {"2": "²", "3": "³", "(-1)": "⁻¹"}.get(shown) or "^" + shown
        return self.base.at_least(ATOM) + raised, POWER

    @classmethod
    def read(cls, reader, word):
        """A square root."""
        root = TWO
        if reader.maybe("["):
            root = reader.formula()
            reader.take("]")
        exponent = Num(1 / root.number) if type(root) is Num else Div(Num(ONE), root)
        return cls(reader.argument(), exponent), ""


@dataclass(frozen=True)
class Transpose(Node):
    body: Node

    def value(self, world):
        return ar.transposed(self.body.value(world))

    def text(self):
        return self.body.at_least(ATOM) + "ᵀ", ATOM


TIMES = {r"\cdot": Dot, r"\times": Mul, r"\odot": Entrywise, "*": Mul, r"\circ": Entrywise}


@dataclass(frozen=True)
class Infinity(Node):
    def value(self, world):
        return nb.INFINITY

    def text(self):
        return "∞", ATOM

    @classmethod
    def read(cls, reader, word):
        return cls(), ""


EULER, TWO = Name("e"), Num(fmpq(2))


def indexed(name, places):
    return Index(Name(name), places) if places else Name(name)


def read_constant(reader, word):
    return Name(word), ""


def _skip_group(reader):
    """A group of which nothing is read: the label of an \\underbrace."""
    depth = 0
    while reader.token:
        text = reader.take()
        depth += (text in ("{", r"\{")) - (text in ("}", r"\}"))
        if depth <= 0:
            return


def free_indices(tree, scope, bound=frozenset()):
    """Declared indices that nothing in the tree binds."""
    if type(tree) is Name:
        is_free = scope.get(tree.name) == "index" and tree.name not in bound
        return {tree.name} if is_free else set()
    inner = bound | set(tree.binds)
    return set().union(*[free_indices(child, scope, inner) for child in tree.children()])
