"""The certificate: true of the model that predicts, silent where it cannot tell, and where the
theorem does not hold, nothing."""

import copy
import pickle
import warnings
from fractions import Fraction

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import pairwise
from sklearn.svm import SVC

from lossbook.svm import (
    IndefiniteKernelWarning,
    KernelSVM,
    interior_point,
    kkt_residuals,
    linear_kernel,
    polynomial_kernel,
    primal_objective,
    rbf_kernel,
    smo,
)
from lossbook.svm._gram import GaussianRows
from lossbook.svm._objectives import (
    KKT,
    LimitedKKT,
    MatrixModel,
    _residuals,
    certify,
)
from lossbook.svm._scores import GaussianModel, LinearModel
from tests.helpers.svm_problems import FLOWERS, PETALS, XOR, XOR_LABELS
from tests.helpers.svm_witness import SHARP, data, problems, residuals

DATA = data()
NEGLIGIBLE = 1e-8  # what the text of a certificate tells from 0
each_way = pytest.mark.parametrize("way", ["smo", "kkt_residuals", "KernelSVM"])


def asked(way, K, y, **options):
    """The matrix K handed to each of the three that take one."""
    if way == "smo":
        return smo(K, y, 1.0, **options)
    if way == "kkt_residuals":
        return kkt_residuals(K, y, 1.0, np.zeros(len(y)), 0.0)
    return KernelSVM(kernel="precomputed", **options).fit(K, y).certificate_


# Printed and true


def says(certificate, true):
    """Whether each line of the text is right, to a factor of 10; None where it cannot tell."""
    for line, value in zip(str(certificate).splitlines()[1:], true, strict=True):
        if "cannot tell" in line:
            return None
        if "below 1e-8" in line:
            if abs(value) > NEGLIGIBLE:
                return False
        elif not 0.1 <= float(line.split()[1]) / value <= 10:
            return False
    return True


# A part of all 31 sets and 32 problems, small ones and the hardest.
FEW = [
    (name, parameters)
    for k, name in enumerate(DATA)
    for j, parameters in enumerate(problems())
    if len(DATA[name][1]) <= 200 and (k + 3 * j) % 8 == 0
]


@pytest.mark.skipif(not SHARP, reason="long double is double here: no witness")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_printed_numbers_are_those_of_the_model_that_predicts():
    silent = []
    for name, parameters in FEW:
        X, y = DATA[name]
        model = KernelSVM(**parameters, max_iter=20_000).fit(X, y)
        true, _ = residuals(model, X, y, np.full(len(y), parameters["C"]))
        verdict = says(model.certificate_, true)
        assert verdict is not False, (name, parameters, model.certificate_, true)
        if verdict is None:
            silent.append((name, parameters))
    assert len(silent) <= len(FEW) / 100, silent


CANCER = load_breast_cancer(return_X_y=True)
HARD = [  # (data, parameters): the kernel used to lose its digits, and the certificate did not see
    ("cancer", {"C": 1e3, "gamma": 1.0}),
    ("cancer", {"C": 1e3, "gamma": 1e3}),
    ("cancer", {"C": 1e3, "gamma": 1e5}),
    ("two clusters 1e5 apart", {"C": 10, "gamma": 0.1}),
    ("two clusters 1e7 apart", {"C": 10, "gamma": 1}),
    ("scales 1e-8 to 1e8", {"C": 1e5, "gamma": 10}),
    ("cancer", {"C": 100, "kernel": "linear"}),
    ("wine 0", {"C": 1e4, "kernel": "linear"}),
    ("normal + 1e9", {"C": 1, "gamma": 0.2}),
    ("hours of Unix time", {"C": 100, "kernel": "linear"}),  # Σ α y was 200, and no warning
    ("1e20 twice", {"C": 10, "gamma": 0.2}),
]


@pytest.mark.skipif(not SHARP, reason="long double is double here: no witness")
@pytest.mark.parametrize(("name", "parameters"), HARD)
def test_solutions_are_true_where_the_kernel_lost_its_digits(name, parameters):
    X, y = DATA[name]
    model = KernelSVM(**parameters).fit(X, y)
    (stationarity, feasibility, _, gap), primal = residuals(
        model, X, y, np.full(len(y), parameters["C"])
    )
    # SVC at tol = 1e-6 leaves about 1e-6; the margins are rounded at 1e-16 of Σ α and of |w||x|.
    assert max(stationarity, feasibility) <= 1e-8
    assert gap <= 1e-8 * (1 + primal)


def test_what_extended_precision_adds_is_seen():
    """Σ |β K| = 2e12 makes each float64 score uncertain by more than 1e-4: long double is asked."""
    if not SHARP:
        pytest.skip("long double is double here")
    X, y = DATA["two irises"]
    model = KernelSVM(C=1e9, gamma=0.5, max_iter=5000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X, y)
    true, _ = residuals(model, X, y, np.full(100, 1e9))
    assert says(model.certificate_, true) is not False


def test_without_extended_precision_it_cannot_tell(monkeypatch):
    """Where long double is double, the text says what it does not know, and stays a KKT."""
    monkeypatch.setattr("lossbook.svm._objectives.EXTENDED_GAIN", 1.0)
    # Exact by hand: f = 1 and −1 of terms of 1e9, whose rounding is about 1e-7.
    K, y, alpha = np.array([[1.0, -1.0], [-1.0, 1.0]]), np.array([1.0, -1.0]), np.full(2, 0.5)
    big = MatrixModel(K + 1e18, alpha * y, 0.0)
    told = certify(big, y, np.full(2, 2.0), alpha)
    assert isinstance(told, KKT)
    assert isinstance(told, LimitedKKT)
    assert "cannot tell below" in str(told).splitlines()[1]
    assert "below 1e-8" in str(told).splitlines()[2]  # Σ α y = 0 is exact
    for again in (pickle.loads(pickle.dumps(told)), copy.copy(told), copy.deepcopy(told)):
        assert str(again) == str(told)
        assert again == told
    stationarity, _, _, gap = told
    assert told.rounding[0] > stationarity
    assert told.rounding[3] > gap


def test_a_number_near_the_limit_is_printed_as_it_is():
    told = LimitedKKT(9.9e-9, 0.0, 2e-3, 1e-9)
    told.rounding = (1e-9, 0.0, 1e-4, 1e-8)
    lines = str(told).splitlines()
    assert [lines[k].split()[1] for k in (1, 3)] == ["9.9e-09", "2.0e-03"]
    assert "below 1e-8" in lines[2]
    assert "cannot tell below 1e-08" in lines[4]


def test_certificate_is_about_the_stored_weights():
    """w and b as float64 round x·w at 1e9: the certificate tells of that, the scores do not lie."""
    X, y = DATA["two irises + 1e9"]
    model = KernelSVM(kernel="linear").fit(X, y)
    m = y * (X.astype(np.longdouble) @ model.coef_[0] + model.intercept_[0])
    free = (model.alpha_ > 0) & (model.alpha_ < 1)
    off = float(np.abs(m[free] - 1).max())
    assert model.certificate_.stationarity >= off / 2
    assert off > 1e-9  # 1e9 · 1e-16 · |w| is rounded off, whatever one does


def test_stationarity_at_the_end_of_the_box():
    """α = C asks for m ≤ 1; with K = 4 I and α = 1 the margins are 4: λ = 3, α λ = 3, twice."""
    assert kkt_residuals([[4, 0], [0, 4]], [1, -1], 1, [1, 1], 0) == (3, 0, 3, 6)


def test_gap_of_an_infeasible_alpha():
    """P − D by hand. K = I, y = (1, −1), α = (1, 0), b = 1: m = (2, −1), P = ½ + 2·2, D = ½."""
    told = kkt_residuals(np.eye(2), [1, -1], 2, [1, 0], 1)
    assert told == (2, 1, 4, 4)
    P = primal_objective(np.eye(2), [1, -1], 2, [1, 0], 1)
    assert told.gap == P - (1 - 0.5)


def test_gap_of_weights_that_are_not_those_of_alpha():
    """x = ±1, α = ½ each, so Σ α y x = 1, but w = 2: P = 2, D = 1 − ½. Σ α λ alone is 1."""
    beta = np.array([0.5, -0.5])
    model = LinearModel(np.array([[1.0], [-1.0]]), np.zeros(1), beta, np.array([2.0]), 0.0)
    assert certify(model, np.array([1.0, -1]), np.full(2, 3.0), np.abs(beta)) == (1, 0, 0.5, 1.5)
    # w right and wrong in the other direction: m = ½, μ = ½, P = ⅛ + 3, D = ½.
    model = LinearModel(np.array([[1.0], [-1.0]]), np.zeros(1), beta, np.array([0.5]), 0.0)
    assert certify(model, np.array([1.0, -1]), np.full(2, 3.0), np.abs(beta)).gap == 2.625


def test_models_of_multipliers_by_hand():
    """Whatever α is, optimal or not, Σ α y = 0 or not."""
    X, centre, beta = np.array([[4.0], [1.0]]), np.array([2.0]), np.array([0.5, -0.25])
    linear = LinearModel.of(X, centre, beta, 0.5)
    assert linear.w.tolist() == [1.25]  # ½ · 2 − ¼ · (−1)
    assert linear.scores.tolist() == [3.0, -0.75]  # 1.25 (x − 2) + ½
    for gamma in (0.01, 1.0):  # K near 1, where K − 1 is added up, and not
        model = GaussianModel(X, gamma, GaussianRows(X, gamma), beta, 0.5)
        k = np.exp(-9 * gamma)
        true = [0.5 - 0.25 * k + 0.5, 0.5 * k - 0.25 + 0.5]
        # Two terms of at most ½ and an exponential, each off by ε.
        np.testing.assert_allclose(model.scores, true, rtol=0, atol=1e-15)
        np.testing.assert_allclose(model.extended(np.arange(2))[0].astype(float), true, atol=1e-15)


def test_which_points_count():
    """α = 0 counts unless surely m > 1, α = C unless surely m < 1, a free one always."""
    m = np.array([1 - 1e-3, 1 + 1e-6, 1 + 1e-3, 1 - 1e-3, 1 - 1e-6, 1 + 1e-3, 0.0, 1.0, 2.0])
    alpha = np.repeat([0.0, 2.0, 1.0], 3)
    model = MatrixModel(np.eye(9), np.zeros(9), 0.0)
    *_, rows = _residuals(m, np.full(9, 1e-5), np.ones(9), np.full(9, 2.0), alpha, model)
    assert rows.tolist() == [0, 1, 4, 5, 6, 7, 8]


# Where the theorem does not hold

# By hand: α = (1, 1, 0) meets KKT with D = 1, and α = (0, 1, 1) has D = 2 − ½ (−2 − 4) = 5.
INDEFINITE = np.array([[0.0, -2, 2], [-2, -2, 0], [2, 0, -4]])


@each_way
@pytest.mark.parametrize(
    "K",
    [
        INDEFINITE,
        -np.eye(3),
        np.array([[1.0, 2, 2], [2, 1, 2], [2, 2, 1]]),  # a diagonal that is too small
        np.tanh(np.outer([1, -2, 3], [1, -2, 3]) - 1.0),
        polynomial_kernel([[0.0], [1.0], [-1.0]], degree=2, coef0=-1),  # 2 < 0 for (1, −1), (−1, 1)
        1e8 * INDEFINITE,
        1e-8 * INDEFINITE,
    ],
)
def test_what_is_no_kernel_is_told(way, K):
    y = np.array([1.0, -1, 1])
    with pytest.warns(IndefiniteKernelWarning, match=r"not positive semidef.* eigenvalue is -"):
        told = asked(way, K, y)
    if way != "smo":
        assert "proves nothing: K is not positive semidefinite" in str(told)
        assert len(told) == 4
        assert str(pickle.loads(pickle.dumps(told))) == str(told)


def test_the_proof_of_nothing_by_hand():
    with pytest.warns(IndefiniteKernelWarning):
        model = KernelSVM(kernel="precomputed").fit(INDEFINITE, [1, -1, 1])
    assert model.alpha_.tolist() == [1, 1, 0]
    assert model.dual_objective_ == 1
    assert model.certificate_ == (0, 0, 0, 0)
    assert "proves nothing" in str(model.certificate_)


@each_way
@pytest.mark.parametrize(
    "K",
    [
        linear_kernel(PETALS),  # rank 2 of 100
        rbf_kernel(np.repeat(XOR, 5, axis=0), gamma=1),  # twins
        np.zeros((4, 4)),
        np.ones((6, 6)),
        linear_kernel(PETALS.astype(np.float32)).astype(np.float32),
        pairwise.rbf_kernel(PETALS.astype(np.float32), gamma=0.5),
        # −|x − y|² and −|x − y|: none is positive semidefinite, both are for vectors of sum 0,
        # and Σ α y = 0 is all that the dual sees.
        -pairwise.euclidean_distances(PETALS, squared=True),
        -pairwise.euclidean_distances(PETALS),
        polynomial_kernel(PETALS, degree=3),
        linear_kernel(PETALS + 1e4),
    ],
)
def test_a_kernel_is_not_called_none(way, K):
    """Rounding of the type of K makes no matrix indefinite."""
    y = np.where(np.arange(len(K)) % 2, 1.0, -1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ConvergenceWarning)
        told = asked(way, K, y)
    assert "proves nothing" not in str(told)


def test_rows_of_price_0_do_not_count_for_the_kernel():
    K = np.diag([1.0, 1, -1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert smo(K, [1, -1, 1], [1, 1, 0]).alpha.tolist() == [1, 1, 0]
        model = KernelSVM(kernel="precomputed").fit(K, [1, -1, 1], sample_weight=[1, 1, 0])
    assert "proves nothing" not in str(model.certificate_)
    with pytest.warns(IndefiniteKernelWarning):
        smo(K, [1, -1, 1], 1)


@each_way
def test_a_matrix_that_is_not_symmetric_is_refused(way):
    with pytest.raises(
        ValueError, match=r"K\[0, 1\] = 0.9 and K\[1, 0\] = 0; .*take \(K \+ K\.T\) / 2"
    ):
        asked(way, np.array([[1, 0.9, 0], [0, 1, 0], [0, 0, 1]]), np.array([1.0, -1, 1]))
    nearly = np.eye(3) + 1e-12 * np.triu(np.ones((3, 3)), 1)  # rounding
    asked(way, nearly, np.array([1.0, -1, 1]))


@each_way
@pytest.mark.parametrize(
    ("K", "message"),
    [
        ([[1.0, np.inf], [np.inf, 1.0]], "finite|infinity"),
        ([[1.0, np.nan], [np.nan, 1.0]], "NaN"),
        ([[1e300, 0.0], [0.0, 1e300]], r"K.* has numbers of up to 1\.0e\+300.*scale"),
    ],
)
def test_a_matrix_beyond_the_range_is_refused(way, K, message):
    with pytest.raises(ValueError, match=message):
        asked(way, np.array(K), np.array([1.0, -1]))


@pytest.mark.parametrize("way", ["smo", "KernelSVM"])
def test_limits_of_the_steps(way):
    """−1 is no limit, as for SVC; 0 and what is no number of steps is refused by name."""
    K, y = rbf_kernel(XOR, gamma=1), XOR_LABELS
    asked(way, K, y, max_iter=-1)
    asked(way, K, y, max_iter=np.int64(50))
    for wrong in (0, -2, 1.5, None):
        with pytest.raises(ValueError, match=r"max_iter must be a whole number .* −1 for no limit"):
            asked(way, K, y, max_iter=wrong)


def test_no_limit_comes_to_an_end_with_a_tolerance_out_of_reach():
    """Of K = 1e8 the scores are rounded at 1e-8: no step reaches 1e-16."""
    X, y = DATA["noise"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = KernelSVM(kernel="linear", solver="smo", max_iter=-1, tol=1e-16).fit(1e4 * X, y)
    assert np.isfinite(model.alpha_).all()


# Overflow


@pytest.mark.parametrize("size", [1e155, 1e200, 1e298])
@pytest.mark.parametrize(
    "parameters", [{"kernel": "linear"}, {"kernel": "linear", "solver": "smo"}, {"kernel": "rbf"}]
)
def test_overflow_is_refused_by_the_name_of_x(parameters, size):
    X = size * np.random.default_rng(0).normal(size=(10, 3))
    with pytest.raises(ValueError, match=r"X has numbers of up to .* scale X first"):
        KernelSVM(**parameters).fit(X, np.tile([0, 1], 5))


def test_what_scikit_learn_asks_of_svc():
    """sklearn.svm.tests.test_svm.test_svc_nonfinite_params, word for word but for the class."""
    rng = np.random.RandomState(0)
    X = np.finfo(np.float64).max * rng.uniform(size=(10, 2))
    y = rng.randint(0, 2, size=10)
    with pytest.raises(ValueError, match="The dual coefficients or intercepts are not finite"):
        KernelSVM().fit(X, y)


def test_far_rows_with_a_given_gamma_are_all_alone():
    """K = I: every α is 1 for two classes of one size, however far the rows are."""
    X = 1e200 * np.random.default_rng(0).normal(size=(10, 3))
    model = KernelSVM(C=10, gamma=1.0).fit(X, np.tile([0, 1], 5))
    np.testing.assert_allclose(model.alpha_, 1, rtol=1e-12)
    assert model.predict(X).tolist() == [0, 1] * 5


def test_gamma_is_not_blamed_for_the_data():
    with pytest.raises(ValueError, match=r"X varies by as little as .* scale X first"):
        KernelSVM().fit(1e-155 * PETALS, FLOWERS)


def test_svc_agrees_on_a_kernel_matrix_of_polynomials():
    K = polynomial_kernel(PETALS, degree=3)
    ours = KernelSVM(kernel="precomputed").fit(K, FLOWERS)
    theirs = SVC(kernel="poly", degree=3, gamma=1, coef0=1, tol=1e-8).fit(PETALS, FLOWERS)
    # LIBSVM stops at tol and keeps K in float32: 1e-7 of scores of about 10.
    np.testing.assert_allclose(
        ours.decision_function(K), theirs.decision_function(PETALS), atol=1e-3
    )


def test_interior_point_gives_what_the_certificate_says():
    found = interior_point(PETALS, FLOWERS, 10.0)
    told = kkt_residuals(linear_kernel(PETALS), FLOWERS, 10.0, found.alpha, found.b)
    assert "cannot tell" not in str(told)
    assert str(told).count("below 1e-8") == 4


# What is told about the model that is kept.


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("seed", range(3))
def test_a_right_answer_far_from_the_origin_is_not_warned_of(seed):
    """Unix times: y f has 1e-7 of rounding in double precision, and the refine model has none."""
    rng = np.random.default_rng(seed)
    X = 1.7e9 + rng.integers(0, 86400, (30, 2)).astype(float)
    model = KernelSVM(kernel="linear", C=10).fit(X, rng.choice([-1, 1], 30))
    assert max(model.certificate_) < 1e-8


def test_a_wrong_answer_is_warned_of_where_the_search_cannot_see_it():
    """K is 3e18, of which one unit in the last place is 512: margins of 1 drown in rounding."""
    x = 1.7e9 + np.array([44221.0, 65246.0, 82120.0, 3011.0, 12455.0])
    with pytest.warns(ConvergenceWarning, match=r"violation above tol=1e-06"):
        model = KernelSVM(kernel="precomputed", C=0.1).fit(np.outer(x, x), [1, 1, -1, -1, 1])
    assert model.certificate_.stationarity > 1e-3


@pytest.mark.parametrize("seed", range(5))
def test_scores_of_a_given_matrix_are_added_without_rounding(seed):
    """β of both signs and of many sizes cancel: only the last rounding may be seen."""
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 3, (8, 2)).astype(float)
    K, y = (X @ X.T + 1) ** 3 * rng.normal(), np.tile([-1.0, 1], 4)
    solution = smo(K * K[0, 0], y, 1e7)
    beta, b = solution.alpha * y, solution.b
    sums, bound = MatrixModel(K, beta, b).exact(np.arange(8))
    for row, found, error in zip(K, sums, bound, strict=True):
        exact = Fraction(b) + sum(Fraction(k) * Fraction(v) for k, v in zip(row, beta, strict=True))
        high = float(found)  # a Fraction takes a double, not a long double
        assert abs(Fraction(high) + Fraction(float(found - high)) - exact) <= Fraction(error)
        assert error <= 1.01 * float(np.finfo(np.longdouble).eps) * abs(high)


@pytest.mark.parametrize("C", [1e4, 1e7])
def test_alike_rows_are_certified(C):
    """All φ are one: Σ α y = 0 makes every score b = 0, so that μ = 1 and α = C, for any K."""
    model = KernelSVM(kernel="precomputed", C=C).fit(np.full((30, 30), 1234.5), [-1, 1] * 15)
    assert (model.alpha_ == C).all()
    assert tuple(model.certificate_) == (0, 0, 0, 0)
    assert "cannot tell" not in str(model.certificate_)
