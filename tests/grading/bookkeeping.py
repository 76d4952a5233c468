"""What the tests of the book ask of a folder."""

import sqlite3
from contextlib import closing

from made import graded

from lossbook.grading.gradebook.record_names import record_name
from lossbook.grading.gradebook.store import Book

GROUNDS = ("a" * 64, "t1", "s1")  # of the results in made.py


def rows(folder, question):
    with closing(sqlite3.connect(folder / "book.sqlite")) as base:
        return base.execute(question).fetchall()


def records(folder):
    return sorted(path.name for path in (folder / "results").iterdir())


def assert_agreed(folder):
    """The book holds each student once, and SQLite says what the JSON files say."""
    with Book(folder) as book:
        results = book.results()
    assert len({(one.student, one.chapter) for one in results}) == len(results)
    assert len(records(folder)) == len(results)
    assert rows(folder, "SELECT student, chapter, score, notes FROM results ORDER BY 1, 2") == [
        (one.student, one.chapter, one.score, "\n".join(one.notes)) for one in results
    ]
    counted = rows(folder, "SELECT count(*) FROM answers")[0][0]
    assert counted == sum(len(one.answers) for one in results)
    counted = rows(folder, "SELECT count(*) FROM tests")[0][0]
    assert counted == sum(len(answer.tests) for one in results for answer in one.answers)
    return results


def three(folder):
    """Keep three results; the path of the one of bo."""
    with Book(folder) as book:
        for student in ("ada", "bo", "cy"):
            book.keep(graded(student))
    return folder / "results" / record_name("bo", "02")
