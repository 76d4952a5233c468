"""`SoftmaxRegression`: the linear model that minimises the cross-entropy.

Gradient methods are slow for correlated features and for features of different scale. Whitening
with one Cholesky factorisation makes the curvature at the start nearly the identity; L-BFGS then
needs a fraction of the evaluations.
"""

import warnings
from functools import cache
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.optimize import minimize
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import ThreadpoolController

from lossbook import _validation as check
from lossbook._types import Array
from lossbook.softmax._exponentials import log_softmax, softmax

# Number of columns that are processed at once, to stay in the cache.
_BLOCK = 4096

# Up to this number of unknowns, Newton takes over from L-BFGS at this gradient: two or three steps
# then reach rounding error, which L-BFGS cannot.
_NEWTON_UNKNOWNS = 1000
_HANDOVER = 1e-5

# Newton ends with a step that changes no score by more than this.
_SETTLED = 1e-6

# After a step that changes no score by more than this, the Hessian is reused.
_SAME_CURVATURE = 1e-3

# Keeps Cholesky factors of singular matrices finite; it changes steps, not the solution.
_JITTER = 1e-12

# A feature is dependent if the features before it leave at most this fraction of its variance.
_DEPENDENT = 1e-10


class SoftmaxRegression(ClassifierMixin, BaseEstimator):
    """Multinomial logistic regression (softmax regression) with an L2 penalty.

    With scores z_i = W x_i + b it minimises::

        C Σ_i w_i ℓ(y_i, z_i) + ½ ‖W‖²,  ℓ(y, z) = LSE(z) − z_y  in nats

    The intercepts b are not penalised. W has one row for each class, also for two classes: the
    model is symmetric in the classes, and at the minimum Σ_k W_k = 0. Convention: for two classes
    scikit-learn's LogisticRegression has one row w = W_1 − W_0, and ½‖W‖² = ¼‖w‖². So for two
    classes SoftmaxRegression(C / 2) equals LogisticRegression(C); for more, C is the same.

    Parameters
    ----------
    C : float
        Weight of the data against the penalty, C > 0; np.inf for no penalty.
    fit_intercept : bool
        Whether b is fitted; b = 0 if not.
    tol : float
        Stops when no entry of the gradient of the objective per sample (divided by C Σ w_i), by
        the coefficients of the whitened features, exceeds tol. So the units of the features do
        not matter. Newton steps continue until one changes no score by more than 1e-6, so that a
        large C costs no accuracy.
    max_iter : int
        Largest number of steps of L-BFGS and Newton together, at least 1. If they are not enough,
        there is a ConvergenceWarning, and the coefficients are those of the last step.
    class_weight : dict or "balanced", optional
        The weight of a sample is that of its class times its sample_weight: {label: weight},
        with 1 for missing labels; or "balanced", Σ w / (K Σ_{i in class} w_i), which gives all
        classes the same total weight. As in LogisticRegression.

    Attributes
    ----------
    classes_ : ndarray of shape (K,)
        The sorted labels, without classes of total weight 0.
    coef_ : ndarray of shape (K, d)
        W.
    intercept_ : ndarray of shape (K,)
        b, with Σ_k b_k = 0.
    n_iter_ : int
        Steps taken.
    n_features_in_, feature_names_in_
        As in all scikit-learn estimators.

    Raises
    ------
    ValueError, TypeError
        A parameter is out of its range; fewer than two classes; weights that are negative,
        infinite or all zero; input that scikit-learn refuses (NaN, shapes); with C=np.inf,
        linearly separable classes, for which no minimum exists.

    Warns with ConvergenceWarning if tol was not reached in max_iter steps, and if, with C=np.inf,
    the gradient vanishes but the scores diverge (classes that planes separate except for points
    on the planes).

    Notes
    -----
    L-BFGS on whitened features (centred, then decorrelated by a Cholesky factor of
    (1 − 1/K)/K · XᵀX + I/C, Böhning's bound at equal probabilities), then, up to 1000 unknowns,
    Newton steps. A step of L-BFGS costs O(n d K), one of Newton O(n d² K²); memory is about three
    times X and a few times d². X is dense. BLAS uses one thread during the fit, because at this
    block size threads wait for each other.

    The probabilities of a model with too little data or too few features can be over- or
    underconfident: CalibratedClassifierCV(SoftmaxRegression()) calibrates them. To ignore a sample
    (ignore_index elsewhere), drop its row, or give it weight 0. Label smoothing and other soft
    targets need one row for each class of a sample, weighted by its probability.

    Without penalty and with linearly dependent features many W are minima. Then a feature that is
    a combination of the features before it, within 1e-5 of its scale, gets no coefficients.

    Examples
    --------
    >>> model = SoftmaxRegression().fit([[0], [1], [2], [3]], ["few", "few", "many", "many"])
    >>> model.predict([[0.2], [2.5]])
    array(['few', 'many'], dtype='<U4')
    >>> model.coef_.round(4)
    array([[-0.6807],
           [ 0.6807]])

    Source: Böhning (1992), Multinomial logistic regression algorithm; Liu and Nocedal (1989),
    On the limited memory BFGS method.
    """

    def __init__(
        self,
        C: float = 1.0,
        *,
        fit_intercept: bool = True,
        tol: float = 1e-8,
        max_iter: int = 1000,
        class_weight: dict | str | None = None,
    ) -> None:
        self.C = C
        self.fit_intercept = fit_intercept
        self.tol = tol
        self.max_iter = max_iter
        self.class_weight = class_weight

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit W and b; a sample of weight w counts as w samples."""
        C = check.positive("C", self.C, infinite=True)  # inf: no penalty
        _check_stopping(self.tol, self.max_iter)
        if not isinstance(self.fit_intercept, (bool, np.bool_)) and self.fit_intercept not in (
            0,
            1,
        ):
            raise ValueError(f"fit_intercept must be True or False, got {self.fit_intercept!r}")
        for name, given in (("X", X), ("y", y)):
            check.refuse_masked(name, given)
        X, y = validate_data(self, X, y, dtype=np.float64)
        y = check.class_labels("y", y)
        check_classification_targets(y)
        weight = np.full(len(X), 1 / len(X))
        total = float(len(X))
        if sample_weight is not None:
            w = check.weight_of_each(sample_weight, len(X))
            weight, total = check.weights(w, len(X)), float(w.sum())
        if self.class_weight is not None:
            w = weight * _class_weights(self.class_weight, y, weight)
            weight, total = check.weights(w, len(X)), total * float(w.sum())
        if not weight.all():
            X, y, weight = X[weight > 0], y[weight > 0], weight[weight > 0]
        self.classes_, index = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"y must contain at least two classes with positive weight, got one class: "
                f"{self.classes_.tolist()[0]!r}"
            )
        with _controller().limit(limits=1, user_api="blas"):
            problem = _Whitened(
                X, index, weight, len(self.classes_), 1 / (C * total), self.fit_intercept
            )
            V, self.n_iter_ = _minimise(problem, self.tol, self.max_iter)
            if np.isinf(C):
                _refuse_separated(problem, V, index)
        self.coef_, self.intercept_ = problem.coefficients(V)
        return self

    def decision_function(self, X: ArrayLike) -> Array:
        """Scores of shape (n, K); for two classes z_1 − z_0 of shape (n,), as in scikit-learn.

        The K scores of a sample sum to 0.
        """
        z = self._scores(X)
        return z[:, 1] - z[:, 0] if len(self.classes_) == 2 else z

    def predict_proba(self, X: ArrayLike) -> Array:
        """Probabilities softmax(z) of shape (n, K), columns in the order of `classes_`."""
        return softmax(self._scores(X))

    def predict_log_proba(self, X: ArrayLike) -> Array:
        """ln of the probabilities, shape (n, K), also if a probability rounds to 0."""
        return log_softmax(self._scores(X))

    def predict(self, X: ArrayLike) -> np.ndarray:
        """The most probable class of each row, shape (n,)."""
        z = self._scores(X)
        return self.classes_[z.argmax(axis=1)]

    def _scores(self, X):
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return X @ self.coef_.T + self.intercept_


class _Whitened:
    """The objective per sample, Σ s_i ℓ_i + ½ λ ‖W‖² with Σ s_i = 1, of V in z = V x̃.

    x̃ = L⁻¹ (x − x̄) / scale, and an entry for the intercept that also gives it the curvature 1.
    Features are rows and samples columns, so that sums over classes are sums of long rows.
    """

    def __init__(
        self,
        X: ArrayLike,
        index: Any,
        weight: Any,
        n_classes: int,
        ridge: float,
        fit_intercept: bool,
    ) -> None:
        self.weight = weight
        n, d = X.shape
        self.shape = (n_classes, d + fit_intercept)
        # Relative to the first row, the mean of a constant column is exactly 0.
        self.centre = X[0] + weight @ (X - X[0]) if fit_intercept else np.zeros(d)
        X = X - self.centre
        self.scale = np.abs(X).max(axis=0)
        self.scale = np.where(self.scale == 0, 1, self.scale.clip(min=1e-100))  # squares are finite
        X /= self.scale

        bound = (1 - 1 / n_classes) / n_classes
        curvature = bound * (X.T * weight) @ X
        diagonal = np.einsum("ii->i", curvature)
        with np.errstate(over="ignore"):
            penalty = (np.sqrt(ridge) / self.scale) ** 2
        if not np.isfinite(penalty).all():
            raise ValueError(
                "C, or X, must be larger to compute with: the penalty 1/(C Σ w) overflows for a "
                f"column of X that varies by {self.scale.min():.1e}"
            )
        unpenalised = penalty <= np.finfo(float).eps * diagonal
        diagonal += penalty + _JITTER * diagonal
        diagonal[diagonal == 0] = 1  # a constant feature and no penalty
        self.factor = np.linalg.cholesky(curvature)
        inverse = solve_triangular(self.factor, np.eye(d), lower=True) / self.scale
        self.columns = np.empty((self.shape[1], n))
        np.matmul(inverse * self.scale, X.T, out=self.columns[:d])
        self.columns[d:] = 1 / np.sqrt(bound)
        # Only rounding remains of a dependent feature; its coefficient would be arbitrary.
        left = np.einsum("ii->i", self.factor) ** 2
        self.columns[:d][unpenalised & (left <= _DEPENDENT * diagonal)] = 0
        self.penalty = np.zeros((self.shape[1],) * 2)
        self.penalty[:d, :d] = ridge * inverse @ inverse.T
        # The labels are used only here.
        members = np.zeros((n_classes, n))
        members[index, np.arange(n)] = weight
        self.observed = members @ self.columns.T

    def _blocks(self, V):
        """(columns, weights, exponentials, their sums, largest scores) block by block."""
        for start in range(0, self.columns.shape[1], _BLOCK):
            block = slice(start, start + _BLOCK)
            x = self.columns[:, block]
            z = V @ x
            top = z.max(axis=0)
            z -= top
            e = np.exp(z, out=z)
            yield x, self.weight[block], e, np.ones(len(V)) @ e, top

    def value_and_gradient(self, V):
        penalty_gradient = V @ self.penalty
        value = 0.5 * np.vdot(penalty_gradient, V) - np.vdot(self.observed, V)
        gradient = penalty_gradient - self.observed
        for x, weight, e, total, top in self._blocks(V):
            value += weight @ (np.log(total) + top)
            e *= weight / total
            gradient += e @ x.T
        return value, gradient

    def hessian(self, V):
        """Second derivatives, of shape (K, d, K, d), plus 1/K · 11ᵀ between the classes.

        Adding one vector to all rows of V changes no probability. The term makes the matrix
        positive definite in that direction and does not change steps, because gradients are
        orthogonal to it.
        """
        K, d = self.shape
        H = np.zeros((K, d, K, d))
        for x, weight, e, total, _ in self._blocks(V):
            q = e / total
            for a in range(K):
                for b in range(a):
                    H[a, :, b] -= (x * (weight * q[a] * q[b])) @ x.T
        for a in range(K):
            for b in range(a):
                H[b, :, a] = H[a, :, b]  # each block is symmetric
        # q_a (1 − q_a) = Σ_{b ≠ a} q_a q_b: blocks of a row sum to 0.
        for a in range(K):
            H[a, :, a] = self.penalty - H[a].sum(axis=1)
        np.einsum("aibi->abi", H)[...] += 1 / K
        np.einsum("aiai->ai", H)[...] += _JITTER
        return H

    def factor_of_hessian(self, V):
        H = self.hessian(V).reshape(V.size, V.size)
        return cho_factor(H, lower=True, overwrite_a=True)

    def newton_step(self, factor, gradient):
        return cho_solve(factor, -gradient.ravel()).reshape(gradient.shape)

    def coefficients(self, V):
        """W and b for the original x; sums over the classes are 0."""
        V = V - V.mean(axis=0)
        d = len(self.scale)
        W = solve_triangular(self.factor, V[:, :d].T, lower=True, trans="T").T / self.scale
        b = V[:, d:] @ self.columns[d:, 0]  # the entry for the intercept, if there is one
        return W, b - W @ self.centre


def _minimise(problem, tol, max_iter):
    """V with a gradient of at most tol, and the number of steps; warns if tol is not reached."""
    K, d = problem.shape
    newton = K * d <= _NEWTON_UNKNOWNS

    def flat(v):
        value, gradient = problem.value_and_gradient(v.reshape(K, d))
        return value, gradient.ravel()

    eps = np.finfo(float).eps
    result = minimize(
        flat,
        np.zeros(K * d),
        method="L-BFGS-B",
        jac=True,
        options={
            "gtol": max(tol, _HANDOVER) if newton else tol,
            "ftol": eps,
            "maxiter": max_iter,
            "maxfun": 20 * max_iter,
            "maxcor": 20,
            "maxls": 50,
        },
    )
    V, steps = result.x.reshape(K, d), result.nit
    value, gradient = problem.value_and_gradient(V)
    # With a large C a gradient of tol allows a large error, so the last step must be small as well:
    # a step that changes scores by δ changes curvatures by a factor 1 + O(δ) and leaves an error of
    # O(δ²). After a small step the old factor of the Hessian is reused. Without a penalty the
    # scores may diverge, so the size of steps is not tested.
    moved, settled = np.inf, _SETTLED if tol < _HANDOVER and problem.penalty.any() else np.inf
    while newton and steps < max_iter and (np.abs(gradient).max() > tol or moved > settled):
        if moved > _SAME_CURVATURE:
            factor = problem.factor_of_hessian(V)
        step = problem.newton_step(factor, gradient)
        slope, length = np.vdot(gradient, step), 1.0
        new_value, new_gradient = problem.value_and_gradient(V + step)
        # Near the minimum, differences of values are only rounding; hence the allowance.
        allowance = 8 * eps * (1 + abs(value))
        while new_value > value + 1e-4 * length * slope + allowance and length > 1e-6:
            length /= 2
            new_value, new_gradient = problem.value_and_gradient(V + length * step)
        steps += 1
        stuck = abs(slope) < allowance and np.abs(new_gradient).max() >= np.abs(gradient).max()
        if stuck:
            break
        V, value, gradient = V + length * step, new_value, new_gradient
        moved = np.abs(step @ problem.columns).max()
    largest = np.abs(gradient).max()
    if not largest <= tol:
        warnings.warn(
            f"SoftmaxRegression stopped after {steps} steps with a gradient of {largest:.1e} per "
            f"sample, tol is {tol:.1e}: raise max_iter={max_iter}, or tol",
            ConvergenceWarning,
            stacklevel=3,
        )
    return V, steps


def _refuse_separated(problem, V, index):
    """Without a penalty: check that a minimum exists and that the fit is near it."""
    z = V @ problem.columns
    rows = np.arange(len(index))
    own = z[index, rows]
    z[index, rows] = -np.inf
    if (own > z.max(axis=0)).all():
        # W classifies all samples correctly; the losses of 2 W, 4 W, … then decrease towards 0.
        raise ValueError(
            "the classes are separable, and C=inf: the objective has no minimum, it falls towards "
            "0 as the coefficients grow; choose a finite C"
        )
    if V.size > _NEWTON_UNKNOWNS:
        return
    factor = problem.factor_of_hessian(V)
    step = problem.newton_step(factor, problem.value_and_gradient(V)[1])
    if np.abs(step @ problem.columns).max() > 0.1:
        warnings.warn(
            "the gradient vanishes, but the scores still grow: with C=inf there is no minimum if "
            "planes separate the classes except for samples on them; choose a finite C",
            ConvergenceWarning,
            stacklevel=3,
        )


def _class_weights(class_weight, y, weight):
    """The class weight of each sample; `weight`, the sample weights, sum to 1."""
    classes, index = np.unique(y, return_inverse=True)
    if isinstance(class_weight, str) and class_weight == "balanced":
        # compute_class_weight would divide by 0 for a class of total weight 0.
        totals = np.bincount(index, weights=weight)
        return 1 / (np.count_nonzero(totals) * np.where(totals > 0, totals, 1))[index]
    w = compute_class_weight(class_weight, classes=classes, y=y)
    if not ((w >= 0) & (w < np.inf)).all() or not w.any():
        raise ValueError(
            f"class_weight must contain finite weights ≥ 0, not all 0, got {class_weight!r}"
        )
    return w[index]


def _check_stopping(tol, max_iter):
    check.positive("tol", tol)
    if not (isinstance(max_iter, Integral) and max_iter >= 1):
        raise ValueError(f"max_iter must be a whole number ≥ 1, got {max_iter!r}")


@cache
def _controller():
    """Cached: finding the libraries takes milliseconds, setting a limit microseconds."""
    return ThreadpoolController()
