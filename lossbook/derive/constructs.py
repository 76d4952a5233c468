r"""One class for each construct: how it is read, what it binds, its value, its text.

A tree is made of small frozen dataclasses. A construct that begins with a word of its own has a
class method `read(reader, word)` and a line in `STARTERS` at the end; to add one, add a class and
that line. `value(world)` computes it on one instance, `text()` writes it back as the machine has
read it: (text, how tightly it holds together).
"""

from dataclasses import dataclass
from unicodedata import normalize

from flint import arb, ctx, fmpq

from lossbook.derive.evaluate import arrays as ar
from lossbook.derive.evaluate import numbers as nb
from lossbook.derive.evaluate.arrays import Array, SizeMismatch, Unit
from lossbook.derive.evaluate.numbers import ONE, ZERO, Dual, Undecided, Undefined
from lossbook.derive.evaluate.search import least_value
from lossbook.derive.syntax.spelling import GREEK

SIGNS = {r"\le": "≤", r"\ge": "≥", r"\ne": "≠", r"\iff": "⇔", r"\implies": "⇒"}
HOLDS = {
    "=": lambda side: side == 0,
    r"\ne": lambda side: side != 0,
    "<": lambda side: side < 0,
    ">": lambda side: side > 0,
    r"\le": lambda side: side <= 0,
    r"\ge": lambda side: side >= 0,
}
LONGEST_SUM = 1000

# How tightly an expression holds together; what is looser than its place needs brackets.
_SUM, _SIGNED, _BIG, _PRODUCT, _QUOTIENT, _POWER, _ATOM = range(7)


class TooLarge(ValueError):
    """A formula that would take too long."""


class Effort:
    """How much may still be computed for one line: terms of sums, and slopes."""

    left = 0

    @classmethod
    def spend(cls, many=1):
        cls.left -= many
        if cls.left < 0:
            raise TooLarge("this line takes too long to compute")


class Node:
    """A tree. Its children are the nodes among its fields, also those inside of tuples."""

    binds = ()  # the names that have a meaning of their own inside

    def children(self):
        for name in self.__dataclass_fields__:
            yield from _nodes(getattr(self, name))

    def parts(self):
        """The tree itself and every tree below it."""
        yield self
        for child in self.children():
            yield from child.parts()

    def rebuilt(self, change):
        """The same construct with every child changed."""
        given = [_changed(getattr(self, name), change) for name in self.__dataclass_fields__]
        return type(self)(*given)

    def names(self):
        """The names of letters and families that occur; a function as name/arity."""
        return set().union(*[part.own_names() for part in self.parts()])

    def own_names(self):
        return ()

    def place(self, world):
        """The whole number that this is: an index, or the bound of a sum."""
        return nb.whole(ar.number(self.value(world), "an index"))

    def at_least(self, level):
        shown, own = self.text()
        return shown if own >= level else f"({shown})"

    def __str__(self):
        return self.text()[0]


def _nodes(field):
    if isinstance(field, Node):
        yield field
    elif type(field) is tuple:
        for one in field:
            yield from _nodes(one)


def _changed(field, change):
    if isinstance(field, Node):
        return change(field)
    return tuple(_changed(one, change) for one in field) if type(field) is tuple else field


def free_indices(tree, scope, bound=frozenset()):
    """Declared indices that nothing in the tree binds."""
    if type(tree) is Name:
        is_free = scope.get(tree.name) == "index" and tree.name not in bound
        return {tree.name} if is_free else set()
    inner = bound | set(tree.binds)
    return set().union(*[free_indices(child, scope, inner) for child in tree.children()])


def replaced(tree, old, new):
    """The tree with every part that equals `old` replaced."""
    return replaced_if(tree, lambda part: part == old, new)


def replaced_if(tree, wanted, new):
    return new if wanted(tree) else tree.rebuilt(lambda child: replaced_if(child, wanted, new))


def spelled(name):
    r"""\hat y → ŷ, \alpha → α, w^\star → w*."""
    accents = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307"}
    accents |= {"widehat": "\u0302", "overline": "\u0304", "widetilde": "\u0303", "vec": "\u20d7"}
    shown, accent = "", ""
    for piece in name.replace("\\", " \\").replace("_", " _ ").replace("^", " ^ ").split():
        word = piece.lstrip("\\")
        if piece.startswith("\\") and word in accents:
            accent = accents[word]
        elif word in ("mathbf", "mathcal", "mathbb", "mathscr", "mathfrak", "mathds", "^"):
            continue
        else:
            word = GREEK.get(word) or {"star": "*", "circ": "°", "prime": "′"}.get(word, word)
            shown, accent = shown + word + accent, ""
    return normalize("NFC", shown)


def _list(trees, between=","):
    return between.join(map(str, trees))


# -------------------------------------------------------------------- numbers and letters


@dataclass(frozen=True)
class Num(Node):
    number: fmpq

    def value(self, world):
        return self.number

    def place(self, world):
        return nb.whole(self.number)

    def text(self):
        return str(self.number), _ATOM if self.number.q == 1 else _QUOTIENT


@dataclass(frozen=True)
class Name(Node):
    name: str

    def value(self, world):
        return world.lookup(self.name)

    def place(self, world):
        at = world.indices.get(self.name)
        return nb.whole(ar.number(self.value(world), "an index")) if at is None else at

    def text(self):
        return spelled(self.name), _ATOM

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
        return f"{self.base.at_least(_ATOM)}[{_list(self.places)}]", _ATOM


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
        index = f"[{_list(self.places)}]" if self.places else ""
        return f"{spelled(self.name)}{index}({_list(self.arguments, ', ')})", _ATOM

    def own_names(self):
        return (f"{self.name}/{len(self.arguments)}",)


@dataclass(frozen=True)
class Blank(Node):
    """A place for the reader: ? is open, ?{…} is filled."""

    body: Node | None

    def value(self, world):
        return self.body.value(world)

    def text(self):
        return (f"?[{self.body}]" if self.body else "□"), _ATOM

    @classmethod
    def read(cls, reader, word):
        if not reader.maybe("{"):
            return cls(None), ""
        body = reader.formula()
        reader.take("}")
        return cls(body), ""


# -------------------------------------------------------------------- sums, products, powers


@dataclass(frozen=True)
class Neg(Node):
    body: Node

    def value(self, world):
        return ar.negative(self.body.value(world))

    def text(self):
        return f"-{self.body.at_least(_BIG)}", _SIGNED


@dataclass(frozen=True)
class Add(Node):
    left: Node
    right: Node

    def value(self, world):
        return ar.plus(self.left.value(world), self.right.value(world))

    def text(self):
        return f"{self.left.at_least(_SUM)} + {self.right.at_least(_BIG)}", _SUM


@dataclass(frozen=True)
class Sub(Node):
    left: Node
    right: Node

    def value(self, world):
        return ar.minus(self.left.value(world), self.right.value(world))

    def text(self):
        return f"{self.left.at_least(_SUM)} - {self.right.at_least(_BIG)}", _SUM


@dataclass(frozen=True)
class Mul(Node):
    left: Node
    right: Node
    sign = " "

    def value(self, world):
        return ar.times(self.left.value(world), self.right.value(world))

    def text(self):
        # A sum may be last in a product without brackets: a Σ_{i} b[i]. A quotient may not,
        # unless it is a number in front: 1/2 x, but (a/b) x.
        last = type(self.right) is Big
        left, right = self.left, self.right.at_least(_BIG if last else _POWER)
        numeric = type(left) is not Div or type(left.above) is type(left.below) is Num
        front = left.at_least(_PRODUCT if numeric else _ATOM)
        return front + self.sign + right, _BIG if last else _PRODUCT


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
        return f"{self.above.at_least(_POWER)}/{self.below.at_least(_ATOM)}", _QUOTIENT

    @classmethod
    def read(cls, reader, word):
        r"""\frac{a}{b}, or a derivative: \frac{\partial f}{\partial x}."""
        sign = reader.ahead() if reader.token == "{" else ""
        if sign in (r"\partial", r"\mathrm d") or (sign == "d" and "d" not in reader.scope):
            return Partial.read_fraction(reader, sign)
        start = reader.at
        above = reader.argument()
        if sign == "d" and reader.token == "{" and reader.ahead() == "d":
            reader.fail(r"d is a declared letter here: write \partial for a derivative", start)
        return cls(above, reader.argument()), ""


@dataclass(frozen=True)
class Pow(Node):
    base: Node
    exponent: Node

    def value(self, world):
        base, exponent = self.base, self.exponent
        if base == EULER and "e" not in world.setting.scope:
            return nb.exp(ar.number(exponent.value(world), "a power of e"))
        if type(base) is Norm and base.order == 2 and exponent == TWO:
            return ar.square_of_norm(base.inside(world))
        return ar.powered(base.value(world), exponent.value(world))

    def text(self):
        shown = self.exponent.at_least(_ATOM)
        raised = {"2": "²", "3": "³", "(-1)": "⁻¹"}.get(shown) or "^" + shown
        return self.base.at_least(_ATOM) + raised, _POWER

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
        return self.body.at_least(_ATOM) + "ᵀ", _ATOM


EULER, TWO = Name("e"), Num(fmpq(2))


# -------------------------------------------------------------------- functions


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

    def text(self):
        return f"‖{self.body}‖" + ("" if self.order == 2 else f"_{self.order}"), _ATOM

    @classmethod
    def read(cls, reader, word):
        body = reader.enclosed(r"\|")
        return cls(body, cls.read_order(reader)), ""

    @staticmethod
    def read_order(reader):
        if not reader.maybe("_"):
            return 2
        braces = reader.maybe("{")
        order = {"1": 1, "2": 2, r"\infty": "∞", "F": 2}.get(reader.token)
        if order is None:
            reader.fail(r"the norms that are read are 1, 2, F and \infty")
        reader.take()
        if braces:
            reader.take("}")
        return order


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
        return f"|{self.body}|", _ATOM

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
        base = "" if self.base is None else "_" + self.base.at_least(_ATOM)
        return f"log{base}({self.body})", _ATOM

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
_ELEMENTARY = ("tanh", "sin", "cos", "tan", "sinh", "cosh", "arctan")
_FUNCTIONS |= {w: _by_numbers(lambda x, w=w: nb.elementary(w, x), w) for w in _ELEMENTARY}


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
            return self.arguments[0].at_least(_ATOM) + "!", _ATOM
        return f"{self.word}({_list(self.arguments, ', ')})", _ATOM

    @classmethod
    def read(cls, reader, word):
        word = word.lstrip("\\")
        if word == "binom":
            return cls(word, (reader.argument(), reader.argument())), ""
        if word in ("diag", "median") or reader.token in ("(", "["):
            return cls(word, reader.arguments()), ""
        if word in _ELEMENTARY and reader.token == "^" and reader.ahead() == "2":
            reader.take("^")
            reader.take("2")
            return Pow(cls(word, (reader.brackets(),)), Num(ONE + ONE)), ""
        body, bare = reader.applied(word)
        return cls(word, (body,)), bare


def positive_part(body):
    """[s]_+"""
    return Function("max", (Num(ZERO), body))


# -------------------------------------------------------------------- sums and their kin


@dataclass(frozen=True)
class Big(Node):
    r"""\sum_i, \sum_{i=1}^n, \sum_{j \ne i}, \sum_{i<j}, \sum_{i : …}; \prod, \max, \min."""

    kind: str  # sum, prod, max, min
    binders: tuple  # (index, low, high); no low where the declared range is meant
    condition: Node | None
    body: Node

    @property
    def binds(self):
        return tuple(binder[0] for binder in self.binders)

    def value(self, world):
        terms = list(self._terms(world, self.binders))
        if self.kind in ("max", "min"):
            if not terms:
                raise Undefined
            numbers = [ar.number(term, self.kind) for term in terms]
            return nb.extreme(numbers, 1 if self.kind == "max" else -1)
        if not terms:
            return ZERO if self.kind == "sum" else ONE
        total, combine = terms[0], ar.plus if self.kind == "sum" else ar.times
        for term in terms[1:]:
            total = combine(total, term)
        return total

    def _terms(self, world, binders):
        if not binders:
            if self.condition is None or self.condition.truth(world):
                yield self.body.value(world)
            return
        (index, low, high), rest = binders[0], binders[1:]
        first = 1 if low is None else low.place(world)
        last = world.length_of(index) if low is None else high.place(world)
        if last - first >= LONGEST_SUM:
            raise TooLarge(f"the sum over {index} has more than {LONGEST_SUM} terms")
        there = world.at(dict(world.indices))  # one world for all terms: each is computed at once
        for k in range(first, last + 1):
            there.indices[index] = k
            Effort.spend()
            yield from self._terms(there, rest)

    def text(self):
        sign = {"sum": "Σ", "prod": "Π"}.get(self.kind, self.kind)
        shown = [
            spelled(index) + (f"={low}..{high}" if low else "") for index, low, high in self.binders
        ]
        shown = ",".join(shown)
        if self.condition is not None:
            said = str(self.condition)
            if said.startswith(shown + " ") and len(self.condition.relations) == 1:
                shown = said.replace(" ", "")
            else:
                shown += f": {said}"
        return f"{sign}_{{{shown}}} {self.body.at_least(_BIG)}", _BIG

    @classmethod
    def read(cls, reader, word):
        kind, start = word.lstrip("\\"), reader.at - 1
        if kind in ("max", "min") and reader.token in ("(", "[", r"\{"):
            return Function(kind, reader.arguments()), ""
        high = None
        if reader.token == "^":
            reader.take()
            high = reader.argument()
        if not reader.maybe("_"):
            reader.fail(f"write the index below: \\{kind}_i")
        if kind in ("max", "min") and (found := reader.variables_of_optimum()):
            return Optimum(kind, found, reader.under((), ())), ""
        binders, condition = reader.binders(kind, high)
        return cls(kind, *reader.body_of_sum(kind, binders, condition, start)), ""


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
        return f"{self.kind}_{{{_list(self.variables)}}} {self.body.at_least(_BIG)}", _BIG


@dataclass(frozen=True)
class ArgOptimum(Node):
    r"""\arg\min_w J(w): alone, right of an = sign."""

    kind: str
    variable: Node
    body: Node

    def text(self):
        return f"arg{self.kind}_{self.variable} {self.body.at_least(_BIG)}", _BIG

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
        body = self.body.at_least(_BIG)
        return f"∫_{{{self.low}..{self.high}}} {body} d{spelled(self.variable)}", _BIG

    @classmethod
    def read(cls, reader, word):
        ends = {}
        while reader.token in ("_", "^"):
            end = reader.take()
            ends[end] = reader.argument()
        if len(ends) < 2:
            reader.fail(r"an integral needs its two ends: \int_a^b f(x) \, dx")
        if Infinity() in [*ends["_"].parts(), *ends["^"].parts()]:
            reader.fail("an integral is read over a finite interval only")
        return cls(*reader.integrand(ends["_"], ends["^"])), ""


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


# -------------------------------------------------------------------- derivatives


@dataclass(frozen=True)
class Partial(Node):
    """∂ⁿ body / ∂v₁…∂vₙ; a letter that is defined may take the place of v: the chain rule."""

    body: Node
    variables: tuple

    def value(self, world):
        variable, rest = self.variables[0], self.variables[1:]
        inner = Partial(self.body, rest) if rest else self.body
        turned = type(variable) is Transpose
        if turned:
            variable = variable.body
        world.contains(self.body, variable)
        found = _gradient(inner.value, world, *_place(variable, world))
        if turned and not rest and not (type(found) is Array and found.shape[1] > 1):
            found = ar.transposed(found)
        return found

    def text(self):
        order = {1: "", 2: "²"}[len(self.variables)]
        below = "".join(f"∂{v}" for v in self.variables)
        return f"∂{order}[{self.body}]/{below}", _ATOM

    @classmethod
    def read_fraction(cls, reader, sign):
        start = reader.at
        reader.take("{")
        reader.take(sign)
        order = reader.order()
        body = None if reader.token == "}" else reader.bare(reader.term)
        reader.take("}")
        reader.take("{")
        variables = []
        while reader.maybe(sign):
            variable = reader.variable()
            variables += [variable] * reader.order()
            if reader.maybe("^"):
                reader.transpose_sign()
                variables[-1] = Transpose(variables[-1])
        reader.take("}")
        if len(variables) != order:
            reader.fail(f"the order above is {order}, below it is {len(variables)}", start)
        bare = ""
        if body is None:
            body, bare = reader.bare(lambda: reader.applied("∂"))
        if order == 2 and type(variables[1]) is Transpose:
            variables[1] = variables[1].body
        return cls(body, tuple(variables)), bare

    @classmethod
    def read(cls, reader, word):
        r"""\partial_w f and \partial f / \partial w, written in one line."""
        if reader.maybe("_"):
            variable = reader.variable()
            body, bare = reader.bare(lambda: reader.applied("∂"))
            return cls(body, (variable,)), "" if type(body) is Call else bare
        start = reader.at
        body, _ = reader.bare(reader.factor)
        if reader.token != "/" or reader.ahead() != r"\partial":
            reader.fail(r"write a derivative as \frac{\partial f}{\partial x}", start)
        reader.take("/")
        reader.take(r"\partial")
        return cls(body, (reader.variable(),)), ""


@dataclass(frozen=True)
class Gradient(Node):
    """∇_w f and ∇²_w f."""

    variable: Node
    order: int
    body: Node

    def value(self, world):
        world.contains(self.body, self.variable)
        return _gradients(self.order, self.body.value, world, *_place(self.variable, world))

    def text(self):
        return f"∇{'²' if self.order == 2 else ''}_{self.variable}[{self.body}]", _ATOM

    @classmethod
    def read(cls, reader, word):
        """∇_w f, ∇²_w f, or ∇J(w): the gradient of a defined function at a point."""
        start, variable, order = reader.at, None, 1
        while reader.token in ("_", "^"):
            if reader.token == "^":
                order = reader.order()
            else:
                reader.take()
                variable = reader.variable()
        body, bare = reader.bare(lambda: reader.applied("∇"))
        if type(body) is Call:
            bare = ""
        if variable is None:
            if type(body) is not Call or len(body.arguments) != 1 or body.places:
                reader.fail(r"say in which variable: \nabla_w …", start)
            return Slope(body.name, order, body.arguments[0], False), ""
        inside = type(body) is not Call or variable in body.arguments
        if not inside and not reader.rests_on(body, variable):
            said = f"{variable} is not an argument here: write "
            said += rf"\nabla {body.name}(…) for the gradient at a point"
            reader.fail(said, start)
        return cls(variable, order, body), bare


@dataclass(frozen=True)
class Slope(Node):
    """f′(a), ∇f(a) of a defined function of one variable."""

    name: str
    order: int
    argument: Node
    prime: bool

    def value(self, world):
        definition = world.setting.definitions.get(f"{self.name}/1")
        if definition is None or definition.indices:
            raise SizeMismatch(f"{spelled(self.name)} is not defined for one argument")
        (parameter,) = definition.parameters
        there = world.but({parameter: self.argument.value(world)})
        return _gradients(self.order, definition.body.value, there, parameter, ())

    def text(self):
        if self.prime:
            return f"{spelled(self.name)}{'′' * self.order}({self.argument})", _ATOM
        return f"∇{'²' if self.order == 2 else ''}{spelled(self.name)}({self.argument})", _ATOM

    def own_names(self):
        return (f"{self.name}/1",)


def _place(variable, world):
    if type(variable) is Name:
        return variable.name, ()
    return variable.base.name, tuple(place.place(world) - 1 for place in variable.places)


def _gradients(order, function, world, name, places):
    if order == 1:
        return _gradient(function, world, name, places)
    return _gradient(
        lambda inner: _gradients(order - 1, function, inner, name, places), world, name, places
    )


def _gradient(function, world, name, places):
    """Derivative of function(world) by the named letter, or by its part at `places`."""
    letter = world.lookup(name)
    if type(letter) is not Array:
        return _slope(function, world, name, letter, None)
    dims, shape = letter.dims, letter.shape
    scalar = len(places) == len(dims) - (dims[-1] == 1)
    if places and not scalar and len(dims) != 3:
        raise SizeMismatch(f"{spelled(name)} is a {ar.sized(letter)}: a derivative by which entry?")
    if any(not 0 <= place < length for place, length in zip(places, shape, strict=False)):
        raise SizeMismatch(f"an index of {spelled(name)} is outside of its range")
    stride = [1]
    for length in shape[:0:-1]:
        stride.insert(0, stride[0] * length)
    base = sum(place * step for place, step in zip(places, stride, strict=False))
    if scalar:
        return _slope(function, world, name, letter, base)
    below, dims = shape[len(places) :], dims[len(places) :]
    entries = range(base, base + stride[len(places) - 1] if places else len(letter.flat))
    if len(dims) == 3:
        raise SizeMismatch(f"{spelled(name)} is a {ar.sized(letter)}: a derivative by which one?")
    slopes = [_slope(function, world, name, letter, entry) for entry in entries]
    like = slopes[0]
    if ar.is_number(like):
        return Array(dims, below, slopes)
    if type(like) is Array and like.dims[1] == 1 and dims[1] == 1:
        rows = range(like.shape[0])
        flat = [slope.flat[row] for row in rows for slope in slopes]
        return Array((like.dims[0], dims[0]), (like.shape[0], len(slopes)), flat)
    raise SizeMismatch(f"the gradient of a {ar.sized(like)}")


def _slope(function, world, name, letter, entry):
    """The derivative along one entry; at a tie of max, |·| or cases both sides must agree."""
    ties = Dual.ties
    value, slope = _one_sided(function, world, name, letter, entry, 1)
    if Dual.ties == ties:
        return slope
    other, back = _one_sided(function, world, name, letter, entry, -1)
    for one, two in ((value, other), (slope, back)):
        for a, b in zip(ar.entries(one), ar.entries(two), strict=True):
            if _apart(a, b):
                raise Undefined
    return slope


def _one_sided(function, world, name, letter, entry, side):
    Effort.spend(10)
    level = next(Dual.levels)
    if entry is None:
        poked = Dual(level, letter, fmpq(side))
    else:
        flat = list(letter.flat)
        flat[entry] = Dual(level, flat[entry], fmpq(side))
        poked = Array(letter.dims, letter.shape, flat)
    found = function(world.but({name: poked}))

    def split(x):
        return (x.value, side * x.slope) if type(x) is Dual and x.level == level else (x, ZERO)

    if type(found) is Array:
        both = [split(x) for x in found.flat]
        return tuple(Array(found.dims, found.shape, [pair[k] for pair in both]) for k in (0, 1))
    if type(found) is Unit:
        raise SizeMismatch("the gradient of an identity matrix")
    return split(found)


def _apart(a, b):
    gap = a - b
    while type(gap) is Dual:
        if _apart(gap.slope, ZERO):
            return True
        gap = gap.value
    return gap != 0 if type(gap) is fmpq else gap.is_nan() or not gap.contains(0)


# -------------------------------------------------------------------- chance


@dataclass(frozen=True)
class Expectation(Node):
    """Mean over all outcomes of the random letters that occur, in a finite space."""

    body: Node

    def value(self, world):
        return world.mean(self.body)

    def text(self):
        return f"E[{self.body}]", _ATOM

    @classmethod
    def read(cls, reader, word):
        r"""\mathbb{E}[…], \mathbb{E}_X[…], \mathbb{E} X, \mathbb{E}_{k \sim p}[…]."""
        start = reader.at
        if reader.maybe("_"):
            drawn, law = reader.drawn()
            if law is not None:  # E_{k∼p}[f_k] = Σ_k p_k f_k
                index, weights = drawn[0], law
                body = Mul(Index(weights, (Name(index),)), reader.inside_under([index]))
                return Big("sum", ((index, None, None),), None, body), ""
            body = reader.random(reader.brackets)
            loose = reader.random_in(body) - set(drawn)
            if loose:
                reader.fail(
                    f"over which letters is this a mean? {spelled(min(loose))} is random, too: "
                    r"write \mathbb{E}[…] for the mean over all",
                    start,
                )
            return cls(body), ""
        if reader.token not in ("(", "["):
            if reader.scope.get(reader.token) == "variable" and reader.is_random(reader.token):
                return cls(reader.lone_name(r"\mathbb{E}[…]")), ""
            reader.fail(r"write the brackets of an expectation: \mathbb{E}[…]")
        return cls(reader.random(reader.brackets)), ""


@dataclass(frozen=True)
class Moment(Node):
    """Var(X), Cov(X, Y)."""

    word: str
    arguments: tuple

    def value(self, world):
        one, two = self.arguments[0], self.arguments[-1]
        return Expectation(Mul(Sub(one, Expectation(one)), Sub(two, Expectation(two)))).value(world)

    def text(self):
        return f"{self.word}({_list(self.arguments, ', ')})", _ATOM

    @classmethod
    def read(cls, reader, word):
        arguments = reader.random(reader.arguments)
        wanted = {"Var": 1, "Cov": 2}[word.lstrip("\\")]
        if len(arguments) != wanted:
            reader.fail(f"{word.lstrip(chr(92))} takes {wanted} argument(s)")
        return cls(word.lstrip("\\"), arguments), ""


@dataclass(frozen=True)
class Indicator(Node):
    r"""\mathbb{1}[a < b]: 1 where the statement holds, 0 elsewhere. Also Pr, its mean."""

    claim: Node

    def value(self, world):
        return ONE if self.claim.truth(world) else ZERO

    def text(self):
        return f"[{self.claim}]", _ATOM

    @classmethod
    def read(cls, reader, word):
        if reader.token not in ("[", "(", r"\{", "_"):
            return Ones.read(reader, word)
        if reader.token == "_":
            if reader.is_size(1):
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

    @classmethod
    def read_chance(cls, reader, word):
        return Expectation(cls(reader.random(reader.claim_in_brackets))), ""

    @classmethod
    def read_count(cls, reader, word):
        r"""\#\{i : y_i < c\}: for how many i the statement holds."""
        reader.take(r"\{")
        index = reader.take()
        if reader.scope.get(index) != "index":
            reader.fail(f"{index or 'this'} is not a declared index", reader.at - 1)
        reader.take(":", "|")
        claim = reader.under([index], [], reader.statement)
        reader.take(r"\}")
        return Big("sum", ((index, None, None),), None, cls(claim)), ""


@dataclass(frozen=True)
class Delta(Node):
    """Kronecker's δ."""

    left: Node
    right: Node

    def value(self, world):
        return ONE if self.left.place(world) == self.right.place(world) else ZERO

    def text(self):
        return f"δ[{self.left},{self.right}]", _ATOM

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
        return "{" + "; ".join(shown) + "}", _ATOM

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


# -------------------------------------------------------------------- limits


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
        return f"lim_{{{name}→{self.point}{side}}} {self.body.at_least(_BIG)}", _BIG

    @classmethod
    def read(cls, reader, word):
        reader.take("_")
        reader.take("{")
        name = reader.name()
        if reader.scope[name] != "variable":
            reader.fail(f"{name} is not a declared real variable", reader.at - 1)
        way = reader.take(r"\to", r"\searrow", r"\nearrow")
        side = {r"\to": "", r"\searrow": "+", r"\nearrow": "-"}[way]
        minus = reader.maybe("-")
        reader.maybe("+")
        point, _ = reader.atom()
        if minus:
            point = Neg(point)
        if reader.maybe("^"):
            braces = reader.maybe("{")
            side = reader.take("+", "-")
            if braces:
                reader.take("}")
        elif reader.token in ("+", "-") and reader.ahead() == "}":
            side = reader.take()
        reader.take("}")
        side = side or reader.only_side(name, point)
        return cls(name, point, side, reader.term()), ""


# -------------------------------------------------------------------- constants and matrices


@dataclass(frozen=True)
class Identity(Node):
    size: Node | None

    def value(self, world):
        if self.size is None:
            return Unit(ONE)
        length = self.size.place(world)
        dim = str(self.size) if type(self.size) is Num else self.size.name
        flat = [ONE if i == j else ZERO for i in range(length) for j in range(length)]
        dim = length if dim.isdigit() else dim
        return Array((dim, dim), (length, length), flat)

    def text(self):
        return "I" + (f"_{self.size}" if self.size else ""), _ATOM

    @classmethod
    def read(cls, reader, word):
        return cls(reader.size_below()), ""


@dataclass(frozen=True)
class Ones(Node):
    r"""\mathbf{1}_n, the vector of ones."""

    size: Node

    def value(self, world):
        length = self.size.place(world)
        dim = length if type(self.size) is Num else self.size.name
        return Array((dim, 1), (length, 1), [ONE] * length)

    def text(self):
        return f"1_{self.size}", _ATOM

    @classmethod
    def read(cls, reader, word):
        size = reader.size_below()
        if size is None:
            reader.fail(
                r"the vector of ones needs its length: \mathbf{1}_n; or Define \mathbf{1}_i = 1"
            )
        return cls(size), ""


@dataclass(frozen=True)
class Infinity(Node):
    def value(self, world):
        return nb.INFINITY

    def text(self):
        return "∞", _ATOM

    @classmethod
    def read(cls, reader, word):
        return cls(), ""


@dataclass(frozen=True)
class Matrix(Node):
    """A small matrix that is written out, in numbers or in blocks."""

    rows: tuple

    def value(self, world):
        return ar.of_blocks([[block.value(world) for block in row] for row in self.rows])

    def text(self):
        return "[" + "; ".join(_list(row, ", ") for row in self.rows) + "]", _ATOM

    @classmethod
    def read(cls, reader, word):
        end = word.split("{")[1].split("}")[0]
        rows = [[]]
        while True:
            rows[-1].append(reader.formula())
            if reader.maybe(r"\\"):
                if reader.token == rf"\end{{{end}}}":
                    break
                rows.append([])
            elif not reader.maybe("&"):
                break
        reader.take(rf"\end{{{end}}}")
        if len({len(row) for row in rows}) > 1:
            reader.fail("the rows of this matrix have different lengths", reader.at - 1)
        found = cls(tuple(map(tuple, rows)))
        return (Function("det", (found,)) if end == "vmatrix" else found), ""


def read_zero(reader, word):
    r"""\mathbf{0}: as a bare 0, it takes the size of what it is compared with."""
    reader.size_below()
    return Num(ZERO), ""


def read_constant(reader, word):
    return Name(word), ""


def read_labelled(reader, word):
    r"""\underbrace{a}_{…}: the label is prose."""
    body = reader.argument()
    if reader.maybe("_", "^"):
        reader.skip_group()
    return body, ""


# -------------------------------------------------------------------- statements


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
        return shown.strip(), _SUM

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
        return _list(self.relations, " and "), _SUM

    def truth(self, world):
        return all(relation.truth(world) for relation in self.relations)


STARTERS = {
    r"\frac": Div.read,
    r"\sqrt": Pow.read,
    r"\|": Norm.read,
    "|": Abs.read,
    r"\log": Log.read,
    r"\nabla": Gradient.read,
    r"\partial": Partial.read,
    r"\sum": Big.read,
    r"\prod": Big.read,
    r"\max": Big.read,
    r"\min": Big.read,
    r"\arg": ArgOptimum.read,
    "argmin": ArgOptimum.read,
    "argmax": ArgOptimum.read,
    r"\int": Integral.read,
    r"\lim": Limit.read,
    r"\mathbb E": Expectation.read,
    "E": Expectation.read,
    r"\Var": Moment.read,
    r"\Cov": Moment.read,
    r"\Pr": Indicator.read_chance,
    "P": Indicator.read_chance,
    r"\mathbb 1": Indicator.read,
    r"\mathbf 1": Indicator.read,
    r"\#": Indicator.read_count,
    r"\delta": Delta.read,
    r"\begin{cases}": Cases.read,
    r"\begin{pmatrix}": Matrix.read,
    r"\begin{bmatrix}": Matrix.read,
    r"\begin{vmatrix}": Matrix.read,
    r"\begin{matrix}": Matrix.read,
    r"\begin{smallmatrix}": Matrix.read,
    r"\underbrace": read_labelled,
    r"\overbrace": read_labelled,
    r"\boxed": read_labelled,
    r"\mathbf I": Identity.read,
    r"\mathbf 0": read_zero,
    "I": Identity.read,
    "e": read_constant,
    r"\pi": read_constant,
    r"\infty": Infinity.read,
    "?": Blank.read,
}
_APPLIED = ("exp", "det", "tr", "diag", "rank", "sign", "median", "binom", *_ELEMENTARY)
STARTERS |= {"\\" + word: Function.read for word in _APPLIED}
