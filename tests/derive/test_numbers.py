"""Certain numbers: exact for rationals, else a ball that holds what mpmath computes."""

from fractions import Fraction

import mpmath
import pytest
from flint import arb, ctx, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from lossbook.derive.evaluate import numbers as nb
from lossbook.derive.evaluate.numbers import Dual, Undecided, Undefined

RATIONALS = st.fractions(min_value=-50, max_value=50, max_denominator=40)


def slope(function, x):
    found = function(Dual(next(Dual.levels), nb.exact(x), fmpq(1)))
    return found.slope


@given(RATIONALS, RATIONALS)
def test_rational_arithmetic_is_exact(x, y):
    a, b = nb.exact(x), nb.exact(y)
    assert nb.add(a, b) == nb.exact(x + y)
    assert nb.mul(a, b) == nb.exact(x * y)
    if y:
        assert nb.div(a, b) == nb.exact(x / y)


@given(RATIONALS, st.integers(0, 6))
def test_the_slope_of_a_power_is_exact(x, n):
    found = nb.power(Dual(next(Dual.levels), nb.exact(x), fmpq(1)), fmpq(n))
    expected = nb.exact(n * Fraction(x) ** (n - 1) if n else 0)
    assert (found.slope if type(found) is Dual else fmpq(0)) == expected


@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "tanh", "sin", "cos", "arctan", "tan"])
@given(x=st.fractions(min_value=Fraction(1, 9), max_value=9, max_denominator=50))
@settings(max_examples=25)
def test_functions_and_their_slopes_against_mpmath(name, x):
    function = getattr(nb, name, None) or (lambda v: nb.elementary(name, v))
    reference = getattr(mpmath, {"arctan": "atan"}.get(name, name))
    with mpmath.workdps(60), ctx.workprec(200):
        at = mpmath.mpf(x.numerator) / x.denominator
        for found, expected in (
            (function(nb.exact(x)), reference(at)),
            (slope(function, x), mpmath.diff(reference, at)),
        ):
            gap = abs(nb.ball(found) - arb(mpmath.nstr(expected, 45)))
            assert gap < arb(10) ** -25 * (1 + abs(nb.ball(found)))


def test_what_other_libraries_round_to_zero():
    with ctx.workprec(128):
        small = nb.log(nb.add(fmpq(1), nb.exp(fmpq(-40))))
        assert small > 0
        assert abs(small - arb("4.248354255291589e-18")) < arb("1e-32")


def test_zero_times_infinity_is_zero_where_the_zero_is_exact():
    assert nb.mul(fmpq(0), nb.log(fmpq(0))) == 0
    with pytest.raises(Undefined):
        nb.add(nb.INFINITY, nb.MINUS_INFINITY)


@pytest.mark.parametrize(
    ("work", "error"),
    [
        (lambda: nb.div(fmpq(1), fmpq(0)), Undefined),
        (lambda: nb.log(fmpq(-1)), Undefined),
        (lambda: nb.sqrt(fmpq(-1)), Undefined),
        (lambda: nb.div(fmpq(1), arb(0, 1)), Undecided),
        (lambda: nb.sign(arb(0, 1)), Undecided),
        (lambda: nb.exp(nb.exp(nb.exp(fmpq(10**6)))), Undecided),
    ],
)
def test_why_there_is_no_number(work, error):
    with pytest.raises(error):
        work()


def test_nested_levels_are_not_mixed_up():
    """d/dx (x · d/dy (x + y)) = 1, where a confusion of the two would give 2."""
    outer = Dual(next(Dual.levels), fmpq(3), fmpq(1))
    inner = Dual(next(Dual.levels), fmpq(5), fmpq(1))
    product = nb.mul(outer, (outer + inner).slope)
    assert product.slope == 1
