"""The primal and dual objective of the SVM, and the certificate of a solution."""

import math
import warnings
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lossbook import _validation as check
from lossbook._console import printable
from lossbook._types import Array


def primal_objective(K: ArrayLike, y: ArrayLike, C: ArrayLike, alpha: ArrayLike, b: float) -> float:
    """Primal objective of the soft-margin SVM at w = Σ α_i y_i φ(x_i) and the offset b.

    With the margins m_i = y_i (Σ_j α_j y_j K_ij + b)::

        P = ½ |w|² + Σ C_i max(0, 1 − m_i),      |w|² = Σ_ij α_i α_j y_i y_j K_ij

    Parameters
    ----------
    K : array_like of shape (n, n)
        Kernel matrix.
    y : array_like of shape (n,)
        Labels −1 and +1.
    C : float or array_like of shape (n,)
        Weight of the hinge loss, and so the ceiling of α_i, C ≥ 0; one number for all points or
        one for each.
    alpha : array_like of shape (n,)
        Multipliers.
    b : float

    Returns
    -------
    float

    Raises
    ------
    ValueError
        Shapes do not fit, NaN, labels other than −1 and +1, negative or infinite C.
    TypeError
        An array contains something other than real numbers.

    Examples
    --------
    >>> primal_objective([[1, 0], [0, 1]], [1, -1], 10, [1, 1], 0)
    1.0
    >>> primal_objective([[1, 0], [0, 1]], [1, -1], 10, [0, 0], 0)
    20.0

    Source: 西瓜书 (6.35).
    """
    K, y, C, alpha = problem_with_multipliers(K, y, C, alpha)
    return values(K @ (alpha * y), y, C, alpha, _offset(b))[0]


def dual_objective(K: ArrayLike, y: ArrayLike, alpha: ArrayLike) -> float:
    """Dual objective of the SVM; a lower bound of the primal objective for feasible α.

    ::

        D = Σ α_i − ½ Σ_ij α_i α_j y_i y_j K_ij

    Parameters and errors are those of `primal_objective`. C does not occur: it only bounds α.

    Examples
    --------
    >>> dual_objective([[1, 0], [0, 1]], [1, -1], [1, 1])
    1.0

    Source: 西瓜书 (6.40).
    """
    K, y, _, alpha = problem_with_multipliers(K, y, 0, alpha)
    return values(K @ (alpha * y), y, np.zeros(len(y)), alpha, 0.0)[1]


class KKT(NamedTuple):
    """How far (α, b) is from optimal: four numbers, all zero at a solution; see `print`."""

    stationarity: float
    feasibility: float
    complementarity: float
    gap: float

    def __str__(self):
        words = (
            "margins: m ≥ 1 where α < C, m ≤ 1 where α > 0",
            "Σ α y = 0 and 0 ≤ α ≤ C",
            "α (m − 1) = 0 where m > 1, (C − α)(1 − m) = 0 where m < 1",
            "primal and dual objective agree",
        )
        lines = [self._heading()]
        for name, size, word in zip(self._fields, self._sizes(), words, strict=True):
            lines.append(f"  {name:15s} {size:>10s}   {word}")
        return printable("\n".join(lines))

    def _heading(self):
        return "Certificate of the SVM, largest deviation:"

    def _sizes(self):
        # Deviations of the size of rounding differ between machines, so they print alike.
        return ["below 1e-8" if abs(value) <= NEGLIGIBLE else f"{value:.1e}" for value in self]


class LimitedKKT(KKT):
    """The four numbers if rounding limits them, or if they prove nothing.

    `rounding` is the possible error of each number; `void_reason` says why four zeros would prove
    nothing, or is empty.
    """

    rounding = (0.0, 0.0, 0.0, 0.0)
    void_reason = ""

    def _heading(self):
        if self.void_reason:
            return f"Certificate of the SVM proves nothing: {self.void_reason}. Largest deviation:"
        return super()._heading()

    def _sizes(self):
        sizes = super()._sizes()
        for k, (value, doubt) in enumerate(zip(self, self.rounding, strict=True)):
            if not is_resolved(value, doubt):
                near = doubt <= 0.8 * abs(value)  # it may be on either side of 1e-8
                sizes[k] = f"{value:.1e}" if near else f"cannot tell below {abs(value) + doubt:.0e}"
        return sizes


class IndefiniteKernelWarning(UserWarning):
    """The kernel matrix is not positive semidefinite: KKT proves nothing there."""


def kkt_residuals(K: ArrayLike, y: ArrayLike, C: ArrayLike, alpha: ArrayLike, b: float) -> KKT:
    """Return four numbers that are zero exactly if (α, b) solves the SVM: its certificate.

    The multipliers of the box are taken from the margins, λ_i = max(0, m_i − 1) for α_i ≥ 0 and
    μ_i = max(0, 1 − m_i) for α_i ≤ C_i, so that 1 − m_i + λ_i − μ_i = 0 holds by itself. Then::

        stationarity     max of λ_i where α_i > 0 and of μ_i where α_i < C_i
        feasibility      max of |Σ α_i y_i|, −α_i and α_i − C_i
        complementarity  max of α_i λ_i and (C_i − α_i) μ_i
        gap              P − D = Σ α_i λ_i + (C_i − α_i) μ_i − b Σ α_i y_i

    Stationarity says that α_i ∈ −C_i ∂φ(m_i), φ the hinge, the three regimes: α = 0 ⇒ m ≥ 1,
    0 < α < C ⇒ m = 1, α = C ⇒ m ≤ 1.

    The proof needs a dual that is concave where Σ α y = 0: K must be positive semidefinite at
    least on vectors of sum 0, as −|x − y|² is. For any other K there is a warning, and the printed
    certificate says that it proves nothing.

    The parameters are those of `primal_objective`. A `K` of float32 is taken to be rounded to it.

    Returns
    -------
    KKT
        Named tuple of four floats ≥ 0 (the gap of an infeasible α may be negative). If rounding
        is larger than a deviation, the printed text gives its bound.

    Raises
    ------
    ValueError, TypeError
        As for `primal_objective`; K is not symmetric, or its numbers are too large.

    Warns
    -----
    IndefiniteKernelWarning
        K is not positive semidefinite on vectors of sum 0.

    Examples
    --------
    >>> kkt_residuals([[1, 0], [0, 1]], [1, -1], 10, [1, 1], 0)
    KKT(stationarity=0.0, feasibility=0.0, complementarity=0.0, gap=0.0)
    >>> kkt_residuals([[1, 0], [0, 1]], [1, -1], 10, [1, 0.5], 0)
    KKT(stationarity=0.5, feasibility=0.5, complementarity=4.75, gap=4.75)

    Source: 西瓜书 (6.41).
    """
    original = K
    K, y, C, alpha = problem_with_multipliers(K, y, C, alpha)
    b = _offset(b)
    void_reason = check_semidefinite(K, C, original)
    return certify(MatrixModel(K, alpha * y, b), y, C, alpha, void_reason)


def values(scores, y, C, alpha, b) -> tuple[float, float]:
    """(primal, dual) objective, given `scores` = K (α y)."""
    square = float((alpha * y) @ scores)
    hinge = np.maximum(0, 1 - y * (scores + b))
    return 0.5 * square + float(C @ hinge), float(alpha.sum()) - 0.5 * square


NEGLIGIBLE = 1e-8  # deviations up to this print as "below 1e-8"


def is_resolved(value, doubt):
    """Whether a deviation with the possible error `doubt` prints correctly up to a factor of 5."""
    if abs(value) <= NEGLIGIBLE:
        return abs(value) + doubt <= NEGLIGIBLE
    return doubt <= 0.8 * abs(value)


class MatrixModel:
    """The scores f = K β + b of the training points for a given kernel matrix.

    The interface, which the models in `_scores` share: `scores`; `bounds`, functions that return
    a bound of the rounding errors of scores, the cheapest first; `extended(rows)`, scores in
    extended precision and their bound; `exact(rows)`, the same rounded only once, or None; `rest`.
    A bound is about three times the typical error."""

    rest = 0.0  # terms of the gap beside those of KKT

    def __init__(self, K, beta, b):
        self.K, self.beta, self.b = K, beta, b
        self.used = np.flatnonzero(beta)
        self.unit = EPS * (4 + np.sqrt(len(self.used)))
        self.bounds = self.coarse, self.fine

    @cached_property
    def scores(self):
        return self.K @ self.beta + self.b

    def coarse(self):
        largest = np.abs(self.K).max()
        return self.unit * (largest * np.abs(self.beta).sum() + abs(self.b))

    def fine(self):
        return self.unit * (np.abs(self.K) @ np.abs(self.beta) + abs(self.b))

    def extended(self, rows):
        K = self.K[np.ix_(rows, self.used)].astype(np.longdouble)
        return K @ self.beta[self.used] + self.b, EXTENDED_GAIN * self.fine()[rows]

    def exact(self, rows):
        if len(rows) * len(self.used) > FEW:
            return None
        return exact_products(self.K[np.ix_(rows, self.used)], self.beta[self.used], self.b)


def exact_products(A, v, b):
    """A v + b in long double, rounded once, and a bound for that rounding."""
    high = A * v
    # Veltkamp and Dekker: halves of 26 bits have exact products; `low` is the error of `high`.
    (A1, A2), (v1, v2) = _halves(A), _halves(v)
    low = A2 * v2 - (((high - A1 * v1) - A2 * v1) - A1 * v2)
    sums = np.empty((2, len(A)), np.longdouble)
    for i, terms in enumerate(np.concatenate([high, low], axis=1).tolist()):
        terms.append(b)
        sums[0, i] = math.fsum(terms)
        sums[1, i] = math.fsum([*terms, -float(sums[0, i])])
    f = sums.sum(axis=0)
    return f, EXTENDED_GAIN * EPS * np.abs(f).astype(float)


def _halves(x):
    high = x * 134217729.0  # 2²⁷ + 1
    high = high - (high - x)
    return high, x - high


EPS = float(np.finfo(np.float64).eps)
FEW = 2**18  # the most products that are summed exactly: a tenth of a second
EXTENDED_GAIN = (
    float(np.finfo(np.longdouble).eps) / EPS
)  # 1 where long double is no longer than double


def certify(model, y, C, alpha, void_reason="") -> KKT:
    """The certificate of a model, from the scores that it computes.

    Their rounding is bounded first. If it could be mistaken for a deviation, the scores of the few
    points that matter are computed in extended precision; if that is not enough, the certificate
    says so.
    """
    f = model.scores
    for bound_of in model.bounds:
        bound = np.broadcast_to(bound_of(), f.shape)
        numbers, doubts, rows = _residuals(f, bound, y, C, alpha, model)
        if all(map(is_resolved, numbers, doubts)):
            rows = ()
            break
    if len(rows) and EXTENDED_GAIN < 1:
        f, bound = f.astype(np.longdouble), bound.copy()
        for scores_of in (model.extended, model.exact):
            if (found := scores_of(rows)) is None:
                break
            f[rows], bound[rows] = found
            numbers, doubts, rows = _residuals(f, bound, y, C, alpha, model)
            if all(map(is_resolved, numbers, doubts)):
                break
    if not void_reason and all(map(is_resolved, numbers, doubts)):
        return KKT(*numbers)
    limited = LimitedKKT(*numbers)
    limited.rounding, limited.void_reason = tuple(doubts), void_reason
    return limited


def _residuals(f, bound, y, C, alpha, model):
    """(four residuals, the possible error of each, the points whose score matters)."""
    m = y * f
    lam, mu = np.maximum(0, m - 1), np.maximum(0, 1 - m)
    counts = ((alpha != 0) & (m > 1 - bound)) | ((alpha != C) & (m < 1 + bound))
    rows = np.flatnonzero(counts)
    room = C - alpha
    outside = np.where(m < 1 - bound, 0, np.abs(alpha))  # the weight of λ, if λ can be positive
    inside = np.where(m > 1 + bound, 0, np.abs(room))  # the weight of μ
    price = np.maximum(outside, inside)[rows] * bound[rows]
    balance = math.fsum((alpha * y)[alpha != 0].tolist())
    numbers = (
        max(lam[alpha > 0].max(initial=0), mu[alpha < C].max(initial=0)),
        max(abs(balance), -alpha.min(), (alpha - C).max(), 0.0),
        max((alpha * lam).max(), (room * mu).max()),
        (alpha * lam + room * mu).sum() - model.b * balance + model.rest,
    )
    # Errors of a sum partly cancel: a quarter of the bound is realistic.
    doubts = bound[rows].max(initial=0), 0.0, price.max(initial=0), price.sum() / 4
    return tuple(map(float, numbers)), tuple(map(float, doubts)), rows


def problem(K, y, C) -> tuple[Array, Array, Array]:
    """Checked kernel matrix, labels −1 and +1, and the upper bounds C, one for each point."""
    K, y = check.numbers("K", K), check.vector("y", y)
    if K.shape != (len(y), len(y)):
        raise ValueError(f"K must have shape (n, n) with n = {len(y)} as y has, got {K.shape}")
    if not np.isfinite(K).all():
        raise ValueError("K must be finite, got inf")
    return K, signs(y), box(C, len(y))


def check_magnitude(name, K, C, extra=0.0):
    """Raise ValueError if sums of n terms K_ij C could overflow."""
    largest = float(np.abs(K).max())
    most = 1.0 + float(np.max(C)) + extra
    if not (largest < 1e290 and most < 1e145 and largest * most * most * len(K) < 1e290):
        if largest >= most - 1:
            raise ValueError(
                f"{name} has numbers of up to {largest:.1e}, too large to compute with; scale "
                f"{name} first"
            )
        raise ValueError(f"C and alpha must be smaller to compute with, got up to {most - 1:.1e}")


TOO_LARGE = (
    "{name} has numbers of up to {largest:.1e}, too large to compute with. The dual coefficients "
    "or intercepts are not finite; scale {name} first, for example with StandardScaler"
)


def refuse_large(name, X, C):
    """Raise ValueError if inner products of rows of X, times C, could overflow."""
    largest, most = float(np.abs(X).max()), float(C.max())
    if not largest < 1e70 / (1 + most):
        if most > largest:
            raise ValueError(f"C must be smaller to compute with, got up to {most:.1e}")
        raise ValueError(TOO_LARGE.format(name=name, largest=largest))


def check_semidefinite(K, C, original=None):
    """Why KKT proves nothing for this K, after a warning; empty if it does prove optimality.

    Raises ValueError if K is not symmetric. `original` is K before conversion; its dtype
    determines the rounding that is tolerated.
    """
    eps = max(EPS, _eps(original))
    size = float(np.abs(K).max())
    asymmetry = np.abs(K - K.T)
    if asymmetry.max() > max(1e-8, 100 * eps) * size:
        i, j = np.unravel_index(asymmetry.argmax(), K.shape)
        raise ValueError(
            f"K must be symmetric, got K[{i}, {j}] = {K[i, j]:.6g} and K[{j}, {i}] = "
            f"{K[j, i]:.6g}; if K should be, take (K + K.T) / 2"
        )
    inside = np.flatnonzero(np.broadcast_to(C, len(K)) > 0)
    if not len(inside) or size == 0:
        return ""
    if len(inside) < len(K):
        K = K[np.ix_(inside, inside)]
    # Because Σ α y = 0, only the action of K on vectors of sum 0 matters: −|x − y|² is valid.
    mean = K.mean(axis=0)
    centred = K - mean
    centred -= centred.mean(axis=1, keepdims=True)
    if asymmetry.max() > 0:
        centred = (centred + centred.T) / 2
    # Rounding of the entries moves the eigenvalues by at most n ε max |K|.
    centred.flat[:: len(K) + 1] += max(8 * len(K) * eps, 1e-10) * size
    try:
        np.linalg.cholesky(centred)
        return ""
    except np.linalg.LinAlgError:
        pass
    message = "K is not positive semidefinite"
    if len(K) <= 2000:  # n³ slow operations
        message += f" (its smallest eigenvalue is {np.linalg.eigvalsh(K)[0]:.3g})"
    warnings.warn(
        f"{message}: the SVM's dual is not concave, the answer may be no maximum, and the "
        "certificate proves nothing",
        IndefiniteKernelWarning,
        stacklevel=3,
    )
    return message


def _eps(original):
    dtype = getattr(original, "dtype", None)
    if isinstance(dtype, np.dtype) and dtype.kind == "f":
        return float(np.finfo(dtype).eps)
    return 0.0


def signs(y) -> Array:
    """y, after checking that every label is −1 or +1."""
    if not (np.abs(y) == 1).all():
        wrong = y[np.abs(y) != 1][0]
        raise ValueError(f"y must contain only the labels −1 and +1, got {wrong:g}")
    return y


def box(C, n) -> Array:
    """The upper bounds of the box, shape (n,)."""
    C = check.numbers("C", C)
    if C.ndim and C.shape != (n,):
        raise ValueError(f"C must be a number or have shape ({n},), got {C.shape}")
    if not (C.min() >= 0 and C.max() < np.inf):
        raise ValueError(f"C must be finite and not negative, got {C.min():g} to {C.max():g}")
    return np.broadcast_to(C, n)


def problem_with_multipliers(K, y, C, alpha) -> tuple[Array, Array, Array, Array]:
    """`problem` together with the multipliers α, all of them checked."""
    K, y, C = problem(K, y, C)
    alpha = check.vector("alpha", alpha)
    check.same_shape("alpha", alpha, "y", y)
    if not np.isfinite(alpha).all():
        raise ValueError("alpha must be finite, got inf")
    check_magnitude("K", K, C, float(np.abs(alpha).max()))
    return K, y, C, alpha


def _offset(b) -> float:
    b = check.numbers("b", b)
    if b.ndim:
        raise ValueError(f"b must be a single number, got shape {b.shape}")
    if not abs(b) < 1e150:
        raise ValueError(f"b must be finite and small enough to be squared, got {b:g}")
    return float(b)
