"""The table has an empty cell where nothing was graded, and no cell is a formula."""

import csv
import errno
import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossbook.grading.export.table import harmless, write_csv
from lossbook.grading.gradebook.errors import GradebookError
from lossbook.grading.gradebook.overrides import apply, read_overrides
from lossbook.grading.marking.result import Answer
from tests.helpers.sample_results import HUBER, RMSE, blank, graded

NOT_RUN = Answer("entropy", "Bits", "function", 4.0, 0.0, "open")


def table(path):
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "grades.csv"


def test_a_row_for_each_student_and_a_column_for_each_exercise(path):
    write_csv([graded("cy", score=2.5), graded("ada", notes=("read as Latin-1",))], path)
    ada, cy = table(path)
    assert list(ada) == [
        *("student", "id", "score", "open", "most", "root_mean_squared_error", "huber"),
        *("status", "handed_in", "time_from", "numbers", "by_hand", "similar", "similar_to"),
        *("look_at", "notes"),
        *("file", "sha256", "tier", "seed_id", "test_version"),
    ]
    assert (ada["student"], ada["score"], ada["most"]) == ("ada", "3", "5")
    assert (ada["root_mean_squared_error"], ada["huber"]) == ("1", "2")
    assert ada["notes"] == "read as Latin-1"
    assert (cy["student"], cy["score"], cy["file"]) == ("cy", "2.5", "cy/02.ipynb")


def test_a_scale_has_a_column_of_its_own(path):
    one = graded("ada", lms_id="7", handed_in="2026-03-01T12:00:00", time_from="a zip file")
    write_csv([one, blank("bo")], path, 100)
    ada, bo = table(path)
    assert (ada["id"], ada["score"], ada["of 100"], bo["of 100"]) == ("7", "3", "60", "")
    assert (ada["handed_in"], ada["time_from"]) == (one.handed_in, one.time_from)


def test_the_most_similar_file_is_named(path):
    write_csv([graded("ada"), graded("bo")], path, similar={"ada": (87, "=bo")})
    ada, bo = table(path)
    assert (ada["similar"], ada["similar_to"]) == ("87", "'=bo")
    assert (bo["similar"], bo["similar_to"]) == ("", "")


def test_a_missing_grade_is_empty_and_never_zero(path):
    partly = graded("cy", answers=(RMSE, HUBER, NOT_RUN), status="partly run")
    write_csv([blank("bo"), partly, graded("ada", score=0.0)], path)
    ada, bo, cy = table(path)
    assert (ada["score"], ada["open"]) == ("0", "0")
    assert (bo["score"], bo["huber"], bo["entropy"], bo["status"]) == ("", "", "", "blank")
    assert "cut off" in bo["look_at"]
    assert (cy["entropy"], cy["huber"], cy["score"], cy["open"]) == ("", "2", "3", "4")


def test_manual_points_are_in_the_total_and_explained(path, tmp_path):
    given = tmp_path / "overrides.csv"
    given.write_text("student,exercise,points,why\nada,huber,1,=SUM(A1)\nada,,+4,talk\n")
    write_csv([apply(graded("ada"), read_overrides(given, [graded("ada")]))], path)
    (ada,) = table(path)
    assert (ada["score"], ada["huber"]) == ("6", "1")
    assert ada["by_hand"] == (
        "3 points as graded; huber: 1 point (=SUM(A1)); total: +4 points (talk)"
    )


def test_the_file_starts_with_a_byte_order_mark(path):
    write_csv([graded("周志华")], path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert table(path)[0]["student"] == "周志华"


def test_an_empty_class_gives_an_empty_table(path):
    write_csv([], path)
    assert table(path) == []


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\n=1",
        " =1",
        "＝1",
        "x;=1",  # where a semicolon ends a cell
        'x";=1',
        'x;"=1+1"',  # and the quotation mark opens the next
        'x"; "=1',
        "x; @a",
        "=cmd|' /C calc'!A0",
    ],
)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_cell_is_a_formula(path, text, separator):
    result = graded(text, notes=(text,), look_at=(text,), file=text, tier=text)
    write_csv([result], path)
    with path.open(newline="", encoding="utf-8-sig") as file:
        for row in csv.reader(file, delimiter=separator):
            for cell in row:
                assert not re.match(r'["\s]*[=+\-@＝]', cell)


def test_an_apostrophe_is_put_only_before_a_formula(path):
    write_csv([graded("=ada"), graded("a-b"), graded("O'Neill; jr")], path)
    assert [row["student"] for row in table(path)] == ["'=ada", "O'Neill; jr", "a-b"]


def test_invisible_characters_are_written_out(path):
    """Two names that look alike are two names; U+202E would reverse the text after it."""
    write_csv([graded("ada"), graded("ad\u200ba", notes=("\u202egnp.exe",))], path)
    ada, other = table(path)
    assert [ada["student"], other["student"]] == ["ada", "adU+200Ba"]
    assert other["notes"] == "U+202Egnp.exe"


def test_numbers_stay_numbers(path):
    write_csv([graded(score=-0.5)], path)
    assert b",-0.5,0,5," in path.read_bytes()


@given(st.text())
def test_a_harmless_text_does_not_change_again(text):
    made = harmless(text)
    assert not re.match(r"\s*[=+\-@]", made)
    assert not re.search(r";\s*[=+\-@]", made)
    assert harmless(made) == made


def test_each_student_has_one_line(path):
    write_csv([graded("a\nb\x00\ud800\r\nc", notes=("x" * 99_999,))], path)
    assert len(path.read_bytes().splitlines()) == 2
    assert table(path)[0]["notes"] == "x" * 2000 + " …"


def test_a_failed_write_keeps_the_old_table(path, monkeypatch):
    write_csv([graded("ada")], path)

    def forbidden(*_):
        raise PermissionError(errno.EACCES, "Permission denied")  # it is open in Excel

    monkeypatch.setattr(os, "replace", forbidden)
    with pytest.raises(GradebookError, match="open in another program"):
        write_csv([graded("bo")], path)
    assert [row["student"] for row in table(path)] == ["ada"]
    assert [one.name for one in path.parent.iterdir()] == ["grades.csv"]


def test_a_table_holds_one_chapter(path):
    with pytest.raises(ValueError, match="of one chapter"):
        write_csv([graded(), graded(chapter="03")], path)
