"""Squared error and its relatives: values, slopes, identities, extremes, and two witnesses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from scipy import special
from sklearn import metrics
from sklearn.datasets import load_diabetes

from lossbook import regression as reg
from tests.helpers.numerical import budget, derivative, gradient, rounding

# The mean losses and pointwise losses by one name, with a choice of border where one is needed.
POINTWISE = {
    "squared_error": {},
    "absolute_error": {},
    "huber": {"delta": 1.5},
    "pinball": {"quantile": 0.2},
}
MEAN = {
    "mean_squared_error": ("squared_error", {}),
    "mean_absolute_error": ("absolute_error", {}),
    "mean_huber_loss": ("huber", {"delta": 1.5}),
    "mean_pinball_loss": ("pinball", {"quantile": 0.2}),
}
WITH_GRADIENT = ["mean_huber_loss", "mean_pinball_loss"]

modest = st.floats(-1e6, 1e6).map(lambda v: round(v, 3) + 0.0)  # + 0.0: no −0
samples = st.integers(1, 30).flatmap(
    lambda n: st.tuples(arrays(float, n, elements=modest), arrays(float, n, elements=modest))
)


def pointwise(name, y, f):
    return getattr(reg, name)(y, f, **POINTWISE[name])


def mean(name, y, f, **kwargs):
    return getattr(reg, name)(y, f, **MEAN[name][1], **kwargs)


# Values. By hand, or from mpmath with 40 digits:
#   mp.dps = 40; r = mpf(f) - mpf(y)
#   huber: r*r/2 if abs(r) <= d else d*(abs(r) - d/2);  pinball: max(t*-r, (t-1)*-r)
@pytest.mark.parametrize(
    ("loss", "border", "y", "f", "value"),
    [
        (reg.squared_error, {}, 1, 4, 9),
        (reg.squared_error, {}, 0.1, 0.3, 0.04),
        (reg.absolute_error, {}, 4, 1, 3),
        (reg.huber, {"delta": 1}, 0, 0.5, 0.125),
        (reg.huber, {"delta": 1}, 0, 1, 0.5),  # the border: both branches agree
        (reg.huber, {"delta": 1}, 3, 0, 2.5),
        (reg.huber, {"delta": 1.35}, 0, 2, 1.78875),
        (reg.pinball, {"quantile": 0.1}, 1, 2, 0.9),
        (reg.pinball, {"quantile": 0.1}, 3, 2, 0.1),
        (reg.pinball, {"quantile": 0.9}, 2, 2, 0),
    ],
)
def test_values(loss, border, y, f, value):
    assert_allclose(loss(y, f, **border), value, rtol=1e-15)


@pytest.mark.parametrize(
    ("metric", "options", "value"),
    [
        (reg.mean_squared_error, {}, 2 / 3),
        (reg.root_mean_squared_error, {}, (2 / 3) ** 0.5),
        (reg.mean_absolute_error, {}, 2 / 3),
        (reg.mean_pinball_loss, {"quantile": 0.1}, 1 / 3),
        (reg.mean_huber_loss, {"delta": 0.5}, 0.25),  # two tails of 0.5·(1 − 0.25), over three
    ],
)
def test_mean_values(metric, options, value):
    assert_allclose(metric([1, 2, 3], [2, 2, 2], **options), value, rtol=1e-15)


@pytest.mark.parametrize("name", POINTWISE)
@pytest.mark.parametrize("f", [-7.3, -1.4, -0.2, 0.3, 1.1, 2.9])
def test_gradients_against_differences(name, f):
    """Away from kinks (r = 0, |r| = 1.5) these are polynomials of degree 2: f‴ = 0."""
    slope = getattr(reg, f"{name}_gradient")(0.05, f, **POINTWISE[name])
    witness = derivative(lambda v: pointwise(name, 0.05, v), f)
    size = max(1, f * f, pointwise(name, 0.05, f))  # 0.05 − f is rounded too, hence f²
    assert_allclose(slope, witness, rtol=0, atol=budget(size, f, third=0))


@pytest.mark.parametrize("name", ["absolute_error", "pinball"])
def test_at_the_kink_a_subgradient_is_returned(name):
    """Any slope between those on the two sides keeps the tangent line below the loss."""
    slope = getattr(reg, f"{name}_gradient")(2, 2, **POINTWISE[name])
    below, above = (getattr(reg, f"{name}_gradient")(2, f, **POINTWISE[name]) for f in (1, 3))
    assert below <= slope <= above


@pytest.mark.parametrize("name", WITH_GRADIENT)
@pytest.mark.parametrize("weighted", [False, True])
def test_mean_with_gradient_is_the_mean_and_its_gradient(name, weighted):
    rng = np.random.default_rng(1)
    y, f = rng.normal(size=(2, 7)) * 2
    w = rng.uniform(0, 3, size=7) if weighted else None
    value, slopes = mean(f"{name}_with_gradient", y, f, sample_weight=w)
    assert_allclose(value, mean(name, y, f, sample_weight=w), rtol=1e-14)
    witness = gradient(lambda v: mean(name, y, v, sample_weight=w), f)
    # The residuals are 0.07 or more from the kinks, and at most 2.7: means ≤ 10, f‴ = 0.
    assert_allclose(slopes, witness, rtol=0, atol=budget(10, third=0))


for _name in WITH_GRADIENT:  # they take the border of the loss that they differentiate
    MEAN[f"{_name}_with_gradient"] = MEAN[_name]


@pytest.mark.parametrize("name", WITH_GRADIENT)
def test_blocks_leave_no_seam(name):
    """The sample is worked through in blocks; a few sizes around their borders must agree."""
    rng = np.random.default_rng(2)
    for n in (reg._BLOCK - 1, reg._BLOCK, reg._BLOCK + 1, 2 * reg._BLOCK + 3):
        y, f = rng.normal(size=(2, n))
        loss, border = MEAN[name]
        w = rng.uniform(size=n)
        gradient = getattr(reg, f"{loss}_gradient")(y, f, **border)
        for weight, as_given in [(np.full(n, 1 / n), None), (w / w.sum(), w)]:
            value, slopes = mean(f"{name}_with_gradient", y, f, sample_weight=as_given)
            assert_allclose(value, pointwise(loss, y, f) @ weight, rtol=1e-12)
            assert_allclose(slopes, gradient * weight, rtol=1e-12)


# Identities across the losses.


@given(samples)
def test_pinball_at_one_half_is_half_the_absolute_error(sample):
    y, f = sample
    assert_array_equal(reg.pinball(y, f, quantile=0.5), reg.absolute_error(y, f) / 2)


@given(samples)
def test_huber_becomes_squared_and_absolute(sample):
    y, f = sample
    r = np.abs(f - y)
    assert_allclose(reg.huber(y, f, delta=1e7), r**2 / 2, rtol=1e-15)
    # δ(|r| − ½δ)/δ differs from |r| by at most ½δ
    assert_allclose(reg.huber(y, f, delta=1e-9) / 1e-9, r, rtol=1e-12, atol=1e-9)


@given(samples, st.floats(0.01, 0.99))
def test_the_two_pinballs_add_up_to_the_absolute_error(sample, tau):
    y, f = sample
    both = reg.pinball(y, f, quantile=tau) + reg.pinball(y, f, quantile=1 - tau)
    assert_allclose(both, reg.absolute_error(y, f), rtol=1e-12, atol=0)


@given(samples, modest)
def test_mean_squared_error_of_a_constant_is_variance_plus_distance(sample, c):
    """Equation (2.2)."""
    y, _ = sample
    left = reg.mean_squared_error(y, np.full_like(y, c))
    # The mean of y, a sum of n terms, is off by n ε max|y|; its distance to c is squared.
    size = max(abs(c), np.abs(y).max())
    expected = np.var(y) + (c - np.mean(y)) ** 2
    assert_allclose(left, expected, rtol=0, atol=4 * rounding(len(y), size**2))


@given(samples)
def test_losses_are_never_negative_and_vanish_only_at_the_target(sample):
    y, f = sample
    for name in POINTWISE:
        losses = pointwise(name, y, f)
        assert_array_equal(losses > 0, y != f)
        assert np.all(losses >= 0)
        assert not np.signbit(losses).any()  # no −0 in front of a reader


@given(samples, st.data())
def test_weights_are_repetitions(sample, data):
    y, f = sample
    w = data.draw(arrays(int, len(y), elements=st.integers(0, 4)).filter(np.any))
    for name in MEAN:
        weighted = mean(name, y, f, sample_weight=w)
        repeated = mean(name, np.repeat(y, w), np.repeat(f, w))
        if name.endswith("gradient"):
            weighted, repeated = weighted[0], repeated[0]
        assert_allclose(weighted, repeated, rtol=rounding(120, 1), atol=0)  # terms ≥ 0


@given(samples, st.randoms())
def test_order_does_not_matter(sample, random):
    y, f = sample
    order = list(range(len(y)))
    random.shuffle(order)
    for name in ("mean_squared_error", "root_mean_squared_error", "mean_absolute_error"):
        metric = getattr(reg, name)
        assert_allclose(metric(y[order], f[order]), metric(y, f), rtol=1e-12)


# Witnesses: scikit-learn and SciPy. The sums run in another order, which moves 442 terms by
# about 442 · 1e-16; nothing else differs.


@pytest.fixture(scope="module")
def diabetes():
    data = load_diabetes()
    rng = np.random.default_rng(0)
    return data.target, 150 + 900 * data.data[:, 2], rng.uniform(0, 2, len(data.target))


@pytest.mark.parametrize("weighted", [False, True])
def test_scikit_learn_agrees(diabetes, weighted):
    y, f, w = diabetes
    w = w if weighted else None
    for ours, theirs in [
        (reg.mean_squared_error, metrics.mean_squared_error),
        (reg.root_mean_squared_error, metrics.root_mean_squared_error),
        (reg.mean_absolute_error, metrics.mean_absolute_error),
    ]:
        assert_allclose(ours(y, f, sample_weight=w), theirs(y, f, sample_weight=w), rtol=1e-12)
    assert_allclose(
        reg.mean_pinball_loss(y, f, quantile=0.9, sample_weight=w),
        metrics.mean_pinball_loss(y, f, alpha=0.9, sample_weight=w),  # their name for it
        rtol=1e-12,
    )


def test_scipy_agrees_on_huber(diabetes):
    y, f, _ = diabetes
    assert_allclose(reg.huber(y, f, delta=40), special.huber(40, f - y), rtol=1e-14)
    assert_allclose(reg.mean_huber_loss(y, f, delta=40), special.huber(40, f - y).mean(), 1e-12)


# Extremes.


def test_what_is_infinite_comes_back_infinite():
    """Warnings are errors in this test run, so silence is tested too."""
    assert_array_equal(reg.squared_error([0, 0], [1e200, -1e200]), [np.inf, np.inf])
    assert_array_equal(reg.squared_error_gradient([0], [1.7e308]), [np.inf])
    assert reg.mean_squared_error([0, 0], [1e200, 0]) == np.inf
    assert_array_equal(reg.huber([0, 0], [np.inf, -np.inf], delta=2), [np.inf, np.inf])
    assert_array_equal(reg.huber_gradient([0, 0], [np.inf, -np.inf], delta=2), [2, -2])
    assert reg.mean_absolute_error([-1.7e308], [1.7e308]) == np.inf
    assert reg.root_mean_squared_error([0, np.inf], [0, 0]) == np.inf


def test_what_is_finite_stays_finite():
    """The sum of these losses overflows, their mean does not."""
    big = np.full(4, 1e308)
    for name in ("mean_absolute_error", "mean_huber_loss", "mean_pinball_loss"):
        assert np.isfinite(mean(name, np.zeros(4), big))
    assert reg.root_mean_squared_error([0, 0], [1e200, 1e200]) == 1e200
    assert reg.root_mean_squared_error([0, 0], [1e-200, 1e-200]) == 1e-200
    assert reg.root_mean_squared_error([1, 2], [1, 2]) == 0


def test_subnormal_residuals_survive():
    assert reg.absolute_error(0, 5e-324) == 5e-324
    assert reg.pinball(0, 5e-324, quantile=0.1) == 5e-324


def test_a_weight_of_zero_removes_its_row_even_where_the_loss_is_infinite():
    for name in MEAN:
        value = mean(name, [0, 0, 1], [1, np.inf, 1], sample_weight=[1, 0, 1])
        expected = mean(name, [0, 1], [1, 1])
        if name.endswith("gradient"):
            assert_allclose(value[1], np.insert(expected[1], 1, 0.0))
            value, expected = value[0], expected[0]
        assert_allclose(value, expected)
    assert reg.root_mean_squared_error([0, 3], [np.inf, 0], sample_weight=[0, 2]) == 3


# What a caller hands over.


@pytest.mark.parametrize("as_given", [list, tuple, np.float32, np.uint8, np.int8, bool])
def test_every_kind_of_number_works(as_given):
    y, f = [0, 1, 1], [1, 1, 0]
    if as_given in (list, tuple):
        y, f = as_given(y), as_given(f)
    else:
        y, f = np.array(y, as_given), np.array(f, as_given)
    assert_array_equal(reg.squared_error(y, f), [1, 0, 1])
    assert reg.squared_error(y, f).dtype == np.float64


def test_small_integers_do_not_wrap_around():
    black, grey = np.array([0], "uint8"), np.array([16], "uint8")
    assert reg.squared_error(black, grey) == 256
    assert reg.mean_absolute_error(np.array([-128], "int8"), np.array([127], "int8")) == 255


@pytest.mark.parametrize("name", [*MEAN, "root_mean_squared_error"])
def test_inputs_are_read_only_and_stay_as_they_were(name):
    """Non-contiguous and write-protected; writing to them would raise."""
    table = np.random.default_rng(3).normal(size=(10, 6))
    before = table.copy()
    table.flags.writeable = False
    options = MEAN.get(name, (None, {}))[1]
    getattr(reg, name)(table[::2, 0], table[::2, 3], sample_weight=np.abs(table[::2, 5]), **options)
    assert_array_equal(table, before)


def test_pointwise_losses_take_any_one_shape():
    table = np.arange(6.0).reshape(2, 3)
    for name in POINTWISE:
        assert pointwise(name, table, table[::-1]).shape == (2, 3)
        assert np.ndim(pointwise(name, 1.0, 2.0)) == 0


BAD = [
    ({"y": [1, 2], "f": [1, 2, 3]}, ValueError, r"same shape, got \(2,\) and \(3,\)"),
    ({"y": [1, 2], "f": [[1], [2]]}, ValueError, "ravel"),
    ({"y": [1, np.nan], "f": [1, 2]}, ValueError, r"y\w* must not contain NaN.* at index 1"),
    ({"y": [1, 2], "f": [np.nan, 2]}, ValueError, r"(f|y_pred) must not contain NaN"),
    ({"y": [], "f": []}, ValueError, r"y\w* must"),
    ({"y": [np.inf], "f": [np.inf]}, ValueError, "same infinity"),
    ({"y": ["a"], "f": [1]}, TypeError, r"y\w* must hold real numbers"),
    ({"y": [1], "f": [1j]}, TypeError, r"(f|y_pred) must hold real numbers"),
    ({"y": [None], "f": [1]}, ValueError, r"y\w* must not contain NaN"),
    ({"y": [object()], "f": [1]}, TypeError, r"y\w* must hold real numbers only"),
    ({"y": [[1], [2, 3]], "f": [1]}, ValueError, r"y\w* must be a rectangular array"),
    ({"y": np.ma.array([1], mask=[True]), "f": [1]}, TypeError, r"y\w* is a masked array"),
]


@pytest.mark.parametrize(("given", "error", "message"), BAD)
def test_bad_input_is_named(given, error, message):
    for name in POINTWISE:
        with pytest.raises(error, match=message):
            pointwise(name, given["y"], given["f"])
    for name in MEAN:
        with pytest.raises(error, match=message):
            mean(name, given["y"], given["f"])


@pytest.mark.parametrize("delta", [0, -1, np.inf])
def test_delta_must_be_positive_and_finite(delta):
    with pytest.raises(ValueError, match="delta must be finite and greater than 0"):
        reg.huber([1], [2], delta=delta)


@pytest.mark.parametrize("quantile", [0, 1, -0.5, 90])
def test_quantile_lies_strictly_between_0_and_1(quantile):
    with pytest.raises(ValueError, match="quantile must lie strictly between 0 and 1"):
        reg.mean_pinball_loss([1], [2], quantile=quantile)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1], r"sample_weight must have shape \(2,\), got \(1,\)"),
        ([1, -1], "must not be negative, got -1"),
        ([0, 0], "positive sum"),
        ([np.inf, 1], "must be finite"),
        ([np.nan, 1], "sample_weight must not contain NaN"),
    ],
)
def test_bad_weights_are_named(weights, message):
    for name in [*MEAN, "root_mean_squared_error"]:
        options = MEAN.get(name, (None, {}))[1]
        with pytest.raises(ValueError, match=message):
            getattr(reg, name)([1, 2], [3, 4], sample_weight=weights, **options)


def test_huge_weights_do_not_overflow():
    assert reg.mean_absolute_error([0, 0], [1, 3], sample_weight=[1e308, 1e308]) == 2


@pytest.mark.parametrize(
    ("y", "f"),
    [
        ([1e200, 1.0], [0.0, 3.0]),  # the square of the first residual overflows
        ([0.0, 1.0], [-1e308, 3.0]),
        ([np.inf, 1.0], [np.inf, 3.0]),  # the first residual is ∞ − ∞
        ([np.inf, 1.0], [-np.inf, 3.0]),
    ],
)
def test_a_weight_of_zero_removes_a_row_of_any_size(y, f):
    """What is left is the row with the residual 2: squares 4, |r| = 2, and so on, by hand."""
    w = [0, 2]
    assert reg.mean_squared_error(y, f, sample_weight=w) == 4
    assert reg.root_mean_squared_error(y, f, sample_weight=w) == 2
    assert reg.mean_absolute_error(y, f, sample_weight=w) == 2
    assert reg.mean_pinball_loss(y, f, quantile=0.25, sample_weight=w) == 1.5
    assert reg.mean_huber_loss(y, f, sample_weight=w) == 1.5
    value, slopes = reg.mean_huber_loss_with_gradient(y, f, sample_weight=w)
    assert (value, slopes.tolist()) == (1.5, [0, 1])
    value, slopes = reg.mean_pinball_loss_with_gradient(y, f, quantile=0.25, sample_weight=w)
    assert (value, slopes.tolist()) == (1.5, [0, 0.75])


@pytest.mark.parametrize("loss", [reg.mean_squared_error, reg.root_mean_squared_error])
def test_no_weight_hides_nan(loss):
    with pytest.raises(ValueError, match="y_pred must not contain NaN, found one at index 0"):
        loss([0, 1], [np.nan, 1], sample_weight=[0, 1])
