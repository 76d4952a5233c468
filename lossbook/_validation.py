"""Read and check the arguments of all losses by the same rules, with precise error messages.

Every input becomes float64 (uint8 images would wrap around), shapes must match exactly (NumPy
would broadcast (n,) against (n, 1) to n × n without a warning), NaN is refused, and the caller's
arrays are never written to.
"""

import operator
from collections.abc import Iterable, Mapping, Set
from decimal import Decimal
from numbers import Number

import numpy as np

from lossbook._types import Array

# Probabilities in float64 must sum to 1 within this.
_SUM_TOLERANCE = 1e-8


def real_array(name, value) -> Array:
    """Return `value` as a float64 array; it may share memory with `value`, so never write to it.

    Values are rounded to float64, beyond its range to ±inf. In arrays of objects, real numbers of
    Python and NumPy are accepted, also Decimal and Fraction; None and pandas' NA become NaN.
    Text is not a number, also inside of objects.
    """
    array = as_array(name, value, "numbers")
    kind = array.dtype.kind
    if kind in "buif":
        if array.dtype == np.float64:
            return array
        with np.errstate(over="ignore"):
            return array.astype(np.float64)
    if kind == "O":
        return _floats(name, array)
    found = f"an array of dtype {array.dtype}"
    if kind in "SUT" and array.size:
        found = f"text, such as {array.ravel()[:1].tolist()[0]!r}{_text_cure(name)}"
    raise TypeError(f"{name} must hold real numbers, got {found}")


def as_array(name, value, content):
    """np.asarray(value), with a TypeError for containers that NumPy does not read."""
    refuse_masked(name, value)
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be a rectangular array of {content}: {error}") from None
    except (TypeError, RuntimeError) as error:  # an array of another library, on another device
        raise TypeError(f"{name} cannot be read as an array: {error}") from None
    if array.ndim == 0 and array.dtype.kind == "O":
        _refuse_container(name, array[()], content)
    return array


def refuse_masked(name, value):
    """Raise TypeError if `value` is a masked array or a list of them; NumPy ignores the mask."""
    masked = isinstance(value, np.ma.MaskedArray)
    if isinstance(value, (list, tuple)):
        masked = any(issubclass(t, np.ma.MaskedArray) for t in set(map(type, value)))
    if masked:
        raise TypeError(f"{name} is a masked array; drop the masked entries first")


def _refuse_container(name, value, content):
    """Raise TypeError, with a fix, if `value` is None or a container that is not a sequence."""
    kind = type(value).__name__
    if value is None:
        kind, cure = "None", ""
    elif hasattr(value, "toarray"):
        kind, cure = f"a sparse {kind}", f"; {name}.toarray() is dense"
    elif isinstance(value, Mapping):
        cure = f"; list({name}.values()) is one"
    elif isinstance(value, Set):
        cure = f"; it has no order, sorted({name}) has one"
    elif isinstance(value, Iterable):
        cure = f"; list({name}) is one"
    else:
        return
    raise TypeError(f"{name} must be an array or a list of {content}, got {kind}{cure}")


def _floats(name, objects):
    """An array of objects as float64."""
    floats = np.empty(objects.shape)
    with np.errstate(over="ignore"):
        for place, value in np.ndenumerate(objects):
            try:
                floats[place] = _float(value)
            except (TypeError, ValueError):
                cure = _text_cure(name) if isinstance(value, (str, bytes)) else ""
                raise TypeError(
                    f"{name} must hold real numbers only, got {_shown(value)}{_at(place)}{cure}"
                ) from None
    return floats


def _text_cure(name):
    return f"; np.array({name}, dtype=float) reads text as numbers"


def _float(value):
    if _is_missing(value):
        return np.nan
    # float() would accept text and drop the imaginary part of complex numbers.
    if isinstance(value, (str, bytes, bytearray, np.ndarray)):
        raise TypeError
    if isinstance(value, np.generic) and value.dtype.kind not in "buif":
        raise TypeError
    try:
        return float(value)
    except OverflowError:
        return np.inf if value > 0 else -np.inf


def _is_missing(value):
    """Whether an object is a missing value: nan, None, NaT, or pandas' NA."""
    if isinstance(value, Decimal):
        return value.is_nan()  # a signalling NaN cannot be compared
    if isinstance(value, (float, np.inexact, np.datetime64, np.timedelta64)):
        return bool(value != value)
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def _shown(value):
    """The object and its type, shortened, for a message."""
    text = repr(value)
    return f"{text if len(text) <= 40 else text[:37] + '...'} ({type(value).__name__})"


def refuse_nan(name, array) -> None:
    """Raise ValueError with the index of the first NaN of `array`, if there is one."""
    # A sum of squares is NaN exactly if a term is (nothing cancels), and one dot product is
    # several times cheaper than a mask.
    if not np.isnan(np.vdot(array, array)):
        return
    place = np.unravel_index(int(np.isnan(array).argmax()), array.shape)
    raise ValueError(f"{name} must not contain NaN, found one{_at(place)}")


def _at(place):
    """An index of any number of dimensions, for a message."""
    return f" at index {', '.join(map(str, place))}" if len(place) else ""


def numbers(name, value) -> Array:
    """A float64 array of any shape, at least one element, no NaN."""
    array = real_array(name, value)
    if array.size == 0:
        raise ValueError(f"{name} must not be empty, got shape {array.shape}")
    refuse_nan(name, array)
    return array


def vector(name, value, *, nan_checked_later=False) -> Array:
    """A float64 array of shape (n,), n ≥ 1, no NaN."""
    array = real_array(name, value)
    if array.ndim != 1 or array.size == 0:
        hint = ravel_hint(name, value, array)
        raise ValueError(f"{name} must have shape (n,) with n ≥ 1, got {array.shape}{hint}")
    if not nan_checked_later:
        refuse_nan(name, array)
    return array


def ravel_hint(name, value, array):
    """A hint if a column or row was given in place of a vector."""
    if array.ndim < 2 or array.size != max(array.shape) or array.size == 0:
        return ""
    subject = "" if isinstance(value, np.ndarray) else f"np.asarray({name})"
    return f"; {subject}.ravel() would make it one"


def same_shape(name_a, a, name_b, b) -> None:
    """Raise ValueError unless the arrays `a` and `b` have one shape; no broadcasting."""
    if a.shape == b.shape:
        return
    hint = ""
    if a.size == b.size:
        hint = "; they have equally many numbers: use .ravel() or .reshape() on one of them"
    raise ValueError(
        f"{name_a} and {name_b} must have the same shape, got {a.shape} and {b.shape}{hint}"
    )


def axis(name, axis, ndim) -> int:
    """The axis of the array `name` of `ndim` dimensions as a number from 0 to ndim − 1."""
    if axis is None:
        raise TypeError(
            f"axis must be one integer, got None; SciPy's axis=None, the sum over all of {name}, "
            f"is that of {name}.ravel()"
        )
    try:
        number = operator.index(None if isinstance(axis, bool) else axis)
    except TypeError:
        several = (
            "; .reshape() makes one axis of several" if isinstance(axis, (list, tuple)) else ""
        )
        raise TypeError(f"axis must be one integer, got {axis!r}{several}") from None
    if not -ndim <= number < ndim:
        raise ValueError(
            f"axis must be an axis of {name}, from {-ndim} to {ndim - 1}, got {axis!r}"
            if ndim
            else f"{name} must have at least one axis, got a single number"
        )
    return number % ndim


def positive(name, value, *, infinite=False) -> float:
    """A float greater than 0; finite, unless `infinite` allows inf."""
    x = number(name, value)
    if not x > 0 or (x == np.inf and not infinite):
        rule = "greater than 0" if infinite else "finite and greater than 0"
        raise ValueError(f"{name} must be {rule}, got {value!r}")
    return x


def fraction(name, value) -> float:
    """A float strictly between 0 and 1."""
    x = number(name, value)
    if not 0 < x < 1:
        raise ValueError(f"{name} must lie strictly between 0 and 1, got {value!r}")
    return x


def number(name, value) -> float:
    """One real number as a float; a NumPy array of shape () is accepted."""
    readable = isinstance(value, (Number, Decimal, list, tuple))
    readable |= hasattr(value, "__float__") or hasattr(value, "__array__")
    if not readable or isinstance(value, str):
        raise TypeError(f"{name} must be a number, got {value!r}")
    array = real_array(name, value)
    if array.ndim:
        raise ValueError(f"{name} must be a single number, got shape {array.shape}")
    return float(array)


def weight_of_each(sample_weight, n):
    """One weight for all samples or one for each, as an array of shape (n,), not normalised."""
    w = real_array("sample_weight", sample_weight)
    w = np.full(n, w) if w.ndim == 0 else w
    weights(w, n)
    return w


def class_labels(name, value):
    """The labels of a classifier; objects become numbers, unless they are text."""
    if value.dtype.kind != "O":
        return value
    labels = labels_array(name, value)
    return value if labels.dtype.kind == "U" else labels


def weights(sample_weight, n) -> Array | None:
    """Return the weights divided by their sum, shape (n,), or None if there are none.

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


def average(losses, w) -> float:
    """Mean of `losses`, shape (n,), with the normalised weights `w` (None: equal weights).

    A weight of zero removes its row, even if the loss there is infinite.
    """
    with np.errstate(over="ignore"):
        if w is not None:
            counted = w > 0
            return float((losses[counted] * w[counted]).sum())
        mean = losses.sum() / len(losses)
        if np.isinf(mean):  # the sum can overflow although the mean does not
            mean = (losses / len(losses)).sum()
    return float(mean)


def distributions(name, p) -> None:
    """Raise ValueError unless `p`, float64 of shape (K,) or (n, K), contains probabilities.

    They must not be negative, and each row must sum to 1 within the rounding of its precision
    (see `_sum_tolerances`). They are not normalised.
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
    if miss.max() <= _SUM_TOLERANCE:
        return
    tolerances = _sum_tolerances(rows)
    row = int(np.where(miss <= tolerances, 0, miss).argmax())
    if miss[row] <= tolerances[row]:
        return
    if p.ndim == 1:
        rule, found, divisor = name, f"got a sum of {sums[row]}", f"{name}.sum()"
    else:
        rule, found = f"every row of {name}", f"row {row} sums to {sums[row]}"
        divisor = f"{name}.sum(axis=1, keepdims=True)"
    raise ValueError(
        f"{rule} must sum to 1 within {tolerances[row]:.2g}, {found}; softmax({name}) makes "
        f"probabilities of logits, {name} / {divisor} of any other mass"
    )


def _sum_tolerances(rows):
    """The tolerance for the sum of each row, from the precision in which it was computed.

    That is the lowest precision that represents all its values: probabilities of a float32 model
    are often converted to float64 (`.tolist()`, a column of a table), which does not make their
    sums more accurate.
    """
    # Softmax divides by a sum of K exponentials. Each addition and division has an error of at
    # most ε/2, so the row sums to 1 within K ε/2. Exponentials of a rounded log-softmax and fast
    # divisions of GPUs are a little worse; √ε, scikit-learn's tolerance, allows for them. The
    # largest tolerance is 2⁻⁷, because 0.99 and 1.01 are mistakes in every precision. (float16
    # keeps it: errors of ε/2 = 2⁻¹¹ for division and sum, and K 2⁻²⁵ for subnormal numbers, 0.003
    # for 10⁵ classes; libraries add in float32.)
    tolerances = np.full(len(rows), _SUM_TOLERANCE)
    for dtype in (np.float32, np.float16):
        eps = float(np.finfo(dtype).eps)
        with np.errstate(over="ignore"):
            exact = (rows.astype(dtype) == rows).all(axis=1)
        tolerances[exact] = min(max(eps**0.5, rows.shape[1] * eps / 2), 2.0**-7)
    return tolerances


def labels_array(name, value) -> np.ndarray:
    """A one-dimensional array of class labels of one kind: numbers without NaN, or strings.

    Whole numbers are exact, in an array of objects if no dtype of NumPy can represent them.
    """
    array = as_array(name, value, "labels")
    if array.ndim == 0 and array.dtype.kind in "SU":
        raise TypeError(
            f"{name} must be an array or a list of labels, got {_shown(value)}; [{name}] is a list "
            "of one label"
        )
    if array.ndim != 1:
        hint = ravel_hint(name, value, array)
        if isinstance(value, list) and array.ndim == 2 and not hint and type(value[0]) is tuple:
            raise _no_labels(name, value, "tuple")
        raise ValueError(f"{name} must have shape (n,), got {array.shape}{hint}")
    # NumPy converts ["a", 1] and ["a", nan] to text, and 2⁵³ + 1 and 2.0⁵³ to the same float64,
    # so a list is checked before the conversion.
    items = None
    if array.dtype.kind in "OT":
        items = array.tolist()
    elif not hasattr(value, "__array__"):
        items = value if isinstance(value, list) else list(value)
    if items is not None and not set(map(type, items)) <= _PLAIN.get(array.dtype.kind, set()):
        return _labels_of(name, items, value)
    if array.dtype.kind in "mM":
        return _labels_of(name, list(array), value)
    if array.dtype.kind not in "biufSU":
        raise _no_labels(name, value, array.dtype.name)
    if array.dtype.kind == "f":
        refuse_nan(name, array)
    return array


# NumPy converts lists of these types without changing labels.
_PLAIN = {"b": {bool}, "i": {int, bool}, "f": {float, bool}, "U": {str}, "S": {bytes}}


def _labels_of(name, items, value):
    """The array of a list of labels, if they are of one kind; `value` is the argument."""
    missing = [_is_missing(item) for item in items]
    types = {type(item) for item, no_label in zip(items, missing, strict=True) if not no_label}
    kinds = {_kind_of(t) for t in types}
    if len(kinds) > 1:
        raise TypeError(
            f"{name} must hold labels of one kind, got a mixture of "
            f"{' and '.join(sorted({t.__name__ for t in types}))}"
        )
    if any(missing):
        place = missing.index(True)
        raise ValueError(f"{name} must not contain NaN, found {items[place]!r} at index {place}")
    if kinds - {"number", "text", "bytes"}:
        raise _no_labels(name, value, types.pop().__name__)
    if kinds == {"text"}:
        items = [str.__str__(item) for item in items]  # NumPy truncates members of an Enum
    array = np.asarray(items)
    if array.dtype.kind == "f" and np.abs(array).max() >= 2.0**53:
        array = np.array(items, dtype=object)
    if array.dtype.kind == "O":  # Python compares whole numbers and floats exactly
        array[:] = [item.item() if isinstance(item, np.generic) else item for item in items]
    return array


def _kind_of(label_type):
    """The kind of a label, a word or the type itself; labels of one kind can be compared."""
    for kind, types in _KINDS.items():
        if issubclass(label_type, types) and label_type is not np.timedelta64:  # an np.integer
            return kind
    return label_type


_KINDS = {
    "number": (int, float, np.bool_, np.integer, np.floating),
    "text": str,
    "bytes": bytes,
}


def _no_labels(name, value, found):
    # Neither pandas' MultiIndex nor NumPy's records can be cast to str.
    converts = hasattr(value, "astype") and not found.startswith(("tuple", "void"))
    cure = f"{name}.astype(str)" if converts else f"[str(v) for v in {name}]"
    return TypeError(
        f"{name} holds {found}, but labels must be numbers or strings; {cure} makes strings of it"
    )


def one_kind(name_a, a, name_b, b):
    """Two arrays of labels in dtypes that NumPy compares exactly; TypeError for different kinds.

    Text, bytes and numbers never compare equal, so all labels would count as wrong.
    """
    kinds = [array.dtype.kind if array.dtype.kind in "SU" else "number" for array in (a, b)]
    if kinds[0] != kinds[1]:
        raise TypeError(f"{name_a} and {name_b} must be of one kind, got {a.dtype} and {b.dtype}")
    if kinds[0] != "number" or a.dtype == b.dtype:
        return a, b
    common = np.result_type(a, b)
    if common.kind == "f":  # whole numbers up to here are exact
        limit = 2 ** (np.finfo(common).nmant + 1)
        whole = [array for array in (a, b) if array.dtype.kind in "iu" and array.size]
        if all(-limit <= array.min() and array.max() <= limit for array in whole):
            return a, b
        common = np.dtype(object)
    return a.astype(common), b.astype(common)


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
    if classes.size == 0:
        raise ValueError("labels must not be empty, got shape (0,)")
    y, comparable = one_kind(name, y, "labels", classes)
    order = np.argsort(comparable, kind="stable")
    ranked = comparable[order]
    if (ranked[1:] == ranked[:-1]).any():
        raise ValueError(f"labels must be distinct, got {classes.tolist()}")
    place = np.searchsorted(ranked, y).clip(max=len(ranked) - 1)
    unknown = ranked[place] != y
    if unknown.any():
        raise ValueError(
            f"{name} contains {y[unknown].tolist()[0]!r}, which is not among the labels "
            f"{classes.tolist()}"
        )
    return order[place], classes


def class_numbers(name, value, n, n_classes):
    """Class numbers 0 to K − 1, one for each of n samples, as integers of shape (n,)."""
    y = labels_array(name, value)
    if y.shape != (n,):
        raise ValueError(f"{name} must have shape ({n},), got {y.shape}")
    if y.dtype.kind not in "biuO":  # O: whole numbers, some of them beyond 64 bits
        cure = f"np.unique({name}, return_inverse=True)[1]"
        digits = y.dtype.kind == "U" and all(map(str.isdigit, y))
        if digits or (y.dtype.kind == "f" and (y == np.floor(y)).all()):
            cure = f"np.asarray({name}).astype(int)"
        raise TypeError(
            f"{name} must contain integer class indices, got dtype {y.dtype}; {cure} makes them"
        )
    if y.min() < 0 or y.max() >= n_classes:
        raise ValueError(f"{name} must lie in 0..{n_classes - 1}, got {y.min()} to {y.max()}")
    return y.astype(np.intp, copy=False)


def _ranked(y):
    """(index of each label among the classes that occur, those classes in order)."""
    if y.dtype.kind in "iu" and y.min() >= 0 and y.max() < y.size:
        number = y.astype(np.intp, copy=False)
        occurs = np.bincount(number) > 0  # counting is cheaper than sorting
        return (np.cumsum(occurs) - 1)[number], np.flatnonzero(occurs).astype(y.dtype)
    classes, index = np.unique(y, return_inverse=True)
    return index, classes


def binary_signs(y_true, labels=None, *, name="y_true"):
    """Encode two-class labels as −1 and +1; the larger label, or the second of `labels`, is +1."""
    index, classes = class_indices(y_true, labels, name=name)
    if len(classes) != 2:
        hint = "pass labels=[negative, positive]" if len(classes) == 1 else "expected two"
        raise ValueError(f"{name} has {len(classes)} class(es), {classes.tolist()}: {hint}")
    return 2.0 * index - 1.0
