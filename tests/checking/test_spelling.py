"""Predictions and choices are accepted in the forms that a teacher accepts, and no others."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from lossbook.checking import report
from lossbook.exercises import checker

EXERCISES = checker("02").exercises
NEWSAGENT, EVEN = EXERCISES["newsagent"], EXERCISES["even_and_odd"]


@pytest.mark.parametrize(
    "answer",
    ["2/3", " 2 / 3. ", "0,667", Fraction(2, 3), Decimal("0.6667"), np.array([2 / 3]), [["2/3"]]],
)
def test_a_right_number_is_right_in_every_form(answer):
    assert report.on_prediction(NEWSAGENT, answer).solved


@pytest.mark.parametrize("answer", ["two thirds", [2 / 3, 1], [], "2/3/1", "9" * 50, {}, "1e9999"])
def test_what_is_no_number_is_no_answer(answer):
    assert report.on_prediction(NEWSAGENT, answer).kind == "no answer"


@pytest.mark.parametrize("answer", ["1,000", "54,410", "-2,500", "1,000/3"])
def test_a_comma_that_may_mark_thousands_is_not_guessed(answer):
    """1,000 for 1000 is right in substance; read as 1.0 it would be called wrong."""
    given = report.on_prediction(NEWSAGENT, answer)
    assert given.kind == "no answer"
    assert "without a comma" in str(given)


def test_a_number_that_was_rounded_too_much_is_nearly_right():
    rounded = report.on_prediction(NEWSAGENT, 0.67)
    assert (rounded.state, rounded.kind) == ("wrong", "nearly")
    assert "0.001" in rounded.feedback[0]
    assert report.on_prediction(NEWSAGENT, 0.5).kind == "wrong value"


@pytest.mark.parametrize(
    "answer",
    ["C", "c)", "(c)", ["c"], np.array(["c"]), EVEN.options["c"], f"c) {EVEN.options['c']}"],
)
def test_a_right_option_is_right_in_every_form(answer):
    assert report.on_choice(EVEN, answer).solved


@pytest.mark.parametrize("answer", ["a or c", f"c) {EVEN.options['a']}", ["a", "c"], 3, "e", ""])
def test_what_names_no_single_option_is_no_answer(answer):
    assert report.on_choice(EVEN, answer).kind == "no answer"
