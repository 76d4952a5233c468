"""What chapters and docstrings say about NumPy, SciPy and scikit-learn where no cell checks it."""

import inspect

import numpy as np
import pytest
from scipy import stats
from sklearn import datasets, linear_model, metrics, svm, tree
from sklearn._loss.loss import HalfSquaredError, PinballLoss

from lossbook import regression
from lossbook.svm import KernelSVM

X, y = datasets.load_breast_cancer(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)


@pytest.mark.parametrize(
    ("estimator", "defaults"),
    [
        (linear_model.QuantileRegressor(), {"alpha": 1}),  # chapter 2, trap 4
        (linear_model.HuberRegressor(), {"max_iter": 100}),
        (linear_model.LogisticRegression(), {"C": 1, "solver": "lbfgs", "tol": 1e-4}),  # 4.9
        (svm.SVC(), {"kernel": "rbf", "gamma": "scale", "tol": 1e-3}),  # 6.7, 7.8
        (svm.LinearSVC(), {"loss": "squared_hinge"}),  # 6.12
    ],
    ids=lambda value: type(value).__name__,
)
def test_defaults(estimator, defaults):
    assert {name: getattr(estimator, name) for name in defaults} == defaults


@pytest.mark.parametrize(
    "name",
    ["mean_squared_error", "root_mean_squared_error", "mean_absolute_error", "mean_pinball_loss"],
)
def test_regression_carries_the_names_of_scikit_learn_where_it_has_them(name):
    theirs = inspect.signature(getattr(metrics, name)).parameters
    ours = inspect.signature(getattr(regression, name)).parameters
    assert [*theirs][:2] == [*ours][:2] == ["y_true", "y_pred"]


def test_what_scikit_learn_calls_alpha():
    assert "alpha" in inspect.signature(metrics.mean_pinball_loss).parameters
    quantile_regressor = inspect.signature(linear_model.QuantileRegressor).parameters
    assert {"quantile", "alpha"} <= quantile_regressor.keys()  # alpha is the penalty there
    assert not hasattr(metrics, "mean_huber_loss")


def test_half_squared_error_has_a_half():
    loss = HalfSquaredError().loss(np.zeros(1), np.full(1, 3.0))
    assert loss == regression.squared_error([0.0], [3.0]) / 2 == 4.5


def test_pinball_loss_takes_minus_tau_at_its_kink():
    theirs = PinballLoss(quantile=0.8).gradient(np.ones(1), np.ones(1))
    assert theirs == regression.pinball_gradient([1.0], [1.0], quantile=0.8) == -0.8


def test_entropy_and_log_loss_are_one_criterion_of_trees():
    first, second = (
        tree.DecisionTreeClassifier(criterion=name, random_state=0).fit(X, y).tree_
        for name in ("entropy", "log_loss")
    )
    np.testing.assert_array_equal(first.impurity, second.impurity)
    np.testing.assert_array_equal(first.threshold, second.threshold)


def test_scipys_entropy_of_two_distributions_is_the_divergence():
    assert stats.entropy([0.5, 0.5], [0.25, 0.75]) == pytest.approx(np.log(4 / 3) / 2)


@pytest.mark.parametrize(("dtype", "cost"), [("float64", "36.04"), ("float32", "15.94")])
def test_log_loss_clips_at_the_epsilon_of_the_number_type(dtype, cost):
    certain = np.array([[1, 0], [0, 1]], dtype)
    assert f"{2 * metrics.log_loss([1, 1], certain, labels=[0, 1]):.2f}" == cost


def test_alpha_of_sgd_is_lambda():
    alpha = 0.01
    given = {"loss": "log_loss", "alpha": alpha, "average": True, "max_iter": 1000, "tol": None}
    sgd = linear_model.SGDClassifier(**given, random_state=0).fit(X, y)
    exact = linear_model.LogisticRegression(C=1 / (alpha * len(y)), tol=1e-10).fit(X, y)

    def objective(model):
        w = model.coef_[0]
        return metrics.log_loss(y, model.predict_proba(X)) + alpha / 2 * w @ w

    assert objective(sgd) == pytest.approx(objective(exact), rel=1e-3)


def test_four_times_the_half_gini_loss_is_modified_huber():
    """Its slopes, learned one sample at a time: (8.4), for margins −2, 0, ½ and 2."""
    for m, pull in ((-2.0, 4.0), (0.0, 2.0), (0.5, 1.0), (2.0, 0.0)):
        model = linear_model.SGDClassifier(
            loss="modified_huber", penalty=None, learning_rate="constant", eta0=0.125, max_iter=1
        )
        model.set_params(tol=None, fit_intercept=False).fit(
            [[1.0], [1.0]], [0, 1], coef_init=[[m]], sample_weight=[0, 1]
        )
        assert model.coef_[0, 0] - m == pytest.approx(0.125 * pull)


def test_gamma_of_svc_is_not_that_of_repeated_rows():
    weight = np.where(y == 1, 2.0, 1.0)
    twice = np.repeat(X, weight.astype(int), axis=0), np.repeat(y, weight.astype(int))
    ours = [
        KernelSVM().fit(X, y, sample_weight=weight).decision_function(X),
        KernelSVM().fit(*twice).decision_function(X),
    ]
    theirs = [
        svm.SVC(tol=1e-8).fit(X, y, sample_weight=weight).decision_function(X),
        svm.SVC(tol=1e-8).fit(*twice).decision_function(X),
    ]
    np.testing.assert_allclose(*ours, atol=1e-6)
    assert np.abs(np.subtract(*theirs)).max() > 1e-3
