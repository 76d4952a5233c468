"""A damaged file costs its own submission, and the index is made again from the files."""

import json
import os
import sqlite3
from contextlib import closing

import pytest
from bookkeeping import GROUNDS, assert_agreed, records, rows, three
from made import graded

from lossbook.grading.gradebook.store import Book


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "grades"


def cut_off(path):
    path.write_bytes(path.read_bytes()[:200])


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut_off, "cut off"),
        (lambda path: path.write_bytes(b""), "cut off"),
        (lambda path: path.write_bytes(b"\xff\xfe\x00"), "UTF-8"),
        (lambda path: path.write_text("[" * 100_000), "nested"),
        (lambda path: path.write_text("[]"), "no stored result"),
        (lambda path: path.write_text('{"answers": []}'), "no stored result"),
        (lambda path: path.write_text(path.read_text().replace('"t1"', "1")), "'test_version'"),
        (lambda path: path.write_text(json.dumps(graded("eve").as_dict())), "belongs into eve-"),
    ],
)
@pytest.mark.parametrize("when", ["closed", "open"])
def test_a_damaged_file_is_set_aside_and_its_submission_is_graded_again(folder, damage, said, when):
    path = three(folder)
    if when == "closed":
        damage(path)
    with Book(folder) as book:
        if when == "open":
            damage(path)
        assert not book.has("bo", "02", *GROUNDS)
        assert [one.student for one in book.results()] == ["ada", "cy"]
        (note,) = book.notes
        assert "counts as not graded" in note
        assert said in note
        assert path.with_name(f"{path.name}.damaged").is_file()
        book.keep(graded("bo"))
        assert len(book.results()) == 3
    with Book(folder) as book:
        assert book.notes == []


def test_a_file_damaged_twice_leaves_both_for_a_person_to_see(folder):
    path = three(folder)
    for _ in range(2):
        cut_off(path)
        with Book(folder) as book:
            book.keep(graded("bo"))
    damaged = [name for name in records(folder) if name.endswith(".damaged")]
    assert len(damaged) == 2


def lose(path):
    path.unlink()


def scramble(path):
    data = bytearray(path.read_bytes())
    data[100:] = os.urandom(len(data) - 100)
    path.write_bytes(bytes(data))


def outdate(path):
    with closing(sqlite3.connect(path)) as base:
        base.execute("PRAGMA user_version = 0")


def fall_behind(path):
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("PRAGMA foreign_keys = ON")
        base.execute("DELETE FROM results WHERE student = 'ada'")
        base.execute("INSERT INTO results (record, stamp, student) VALUES ('x-02.json', '', 'x')")


def leave_answers_behind(path):
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("DELETE FROM results WHERE student = 'ada'")


def fill_with_nonsense(path):
    path.write_text("nonsense " * 999)


HARM = [lose, cut_off, fill_with_nonsense, scramble, outdate, fall_behind, leave_answers_behind]


@pytest.mark.parametrize("harm", HARM)
def test_the_index_is_made_again_from_the_files(folder, harm):
    three(folder)
    harm(folder / "book.sqlite")
    with Book(folder):
        indexed = rows(folder, "SELECT student FROM results ORDER BY 1")
    assert indexed == [("ada",), ("bo",), ("cy",)]
    assert [one.student for one in assert_agreed(folder)] == ["ada", "bo", "cy"]


def test_an_index_that_breaks_while_it_is_used_is_made_again(folder):
    three(folder)
    with Book(folder) as book:
        with closing(sqlite3.connect(folder / "book.sqlite")) as base:
            base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        scramble(folder / "book.sqlite")
        book.keep(graded("dee"))
        assert book.has("ada", "02", *GROUNDS)
    assert [one.student for one in assert_agreed(folder)] == ["ada", "bo", "cy", "dee"]


def test_a_result_that_is_deleted_by_hand_is_graded_again(folder):
    path = three(folder)
    with Book(folder) as book:
        path.unlink()
        assert not book.has("bo", "02", *GROUNDS)
    assert [one.student for one in assert_agreed(folder)] == ["ada", "cy"]
