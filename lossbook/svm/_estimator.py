"""`KernelSVM`: the solvers as a scikit-learn estimator with a certificate of its solution."""

import math
import warnings
from functools import cache
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import ThreadpoolController

from lossbook import _validation as check
from lossbook._types import Array
from lossbook.svm import _objectives
from lossbook.svm._gaussian import solve_gaussian
from lossbook.svm._gram import FullMatrix
from lossbook.svm._interior_point import solve_low_rank
from lossbook.svm._kernels import GaussianPairs, columnwise_median
from lossbook.svm._scores import GaussianModel, LinearModel, PrecomputedModel, refine, with_zero_sum
from lossbook.svm._smo import DualState, check_two_classes, search_and_polish, step_limit

_BLOCK = 2**22  # entries of a kernel matrix in memory at once to predict


class KernelSVM(ClassifierMixin, BaseEstimator):
    """Soft-margin support vector machine for two classes, solved to rounding error.

    ::

        minimise ½ |w|² + Σ C_i max(0, 1 − m_i),    m_i = y_i (wᵀφ(x_i) + b)

    The solution is that of scikit-learn's SVC, which stops earlier. `certificate_` proves it with
    the four numbers of `kkt_residuals`, which `print` explains. They describe the model that
    predicts: the scores from the stored `coef_` and `intercept_`, or the kernel of the stored
    `alpha_`. If rounding could be mistaken for a deviation, they are computed in extended
    precision.

    Only two classes are supported, because a certificate belongs to one problem with one vector α.
    For more classes, ``sklearn.multiclass.OneVsRestClassifier(KernelSVM())`` solves several
    problems with a certificate each. Scores are not probabilities;
    ``sklearn.calibration.CalibratedClassifierCV(KernelSVM())`` converts them. Sparse matrices and
    the array API are not supported.

    Costs: the linear kernel takes n d² time and three times the memory of X (a million rows of 20
    features took 6 s). The RBF kernel takes about n² d time; its memory is 4 n² bytes for the
    search, then 8 n times the number of support vectors. The precomputed kernel takes the memory
    of its matrix. BLAS uses one thread during the fit, because its operations are small, and on a
    busy machine its threads wait for each other (ten times as long at n = 10 000).

    Parameters
    ----------
    C : float
        Weight of the hinge loss, and so the ceiling of α_i, finite, C > 0; C_i = C w_i with sample
        weights w_i, and times the weight of the class. The hard margin, C = inf, is the solution
        for any finite C above all of `alpha_`.
    kernel : {"rbf", "linear", "precomputed"}
        With "precomputed", X is the kernel matrix: (n, n) to fit, (rows, n) to predict. It must
        be symmetric. If it is not positive semidefinite (on vectors of sum 0), fit warns with
        `IndefiniteKernelWarning`, and the certificate says that it proves nothing.
    gamma : "scale" or float
        γ > 0 of the RBF kernel. "scale" is 1/(d Var X), and 1 if X is constant. The variance is
        weighted, so that a weight of 2 equals a repeated row (SVC's is not).
    tol : float
        Largest violation without a warning, in units of the margin (as SVC).
    max_iter : int
        Largest number of pair steps of SMO; −1 for no limit.
    solver : {"auto", "smo", "interior-point"}
        "auto" is the interior point method for the linear kernel with n ≥ d, and SMO otherwise.
        With the RBF kernel "interior-point" uses a low-rank approximation until the exact last
        steps (and SMO if that needs more than 150 columns); "auto" chooses it if SMO would be
        slow and the kernel is smooth: many points in two or three dimensions, a large C.
    class_weight : None, dict or "balanced"
        Factor of C for each class, by its label; "balanced" is n/(2 n_k) for a class of n_k rows,
        each row counted with its sample weight.

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
        The sorted labels; a score that is positive or 0 means the second (as SVC).
    alpha_ : ndarray of shape (n,)
        Multipliers.
    support_, support_vectors_, n_support_, dual_coef_, intercept_, coef_ : as SVC
        Points of α > 0, their rows of X, their number in each class, α y of shape (1, n_SV), b,
        and (linear kernel) w of shape (1, d).
    dual_objective_, duality_gap_ : float
    certificate_ : KKT
        (stationarity, feasibility, complementarity, gap) of the stored model.
    gamma_ : float
        γ of the RBF kernel.
    n_iter_ : int
        Steps of the solver.

    Examples
    --------
    >>> model = KernelSVM(kernel="linear", C=10).fit([[1], [-1], [-3]], ["b", "a", "a"])
    >>> model.coef_, model.intercept_, model.alpha_
    (array([[1.]]), array([0.]), array([0.5, 0.5, 0. ]))
    >>> model.predict([[0.1], [-0.1]]).tolist()
    ['b', 'a']
    >>> print(model.certificate_)
    Certificate of the SVM, largest deviation:
      stationarity    below 1e-8   margins: m ≥ 1 where α < C, m ≤ 1 where α > 0
      feasibility     below 1e-8   Σ α y = 0 and 0 ≤ α ≤ C
      complementarity below 1e-8   α (m − 1) = 0 where m > 1, (C − α)(1 − m) = 0 where m < 1
      gap             below 1e-8   primal and dual objective agree

    Source: 西瓜书 6.3 and 6.4.
    """

    def __init__(
        self,
        C: float = 1.0,
        *,
        kernel: str = "rbf",
        gamma: float | str = "scale",
        tol: float = 1e-6,
        max_iter: int = 1_000_000,
        solver: str = "auto",
        class_weight: dict | str | None = None,
    ) -> None:
        self.C = C
        self.kernel = kernel
        self.gamma = gamma
        self.tol = tol
        self.max_iter = max_iter
        self.solver = solver
        self.class_weight = class_weight

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit to X of shape (n, d) and labels y of shape (n,); returns self.

        A row of weight 0 is ignored. Raises ValueError if the remaining labels are not of two
        classes or the numbers in X are too large; warns with ConvergenceWarning if `tol` was not
        reached.
        """
        original = X
        for name, given in (("X", X), ("y", y)):
            check.refuse_masked(name, given)
        X, y = validate_data(self, X, y, dtype=np.float64)
        C, limits = self._check_parameters()
        y = check.class_labels("y", y)
        if y.dtype.kind not in "biuSU":  # other kinds of labels can be continuous
            check_classification_targets(y)
        self.classes_, index = np.unique(y, return_inverse=True)
        if len(self.classes_) > 2:
            raise ValueError(
                "Only binary classification is supported. The type of the target is multiclass; "
                "wrap the estimator in sklearn.multiclass.OneVsRestClassifier"
            )
        if len(self.classes_) < 2:
            raise ValueError(f"y must contain two classes, got one class only: {self.classes_[0]}")
        weight = np.ones(len(X))
        if sample_weight is not None:
            weight = check.weight_of_each(sample_weight, len(X))
        signs, factors = 2.0 * index - 1.0, self._class_weights(y, weight)
        with np.errstate(over="ignore"):
            C = C * weight * factors[index]
        check_two_classes(signs, C)
        if not np.finfo(float).tiny <= C.max() < np.inf:
            raise ValueError(
                "C times sample_weight and class_weight must be in the range of a float, got up to "
                f"{C.max():.1e} for C={self.C!r}"
            )
        void_reason = self._check_kernel(X, C, original)
        with _controller().limit(limits=1, user_api="blas"), np.errstate(all="ignore"):
            solution, model = self._solve(X, signs, C, weight, limits)
            if not np.isfinite([*solution.alpha, model.b]).all():
                raise ValueError(_objectives.TOO_LARGE.format(name="X", largest=np.abs(X).max()))
            model, self.certificate_ = refine(model, signs, C, void_reason)
        if not _within(limits["tol"], self.certificate_, model.beta, solution.converged):
            warnings.warn(
                f"stopped after {solution.n_iter} steps with a violation above "
                f"tol={limits['tol']:g}",
                ConvergenceWarning,
                stacklevel=2,
            )
        self.n_iter_ = solution.n_iter
        self._store_attributes(X, signs, model)
        return self

    def _class_weights(self, y, weight):
        """The factor of C of either class."""
        if self.class_weight is None:
            return np.ones(2)
        factors = compute_class_weight(
            self.class_weight, classes=self.classes_, y=y, sample_weight=weight
        )
        if not (factors.min() >= 0 and factors.max() < np.inf):
            raise ValueError(f"class_weight must be finite and not negative, got {factors}")
        return factors

    def _check_kernel(self, X, C, original):
        """Refuse a matrix that overflows or is no kernel; return why the certificate is void."""
        if self.kernel == "precomputed":
            if X.shape[0] != X.shape[1]:
                raise ValueError(
                    f"a precomputed kernel must be square, (n, n) for n rows, got shape {X.shape}"
                )
            _objectives.check_magnitude("X, the kernel matrix K,", X, C)
            return _objectives.check_semidefinite(X, C, original)
        if self.kernel == "linear":
            _objectives.refuse_large("X", X, C)
        return ""

    def _check_parameters(self):
        """C as a number, and the limits of the search."""
        C = check.number("C", self.C)
        if math.isinf(C) and C > 0:
            raise ValueError(
                "C must be finite and greater than 0, got inf; for the hard margin take a large "
                "number, such as C=1e6: if it exceeds all of alpha_, the solution is the same"
            )
        check.positive("C", self.C)
        limits = {
            "tol": check.positive("tol", self.tol),
            "max_iter": step_limit(self.max_iter),
        }
        if isinstance(self.gamma, str) and self.gamma != "scale":
            raise ValueError(f"gamma must be 'scale' or a number, got {self.gamma!r}")
        if not isinstance(self.gamma, str):
            check.positive("gamma", self.gamma)
        if self.kernel not in ("rbf", "linear", "precomputed"):
            raise ValueError(
                f"kernel must be 'rbf', 'linear' or 'precomputed', got {self.kernel!r}"
            )
        solvers = ("auto", "smo") if self.kernel == "precomputed" else _SOLVERS
        if self.solver not in solvers:
            raise ValueError(
                f"solver must be one of {', '.join(solvers)} with the {self.kernel} kernel, "
                f"got {self.solver!r}"
            )
        return C, limits

    def _solve(self, X, y, C, weight, limits):
        """(solution, its model)."""
        lo, hi = np.minimum(0, C * y), np.maximum(0, C * y)
        if self.kernel == "rbf":
            self.gamma_ = (
                _scale(X, weight)
                if isinstance(self.gamma, str)
                else check.positive("gamma", self.gamma)
            )
            solution, gram = solve_gaussian(X, self.gamma_, y, C, solver=self.solver, **limits)
            beta = with_zero_sum(solution.alpha * y, lo, hi)
            return solution, GaussianModel(X, self.gamma_, gram, beta, solution.b)
        if self.kernel == "precomputed":
            solution = search_and_polish(DualState(FullMatrix(X), y, C), **limits)
            return solution, PrecomputedModel(
                X, with_zero_sum(solution.alpha * y, lo, hi), solution.b
            )
        # Because Σ α y = 0, a shift of X changes only b; near the origin rounding is smaller.
        centre = columnwise_median(X)
        G = X - centre
        if self.solver == "interior-point" or (self.solver == "auto" and len(G) >= G.shape[1]):
            solution = solve_low_rank(G, y, C, limits["tol"])
        else:
            solution = search_and_polish(DualState(FullMatrix(G @ G.T), y, C), **limits)
        return solution, LinearModel.of(
            X, centre, with_zero_sum(solution.alpha * y, lo, hi), solution.b
        )

    def _store_attributes(self, X, y, model):
        self.alpha_ = alpha = np.abs(model.beta)
        self.support_ = np.flatnonzero(alpha)
        self.n_support_ = np.array([np.count_nonzero(y[self.support_] == s) for s in (-1, 1)])
        self.dual_coef_ = model.beta[np.newaxis, self.support_]
        self.intercept_ = np.array([model.b])
        if self.kernel != "precomputed":
            self.support_vectors_ = X[self.support_]
        if self.kernel == "linear":
            self.coef_ = model.w[np.newaxis]
        square = float(model.beta @ model.scores) - model.b * float(model.beta.sum())
        self.dual_objective_ = float(alpha.sum()) - square / 2
        self.duality_gap_ = self.certificate_.gap

    def decision_function(self, X: ArrayLike) -> Array:
        """Score of each row of X, shape (n,): positive for the second class, ±1 on the margin."""
        check_is_fitted(self)
        X = self._read(X)
        if self.kernel == "linear":
            return X @ self.coef_[0] + self.intercept_[0]
        if self.kernel == "precomputed":
            return X[:, self.support_] @ self.dual_coef_[0] + self.intercept_[0]
        scores = np.empty(len(X))
        height = max(1, _BLOCK // max(1, len(self.support_)))
        for start in range(0, len(X), height):
            rows = slice(start, start + height)
            K = GaussianPairs(self.gamma_, X[rows], self.support_vectors_).rows()
            scores[rows] = K @ self.dual_coef_[0]
        return scores + self.intercept_[0]

    def _read(self, X):
        try:
            return validate_data(self, X, dtype=np.float64, reset=False)
        except ValueError as error:
            if self.kernel == "precomputed" and np.ndim(X) == 2 and "features" in str(error):
                raise ValueError(
                    f"{str(error).rstrip('.')}; with a precomputed kernel, X must have shape "
                    f"(rows, {len(self.alpha_)}): a column for each of the rows that were fitted"
                ) from None
            raise

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Label of each row of X, shape (n,); a decision of exactly 0 is the second class."""
        second = self.decision_function(X) >= 0
        return self.classes_[second.astype(int)]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.pairwise = self.kernel == "precomputed"
        return tags


@cache
def _controller():
    """Cached: finding the libraries takes milliseconds, setting a limit microseconds."""
    return ThreadpoolController()


_SOLVERS = ("auto", "smo", "interior-point")


def _within(tol, proof, beta, converged):
    """Whether the final model meets `tol`; if rounding hides it, whether the solver converged.

    The solver's scores are in double precision and from before the refinement. They can be too
    inaccurate to show that the model is optimal or, for huge kernels, that it is not.
    """
    doubt = getattr(proof, "rounding", (0.0,))[0]
    if not proof.feasibility <= 1e-9 * np.abs(beta).sum():
        return False
    return proof.stationarity + doubt <= tol or (converged and proof.stationarity <= tol)


def _scale(X, weight):
    """1/(d Var X), the variance over all entries, each row with its weight."""
    w = weight / weight.sum()
    mean = (w @ X).mean()
    variance = (w @ (X - mean) ** 2).mean()
    gamma = 1 / (X.shape[1] * variance) if variance > 0 else 1.0
    if not gamma > np.finfo(float).tiny:
        raise ValueError(_objectives.TOO_LARGE.format(name="X", largest=np.abs(X).max()))
    if gamma == np.inf:
        raise ValueError(
            f"X varies by as little as {np.sqrt(variance):.1e}, too little for gamma='scale'; "
            "scale X first, for example with StandardScaler"
        )
    return gamma
