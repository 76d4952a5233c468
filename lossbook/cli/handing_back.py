"""What `lossbook grade` writes: a table, pages, and marks for Gradescope and for nbgrader."""

import json
from importlib import import_module

from lossbook.cli import place
from lossbook.cli.place import Slip
from lossbook.grading.export.gradescope import write_json
from lossbook.grading.export.table import write_csv
from lossbook.grading.gradebook.atomic import BookError
from lossbook.grading.gradebook.overrides import Adjusted, apply, read_overrides
from lossbook.grading.gradebook.record_names import record_name
from lossbook.grading.reports import write_pages

BLANK = 3  # exit status: all is written, and a person should look at what is blank


def write(args, book, chapter):
    """Write what the book has on the chapter; BLANK if something could not be graded."""
    results = book.results(chapter)
    try:
        overrides = read_overrides(args.points, results) if args.points else None
        counted = [apply(result, overrides) for result in results]
        write_csv(counted, args.out / "grades.csv")
        write_pages(results, args.out, title(chapter), _adjusted(counted))
        (args.out / "gradescope").mkdir(exist_ok=True)
        for result in counted:
            name = record_name(result.student, result.chapter)
            write_json(result, args.out / "gradescope" / name)
        if args.gradebook:
            _into_nbgrader(args, counted, chapter)
    except (BookError, ValueError, OSError) as error:
        raise Slip(str(error)) from None
    blank = sum(result.score is None for result in counted)
    look_at = sum(bool(result.look_at) for result in results)
    print(f"chapter {chapter}: {len(counted) - blank} graded, {blank} blank.")
    print(f"{args.out / 'index.html'}: the class; {look_at} to look at. {args.out / 'grades.csv'}")
    return BLANK if blank else 0


def title(chapter):
    """ "Squared error and its relatives" """
    first = import_module(f"lossbook.exercises.chapter{chapter}").__doc__.splitlines()[0]
    words = first.partition(": ")[2].rstrip(".")
    return words[:1].upper() + words[1:]


def _adjusted(counted):
    """Student → (score, why), for those whose score a person has changed."""
    return {one.student: (one.score, one.say()) for one in counted if isinstance(one, Adjusted)}


def _into_nbgrader(args, counted, chapter):
    from lossbook.grading.export.nbgrader import import_into

    notebook = place.exercise_notebooks(chapter)[0]
    exercises = [answer.name for result in counted for answer in result.answers]
    ids = _grade_ids(notebook, dict.fromkeys(exercises))
    notes = import_into(counted, args.gradebook, args.assignment, notebook.stem, ids)
    print(f"{args.gradebook}: marks of {len(counted)} students")
    for note in notes:
        print(f"  {note}")


def _grade_ids(notebook, exercises):
    """Exercise → the grade_id of the cell that carries its points."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    ids = [cell["metadata"].get("nbgrader", {}).get("grade_id", "") for cell in cells]
    return {
        name: one
        for name in exercises
        for one in ids
        if one.endswith(f"-{name.replace('_', '-')}-check")
    }
