"""Problems for the SVM solvers, with known answers or without, and what every answer must meet."""

import numpy as np
from sklearn import datasets
from sklearn.preprocessing import StandardScaler

from lossbook.svm import kkt_residuals, linear_kernel, primal_objective, rbf_kernel

IRIS = datasets.load_iris()
# Petals of setosa (−1) and versicolor (+1); rows 44 and 98 are the two flowers of chapter 5.
PETALS = IRIS.data[:100, 2:]
FLOWERS = np.repeat([-1.0, 1.0], 50)
XOR = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
XOR_LABELS = np.array([-1.0, 1, 1, -1])


def _scaled(X):
    return StandardScaler().fit_transform(X)


def _cancer():
    X, y = datasets.load_breast_cancer(return_X_y=True)
    return _scaled(X), np.where(y, 1.0, -1.0)


def _wine():
    X, y = datasets.load_wine(return_X_y=True)
    return _scaled(X), np.where(y == 1, 1.0, -1.0)


def _digits():
    X, y = datasets.load_digits(return_X_y=True)
    pair = (y == 3) | (y == 8)
    return X[pair] / 16, np.where(y[pair] == 8, 1.0, -1.0)


def _signed(X, y):
    return X, 2.0 * y - 1


def _made(n, d, seed):
    return _signed(*datasets.make_classification(n, d, random_state=seed))


DATA = {
    "petals": (PETALS, FLOWERS),
    "versicolor/virginica": (IRIS.data[50:], FLOWERS),
    "wine": _wine(),
    "breast cancer": _cancer(),
    "digits 3/8": _digits(),
    "moons": _signed(*datasets.make_moons(200, noise=0.3, random_state=0)),
    "circles": _signed(*datasets.make_circles(150, noise=0.1, factor=0.6, random_state=1)),
    "made 100 × 20": _made(100, 20, 0),
    "made 300 × 5": _made(300, 5, 1),
    "noise": (np.random.default_rng(2).normal(size=(60, 3)), np.tile([-1.0, 1], 30)),
    "twins": (np.repeat(IRIS.data[50::5], 3, axis=0), np.repeat(FLOWERS[::5], 3)),
    "whole numbers": (np.random.default_rng(3).integers(-2, 3, (80, 2)), np.tile([-1.0, 1], 40)),
    "constant features": (np.full((10, 3), 2.5), np.repeat([-1.0, 1], [7, 3])),
    "two points": (np.array([[1.0, 2], [3, 1]]), np.array([1.0, -1])),
}


def scale(X):
    """γ of "scale": 1/(d Var X)."""
    return 1 / (X.shape[1] * max(X.var(), 1e-12))


def kernel(name, X):
    return linear_kernel(X) if name == "linear" else rbf_kernel(X, gamma=min(scale(X), 1.0))


def assert_certified(K, y, C, alpha, b):
    """KKT holds to 1e-8 and the gap is below 1e-10: proof enough, without a second solver."""
    kkt = kkt_residuals(K, y, C, alpha, b)
    assert max(kkt[:3]) <= 1e-8, kkt[:]
    assert abs(kkt.gap) <= 1e-10 * (1 + primal_objective(K, y, C, alpha, b)), kkt[:]
