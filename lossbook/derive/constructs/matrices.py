"""Identity matrices, ones and zeros, and matrices that are written out."""

from dataclasses import dataclass

from lossbook.derive.constructs.arithmetic import Name, Num
from lossbook.derive.constructs.functions import Function
from lossbook.derive.constructs.tree import ATOM, Node, listed
from lossbook.derive.evaluate import arrays as ar
from lossbook.derive.evaluate.arrays import Array, Unit
from lossbook.derive.evaluate.numbers import ONE, ZERO


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
        return "I" + (f"_{self.size}" if self.size else ""), ATOM

    @classmethod
    def read(cls, reader, word):
        return cls(_size_below(reader)), ""


@dataclass(frozen=True)
class Ones(Node):
    r"""\mathbf{1}_n, the vector of ones."""

    size: Node

    def value(self, world):
        length = self.size.place(world)
        dim = length if type(self.size) is Num else self.size.name
        return Array((dim, 1), (length, 1), [ONE] * length)

    def text(self):
        return f"1_{self.size}", ATOM

    @classmethod
    def read(cls, reader, word):
        size = _size_below(reader)
        if size is None:
            reader.fail(
                r"the vector of ones needs its length: \mathbf{1}_n; or Define \mathbf{1}_i = 1"
            )
        return cls(size), ""


@dataclass(frozen=True)
class Matrix(Node):
    """A small matrix that is written out, in numbers or in blocks."""

    rows: tuple

    def value(self, world):
        return ar.of_blocks([[block.value(world) for block in row] for row in self.rows])

    def text(self):
        return "[" + "; ".join(listed(row, ", ") for row in self.rows) + "]", ATOM

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
    _size_below(reader)
    return Num(ZERO), ""


def _size_below(reader):
    """n of I_n and of 1_n, where it is written."""
    if reader.token != "_":
        return None
    reader.take()
    braces = reader.maybe("{")
    if reader.scope.get(reader.token) != "size" and not reader.token.isdigit():
        reader.fail("expected a size here, a letter that counts rows or entries")
    size = reader.number() if reader.token.isdigit() else Name(reader.take())
    if braces:
        if reader.maybe(r"\times"):
            reader.take()
        reader.take("}")
    return size
