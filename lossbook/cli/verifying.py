"""What `lossbook verify` does: test the tests."""

import secrets

from lossbook import _console
from lossbook.cli import place
from lossbook.cli.place import UserError
from lossbook.exercises import CHAPTERS, FORBIDDEN, checker, module_of
from lossbook.grading.marking import verify as verifying
from lossbook.grading.marking.assignment import Assignment
from lossbook.grading.marking.proof_checker import Clerks
from lossbook.grading.marking.secret import Secret
from lossbook.grading.sandbox.open_sandbox import open_sandbox


def verify(args):
    """Print what is wrong with the tests; the exit status is 1 if something is."""
    # A secret of this minute: a test that is right for one secret only is not right.
    secret = Secret(secrets.token_bytes(32))
    wanted = _wanted(args.names)
    complaints = 0
    with (
        open_sandbox(forbidden=FORBIDDEN) as sandbox,
        open_sandbox(forbidden=FORBIDDEN[1:]) as lending,
    ):
        for chapter, exercises in wanted.items():
            every = checker(chapter).exercises.values()
            assignment = Assignment(chapter, every, secret, FORBIDDEN)
            with open_sandbox(proofs=module_of(chapter)) as proofs:
                clerks = Clerks(proofs)
                found = list(_on_chapter(assignment, exercises, sandbox, lending, clerks))
            count = f"{len(exercises)} exercises"
            print(f"chapter {chapter}, {count}: {'as it should be' if not found else 'WRONG'}")
            for complaint in found:
                print(f"  {complaint}")
            complaints += len(found)
    return _console.NO if complaints else _console.YES


def _wanted(names):
    """Chapter → its exercises that are to be looked at."""
    every = {chapter: list(checker(chapter).exercises.values()) for chapter in CHAPTERS}
    known = {exercise.name for exercises in every.values() for exercise in exercises}
    for name in names:
        if name not in every and name not in known:
            raise UserError(f"there is no chapter and no exercise {name!r}")
    if not names:
        return every
    chosen = {
        chapter: [e for e in exercises if chapter in names or e.name in names]
        for chapter, exercises in every.items()
    }
    return {chapter: exercises for chapter, exercises in chosen.items() if exercises}


def _on_chapter(assignment, exercises, sandbox, lending, clerks):
    solution, empty = place.exercise_notebooks(assignment.chapter)
    yield from verifying.notebooks(assignment, sandbox, clerks, solution, empty)
    for exercise in exercises:
        yield from verifying.mistakes(exercise, assignment, lending, clerks)
