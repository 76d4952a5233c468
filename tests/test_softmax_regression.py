"""The softmax estimator: the minimum that it claims, its witness, and scikit-learn's rules."""

import pickle
from functools import partial

import mpmath
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import (
    load_breast_cancer,
    load_digits,
    load_iris,
    load_wine,
    make_classification,
)
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks
from threadpoolctl import threadpool_limits

import lossbook.softmax
from lossbook.softmax import SoftmaxRegression, softmax, softmax_cross_entropy
from lossbook.softmax._regression import _Whitened
from tests.helpers import numerical

close = partial(np.testing.assert_allclose, rtol=0)
same = np.testing.assert_array_equal


def synthetic(n=400, d=6, n_classes=4, seed=0):
    kinds = {"n_informative": d - 1, "n_redundant": 0, "n_clusters_per_class": 1, "flip_y": 0.2}
    return make_classification(n, d, n_classes=n_classes, random_state=seed, **kinds)


DATA = {
    "iris": load_iris(return_X_y=True),
    "wine": load_wine(return_X_y=True),
    "digits": load_digits(return_X_y=True),
    "breast cancer": load_breast_cancer(return_X_y=True),
    "synthetic": synthetic(),
    "two classes": synthetic(n_classes=2),
}
everywhere = pytest.mark.parametrize("name", DATA)


def objective(W, b, X, y, C):
    return C * len(y) * softmax_cross_entropy(y, X @ W.T + b) + (W * W).sum() / 2


# Without intercept a weight of 1000 moves no plane away from the origin; LogisticRegression fails
# here, too.
NEEDS_INTERCEPT = {"check_class_weight_classifiers": "needs an intercept"}


# With a large C a gradient that vanishes to eight digits leaves room for visible differences: the
# rule that weights are repetitions asks for ten digits of the probabilities.
@parametrize_with_checks(
    [
        SoftmaxRegression(),
        SoftmaxRegression(C=0.1, fit_intercept=False),
        SoftmaxRegression(C=100),
        SoftmaxRegression(C=1e4, class_weight="balanced"),
        SoftmaxRegression(C=1e6),
        SoftmaxRegression(C=1e8),
    ],
    expected_failed_checks=lambda estimator: {} if estimator.fit_intercept else NEEDS_INTERCEPT,
)
def test_scikit_learns_rules(estimator, check):
    check(estimator)


def test_it_loads_on_first_use():
    assert "SoftmaxRegression" in dir(lossbook.softmax)
    with pytest.raises(AttributeError, match="no attribute 'SoftmaxRegresion'"):
        _ = lossbook.softmax.SoftmaxRegresion


# The minimum, without a witness.
#
# What a fit leaves: Newton ends with a gradient of at most tol = 1e-8 per sample and, with a
# penalty, a step of at most 1e-6 in the scores, by a Hessian that is at most 1e-3 off. So scores
# are right to 1e-9 and rounding, eps · |x| |W| times the condition of the whitened Hessian. Two
# fits of the same minimum are compared with 1e-7 or 1e-8; 1e-9 where both see the same rows.


@everywhere
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_the_gradient_vanishes(name, fit_intercept):
    """By W: C Σ_i (p_i − e_i) x_iᵀ + W; by b: C Σ_i (p_i − e_i). Features as they were given."""
    X, y = DATA[name]
    m = SoftmaxRegression(C=2, fit_intercept=fit_intercept).fit(X, y)
    off = softmax(X @ m.coef_.T + m.intercept_) - np.eye(len(m.classes_))[y]
    # tol is 1e-8 for features of variance about 1 and per sample; these are sums, to their size.
    size = np.abs(X).sum(axis=0)
    close((2 * off.T @ X + m.coef_) / (2 * size.clip(min=1)), 0, atol=1e-7)
    if fit_intercept:
        close(off.sum(axis=0) / len(y), 0, atol=1e-8)
    else:
        same(m.intercept_, 0)


@everywhere
def test_coefficients_sum_to_zero_over_the_classes(name):
    m = SoftmaxRegression().fit(*DATA[name])
    # Rounding of K numbers.
    close(m.coef_.sum(axis=0), 0, atol=1e-14 * np.abs(m.coef_).max())
    close(m.intercept_.sum(), 0, atol=1e-14 * np.abs(m.intercept_).max())


def test_one_feature_to_all_digits():
    """Two classes at x = 0 and 1, two samples each, no intercept: one equation in one unknown.

    The scores of x = 1 are ±u: C Σ ℓ = 2 C ln(1 + e^{−2u}) + const, the penalty is u².
    """
    C = mpmath.mpf(3)
    u = mpmath.findroot(lambda u: 2 * u - 4 * C / (1 + mpmath.exp(2 * u)), 1)
    m = SoftmaxRegression(C=3, fit_intercept=False, tol=1e-13)
    m.fit([[0], [0], [1], [1]], [0, 0, 1, 1])
    # A gradient of 1e-13 by coefficients of curvature about 1, here and in the units of x.
    close(m.coef_, [[-float(u)], [float(u)]], atol=1e-12)


@pytest.mark.parametrize("C", [1e-12, 1e-3, 1e3])
def test_scaled_data_have_scaled_coefficients_without_penalty(C):
    """The penalty's weight falls with the unit of x: W/1e6 for 1e6 x and C/1e12."""
    X, y = DATA["synthetic"]
    m, scaled = SoftmaxRegression(C=C).fit(X, y), SoftmaxRegression(C=C * 1e-12).fit(1e6 * X, y)
    # Each is settled to about 1e-8 of its scores (see "What a fit leaves" below).
    close(scaled.coef_ * 1e6, m.coef_, atol=1e-7 * np.abs(m.coef_).max())


def test_far_from_the_origin():
    """Only the intercepts know where the origin is."""
    X, y = DATA["iris"]
    m, far = SoftmaxRegression().fit(X, y), SoftmaxRegression().fit(X + 1e6, y)
    close(far.coef_, m.coef_, atol=1e-8)  # X + 1e6 has lost ten digits of sixteen
    close(far.predict_proba(X + 1e6), m.predict_proba(X), atol=1e-8)


def test_no_penalty():
    """With C = inf the gradient of the loss alone vanishes: Σ_i (p_i − e_i) x_iᵀ = 0."""
    X, y = DATA["synthetic"]
    m = SoftmaxRegression(C=np.inf).fit(X, y)
    off = m.predict_proba(X) - np.eye(4)[y]
    close(off.T @ X / len(y), 0, atol=1e-7)  # tol = 1e-8 of whitened features; X is up to 10


@pytest.mark.parametrize("C", [np.inf, 1e200])
def test_dependent_and_constant_features_without_penalty(C):
    """The minimum is a plane then; its probabilities are those without these features."""
    X, y = DATA["synthetic"]
    more = np.column_stack([X, X[:, 0], X @ np.ones(6), np.full(len(X), 0.1)])
    m = SoftmaxRegression(C=C).fit(more, y)
    close(
        m.predict_proba(more),
        SoftmaxRegression(C=np.inf).fit(X, y).predict_proba(X),
        atol=1e-7,
    )
    assert np.abs(m.coef_).max() < 100


@pytest.mark.parametrize("unit", [1e-200, 1e-90, 1e90, 1e200])
def test_no_unit_overflows(unit):
    X, y = DATA["synthetic"]
    m, scaled = (SoftmaxRegression(C=np.inf).fit(x, y) for x in (X, unit * X))
    close(scaled.coef_ * unit, m.coef_, atol=1e-7)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_separable_data_without_penalty(n_classes):
    y = np.repeat(np.arange(n_classes), 5)
    x = 10.0 * y + np.tile(np.arange(5), n_classes)  # classes one after the other on a line
    X = np.column_stack([x, x**2])  # and, on a parabola, each apart from all others
    with pytest.raises(ValueError, match=r"separable.*finite C"):
        SoftmaxRegression(C=np.inf).fit(X, y)
    assert SoftmaxRegression(C=1e6).fit(X, y).score(X, y) == 1


def test_separable_but_for_one_point_without_penalty():
    X, y = [[0], [1], [2], [2], [3], [4]], [0, 0, 0, 1, 1, 1]
    with pytest.warns(ConvergenceWarning, match=r"scores still grow.*finite C"):
        SoftmaxRegression(C=np.inf).fit(X, y)


def test_too_few_steps_are_a_warning():
    with pytest.warns(ConvergenceWarning, match="max_iter=3"):
        m = SoftmaxRegression(max_iter=3).fit(*DATA["digits"])
    assert m.n_iter_ == 3


def test_many_unknowns_are_left_to_lbfgs():
    X, y = DATA["digits"]
    more = np.hstack([X, X**2 / 16])  # 10 · 129 unknowns
    m = SoftmaxRegression(tol=1e-6).fit(more, y)
    off = m.predict_proba(more) - np.eye(10)[y]
    close(off.sum(axis=0) / len(y), 0, atol=1e-6)
    close((off.T @ more + m.coef_) / len(y), 0, atol=1e-4)  # features of size up to 16


def test_second_derivatives_are_those_of_the_gradient():
    """Newton needs them; the term 11ᵀ/K, for the direction that no probability sees, is extra."""
    X, y = synthetic(n=30, d=3, n_classes=3)
    problem = _Whitened(X, y, np.full(30, 1 / 30), 3, 0.1, True)
    V = np.random.default_rng(6).normal(size=(3, 4))

    def value(v):
        return problem.value_and_gradient(v)[0]

    def slope(v):
        return problem.value_and_gradient(v.reshape(3, 4))[1].ravel()

    def without_h2(difference, f, at, h=5e-4):
        return (4 * difference(f, at, h) - difference(f, at, 2 * h)) / 3

    # f⁽ⁿ⁾ is at most about Σ s |x̃|ⁿ. What is left of the differences is h⁴/30 · f⁽⁵⁾ (of the
    # value) or f⁽⁶⁾ (of the slope); rounding is eps/h times the numbers that are added up.
    eps, h, size = np.finfo(float).eps, 5e-4, np.abs(problem.columns).max()
    rounding = 10 * eps / h * (np.abs(V).sum() * size + 1)
    atol = 4 * h**4 / 30 * size**5 + rounding
    assert atol < 1e-8  # else it says little
    extra = np.kron(np.ones((3, 3)) / 3, np.eye(4))
    hessian = problem.hessian(V).reshape(12, 12)
    close(hessian - extra, without_h2(numerical.jacobian, slope, V.ravel()), atol=atol * size)
    close(problem.value_and_gradient(V)[1], without_h2(numerical.gradient, value, V), atol=atol)


# LogisticRegression as the witness.


@pytest.mark.parametrize(
    ("name", "C"),
    [("digits", 1), *((name, C) for name in DATA if name != "digits" for C in (0.01, 1, 100))],
)
def test_logistic_regression_finds_the_same(name, C):
    X, y = DATA[name]
    X = StandardScaler().fit_transform(X)  # Newton's own Hessian is well-conditioned then
    two = len(np.unique(y)) == 2
    with threadpool_limits(1):  # on two threads digits may take a hundred times as long
        theirs = LogisticRegression(C=C, solver="newton-cholesky", tol=1e-10).fit(X, y)
    # For two classes scikit-learn keeps w = W_1 − W_0, and C there is C/2 here.
    fit_C = C / 2 if two else C
    ours = SoftmaxRegression(C=fit_C, tol=1e-10).fit(X, y)
    if two:
        # Both end with Newton: what is left is the square of the last step, and rounding. The
        # coefficients of correlated features are the least certain, and with K classes more so.
        close(ours.coef_[1] - ours.coef_[0], theirs.coef_[0], atol=1e-8)
        close(ours.decision_function(X), theirs.decision_function(X), atol=1e-7)
        W = np.vstack([-theirs.coef_, theirs.coef_]) / 2
        b = np.array([-theirs.intercept_[0], theirs.intercept_[0]]) / 2
    else:
        close(ours.coef_, theirs.coef_, atol=1e-6)
        W, b = theirs.coef_, theirs.intercept_
    close(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-8)
    best = objective(W, b, X, y, fit_C)
    assert objective(ours.coef_, ours.intercept_, X, y, fit_C) <= best * (1 + 1e-14)  # rounding


# Weights, labels, scikit-learn's tools.


def test_weights_are_repetitions():
    X, y = DATA["synthetic"]
    w = np.random.default_rng(5).integers(4, size=len(y))
    weighted = SoftmaxRegression().fit(X, y, sample_weight=w)
    repeated = SoftmaxRegression().fit(np.repeat(X, w, axis=0), np.repeat(y, w))
    close(weighted.coef_, repeated.coef_, atol=1e-7)
    close(weighted.intercept_, repeated.intercept_, atol=1e-7)
    # and C is a weight of all samples
    alike = SoftmaxRegression(C=2.5).fit(X, y, sample_weight=w / 2.5)
    close(alike.coef_, weighted.coef_, atol=1e-7)


def test_a_class_of_weight_zero_is_absent():
    X, y = DATA["iris"]
    m = SoftmaxRegression().fit(X, y, sample_weight=(y != 1).astype(float))
    same(m.classes_, [0, 2])
    close(m.coef_, SoftmaxRegression().fit(X[y != 1], y[y != 1]).coef_, atol=1e-9)


@pytest.mark.parametrize("name", ["wine", "two classes"])
@pytest.mark.parametrize("kind", ["balanced", "named", "one named", "weighted too"])
def test_class_weights_are_those_of_logistic_regression(name, kind):
    X, y = DATA[name]
    X = StandardScaler().fit_transform(X)
    class_weight = {"named": {0: 0.5, 1: 3, 2: 1}, "one named": {1: 3}}.get(kind, "balanced")
    if kind == "named" and name == "two classes":
        class_weight = {0: 0.5, 1: 3}
    w = np.random.default_rng(8).integers(4, size=len(y)) if kind == "weighted too" else None
    C = 1 / 2 if name == "two classes" else 1  # of the note above on two classes
    ours = SoftmaxRegression(C=C, class_weight=class_weight).fit(X, y, sample_weight=w)
    theirs = LogisticRegression(solver="newton-cholesky", tol=1e-10, class_weight=class_weight)
    theirs.fit(X, y, sample_weight=w)
    # A gradient of 1e-10 per sample over the least curvature, about 1e-2 per sample with C = 1.
    close(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-8)


def test_class_weights_are_weights_of_samples():
    X, y = DATA["synthetic"]
    w = np.random.default_rng(7).integers(1, 4, size=len(y))
    class_weight = {0: 1, 1: 2, 2: 0.5, 3: 4}
    m = SoftmaxRegression(class_weight=class_weight).fit(X, y, sample_weight=w)
    by_hand = np.array([1, 2, 0.5, 4])[y] * w
    alike = SoftmaxRegression().fit(X, y, sample_weight=by_hand)
    # Newton's last step leaves the square of 1e-6; the least curvature is that of the penalty.
    close(m.coef_, alike.coef_, atol=1e-9)
    named = SoftmaxRegression(class_weight={"a": 1, "b": 2, "c": 0.5, "d": 4})
    close(named.fit(X, np.array(list("abcd"))[y], sample_weight=w).coef_, m.coef_, atol=1e-9)


@pytest.mark.parametrize("class_weight", ["balanced", {0: 1, 1: 1, 2: 1}, {0: 1, 2: 1}])
def test_a_class_without_weight_has_no_part_in_class_weights(class_weight):
    X, y = DATA["iris"]
    m = SoftmaxRegression(class_weight=class_weight)
    m.fit(X, y, sample_weight=np.where(y == 1, 0, np.where(y == 0, 2, 1)))
    same(m.classes_, [0, 2])
    if class_weight == "balanced":
        expected = SoftmaxRegression(C=1.5).fit(X[y != 1], y[y != 1])  # 150 for a hundred samples
    else:
        expected = SoftmaxRegression().fit(X[y != 1], y[y != 1], np.where(y == 0, 2, 1)[y != 1])
    close(m.coef_, expected.coef_, atol=1e-9)
    assert SoftmaxRegression(class_weight={1: 0}).fit(X, y).classes_.tolist() == [0, 2]


def test_logarithms_of_probabilities_that_are_zero():
    """ln p = −LSE over the differences of scores: ±u at x, hence −2ux − ln(1 + e^{−2ux})."""
    m = SoftmaxRegression().fit([[0], [1], [2], [3]], [0, 0, 1, 1])
    x = np.array([[-1e5], [1.4], [1e5]])
    margin = m.decision_function(x)
    assert m.predict_proba(x)[0, 1] == 0
    expected = np.column_stack([-np.logaddexp(0, margin), -np.logaddexp(0, -margin)])
    close(m.predict_log_proba(x), expected, rtol=1e-14)
    assert np.isfinite(m.predict_log_proba(x)).all()
    X, y = DATA["wine"]
    m = SoftmaxRegression().fit(X, y)
    close(np.exp(m.predict_log_proba(X)), m.predict_proba(X), rtol=1e-13)  # e^a with a up to 50


@pytest.mark.parametrize("C", [np.array(2.0), np.float32(2), np.int64(2), 2])
def test_c_may_be_any_scalar(C):
    X, y = DATA["synthetic"]
    same(SoftmaxRegression(C=C).fit(X, y).coef_, SoftmaxRegression(C=2.0).fit(X, y).coef_)


def test_labels_may_be_strings():
    X, y = DATA["iris"]
    names = np.array(["setosa", "versicolor", "virginica"])
    m = SoftmaxRegression().fit(X, names[y])
    same(m.classes_, names)
    same(m.predict(X), names[SoftmaxRegression().fit(X, y).predict(X)])


def test_the_shapes_of_scores():
    X, y = DATA["iris"]
    m = SoftmaxRegression().fit(X, y)
    assert (m.coef_.shape, m.intercept_.shape) == ((3, 4), (3,))
    assert m.decision_function(X).shape == (150, 3)
    same(m.predict(X), m.decision_function(X).argmax(axis=1))
    X, y = DATA["two classes"]
    m = SoftmaxRegression().fit(X, y)
    assert (m.coef_.shape, m.intercept_.shape) == ((2, 6), (2,))
    same(m.predict(X), m.decision_function(X) > 0)
    # logit of the second class
    p = m.predict_proba(X)[:, 1]
    # 1 − p has an error of 1e-16, which is 1e-16/(1 − p) of the logit: p < 1 − 1e-6 here.
    assert p.max() < 1 - 1e-6
    close(m.decision_function(X), np.log(p / (1 - p)), atol=1e-9)


def test_in_a_pipeline_in_a_grid_and_in_a_jar():
    X, y = DATA["iris"]
    pipe = make_pipeline(StandardScaler(), SoftmaxRegression())
    grid = GridSearchCV(pipe, {"softmaxregression__C": [0.01, 1]}, cv=3).fit(X, y)
    assert grid.best_params_ == {"softmaxregression__C": 1}
    assert grid.best_score_ > 0.95
    again = pickle.loads(pickle.dumps(grid.best_estimator_))
    same(again.predict_proba(X), grid.predict_proba(X))
    copy = clone(SoftmaxRegression(C=3, fit_intercept=False, tol=1e-5, max_iter=7))
    told = {"C": 3, "fit_intercept": False, "tol": 1e-5, "max_iter": 7, "class_weight": None}
    assert copy.get_params() == told
    with pytest.raises(NotFittedError):
        copy.predict(X)


X2, Y2 = [[0.0], [1.0], [2.0]], [0, 1, 1]


@pytest.mark.parametrize(
    ("params", "args", "message"),
    [
        ({"C": 0}, (X2, Y2), "C must be greater than 0"),
        ({"C": np.nan}, (X2, Y2), "C must be greater than 0"),
        ({"C": [1, 2]}, (X2, Y2), "C must be a single number"),
        ({"tol": 0}, (X2, Y2), "tol must be finite and greater than 0"),
        ({"max_iter": 0}, (X2, Y2), "max_iter must be a whole number"),
        ({"max_iter": 1.5}, (X2, Y2), "max_iter must be a whole number"),
        ({"class_weight": {0: -1}}, (X2, Y2), "class_weight must contain finite weights"),
        ({"class_weight": {0: np.nan}}, (X2, Y2), "class_weight must contain finite weights"),
        ({"class_weight": {0: 0, 1: 0}}, (X2, Y2), "class_weight must .* not all 0"),
        ({"class_weight": {0: 1, 1: 0}}, (X2, Y2), "at least two classes with positive weight"),
        ({"class_weight": {2: 1}}, (X2, Y2), r"The classes, \[0, 1\], are not in class_weight"),
        ({"class_weight": "equal"}, (X2, Y2), "'class_weight' parameter of compute_class_weight"),
        ({}, (X2, [1, 1, 1]), "at least two classes with positive weight, got one class: 1"),
        ({}, (X2, Y2, [1, 0, 0]), "at least two classes with positive weight, got one class: 0"),
        ({}, (X2, [0.5, 1.5, 2.2]), "Unknown label type"),
        ({}, (X2, Y2[:2]), "inconsistent numbers of samples"),
        ({}, ([[np.nan], [1], [2]], Y2), "NaN"),
        ({}, ([0, 1, 2], Y2), "2D array"),
        ({}, (X2, Y2, [1, -1, 1]), "sample_weight must not be negative"),
        ({}, (X2, Y2, [0, 0, 0]), "sample_weight must have a positive sum"),
        ({}, (X2, Y2, [1, 1]), r"sample_weight must have shape \(3,\)"),
    ],
)
def test_bad_input(params, args, message):
    with pytest.raises(ValueError, match=message):
        SoftmaxRegression(**params).fit(*args)


def test_c_is_a_number():
    with pytest.raises(TypeError, match="C must be a number, got '1'"):
        SoftmaxRegression(C="1").fit(X2, Y2)


def test_the_callers_arrays_are_not_written_to():
    X, y = (a.copy() for a in DATA["synthetic"])
    w = np.ones(len(y))
    before = X.copy()
    for a in (X, y, w):
        a.setflags(write=False)
    SoftmaxRegression().fit(X, y, sample_weight=w).predict_proba(X)
    same(X, before)
