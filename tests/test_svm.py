"""The SVM dual: kernels, objectives, the certificate, and two solvers that must earn it."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import pairwise
from sklearn.svm import SVC

from lossbook.svm import (
    IndefiniteKernelWarning,
    _polish,
    bias_interval,
    dual_objective,
    interior_point,
    kkt_residuals,
    linear_kernel,
    primal_objective,
    rbf_kernel,
    smo,
)
from lossbook.svm._gram import FullMatrix
from lossbook.svm._smo import DualState
from tests.helpers.svm_problems import (
    DATA,
    FLOWERS,
    PETALS,
    XOR,
    XOR_LABELS,
    assert_certified,
    kernel,
    scale,
)

nan, inf = np.nan, np.inf
# A busy machine must not turn a property red.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
each_solver = pytest.mark.parametrize("solve", ["smo", "interior point"])


def solution(solve, X, y, C, **options):
    """Of the linear kernel, by either solver."""
    if solve == "smo":
        return smo(linear_kernel(X), y, C, **options)
    return interior_point(X, y, C, **options)


def points(n, d, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))


# Kernels


@pytest.mark.parametrize("shift", [0, 1e6])
def test_kernels_are_those_of_scikit_learn(shift):
    X, Y = points(30, 4), points(20, 4, seed=1)
    np.testing.assert_allclose(linear_kernel(X, Y), pairwise.linear_kernel(X, Y), rtol=1e-13)
    # Shifted by 1e6 the points themselves are rounded at 1e-10; scikit-learn's loses 1e-4.
    ours, theirs = rbf_kernel(X + shift, Y + shift, gamma=0.3), pairwise.rbf_kernel(X, Y, gamma=0.3)
    np.testing.assert_allclose(ours, theirs, rtol=1e-13 if shift == 0 else 1e-8)


def test_rbf_kernel_stays_between_0_and_1():
    X = np.repeat(points(40, 3), 2, axis=0) * 1e3
    K = rbf_kernel(X, gamma=0.7)
    assert K.min() >= 0
    assert K.max() == 1
    np.testing.assert_allclose(K.diagonal(), 1, atol=1e-8)  # 1e-16 of γ |x|² ≈ 1e7
    np.testing.assert_allclose(K, K.T, atol=1e-8)


def test_rbf_kernel_of_many_rows_is_made_of_those_of_few():
    X = points(700, 2)  # several blocks of rows
    parts = np.vstack([rbf_kernel(X[i : i + 7], X, gamma=1) for i in range(0, 700, 7)])
    np.testing.assert_allclose(rbf_kernel(X, gamma=1), parts, rtol=1e-12)


@pytest.mark.parametrize(
    ("X", "Y", "message"),
    [
        ([1.0, 2.0], None, "X must have shape"),
        ([[1.0, nan]], None, "X must not contain NaN"),
        ([[1.0, inf]], None, "X must be finite"),
        ([[1.0, 2.0]], [[1.0]], "same number of columns"),
        (np.empty((0, 2)), None, "X must not be empty"),
    ],
)
def test_kernels_refuse(X, Y, message):
    with pytest.raises(ValueError, match=message):
        linear_kernel(X, Y)
    with pytest.raises(ValueError, match=message):
        rbf_kernel(X, Y, gamma=1)


# Objectives and certificate


def test_objectives_by_hand():
    # w = α₁x₁ − α₂x₂ = 1·2 − 0.5·(−1) = 2.5, f = 2.5 x + 0.25: margins 5.25 and 2.25, P = ½ w².
    K, y, alpha = [[4, -2], [-2, 1]], [1, -1], [1, 0.5]
    assert primal_objective(K, y, 3, alpha, 0.25) == 3.125
    assert dual_objective(K, y, alpha) == 1.5 - 3.125
    # b = −4.5: margins 0.5 and 7, hinge 0.5 at the price of 3 or of 2.
    assert primal_objective(K, y, 3, alpha, -4.5) == 3.125 + 1.5
    assert primal_objective(K, y, [2, 9], alpha, -4.5) == 3.125 + 1


def test_no_dual_value_is_above_a_primal_one():
    """Weak duality, over random feasible α and random (w, b)."""
    rng = np.random.default_rng(0)
    X, y = points(20, 3), np.tile([-1.0, 1], 10)
    K = linear_kernel(X)
    for _ in range(50):
        alpha = np.repeat(rng.uniform(0, 2, 10), 2)  # pairs of −1 and +1: Σαy = 0
        other, b = rng.uniform(0, 2, 20), rng.normal()
        assert dual_objective(K, y, alpha) <= primal_objective(K, y, 2, other, b)


def test_certificate_by_hand():
    # One point on each side at ±1, K = x xᵀ: α = ½ each, b = 0 solves it for C ≥ ½.
    K, y = [[1, -1], [-1, 1]], [1, -1]
    assert kkt_residuals(K, y, 2, [0.5, 0.5], 0) == (0, 0, 0, 0)
    # α = 1 each: w = 2, margins 2, λ = 1; P = 2, D = 2 − 2.
    assert kkt_residuals(K, y, 2, [1, 1], 0) == (1, 0, 1, 2)
    # α = ¼ each: w = ½, margins ½, μ = ½; P = ⅛ + 2, D = ½ − ⅛.
    assert kkt_residuals(K, y, 2, [0.25, 0.25], 0) == (0.5, 0, 0.875, 1.75)
    # At the end of the box μ is free: α = C = ¼ each is optimal.
    assert kkt_residuals(K, y, 0.25, [0.25, 0.25], 0) == (0, 0, 0, 0)
    # At α = 0, λ is free; b = 1 gives margins 1 and −1.
    assert kkt_residuals(K, y, 2, [0, 0], 1) == (2, 0, 4, 4)
    # Infeasible: Σαy = 1; below the box; above it.
    assert kkt_residuals(K, y, 2, [1, 0], 0).feasibility == 1
    assert kkt_residuals(K, y, 2, [-0.5, -0.5], 0).feasibility == 0.5
    assert kkt_residuals(K, y, 2, [2.25, 2.25], 0).feasibility == 0.25


def test_gap_is_the_sum_of_what_complementary_slackness_leaves():
    rng = np.random.default_rng(0)
    X, y = points(20, 3), np.tile([-1.0, 1], 10)
    K, C = linear_kernel(X), np.repeat(rng.uniform(1, 3, 10), 2)
    alpha = C * np.repeat(rng.uniform(size=10), 2)
    m = y * (K @ (alpha * y) + 0.7)
    rest = alpha * np.maximum(0, m - 1) + (C - alpha) * np.maximum(0, 1 - m)
    gap = kkt_residuals(K, y, C, alpha, 0.7).gap
    np.testing.assert_allclose(gap, rest.sum(), rtol=1e-12)
    np.testing.assert_allclose(
        gap, primal_objective(K, y, C, alpha, 0.7) - dual_objective(K, y, alpha), rtol=1e-12
    )


def test_certificate_notices_every_perturbation():
    K = linear_kernel(PETALS)
    alpha, b, *_ = smo(K, FLOWERS, 1.0)
    alpha[alpha > 0] -= 1e-5  # both flowers alike: Σαy stays 0
    worse = kkt_residuals(K, FLOWERS, 1.0, alpha, b)
    assert worse.feasibility < 1e-12
    assert worse.gap > 1e-8
    alpha[44] += 2e-5
    assert kkt_residuals(K, FLOWERS, 1.0, alpha, b).feasibility > 9e-6
    assert kkt_residuals(K, FLOWERS, 1.0, alpha, b + 0.06).stationarity > 1e-3


def test_certificate_in_words():
    good = str(kkt_residuals([[1, -1], [-1, 1]], [1, -1], 2, [0.5, 0.5], 0)).splitlines()
    assert [line.split()[0] for line in good[1:]] == [
        "stationarity",
        "feasibility",
        "complementarity",
        "gap",
    ]
    assert all("below 1e-8" in line for line in good[1:])
    bad = str(kkt_residuals([[1, -1], [-1, 1]], [1, -1], 2, [1, 1], 0)).splitlines()
    assert "1.0e+00" in bad[1]
    assert "below 1e-8" in bad[2]
    assert "2.0e+00" in bad[4]
    slight = str(kkt_residuals([[1, -1], [-1, 1]], [1, -1], 2, [0.5, 0.5], 2e-8))
    assert "2.0e-08" in slight.splitlines()[1]


def test_offset_of_pair_steps_alone_knows_no_ghosts_either():
    found = smo(linear_kernel(PETALS), FLOWERS, 1, tol=1e-9, polish=False)
    np.testing.assert_allclose(found.b, -3.28, rtol=1e-9)


# The solvers: own truth first


@pytest.mark.parametrize("C", [0.1, 1, 100])
@pytest.mark.parametrize("kind", ["linear", "rbf"])
@pytest.mark.parametrize("data", DATA)
def test_smo_is_certified(data, kind, C):
    X, y = DATA[data]
    K = kernel(kind, X)
    alpha, b, _, converged = smo(K, y, C)
    assert converged
    assert_certified(K, y, C, alpha, b)


@pytest.mark.parametrize("C", [0.1, 1, 100])
@pytest.mark.parametrize("data", DATA)
def test_interior_point_is_certified(data, C):
    X, y = DATA[data]
    found = interior_point(X, y, C)
    assert found.converged
    assert_certified(linear_kernel(X), y, C, found.alpha, found.b)
    np.testing.assert_allclose(found.w, (found.alpha * y) @ X, rtol=1e-12, atol=1e-12)
    m = y * (X @ found.w + found.b)
    assert found.lam.min() >= 0
    assert found.mu.min() >= 0
    np.testing.assert_allclose(1 - m + found.lam - found.mu, 0, atol=1e-8)
    assert not (found.lam * found.alpha).any()
    assert not (found.mu * (C - found.alpha)).any()


small = st.integers(-3, 3)


@st.composite
def problems(draw):
    """Few points on a coarse lattice: twins, contradictions, collinear points are the rule."""
    n, d = draw(st.integers(2, 12)), draw(st.integers(1, 3))
    X = draw(arrays(np.float64, (n, d), elements=small))
    y = draw(arrays(np.float64, n, elements=st.sampled_from([-1.0, 1.0])))
    C = draw(arrays(np.float64, n, elements=st.sampled_from([0, 0.1, 1, 1, 10])))
    assume(len(np.unique(y[C > 0])) == 2)
    return X, y, C


@unhurried
@given(problems(), st.sampled_from(["second-order", "maximal-violating"]))
def test_any_small_problem_is_certified(problem, selection):
    X, y, C = problem
    values = []
    for K in (linear_kernel(X), rbf_kernel(X, gamma=0.5)):
        alpha, b, *_ = smo(K, y, C, selection=selection)
        assert_certified(K, y, C, alpha, b)
        assert not alpha[C == 0].any()
        values.append(dual_objective(K, y, alpha))
    found = interior_point(X, y, C)
    assert_certified(linear_kernel(X), y, C, found.alpha, found.b)
    np.testing.assert_allclose(
        dual_objective(linear_kernel(X), y, found.alpha), values[0], rtol=1e-9, atol=1e-12
    )


# Cases that a pencil solves


@each_solver
def test_two_flowers(solve):
    found = solution(solve, PETALS, FLOWERS, 1e6)
    assert np.flatnonzero(found.alpha).tolist() == [44, 98]
    np.testing.assert_allclose(found.alpha[[44, 98]], 20 / 17, rtol=1e-9)
    np.testing.assert_allclose(found.b, -322 / 85, rtol=1e-9)
    w = (found.alpha * FLOWERS) @ PETALS
    np.testing.assert_allclose(w, [22 / 17, 14 / 17], rtol=1e-9)
    np.testing.assert_allclose(2 / np.sqrt(w @ w), 2 * np.sqrt(1.7) / 2, rtol=1e-9)
    K = linear_kernel(PETALS)
    np.testing.assert_allclose(dual_objective(K, FLOWERS, found.alpha), 20 / 17, rtol=1e-9)


@pytest.mark.parametrize("unit", [1e-3, 1e4])
def test_the_unit_of_the_features_scales_the_multipliers(unit):
    """α = 20/17 / unit², however small beside C: snapping to 0 must not take it for nothing."""
    alpha, b, *_ = smo(linear_kernel(unit * PETALS), FLOWERS, 1e7)
    np.testing.assert_allclose(alpha[[44, 98]] * unit**2, 20 / 17, rtol=1e-9)
    np.testing.assert_allclose(b, -322 / 85, rtol=1e-9)


@each_solver
@pytest.mark.parametrize("C", [2, 20 / 17, 1.1, 1])
def test_path_of_the_two_flowers(solve, C):
    """From C = 20/17 down to 1 the two flowers stay the only support vectors, both at C."""
    found = solution(solve, PETALS, FLOWERS, C)
    a = min(C, 20 / 17)
    assert np.flatnonzero(found.alpha).tolist() == [44, 98]
    np.testing.assert_allclose(found.alpha[[44, 98]], a, rtol=1e-9)
    np.testing.assert_allclose((found.alpha * FLOWERS) @ PETALS, [1.1 * a, 0.7 * a], rtol=1e-9)


@each_solver
def test_offset_without_a_free_multiplier_is_the_midpoint(solve):
    """C = 1: any b in [−3.33, −3.23] is optimal. A ghost of 1e-17 would pull b to one end."""
    found = solution(solve, PETALS, FLOWERS, 1)
    np.testing.assert_allclose(found.b, -3.28, rtol=1e-9)
    K = linear_kernel(PETALS)
    for b in (-3.33 + 1e-9, -3.23 - 1e-9):
        assert kkt_residuals(K, FLOWERS, 1, found.alpha, b).stationarity <= 1e-8
    for b in (-3.33 - 1e-6, -3.23 + 1e-6):
        assert kkt_residuals(K, FLOWERS, 1, found.alpha, b).stationarity > 5e-7


@each_solver
def test_path_at_one_half(solve):
    """The optimal w is unique, α is not (two flowers are twins): w = (69/65, 167/260)."""
    found = solution(solve, PETALS, FLOWERS, 0.5)
    w = (found.alpha * FLOWERS) @ PETALS
    np.testing.assert_allclose(w, [69 / 65, 167 / 260], rtol=1e-9)


def test_xor():
    alpha, b, *_ = smo(rbf_kernel(XOR, gamma=1), XOR_LABELS, 100)
    np.testing.assert_allclose(alpha, 1 / (1 - np.exp(-1)) ** 2, rtol=1e-9)
    np.testing.assert_allclose(b, 0, atol=1e-9)


def test_xor_is_not_linear():
    """α = C everywhere, w = 0, and the dual grows with C without bound."""
    K = linear_kernel(XOR)
    for C in (1, 1e4):
        alpha, *_ = smo(K, XOR_LABELS, C)
        np.testing.assert_allclose(alpha, C, rtol=1e-12)
        np.testing.assert_allclose(dual_objective(K, XOR_LABELS, alpha), 4 * C, rtol=1e-12)


@each_solver
def test_contradictory_twins(solve):
    """x the same, y opposite: α = C both, w = 0, b anywhere in [−1, 1], so 0."""
    found = solution(solve, [[2.0, 1.0], [2.0, 1.0]], [1, -1], 3)
    np.testing.assert_allclose(found.alpha, 3, rtol=1e-12)
    np.testing.assert_allclose(found.b, 0, atol=1e-9)


@each_solver
def test_one_point_against_two_twins(solve):
    """The twins share the multiplier ½ of the point opposite; how, is open."""
    found = solution(solve, [[1.0], [-1.0], [-1.0]], [1, -1, -1], 10)
    np.testing.assert_allclose([found.alpha[0], found.alpha[1:].sum(), found.b], [0.5, 0.5, 0])


@each_solver
def test_twins_are_one_point_of_twice_the_price(solve):
    X, y = PETALS[40:60], FLOWERS[40:60]
    twice = solution(solve, np.repeat(X, 2, axis=0), np.repeat(y, 2), 0.3)
    once = solution(solve, X, y, np.full(20, 0.6))
    pairs = twice.alpha.reshape(20, 2).sum(axis=1)
    np.testing.assert_allclose((pairs * y) @ X, (once.alpha * y) @ X, rtol=1e-9)
    np.testing.assert_allclose(twice.b, once.b, rtol=1e-9)


@each_solver
def test_a_point_of_price_0_has_no_influence(solve):
    X, y = PETALS.copy(), FLOWERS.copy()
    X[7], y[7] = (4.0, 1.5), -1  # deep among the others
    C = np.where(np.arange(100) == 7, 0.0, 1.0)
    found = solution(solve, X, y, C)
    without = solution(solve, np.delete(X, 7, axis=0), np.delete(y, 7), 1)
    np.testing.assert_allclose(np.delete(found.alpha, 7), without.alpha, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.b, without.b, rtol=1e-9)


# scikit-learn as a witness. LIBSVM keeps the kernel in float32, so 1e-10 is out of its reach.


@pytest.mark.parametrize("kind", ["linear", "rbf"])
@pytest.mark.parametrize("data", ["versicolor/virginica", "breast cancer", "digits 3/8", "moons"])
def test_answers_are_those_of_svc(data, kind):
    X, y = DATA[data]
    K = kernel(kind, X)
    theirs = SVC(kernel=kind, gamma=min(scale(X), 1.0), tol=1e-8).fit(X, y)
    alpha, b, *_ = smo(K, y, 1.0)
    a = np.zeros(len(y))
    a[theirs.support_] = np.abs(theirs.dual_coef_[0])
    D = dual_objective(K, y, a)
    np.testing.assert_allclose(dual_objective(K, y, alpha), D, rtol=1e-7)
    np.testing.assert_allclose(K @ (alpha * y) + b, theirs.decision_function(X), atol=2e-4)
    assert np.flatnonzero(alpha > 1e-6).tolist() == np.flatnonzero(a > 1e-6).tolist()


# Reference values of chapter 6: breast cancer standardised, digits / 16, C = 1.
@pytest.mark.parametrize(
    ("data", "n_support", "dual"),
    [("breast cancer", 40, 26.5254551598), ("digits 3/8", 33, 10.9207634235)],
)
def test_reference_values(data, n_support, dual):
    X, y = DATA[data]
    found = interior_point(X, y, 1.0)
    assert np.count_nonzero(found.alpha) == n_support
    np.testing.assert_allclose(dual_objective(linear_kernel(X), y, found.alpha), dual, rtol=1e-11)


# How the solvers go about it


def test_pair_steps_alone_stop_at_the_tolerance():
    X, y = DATA["versicolor/virginica"]
    K = linear_kernel(X)
    loose = smo(K, y, 1.0, tol=1e-3, polish=False)
    r = y - K @ (loose.alpha * y)
    up, down = (loose.alpha < 1) == (y > 0), (loose.alpha < 1) == (y < 0)
    up |= (loose.alpha > 0) & (loose.alpha < 1)
    down |= (loose.alpha > 0) & (loose.alpha < 1)
    assert loose.converged
    assert 0 < r[up].max() - r[down].min() <= 1e-3
    assert abs(loose.alpha @ y) < 1e-12


def test_every_pair_step_gains():
    X, y = DATA["made 300 × 5"]
    K = rbf_kernel(X, gamma=0.2)
    for selection in ("second-order", "maximal-violating"):
        values = []
        for steps in range(1, 120, 7):
            found = smo(K, y, 1.0, max_iter=steps, selection=selection, polish=False)
            assert found.n_iter == steps
            assert not found.converged
            values.append(dual_objective(K, y, found.alpha))
        assert (np.diff(values) > 0).all()


def test_the_first_pair_step_by_hand():
    """From α = 0 all r are ±1. Second order takes the nearest pair of opposite labels."""
    X = np.array([[0.0], [5.0], [1.0]])
    found = smo(linear_kernel(X), [1, -1, -1], 10, max_iter=1, polish=False)
    assert found.alpha.tolist() == [2, 0, 2]  # t = (1 − (−1))/(0 + 1)
    found = smo(linear_kernel(X), [1, -1, -1], 10, max_iter=1, polish=False,
                selection="maximal-violating")  # fmt: skip
    np.testing.assert_allclose(found.alpha, [2 / 25, 2 / 25, 0])  # the first of those of equal r
    found = smo(linear_kernel(X), [1, -1, -1], 0.5, max_iter=1, polish=False)
    assert found.alpha.tolist() == [0.5, 0, 0.5]  # cut to the box


@pytest.mark.parametrize("without", ["newton_step", "active_set_steps"])
def test_either_move_of_the_finish_spares_pair_steps(without, monkeypatch):
    """Pair steps alone take over 20 000 here; either move is enough to spare nearly all."""
    X, y = DATA["made 100 × 20"]
    K = linear_kernel(X)
    monkeypatch.setattr(f"lossbook.svm._polish.{without}", lambda *_: None)
    alpha, b, steps, _ = smo(K, y, 100.0)
    assert_certified(K, y, 100.0, alpha, b)
    assert steps < 10_000


def test_the_projection_is_a_shift_that_is_cut_to_the_box():
    rng = np.random.default_rng(0)
    for n in (1, 2, 7, 50):
        z, lo = rng.normal(size=(2, n))
        hi = lo + rng.uniform(0, 2, n)
        for part in (0, 0.3, 0.9, 1):
            total = (1 - part) * lo.sum() + part * hi.sum()
            x = _polish.project(z, lo, hi, total)
            np.testing.assert_allclose(x.sum(), total, rtol=1e-12, atol=1e-12)
            assert ((lo <= x) & (x <= hi)).all()
            inside, s = (lo < x) & (x < hi), z - x
            if inside.any():  # one shift for all inside, at least as much at hi, at most at lo
                np.testing.assert_allclose(np.ptp(s[inside]), 0, atol=1e-12)
                assert s[x == hi].min(initial=np.inf) >= s[inside].max() - 1e-12
                assert s[x == lo].max(initial=-np.inf) <= s[inside].min() + 1e-12


def test_a_leap_mends_a_guess_that_is_wrong_in_some_points():
    """Some at C that ought to be free, some free that ought to be at an end: one system more."""
    X, y = DATA["breast cancer"]
    K = kernel("rbf", X)
    right = smo(K, y, 1.0)
    beta = right.alpha * y
    free = np.flatnonzero((right.alpha > 0) & (right.alpha < 1))
    at_C = np.flatnonzero(right.alpha == 1)
    beta[free[:3]], beta[at_C[:3]] = y[free[:3]], 0.9 * y[at_C[:3]]
    dual = DualState(
        FullMatrix(K), y, np.ones(len(y)), _polish.balance(beta, y.clip(max=0), y.clip(0))
    )
    assert dual.violation > 0.01
    _polish.newton_step(dual)
    _polish.newton_step(dual)
    assert dual.violation < 1e-12


def test_the_finish_knows_its_rounding(monkeypatch):
    """A sum of n terms has the rounding of their size; the same size means a larger n.

    At n = 1 000 000 and C = 1 the terms K_ij β_j add up to 1e6 and more, as they do here.
    """
    X, y = DATA["made 300 × 5"]
    rounds = []
    newton_step = _polish.newton_step
    monkeypatch.setattr(
        "lossbook.svm._polish.newton_step", lambda *a: rounds.append(1) or newton_step(*a)
    )
    found = interior_point(X, y, 1e5)
    assert found.converged
    aware = len(rounds)
    m = y * (X @ found.w + found.b)
    free = (found.alpha > 0) & (found.alpha < 1e5)
    assert 1e-12 < np.abs(m[free] - 1).max() < 1e-8
    monkeypatch.setattr("lossbook.svm._polish.rounding", lambda dual: 0.0)
    rounds.clear()
    interior_point(X, y, 1e5)
    assert aware < len(rounds)


def test_a_small_multiplier_is_no_ghost():
    """K diagonal: α_i K_ii = 1 − y_i b, and Σαy = 0 gives b = 1e-6/(2 + 1e-6)."""
    b = 1e-6 / (2 + 1e-6)
    found = smo(np.diag([1, 1e6, 1]), [1, 1, -1], 10)
    np.testing.assert_allclose(found.alpha, [1 - b, (1 - b) * 1e-6, 1 + b], rtol=1e-9)
    np.testing.assert_allclose(found.b, b, rtol=1e-6)


def test_second_order_needs_fewer_steps():
    X, y = DATA["moons"]
    K = rbf_kernel(X, gamma=scale(X))
    options = {"tol": 1e-3, "polish": False}
    first = smo(K, y, 100.0, selection="maximal-violating", **options)
    assert smo(K, y, 100.0, selection="second-order", **options).n_iter < first.n_iter / 2


def test_complementary_slackness_closes_step_by_step():
    X, y = DATA["versicolor/virginica"]
    found = interior_point(X, y, 10.0)
    gaps = [step.gap for step in found.trace]
    assert len(gaps) == found.n_iter + 1
    assert (np.diff(gaps[1:]) < 0).all()  # the start is not feasible: the first step may add
    assert gaps[-1] < 1e-7 * gaps[0]
    assert 9 <= found.n_iter <= 35
    last = found.trace[-1]
    assert max(last.lower, last.upper) <= last.gap
    assert max(last.stationarity, last.feasibility) < 1e-6


def test_interior_point_on_the_way():
    """Unfinished, α is inside the box, and the trace tells what α, λ and μ say."""
    X, y = DATA["versicolor/virginica"]
    C = np.linspace(1, 2, 100)
    raw = interior_point(X, y, C, max_iter=5, polish=False)
    assert raw.n_iter == 5
    assert not raw.converged
    assert ((raw.alpha > 0) & (raw.alpha < C)).all()
    assert min(raw.lam.min(), raw.mu.min()) > 0
    low, high = raw.lam * raw.alpha, raw.mu * (C - raw.alpha)
    told = raw.trace[-1]
    np.testing.assert_allclose([told.lower, told.upper], [low.max(), high.max()], rtol=1e-9)
    np.testing.assert_allclose(told.gap, low.sum() + high.sum(), rtol=1e-9)
    m = y * (X @ raw.w + raw.b)
    np.testing.assert_allclose(told.stationarity, np.abs(1 - m + raw.lam - raw.mu).max(), rtol=1e-9)
    feasibility = max(np.abs((raw.alpha * y) @ X - raw.w).max(), abs(raw.alpha @ y))
    np.testing.assert_allclose(told.feasibility, feasibility, rtol=1e-6)


def test_kernels_that_are_none_still_end():
    """tanh is not positive semidefinite: only that the steps end is promised."""
    X = points(60, 2)
    y = np.sign(X[:, 0] * X[:, 1])
    for K in (np.tanh(X @ X.T - 1), -np.eye(60)):
        with pytest.warns(IndefiniteKernelWarning, match="not positive semidefinite"):
            alpha, b, steps, _ = smo(K, y, 1.0, max_iter=20_000)
        assert steps <= 20_000
        assert np.isfinite([*alpha, b]).all()
        with pytest.warns(IndefiniteKernelWarning, match="not positive semidefinite"):
            told = kkt_residuals(K, y, 1.0, alpha, b)
        assert told.feasibility < 1e-10  # a sum of 60 terms of at most C = 1
        assert "proves nothing" in str(told)


# Input


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"K": [[1, 0, 0], [0, 1, 0]]}, ValueError, "K must have shape"),
        ({"K": [[1, 2], [0, 1]]}, ValueError, "K must be symmetric"),
        ({"K": [[1, nan], [nan, 1]]}, ValueError, "K must not contain NaN"),
        ({"K": [[1, inf], [inf, 1]]}, ValueError, "K must be finite"),
        ({"K": [["a", "b"], ["b", "a"]]}, TypeError, "K must hold real numbers"),
        ({"y": [0, 1]}, ValueError, "only the labels −1 and \\+1, got 0"),
        ({"y": [1, 1]}, ValueError, "both classes where C > 0, got only \\+1"),
        ({"y": [1, -1, 1]}, ValueError, "K must have shape"),
        ({"C": -1}, ValueError, "C must be finite and not negative"),
        ({"C": inf}, ValueError, "C must be finite and not negative"),
        ({"C": [1, 2, 3]}, ValueError, "C must be a number or have shape \\(2,\\)"),
        ({"C": [1, 0]}, ValueError, "got only \\+1"),
        ({"C": 0}, ValueError, "got none"),
        ({"tol": 0}, ValueError, "tol must be finite and greater than 0"),
        ({"selection": "random"}, ValueError, "selection must be"),
    ],
)
def test_smo_refuses(changed, error, message):
    given = {"K": [[1, 0], [0, 1]], "y": [1, -1], "C": 1.0} | changed
    with pytest.raises(error, match=message):
        smo(**given)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"G": [1.0, 2.0]}, "G must have shape"),
        ({"G": [[1.0]]}, "G must have a row for each of the 2 labels of y, got 1"),
        ({"G": [[1.0], [inf]]}, "G must be finite"),
        ({"y": [2, -1]}, "only the labels −1 and \\+1, got 2"),
        ({"y": [-1, -1]}, "got only -1"),
        ({"C": [1, nan]}, "C must not contain NaN"),
    ],
)
def test_interior_point_refuses(changed, message):
    given = {"G": [[1.0], [-1.0]], "y": [1, -1], "C": 1.0} | changed
    with pytest.raises(ValueError, match=message):
        interior_point(**given)


def test_nothing_of_the_caller_is_changed():
    X = np.asfortranarray(PETALS.astype(np.float32))[::2]
    K, y, C = linear_kernel(X), np.sign(FLOWERS[::2]).astype(np.int8), np.ones(50, np.uint8)
    for array in (X, K, y, C):
        array.flags.writeable = False
    again = smo(K.tolist(), y.tolist(), 1)
    assert smo(K, y, C).alpha.tolist() == again.alpha.tolist()
    interior_point(X, y, C)
    rbf_kernel(X, gamma=1)


def test_the_functions_need_no_scikit_learn():
    program = (
        "import sys; from lossbook import svm; svm.smo, svm.interior_point; assert 'KernelSVM' in "
        "dir(svm); print([m for m in ('scipy', 'sklearn') if m in sys.modules])\n"
        "svm.smo([[1, 0], [0, 1]], [1, -1], 1); svm.interior_point([[1], [-1]], [1, -1], 1)\n"
        "print('sklearn' in sys.modules); svm.KernelSVM; print('sklearn' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\nFalse\nTrue\n", "")


# The interval of b.


@pytest.mark.parametrize("C", [0.25, 0.3, 5.0])
def test_kkt_holds_exactly_inside_the_bias_interval(C):
    x = np.array([0.0, 1.0, 3.0, 5.0])
    K, y = np.outer(x, x), np.array([-1.0, -1.0, 1.0, 1.0])
    solution = smo(K, y, C)
    low, high = bias_interval(K, y, C, solution.alpha)
    assert solution.b == pytest.approx((low + high) / 2, abs=1e-12)
    for b in np.linspace(low, high, 5):
        assert kkt_residuals(K, y, C, solution.alpha, b).gap <= 1e-12
    for b in (low - 1e-3, high + 1e-3):
        assert kkt_residuals(K, y, C, solution.alpha, b).gap > 1e-5


def test_the_bias_interval_is_infinite_on_a_side_that_no_point_limits():
    assert bias_interval([[4.0]], [-1], 2, [0]) == (-np.inf, -1)
    assert bias_interval([[4.0]], [1], 2, [0]) == (1, np.inf)
    assert bias_interval(np.eye(2), [1, -1], [0, 0], [0, 0]) == (-np.inf, np.inf)


def test_the_bias_interval_takes_a_rounded_zero_for_zero():
    K = np.outer([0.0, 1, 3, 5], [0.0, 1, 3, 5])
    alpha = np.array([1e-17, 0.25, 0.25 - 2**-54, 0])
    exact = bias_interval(K, [-1, -1, 1, 1], 0.25, [0, 0.25, 0.25, 0])
    assert bias_interval(K, [-1, -1, 1, 1], 0.25, alpha) == pytest.approx(exact, abs=1e-12)


@pytest.mark.parametrize("far", [0.0, 1e4, 1e6])
def test_an_optimal_solution_has_a_bias_interval_however_far_the_data_are(far):
    """α in double precision leaves r off by eps Σ |K α|: 2e-4 and more at 1e6."""
    rng = np.random.default_rng(7)
    X = rng.normal(size=(20, 2)) * 1e-3 + far
    y = np.where(X[:, 0] + rng.normal(size=20) * 5e-4 > far, 1, -1)
    K = linear_kernel(X)
    solution = smo(K, y, 100.0)
    assert solution.converged
    low, high = bias_interval(K, y, 100.0, solution.alpha)
    rounding = 1e-6 + 1e-14 * np.max(np.abs(K) @ solution.alpha)  # 2 · 21 roundings of 2.2e-16
    assert low <= high + rounding
    if far < 1e6:  # there 0.9 α is wrong by more than the rounding
        with pytest.raises(ValueError, match="alpha must be optimal"):
            bias_interval(K, y, 100.0, 0.9 * solution.alpha)


def test_multipliers_that_no_b_fits_are_refused():
    with pytest.raises(ValueError, match=r"alpha must be optimal: it requires b ≥ .* smo\(K, y, C"):
        bias_interval(np.eye(2), [1, -1], 3, [0.75, 0.75])
    with pytest.raises(ValueError, match=r"alpha .* shape"):
        bias_interval(np.eye(2), [1, -1], 3, [0.75])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"G": [[1e300], [-1e300]]}, "G has numbers of up to 1.0e\\+300, too large"),
        ({"C": 1e308}, "C must be smaller to compute with, got up to 1.0e\\+308"),
        ({"max_iter": -2}, "max_iter must be a whole number of at least 0"),
        ({"max_iter": 2.5}, "max_iter must be a whole number of at least 0"),
    ],
)
def test_interior_point_refuses_what_it_cannot_compute_with(changed, message):
    given = {"G": [[1.0], [-1.0]], "y": [1, -1], "C": 1.0} | changed
    with pytest.raises(ValueError, match=message):
        interior_point(given.pop("G"), **given)


@pytest.mark.filterwarnings("error")
def test_a_tiny_box_is_filled():
    """With C K far below 1 all margins stay below 1, so that every α is C; b is any of [−1, 1]."""
    for C in (1e-320, 1e-300):
        assert (smo([[1.0, 0.0], [0.0, 1.0]], [1, -1], C).alpha == C).all()
        assert (interior_point([[1.0], [-1.0]], [1, -1], C).alpha == C).all()
