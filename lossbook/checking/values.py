"""Which values count as an answer, how they are compared, and how they are formatted.

An answer is a number, an array or nested list of numbers, text, or a tuple of these. Objects of
other classes are not used, because their methods could return anything.
"""

import reprlib

import numpy as np

_MOST = 1_000_000  # entries; no exercise needs more
_LONGEST = 200  # characters of a text that are shown


class Unusable(Exception):
    """A returned value that cannot be an answer; the message says why."""


def plain(value):
    """`value` as a float64 array, a str, or a tuple of these; raise Unusable for anything else."""
    if type(value) is tuple:
        if len(value) > 20:
            raise Unusable(f"it returns a tuple of {len(value)} things")
        return tuple(plain(part) for part in value)
    if type(value) in (str, np.str_):
        return str(value)
    if isinstance(value, (bool, int, float, np.bool_, np.integer, np.floating)):
        return _float(value)
    if type(value) is list or isinstance(value, np.ndarray):
        return _array(value)
    raise Unusable(f"it returns {a(type(value).__name__)}, and not numbers")


def _float(value):
    try:
        return np.asarray(float(value))
    except OverflowError:
        raise Unusable("it returns an integer beyond the range of floats") from None
    except (TypeError, ValueError):  # an object that only claims to be a number
        raise Unusable("it returns an object that is not a number") from None


def _array(value):
    if isinstance(value, np.ma.MaskedArray):
        raise Unusable("it returns a masked array, and not plain numbers")
    if type(value) is list and not _of_numbers(value):
        raise Unusable("it returns a list that contains an object which is not a number")
    try:
        array = np.asarray(value)
    except ValueError:
        return _parts(value)
    if array.dtype.kind == "U" and array.ndim == 0:
        return str(array)
    if array.dtype.kind == "c":
        raise Unusable("it returns complex numbers")
    if array.dtype.kind not in "buif":
        raise Unusable(f"it returns an array of {array.dtype}, and not of numbers")
    if array.size > _MOST:
        raise Unusable(f"it returns an array of shape {array.shape}")
    return array.astype(np.float64)


def _parts(value):
    """A list such as [array, number] as the tuple that was meant."""
    if any(type(part) is list for part in value):
        raise Unusable("it returns a list whose rows have different lengths")
    return plain(tuple(value))


def _of_numbers(value):
    """Whether a nested list contains only numbers, and no object with conversion methods."""
    return all(
        _of_numbers(part)
        if type(part) in (list, tuple)
        else isinstance(part, (bool, int, float, np.generic)) or type(part) is np.ndarray
        for part in value
    )


def in_the_form_of(theirs, mine):
    """`mine` as a tuple or as an array, if `theirs` is one and `mine` has as many parts.

    >>> in_the_form_of((np.zeros(()), np.zeros(())), np.array([1.0, 2.0]))
    (array(1.), array(2.))
    """
    if isinstance(theirs, tuple):
        if isinstance(mine, np.ndarray) and mine.ndim and len(mine) == len(theirs):
            return tuple(np.asarray(part) for part in mine)
    elif isinstance(mine, tuple) and mine and np.ndim(theirs):
        shapes = {getattr(part, "shape", None) for part in mine}
        return np.array(mine) if len(shapes) == 1 and None not in shapes else mine
    return mine


def close(mine, theirs, rtol, atol):
    """Whether two plain values agree; infinities must be equal, NaN agrees with NaN."""
    if isinstance(theirs, tuple) or isinstance(mine, tuple):
        return (
            isinstance(mine, tuple)
            and isinstance(theirs, tuple)
            and len(mine) == len(theirs)
            and all(close(m, t, rtol, atol) for m, t in zip(mine, theirs, strict=True))
        )
    if isinstance(theirs, str) or isinstance(mine, str):
        return isinstance(mine, str) and isinstance(theirs, str) and mine == theirs
    if mine.shape != theirs.shape:
        return False
    with np.errstate(all="ignore"):
        near = np.abs(mine - theirs) <= atol + rtol * np.abs(theirs)
    both_nan = np.isnan(mine) & np.isnan(theirs)
    return bool(np.all((near & np.isfinite(theirs)) | (mine == theirs) | both_nan))


# ----------------------------------------------------------------------------- formatting


def a(noun):
    return f"an {noun}" if noun[:1].lower() in "aeiou" else f"a {noun}"


def shape(value):
    """The form of a plain value: "a number", "shape (3, 2)", "2 values"."""
    if isinstance(value, tuple):
        return f"{len(value)} values ({', '.join(shape(part) for part in value)})"
    if isinstance(value, str):
        return "text"
    return "a number" if value.shape == () else f"an array of shape {value.shape}"


def written(value, digits=17):
    """A value as Python source; large arrays by their shape."""
    if isinstance(value, tuple):
        return ", ".join(written(part, digits) for part in value)
    if isinstance(value, (str, np.str_)):
        return repr(str(value)) if len(value) <= _LONGEST else repr(str(value[:_LONGEST])) + "…"
    if callable(value):
        return getattr(value, "__name__", "a function")
    if value is None or isinstance(value, (bool, np.bool_)):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k!r}: {written(v)}" for k, v in value.items()) + "}"
    try:
        array = np.asarray(value)
    except ValueError:
        return reprlib.repr(value)
    if array.dtype.kind in "US":
        return reprlib.repr(array.tolist())
    if array.dtype.kind not in "buif":
        return reprlib.repr(value)
    if array.size > 24:
        return f"<{_kind(array)} array of shape {array.shape}>"
    listed = _listed(array.tolist(), digits)
    unusual = array.dtype.kind in "bui" and array.dtype not in (np.dtype(int), np.dtype(bool))
    unusual = unusual or array.dtype == np.float32
    return f"np.{array.dtype}({listed})" if unusual else listed


def _kind(array):
    return {"b": "boolean", "u": array.dtype.name, "i": "integer"}.get(array.dtype.kind, "number")


def _listed(value, digits):
    if isinstance(value, list):
        return "[" + ", ".join(_listed(part, digits) for part in value) + "]"
    if isinstance(value, float) and digits < 17:
        value = float(f"{value:.{digits}g}")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e6:
        return str(int(value) if value else 0)
    return repr(value)
