"""`lossbook verify`: test the tests."""

import secrets
import tempfile
from functools import partial
from pathlib import Path

from lossbook import _console
from lossbook.cli import place


def add(commands):
    """Add the command to the parser."""
    parser = place.command(
        commands,
        "verify",
        run,
        summary="test the tests: solutions get all points, known mistakes lose theirs",
        description="Grade the solutions (full marks), the empty notebooks (0), and every known "
        "mistake, which must lose exactly the points of the tests that it fails, and be named. "
        "The exit status is 0 if all is as expected, 1 if not, and 2 if it could not be tested.",
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="EXERCISE",
        help="a chapter (02), an exercise of the course, or a folder of your own; default: the "
        "chapters of the course",
    )


_OTHER = "0000000001"  # the tag of the numbers of draw 1


def run(args, extra):
    place.require_grading()
    from lossbook.exercises import FORBIDDEN
    from lossbook.grading.marking.secret import Secret
    from lossbook.grading.sandbox.open_sandbox import open_sandbox

    selected = _selected(args.names)
    secret = Secret(secrets.token_bytes(32))  # new each time: a test must be right for every one
    problems = 0
    with (
        open_sandbox(forbidden=FORBIDDEN) as sandbox,
        open_sandbox(forbidden=FORBIDDEN[1:]) as trusted,
    ):
        for chapter, exercises in selected:
            found = list(_problems(chapter, exercises, secret, sandbox, trusted))
            verdict = "WRONG" if found else "as expected"
            print(f"chapter {chapter.number}, {len(exercises)} exercises: {verdict}")
            for problem in found:
                print(f"  {problem}")
            problems += len(found)
    return _console.NO if problems else _console.YES


def _selected(names):
    """(Chapter, those of its exercises that `names` selects), for each chapter concerned."""
    from lossbook.exercises import CHAPTERS

    course = [(chapter, chapter.exercises()) for chapter in CHAPTERS.values()]
    if not names:
        return course
    known = {exercise.name for _, exercises in course for exercise in exercises}
    own = [place.chapter(name) for name in names if name not in CHAPTERS and name not in known]
    selected = [
        (chapter, [e for e in exercises if chapter.number in names or e.name in names])
        for chapter, exercises in course
    ] + [(chapter, chapter.exercises()) for chapter in own]
    return [(chapter, exercises) for chapter, exercises in selected if exercises]


def _problems(chapter, exercises, secret, sandbox, trusted):
    from lossbook.exercises import FORBIDDEN
    from lossbook.grading.marking.assignment import Assignment, Variants
    from lossbook.grading.marking.proof_checker import ProofChecker
    from lossbook.grading.marking.released import Released
    from lossbook.grading.marking.verify import (
        verify_draw,
        verify_mistakes,
        verify_notebooks,
        verify_slips,
    )
    from lossbook.grading.sandbox.open_sandbox import open_sandbox
    from lossbook.notebook.release import with_numbers, write

    solution, (data, name) = place.solutions(chapter), place.students_notebook(chapter)
    released, drawn = Released.of(data, name), chapter.drawn()
    variants = Variants(drawn, {_OTHER: "another student"}) if drawn(0)[0] else None
    assignment = Assignment(
        chapter.number,
        chapter.exercises(),
        secret,
        FORBIDDEN,
        released=released,
        variants=variants,
    )
    try:
        _ = assignment.functions
        proofs = open_sandbox(proofs=chapter.source)
    except (OSError, ValueError) as error:
        yield str(error)
        return
    with tempfile.TemporaryDirectory() as folder, proofs:
        empty = Path(folder, name)
        empty.write_bytes(data)
        proof_checker = ProofChecker(proofs)
        if variants:
            first, other = (Path(folder, f"{k}.ipynb") for k in ("first", "other"))
            for path, seed, tag in ((first, 0, ""), (other, int(_OTHER, 16), _OTHER)):
                write(solution, path, cut=partial(with_numbers, numbers=drawn(seed)[0], tag=tag))
            yield from verify_draw(assignment, sandbox, proof_checker, other)
            solution = first
        yield from verify_notebooks(assignment, sandbox, proof_checker, solution, empty)
        # A sandbox has the modules of the course, and no file of a teacher.
        module = None if chapter.folder else chapter.source
        names = {exercise.name for exercise in exercises}
        for exercise in [one for one in assignment.exercises if one.name in names]:
            yield from verify_mistakes(exercise, assignment, trusted, proof_checker, module)
            yield from verify_slips(exercise, assignment)
