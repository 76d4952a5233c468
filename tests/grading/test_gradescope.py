"""Results for Gradescope follow its specification; a missing grade never becomes a 0."""

import json
from pathlib import Path

import pytest

from lossbook.grading.export.gradescope import results_json, write_results_json
from lossbook.grading.gradebook.errors import GradebookError
from lossbook.grading.gradebook.overrides import apply, read_overrides
from lossbook.grading.marking import result as marks
from tests.helpers.sample_results import HUBER, RMSE, blank, graded

ROOT = Path(__file__).parents[2]
# The fields of the specification, with their types.
ON_TOP = {
    "score": (int, float),
    "execution_time": (int, float),
    "output": str,
    "output_format": str,
    "test_output_format": str,
    "test_name_format": str,
    "stdout_visibility": str,
    "extra_data": dict,
    "tests": list,
}
ON_A_TEST = {
    "score": (int, float),
    "max_score": (int, float),
    "status": str,
    "name": str,
    "number": str,
    "output": str,
    "output_format": str,
    "visibility": str,
}
VISIBILITIES = {"hidden", "after_due_date", "after_published", "visible"}


def check_specification(made):
    assert json.loads(json.dumps(made, allow_nan=False)) == made
    assert made["output_format"] == "text"  # without it, it would be read as HTML
    for entry, known in [(made, ON_TOP), *((test, ON_A_TEST) for test in made.get("tests", []))]:
        for name, value in entry.items():
            assert isinstance(value, known[name]), name
        assert {entry[name] for name in entry if name.endswith("format")} == {"text"}
    for test in made.get("tests", []):
        assert test["visibility"] in VISIBILITIES
        assert test.get("status", "passed") in {"passed", "failed"}


def test_each_test_has_its_points_and_its_visibility():
    made = results_json(graded())
    check_specification(made)
    assert made["score"] == 3.0
    rows = [
        (one["number"], one.get("score"), one.get("max_score"), one["visibility"])
        for one in made["tests"]
    ]
    assert rows == [
        ("1", None, None, "after_published"),  # feedback on the answer as a whole
        ("1.1", 1.0, 1.0, "visible"),
        ("1.2", 0.0, 2.0, "after_published"),  # drawn from the secret seed
        ("2", 2.0, 2.0, "after_published"),  # an answer without tests carries the points itself
    ]
    assert made["tests"][2]["name"] == "A root that does not overflow: huge residuals"
    assert made["tests"][2]["output"] == "the result overflows to infinity"
    assert "you square before you scale" in made["tests"][0]["output"]


def test_the_failing_call_is_shown_at_the_first_public_test_that_failed():
    failed = marks.Test("small residuals", 1.0, 0.0, True, "wrong value")
    answer = marks.Answer(**{**vars(RMSE), "earned": 0.0, "tests": (failed, failed, RMSE.tests[1])})
    outputs = [one["output"] for one in results_json(graded(answers=(answer,)))["tests"]]
    assert outputs[1] == "\n".join(["wrong value", *RMSE.call])
    assert outputs[2] == "wrong value"
    assert RMSE.call[0] not in outputs[0] + outputs[3]


def test_the_points_of_the_tests_add_up_to_the_score():
    made = results_json(graded())
    assert sum(one.get("score", 0) for one in made["tests"]) == made["score"]
    assert sum(one.get("max_score", 0) for one in made["tests"]) == graded().most


def test_a_repeated_note_is_shown_once():
    result = graded(notes=("read as Latin-1", "read as Latin-1"))
    assert results_json(result)["output"] == "read as Latin-1"


def test_an_answer_that_did_not_run_has_no_points():
    not_run = marks.Answer(**{**vars(RMSE), "earned": 0.0, "state": "open"})
    made = results_json(graded(answers=(not_run, HUBER), score=2.0, status="partly run"))
    assert ["score" in one for one in made["tests"]] == [False, False, False, True]
    assert [one.get("status") for one in made["tests"]] == ["failed", "failed", "failed", "passed"]


def test_manual_points_count_and_are_explained(tmp_path):
    path = tmp_path / "o.csv"
    path.write_text("student,exercise,points,why\nada,,+4,talk in class\n")
    made = results_json(apply(graded(), read_overrides(path, [graded()])))
    assert made["score"] == 7.0
    assert "talk in class" in made["output"]


def test_hostile_text_stays_text():
    evil = "<script>alert(1)</script>\x00\ud800\r\n" + "x" * 99_999
    answer = marks.Answer(**{**vars(RMSE), "summary": evil, "call": (evil,), "title": evil})
    made = results_json(graded(answers=(answer,), notes=(evil,)))
    check_specification(made)
    text = json.dumps(made)
    assert "\\u0000" not in text
    assert "\\ud800" not in text
    assert len(text) < 30_000


def test_invisible_characters_are_written_out():
    """U+202E reverses the text after it: a line could be read from right to left."""
    turned = "a\u202eb\u2066c\u200bd"
    answer = marks.Answer(**{**vars(RMSE), "summary": turned, "call": (turned,), "title": turned})
    text = json.dumps(results_json(graded(answers=(answer,), notes=(turned,))), ensure_ascii=False)
    assert "aU+202EbU+2066cU+200Bd" in text
    assert not set("\u202e\u2066\u200b") & set(text)


def test_the_teachers_list_is_not_shown_to_students():
    assert "copied" not in json.dumps(results_json(graded(look_at=("looks copied",))))


# ----------------------------------------------------------------------------- results.json


def test_open_points_get_no_score_unless_they_are_to_be_zero(tmp_path):
    path = tmp_path / "results.json"
    answer = marks.Answer(**{**vars(RMSE), "earned": 0.0, "state": "open"})
    partly = graded(answers=(answer, HUBER), score=2.0, look_at=("its cell raised SyntaxError",))
    with pytest.raises(GradebookError, match=r"points are open.*SyntaxError"):
        write_results_json([partly], path)
    assert not path.exists()
    write_results_json([partly], path, open_as_zero=True)
    assert json.loads(path.read_text())["score"] == 2.0


def test_the_only_result_is_written(tmp_path):
    path = tmp_path / "results.json"
    write_results_json([graded(score=0.0)], path)
    assert json.loads(path.read_text()) == results_json(graded(score=0.0))


@pytest.mark.parametrize(
    ("results", "reason"),
    [
        ([], "there are 0"),
        ([graded(), graded("bo")], "there are 2"),
        ([blank()], "not graded.*cut off"),
    ],
)
def test_no_file_is_left_unless_one_result_has_a_score(tmp_path, results, reason):
    path = tmp_path / "results.json"
    path.write_text('{"score": 10}')  # of an earlier run, or a forgery
    with pytest.raises(GradebookError, match=reason):
        write_results_json(results, path)
    assert not path.exists()
