"""What a fitted SVM leaves of KKT, computed from its attributes in long double.

Independent of the package: differences of rows, one feature after the other, no matrix product.
On platforms where long double is double it is no witness (`SHARP` is False).
"""

import numpy as np
from sklearn import datasets
from sklearn.preprocessing import StandardScaler

LONG = np.longdouble
SHARP = np.finfo(LONG).eps < 1e-18


def kernel(X, Y, gamma, exp=np.exp):
    """exp(−γ |x − y|²) in long double, or that less 1 with expm1."""
    X, Y = X.astype(LONG), Y.astype(LONG)
    squares = np.zeros((len(X), len(Y)), LONG)
    for x, y in zip(X.T, Y.T, strict=True):
        squares += (x[:, np.newaxis] - y) ** 2
    return exp(-LONG(gamma) * squares)


def residuals(model, X, y, C):
    """(stationarity, feasibility, complementarity, gap) and the primal objective.

    `model` has been fitted to X and the signs y; C holds the price of each row.
    """
    alpha, y, C = model.alpha_.astype(LONG), y.astype(LONG), np.asarray(C, LONG)
    b, used = LONG(model.intercept_[0]), np.flatnonzero(model.alpha_)
    beta = (alpha * y)[used]
    if model.kernel == "linear":
        w, v = model.coef_[0].astype(LONG), beta @ X[used].astype(LONG)
        f, square, square_dual = X.astype(LONG) @ w + b, w @ w, v @ v
    else:
        if model.kernel == "rbf":  # K − 1: where K is near 1, it has digits that K has not
            f = kernel(X, X[used], model.gamma_, np.expm1) @ beta + beta.sum()
        else:
            f = X[:, used].astype(LONG) @ beta
        square = square_dual = beta @ f[used]
        f = f + b
    m = y * f
    lam, mu = np.maximum(0, m - 1), np.maximum(0, 1 - m)
    primal = square / 2 + (C * mu).sum()
    dual = alpha.sum() - square_dual / 2
    four = (
        max(lam[alpha > 0].max(initial=0), mu[alpha < C].max(initial=0)),
        max(abs((alpha * y).sum()), -alpha.min(), (alpha - C).max(), 0),
        max((alpha * lam).max(), ((C - alpha) * mu).max()),
        primal - dual,
    )
    return tuple(map(float, four)), float(primal)


def _loaded(load, positive=1):
    X, y = load(return_X_y=True)
    return X, np.where(y == positive, 1.0, -1.0)


def _data():
    rng = np.random.default_rng(0)
    cancer, wine = _loaded(datasets.load_breast_cancer), _loaded(datasets.load_wine)
    iris, flowers = datasets.load_iris(return_X_y=True)
    digits, digit = datasets.load_digits(return_X_y=True)
    standard = StandardScaler().fit_transform
    yield "cancer", *cancer
    yield "cancer standardised", standard(cancer[0]), cancer[1]
    yield "cancer + 1e6", cancer[0] + 1e6, cancer[1]
    yield "cancer / 1000", cancer[0] / 1000, cancer[1]
    yield "wine 0", *_loaded(datasets.load_wine, 0)
    yield "wine 1", *wine
    yield "wine standardised", standard(wine[0]), wine[1]
    yield "wine + 1e6", wine[0] + 1e6, wine[1]
    yield "two irises", iris[50:], np.where(flowers[50:] == 2, 1.0, -1.0)
    yield "two irises apart", iris[:100], np.where(flowers[:100] == 1, 1.0, -1.0)
    yield "two irises + 1e9", iris[50:] + 1e9, np.where(flowers[50:] == 2, 1.0, -1.0)
    for a, b in ((3, 8), (1, 7)):
        pair = (digit == a) | (digit == b)
        yield f"digits {a}/{b}", digits[pair], np.where(digit[pair] == b, 1.0, -1.0)
    yield "digits / 16", digits[pair] / 16, np.where(digit[pair] == b, 1.0, -1.0)
    for n, noise in ((200, 0.3), (400, 0.2), (150, 0.05)):
        X, y = datasets.make_moons(n, noise=noise, random_state=n)
        yield f"moons {n}", X, 2.0 * y - 1
    X, y = datasets.make_circles(150, noise=0.1, factor=0.6, random_state=1)
    yield "circles", X, 2.0 * y - 1
    for n, d in ((100, 20), (300, 5), (200, 2), (60, 100)):
        X, y = datasets.make_classification(n, d, n_redundant=0, n_informative=2, random_state=d)
        yield f"made {n} × {d}", X, 2.0 * y - 1
    X = rng.normal(size=(120, 5))
    y = np.where(X[:, 0] + 0.5 * rng.normal(size=120) > 0, 1.0, -1.0)
    half = (np.arange(120) % 2)[:, np.newaxis]
    yield "normal", X, y
    yield "two clusters 1e5 apart", X + 1e5 * half, y
    yield "two clusters 1e7 apart", X + 1e7 * half, y
    yield "scales 1e-8 to 1e8", X * 10.0 ** np.array([-8, -4, 0, 4, 8]), y
    yield "a row of -999999999", np.where(np.arange(120)[:, np.newaxis] == 7, -999999999, X), y
    filled = X.copy()
    filled[[3, 90], 2] = 1e20
    yield "1e20 twice", filled, y
    hours = 1.7e9 + 3600 * np.arange(120.0)[:, np.newaxis]
    yield "hours of Unix time", hours, np.where((np.arange(120) // 7) % 2, 1.0, -1.0)
    yield "normal + 1e9", X + 1e9, y
    yield "normal / 1e9", X / 1e9, y
    yield "twins", np.repeat(X[:40], 3, axis=0), np.repeat(y[:40], 3)
    integers = rng.integers(-2, 3, (80, 2)).astype(float)
    yield "whole numbers", integers, np.tile([-1.0, 1], 40)
    yield "noise", rng.normal(size=(80, 3)), np.tile([-1.0, 1], 40)
    yield "heavy tails", rng.standard_t(1, size=(100, 4)), np.tile([-1.0, 1], 50)


def data():
    """Data sets of all the kinds that a rounding error can hide in, by name: (X, signs y)."""
    return {name: (X, y) for name, X, y in _data()}


def problems():
    """Parameters of `KernelSVM`: the linear and the RBF kernel, several C and γ."""
    for C in (1.0, 1e2, 1e4, 1e6):
        yield {"kernel": "linear", "C": C}
    for C in (1.0, 1e2, 1e3, 1e5):
        for gamma in ("scale", 1e-3, 0.1, 1.0, 10.0, 1e3, 1e5):
            yield {"kernel": "rbf", "C": C, "gamma": gamma}
