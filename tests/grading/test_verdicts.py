"""A wrong mark is noticed, whichever way it is wrong; right ones are left in peace."""

import json
from dataclasses import replace

import pytest

from lossbook.grading.marking.result import Answer, Result
from tests.helpers.classroom import Expected
from tests.helpers.verdicts import POINTS, all_or_nothing, differences, not_once, results, rows

SCORES = dict.fromkeys(POINTS, "full") | {"newsagent": "zero", "huber_regression": "part"}
EVA = Expected("eva", "eva/a.ipynb", SCORES, {"newsagent": "other way round"}, "graded")
GONE = Expected("gone", "gone/a.ipynb", {}, {}, "blank")
EARNED = POINTS | {"newsagent": 0, "huber_regression": 1.5}


def earning(**changed):
    return result(earned=EARNED | changed)


def result(student="eva", status="graded", earned=EARNED, says="The quantile the other way round."):
    answers = tuple(
        Answer(name, name, "function", POINTS[name], points, "wrong", feedback=(says,))
        for name, points in earned.items()
    )
    score = sum(earned.values()) if earned else None
    return Result(student, f"{student}.ipynb", "02", "", status, score, 14, answers)


def test_what_is_expected_is_no_difference():
    assert differences([EVA, GONE], [result(), result("gone", "blank", {})]) == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (earning(newsagent=1), "newsagent: 1 of 2, expected zero"),
        (earning(even_and_odd=1.9), "even_and_odd: 1.9 of 2, expected full"),
        (earning(huber_regression=3), "huber_regression: 3 of 3, expected part"),
        (earning(huber_regression=0), "huber_regression: 0 of 3, expected part"),
        (result(says="No."), "newsagent: 'other way round' is not said"),
        (result(status="partly run"), "status 'partly run', expected 'graded'"),
        (result(status="graded", earned={}), "answers to [], expected ["),
    ],
)
def test_a_wrong_mark_is_named(given, words):
    (said,) = differences([EVA], [given])
    assert said.startswith(f"eva: {words}")


def test_a_blank_one_must_have_no_marks():
    assert differences([GONE], [result("gone", "blank")])


def test_everybody_is_there_once():
    assert not_once(["eva", "gone"], [EVA, GONE]) == []
    assert not_once(["eva", "eva", "max"], [EVA, GONE]) == [
        "gone is missing",
        "max is no student of the class",
        "eva is there 2 times",
    ]


def test_marks_without_parts():
    right = {"eva": POINTS | {"newsagent": 0, "huber_regression": 0}}
    assert all_or_nothing([EVA], right) == []
    wrong = {"eva": POINTS | {"huber_regression": 0}}
    assert all_or_nothing([EVA], wrong) == ["eva: newsagent: 2, expected 0"]
    lost = {"eva": {}}
    assert len(all_or_nothing([EVA], lost)) == len(POINTS)


def test_the_book_is_read_back(tmp_path):
    (tmp_path / "results").mkdir()
    for one in (result(), replace(result(), student="王小明")):
        text = json.dumps(one.as_dict())
        (tmp_path / "results" / f"{one.student}.json").write_text(text, encoding="utf-8")
    assert [one.student for one in results(tmp_path)] == ["eva", "王小明"]
    (tmp_path / "grades.csv").write_text("student,score\n王小明,7\n", encoding="utf-8-sig")
    assert rows(tmp_path) == [{"student": "王小明", "score": "7"}]
