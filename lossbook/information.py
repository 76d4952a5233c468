"""Entropy, related measures, and the split with the largest information gain (chapter 3).

Everything is measured in nats unless `base` says otherwise; 西瓜书 and decision trees count in
bits, base=2. Throughout, 0 · log 0 = 0, its limit.

`entropy` and `gini` take a mass on K classes (probabilities or counts) and normalise it;
`cross_entropy` and `kl_divergence` compare two distributions and require probabilities;
the other functions take labels, one for each sample.
"""

import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lossbook import _validation as check
from lossbook._types import Array

# Neighbouring values at most this far apart are not split (scikit-learn's constant).
_FEATURE_THRESHOLD = np.float32(1e-7)


def entropy(p: ArrayLike, *, base: float | None = None) -> float:
    """Entropy (信息熵) of a distribution: the mean surprise of its outcomes.

    ::

        H(p) = −Σ_k p_k log p_k

    It is the minimum of the cross-entropy H(p, q) over q, at q = p: the log loss of the best
    constant prediction, p itself, for samples with these proportions.

    Convention: p is normalised, so counts are allowed. If p is empty or all zeros, the entropy is
    0: a node without samples has no weight. For labels, pass their counts,
    `np.unique(y, return_counts=True)[1]`.

    Parameters
    ----------
    p : array_like of shape (K,)
        Probabilities, counts or any other mass: finite, not negative.
    base : float, optional
        Base of the logarithm, greater than 1. None: nats; 2: bits; 10: hartleys.

    Returns
    -------
    float, between 0 and log K

    Raises
    ------
    ValueError
        p has another shape or contains NaN, inf or a negative number; base is not above 1.
    TypeError
        p or base is not made of real numbers.

    Examples
    --------
    >>> entropy([0.5, 0.25, 0.25], base=2)
    1.5
    >>> round(entropy([8, 9], base=2), 6)  # the 17 melons of 西瓜书
    0.997503

    Source: Shannon (1948); 西瓜书 (4.1).
    """
    log = _logarithm(base)
    p = _proportions("p", p)
    return _mean_surprise(p, p, log)


def cross_entropy(p: ArrayLike, q: ArrayLike, *, base: float | None = None) -> float:
    """Cross-entropy (交叉熵): the mean surprise of a forecast q where p is true.

    ::

        H(p, q) = −Σ_k p_k log q_k = H(p) + KL(p ‖ q)

    It is inf if q is 0 where p is not. It is not a distance: H(p, p) = H(p).

    Convention: nothing is normalised or clipped; probabilities that do not sum to 1 are refused.
    The tolerance of the sum depends on the precision: 1e-8; if all values of a distribution are
    float32 numbers (in an array, a list or a float64 copy), scikit-learn's √ε, 3.5e-4 (Kε/2 for
    more than 5793 classes); if they are float16 numbers, 2⁻⁷.

    Parameters
    ----------
    p, q : array_like of shape (K,)
        Probabilities: not negative, of sum 1.
    base : float, optional
        As for `entropy`.

    Returns
    -------
    float, may be inf

    Raises
    ------
    ValueError
        Shapes other than (K,), K ≥ 1, or different from each other; NaN or negative numbers;
        a sum other than 1; base is not above 1.
    TypeError
        An argument contains something other than real numbers.

    Examples
    --------
    >>> cross_entropy([0.5, 0.5], [0.25, 0.75], base=2)
    1.207518749639422
    >>> cross_entropy([0.5, 0.5], [1, 0])
    inf

    Source: Cover and Thomas, Elements of Information Theory, theorem 5.4.3.
    """
    log = _logarithm(base)
    p, q = _distributions(p, q)
    return _mean_surprise(p, q, log)


def kl_divergence(p: ArrayLike, q: ArrayLike, *, base: float | None = None) -> float:
    """Kullback–Leibler divergence (KL 散度): the surprise that a wrong q adds.

    ::

        KL(p ‖ q) = Σ_k p_k log(p_k / q_k)

    It is 0 only for p = q, never negative (Gibbs' inequality), and not symmetric. A class with
    p_k = 0 adds nothing; one with p_k > 0 = q_k makes it inf.

    Convention: the formula is Σ_k p_k log(p_k / q_k) − p_k + q_k (in nats), which has no negative
    term and is 0 only for p = q. If the sums are exactly 1 it is the same; if they are rounded,
    it is closer to the divergence of the normalised p and q.

    Shapes, errors and base as for `cross_entropy`.

    Examples
    --------
    >>> round(kl_divergence([0.5, 0.3, 0.2], [0.2, 0.5, 0.3]), 6)
    0.223805
    >>> round(kl_divergence([0.2, 0.5, 0.3], [0.5, 0.3, 0.2]), 6)
    0.193794

    Source: Kullback and Leibler (1951), On information and sufficiency.
    """
    log = _logarithm(base)
    p, q = _distributions(p, q)
    held = p > 0
    surplus = (p[held] * _log_ratio(p[held], q[held], log)).sum()
    # Σ p − Σ q is rounding, 1e-7 in float32. To first order Σ p ln(p/q) grows by it, which would
    # outweigh the divergence of two nearly equal p and q and make it negative; what is left of it
    # in Σ p ln(p/q) − p + q is ½ (Σ p − Σ q)².
    return max(0.0, float(surplus - (p - q).sum() * log(np.e)))


def mutual_information(x: ArrayLike, y: ArrayLike, *, base: float | None = None) -> float:
    """Mutual information (互信息) of two labellings of the same samples.

    With n_ij samples labelled i by x and j by y, row sums n_i and column sums n_j::

        I(X; Y) = Σ_ij (n_ij / n) log(n n_ij / (n_i n_j)) = H(Y) − H(Y | X)

    It is the divergence of the joint distribution from independence: symmetric, never negative,
    and exactly 0 for independent labellings.

    Convention: every value is a label. A column of continuous numbers has hardly any equal values,
    so it "determines" any other column; there is a UserWarning if more than half of the samples,
    and more than four, have different values that are not all whole. Whole numbers and strings can
    be identifiers, with the same effect, or labels, so they give no warning.

    Parameters
    ----------
    x, y : array_like of shape (n,)
        Labels, numbers or strings. Of a pandas Categorical the labels count, not their order.
    base : float, optional
        As for `entropy`.

    Returns
    -------
    float, between 0 and the smaller of H(X) and H(Y)

    Raises
    ------
    ValueError
        Shapes other than (n,), n ≥ 1, or different from each other; NaN or a missing label; base
        is not above 1.
    TypeError
        Labels are neither numbers nor strings, or a mixture of both; a masked array.

    Examples
    --------
    >>> round(mutual_information([0, 0, 1], [0, 1, 1]), 6)
    0.174416

    Source: Cover and Thomas, Elements of Information Theory, section 2.3.
    """
    log = _logarithm(base)
    return _mutual_information(*_cells("x", x, "y", y), log)


def information_gain(y: ArrayLike, groups: ArrayLike, *, base: float | None = None) -> float:
    """Information gain (信息增益): the entropy that sorting the samples into groups removes.

    With D_v the samples of group v::

        Gain(D, a) = Ent(D) − Σ_v (|D_v| / |D|) Ent(D_v)

    That is H(Y) − H(Y | groups), the mutual information; the name comes from decision trees. As
    there, a continuous column as `groups` gives a UserWarning: it gains all of H(Y) and predicts
    nothing. `best_split` finds a threshold; `np.digitize` makes groups.

    `groups` is the value of the attribute a for each sample, a number or a string; everything
    else is as for `mutual_information`.

    Examples
    --------
    >>> information_gain(["good", "good", "bad", "bad"], ["dark", "dark", "pale", "pale"], base=2)
    1.0

    Source: Quinlan (1986), Induction of decision trees; 西瓜书 (4.2).
    """
    log = _logarithm(base)
    return _mutual_information(*_cells("y", y, "groups", groups), log)


def conditional_entropy(y: ArrayLike, groups: ArrayLike, *, base: float | None = None) -> float:
    """Conditional entropy (条件熵): the mean surprise of y that remains if the group is known.

    With n_kv samples of class k in group v, n_v samples in the group and n in all::

        H(Y | G) = −Σ_kv (n_kv / n) log(n_kv / n_v) = Σ_v (n_v / n) H(Y | G = v)

    It is H(Y) − I(Y; G): H(Y) if groups and labels are independent, and exactly 0 if the groups
    determine the labels. It is not symmetric.

    Parameters
    ----------
    y, groups : array_like of shape (n,)
        The label and the group of each sample, numbers or strings.
    base : float, optional
        As for `entropy`.

    Returns
    -------
    float, between 0 and H(Y)

    Errors and the warning of continuous columns are those of `mutual_information`.

    Examples
    --------
    >>> conditional_entropy(["good", "bad", "bad", "bad"], ["dark", "dark", "pale", "pale"], base=2)
    0.5

    Source: Cover and Thomas, Elements of Information Theory, section 2.2; 西瓜书 (4.2), the sum.
    """
    log = _logarithm(base)
    _, group, joint = _cells("y", y, "groups", groups)
    in_group = np.bincount(group, joint)[group]
    return float((joint * _log_ratio(in_group, joint, log)).sum() / joint.sum())


def gini(p: ArrayLike) -> float:
    """Gini impurity (基尼值): how often two samples drawn with replacement differ in class.

    ::

        Gini(p) = Σ_k p_k (1 − p_k) = 1 − Σ_k p_k²

    It is the Bayes risk of the Brier score, as entropy is that of the log loss.

    Argument, convention and errors as for `entropy`; a number without unit between 0 and 1 − 1/K.

    Examples
    --------
    >>> gini([1, 1])
    0.5
    >>> gini([50, 0, 0])
    0.0

    Source: Breiman et al. (1984), Classification and Regression Trees; 西瓜书 (4.5).
    """
    p = _proportions("p", p)
    return float((p * (1 - p)).sum())


class Split(NamedTuple):
    """A threshold on one feature, and the information gained by sending x ≤ threshold left."""

    threshold: float
    gain: float


def best_split(x: ArrayLike, y: ArrayLike, *, base: float | None = None) -> Split:
    """The threshold on one numeric feature with the largest information gain.

    The candidates are the midpoints between neighbouring values of x::

        t* = arg max_t Gain(y, x ≤ t)

    Convention: scikit-learn's, so that the split is that of
    DecisionTreeClassifier(max_depth=1, criterion="entropy"). x is rounded to float32;
    neighbours at most 1e-7 apart, in float32, count as equal. A sample goes left if
    `np.float64(np.float32(x)) <= threshold`; in float32 the threshold itself could be rounded.
    Of gains that are equal up to rounding the lowest threshold is taken. If the feature or the
    labels are constant, the threshold is inf, which keeps all samples together, and the gain 0.

    Parameters
    ----------
    x : array_like of shape (n,)
        The feature, within the range of float32.
    y : array_like of shape (n,)
        Class labels, numbers or strings.
    base : float, optional
        As for `entropy`. Trees count in bits, base=2.

    Returns
    -------
    Split(threshold, gain), two floats

    Raises
    ------
    ValueError
        Shapes other than (n,), n ≥ 1, or different from each other; NaN; x beyond the range of
        float32; base is not above 1.
    TypeError
        x is not made of real numbers; y as for `mutual_information`.

    Examples
    --------
    >>> best_split([1, 2, 3, 4], ["no", "no", "yes", "yes"], base=2)
    Split(threshold=2.5, gain=1.0)
    >>> best_split([7, 7], [0, 1])
    Split(threshold=inf, gain=0.0)

    Source: Quinlan (1993), C4.5: Programs for Machine Learning; 西瓜书 (4.7), (4.8).
    """
    log = _logarithm(base)
    x = check.vector("x", x)
    labels, _ = check.class_indices(y, name="y")
    check.same_shape("x", x, "y", labels)
    x = _float32("x", x)

    counts = np.bincount(labels)
    labels = labels.astype(np.min_scalar_type(counts.size))  # NumPy sorts short integers by radix
    order = np.argsort(x)
    x, labels = x[order], labels[order]
    cuts = np.flatnonzero(x[1:] > x[:-1] + _FEATURE_THRESHOLD)
    if cuts.size == 0 or counts.size == 1:
        return Split(np.inf, 0.0)
    cut = cuts[_first_minimum(_impurity_after_each(labels, counts)[cuts], counts.size)]
    # In float64 half of a float32 and the sum of two such halves are exact: the midpoint can
    # neither overflow nor round to the right neighbour.
    threshold = float(x[cut]) / 2 + float(x[cut + 1]) / 2
    left = np.bincount(labels[: cut + 1], minlength=counts.size)
    table = np.array([left, counts - left])
    side, label = np.nonzero(table)
    return Split(threshold, _mutual_information(side, label, table[side, label], log))


def _impurity_after_each(labels, counts):
    """n_left H_left + n_right H_right for a cut after each label but the last, in O(n).

    Up to a constant, in a unit in which n log n is 2⁵² for the number n of labels.
    """
    # With f(c) = c log c, a side of n samples with counts c_k has n H = f(n) − Σ_k f(c_k). Moving
    # the cut over one label changes the count of its class from l to l + 1 on the left and from r
    # to r − 1 on the right, and no other term of Σ_k. So a running sum gives all cuts.
    n = len(labels)
    f = _c_log_c(n)
    step = np.diff(f)
    # Class by class: when the cut moves over a member, l = 0 … c − 1 members are left of it.
    change = np.empty_like(step)
    by_class = np.argsort(labels, kind="stable")
    change[by_class] = np.concatenate([step[:c] - step[:c][::-1] for c in counts])
    return f[1:n] + f[n - 1 : 0 : -1] - np.cumsum(change[:-1])


def _c_log_c(n):
    """c log c for c = 0 … n, n ≥ 2, in the unit of `_impurity_after_each`.

    Rounded to whole numbers, whose sums are exact below 2⁵³.
    """
    c = np.arange(n + 1.0)
    c[0] = 1  # 0 log 0 = 1 log 1
    f = np.log2(c)
    f *= c
    f *= 2**52 / f[n]
    return np.rint(f)


def _first_minimum(costs, n_classes):
    """The first index at which the costs of `_impurity_after_each` are minimal, up to rounding.

    A cost adds 2K + 2 entries of the table, each rounded by ½, and up to 4 units of error in
    the logarithms and products: two equal costs differ by at most 2 (K + 5). Without this margin
    the last bit of a logarithm, which differs between machines, would break ties.
    """
    return int(np.argmax(costs <= costs.min() + 2 * (n_classes + 5)))


def _mutual_information(row, column, joint, log) -> float:
    """I(X; Y) from the row, the column and the count of each nonempty cell."""
    n = joint.sum()
    # Both distributions times n² are whole numbers, exact up to 9·10⁷ samples, so that
    # independence gives exactly 0.
    independent = np.bincount(row, joint)[row] * np.bincount(column, joint)[column]
    log_ratio = _log_ratio(n * joint, independent, log)
    return max(0.0, float((joint * log_ratio).sum() / n))


def _log_ratio(p, q, log):
    """log(p / q) for p > 0, accurate also for p ≈ q and if p / q overflows."""
    with np.errstate(divide="ignore", over="ignore"):
        ratio = p / q
        far = np.where(np.isinf(ratio), log(p) - log(q), log(ratio))
        near = np.log1p((p - q) / q) * log(np.e)
    return np.where(np.abs(p - q) < q / 2, near, far)


def _mean_surprise(p, q, log) -> float:
    held = p > 0
    with np.errstate(divide="ignore"):
        return float(0 - (p[held] * log(q[held])).sum())  # 0 − … gives 0, not −0


def _logarithm(base):
    """The logarithm to this base as a function; its value at e is one nat in that unit."""
    if base is None:
        return np.log
    number = check.number("base", base)
    if not 1 < number < np.inf:
        raise ValueError(f"base must be a finite number greater than 1, or None, got {base!r}")
    # np.log2 and np.log10 are exact at powers of the base; a quotient is not.
    named = {2: np.log2, 10: np.log10}
    return named.get(number, lambda v: np.log(v) / np.log(number))


def _proportions(name, value) -> Array:
    """The positive entries of a mass of shape (K,), divided by their sum."""
    mass = check.real_array(name, value)
    if mass.ndim != 1:
        hint = check.ravel_hint(name, value, mass)
        raise ValueError(f"{name} must have shape (K,), got {mass.shape}{hint}")
    check.refuse_nan(name, mass)
    _refuse_negative(name, mass)
    if np.inf in mass:
        raise ValueError(f"{name} must be finite, got inf")
    mass = mass[mass > 0]
    if mass.size:
        mass = mass / mass.max()  # otherwise the sum or its inverse could overflow
        mass = mass / mass.sum()
    return mass


def _distributions(p, q) -> tuple[Array, Array]:
    """Two probability vectors of the same shape (K,)."""
    p, q = check.vector("p", p), check.vector("q", q)
    check.same_shape("p", p, "q", q)
    check.distributions("p", p)
    check.distributions("q", q)
    return p, q


def _refuse_negative(name, mass):
    if (mass < 0).any():
        raise ValueError(f"{name} must not be negative, got {mass.min():g}")


def _cells(name_a, a, name_b, b) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row, column and count of each nonempty cell in the table of two labellings."""
    row, rows = check.class_indices(a, name=name_a)
    column, columns = check.class_indices(b, name=name_b)
    check.same_shape(name_a, row, name_b, column)
    _warn_of_continuous(name_a, rows, len(row))
    _warn_of_continuous(name_b, columns, len(column))
    cells, joint = np.unique(row * len(columns) + column, return_counts=True)
    return *np.divmod(cells, len(columns)), joint


def _warn_of_continuous(name, classes, n):
    """Warn if the classes among n samples look like values of a continuous column."""
    # scikit-learn warns of every fractional number, even for the two labels 0.5 and 1.5.
    if len(classes) <= max(n / 2, 4) or classes.dtype.kind != "f":
        return
    if (np.floor(classes) != classes).any():
        warnings.warn(
            f"{name} looks continuous, {len(classes)} different numbers in {n} samples, and each "
            "of them counts as a label of its own; bin the column with np.digitize, or let "
            "best_split find a threshold",
            stacklevel=4,
        )


def _float32(name, x) -> np.ndarray:
    with np.errstate(over="ignore"):
        rounded = x.astype(np.float32)
    beyond = np.isinf(rounded)
    if beyond.any():
        raise ValueError(f"{name} must stay within ±3.4e38 (float32), got {x[beyond][0]:g}")
    return rounded
