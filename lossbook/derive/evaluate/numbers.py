"""Certain numbers: exact rationals, balls that hold a real number, and dual numbers for slopes.

`fmpq` is exact. `arb` is a ball: the number lies inside of it for certain, and a comparison is
answered only where it is certain. `Dual` is value + slope·ε with ε² = 0; nested, it gives
derivatives of any order, exact where the function is rational.

Two exceptions say why there is no number: `Undefined` (there is none) and `Undecided` (more bits
are needed to tell). Balls carry the precision at which they were made, so nothing in here is kept.
"""

from fractions import Fraction
from itertools import count

from flint import arb, fmpq, fmpz

ZERO, ONE = fmpq(0), fmpq(1)
INFINITY, MINUS_INFINITY = arb("inf"), arb("-inf")
_LARGEST_EXACT_POWER = 200


class Undefined(ArithmeticError):
    """The formula has no value here."""


class Undecided(ArithmeticError):
    """More digits are needed to tell."""


class Overflow(Undecided):
    """A number too large for any precision: such an instance abstains."""


class Dual:
    """value + slope·ε; of two dual numbers the one of the higher level is outside."""

    __slots__ = ("level", "slope", "value")
    levels = count(1)  # every derivative takes a level of its own, so that none are mixed up
    ties = 0  # how often an infinitesimal had to decide a comparison

    def __init__(self, level, value, slope):
        self.level, self.value, self.slope = level, value, slope

    def __add__(self, other):
        if not isinstance(other, Dual) or other.level < self.level:
            return Dual(self.level, self.value + other, self.slope)
        if other.level > self.level:
            return Dual(other.level, self + other.value, other.slope)
        return Dual(self.level, self.value + other.value, self.slope + other.slope)

    __radd__ = __add__

    def __neg__(self):
        return Dual(self.level, -self.value, -self.slope)

    def __sub__(self, other):
        return self + (-other)

    def __rsub__(self, other):
        return (-self) + other

    def __mul__(self, other):
        if not isinstance(other, Dual) or other.level < self.level:
            return Dual(self.level, mul(self.value, other), mul(self.slope, other))
        if other.level > self.level:
            return Dual(other.level, mul(self, other.value), mul(self, other.slope))
        slope = mul(self.value, other.slope) + mul(self.slope, other.value)
        return Dual(self.level, mul(self.value, other.value), slope)

    __rmul__ = __mul__


def exact(number):
    """A Fraction, int or finite float as an exact rational."""
    number = Fraction(number)
    return fmpq(number.numerator, number.denominator)


def ball(x):
    return x if type(x) is arb else arb(x)


def real(x):
    """The number without its infinitesimals."""
    while type(x) is Dual:
        x = x.value
    return x


def is_infinite(x):
    """Whether x is exactly ∞ or −∞."""
    return type(x) is arb and not x.is_finite() and x.is_exact() and not x.is_nan()


def whole(x):
    """x as an int; Undecided where it is none for certain."""
    x = real(x)
    if type(x) is arb:
        if not (x.is_exact() and x.is_finite()):
            raise Undecided
        x = x.fmpq()
    if x.q != 1:
        raise Undefined
    return int(x.p)


def sign(x):
    """−1, 0 or 1, for certain; an exact tie is decided by the infinitesimal."""
    if type(x) is Dual:
        found = sign(x.value)
        if found:
            return found
        Dual.ties += 1
        return sign(x.slope)
    if x > 0:
        return 1
    if x < 0:
        return -1
    if x == 0:
        return 0
    raise Undecided


def order(a, b):
    """−1, 0 or 1: on which side of b the number a lies, for certain; also of ±∞."""
    if is_infinite(a) and is_infinite(b):
        return (sign(a) - sign(b)) // 2
    return sign(a) if is_infinite(a) else -sign(b) if is_infinite(b) else sign(add(a, -b))


def add(a, b):
    total = a + b
    if type(total) is arb and total.is_nan():
        raise Undefined if is_infinite(a) and is_infinite(b) else Undecided
    return total


def mul(a, b):
    product = a * b
    if type(product) is arb and not product.is_finite():
        if a == 0 or b == 0:
            return ZERO  # 0 · ∞ = 0 where the 0 is exact: 0 log 0 = 0
        if product.is_nan():
            raise Undecided
    return product


def div(a, b):
    below = real(b)
    if below == 0:
        raise Undefined
    if type(below) is arb and (below.contains(0) or not below.is_finite()):
        if is_infinite(below):
            if is_infinite(real(a)):
                raise Undefined
            return ZERO
        raise Undecided
    if type(a) is not Dual and type(b) is not Dual:
        return a / b
    level = max(x.level for x in (a, b) if type(x) is Dual)
    a, da = _split(a, level)
    b, db = _split(b, level)
    ratio = div(a, b)
    return Dual(level, ratio, div(da - mul(ratio, db), b))


def _split(x, level):
    return (x.value, x.slope) if type(x) is Dual and x.level == level else (x, ZERO)


def exp(x):
    if type(x) is Dual:
        value = exp(x.value)
        return Dual(x.level, value, mul(value, x.slope))
    if x == 0:
        return ONE
    if is_infinite(x):
        return INFINITY if x > 0 else ZERO
    value = ball(x).exp()
    if not value.is_finite():
        raise Overflow
    return value


def log(x):
    side = sign(real(x))
    if side < 0:
        raise Undefined
    if type(x) is Dual:
        if side == 0:
            if not _is_zero(x):
                raise Undefined
            return MINUS_INFINITY
        return Dual(x.level, log(x.value), div(x.slope, x.value))
    if side == 0:
        return MINUS_INFINITY
    return ZERO if x == 1 else x if is_infinite(x) else ball(x).log()


def log_to_base(x, base):
    """The logarithm to a base, exact for its small powers."""
    if type(x) is fmpq and type(base) is fmpq and base > 1:
        for n in range(-12, 13):
            if x == base**n:
                return fmpq(n)
    return div(log(x), log(base))


def _is_zero(x):
    return _is_zero(x.value) and _is_zero(x.slope) if type(x) is Dual else x == 0


def sqrt(x):
    side = sign(real(x))
    if side < 0 or (side == 0 and not _is_zero(x)):
        raise Undefined
    if side == 0:
        return ZERO
    if type(x) is Dual:
        root = sqrt(x.value)
        return Dual(x.level, root, div(x.slope, root + root))
    if type(x) is fmpq and x.p.is_square() and x.q.is_square():
        return fmpq(x.p.isqrt(), x.q.isqrt())
    return ball(x).sqrt()


def power(base, exponent):
    above = real(exponent)
    if type(above) is arb and above.is_exact() and above.is_finite():
        above = above.fmpq() if type(exponent) is not Dual else above
    if type(exponent) is not Dual and type(above) is fmpq:
        if above.q == 1 and abs(above.p) <= 10**6:
            return _integer_power(base, int(above.p))
        if above.q == 2 and abs(above.p) <= 9:
            return _integer_power(sqrt(base), int(above.p))
    side = sign(real(base))
    if side == 0:
        if type(base) is not Dual and sign(above) > 0:
            return ZERO
        raise Undefined
    if side < 0:
        raise Undefined
    return exp(mul(exponent, log(base)))


def _integer_power(base, n):
    """By repeated squares: a ball's own power is not a number where its midpoint is 0."""
    if n < 0:
        return div(ONE, _integer_power(base, -n))
    if type(base) is fmpq:
        if n > _LARGEST_EXACT_POWER and abs(base) != 1 and base != 0:
            return exp(mul(fmpq(n), log(abs(base)))) * (-1 if base < 0 and n % 2 else 1)
        return base**n
    found = ONE
    while n:
        if n & 1:
            found = mul(found, base)
        base, n = mul(base, base) if n > 1 else base, n >> 1
    return found


def absolute(x):
    if type(x) is arb:
        return abs(x)
    return -x if sign(x) < 0 else x


def extreme(numbers, side):
    """The largest number (side 1) or the smallest (side −1)."""
    best = numbers[0]
    for x in numbers[1:]:
        try:
            best = x if sign(x - best) * side > 0 else best
        except Undecided:
            if type(x) is Dual or type(best) is Dual:
                raise
            best = ball(x).max(ball(best)) if side > 0 else ball(x).min(ball(best))
    return best


def factorial(x):
    n = whole(x)
    if n < 0 or n > 200:
        raise Undefined if n < 0 else Overflow
    return fmpq(fmpz.fac_ui(n))


# The name of a function → what `arb` calls it, and its slope.
_ELEMENTARY = {
    "sin": ("sin", lambda x: elementary("cos", x)),
    "cos": ("cos", lambda x: -elementary("sin", x)),
    "tan": ("tan", lambda x: ONE + power(elementary("tan", x), fmpq(2))),
    "tanh": ("tanh", lambda x: ONE - power(elementary("tanh", x), fmpq(2))),
    "sinh": ("sinh", lambda x: elementary("cosh", x)),
    "cosh": ("cosh", lambda x: elementary("sinh", x)),
    "arctan": ("atan", lambda x: div(ONE, ONE + x * x)),
}


def elementary(name, x):
    method, slope = _ELEMENTARY[name]
    if type(x) is Dual:
        return Dual(x.level, elementary(name, x.value), mul(slope(x.value), x.slope))
    if x == 0 and name != "cos":
        return ZERO if name != "cosh" else ONE
    value = getattr(ball(x), method)()
    if not value.is_finite():
        raise Undecided
    return value
