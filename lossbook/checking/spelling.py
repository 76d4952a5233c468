"""A predicted number or a chosen option in whatever form a teacher would accept it."""

import re
from decimal import Decimal
from fractions import Fraction

import numpy as np

from lossbook.checking.values import Unusable, plain

_ASKED = "one number is asked for"
_QUOTED = "one number is asked for; type an expression without quotation marks"
_NUMBER = r"([-+]?(?:\d{1,40}(?:[.,]\d{0,40})?|[.,]\d{1,40})(?:[eE][-+]?\d{1,3})?)"
_QUOTIENT = re.compile(rf"{_NUMBER}(?:\s*/\s*{_NUMBER})?")
_GROUPED = re.compile(r"(?<![\d.,])[1-9]\d{0,2},\d{3}(?!\d)")  # 1,000 is a thousand, or one
_MARKED = re.compile(r"\(?([a-z])\s*[).:–—-]\s*(.*)", re.S)


def number(answer):
    """A float for one number, a fraction, a Decimal, "2/3", or one of these in brackets.

    Raises Unusable for anything else, with a message for the learner.

    >>> number(Fraction(1, 4)), number(["1/4"]), number("0,25")
    (0.25, 0.25, 0.25)
    """
    answer = alone(answer)
    if type(answer) in (Fraction, Decimal):
        answer = float(answer)
    if isinstance(answer, str):
        text = _stripped(str(answer).replace("−", "-"))
        if _GROUPED.search(text):
            raise Unusable("write the number without a comma: it may mark thousands or decimals")
        found = _QUOTIENT.fullmatch(text)
        if not found:
            raise Unusable(_QUOTED)
        above, below = (float(part.replace(",", ".")) for part in found.groups("1"))
        if not below or not np.isfinite(above / below):
            raise Unusable(_ASKED)
        answer = above / below
    try:
        value = plain(answer)
    except Unusable:
        raise Unusable(_ASKED) from None
    if getattr(value, "shape", None) != ():
        raise Unusable(_ASKED)
    return float(value)


def option(answer, options):
    """The letter of the option that was chosen, by its letter or its text; None if unclear.

    >>> options = {"a": "the *mean*", "b": "the median"}
    >>> [option(answer, options) for answer in ("B", "b)", ["b"], "The median.", "b - the median")]
    ['b', 'b', 'b', 'b', 'b']
    >>> option("b) the mean", options)
    """
    answer = alone(answer)
    if not isinstance(answer, str) or len(answer) > 1000:
        return None
    texts = {_essence(text): letter for letter, text in options.items()}
    given = _essence(answer)
    if given in options:
        return given
    marked = _MARKED.fullmatch(answer.strip().lower())
    if marked and marked[1] in options:
        rest = _essence(marked[2])
        return (
            marked[1] if texts.get(rest, marked[1]) == marked[1] and rest in ("", *texts) else None
        )
    return texts.get(given)


def alone(answer):
    """The only element of a list, tuple or array; anything else as it is."""
    while type(answer) in (list, tuple, np.ndarray) and np.size(answer) == 1 == len(_row(answer)):
        answer = _row(answer)[0]
    return answer


def _row(answer):
    return answer.ravel() if isinstance(answer, np.ndarray) else answer


def _stripped(text):
    return text.strip().rstrip(".;, \n").strip()


def _essence(text):
    """A text without case, markup, blanks and punctuation around it."""
    return re.sub(r"[\s*$`_\\]+", "", str(text).lower()).strip("().:,;'\"")
