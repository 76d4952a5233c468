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
