"""Vectors and matrices of certain numbers, with sizes that have names.

A number stands for itself. An `Array` has dims, the names of its sizes: a vector is a column
("n", 1), a matrix ("n", "d"), a family of vectors ("n", "d", 1). Two sizes that happen to be
equal on an instance are still two sizes, so a missing transpose is always found.
"""

from flint import arb, arb_mat, fmpq, fmpq_mat

from lossbook.derive.evaluate import numbers as nb
from lossbook.derive.evaluate.numbers import ONE, ZERO, Undecided, Undefined


class SizeMismatch(ValueError):
    """A formula whose sizes do not fit: a missing transpose, most of the time."""


class Array:
    """Entries in one flat list, the last index running fastest."""

    __slots__ = ("dims", "flat", "shape")

    def __init__(self, dims, shape, flat):
        self.dims, self.shape, self.flat = dims, shape, flat

    def map(self, function):
        return Array(self.dims, self.shape, [function(x) for x in self.flat])

    def rows(self):
        width = self.shape[1]
        return [self.flat[k : k + width] for k in range(0, len(self.flat), width)]

    def member(self, place):
        """The vector at a 0-based place of a family."""
        step = self.shape[1] * self.shape[2]
        flat = self.flat[place * step : (place + 1) * step]
        return Array(self.dims[1:], self.shape[1:], flat)


class Unit:
    """A multiple of the identity matrix, of whatever size is needed."""

    __slots__ = ("scale",)

    def __init__(self, scale):
        self.scale = scale

    def like(self, matrix):
        if matrix.dims[0] != matrix.dims[1]:
            raise SizeMismatch(f"the identity matrix combined with a {sized(matrix)}")
        size = matrix.shape[0]
        flat = [self.scale if i == j else ZERO for i in range(size) for j in range(size)]
        return Array(matrix.dims, matrix.shape, flat)


def is_number(value):
    return type(value) is not Array and type(value) is not Unit


def sized(value):
    """What a value is, in words."""
    if type(value) is Unit:
        return "identity matrix"
    if type(value) is not Array:
        return "number"
    dims = value.dims
    if len(dims) == 3:
        return f"family of {dims[0]} vectors of length {dims[1]}"
    if dims[1] == 1:
        return f"column of length {dims[0]}"
    if dims[0] == 1:
        return f"row of length {dims[1]}"
    rows, columns = (f"({dim})" if "+" in str(dim) else dim for dim in dims)
    return f"{rows}×{columns} matrix"


def number(value, what):
    if not is_number(value):
        raise SizeMismatch(f"{what} of a {sized(value)}")
    return value


def matrix(value, what):
    if type(value) is not Array or len(value.dims) != 2:
        raise SizeMismatch(f"{what} of a {sized(value)}")
    return value


def square(value, what):
    if matrix(value, what).dims[0] != value.dims[1]:
        raise SizeMismatch(f"{what} of a {sized(value)}")
    return value


def column(value, what):
    if matrix(value, what).dims[1] != 1:
        raise SizeMismatch(f"{what} of a {sized(value)}")
    return value


def entries(value):
    return value.flat if type(value) is Array else [value]


def like(a, b, word):
    """Two values of one size; the identity takes the size of the other."""
    if type(a) is Unit and type(b) is Array and len(b.dims) == 2:
        a = a.like(b)
    elif type(b) is Unit and type(a) is Array and len(a.dims) == 2:
        b = b.like(a)
    same = type(a) is type(b) and a.dims == b.dims if type(a) is Array else type(a) is type(b)
    if is_number(a) and is_number(b):
        same = True
    if not same:
        raise SizeMismatch(f"a {sized(a)} {word} a {sized(b)}")
    return a, b


def entrywise(function, a, b, word):
    if is_number(a) and is_number(b):
        return function(a, b)
    a, b = like(a, b, word)
    if type(a) is Array and len(a.dims) == 3:
        raise SizeMismatch(f"a {sized(a)} as a whole: give it an index")
    if type(a) is Unit:
        return Unit(function(a.scale, b.scale))
    return Array(a.dims, a.shape, [function(x, y) for x, y in zip(a.flat, b.flat, strict=True)])


def plus(a, b):
    return entrywise(nb.add, a, b, "plus")


def minus(a, b):
    return entrywise(lambda x, y: nb.add(x, -y), a, b, "minus")


def negative(a):
    return scaled(-ONE, a)


def scaled(factor, value):
    if type(value) is Array:
        return value.map(lambda x: nb.mul(factor, x))
    return Unit(nb.mul(factor, value.scale)) if type(value) is Unit else nb.mul(factor, value)


def times(a, b):
    if type(a) is Unit and type(b) is Unit:
        return Unit(nb.mul(a.scale, b.scale))
    if is_number(a) or type(a) is Unit:
        return scaled(a.scale if type(a) is Unit else a, b)
    if is_number(b) or type(b) is Unit:
        return scaled(b.scale if type(b) is Unit else b, a)
    if len(a.dims) == 3 or len(b.dims) == 3:
        raise SizeMismatch("a whole family in a product: give it an index")
    if a.dims[1] != b.dims[0]:
        raise SizeMismatch(f"a {sized(a)} times a {sized(b)}")
    rows, width = a.rows(), b.shape[1]
    columns = [b.flat[k::width] for k in range(width)]
    flat = [_inner(row, one) for row in rows for one in columns]
    if a.dims[0] == 1 and b.dims[1] == 1:
        return flat[0]
    return Array((a.dims[0], b.dims[1]), (len(rows), width), flat)


def _inner(row, one):
    total = ZERO
    for x, y in zip(row, one, strict=True):
        total = nb.add(total, nb.mul(x, y))
    return total


def dot(a, b):
    """a·b: the inner product of two columns, else the product."""
    both = type(a) is Array and type(b) is Array and a.dims == b.dims
    return times(transposed(a) if both and len(a.dims) == 2 and a.dims[1] == 1 else a, b)


def over(a, b):
    if not is_number(b):
        raise SizeMismatch(f"division by a {sized(b)}")
    if type(a) is Unit:
        return Unit(nb.div(a.scale, b))
    return a.map(lambda x: nb.div(x, b)) if type(a) is Array else nb.div(a, b)


def transposed(a):
    if type(a) is not Array:
        return a
    if len(a.dims) == 3:
        raise SizeMismatch(f"the transpose of a {sized(a)}: give it an index")
    rows, columns = a.shape
    flat = [a.flat[i * columns + j] for j in range(columns) for i in range(rows)]
    return Array(a.dims[::-1], (columns, rows), flat)


def square_of_norm(a):
    total = ZERO
    for x in entries(a):
        total = nb.add(total, nb.mul(x, x))
    return total


def picked(value, places, name):
    """The entry, or the member of a family, at 1-based places."""
    if type(value) is not Array:
        raise SizeMismatch(f"{name} is a {sized(value)}, it takes no index")
    dims, shape = value.dims, value.shape
    if len(dims) == 2:  # the two usual cases, at once
        row = places[0]
        if len(places) == 1 and dims[1] == 1 and 1 <= row <= shape[0]:
            return value.flat[row - 1]
        if len(places) == 2 and 1 <= row <= shape[0] and 1 <= places[1] <= shape[1]:
            return value.flat[(row - 1) * shape[1] + places[1] - 1]
    flat_vector = dims[-1] == 1
    wanted = len(dims) - flat_vector
    if len(places) > wanted or (len(places) < wanted and len(dims) != 3):
        if len(dims) == 2 and dims[0] != 1 and len(places) < wanted:
            raise SizeMismatch(f"{name} is a {sized(value)}: write two indices for an entry")
        else:
            raise SizeMismatch(f"{name} is a {sized(value)}, it takes no {len(places)} indices")
    for place, length, dim in zip(places, shape, dims, strict=False):
        if not 1 <= place <= length:
            raise SizeMismatch(f"index {place} of {name} is outside 1…{dim}")
    if len(dims) == 3:
        member = value.member(places[0] - 1)
        return member if len(places) == 1 else member.flat[places[1] - 1]
    row = (places[0] - 1) * shape[1]
    return value.flat[row + (places[1] - 1 if len(places) > 1 else 0)]


# -------------------------------------------------------------------- blocks


def of_blocks(rows):
    """One matrix of rows of blocks; a bare 0 and the identity take the size that is left."""
    heights, widths = [None] * len(rows), [None] * len(rows[0])
    places = [(i, j, block) for i, row in enumerate(rows) for j, block in enumerate(row)]
    for i, j, block in places:
        if type(block) is Array:
            matrix(block, "a block")
            lengths = list(zip(block.dims, block.shape, strict=True))
            heights[i], widths[j] = heights[i] or lengths[0], widths[j] or lengths[1]
    for i, j, block in places:
        if type(block) is Unit:
            size = heights[i] or widths[j]
            if size is None:
                raise SizeMismatch("the other blocks do not say how large I is: write I_n")
            heights[i], widths[j] = heights[i] or size, widths[j] or size
    heights, widths = ([one or (1, 1) for one in lengths] for lengths in (heights, widths))
    flat = []
    for row, height in zip(rows, heights, strict=True):
        blocks = [_fitted(x, height, width).rows() for x, width in zip(row, widths, strict=True)]
        flat += [x for line in zip(*blocks, strict=True) for part in line for x in part]
    dims = tuple(_joined([dim for dim, _ in lengths]) for lengths in (heights, widths))
    return Array(dims, tuple(sum(n for _, n in one) for one in (heights, widths)), flat)


def _fitted(block, height, width):
    dims, shape = zip(height, width, strict=True)
    if is_number(block) and (shape == (1, 1) or block == 0):
        return Array(dims, shape, [block] * (shape[0] * shape[1]))
    wanted = Array(dims, shape, [])
    if type(block) is Unit and dims[0] == dims[1]:
        return block.like(wanted)
    if type(block) is not Array or block.dims != dims:
        raise SizeMismatch(f"a block is a {sized(block)}, the others ask for a {sized(wanted)}")
    return block


def _joined(dims):
    """The name of sizes one after the other: 3, or n+1."""
    if all(isinstance(dim, int) for dim in dims):
        return sum(dims)
    return "+".join(map(str, dims))


# -------------------------------------------------------------------- linear algebra


def _kinds(flat):
    return {type(x) for x in flat}


def determinant(a):
    a = square(a, "det")
    kinds = _kinds(a.flat)
    if kinds <= {fmpq}:
        return fmpq_mat(*a.shape, a.flat).det()
    if kinds <= {fmpq, arb}:
        return arb_mat(*a.shape, [nb.ball(x) for x in a.flat]).det()
    return _by_minors(a.rows())


def _by_minors(rows):
    if len(rows) == 1:
        return rows[0][0]
    total = ZERO
    for j, x in enumerate(rows[0]):
        minor = _by_minors([row[:j] + row[j + 1 :] for row in rows[1:]])
        total = total + nb.mul(x if j % 2 == 0 else -x, minor)
    return total


def inverse(a):
    if type(a) is Unit:
        return Unit(nb.div(ONE, a.scale))
    a = square(a, "the inverse")
    size = a.shape[0]
    if _kinds(a.flat) <= {fmpq}:
        try:
            found = fmpq_mat(*a.shape, a.flat).inv()
        except ZeroDivisionError:
            raise Undefined from None
        return Array(a.dims, a.shape, found.entries())
    whole, rows = determinant(a), a.rows()
    flat = []
    for i in range(size):
        for j in range(size):
            minor = [row[:i] + row[i + 1 :] for k, row in enumerate(rows) if k != j]
            cofactor = _by_minors(minor) if minor else ONE
            flat.append(nb.div(cofactor if (i + j) % 2 == 0 else -cofactor, whole))
    return Array(a.dims, a.shape, flat)


def rank(a):
    a = matrix(a, "rank")
    if not _kinds(a.flat) <= {fmpq}:
        raise Undecided
    return fmpq(fmpq_mat(*a.shape, a.flat).rank())


def powered(base, exponent):
    """A power of a number, or a whole power of a square matrix."""
    if is_number(base) and is_number(exponent):
        return nb.power(base, exponent)
    if not is_number(exponent):
        raise SizeMismatch(f"a {sized(exponent)} as an exponent")
    if type(base) is Unit:
        return Unit(nb.power(base.scale, exponent))
    base, n = square(base, "a power"), nb.whole(exponent)
    if n == 0:
        return Unit(ONE).like(base)
    found = base = inverse(base) if n < 0 else base
    for _ in range(min(abs(n), 40) - 1):
        found = times(found, base)
    return found
