"""The two objectives of the SVM, and the certificate that a solution carries."""

from typing import NamedTuple

import numpy as np

from lossbook import _validation as check
from lossbook._console import printable


def primal_objective(K, y, C, alpha, b):
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
        Price of a unit of hinge loss, C ≥ 0; one number for all points or one for each.
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
        An array holds something other than real numbers.

    Examples
    --------
    >>> primal_objective([[1, 0], [0, 1]], [1, -1], 10, [1, 1], 0)
    1.0
    >>> primal_objective([[1, 0], [0, 1]], [1, -1], 10, [0, 0], 0)
    20.0

    Source: 西瓜书 (6.35).
    """
    K, y, C, alpha = _problem(K, y, C, alpha)
    return values(K @ (alpha * y), y, C, alpha, _offset(b))[0]


def dual_objective(K, y, alpha):
    """Dual objective of the SVM; a lower bound of the primal one where α is feasible.

    ::

        D = Σ α_i − ½ Σ_ij α_i α_j y_i y_j K_ij

    Parameters, errors as for `primal_objective`. C does not occur: it bounds α.

    Examples
    --------
    >>> dual_objective([[1, 0], [0, 1]], [1, -1], [1, 1])
    1.0

    Source: 西瓜书 (6.40).
    """
    K, y, _, alpha = _problem(K, y, 0, alpha)
    return values(K @ (alpha * y), y, np.zeros(len(y)), alpha, 0.0)[1]


class KKT(NamedTuple):
    """How far (α, b) is from optimal: four numbers, all zero at a solution; print it for words."""

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
        lines = ["Certificate of the SVM, largest deviation:"]
        for name, value, word in zip(self._fields, self, words, strict=True):
            # Rounding differs between machines: whatever is within it is told in the same way.
            size = "below 1e-8" if abs(value) <= 1e-8 else f"{value:.1e}"
            lines.append(f"  {name:15s} {size:>10s}   {word}")
        return printable("\n".join(lines))


def kkt_residuals(K, y, C, alpha, b):
    """Return four numbers that are zero exactly if (α, b) solves the SVM: its certificate.

    The multipliers of the box are taken from the margins, λ_i = max(0, m_i − 1) for α_i ≥ 0 and
    μ_i = max(0, 1 − m_i) for α_i ≤ C_i, so that 1 − m_i + λ_i − μ_i = 0 holds by itself. Then::

        stationarity     max of λ_i where α_i > 0 and of μ_i where α_i < C_i
        feasibility      max of |Σ α_i y_i|, −α_i and α_i − C_i
        complementarity  max of α_i λ_i and (C_i − α_i) μ_i
        gap              P − D, which is Σ α_i λ_i + (C_i − α_i) μ_i for a feasible α

    Stationarity says that α_i ∈ −C_i ∂φ(m_i), φ the hinge, the three regimes: α = 0 ⇒ m ≥ 1,
    0 < α < C ⇒ m = 1, α = C ⇒ m ≤ 1.

    Parameters, errors as for `primal_objective`.

    Returns
    -------
    KKT
        Named tuple of four floats ≥ 0 (the gap of an infeasible α may be negative).

    Examples
    --------
    >>> kkt_residuals([[1, 0], [0, 1]], [1, -1], 10, [1, 1], 0)
    KKT(stationarity=0.0, feasibility=0.0, complementarity=0.0, gap=0.0)
    >>> kkt_residuals([[1, 0], [0, 1]], [1, -1], 10, [1, 0.5], 0)
    KKT(stationarity=0.5, feasibility=0.5, complementarity=4.75, gap=4.75)

    Source: 西瓜书 (6.41).
    """
    K, y, C, alpha = _problem(K, y, C, alpha)
    return certificate(K @ (alpha * y), y, C, alpha, _offset(b))


def values(scores, y, C, alpha, b):
    """(primal, dual) objective, given `scores` = K (α y)."""
    square = float((alpha * y) @ scores)
    hinge = np.maximum(0, 1 - y * (scores + b))
    return 0.5 * square + float(C @ hinge), float(alpha.sum()) - 0.5 * square


def certificate(scores, y, C, alpha, b):
    """The residuals of `kkt_residuals`, given `scores` = K (α y)."""
    m = y * (scores + b)
    lam, mu = np.maximum(0, m - 1), np.maximum(0, 1 - m)
    primal, dual = values(scores, y, C, alpha, b)
    return KKT(
        float(max(lam[alpha > 0].max(initial=0), mu[alpha < C].max(initial=0))),
        float(max(abs(alpha @ y), -alpha.min(), (alpha - C).max(), 0.0)),
        float(max((alpha * lam).max(), ((C - alpha) * mu).max())),
        primal - dual,
    )


def problem(K, y, C):
    """Kernel matrix, labels −1 and +1 and the ends C of the box, one for each point."""
    K, y = check.numbers("K", K), check.vector("y", y)
    if K.shape != (len(y), len(y)):
        raise ValueError(f"K must have shape (n, n) with n = {len(y)} as y has, got {K.shape}")
    return K, signs(y), box(C, len(y))


def signs(y):
    """y, of which every entry is −1 or +1."""
    if not (np.abs(y) == 1).all():
        wrong = y[np.abs(y) != 1][0]
        raise ValueError(f"y must hold the labels −1 and +1 only, got {wrong:g}")
    return y


def box(C, n):
    """The upper ends of the box, shape (n,)."""
    C = check.numbers("C", C)
    if C.ndim and C.shape != (n,):
        raise ValueError(f"C must be a number or have shape ({n},), got {C.shape}")
    if not (C.min() >= 0 and C.max() < np.inf):
        raise ValueError(f"C must be finite and not negative, got {C.min():g} to {C.max():g}")
    return np.broadcast_to(C, n)


def _problem(K, y, C, alpha):
    K, y, C = problem(K, y, C)
    alpha = check.vector("alpha", alpha)
    check.same_shape("alpha", alpha, "y", y)
    return K, y, C, alpha


def _offset(b):
    b = check.numbers("b", b)
    if b.ndim:
        raise ValueError(f"b must be a single number, got shape {b.shape}")
    return float(b)
