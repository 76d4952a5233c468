"""Reading what a caller hands over: one rule for all losses, and messages that name the slip.

Every input becomes float64 (a uint8 image must not wrap around), shapes must match exactly
(NumPy would broadcast (n,) against (n, 1) to an n × n table and say nothing), NaN is refused,
and nothing of the caller's is written to.
"""

import operator

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

# Probabilities in float64 must sum to 1 within this.
_SUM_TOLERANCE = 1e-8


def real_array(name, value):
    """Return `value` as a float64 array; a view where it already is one, so never write to it."""
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{name} is a masked array; drop the masked entries first")
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be a rectangular array of numbers: {error}") from None
    if array.dtype.kind == "O":
        try:
            return array.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise TypeError(f"{name} must hold real numbers only: {error}") from None
    if array.dtype.kind not in "buif":
        raise TypeError(f"{name} must hold real numbers, got an array of dtype {array.dtype}")
    return array.astype(np.float64, copy=False)


def refuse_nan(name, array):
    """Raise ValueError with the place of the first NaN of `array`, if there is one."""
    # A sum of squares is NaN exactly if a term is (nothing cancels), and one dot product is
    # several times cheaper than a mask.
    if not np.isnan(np.vdot(array, array)):
        return
    place = np.unravel_index(int(np.isnan(array).argmax()), array.shape)
    where = f" at index {', '.join(map(str, place))}" if array.ndim else ""
    raise ValueError(f"{name} must not contain NaN, found one{where}")


def numbers(name, value):
    """A float64 array of any shape, at least one element, no NaN."""
    array = real_array(name, value)
    if array.size == 0:
        raise ValueError(f"{name} must not be empty, got shape {array.shape}")
    refuse_nan(name, array)
    return array


def vector(name, value, *, nan_checked_later=False):
    """A float64 array of shape (n,), n ≥ 1, no NaN."""
    array = real_array(name, value)
    if array.ndim != 1 or array.size == 0:
        one_row = array.size and array.size == max(array.shape, default=0)
        hint = "; .ravel() would make it one" if one_row else ""
        raise ValueError(f"{name} must have shape (n,) with n ≥ 1, got {array.shape}{hint}")
    if not nan_checked_later:
        refuse_nan(name, array)
    return array


def same_shape(name_a, a, name_b, b):
    """Raise ValueError unless the arrays `a` and `b` have one shape; no broadcasting."""
    if a.shape == b.shape:
        return
    hint = ""
    if a.size == b.size:
        hint = "; they hold equally many numbers, so one of them wants .ravel() or .reshape()"
    raise ValueError(
        f"{name_a} and {name_b} must have the same shape, got {a.shape} and {b.shape}{hint}"
    )


def axis(name, axis, ndim):
    """One axis of the array `name` of `ndim` dimensions, as a number from 0 to ndim − 1."""
    if axis is None:
        raise TypeError(
            f"axis must be one integer, got None; SciPy's axis=None, the sum over all of {name}, "
            f"is that of {name}.ravel()"
        )
    try:
        number = operator.index(axis)
    except TypeError:
        several = "; .reshape() makes one axis of several" if np.size(axis) > 1 else ""
        raise TypeError(f"axis must be one integer, got {axis!r}{several}") from None
    return normalize_axis_index(number, ndim, name)


def positive(name, value):
    """A finite float greater than 0."""
    number = _scalar(name, value)
    if not 0 < number < np.inf:
        raise ValueError(f"{name} must be finite and greater than 0, got {value!r}")
    return number


def fraction(name, value):
    """A float strictly between 0 and 1."""
    number = _scalar(name, value)
    if not 0 < number < 1:
        raise ValueError(f"{name} must lie strictly between 0 and 1, got {value!r}")
    return number


def _scalar(name, value):
    array = real_array(name, value)
    if array.ndim:
        raise ValueError(f"{name} must be a single number, got shape {array.shape}")
    return float(array)


def weights(sample_weight, n):
    """Return the weights divided by their sum, shape (n,), or None where none were given.

    Scaling by the largest weight first keeps the sum finite for any finite weights.
    """
    if sample_weight is None:
        return None
    w = vector("sample_weight", sample_weight)
    if w.shape != (n,):
        raise ValueError(f"sample_weight must have shape ({n},), got {w.shape}")
    if w.min() < 0:
        raise ValueError(f"sample_weight must not be negative, got {w.min():g}")
    if w.max() == np.inf:
        raise ValueError("sample_weight must be finite, got inf")
    if w.max() == 0:
        raise ValueError("sample_weight must have a positive sum, got all zeros")
    w = w / w.max()
    return w / w.sum()


def average(losses, w):
    """Mean of `losses`, shape (n,), under the normalised weights `w` (None: equal weights).

    A weight of zero removes its row, also where the loss there is infinite.
    """
    with np.errstate(over="ignore"):
        if w is not None:
            counted = w > 0
            return float((losses[counted] * w[counted]).sum())
        mean = losses.sum() / len(losses)
        if np.isinf(mean):  # the sum may overflow where the mean does not
            mean = (losses / len(losses)).sum()
    return float(mean)


def distributions(name, p):
    """Raise ValueError unless `p`, float64 of shape (K,) or (n, K), holds probabilities.

    They are not negative, and each row sums to 1 within the rounding of its precision (see
    `_sum_tolerance`). They are used as they are: no row is divided by its sum in silence.
    """
    rows = p[np.newaxis] if p.ndim == 1 else p
    if rows.min() < 0:
        row, column = np.unravel_index(int(rows.argmin()), rows.shape)
        where = f"at index {column}" if p.ndim == 1 else f"in row {row}"
        raise ValueError(
            f"{name} must not be negative, got {rows[row, column]:g} {where}; if {name} holds "
            f"logits, softmax({name}) makes probabilities of them"
        )
    with np.errstate(over="ignore"):
        sums = rows.sum(axis=1)
    miss = np.abs(sums - 1)
    row = int(miss.argmax())
    if miss[row] <= _SUM_TOLERANCE:
        return
    tolerance = _sum_tolerance(rows)
    if miss[row] <= tolerance:
        return
    if p.ndim == 1:
        rule, found, divisor = name, f"got a sum of {sums[row]}", f"{name}.sum()"
    else:
        rule, found = f"every row of {name}", f"row {row} sums to {sums[row]}"
        divisor = f"{name}.sum(axis=1, keepdims=True)"
    raise ValueError(
        f"{rule} must sum to 1 within {tolerance:.2g}, {found}; softmax({name}) makes "
        f"probabilities of logits, {name} / {divisor} of any other mass"
    )


def _sum_tolerance(rows):
    """How far sums of K probabilities may be from 1, by the precision in which they were made.

    That is the lowest precision that holds every value: the probabilities of a float32 model
    are often handed over as float64 (`.tolist()`, a column of a table), and their sums are no
    better for that.
    """
    # Softmax divides by a sum of K exponentials. Each addition and each division has an error of
    # at most ε/2, so that the row sums to 1 within K ε/2. Exponentials of a rounded log-softmax
    # and quick divisions of graphics cards are a little worse: √ε, scikit-learn's tolerance, has
    # room for them. At 2⁻⁷ an end must be: 0.99 and 1.01 are slips in every precision. (float16
    # meets it: errors of ε/2 = 2⁻¹¹ for division and sum, and K 2⁻²⁵ for what is subnormal,
    # 0.003 for 10⁵ classes; libraries add it up in float32.)
    for dtype in (np.float16, np.float32):
        with np.errstate(over="ignore"):
            exact = (rows.astype(dtype) == rows).all()
        if exact:
            eps = float(np.finfo(dtype).eps)
            return min(max(eps**0.5, rows.shape[1] * eps / 2), 2.0**-7)
    return _SUM_TOLERANCE


def labels_array(name, value):
    """A one-dimensional array of class labels of one kind: numbers without NaN, or strings."""
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be a sequence of labels: {error}") from None
    if array.ndim != 1:
        raise ValueError(f"{name} must have shape (n,), got {array.shape}")
    if array.dtype.kind == "O":
        kinds = {type(label).__name__ for label in array}
        if kinds - {"str"}:
            raise TypeError(f"{name} must hold labels of one kind, got {', '.join(sorted(kinds))}")
        return array.astype(str)
    if array.dtype.kind == "f":
        refuse_nan(name, array)
    if array.dtype.kind not in "biufSU":
        raise TypeError(f"{name} must hold numbers or strings, got dtype {array.dtype}")
    return array


def class_indices(y_true, labels=None, *, name="y_true"):
    """Return (index of each label, the classes in order); `labels` fixes the order.

    Without `labels` the classes are those that occur, sorted. A label outside them is an error.
    """
    y = labels_array(name, y_true)
    if y.size == 0:
        raise ValueError(f"{name} must not be empty, got shape {y.shape}")
    if labels is None:
        return _ranked(y)
    classes = labels_array("labels", labels)
    order = np.argsort(classes, kind="stable")
    ranked = classes[order]
    if (ranked[1:] == ranked[:-1]).any():
        raise ValueError(f"labels must be distinct, got {classes.tolist()}")
    if (ranked.dtype.kind in "SU") != (y.dtype.kind in "SU"):
        raise TypeError(f"{name} and labels must be of one kind, got {y.dtype} and {ranked.dtype}")
    place = np.searchsorted(ranked, y).clip(max=len(ranked) - 1)
    unknown = ranked[place] != y
    if unknown.any():
        raise ValueError(
            f"{name} contains {y[unknown][0].item()!r}, which is not among the labels "
            f"{classes.tolist()}"
        )
    return order[place], classes


def _ranked(y):
    """(index of each label among the classes that occur, those classes in order)."""
    if y.dtype.kind in "iu" and y.min() >= 0 and y.max() < y.size:
        number = y.astype(np.intp, copy=False)
        occurs = np.bincount(number) > 0  # to count small whole numbers is cheaper than to sort
        return (np.cumsum(occurs) - 1)[number], np.flatnonzero(occurs).astype(y.dtype)
    classes, index = np.unique(y, return_inverse=True)
    return index, classes


def binary_signs(y_true, labels=None, *, name="y_true"):
    """Encode two-class labels as −1 and +1; the larger label, or the second of `labels`, is +1."""
    index, classes = class_indices(y_true, labels, name=name)
    if len(classes) != 2:
        told = "pass labels=[negative, positive]" if len(classes) == 1 else "expected two"
        raise ValueError(f"{name} has {len(classes)} class(es), {classes.tolist()}: {told}")
    return 2.0 * index - 1.0
