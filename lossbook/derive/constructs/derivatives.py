r"""Derivatives: ∂f/∂x, ∇f and f′, by dual numbers."""

from dataclasses import dataclass

from flint import fmpq

from lossbook.derive.constructs.arithmetic import Call, Div, Name, Transpose
from lossbook.derive.constructs.tree import ATOM, Effort, Node, spelled
from lossbook.derive.evaluate import arrays as ar
from lossbook.derive.evaluate.arrays import Array, SizeMismatch, Unit
from lossbook.derive.evaluate.numbers import ZERO, Dual, Undefined


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
        return f"∂{order}[{self.body}]/{below}", ATOM

    @classmethod
    def read_fraction(cls, reader, sign):
        start = reader.at
        reader.take("{")
        reader.take(sign)
        order = _order(reader)
        body = None if reader.token == "}" else reader.bare(reader.term)
        reader.take("}")
        reader.take("{")
        variables = []
        while reader.maybe(sign):
            variable = reader.variable()
            variables += [variable] * _order(reader)
            if reader.maybe("^"):
                if not reader.in_braces(reader.maybe_transpose):
                    reader.fail(r"expected \top")
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
        return f"∇{'²' if self.order == 2 else ''}_{self.variable}[{self.body}]", ATOM

    @classmethod
    def read(cls, reader, word):
        """∇_w f, ∇²_w f, or ∇J(w): the gradient of a defined function at a point."""
        start, variable, order = reader.at, None, 1
        while reader.token in ("_", "^"):
            if reader.token == "^":
                order = _order(reader)
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
        letter = variable if type(variable) is Name else variable.base
        if not inside and letter.name not in reader.setting.rests_on(body):
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
            return f"{spelled(self.name)}{'′' * self.order}({self.argument})", ATOM
        return f"∇{'²' if self.order == 2 else ''}{spelled(self.name)}({self.argument})", ATOM

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


def read_fraction(reader, word):
    r"""\frac{a}{b}, or a derivative: \frac{\partial f}{\partial x}."""
    sign = reader.ahead() if reader.token == "{" else ""
    if sign in (r"\partial", r"\mathrm d") or (sign == "d" and "d" not in reader.scope):
        return Partial.read_fraction(reader, sign)
    start = reader.at
    above = reader.argument()
    if sign == "d" and reader.token == "{" and reader.ahead() == "d":
        reader.fail(r"d is a declared letter here: write \partial for a derivative", start)
    return Div(above, reader.argument()), ""


def _order(reader):
    """1, or what is behind ^."""
    if reader.token != "^" or reader.ahead(1 + (reader.ahead() == "{")) in (r"\top", "T"):
        return 1
    reader.take()
    why = "expected the order of a derivative, 1 or 2"
    return int(reader.in_braces(lambda: reader.one_of(("1", "2"), why)))
