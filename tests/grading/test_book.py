"""The book: what is kept comes back, once, under a name that is safe everywhere."""

from dataclasses import replace

import pytest
from bookkeeping import GROUNDS, assert_agreed, records, rows
from hypothesis import given
from hypothesis import strategies as st
from made import HUBER, RMSE, blank, graded

from lossbook.grading.gradebook.record_names import record_name
from lossbook.grading.gradebook.store import Book
from lossbook.grading.safe_names import safe_name


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "grades"


# --------------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("student", "reads"),
    [
        ("Ada Lovelace", "ada-lovelace"),
        ("../../x", "x"),
        ("..\\..\\C:\\x", "c-x"),
        ("CON", "con"),  # of Windows; what follows makes it an ordinary name
        ("a/b\nc\x00d", "a-b-c-d"),
        (".hidden", "hidden"),
        ("周志华", "周志华"),
        ("Zoë", "zoë"),
        ("", ""),
        ("🙂", ""),
        ("\udce9", ""),  # a byte of Latin-1 in a file name that should be UTF-8
        ("x" * 300, "x" * 24),
        ("𝒳" * 300, "𝒳" * 24),
    ],
)
def test_a_name_becomes_a_safe_and_readable_file_name(student, reads):
    name = safe_name(student)
    assert name.rpartition("-")[0] == reads
    assert len(record_name(student, "02").encode()) < 143  # the shortest limit that we know of


def test_names_that_look_alike_have_files_of_their_own():
    alike = ["ada", "Ada", "ADA", "a da", "a-da", "ada ", "a" * 300, "a" * 301, "", " ", "-", "."]
    assert len({safe_name(name) for name in alike}) == len(alike)


@given(st.text(), st.text())
def test_a_file_name_is_safe_and_tells_names_apart(one, other):
    name = safe_name(one)
    assert all(sign.isalnum() or sign == "-" for sign in name)
    assert name == name.casefold()
    assert (name == safe_name(other)) == (one == other)


@pytest.mark.parametrize("chapter", ["../02", "", "0 2", None, "x" * 21])
def test_a_chapter_is_letters_and_digits(chapter):
    with pytest.raises(ValueError, match="chapter must be"):
        record_name("ada", chapter)


# --------------------------------------------------------------------------- keep, look up


def test_what_is_kept_comes_back_as_it_was(folder):
    kept = [blank("bo"), graded("ada"), graded("周志华", look_at=("look",), score=2.5)]
    with Book(folder) as book:
        for result in kept:
            book.keep(result)
    with Book(folder) as book:
        assert book.results() == sorted(kept, key=lambda one: one.student)
        assert book.results("03") == []
        assert book.notes == []


HOSTILE = ["../../x", "CON", "", "x" * 300, "a\nb", "🙂", "\udcff", "'; DROP TABLE results;", "\0"]


def test_hostile_names_are_kept_like_any_other_and_only_inside_the_folder(folder):
    with Book(folder) as book:
        for student in HOSTILE:
            book.keep(graded(student))
        assert [one.student for one in book.results()] == sorted(HOSTILE)
        assert all(book.has(student, "02", *GROUNDS) for student in HOSTILE)
    assert len(records(folder)) == len(HOSTILE)
    assert {path.name for path in folder.parent.iterdir()} == {"grades"}
    assert {path.name for path in folder.iterdir()} == {"results", "book.lock", "book.sqlite"}


def test_the_same_student_is_replaced_and_never_doubled(folder):
    with Book(folder) as book:
        book.keep(graded(score=1.0))
        book.keep(graded(score=1.0))
        book.keep(graded(score=4.0, answers=(HUBER,)))
        book.keep(graded(chapter="03"))
    results = assert_agreed(folder)
    assert [(one.chapter, one.score) for one in results] == [("02", 4.0), ("03", 3.0)]


@pytest.mark.parametrize("other", range(5))
def test_only_the_same_file_and_the_same_tests_count_as_graded(folder, other):
    asked = ["ada", "02", *GROUNDS]
    with Book(folder) as book:
        assert not book.has(*asked)
        book.keep(graded())
        assert book.has(*asked)
        asked[other] = "03"
        assert not book.has(*asked)


def test_a_blank_result_counts_as_looked_at_and_its_score_stays_empty(folder):
    with Book(folder) as book:
        book.keep(blank())
        assert book.has("bo", "02", *GROUNDS)
    assert rows(folder, "SELECT score FROM results") == [(None,)]


def test_only_a_result_is_kept(folder):
    with Book(folder) as book, pytest.raises(TypeError, match="must be a Result"):
        book.keep({"student": "ada"})


def test_the_tables_answer_a_teachers_questions(folder):
    with Book(folder) as book:
        for k in range(4):
            solved = replace(RMSE, earned=3.0, state="solved", mistake="")
            book.keep(graded(f"student {k}", answers=(RMSE if k else solved, HUBER)))
    hardest = "SELECT name, sum(earned) FROM answers GROUP BY name ORDER BY 2"
    assert rows(folder, hardest) == [("root_mean_squared_error", 6.0), ("huber", 8.0)]
    common = "SELECT mistake, count(*) FROM answers WHERE mistake <> '' GROUP BY mistake"
    assert rows(folder, common) == [("you square before you scale.", 3)]
    failed = "SELECT name, about, count(*) FROM tests WHERE earned < points GROUP BY name, about"
    assert rows(folder, failed) == [("root_mean_squared_error", "huge residuals", 4)]
