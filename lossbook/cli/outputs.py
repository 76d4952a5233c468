"""The files that `lossbook grade` writes: a table, reports, and points for other systems."""

import json
from collections import Counter
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment

from lossbook.cli import place
from lossbook.cli.place import UserError
from lossbook.exercises import Chapter
from lossbook.grading.export.gradescope import write_results_json
from lossbook.grading.export.lms import write_lms_files
from lossbook.grading.export.table import scaled, write_csv
from lossbook.grading.gradebook import roster
from lossbook.grading.gradebook.errors import GradebookError
from lossbook.grading.gradebook.overrides import Adjusted, apply, read_overrides
from lossbook.grading.gradebook.policy import LatePolicy, read_weights, weighted
from lossbook.grading.gradebook.store import Gradebook
from lossbook.grading.marking.released import Released
from lossbook.grading.reports import write_pages
from lossbook.grading.reports.similarity import similarities
from lossbook.grading.reports.student import Adjustment

BLANK = 3  # exit status: everything is written, and some submissions have no score


class Policy(NamedTuple):
    """How the results of a class count.

    points, roster : the teacher's tables of manual points and of the names
    weights, only : "huber=2" and "huber,newsagent", or ""
    scale : the points that all exercises together count, or None for theirs
    late : LatePolicy, or None
    """

    points: Path | None = None
    roster: Path | None = None
    weights: str = ""
    only: str = ""
    scale: float | None = None
    late: LatePolicy | None = None


def write_outputs(
    book: Gradebook,
    chapter: Chapter,
    out: Path,
    *,
    policy: Policy = Policy(),  # noqa: B008 (it is immutable)
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
    policy : Policy
    environment : templates of the reports
    gradescope : results.json to write for the only submission
    nbgrader : URL of nbgrader's gradebook; assignment : its name there, or in Canvas
    open_as_zero : whether other systems get 0 for an answer that could not be asked

    Raises UserError where a file cannot be read or written.
    """
    try:
        results, final, entries = _counted(book.results(chapter.number), chapter, policy)
        similar = _similarities(results, chapter)
        write_csv(final, out / "grades.csv", policy.scale, similar)
        shown = {one.student: _adjustment(one, policy.scale, similar) for one in final}
        paths = write_pages(results, out, chapter.title, shown, environment)
        files = write_lms_files(
            final,
            out,
            pages={one.student: page for one, page in zip(results, paths, strict=False)},
            entries=entries,
            assignment=assignment or chapter.title,
            scale=policy.scale,
            open_as_zero=open_as_zero,
        )
        if gradescope:
            write_results_json(final, gradescope, open_as_zero=open_as_zero)
        if nbgrader:
            _write_to_nbgrader(final, chapter, nbgrader, assignment, open_as_zero)
    except (GradebookError, ValueError, OSError) as error:
        raise UserError(str(error)) from None
    missing = sum(result.status == "missing" for result in final)
    blank = sum(result.score is None for result in final) - missing
    alike = {student for student, one in similar.items() if one.reason}
    look_at = sum(bool(one.look_at) or one.student in alike for one in results)
    partly = sum(bool(result.open_points) for result in final)
    graded = f"{len(final) - blank - missing} graded, {blank} blank, {partly} with open points"
    print(f"chapter {chapter.number}: {graded}{f', {missing} missing' if policy.roster else ''}.")
    if policy.late:
        _say_what_tells_the_time(final)
    print(f"{out / 'index.html'}: the class; {look_at} to look at. {out / 'grades.csv'}")
    for path in files:
        print(f"{path}")
    return BLANK if blank else 0


def _counted(results, chapter, policy):
    """(results to show, the same with what was changed after grading, student → roster.Entry)."""
    exercises = chapter.exercises()
    weights = read_weights(policy.weights, policy.only, (one.name for one in exercises))
    most = sum(one.stars * weights.get(one.name, 1) for one in exercises)
    results, entries = [weighted(one, weights, most) for one in results], {}
    if policy.roster:
        names = roster.read_roster(policy.roster)
        results, entries = roster.match(results, names, chapter.number, most)
    overrides = read_overrides(policy.points, results) if policy.points else {}
    if policy.late:
        overrides = policy.late.added(overrides, results)
        doubts = [(one, policy.late.doubt(one)) for one in results]
        results = [replace(one, look_at=(*one.look_at, *(why and [why]))) for one, why in doubts]
    return results, [apply(one, overrides) for one in results], entries


def _similarities(results, chapter):
    """Student → Similar: beside the class, our solutions, and the references in the package."""

    def cells(path):
        return [source for _, source in Released.of(path.read_bytes(), path.name).cells]

    known = {"the solutions": cells(place.solutions(chapter))}
    if not chapter.folder:
        package = Path(find_spec(chapter.source).origin).parent
        references = [path.read_text(encoding="utf-8") for path in package.glob("*.py")]
        known["the references in the package"] = references
    released = [source for _, source in Released.of(*place.students_notebook(chapter)).cells]
    return similarities({one.student: one.cells for one in results}, known, released)


def _adjustment(result, scale, similar):
    """What the pages show of a result after it was graded."""
    none = scale is None or result.score is None
    mark = "" if none else f"{scaled(result, scale):g} of {scale:g}"
    alike = similar.get(result.student)
    if not isinstance(result, Adjusted):
        return Adjustment(result.score, mark=mark, similar=alike)
    return Adjustment(result.score, result.explanation(), result.comments, mark, alike)


def _say_what_tells_the_time(results):
    sources = Counter(one.time_from or "nothing" for one in results if one.status != "missing")
    late = sum(any(change.line == 0 for change in getattr(one, "by_hand", ())) for one in results)
    print(
        f"late: {late}. The time of handing in is told by "
        + ", ".join(f"{source} ({many})" for source, many in sources.most_common())
    )
    times = {one.handed_in for one in results if one.handed_in}
    if len(results) > 2 and len(times) == 1:
        print("  All have the same time, which is perhaps that of packing or copying them.")


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
