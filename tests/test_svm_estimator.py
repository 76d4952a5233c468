"""`KernelSVM` as a scikit-learn estimator."""

import pickle
import tracemalloc

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import parametrize_with_checks
from threadpoolctl import threadpool_info

from lossbook.softmax import SoftmaxRegression
from lossbook.svm import KernelSVM, kkt_residuals, linear_kernel, rbf_kernel
from tests.helpers.svm_problems import (
    DATA,
    FLOWERS,
    IRIS,
    PETALS,
    XOR,
    XOR_LABELS,
    assert_certified,
)


# No expected failures.
@parametrize_with_checks(
    [
        KernelSVM(),
        KernelSVM(solver="interior-point"),
        KernelSVM(kernel="linear"),
        KernelSVM(kernel="linear", solver="smo"),
    ]
)
def test_scikit_learn_accepts_it(estimator, check):
    check(estimator)


def matrix(model, X):
    """The kernel matrix that the model speaks of, made anew."""
    return linear_kernel(X) if model.kernel == "linear" else rbf_kernel(X, gamma=model.gamma_)


@pytest.mark.parametrize("C", [0.1, 1, 100])
@pytest.mark.parametrize("solver", ["smo", "interior-point"])
@pytest.mark.parametrize("kind", ["linear", "rbf"])
@pytest.mark.parametrize("data", ["breast cancer", "digits 3/8", "moons", "twins", "two points"])
def test_every_way_to_the_answer_is_certified(data, kind, solver, C):
    X, y = DATA[data]
    model = KernelSVM(C, kernel=kind, solver=solver).fit(X, y)
    K = matrix(model, X)
    assert_certified(K, y, C, model.alpha_, model.intercept_[0])
    assert max(model.certificate_[:3]) <= 1e-8
    assert model.duality_gap_ == model.certificate_.gap
    scores = K @ (model.alpha_ * y) + model.intercept_[0]
    np.testing.assert_allclose(model.decision_function(X), scores, rtol=1e-9, atol=1e-9)
    dual = model.alpha_.sum() - 0.5 * (model.alpha_ * y) @ K @ (model.alpha_ * y)
    np.testing.assert_allclose(model.dual_objective_, dual, rtol=1e-9)


def test_a_shift_of_the_data_moves_b_only():
    X, y = DATA["breast cancer"]
    near, far = (KernelSVM(C=10, kernel="linear").fit(X + shift, y) for shift in (0, 1e4))
    np.testing.assert_allclose(far.coef_, near.coef_, rtol=1e-6, atol=1e-9)  # X + 1e4 is rounded
    np.testing.assert_allclose(far.intercept_, near.intercept_ - 1e4 * near.coef_.sum(), rtol=1e-6)
    assert far.certificate_.stationarity < 1e-8


@pytest.mark.parametrize("kind", ["linear", "rbf"])
def test_attributes_are_those_of_svc(kind):
    X, y = DATA["breast cancer"]
    names = np.where(y > 0, "benign", "malignant")
    ours = KernelSVM(kernel=kind).fit(X, names)
    theirs = SVC(kernel=kind, tol=1e-8).fit(X, names)
    assert ours.classes_.tolist() == theirs.classes_.tolist()
    assert ours.support_.tolist() == sorted(theirs.support_.tolist())
    assert ours.n_support_.tolist() == theirs.n_support_.tolist()
    order = np.argsort(theirs.support_)  # SVC lists the classes one after the other
    close = {"atol": 2e-4, "rtol": 0}
    np.testing.assert_allclose(ours.dual_coef_, theirs.dual_coef_[:, order], **close)
    np.testing.assert_allclose(ours.support_vectors_, theirs.support_vectors_[order])
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, **close)
    np.testing.assert_allclose(ours.decision_function(X), theirs.decision_function(X), **close)
    assert ours.predict(X).tolist() == theirs.predict(X).tolist()
    if kind == "linear":
        np.testing.assert_allclose(ours.coef_, theirs.coef_, **close)
    else:
        np.testing.assert_allclose(ours.gamma_, theirs._gamma, rtol=1e-12)
    shapes = {name: getattr(ours, name).shape for name in ("alpha_", "dual_coef_", "intercept_")}
    assert shapes == {"alpha_": (569,), "dual_coef_": theirs.dual_coef_.shape, "intercept_": (1,)}


def test_many_rows_are_predicted_in_blocks(monkeypatch):
    X, y = DATA["moons"]
    model = KernelSVM().fit(X, y)
    whole = model.decision_function(X)
    monkeypatch.setattr("lossbook.svm._estimator._BLOCK", 1000)
    np.testing.assert_allclose(model.decision_function(X), whole, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("kind", ["linear", "rbf"])
def test_weights_are_repetitions(kind):
    X, y = DATA["moons"]
    times = np.arange(200) % 4
    weighted = KernelSVM(kernel=kind).fit(X, y, sample_weight=times)
    repeated = KernelSVM(kernel=kind).fit(np.repeat(X, times, axis=0), np.repeat(y, times))
    np.testing.assert_allclose(
        weighted.decision_function(X), repeated.decision_function(X), rtol=1e-8, atol=1e-8
    )
    assert not weighted.alpha_[times == 0].any()


def test_gamma():
    assert KernelSVM().fit(XOR, XOR_LABELS).gamma_ == SVC().fit(XOR, XOR_LABELS)._gamma
    assert KernelSVM().fit(np.ones((3, 2)), [0, 1, 1]).gamma_ == 1
    model = KernelSVM(C=100, gamma=1).fit(XOR, XOR_LABELS)
    np.testing.assert_allclose(model.alpha_, 1 / (1 - np.exp(-1)) ** 2, rtol=1e-9)


def test_precomputed_kernel():
    X, y = DATA["versicolor/virginica"]
    K = linear_kernel(X)
    given, known = KernelSVM(kernel="precomputed").fit(K, y), KernelSVM(kernel="linear").fit(X, y)
    np.testing.assert_allclose(given.decision_function(K), known.decision_function(X), atol=1e-9)
    with pytest.raises(ValueError, match="must be square"):
        KernelSVM(kernel="precomputed").fit(X, y)
    search = GridSearchCV(KernelSVM(kernel="precomputed"), {"C": [0.1, 1]}, cv=3).fit(K, y)
    assert search.best_score_ > 0.9


def test_auto_takes_the_solver_that_fits():
    X, y = DATA["breast cancer"]
    auto = KernelSVM(kernel="linear").fit(X, y)
    assert auto.n_iter_ == KernelSVM(kernel="linear", solver="interior-point").fit(X, y).n_iter_
    wide = X[:20]
    auto = KernelSVM(kernel="linear").fit(wide, y[:20])
    assert auto.n_iter_ == KernelSVM(kernel="linear", solver="smo").fit(wide, y[:20]).n_iter_


def test_in_pipeline_search_clone_and_pickle():
    X, y = DATA["wine"]
    model = make_pipeline(StandardScaler(), KernelSVM(kernel="linear"))
    search = GridSearchCV(model, {"kernelsvm__C": [0.01, 0.1, 1]}, cv=3).fit(X, y)
    assert search.best_score_ > 0.95
    best = search.best_estimator_
    assert clone(best).get_params()["kernelsvm__C"] == search.best_params_["kernelsvm__C"]
    revived = pickle.loads(pickle.dumps(best))
    assert revived.decision_function(X).tolist() == best.decision_function(X).tolist()
    assert revived[-1].certificate_ == best[-1].certificate_


def test_more_classes_are_several_problems():
    with pytest.raises(ValueError, match=r"multiclass; wrap .*OneVsRest"):
        KernelSVM().fit(IRIS.data, IRIS.target)
    model = OneVsRestClassifier(KernelSVM()).fit(IRIS.data, IRIS.target)
    assert model.score(IRIS.data, IRIS.target) > 0.95
    assert all(one.duality_gap_ < 1e-8 for one in model.estimators_)


def test_one_class_is_no_problem_to_solve():
    with pytest.raises(ValueError, match="one class only: 3"):
        KernelSVM().fit(PETALS, np.full(100, 3))
    with pytest.raises(ValueError, match="both classes where C > 0, got only -1"):
        KernelSVM().fit(PETALS, FLOWERS, sample_weight=FLOWERS < 0)


def test_a_search_that_was_cut_short_says_so():
    X, y = DATA["made 300 × 5"]
    with pytest.warns(ConvergenceWarning, match="stopped after 3 steps"):
        model = KernelSVM(max_iter=3).fit(X, y)
    assert model.certificate_.gap > 1e-3
    assert "below" not in str(model.certificate_).splitlines()[4]


def test_what_does_not_fit_is_refused_before_it_is_tried(monkeypatch):
    monkeypatch.setattr("lossbook.svm._gaussian._memory", lambda: 10**5)
    X, y = DATA["made 100 × 20"]
    X, y = np.tile(X, (2, 1)), np.tile(y, 2)  # 200² · 4 bytes = 160 kB
    for solver in ("auto", "smo"):
        with pytest.raises(MemoryError, match=r"n = 200 rows takes 0.0 GB .* 0.0 GB"):
            KernelSVM(solver=solver).fit(X, y)
    X, y = DATA["moons"]  # so smooth that no kernel matrix is needed
    assert KernelSVM().fit(X, y).duality_gap_ < 1e-8


def test_auto_leaves_smo_where_it_is_slow_and_the_kernel_smooth():
    X, y = make_moons(600, noise=0.3, random_state=0)
    auto, smo = (KernelSVM(C=100, solver=solver).fit(X, y) for solver in ("auto", "smo"))
    assert auto.n_iter_ < 100 < smo.n_iter_
    np.testing.assert_allclose(auto.dual_objective_, smo.dual_objective_, rtol=1e-10)
    assert KernelSVM(C=1).fit(X, y).n_iter_ > 100  # with a small C pairs are few
    rough = np.random.default_rng(0).normal(size=(600, 20))
    assert KernelSVM(C=100).fit(rough, y).n_iter_ > 100
    many = make_moons(2000, noise=0.3, random_state=0)
    assert KernelSVM(C=1).fit(*many).n_iter_ < 100


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"C": 0}, "C must be finite and greater than 0"),
        ({"C": np.inf}, "got inf; for the hard margin take a large number, such as C=1e6"),
        ({"C": [1.0]}, "C must be a single number"),
        ({"max_iter": 0}, "max_iter must be a whole number"),
        ({"class_weight": {1: -2.0}}, "class_weight must be finite and not negative"),
        ({"class_weight": {7: 1.0}}, "are not in class_weight"),
        ({"class_weight": "even"}, "'class_weight' parameter"),
        ({"class_weight": {1: 0}}, "both classes where C > 0, got only -1"),
        ({"gamma": -1}, "gamma must be finite and greater than 0"),
        ({"gamma": "auto"}, "gamma must be 'scale' or a number"),
        ({"tol": 0}, "tol must be"),
        ({"kernel": "poly"}, "kernel must be 'rbf', 'linear' or 'precomputed', got 'poly'"),
        ({"solver": "sgd"}, "solver must be one of auto, smo, interior-point"),
        ({"kernel": "precomputed", "solver": "interior-point"}, "one of auto, smo with"),
    ],
)
def test_parameters_are_read_in_fit(wrong, message):
    model = KernelSVM(**wrong)
    with pytest.raises(ValueError, match=message):
        model.fit(PETALS, FLOWERS)


def test_many_rows_of_the_linear_kernel():
    """Time and memory grow with n alone: no n × n matrix, and three times X is enough."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30_000, 20))
    y = X[:, 0] + 0.5 * rng.normal(size=len(X)) > 0
    tracemalloc.start()
    model = KernelSVM(kernel="linear").fit(X, y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * X.nbytes
    assert max(model.certificate_[:3]) < 1e-8
    assert abs(model.duality_gap_) < 1e-10 * model.dual_objective_


def test_blas_keeps_to_one_thread_while_it_solves(monkeypatch):
    solve, seen = KernelSVM._solve, []

    def watched(self, *arguments):
        seen.extend(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")
        return solve(self, *arguments)

    monkeypatch.setattr(KernelSVM, "_solve", watched)
    KernelSVM().fit(PETALS, FLOWERS)
    assert set(seen) <= {1}


# What SVC takes, too


@pytest.mark.parametrize("kind", ["linear", "rbf"])
@pytest.mark.parametrize("class_weight", ["balanced", {"benign": 3.0}, {"malignant": 0.5}])
def test_class_weights_are_those_of_svc(kind, class_weight):
    X, y = DATA["breast cancer"]
    names, y = np.where(y > 0, "benign", "malignant"), -y  # the signs of the labels in order
    ours = KernelSVM(kernel=kind, class_weight=class_weight).fit(X, names)
    theirs = SVC(kernel=kind, class_weight=class_weight, tol=1e-8).fit(X, names)
    # LIBSVM keeps K in float32: 6e-8 of scores of sums of α up to 100.
    np.testing.assert_allclose(
        ours.decision_function(X), theirs.decision_function(X), rtol=0, atol=1e-3
    )
    C = theirs.class_weight_[(y > 0).astype(int)]
    assert len(np.unique(C)) == 2
    assert (ours.alpha_ <= C * (1 + 1e-12)).all()  # a C of float64 times a weight of SVC's
    assert_certified(matrix(ours, X), y, C, ours.alpha_, ours.intercept_[0])
    assert max(ours.certificate_) <= 1e-8
    wrong = kkt_residuals(matrix(ours, X), y, 2 * C, ours.alpha_, ours.intercept_[0])
    assert wrong.gap > 1e-2  # the certificate is one for this C and no other


def test_balanced_classes_count_weights_as_repetitions():
    X, y = DATA["moons"]
    times = 1 + np.arange(200) % 3
    weighted = KernelSVM(class_weight="balanced").fit(X, y, sample_weight=times)
    repeated = KernelSVM(class_weight="balanced").fit(
        np.repeat(X, times, axis=0), np.repeat(y, times)
    )
    np.testing.assert_allclose(
        weighted.decision_function(X), repeated.decision_function(X), rtol=1e-8, atol=1e-8
    )


def test_a_decision_of_0_is_the_second_class_as_with_svc():
    X, y = [[-1.0], [1.0]], ["a", "b"]
    ours, theirs = (one(kernel="linear").fit(X, y) for one in (KernelSVM, SVC))
    assert ours.decision_function([[0.0]])[0] == theirs.decision_function([[0.0]])[0] == 0
    assert ours.predict([[0.0]]).tolist() == theirs.predict([[0.0]]).tolist() == ["b"]
    K = np.eye(2)
    ours, theirs = (one(kernel="precomputed").fit(K, y) for one in (KernelSVM, SVC))
    assert ours.predict([[1.0, 1.0]]).tolist() == theirs.predict([[1.0, 1.0]]).tolist() == ["b"]


def test_a_number_may_come_as_an_array_without_dimensions():
    X, y = DATA["moons"]
    model = KernelSVM(C=np.array(2.0), gamma=np.array(0.5), tol=np.array(1e-6)).fit(X, y)
    assert model.alpha_.tolist() == KernelSVM(C=2.0, gamma=0.5).fit(X, y).alpha_.tolist()


def test_the_hard_margin_is_that_of_any_large_price():
    """The two flowers of chapter 5: α = 20/17 for every C above."""
    for C in (2.0, 1e6):
        model = KernelSVM(C=C, kernel="linear").fit(PETALS, FLOWERS)
        np.testing.assert_allclose(model.alpha_[[44, 98]], 20 / 17, rtol=1e-9)


def test_a_matrix_of_the_wrong_shape_is_told():
    K = rbf_kernel(XOR, gamma=1)
    model = KernelSVM(kernel="precomputed").fit(K, XOR_LABELS)
    with pytest.raises(ValueError, match=r"must have shape \(rows, 4\): a column for each of the"):
        model.predict(K[:, :3])


def test_probabilities_by_calibration():
    X, y = DATA["moons"]
    model = CalibratedClassifierCV(KernelSVM(), cv=3).fit(X, y)
    p = model.predict_proba(X)
    assert ((p >= 0) & (p <= 1)).all()
    assert model.score(X, y) > 0.85


def test_labels_that_are_measurements_are_refused():
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        KernelSVM().fit(PETALS, np.linspace(0, 1, 100))


def test_negative_weights_are_refused():
    with pytest.raises(ValueError, match="sample_weight must not be negative, got -1"):
        KernelSVM().fit(PETALS, FLOWERS, sample_weight=FLOWERS)


@pytest.mark.parametrize("make", [KernelSVM, SoftmaxRegression])
def test_what_is_given_to_fit_is_read_as_in_the_losses(make):
    """Object columns of int are labels; masks, text as weights and mixtures are not dropped."""
    X, y = [[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1]
    assert make().fit(X, np.array(y, dtype=object)).classes_.tolist() == [0, 1]
    for given, message in (
        ({"X": np.ma.array(X)}, "X is a masked array"),
        ({"y": np.ma.array(y)}, "y is a masked array"),
        ({"y": np.array([0, "a", 0, "a"], dtype=object)}, "y must .* mixture of int and str"),
        ({"sample_weight": np.array(["1"] * 4)}, "sample_weight must .* text"),
        ({"sample_weight": np.ma.ones(4)}, "sample_weight is a masked array"),
    ):
        with pytest.raises(TypeError, match=message):
            make().fit(**{"X": X, "y": y} | given)


def test_a_c_that_no_float_can_hold_is_named():
    for C, weight in ((5e-324, [1, 1]), (1e200, [1e200, 1])):
        with pytest.raises(ValueError, match=r"C times sample_weight .* range of a float"):
            KernelSVM(C=C).fit([[0.0], [1.0]], [0, 1], sample_weight=weight)
    with pytest.raises(ValueError, match="C, or X, must be larger"):
        SoftmaxRegression(C=5e-324).fit([[0.0], [1.0]], [0, 1])


@pytest.mark.parametrize("value", [None, "no", 2.5, -1])
def test_fit_intercept_is_true_or_false(value):
    with pytest.raises(ValueError, match="fit_intercept must be True or False"):
        SoftmaxRegression(fit_intercept=value).fit([[0.0], [1.0]], [0, 1])
