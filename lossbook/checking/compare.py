"""Compare the outcome of a call with the expected one, and classify the difference."""

from typing import NamedTuple

import numpy as np

from lossbook.checking import values

_RELATED_ERRORS = {ValueError: (ValueError, TypeError), TypeError: (ValueError, TypeError)}


class Finding(NamedTuple):
    """The difference between an outcome and the expected one.

    kind : "missing", "raises", "does not raise", "wrong error", "wrong shape", "wrong value",
        "unstable", "changes its input", "too slow", "crashed", "no answer", "not tried",
        "other shape" (the right numbers in another shape)
    message : one sentence about it
    """

    kind: str
    message: str


NOT_TRIED = Finding("not tried", "it was not tried, because an earlier call did not return")


def compare(exercise, case, expected, given):
    """None if the outcome `given` is right for `case`, else the Finding."""
    if given.kind in _FAILED:
        kind, start = _FAILED[given.kind]
        return Finding(kind, (start + given.message).strip())
    if expected.kind == "raised":
        return _compare_error(expected, given)
    if given.kind == "raised":
        message = f": {given.message}" if given.message else ""
        return Finding("raises", f"it raises {given.error.__name__}{message}")
    return _compare_value(exercise, case, expected.value, given.value)


_FAILED = {
    "missing": ("missing", "it returns nothing yet"),
    "timeout": ("too slow", ""),
    "crashed": ("crashed", ""),
    "unasked": ("not tried", ""),
    "changed": ("changes its input", ""),
    "unusable": ("no answer", ""),
}


def _compare_error(expected, given):
    wanted = expected.error.__name__
    if given.kind == "value":
        reason = f" ({expected.message})" if expected.message else ""
        return Finding("does not raise", f"it should raise {wanted}{reason}")
    if issubclass(given.error, _RELATED_ERRORS.get(expected.error, expected.error)):
        return None
    return Finding("wrong error", f"it raises {given.error.__name__}, and should raise {wanted}")


def _compare_value(exercise, case, expected, given):
    given = values.in_the_form_of(expected, given)
    if values.shape(given) != values.shape(expected):
        message = f"it returns {values.shape(given)}; expected is {values.shape(expected)}"
        if _same_numbers(exercise, expected, given):
            return Finding("other shape", f"{message}; the numbers are right")
        return Finding("wrong shape", message)
    if exercise.accepts:
        with np.errstate(all="ignore"):
            verdict = exercise.accepts(case, given, expected)
        if verdict is True:
            return None
        return Finding("wrong value", verdict if isinstance(verdict, str) else "wrong value")
    if values.close(given, expected, exercise.rtol, exercise.atol):
        return None
    if case.extreme:
        return Finding("unstable", "numerically unstable: " + _how_unstable(given, expected))
    return Finding("wrong value", _how_wrong(given, expected))


def _same_numbers(exercise, expected, given):
    mine, theirs = _flat(given), _flat(expected)
    return mine.size == theirs.size > 0 and values.close(mine, theirs, exercise.rtol, exercise.atol)


def _how_unstable(given, expected):
    mine, theirs = _flat(given), _flat(expected)
    if np.isnan(mine).any() and not np.isnan(theirs).any():
        return "the result is nan (not a number)"
    if np.isinf(mine).any() and np.isfinite(theirs).all():
        return "the result overflows to infinity"
    return "the digits are lost on the way"


def _how_wrong(given, expected):
    mine, theirs = _flat(given), _flat(expected)
    if mine.size and np.isfinite(mine).all() and np.isfinite(theirs).all():
        with np.errstate(over="ignore"):
            off = np.max(np.abs(mine - theirs) / np.maximum(np.abs(theirs), 1e-300))
        if off < 1e-4:
            return f"nearly: it is off by {off:.0e} of the value"
    return "wrong value"


def _flat(value):
    """All numbers of a plain value as one vector."""
    if isinstance(value, tuple):
        return np.concatenate([_flat(part) for part in value]) if value else np.zeros(0)
    return np.zeros(0) if isinstance(value, str) else value.ravel()


def same(left, right, rtol, atol):
    """Whether two outcomes agree: the same value, or the same class of error."""
    if left.kind != right.kind:
        return False
    if left.kind == "value":
        mine = values.in_the_form_of(right.value, left.value)
        return values.close(mine, right.value, max(rtol, 1e-6), atol)
    return left.kind != "raised" or left.error is right.error


def missing(outcomes):
    """Whether the function is not written yet."""
    return all(outcome.kind == "missing" for outcome in outcomes)
