"""Softmax and cross-entropy: values to the last digits, derivatives, and what they are equal to."""

import math
from functools import partial

import mpmath
import numpy as np
import pytest
import scipy.sparse
import scipy.special
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import datasets, metrics
from sklearn._loss.loss import HalfMultinomialLoss

from lossbook.softmax import (
    brier_score,
    log_loss,
    log_losses,
    log_softmax,
    logsumexp,
    softmax,
    softmax_cross_entropies,
    softmax_cross_entropy,
    softmax_cross_entropy_gradient,
    softmax_cross_entropy_hessian,
    softmax_cross_entropy_with_gradient,
)
from lossbook.softmax._cross_entropy import _class_losses, _log1p
from tests.helpers import numerical

inf, nan, ln2 = np.inf, np.nan, 0.69314718055994530942
close = partial(np.testing.assert_allclose, rtol=0)
same = np.testing.assert_array_equal


def digits_with_scores():
    """Labels of the 1797 digits and scores of a untrained linear model."""
    X, y = datasets.load_digits(return_X_y=True)
    return y, X / 4 @ np.random.default_rng(4).normal(size=(64, 10))


def sample(n=7, n_classes=4, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(n_classes, size=n), 3 * rng.normal(size=(n, n_classes))


def distributions(n=7, n_classes=4, seed=1):
    return np.random.default_rng(seed).dirichlet(np.ones(n_classes), size=n)


# from mpmath import mp, mpf, exp, log; mp.dps = 1000; z = [mpf(x) for x in z]
# L = log(sum(map(exp, z))); p = [exp(x - L) for x in z]
SOFTMAX = [
    ([1, 2, 3], [0.090030573170380457998, 0.24472847105479765247, 0.66524095577482188953]),
    ([1e4, 0, -1e4], [1, 0, 0]),
    ([-1e4, -9999], [0.26894142136999512075, 0.73105857863000487925]),
    ([0, 40], [4.2483542552915889773e-18, 1]),
    ([-inf, 0], [0, 1]),
    ([1e308, -1e308], [1, 0]),
    ([7], [1]),
]


@pytest.mark.parametrize(("z", "p"), SOFTMAX)
def test_softmax(z, p):
    close(softmax(z), p, rtol=1e-15)  # one exponential, one sum, one division


# as above: [L - x for x in z], the loss where the class is 0, 1, …
SURPRISE = [
    ([1, 2, 3], [2.4076059644443803045, 1.4076059644443803045, 0.40760596444438030448]),
    ([0, 40], [40.000000000000000004, 4.2483542552915889863e-18]),
    ([0, -700], [9.8596765437597708567e-305, 700]),
    ([1e4, 0, -1e4], [0, 10000, 20000]),
    ([1e8, 1e8], [ln2, ln2]),
    ([0] * 3, [1.0986122886681096914] * 3),
    ([0] * 10, [2.302585092994045684] * 10),
    ([-inf, 0, 0], [inf, ln2, ln2]),
    ([1e308, -1e308], [0, inf]),
    ([5], [0]),
]


@pytest.mark.parametrize(("z", "losses"), SURPRISE)
def test_cross_entropy_of_each_class_and_log_softmax(z, losses):
    # The differences of these scores are exact, so that only a few last digits are rounded.
    close(-log_softmax(z), losses, rtol=1e-15)
    for y, unit in enumerate(np.eye(len(z))):
        close(softmax_cross_entropy([y], [z]), losses[y], rtol=1e-15)
        close(softmax_cross_entropy([unit], [z]), losses[y], rtol=1e-15)


@pytest.mark.parametrize(("z", "losses"), SURPRISE)
def test_cross_entropies_are_the_losses_of_the_samples(z, losses):
    rows, y = [z] * len(z), np.arange(len(z))
    close(softmax_cross_entropies(y, rows), losses, rtol=1e-15)
    close(softmax_cross_entropies(np.eye(len(z)), rows), losses, rtol=1e-15)
    assert softmax_cross_entropies(y, rows).shape == (len(z),)


# as above: L − x of class 0, and p_0 − 1
SIZES = [
    ([0, 1], 1.3132616875182228340, -0.73105857863000487925),
    ([0, 1000], 1000, -1),
    ([-200, 600], 800, -1),
    ([-200, 300], 500, -1),
    ([-900, -901], 0.31326168751822283405, -0.26894142136999512075),
    ([-50, -900], 0, 0),
    ([-inf, 3], inf, -1),
    ([1e5, 1e5], ln2, -0.5),
    ([-1e5, 1e5], 2e5, -1),
]


# What most rows are like sets the way taken.
@pytest.mark.parametrize(("filler", "loss"), [([0.0, 0.5], 0.5), ([5000.0, 5001.0], 1)])
@pytest.mark.parametrize("some", [SIZES, *([size] for size in SIZES)])
def test_rows_of_all_sizes_beside_each_other(filler, loss, some):
    """A row has its loss and gradient whatever rows are beside it, in one call and in one block."""
    rows, places = np.tile(filler, (700, 1)), 3 + 70 * np.arange(len(some))
    z, losses, slopes = zip(*some, strict=True)
    rows[places] = z
    found, gradient = _class_losses(np.zeros(700, int), rows, np.ones(700))
    close(found[places], losses, rtol=1e-15, atol=1e-320)  # e^−850 = 0
    close(gradient[places, 0], slopes, rtol=1e-15)
    same(gradient[:, 1], -gradient[:, 0])
    close(found[0], np.log1p(np.exp(loss)), rtol=1e-15)


@pytest.mark.parametrize("level", [-40, -500, -720, 0, 225])
def test_digits_where_all_scores_are_low_or_high(level):
    """p of a class far below the others keeps its digits down to the least normal number."""
    z = np.array([[level, level - 690.0, level - 1]])
    value, gradient = softmax_cross_entropy_with_gradient([0], z)
    with mpmath.workdps(60):
        low, near = mpmath.exp(-690), mpmath.exp(-1)
        total = 1 + low + near
        expected = [-(low + near) / total, low / total, near / total]
        loss = float(mpmath.log(total))
    close(value, loss, rtol=1e-15)
    close(gradient[0], [float(x) for x in expected], rtol=2e-15)


def test_the_quick_logarithm_of_1_plus_x():
    x = np.concatenate([10.0 ** np.arange(-320, 200), np.linspace(1e-17, 5, 1000), [0]])
    with mpmath.workdps(400):
        expected = [float(mpmath.log1p(mpmath.mpf(float(a)))) for a in x]
    close(_log1p(x), expected, rtol=4.5e-16)  # one unit in the last place of ln u, one of the sum


# as above: L
LOGSUMEXP = [
    ([1e4, 1e4], 10000.693147180559945),
    ([1000, 1000.5], 1000.9740769841801067),
    ([0, -40], 4.2483542552915889863e-18),
    ([-1e4] * 10, -9997.6974149070059543),
    ([1e308, 1e308], 1e308),
    ([-1e308, 1e308], 1e308),
    ([], -inf),
    ([-inf, -inf], -inf),
    ([-inf, 3], 3),
    ([inf, 0], inf),
    ([inf, -inf], inf),
    ([inf, inf], inf),
]


@pytest.mark.parametrize(("z", "value"), LOGSUMEXP)
def test_logsumexp(z, value):
    close(logsumexp(z), value, rtol=1e-15)
    assert isinstance(logsumexp(z), float)


def test_logsumexp_of_an_empty_axis():
    same(logsumexp(np.empty((2, 0))), [-inf, -inf])
    assert logsumexp(np.empty((2, 0)), axis=0).shape == (0,)


def test_cross_entropy_of_soft_targets():
    # mpmath: sum(t * (L - x))
    t, z = [0.5, 0.25, 0.25], [1, 2, 3]
    close(softmax_cross_entropy([t], [z]), 1.6576059644443803045, rtol=1e-15)
    # A masked class counts only where it was to be expected.
    close(softmax_cross_entropy([[0, 0.5, 0.5]], [[-inf, 0, 0]]), ln2, rtol=1e-15)
    assert softmax_cross_entropy([[0.5, 0.5, 0]], [[-inf, 0, 0]]) == inf


def test_entropy_is_the_least_cross_entropy():
    t = np.array([0.5, 0.3, 0.2])
    entropy = 1.0296530140645735274  # mpmath: -sum(t * log(t)) with t = 5/10, 3/10, 2/10
    close(softmax_cross_entropy([t], [np.log(t)]), entropy, rtol=1e-15)
    for z in np.log(t) + 0.1 * np.eye(3):
        assert softmax_cross_entropy([t], [z]) > entropy
    # p − t of numbers up to ½: the exponential, the division and ln t round.
    close(softmax_cross_entropy_gradient([t], [np.log(t)]), np.zeros((1, 3)), atol=1e-15)


def test_gradient_of_targets_that_sum_to_1_within_their_rounding():
    """The derivative of −Σ t ln p is p Σ t − t, not p − t; rows sum to 0."""
    t = softmax([[1, 2, 3], [0.5, -1, 4]]).astype(np.float32)
    z = np.array([[0.3, -0.2, 1], [2, 0, -1]])
    value, gradient = softmax_cross_entropy_with_gradient(t, z)
    with mpmath.workdps(40):
        rows = [[mpmath.mpf(float(x)) for x in row] for row in t]
        L = [mpmath.log(sum(mpmath.exp(mpmath.mpf(x)) for x in row)) for row in z.tolist()]
        loss = sum(rows[i][k] * (L[i] - z[i, k]) for i in range(2) for k in range(3)) / 2
        expected = [
            [float((mpmath.exp(z[i, k] - L[i]) * sum(rows[i]) - rows[i][k]) / 2) for k in range(3)]
            for i in range(2)
        ]
    close(value, float(loss), rtol=1e-15)
    close(gradient, expected, rtol=1e-14)  # p − t cancels one digit


@pytest.mark.parametrize("n_classes", [2, 10, 100, 10_000])
def test_probabilities_of_a_float32_model_are_used_as_they_are(n_classes):
    rng = np.random.default_rng(3)
    z = 3 * rng.normal(size=(200, n_classes)).astype(np.float32)
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p, y = e / e.sum(axis=1, keepdims=True), rng.integers(n_classes, size=200)
    assert p.dtype == np.float32
    own = p.astype(float)[np.arange(200), y]
    # A mean of 200 logarithms; fsum rounds once.
    expected = math.fsum(-math.log(x) for x in own) / 200
    close(log_loss(y, p, labels=range(n_classes)), expected, rtol=1e-14)
    losses = log_losses(y, p, labels=range(n_classes))
    same(log_losses(y, p.tolist(), labels=range(n_classes)), losses)
    distance = ((p.astype(float) - np.eye(n_classes)[y]) ** 2).sum(axis=1).mean()
    close(brier_score(y, p, labels=range(n_classes)), distance, rtol=1e-13)
    assert np.isfinite(softmax_cross_entropy(p, z))


def test_two_rows_of_float32():
    p = np.array([[0.3, 0.7], [0.1, 0.9]], np.float32)
    # mpmath: -(log(p[0, 0]) + log(p[1, 1])) / 2 of the float32 values, which sum to 1 − 2.2e-8
    close(log_loss([0, 1], p), 0.65466665336914340874, rtol=1e-15)


def test_label_smoothing_has_a_floor():
    t = 0.9 * np.eye(10) + 0.1 / 10
    # mpmath: -0.91 * log(0.91) - 9 * 0.01 * log(0.01)
    close(softmax_cross_entropy(t, np.log(t)), 0.50028803505775783058, rtol=1e-15)


@pytest.mark.parametrize("weight", [None, [3, 0, 1, 1, 0.5, 2, 1]], ids=["equal", "weighted"])
@pytest.mark.parametrize("t", [sample()[0], distributions()], ids=["classes", "soft"])
def test_gradient_is_the_derivative_of_the_mean(t, weight):
    _, z = sample()
    value, gradient = softmax_cross_entropy_with_gradient(t, z, sample_weight=weight)
    assert value == softmax_cross_entropy(t, z, sample_weight=weight)
    same(gradient, softmax_cross_entropy_gradient(t, z, sample_weight=weight))
    slopes = numerical.gradient(lambda z: softmax_cross_entropy(t, z, sample_weight=weight), z)
    # Rounding of the loss, a few 1e-16, over the step 2e-6 of the difference.
    close(gradient, slopes, atol=2e-9)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (1, 1), (20, 1000)])
def test_gradient_rows_sum_to_zero(shape):
    y, z = sample(*shape)
    for t in (y, distributions(*shape)):
        gradient = softmax_cross_entropy_gradient(t, 10 * z)
        # Entries of one row add up to at most 2/n; the true one is rounded, and so is their sum.
        close(gradient.sum(axis=1), np.zeros(len(z)), atol=1e-15)


def test_gradient_keeps_its_digits_where_the_model_is_sure():
    p = 4.2483542552915889773e-18  # of SOFTMAX
    for t in ([1], [[0, 1]]):
        close(softmax_cross_entropy_gradient(t, [[0, 40]]), [[p, -p]], rtol=1e-15)


def test_gradient_at_an_infinite_loss():
    value, gradient = softmax_cross_entropy_with_gradient([0], [[-inf, 0, 0]])
    assert value == inf
    same(gradient, [[-1, 0.5, 0.5]])


def test_hessian_is_the_derivative_of_the_gradient():
    z = np.array([0.5, -1.0, 2.0, 0.0])
    rows = numerical.jacobian(lambda z: softmax_cross_entropy_gradient([1], [z])[0], z)
    # Gradients of at most 1 round at a few 1e-16, over the step of 2e-6; h²/6 · f''' is 1e-13.
    close(softmax_cross_entropy_hessian(z), rows, atol=1e-9)


def test_hessian_values():
    a, b, c = 4.248354255291588946e-18, 1.5628821893349887499e-18, 6.6396771995807343235e-36
    # mpmath: p_j (1 − p_j) on the diagonal, −p_j p_k beside it, for z = 0, −40, −41
    expected = [[5.8112364446265776959e-18, -a, -b], [-a, a + c, -c], [-b, -c, b + c]]
    close(softmax_cross_entropy_hessian([0, -40, -41]), expected, rtol=1e-15)
    masked = [[0.25, -0.25, 0], [-0.25, 0.25, 0], [0, 0, 0]]
    same(softmax_cross_entropy_hessian([0, 0, -inf]), masked)


@given(arrays(float, st.integers(1, 6), elements=st.floats(-50, 50)))
def test_hessian_is_positive_semidefinite_with_the_ones_in_its_null_space(z):
    hessian = softmax_cross_entropy_hessian(z)
    same(hessian, hessian.T)
    close(hessian.sum(axis=1), np.zeros(len(z)), atol=1e-15)  # six entries of at most 1/4
    assert np.linalg.eigvalsh(hessian).min() >= -1e-15


@given(arrays(float, (3, 4), elements=st.floats(-30, 30)), st.integers(0, 3))
def test_against_fifty_digits(z, y):
    # z − max z is rounded, by 30 · 1e-16 at most, and an exponential is wrong by as much.
    with mpmath.workdps(50):
        e = [[mpmath.exp(mpmath.mpf(x)) for x in row] for row in z.tolist()]
        log_p = [[mpmath.log(x / mpmath.fsum(row)) for x in row] for row in e]
        loss = -mpmath.fsum(row[y] for row in log_p) / 3
        log_p = np.array([[float(x) for x in row] for row in log_p])
    close(log_softmax(z), log_p, rtol=2e-14)
    close(softmax(z), np.exp(log_p), rtol=2e-14)
    close(logsumexp(z, axis=1), z[:, 0] - log_p[:, 0], atol=2e-14)  # of numbers up to 60
    close(softmax_cross_entropy([y] * 3, z), float(loss), rtol=2e-14)


@given(arrays(int, (3, 4), elements=st.integers(-500, 500)), st.integers(-1000, 1000))
def test_a_constant_added_to_all_scores_changes_nothing(eighths, c):
    z, y = eighths / 8, [0, 1, 2]  # sums of eighths are exact, so no rounding differs in z − max z
    same(softmax(z + c), softmax(z))
    same(log_softmax(z + c), log_softmax(z))
    # Its exponentials are taken of z itself where they are safe: two roundings in each of them.
    close(softmax_cross_entropy(y, z + c), softmax_cross_entropy(y, z), rtol=2e-15)
    close(logsumexp(z + c), logsumexp(z) + c, atol=1e-12)  # three roundings of about 1000


@pytest.mark.parametrize("gap", [299, 301, 700, 744])
@pytest.mark.parametrize("level", [0, -299, 299])
def test_no_seam_where_scores_become_too_large_for_their_exponentials(gap, level):
    """Below ±300 exponentials are taken of the scores themselves, above of z − max z."""
    z = [[level, level + gap]]
    close(softmax_cross_entropy([0], z), gap, rtol=1e-15)  # gap + e^−gap
    value, gradient = softmax_cross_entropy_with_gradient([1], z)
    close([value, *gradient[0]], np.exp(-gap) * np.array([1, 1, -1]), rtol=1e-15)


def test_two_classes_are_the_logistic_loss_of_the_margin():
    m = np.array([-800, -40, -1, 0, 0.5, 2, 40, 700])
    for margin in m:
        value, gradient = softmax_cross_entropy_with_gradient([1], [[0, margin]])
        close(value, -scipy.special.log_expit(margin), rtol=1e-15)
        slope = scipy.special.expit(-margin)
        close(gradient, [[slope, -slope]], rtol=1e-14)  # expit is off by a few units itself


@pytest.mark.parametrize("axis", [-1, 0, 1, 2, -3])
def test_axes_against_scipy(axis):
    z = np.random.default_rng(5).normal(size=(2, 3, 4))
    close(softmax(z, axis), scipy.special.softmax(z, axis), rtol=1e-14)
    close(log_softmax(z, axis), scipy.special.log_softmax(z, axis), rtol=1e-13)
    close(logsumexp(z, axis), scipy.special.logsumexp(z, axis), rtol=1e-13)


@pytest.mark.parametrize("n_classes", [3, 200, 1000, 100_000], ids="K={}".format)
def test_many_rows_against_scikit_learn(n_classes):
    # More numbers than fit in one block, with rows longer and shorter than a block is high.
    y, z = sample(150_000 // n_classes + 3, n_classes)
    value, gradient = softmax_cross_entropy_with_gradient(y, z)
    losses, gradients = HalfMultinomialLoss(n_classes=n_classes).loss_gradient(y.astype(float), z)
    # scikit-learn adds the K terms of a row one by one, and has p − 1 for the true class.
    close(value, losses.mean(), rtol=1e-12)
    close(gradient, gradients / len(y), rtol=1e-12, atol=1e-15 / len(y))


def test_digits_against_scikit_learn():
    y, z = digits_with_scores()
    p, w = softmax(z), np.arange(len(y)) % 3
    eps = np.finfo(float).eps
    for weight in (None, w):
        told = metrics.log_loss(y, p, sample_weight=weight)
        close(log_loss(y, p, sample_weight=weight, eps=eps), told, rtol=1e-12)
        told = metrics.brier_score_loss(y, p, sample_weight=weight)
        close(brier_score(y, p, sample_weight=weight), told, rtol=1e-12)
    close(log_loss(y, p), softmax_cross_entropy(y, z), rtol=1e-12)


def test_two_kinds_of_iris_against_scikit_learn():
    X, kind = datasets.load_iris(return_X_y=True)
    y, p = kind == 2, scipy.special.expit(X @ [0.5, -2, 1, 0.5])
    close(log_loss(y, p), metrics.log_loss(y, p), rtol=1e-12)
    close(log_loss(y, p), log_loss(y, np.column_stack([1 - p, p])), rtol=1e-12)
    # scikit-learn keeps one of two equal terms
    close(brier_score(y, p), 2 * metrics.brier_score_loss(y, p), rtol=1e-12)
    close(brier_score(y, p), brier_score(y, np.column_stack([1 - p, p])), rtol=1e-12)


def test_clipping_reproduces_scikit_learn():
    y, eps = [0, 1], np.finfo(float).eps
    for p in ([[1.0, 0.0], [1.0, 0.0]], [0.0, 0.0], [1.0, 1.0]):
        assert log_loss(y, p) == inf
        close(log_loss(y, p, eps=eps), metrics.log_loss(y, p), rtol=1e-15)
    assert str(log_loss(y, [0, 1])) == str(log_loss(y, np.eye(2))) == "0.0"  # not -0.0
    assert log_loss([0, 1], [1e-20, 1]) == 5e-21  # −ln(1 − p) ≈ p, not 0


# mpmath: 1 - sum(p * p) of the class frequencies
@pytest.mark.parametrize(
    ("load", "gini"),
    [
        (datasets.load_iris, 2 / 3),
        (datasets.load_wine, 0.65831334427471278879),
        (datasets.load_breast_cancer, 0.46753006075469250466),
        (datasets.load_digits, 0.89997891124420872108),
    ],
)
def test_class_frequencies_leave_gini_and_entropy(load, gini):
    y = load().target
    frequencies = np.bincount(y) / len(y)
    p = np.tile(frequencies, (len(y), 1))
    close(brier_score(y, p), gini, rtol=1e-13)  # a mean of up to 1797 terms
    close(log_loss(y, p), scipy.stats.entropy(frequencies), rtol=1e-13)


def test_columns_follow_labels():
    y, p = ["no", "yes", "no"], [0.2, 0.9, 0.4]
    both = np.column_stack([np.subtract(1, p), p])
    for loss in (log_loss, brier_score):
        expected = loss(y, p)
        close(loss(y, both), expected, rtol=1e-15)
        close(loss(y, both[:, ::-1], labels=["yes", "no"]), expected, rtol=1e-15)
        close(loss(y, np.subtract(1, p), labels=["yes", "no"]), expected, rtol=1e-15)
        one_row = loss(["no"], [0.2], labels=["no", "yes"])
        close(loss(["no"], [[0.8, 0.2]], labels=["no", "yes"]), one_row, rtol=1e-15)
    assert brier_score([0, 1], [0.1, 0.8]) == pytest.approx(0.05, rel=1e-15)


y7, z7 = sample()
LOSSES = {
    "classes": (softmax_cross_entropy, y7, z7),
    "soft": (softmax_cross_entropy, distributions(), z7),
    "log_loss": (partial(log_loss, labels=range(4)), y7, softmax(z7)),
    "brier": (partial(brier_score, labels=range(4)), y7, softmax(z7)),
    "binary log_loss": (log_loss, y7 > 1, softmax(z7)[:, 0]),
    "binary brier": (brier_score, y7 > 1, softmax(z7)[:, 0]),
}
each_loss = pytest.mark.parametrize(("loss", "t", "x"), LOSSES.values(), ids=LOSSES)


POINTWISE = {
    "classes": (softmax_cross_entropies, softmax_cross_entropy, y7, z7),
    "soft": (softmax_cross_entropies, softmax_cross_entropy, distributions(), z7),
    "far": (softmax_cross_entropies, softmax_cross_entropy, y7, 300 * z7),
    "log_loss": (log_losses, log_loss, np.arange(7) % 4, softmax(z7)),
    "binary log_loss": (log_losses, log_loss, y7 > 1, softmax(z7)[:, 0]),
}


@pytest.mark.parametrize(("each", "mean", "t", "x"), POINTWISE.values(), ids=POINTWISE)
def test_means_are_weighted_means_of_the_losses_of_the_samples(each, mean, t, x):
    losses, w = each(t, x), np.array([1, 3, 0, 2, 1, 1, 4])
    assert mean(t, x) == losses.mean()
    close(mean(t, x, sample_weight=w), w @ losses / 12, rtol=1e-15)
    for row, loss in enumerate(losses):  # and no sample has a part in the loss of another
        assert mean(t, x, sample_weight=np.arange(7) == row) == loss


def test_columns_of_log_losses():
    # by hand: −ln of the probability of what occurred
    p = [[0.9, 0.1], [0.2, 0.8]]
    close(log_losses(["b", "a"], p, labels=["b", "a"]), -np.log([0.9, 0.8]), rtol=1e-15)
    # scikit-learn sorts the labels, and warns
    with pytest.warns(UserWarning, match="ordered lexicographically"):
        theirs = metrics.log_loss(["b", "a"], [[0.9, 0.1], [0.2, 0.8]], labels=["b", "a"])
    close(log_loss(["b", "a"], [[0.9, 0.1], [0.2, 0.8]], labels=["a", "b"]), theirs, rtol=1e-15)
    # The alphabet has "high" before "low".
    close(log_loss(["low", "high"], [0.1, 0.9]), -np.log(0.1), rtol=1e-15)
    close(log_loss(["low", "high"], [0.1, 0.9], labels=["low", "high"]), -np.log(0.9), rtol=1e-15)
    same(log_losses([0, 1], [0, 0]), [0, inf])
    same(log_losses([0, 1], [0, 0], eps=0.25), -np.log([0.75, 0.25]))


@each_loss
def test_weights_are_repetitions(loss, t, x):
    times = np.array([1, 3, 0, 2, 1, 1, 4])
    many = loss(np.repeat(t, times, axis=0), np.repeat(x, times, axis=0))
    close(loss(t, x, sample_weight=times), many, rtol=1e-15)
    close(loss(t, x, sample_weight=1e300 * times), many, rtol=1e-15)


@each_loss
def test_order_of_rows_does_not_matter(loss, t, x):
    order = np.random.default_rng(2).permutation(len(x))
    close(loss(t[order], x[order]), loss(t, x), rtol=1e-15)


def test_order_of_classes_does_not_matter():
    new = np.array([2, 0, 3, 1])  # class k becomes column new[k]
    z = np.empty_like(z7)
    z[:, new] = z7
    value, gradient = softmax_cross_entropy_with_gradient(y7, z7)
    moved_value, moved_gradient = softmax_cross_entropy_with_gradient(new[y7], z)
    close(moved_value, value, rtol=1e-15)
    close(moved_gradient[:, new], gradient, rtol=1e-15)  # the sum of the row rounds otherwise


def test_a_zero_weight_removes_an_infinite_loss():
    y, z = [0, 0], [[-inf, 0], [0, 0]]
    for t in (y, np.eye(2)[y]):
        value, gradient = softmax_cross_entropy_with_gradient(t, z, sample_weight=[0, 2])
        close(value, ln2, rtol=1e-15)
        close(gradient, [[0, 0], [-0.5, 0.5]], rtol=1e-15)
    close(log_loss([1, 0], [0, 0.5], sample_weight=[0, 2]), ln2, rtol=1e-15)


def test_overflow_is_inf_and_only_where_the_result_overflows():
    assert softmax_cross_entropy([1, 1], [[1e308, 0], [1e308, 0]]) == 1e308
    assert softmax_cross_entropy([[0, 1 + 1e-9]], [[np.finfo(float).max, 0]]) == inf


def test_sums_that_are_almost_1_are_accepted():
    almost = [[0.5, 0.5 + 9e-9]]
    close(softmax_cross_entropy(almost, [[0, 0]]), ln2, rtol=1e-8)
    close(log_loss([0], almost, labels=[0, 1]), ln2, rtol=1e-15)


def frozen(array):
    array = np.array(array)
    array.flags.writeable = False
    return array


FORMS = {
    "list": lambda array: array.tolist(),
    "float32": lambda array: array.astype(np.float32) if array.dtype.kind == "f" else array,
    "int8": lambda array: array.astype(np.int8),
    "uint8": lambda array: array.astype(np.uint8),
    "read-only": frozen,
    "columns first": np.asfortranarray,
    "every other": lambda array: np.repeat(array, 2, axis=0)[::2],
    "backwards": lambda array: array[::-1].copy()[::-1],
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_any_form_of_input(form):
    y, z = np.array([2, 0]), np.array([[1.0, 5, 0], [3, 0, 2]])
    t = np.array([[0.0, 1, 0], [1, 0, 0]])
    for function in (softmax, log_softmax, logsumexp):
        result = function(form(z))
        same(result, function(z))
        assert result.dtype == np.float64
    for target in (y, t):
        given_target, given_z = form(target), form(z)
        value, gradient = softmax_cross_entropy_with_gradient(given_target, given_z)
        expected = softmax_cross_entropy_with_gradient(target, z)
        assert value == expected[0]
        same(gradient, expected[1])
        same(given_target, form(target))  # nothing of the caller's was written to
        same(given_z, form(z))
    same(softmax_cross_entropy_hessian(form(z[0])), softmax_cross_entropy_hessian(z[0]))
    given_t = form(t)
    assert log_loss(form(y), given_t, labels=[2, 0, 1]) == log_loss(y, t, labels=[2, 0, 1]) == inf
    assert brier_score(form(y), given_t, labels=[2, 0, 1]) == 2
    same(given_t, form(t))


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.uint64])
def test_any_integer_type_of_classes(dtype):
    y, z = np.arange(100), 40 * np.eye(100)  # 99 · 100 overflows eight bits
    expected = softmax_cross_entropy_gradient(y, z)
    same(softmax_cross_entropy_gradient(y.astype(dtype), z), expected)


def test_numpy_is_left_as_it_was():
    before = np.getbufsize(), np.geterr()
    softmax_cross_entropy(*sample())
    assert (np.getbufsize(), np.geterr()) == before


ce, binary = softmax_cross_entropy, [0, 1]
BAD = [
    (softmax, ([],), ValueError, "z must not be empty"),
    (softmax, ([0, nan],), ValueError, "z must not contain NaN, found one at index 1"),
    (softmax, ([0, inf],), ValueError, r"z must have a finite maximum along axis 0, found \+inf"),
    (log_softmax, ([[0, 0], [-inf, -inf]],), ValueError, "found −inf only in row 1"),
    (softmax, ([0, 1], 1), ValueError, "axis must be an axis of z, from -1 to 0, got 1"),
    (softmax, (3.0,), ValueError, "z must have at least one axis"),
    *(
        (function, ([[0, 1]], axis), TypeError, "axis must be one integer, got " + told)
        for function in (softmax, log_softmax, logsumexp)
        for axis, told in [
            (None, r"None; SciPy's axis=None.* z\.ravel\(\)"),
            ((0, 1), r"\(0, 1\); \.reshape\(\)"),
            (1.0, "1.0"),
            (True, "True"),
            ("0", "'0'"),
        ]
    ),
    (softmax, (scipy.sparse.csr_array([[1.0, 2]]),), TypeError, r"z .*toarray\(\)"),
    (softmax_cross_entropies, ([2], [[0, 0]]), ValueError, r"y_true must lie in 0\.\.1, got 2"),
    (softmax_cross_entropies, ([0], [[0, nan]]), ValueError, "logits must not contain NaN"),
    (log_losses, ([0, 1], [0.5, 1.5]), ValueError, r"y_proba must lie in \[0, 1\]"),
    (softmax, (["a"],), TypeError, "z must hold real numbers"),
    (softmax, ([1j],), TypeError, "z must hold real numbers"),
    (logsumexp, ([0, nan],), ValueError, "z must not contain NaN"),
    (logsumexp, (3.0,), ValueError, "z must have at least one axis"),
    (ce, ([0], [0, 1]), ValueError, r"logits must have shape \(n, K\)"),
    (ce, ([], np.empty((0, 3))), ValueError, r"logits must have shape \(n, K\)"),
    (ce, ([0], [[0, nan]]), ValueError, "logits must not contain NaN, found one at index 0, 1"),
    (ce, ([1, 0], [[0, 0], [0, inf]]), ValueError, r"logits .* \+inf in row 1"),
    (ce, ([1, 1], [[0, 0], [0, inf]]), ValueError, r"logits .* \+inf in row 1"),
    (ce, ([1], [[-inf, -inf]]), ValueError, "logits .* −inf only in row 0"),
    (ce, ([[0, 1]], [[-inf, -inf]]), ValueError, "logits .* −inf only in row 0"),
    (ce, ([[0, 1]], [[nan, 0]]), ValueError, "logits must not contain NaN"),
    (ce, ([2], [[0, 0]]), ValueError, r"y_true must lie in 0\.\.1, got 2"),
    (ce, ([-1], [[0, 0]]), ValueError, r"y_true must lie in 0\.\.1, got -1"),
    (ce, ([2**63], [[0, 0]]), ValueError, r"y_true must lie in 0\.\.1"),
    (ce, ([0.0], [[0, 0]]), TypeError, "y_true must contain integer class indices, got .* float64"),
    (ce, (["a"], [[0, 0]]), TypeError, r"y_true must contain integer .*np\.unique\(y_true"),
    (ce, (["1"], [[0, 0]]), TypeError, r"y_true must contain integer .*astype\(int\)"),
    (ce, ([0, 1], [[0, 0]]), ValueError, r"y_true must have shape \(1,\) or \(1, 2\)"),
    (ce, ([[0], [1]], [[0, 0], [0, 0]]), ValueError, r"got \(2, 1\); .*\.ravel\(\)"),
    (ce, ([[0, 1]], [[0, 0, 0], [0, 0, 0]]), ValueError, r"got \(1, 2\); .*\.ravel\(\)"),
    (ce, ([[0.5, 0.4]], [[0, 0]]), ValueError, r"every row of y_true must sum to 1 .* row 0 sums"),
    (ce, ([[0.5, 0.5 + 2e-8]], [[0, 0]]), ValueError, "every row of y_true must sum to 1"),
    (ce, ([[1.5, -0.5]], [[0, 0]]), ValueError, "y_true must not be negative"),
    (ce, ([[nan, 1]], [[0, 0]]), ValueError, "y_true must not contain NaN"),
    (ce, ([[inf, 0]], [[0, 0]]), ValueError, "every row of y_true must sum to 1"),
    (softmax_cross_entropy_hessian, ([[0, 1]],), ValueError, r"logits must have shape \(n,\)"),
    (softmax_cross_entropy_hessian, ([0, inf],), ValueError, r"logits .* \+inf"),
]
for loss in (log_loss, brier_score):
    BAD += [
        (loss, (binary, [[0.5, 0.4], [0, 1]]), ValueError, "every row of y_proba must sum to 1"),
        (loss, (binary, [[1, 0], [1.5, -0.5]]), ValueError, "y_proba must not be negative"),
        (loss, (binary, [0.5, 1.5]), ValueError, r"y_proba must lie in \[0, 1\], got 0.5 to 1.5"),
        (loss, (binary, [-0.5, 0.5]), ValueError, r"y_proba must lie in \[0, 1\]"),
        (loss, (binary, [0.5, nan]), ValueError, "y_proba must not contain NaN"),
        (loss, (binary, [0.5]), ValueError, r"y_proba must have shape \(2,\) or \(2, K\)"),
        (loss, (binary, [[1], [1]]), ValueError, r"y_proba must have shape .* K ≥ 2"),
        (loss, (binary, 0.5), ValueError, "y_proba must have shape"),
        (loss, (binary, np.eye(3)[:2]), ValueError, "for 3 classes, got 2; name .* labels="),
        (loss, ([1, 1], [0.5, 0.5]), ValueError, "for 2 classes, got 1; name .* labels="),
        (loss, ([[0], [1]], [0.5, 0.5]), ValueError, r"y_true must have shape \(n,\)"),
        (loss, ([], []), ValueError, "y_true must not be empty"),
    ]


@pytest.mark.parametrize(("function", "arguments", "error", "message"), BAD)
def test_bad_input(function, arguments, error, message):
    with pytest.raises(error, match=message):
        function(*arguments)


@each_loss
@pytest.mark.parametrize("weight", [[1] * 6, [0] * 7, [-1] * 7, [inf] * 7, [nan] * 7])
def test_bad_weights(loss, t, x, weight):
    with pytest.raises(ValueError, match="sample_weight must"):
        loss(t, x, sample_weight=weight)


@pytest.mark.parametrize("eps", [-1e-3, 0.5, nan])
def test_bad_eps(eps):
    with pytest.raises(ValueError, match="eps must lie in"):
        log_loss(binary, [0.5, 0.5], eps=eps)


def test_labels_outside_the_columns():
    with pytest.raises(ValueError, match="y_true contains 2, which is not among the labels"):
        log_loss([0, 2], [0.5, 0.5], labels=[0, 1])


def test_a_bad_row_far_down_is_found():
    y, z = sample(40_000, 3)
    z[33_333, 1] = nan
    with pytest.raises(ValueError, match=r"logits .* NaN, found one at index 33333, 1"):
        softmax_cross_entropy(y, z)
