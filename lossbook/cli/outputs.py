"""The files that `lossbook grade` writes: a table, reports, and points for other systems."""

import json
from pathlib import Path

from jinja2 import Environment

from lossbook.cli import place
from lossbook.cli.place import UserError
from lossbook.exercises import Chapter
from lossbook.grading.export.gradescope import write_results_json
from lossbook.grading.export.table import write_csv
from lossbook.grading.gradebook.errors import GradebookError
from lossbook.grading.gradebook.overrides import Adjusted, apply, read_overrides
from lossbook.grading.gradebook.store import Gradebook
from lossbook.grading.reports import write_pages

BLANK = 3  # exit status: everything is written, and some submissions have no score


def write_outputs(
    book: Gradebook,
    chapter: Chapter,
    out: Path,
    *,
    points: Path | None = None,
    environment: Environment | None = None,
    gradescope: Path | None = None,
    nbgrader: str | None = None,
    assignment: str | None = None,
    open_as_zero: bool = False,
) -> int:
    """Write the results of a chapter; return 0, or BLANK if some could not be graded.

    Parameters
    ----------
    book, chapter : where the results are
    out : folder for grades.csv and the reports
    points : the teacher's table of late and manual points
    environment : templates of the reports
    gradescope : results.json to write for the only submission
    nbgrader, assignment : URL of nbgrader's gradebook, and the assignment's name there
    open_as_zero : whether both get 0 for an answer that could not be asked

    Raises UserError where a file cannot be read or written.
    """
    results = book.results(chapter.number)
    try:
        overrides = read_overrides(points, results) if points else {}
        final = [apply(result, overrides) for result in results]
        write_csv(final, out / "grades.csv")
        adjusted = {
            one.student: (one.score, one.explanation())
            for one in final
            if isinstance(one, Adjusted)
        }
        write_pages(results, out, chapter.title, adjusted, environment)
        if gradescope:
            write_results_json(final, gradescope, open_as_zero=open_as_zero)
        if nbgrader:
            _write_to_nbgrader(final, chapter, nbgrader, assignment, open_as_zero)
    except (GradebookError, ValueError, OSError) as error:
        raise UserError(str(error)) from None
    blank = sum(result.score is None for result in final)
    look_at = sum(bool(result.look_at) for result in results)
    partly = sum(bool(result.open_points) for result in final)
    graded = f"{len(final) - blank} graded, {blank} blank, {partly} with open points"
    print(f"chapter {chapter.number}: {graded}.")
    print(f"{out / 'index.html'}: the class; {look_at} to look at. {out / 'grades.csv'}")
    return BLANK if blank else 0


def _write_to_nbgrader(results, chapter, url, assignment, open_as_zero):
    from lossbook.grading.export.nbgrader import import_into

    notebook = place.solutions(chapter)
    exercises = {answer.name for result in results for answer in result.answers}
    ids = _grade_ids(notebook, exercises)
    name = Path(chapter.students_file).stem
    notes = import_into(results, url, assignment, name, ids, open_as_zero=open_as_zero)
    print(f"{url}: points of {len(results)} students")
    for note in notes:
        print(f"  {note}")


def _grade_ids(notebook, exercises):
    """Exercise → the grade_id of the cell that carries its points."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    ids = [cell["metadata"].get("nbgrader", {}).get("grade_id", "") for cell in cells]
    return {
        name: grade_id
        for name in exercises
        for grade_id in ids
        if grade_id.endswith(f"-{name.replace('_', '-')}-check")
    }
