"""The gradebook returns what was saved, once for each student and chapter."""

import pytest

from lossbook.grading.gradebook.record import record_name
from lossbook.grading.gradebook.store import Gradebook
from tests.helpers.gradebook_checks import BASIS, check_complete, files
from tests.helpers.sample_results import HUBER, blank, graded


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "grades"


@pytest.mark.parametrize("chapter", ["../02", "", "0 2", None, "x" * 21])
def test_a_chapter_is_letters_and_digits(chapter):
    with pytest.raises(ValueError, match="chapter must be"):
        record_name("ada", chapter)


def test_saved_results_are_read_back_unchanged(folder):
    saved = [blank("bo"), graded("ada"), graded("周志华", look_at=("look",), score=2.5)]
    book = Gradebook(folder)
    for result in saved:
        book.save(result)
    book = Gradebook(folder)
    assert book.results() == sorted(saved, key=lambda one: one.student)
    assert book.results("02") == book.results()
    assert book.results("03") == book.results("2") == []
    assert book.notes == []


HOSTILE = ["../../x", "CON", "", "x" * 300, "a\nb", "🙂", "\udcff", "x-02.json", "\0"]


def test_hostile_names_are_saved_only_inside_the_folder(folder):
    book = Gradebook(folder)
    for student in HOSTILE:
        book.save(graded(student))
    assert [one.student for one in book.results()] == sorted(HOSTILE)
    assert all(book.has(student, "02", *BASIS) for student in HOSTILE)
    assert len(files(folder)) == len(HOSTILE)
    assert {path.name for path in folder.parent.iterdir()} == {"grades"}
    assert {path.name for path in folder.iterdir()} == {"results", "gradebook.lock"}


def test_a_new_result_replaces_the_old_one(folder):
    book = Gradebook(folder)
    book.save(graded(score=1.0))
    book.save(graded(score=1.0))
    book.save(graded(score=4.0, answers=(HUBER,)))
    book.save(graded(chapter="03"))
    results = check_complete(folder)
    assert [(one.chapter, one.score) for one in results] == [("02", 4.0), ("03", 3.0)]


@pytest.mark.parametrize("other", range(5))
def test_only_the_same_file_with_the_same_tests_counts_as_graded(folder, other):
    key = ["ada", "02", *BASIS]
    book = Gradebook(folder)
    assert not book.has(*key)
    book.save(graded())
    assert book.has(*key)
    key[other] = "03"
    assert not book.has(*key)


def test_a_blank_result_counts_as_graded_and_keeps_an_empty_score(folder):
    book = Gradebook(folder)
    book.save(blank())
    assert book.has("bo", "02", *BASIS)
    assert [one.score for one in book.results()] == [None]


def test_only_a_result_can_be_saved(folder):
    with pytest.raises(TypeError, match="must be a Result"):
        Gradebook(folder).save({"student": "ada"})


# --------------------------------------------------------------------------- deaths at work


def test_what_a_killed_grader_had_in_work_is_counted(folder):
    for times in range(3):
        book = Gradebook(folder)  # a new one each time: nothing says that the last one has ended
        assert book.deaths("ada", "02", "f00d") == times
        book.begin("ada", "02", "f00d")
    assert book.deaths("ada", "02", "a new file") == book.deaths("bo", "02", "f00d") == 0


@pytest.mark.parametrize("how", ["saved", "stopped"])
def test_what_is_saved_or_stopped_in_good_order_is_not_counted(folder, how):
    book = Gradebook(folder)
    book.begin("ada", "02", "f00d")
    if how == "saved":
        book.save(graded())
    else:
        book.end_work()
    assert Gradebook(folder).deaths("ada", "02", "f00d") == 0


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"sha256": "f00d", "times": "many"}', "\0"])
def test_a_damaged_note_counts_nothing(folder, text):
    book = Gradebook(folder)
    book.begin("ada", "02", "f00d")
    (folder / "in_work" / record_name("ada", "02")).write_text(text)
    assert book.deaths("ada", "02", "f00d") == 0
