"""Marks into a gradebook of nbgrader, so that its formgrader and its reports can be used.

nbgrader counts an empty grade as 0 when it exports. It has a flag for that, "needs manual
grade", and a grade that is empty here always has it: formgrader shows it in its list of work.
"""

import re
from pathlib import Path

from lossbook.grading.gradebook.atomic import BookError
from lossbook.grading.gradebook.overrides import one_chapter

# A student's name is a folder's name for nbgrader, and has at most 128 letters in its table.
_LONGEST = 128
_FOREIGN = re.compile(r"[/\\\x00-\x1f\x7f-\x9f\ud800-\udfff]|^\.+$")


def import_into(results, gradebook_url, assignment, notebook, grade_ids):
    """Write the points of each exercise into the gradebook, and return sentences on the rest.

    results : Results of one chapter, or Adjusted ones; a bonus on the total has no place here
    gradebook_url : "sqlite:///gradebook.db", as nbgrader writes it
    assignment, notebook : their names there, "hw1" and "02_squared_error"
    grade_ids : dict of exercise name → grade_id of the cell that carries its points

    Students are made where the gradebook has none. What a person has graded by hand stays, and
    is marked to be looked at again. Run twice, it changes nothing more.

    Raises BookError where nbgrader is missing, and where the gradebook has no such assignment,
    notebook or cell, or gives other points; nothing is written then.
    """
    results = one_chapter(results)
    try:
        from nbgrader import api
        from sqlalchemy.exc import SQLAlchemyError  # what nbgrader keeps its gradebook with
    except ImportError:
        raise BookError("nbgrader is not installed; try: pip install nbgrader") from None
    _check_there(gradebook_url)
    refusals = (api.MissingEntry, api.InvalidEntry, SQLAlchemyError)
    try:
        # Without a course's name, because with one nbgrader would add it to the gradebook.
        with api.Gradebook(gradebook_url, course_id="") as gradebook:
            _check_cells(gradebook, results, assignment, notebook, grade_ids)
            return [
                note
                for result in results
                for note in _write(gradebook, result, assignment, notebook, grade_ids)
            ]
    except refusals as error:
        raise BookError(f"nbgrader cannot use {gradebook_url}: {error}") from None


def _check_there(url):
    """nbgrader would make a new, empty gradebook where a name is mistyped."""
    start = "sqlite:///"
    if url.startswith(start) and not Path(url.removeprefix(start)).is_file():
        raise BookError(f"there is no gradebook at {url}; `nbgrader generate_assignment` makes it")


def _check_cells(gradebook, results, assignment, notebook, grade_ids):
    gradebook.find_notebook(notebook, assignment)
    points = {answer.name: answer.points for one in results for answer in one.answers}
    for name in points.keys() | grade_ids.keys():
        if name not in grade_ids:
            raise BookError(f"grade_ids names no cell for the exercise {name!r}")
        most = gradebook.find_graded_cell(grade_ids[name], notebook, assignment).max_score
        if most != points.get(name, most):
            raise BookError(
                f"the exercise {name!r} has {points[name]:g} points here and {most:g} in the "
                "gradebook; make the assignment again, or grade again"
            )


def _write(gradebook, result, assignment, notebook, grade_ids):
    student = result.student
    if not student.strip() or len(student) > _LONGEST or _FOREIGN.search(student):
        yield f"{student[:60]!r}: nbgrader takes no such name, so nothing was written"
        return
    gradebook.update_or_create_student(student)
    with gradebook.db.no_autoflush:  # or SQLAlchemy warns of rows that are not yet whole
        gradebook.update_or_create_submission(assignment, student)
    earned = {one.name: one.earned for one in result.answers if one.state != "not run"}
    for name, grade_id in grade_ids.items():
        grade = gradebook.find_grade(grade_id, notebook, assignment, student)
        grade.auto_score = earned.get(name)
        grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None
        if grade.manual_score is not None:
            yield f"{student}: {name} has {grade.manual_score:g} points by hand, and keeps them"
    gradebook.db.commit()
    if result.score is None:
        yield f"{student}: not graded; nbgrader has it on the list for grading by hand"
