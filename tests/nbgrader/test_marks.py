"""Points of `lossbook grade` in a gradebook created by nbgrader: make test-nbgrader."""

import csv
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from lossbook.grading.export.nbgrader import import_into
from lossbook.grading.gradebook.errors import GradebookError
from lossbook.grading.marking.result import Answer
from tests.helpers.sample_results import graded

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "exercises" / "solutions" / "02_squared_error_solutions.ipynb"
CELLS = {
    cell["metadata"]["nbgrader"]["grade_id"]: cell["metadata"]["nbgrader"]["points"]
    for cell in json.loads(SOURCE.read_text(encoding="utf-8"))["cells"]
    if cell["metadata"].get("nbgrader", {}).get("grade")
}
IDS = {f"exercise {k}": grade_id for k, grade_id in enumerate(CELLS)}
WHERE = ("hw", "02_squared_error_exercises")


def nbgrader(course, *arguments):
    beside = Path(sys.executable).parent  # nbgrader looks for its own helpers on the PATH
    told = {"PATH": f"{beside}{os.pathsep}{os.environ['PATH']}", "LOSSBOOK_PROGRESS": "off"}
    command = [beside / "nbgrader", *arguments]
    done = subprocess.run(
        command, cwd=course, env=os.environ | told, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A course whose gradebook has the assignment and no student."""
    course = tmp_path_factory.mktemp("course")
    config = 'c = get_config()\nc.CourseDirectory.course_id = "l"\n'
    (course / "nbgrader_config.py").write_text(config)
    source = str(course / "source" / "hw")
    release = [sys.executable, "-m", "lossbook.cli", "release", "02", "--for-nbgrader"]
    subprocess.run([*release, "--to", source], cwd=ROOT, check=True)
    nbgrader(course, "generate_assignment", "hw")
    return course


@pytest.fixture
def course(made, tmp_path):
    """A copy for each test."""
    for name in ("gradebook.db", "nbgrader_config.py"):
        (tmp_path / name).write_bytes((made / name).read_bytes())
    return tmp_path


@pytest.fixture
def url(course):
    return f"sqlite:///{course / 'gradebook.db'}"


def with_marks(student, share, **changes):
    """A Result in which each exercise earned this share of its points."""
    answers = tuple(
        Answer(name, name, "function", float(CELLS[cell]), share * CELLS[cell], "wrong")
        for name, cell in IDS.items()
    )
    most = float(sum(CELLS.values()))
    changes = {"score": share * most, "most": most, "answers": answers} | changes
    return graded(student, **changes)


BLANK = {"status": "blank", "score": None, "answers": ()}


def gradebook(url):
    from nbgrader.api import Gradebook  # here, so that plain pytest can collect this file

    return Gradebook(url, course_id="")


def grades(url, student):
    """(points, needs manual grade) of each cell."""
    with gradebook(url) as book:
        return {
            grade.name: (grade.auto_score, grade.needs_manual_grade)
            for grade in book.find_submission_notebook(WHERE[1], WHERE[0], student).grades
        }


def test_nbgrader_exports_the_points_of_the_results(course, url):
    results = [with_marks("ada", 1.0), with_marks("bo", 0.5), with_marks("周", 0.0)]
    assert import_into(results, url, *WHERE, IDS) == []
    assert grades(url, "bo") == {cell: (points / 2, False) for cell, points in CELLS.items()}
    nbgrader(course, "export")
    with (course / "grades.csv").open(newline="", encoding="utf-8") as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    most = sum(CELLS.values())
    assert scores == {"ada": most, "bo": most / 2, "周": 0}


def test_a_blank_result_stays_empty_and_needs_manual_grading(url):
    (said,) = import_into([with_marks("bo", 0, **BLANK)], url, *WHERE, IDS)
    assert "bo: not graded" in said
    assert set(grades(url, "bo").values()) == {(None, True)}


def test_an_exercise_that_did_not_run_stays_empty(url):
    whole = with_marks("bo", 1.0)
    first = replace(whole.answers[0], state="open", earned=0.0)
    import_into([replace(whole, answers=(first, *whole.answers[1:]))], url, *WHERE, IDS)
    made = grades(url, "bo")
    assert made.pop(IDS["exercise 0"]) == (None, True)
    assert {open_ for _, open_ in made.values()} == {False}


def test_a_second_import_replaces_the_first(url):
    for share in (0.5, 1.0, 1.0):
        import_into([with_marks("ada", share)], url, *WHERE, IDS)
    assert grades(url, "ada") == {cell: (points, False) for cell, points in CELLS.items()}
    import_into([with_marks("ada", 0, **BLANK)], url, *WHERE, IDS)
    assert set(grades(url, "ada").values()) == {(None, True)}
    with gradebook(url) as book:
        assert [one.id for one in book.students] == ["ada"]
        assert len(book.assignment_submissions("hw")) == 1


def test_a_manual_grade_stays_and_is_flagged(url):
    import_into([with_marks("ada", 0.5)], url, *WHERE, IDS)
    with gradebook(url) as book:
        book.find_grade(IDS["exercise 1"], WHERE[1], WHERE[0], "ada").manual_score = 0.25
        book.db.commit()
    (said,) = import_into([with_marks("ada", 1.0)], url, *WHERE, IDS)
    assert "exercise 1 has 0.25 manual points" in said
    with gradebook(url) as book:
        grade = book.find_grade(IDS["exercise 1"], WHERE[1], WHERE[0], "ada")
        assert (grade.manual_score, grade.needs_manual_grade) == (0.25, True)
        assert grade.score == 0.25


@pytest.mark.parametrize("name", ["", "a/b", "..", "x" * 129, "a\nb", "\udcff"])
def test_an_invalid_name_is_reported_and_the_other_students_are_written(url, name):
    (said,) = import_into([with_marks(name, 1.0), with_marks("ada", 1.0)], url, *WHERE, IDS)
    assert "accepts no such name" in said
    with gradebook(url) as book:
        assert [one.id for one in book.students] == ["ada"]


@pytest.mark.parametrize(
    ("where", "ids", "said"),
    [
        (("hw2", WHERE[1]), IDS, "No such notebook: hw2"),
        (("hw", "03"), IDS, "No such notebook: hw/03"),
        (WHERE, IDS | {"exercise 0": "xsq-none-check"}, "No such grade cell"),
        (WHERE, dict(list(IDS.items())[1:]), "names no cell for the exercise 'exercise 0'"),
    ],
)
def test_an_error_is_reported_and_nothing_is_written(url, where, ids, said):
    with pytest.raises(GradebookError, match=said):
        import_into([with_marks("ada", 1.0)], url, *where, ids)
    with gradebook(url) as book:
        assert book.students == []


def test_points_that_differ_from_the_gradebook_are_rejected(url):
    whole = with_marks("ada", 1.0)
    other = replace(whole, answers=(replace(whole.answers[0], points=99.0), *whole.answers[1:]))
    with pytest.raises(GradebookError, match="has 99 points here"):
        import_into([other], url, *WHERE, IDS)


def test_a_missing_gradebook_is_not_created(tmp_path):
    with pytest.raises(GradebookError, match="there is no gradebook"):
        import_into([], f"sqlite:///{tmp_path}/none.db", *WHERE, IDS)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_a_gradebook_is_reported(tmp_path):
    (tmp_path / "no.db").write_text("nonsense " * 1000)
    with pytest.raises(GradebookError, match="cannot use"):
        import_into([with_marks("ada", 1.0)], f"sqlite:///{tmp_path}/no.db", *WHERE, IDS)
    assert (tmp_path / "no.db").read_text() == "nonsense " * 1000


def courses(url):
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as base:
        return base.execute("SELECT id FROM course ORDER BY id").fetchall()


def test_no_course_is_added_to_the_gradebook(url):
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as base, base:
        base.execute("DELETE FROM course WHERE id <> 'l'")  # nbgrader itself adds one
    import_into([with_marks("ada", 1.0)], url, *WHERE, IDS)
    assert courses(url) == [("l",)]
