"""What hints, questions and done texts of the exercises say about NumPy, SciPy and scikit-learn."""

import itertools

import numpy as np
import pytest
from scipy import optimize, special, stats
from sklearn import metrics
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from lossbook import information, regression, softmax

NEVER_INTERPOLATE = ["inverted_cdf", "closest_observation", "lower", "higher", "nearest"]


def quantile_cases(method):
    """For sorted samples 0, 1, … of five sizes and many τ: the quantile, n and τ."""
    for n, tau in itertools.product(range(1, 6), np.linspace(0.01, 0.99, 197)):
        yield np.quantile(np.arange(n), tau, method=method), n, tau


@pytest.mark.parametrize("method", NEVER_INTERPOLATE)
def test_several_methods_of_quantile_never_interpolate(method):
    assert all(c == int(c) for c, _, _ in quantile_cases(method))


@pytest.mark.parametrize("method", NEVER_INTERPOLATE)
def test_only_the_inverse_of_the_shares_is_always_a_quantile(method):
    right = [c <= tau * n <= c + 1 for c, n, tau in quantile_cases(method)]  # c samples are below
    assert all(right) == (method == "inverted_cdf")


def test_average_takes_negative_weights_and_makes_nan_of_a_loss_without_weight():
    assert np.average([1, 2], weights=[-1, 3]) == 2.5
    with np.errstate(invalid="ignore"):
        assert np.isnan(np.average([1, np.inf], weights=[1, 0]))


def test_median_of_as_many_minus_ones_as_ones_is_zero():
    assert np.median([-1, 1, 1, -1]) == 0


def test_small_integers_wrap_around():
    assert np.uint8(0) - np.array([200, 2], np.uint8) == pytest.approx([56, 254])


def test_the_square_root_of_a_mean_of_squares_leaves_the_range_of_floats():
    with np.errstate(over="ignore"):
        for r, wrong in ((1e200, np.inf), (1e-200, 0)):
            residuals = np.full(2, r)
            assert np.sqrt(np.mean(residuals**2)) == wrong
            assert regression.root_mean_squared_error(0 * residuals, residuals) == r


def test_linprog_bounds_what_it_is_not_told_about():
    lowest = {"c": [1.0], "A_ub": [[-1.0]], "b_ub": [5.0]}
    assert optimize.linprog(**lowest).x == pytest.approx([0])
    assert optimize.linprog(**lowest, bounds=(None, None)).x == pytest.approx([-5])


def test_scipy_knows_no_entropy_of_nothing():
    with np.errstate(invalid="ignore"):
        assert np.isnan(stats.entropy([0, 0]))
    assert information.entropy([0, 0]) == 0


def test_gain_is_mutual_information_in_bits():
    y, a = [0, 0, 1, 1, 1, 0], [0, 1, 1, 1, 2, 0]
    gain = information.information_gain(y, a, base=2)
    assert metrics.mutual_info_score(y, a) / np.log(2) == pytest.approx(gain)
    assert metrics.mutual_info_score(a, y) / np.log(2) == pytest.approx(gain)


def test_scipys_softmax_with_an_axis_is_ours_where_there_is_an_answer():
    z = np.array([[0.0, 1.0], [2.0, 3.0], [1e308, -1e308]])
    with np.errstate(over="ignore", invalid="ignore"):
        np.testing.assert_allclose(special.softmax(z, axis=-1), softmax.softmax(z), rtol=1e-15)
        assert special.softmax(z[:2]).sum() == pytest.approx(1)  # without an axis: of all entries
        assert np.isnan(special.softmax([np.inf, 0.0], axis=-1)).all()
    with pytest.raises(ValueError, match="inf"):
        softmax.softmax([np.inf, 0.0])


def test_logaddexp_cannot_overflow_and_keeps_the_digits():
    largest = np.finfo(float).max
    assert np.logaddexp(largest, largest) == largest
    assert np.logaddexp(0, -40) == pytest.approx(4.2483542552915889e-18, rel=1e-12)
    assert np.logaddexp.reduce([1.0, 2.0, 3.0]) == pytest.approx(softmax.logsumexp([1.0, 2.0, 3.0]))


def test_newton_cholesky_has_our_weights_to_seven_digits():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 3)), rng.integers(2, size=60)
    theirs = LogisticRegression(C=0.7, solver="newton-cholesky", tol=1e-12).fit(X, y)
    ours = softmax.SoftmaxRegression(C=0.35, tol=1e-12).fit(X, y)
    np.testing.assert_allclose(ours.coef_[1] - ours.coef_[0], theirs.coef_[0], rtol=1e-7)


def test_the_maximum_of_python_drops_nan_and_that_of_numpy_keeps_it():
    assert max(0, np.nan) == 0
    assert np.isnan(np.maximum(0, np.nan))


def test_numpy_stretches_a_point_of_one_number_only():
    assert (np.ones(1) - np.zeros(3)).shape == (3,)
    with pytest.raises(ValueError, match="broadcast"):
        np.ones(2) - np.ones(3)


def test_svc_takes_the_middle_where_no_multiplier_is_free():
    x, y = np.array([[0.0], [1.0], [3.0], [5.0]]), [-1, -1, 1, 1]
    model = SVC(kernel="linear", C=0.25, tol=1e-10).fit(x, y)
    assert np.abs(model.dual_coef_[0]) == pytest.approx([0.25, 0.25])
    # w = ½. The first two samples allow b from −1.5 to −1, the others from −1.5 to −0.5.
    assert model.coef_[0, 0] == pytest.approx(0.5)
    assert model.intercept_[0] == pytest.approx((-1.5 - 1) / 2, abs=1e-6)


def test_argmax_gives_the_first_of_equals():
    assert np.argmax([1, 3, 3]) == 1
    assert np.unravel_index(3, (2, 2)) == (1, 1)
