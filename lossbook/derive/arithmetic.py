"""Numbers, vectors and matrices of a whole batch of instances at once.

A `Value` holds one array for all instances of a batch (the first axis) and its dimensions by
*name*: a vector of length n is a column with dims ("n", 1). So a missing transpose is a size
error even on an instance where n = 1.

The entries are float64 where we search, and 50-digit decimals where we judge. Both follow the
same rules without raising: what is undefined is NaN and stays NaN.
"""

import decimal
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

import numpy as np

from lossbook.derive.matrices import inverse

# Decimal arithmetic is rounded correctly in every operation, so that verdicts are the same on
# every machine; no traps: 0/0 and log(-1) are NaN, as in float64.
_FIFTY_DIGITS = decimal.Context(
    prec=50, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN, traps=[], rounding="ROUND_HALF_EVEN"
)
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459")
NAN = Decimal("NaN")
IDENTITY = ("identity",)  # dims of a multiple of the identity matrix, of whatever size fits


class SizeMismatch(TypeError):
    """Two sizes do not fit together."""


class TooLarge(Exception):
    """A formula that would take too long to check."""


def fifty_digits():
    """Context manager under which all decimals are computed with 50 digits."""
    return decimal.localcontext(_FIFTY_DIGITS)


class Value:
    """Arrays of one shape for every instance of a batch, with named dimensions.

    dims () is a number, (r, c) a matrix, (n, 1) a column, (n, d, 1) a family of columns.
    """

    __slots__ = ("array", "dims")

    def __init__(self, array, dims=()):
        self.array, self.dims = array, dims

    @property
    def exact(self):
        return self.array.dtype == object

    def like(self, array):
        return Value(array, self.dims)

    def sized(self):
        """What it is, in words: "matrix n×d", "column of length n"."""
        if self.dims == ():
            return "number"
        if self.dims == IDENTITY:
            return "multiple of I"
        if len(self.dims) == 3:
            return f"family of {self.dims[0]} columns"
        rows, columns = self.dims
        if columns == 1:
            return f"column of length {rows}"
        if rows == 1:
            return f"row of length {columns}"
        return f"matrix {rows}×{columns}"


# -------------------------------------------------------------------- one entry at a time


def constant(fraction, exact):
    """A number as a batch of one, to be broadcast."""
    fraction = Fraction(fraction)
    if exact:
        number = Decimal(fraction.numerator) / fraction.denominator
        return Value(np.array([number], dtype=object))
    try:
        return Value(np.array([float(fraction)]))
    except OverflowError:
        return Value(np.array([np.inf]))


def infinity(exact):
    return Value(np.array([Decimal("Infinity")], dtype=object) if exact else np.array([np.inf]))


def is_nan(array):
    return array != array


def nan_like(array):
    return NAN if array.dtype == object else np.nan


# A search and a derivative ask for the same logarithms again and again; each takes 0.1 ms.
_ln = lru_cache(maxsize=2**14)(_FIFTY_DIGITS.ln)
_exp = lru_cache(maxsize=2**14)(_FIFTY_DIGITS.exp)
_DECIMAL = {
    "log": np.frompyfunc(lambda x: _ln(x) if x >= 0 else NAN, 1, 1),
    "exp": np.frompyfunc(lambda x: _exp(x) if x == x else x, 1, 1),
    "sqrt": np.frompyfunc(lambda x: x.sqrt() if x >= 0 else NAN, 1, 1),
}
_FLOAT = {"log": np.log, "exp": np.exp, "sqrt": np.sqrt}


def elementary(word, value):
    """log, exp or sqrt of a number."""
    if value.dims:
        raise SizeMismatch(f"{word} of a {value.sized()}: take it of each component")
    return Value((_DECIMAL if value.exact else _FLOAT)[word](value.array))


def sign(array):
    """−1, 0 or 1 in the kind of number that came in."""
    one = np.array([1], dtype=object) if array.dtype == object else 1.0
    signs = ((array > 0) * one) - ((array < 0) * one)
    return choose(is_nan(array), array, signs)


def choose(condition, yes, no):
    """Where the condition holds `yes`, elsewhere `no`: arrays over the batch."""
    if isinstance(yes, np.ndarray) and isinstance(no, np.ndarray):
        extra = max(yes.ndim, no.ndim) - condition.ndim
        condition = condition.reshape(condition.shape + (1,) * extra)
    chosen = np.where(condition, yes, no)
    exact = any(isinstance(side, np.ndarray) and side.dtype == object for side in (yes, no))
    return chosen.astype(object) if exact else chosen


def larger(a, b):
    return choose(is_nan(a) | (a >= b), a, b)


def smaller(a, b):
    return choose(is_nan(a) | (a <= b), a, b)


# -------------------------------------------------------------------- sums and products


def _against(number, array):
    """A number per instance, shaped to act on the arrays of the batch."""
    return number.reshape(number.shape + (1,) * (array.ndim - 1))


def identity_as(value, matrix):
    """A multiple of the identity, written out in the size of `matrix`."""
    rows, columns = matrix.dims
    if rows != columns:
        raise SizeMismatch(f"I with a {matrix.sized()}")
    unit = np.eye(matrix.array.shape[1])
    if value.exact:
        unit = unit.astype(int).astype(object)
    return Value(_against(value.array, matrix.array) * unit, matrix.dims)


def same_size(a, b, word):
    """Both values in one size; the identity adapts to the other side."""
    if a.dims == IDENTITY and len(b.dims) == 2:
        a = identity_as(a, b)
    if b.dims == IDENTITY and len(a.dims) == 2:
        b = identity_as(b, a)
    if len(a.dims) == 3:
        raise SizeMismatch(f"a {a.sized()} as a whole: give it an index")
    if a.dims != b.dims:
        raise SizeMismatch(f"a {a.sized()} {word} a {b.sized()}")
    return a, b


def add(a, b):
    a, b = same_size(a, b, "plus")
    return Value(a.array + b.array, a.dims)


def subtract(a, b):
    a, b = same_size(a, b, "minus")
    return Value(a.array - b.array, a.dims)


def multiply(a, b):
    """Scalar and matrix products, by the sizes."""
    if IDENTITY in (a.dims, b.dims) and () not in (a.dims, b.dims):
        scale, other = (a, b) if a.dims == IDENTITY else (b, a)
        return multiply(Value(scale.array), other)
    if a.dims == () or b.dims == ():
        number, other = (a, b) if a.dims == () else (b, a)
        if other.dims in ((), IDENTITY):
            return Value(_product(number.array, other.array), other.dims)
        return other.like(_against(number.array, other.array) * other.array)
    if len(a.dims) == 3 or len(b.dims) == 3:
        raise SizeMismatch("a whole family cannot be multiplied: give it an index")
    if a.dims[1] != b.dims[0]:
        hint = ": is a transpose missing?" if a.dims == b.dims else ""
        raise SizeMismatch(f"a {a.sized()} times a {b.sized()}{hint}")
    product = a.array @ b.array
    if a.dims[0] == 1 and b.dims[1] == 1:
        return Value(product[:, 0, 0])
    return Value(product, (a.dims[0], b.dims[1]))


def _product(a, b):
    """0 · ∞ = 0, so that p log p = 0 at p = 0."""
    product = a * b
    lost = is_nan(product) & ~is_nan(a) & ~is_nan(b)
    return _replaced(product, lost, 0) if lost.any() else product


def _replaced(array, where, number):
    array = array.copy()
    array[where] = Decimal(number) if array.dtype.kind == "O" else float(number)
    return array


def inner(a, b):
    """a · b: of two columns their inner product, else the ordinary product."""
    if a.dims == b.dims and len(a.dims) == 2 and a.dims[1] == 1:
        return multiply(transpose(a), b)
    return multiply(a, b)


def entrywise(a, b):
    a, b = same_size(a, b, "times, entry by entry,")
    return a.like(a.array * b.array)


def divide(a, b):
    """a / b for a number b; division by zero is undefined."""
    if b.dims:
        raise SizeMismatch(f"division by a {b.sized()}")
    below = choose(b.array == 0, np.array([nan_like(b.array)]), b.array)
    return a.like(a.array / (_against(below, a.array) if a.array.ndim > 1 else below))


def transpose(a):
    if a.dims in ((), IDENTITY):
        return a
    if len(a.dims) == 3:
        raise SizeMismatch("a family has no transpose: give it an index")
    return Value(np.swapaxes(a.array, 1, 2), a.dims[::-1])


def power(base, exponent):
    """Powers of numbers; of square matrices the whole powers and the inverse."""
    if exponent.dims:
        raise SizeMismatch(f"a power whose exponent is a {exponent.sized()}")
    if base.dims == ():
        return Value(_number_power(base.array, exponent.array))
    if base.dims == IDENTITY:
        return Value(_number_power(base.array, exponent.array), IDENTITY)
    order = exponent.array.flat[0]
    if len(base.dims) != 2 or base.dims[0] != base.dims[1]:
        raise SizeMismatch(f"the power {order} of a {base.sized()}")
    if order == -1:
        return Value(inverse(base.array), base.dims)
    if order not in (1, 2, 3, 4):
        raise SizeMismatch(f"the power {order} of a matrix: I know -1, 1, 2, 3, 4")
    product = base
    for _ in range(int(order) - 1):
        # Not `multiply`: a 1×1 matrix stays a matrix here.
        product = Value(product.array @ base.array, base.dims)
    return product


def _number_power(base, exponent):
    if (exponent == 2).all():
        return base * base
    if (exponent + exponent == 1).all():
        return elementary("sqrt", Value(base)).array
    base, exponent = np.broadcast_arrays(base, exponent)
    raised = np.power(base, exponent)
    raised = _replaced(raised, (exponent == 0) & ~is_nan(base), 1)
    return _replaced(raised, (base == 0) & (exponent < 0), "NaN")
