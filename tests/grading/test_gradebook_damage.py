"""A damaged file costs its own submission and nothing else."""

import json

import pytest

from lossbook.grading.gradebook.store import Gradebook
from tests.helpers.gradebook_checks import BASIS, files, save_three, students
from tests.helpers.sample_results import graded


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "grades"


def truncate(path):
    path.write_bytes(path.read_bytes()[:200])


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (truncate, "cut off"),
        (lambda path: path.write_bytes(b""), "cut off"),
        (lambda path: path.write_bytes(b"\xff\xfe\x00"), "UTF-8"),
        (lambda path: path.write_text("[" * 100_000), "nested"),
        (lambda path: path.write_text("[]"), "not a stored result"),
        (lambda path: path.write_text('{"answers": []}'), "not a stored result"),
        (lambda path: path.write_text(path.read_text().replace('"t1"', "1")), "'test_version'"),
        (lambda path: path.write_text(json.dumps(graded("eve").as_dict())), "result for eve-"),
    ],
)
@pytest.mark.parametrize("asks", ["has", "results", "save"])
def test_a_damaged_file_is_renamed_and_its_submission_is_graded_again(folder, damage, reason, asks):
    path = save_three(folder)
    book = Gradebook(folder)
    damage(path)
    if asks == "has":
        assert not book.has("bo", "02", *BASIS)
    if asks == "save":  # as `lossbook grade --regrade` does, which does not look before
        book.save(graded("bo"))
    else:
        assert [one.student for one in book.results()] == ["ada", "cy"]
    (note,) = book.notes
    assert "counts as not graded" in note
    assert reason in note
    assert path.with_name(f"{path.name}.damaged").is_file()
    book.save(graded("bo"))
    assert len(book.results()) == 3
    assert len(book.notes) == 1


def test_a_file_damaged_twice_leaves_both_versions(folder):
    path = save_three(folder)
    book = Gradebook(folder)
    for _ in range(2):
        truncate(path)
        assert not book.has("bo", "02", *BASIS)
        book.save(graded("bo"))
    assert len([name for name in files(folder) if name.endswith(".damaged")]) == 2


def test_a_result_that_is_deleted_by_hand_is_graded_again(folder):
    path = save_three(folder)
    book = Gradebook(folder)
    path.unlink()
    assert not book.has("bo", "02", *BASIS)
    assert students(folder) == ["ada", "cy"]


def test_a_result_that_is_edited_by_hand_counts_as_edited(folder):
    path = save_three(folder)
    path.write_text(path.read_text().replace('"score": 3.0', '"score": 4'))
    assert [one.score for one in Gradebook(folder).results()] == [3.0, 4, 3.0]
