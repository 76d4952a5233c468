"""From `lossbook new` to a graded class, as a teacher types it."""

import csv
import json

import nbformat
import pytest

from lossbook import cli

WRONG = {
    "own-mean-absolute-error-answer": "def mean_absolute_error(y, f):\n    return np.mean(y)",
    "own-doubled-loss-answer": "factor = 2",
}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A new chapter and what students get of it."""
    base = tmp_path_factory.mktemp("course")
    assert cli.main(["new", str(base / "week3")]) == 0
    assert cli.main(["release", str(base / "week3"), "--to", str(base / "students")]) == 0
    return base


def answered(course, answers, path):
    notebook = nbformat.read(course / "students" / "week3.ipynb", as_version=4)
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


def test_a_new_chapter_is_as_expected(course, capsys):
    assert cli.main(["verify", str(course / "week3")]) == 0
    assert "chapter week3, 4 exercises: as expected" in capsys.readouterr().out


def test_verify_finds_a_mistake_that_loses_nothing_and_an_answer_that_is_wrong(course, capsys):
    bad = course / "bad" / "week3"
    assert cli.main(["new", str(bad)]) == 0
    text = (bad / "exercises.py").read_text(encoding="utf-8")
    text = text.replace(
        "return np.mean(np.asarray(y_true) - y_pred)", "return mean_absolute_error(y_true, y_pred)"
    )
    (bad / "exercises.py").write_text(
        text.replace('    "a",\n', '    "b",\n').replace('"b": "The', '"a": "The'), encoding="utf-8"
    )
    assert cli.main(["verify", str(bad)]) == 1
    said = capsys.readouterr().out
    assert "loses nothing" in said
    assert "outlier: the solution gets 0 of 1 points" in said


def test_a_file_beside_it_is_imported_in_the_sandbox_too(course, capsys):
    """The references run in the grader, the derivations in a process of their own."""
    folder = course / "shared" / "week3"
    assert cli.main(["new", str(folder)]) == 0
    text = (folder / "exercises.py").read_text(encoding="utf-8")
    title = 'TITLE = "A chapter of my own"'
    text = text.replace(title, f"from titles import SQUARE\n\n{title}")
    text = text.replace('        "Square of a sum",\n', "        SQUARE,\n")
    (folder / "exercises.py").write_text(text, encoding="utf-8")
    (folder / "titles.py").write_text('SQUARE = "Square of a sum"\n', encoding="utf-8")
    assert cli.main(["verify", str(folder)]) == 0, capsys.readouterr().out


def test_students_get_no_reference_and_a_check_that_works(course, capsys):
    files = {path.name for path in (course / "students").iterdir()}
    assert files == {"week3.ipynb", "week3.json"}
    answered(course, WRONG, course / "students" / "mine.ipynb")
    assert cli.main(["check", str(course / "students" / "mine.ipynb")]) == 1
    (course / "students" / "mine.ipynb").unlink()
    said = capsys.readouterr().out
    assert "✗ mean_absolute_error" in said
    assert "✓ doubled_loss: 2 is right." in said
    assert "1 of 4 exercises are solved" in said


def test_a_class_is_graded(course, capsys):
    answered(course, WRONG, course / "in" / "ada" / "week3.ipynb")
    answered(course, {}, course / "in" / "week3_bo.ipynb")
    solution = (course / "week3" / "week3.ipynb").read_bytes()
    (course / "in" / "cy.ipynb").write_bytes(solution)
    other = (course / "students" / "week3.ipynb").read_text(encoding="utf-8")
    other = other.replace('checker(\\"week3\\")', 'checker(\\"02\\")')
    (course / "in" / "di.ipynb").write_text(other, encoding="utf-8")
    places = ["--out", str(course / "grades"), "--seed-file", str(course / "seed.txt")]
    argv = ["grade", str(course / "in"), *places, "--trusted"]
    assert cli.main([*argv, "--chapter", str(course / "week3")]) == 3
    with (course / "grades" / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert {name: row["score"] for name, row in rows.items()} == {
        "ada": "1",
        "bo": "0",
        "cy": "4",
        "di": "",
    }
    assert "chapter 02, not for chapter week3" in rows["di"]["look_at"]
    index = (course / "grades" / "index.html").read_text(encoding="utf-8")
    assert "Exercises week3 · A chapter of my own" in index
    (course / "in" / "di.ipynb").unlink()
    assert cli.main(argv) == 2
    assert "--chapter mycourse/week3" in capsys.readouterr().err


def test_nbgrader_gets_the_solutions_and_the_file_of_the_check(course):
    target = course / "source"
    argv = ["release", str(course / "week3"), "--for-nbgrader", "--to", str(target)]
    assert cli.main(argv) == 0
    assert "### BEGIN SOLUTION" in (target / "week3.ipynb").read_text(encoding="utf-8")
    assert json.loads((target / "week3.json").read_text(encoding="utf-8"))["lossbook pack"] == 1
