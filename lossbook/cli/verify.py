"""`lossbook verify`: test the tests."""

import secrets

from lossbook import _console
from lossbook.cli import place
from lossbook.cli.place import UserError


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
        "names", nargs="*", metavar="EXERCISE", help="a chapter (02) or an exercise; default: all"
    )


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
        for chapter, exercises in selected.items():
            found = list(_problems(chapter, exercises, secret, sandbox, trusted))
            verdict = "WRONG" if found else "as expected"
            print(f"chapter {chapter}, {len(exercises)} exercises: {verdict}")
            for problem in found:
                print(f"  {problem}")
            problems += len(found)
    return _console.NO if problems else _console.YES


def _selected(names):
    """Chapter → those of its exercises that `names` selects."""
    from lossbook.exercises import CHAPTERS, checker

    every = {chapter: list(checker(chapter).exercises.values()) for chapter in CHAPTERS}
    known = {exercise.name for exercises in every.values() for exercise in exercises}
    for name in names:
        if name not in every and name not in known:
            raise UserError(f"there is no chapter and no exercise {name!r}")
    if not names:
        return every
    selected = {
        chapter: [e for e in exercises if chapter in names or e.name in names]
        for chapter, exercises in every.items()
    }
    return {chapter: exercises for chapter, exercises in selected.items() if exercises}


def _problems(chapter, exercises, secret, sandbox, trusted):
    from lossbook.exercises import FORBIDDEN, checker, module_of
    from lossbook.grading.marking.assignment import Assignment
    from lossbook.grading.marking.proof_checker import ProofChecker
    from lossbook.grading.marking.verify import verify_mistakes, verify_notebooks
    from lossbook.grading.sandbox.open_sandbox import open_sandbox

    assignment = Assignment(chapter, checker(chapter).exercises.values(), secret, FORBIDDEN)
    solution, empty = place.exercise_notebooks(chapter)
    with open_sandbox(proofs=module_of(chapter)) as proofs:
        proof_checker = ProofChecker(proofs)
        yield from verify_notebooks(assignment, sandbox, proof_checker, solution, empty)
        for exercise in exercises:
            yield from verify_mistakes(exercise, assignment, trusted, proof_checker)
