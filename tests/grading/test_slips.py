"""Answers that are a little off lose points: `verify` tests the tolerances."""

from dataclasses import replace

import numpy as np
import pytest

from lossbook.checking import Function, Prediction
from lossbook.checking.spec import Case
from lossbook.grading.marking.assignment import Assignment
from lossbook.grading.marking.secret import Secret
from lossbook.grading.marking.verify import verify_slips


def cases(rng):
    yield Case("two numbers", (np.array([1.0, -3.0]),))
    yield Case("some numbers", (rng.normal(size=4),))


def about_as_large(case, value, expected):
    return bool(np.max(np.abs(np.abs(value[0]) - np.abs(expected[0]))) < 0.3)


SOLID = Function("doubled", "Doubled", 1, lambda x: (2 * x, np.sum(x)), cases, [])
NUMBER = Prediction("third", "A third", 1, 1 / 3, [], "")


def slips(exercise):
    assignment = Assignment("week3", [SOLID, exercise], Secret(b"a secret of 32 bytes, or of more"))
    return list(verify_slips(exercise, assignment))


@pytest.mark.parametrize(
    "exercise", [replace(SOLID, name="two"), NUMBER, replace(NUMBER, answer=0)]
)
def test_a_tight_tolerance_has_no_slip(exercise):
    assert slips(exercise) == []


@pytest.mark.parametrize(
    ("exercise", "which"),
    [
        (replace(SOLID, name="a", atol=0.5), ["1% too large"]),
        (replace(SOLID, name="b", accepts=about_as_large), ["1%", "sign first", "sign last"]),
        (replace(NUMBER, atol=0.01), ["1% too large"]),
        (replace(NUMBER, atol=1.0), ["1%", "sign first", "sign last"]),
    ],
)
def test_a_wide_tolerance_is_named(exercise, which):
    found = slips(exercise)
    assert len(found) == len(which)
    for problem, words in zip(found, which, strict=True):
        assert problem.startswith(f"{exercise.name}: the right values, ")
        assert words in problem


def test_a_relative_tolerance_that_was_chosen_is_kept():
    """Three times as far off must be refused."""
    assert slips(replace(SOLID, name="a", rtol=0.05)) == []


def test_values_without_a_slip_are_no_problem():
    text = Function("word", "A word", 1, lambda x: "up" if x > 0 else "down", None, [])
    drawn = replace(text, cases=lambda rng: iter([Case("x", (3.0,)), Case("y", (rng.normal(),))]))
    nothing = Function("zero", "0", 1, lambda x: (x[0] * 0, np.nan), cases, [])
    for exercise in (drawn, nothing):
        with pytest.raises(ValueError, match="must draw"):
            slips(exercise)
