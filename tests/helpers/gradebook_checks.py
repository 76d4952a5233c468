"""Helpers of the gradebook's tests."""

from lossbook.grading.gradebook.record import record_name
from lossbook.grading.gradebook.store import Gradebook
from tests.helpers.sample_results import graded

BASIS = ("a" * 64, "t1", "s1")  # of the results in sample_results.py


def files(folder):
    """The names of the files in the folder of results."""
    return sorted(path.name for path in (folder / "results").iterdir())


def check_complete(folder):
    """The results, each student once and each in a file of its own, with no other file."""
    results = Gradebook(folder).results()
    assert len({(one.student, one.chapter) for one in results}) == len(results)
    assert files(folder) == sorted(record_name(one.student, one.chapter) for one in results)
    return results


def students(folder):
    return [one.student for one in check_complete(folder)]


def save_three(folder):
    """Save three results; return the file of bo's."""
    book = Gradebook(folder)
    for student in ("ada", "bo", "cy"):
        book.save(graded(student))
    return folder / "results" / record_name("bo", "02")
