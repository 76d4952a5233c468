"""Points into a gradebook of nbgrader, for its formgrader and its reports.

nbgrader exports an empty grade as 0 unless it is flagged "needs manual grade". A grade that is
empty here always has that flag, so formgrader lists it as work to do.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from lossbook.grading.gradebook.errors import GradebookError
from lossbook.grading.gradebook.overrides import one_chapter
from lossbook.grading.marking.result import Result

# nbgrader uses a student's name as a folder's name, of at most 128 characters.
_LONGEST_NAME = 128
_INVALID_NAME = re.compile(r"[/\\\x00-\x1f\x7f-\x9f\ud800-\udfff]|^\.+$")


def import_into(
    results: Iterable[Result],
    gradebook_url: str,
    assignment: str,
    notebook: str,
    grade_ids: dict[str, str],
    *,
    open_as_zero: bool = False,
) -> list[str]:
    """Write the points of each exercise into the gradebook; return notes on exceptions.

    results : Results of one chapter, or Adjusted ones; nbgrader has no place for a bonus
    gradebook_url : "sqlite:///gradebook.db", as nbgrader writes it
    assignment, notebook : their names there, "hw1" and "02_squared_error_exercises"
    grade_ids : exercise name → grade_id of the cell that carries its points
    open_as_zero : write 0 for an answer that could not be asked; else its grade stays empty

    Missing students are added. Manual grades stay, and are flagged for another look. A second run
    changes nothing more.

    Raises GradebookError, and writes nothing, where nbgrader is missing, or the gradebook has no
    such assignment, notebook or cell, or other points.
    """
    results = one_chapter(results)
    try:
        from nbgrader import api
        from sqlalchemy.exc import SQLAlchemyError  # from nbgrader's database layer
    except ImportError:
        raise GradebookError("nbgrader is not installed; try: pip install nbgrader") from None
    _check_there(gradebook_url)
    try:
        # With a course's name nbgrader would add that course to the gradebook.
        with api.Gradebook(gradebook_url, course_id="") as gradebook:
            _check_cells(gradebook, results, assignment, notebook, grade_ids)
            return [
                note
                for result in results
                for note in _write(gradebook, result, assignment, notebook, grade_ids, open_as_zero)
            ]
    except (api.MissingEntry, api.InvalidEntry, SQLAlchemyError) as error:
        raise GradebookError(f"nbgrader cannot use {gradebook_url}: {error}") from None


def _check_there(url):
    """Reject a mistyped name: nbgrader would create a new, empty gradebook."""
    start = "sqlite:///"
    if url.startswith(start) and not Path(url.removeprefix(start)).is_file():
        raise GradebookError(
            f"there is no gradebook at {url}; `nbgrader generate_assignment` creates it"
        )


def _check_cells(gradebook, results, assignment, notebook, grade_ids):
    gradebook.find_notebook(notebook, assignment)
    points = {answer.name: answer.points for one in results for answer in one.answers}
    for name in points.keys() | grade_ids.keys():
        if name not in grade_ids:
            raise GradebookError(f"grade_ids names no cell for the exercise {name!r}")
        most = gradebook.find_graded_cell(grade_ids[name], notebook, assignment).max_score
        if most != points.get(name, most):
            raise GradebookError(
                f"the exercise {name!r} has {points[name]:g} points here and {most:g} in the "
                "gradebook; generate the assignment again, or grade again"
            )


def _write(gradebook, result, assignment, notebook, grade_ids, open_as_zero):
    student = result.student
    if not student.strip() or len(student) > _LONGEST_NAME or _INVALID_NAME.search(student):
        yield f"{student[:60]!r}: nbgrader accepts no such name, so nothing was written"
        return
    gradebook.update_or_create_student(student)
    with gradebook.db.no_autoflush:  # or SQLAlchemy warns about incomplete rows
        gradebook.update_or_create_submission(assignment, student)
    earned = {one.name: one.earned for one in result.answers if open_as_zero or one.state != "open"}
    for name, grade_id in grade_ids.items():
        grade = gradebook.find_grade(grade_id, notebook, assignment, student)
        grade.auto_score = earned.get(name)
        grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None
        if grade.manual_score is not None:
            yield f"{student}: {name} has {grade.manual_score:g} manual points, which stay"
    gradebook.db.commit()
    if result.score is None:
        yield f"{student}: not graded; nbgrader lists it for manual grading"
