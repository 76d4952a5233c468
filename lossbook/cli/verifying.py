"""What `lossbook verify` does: test the tests, and the walls."""

import json
import secrets
import tempfile
from pathlib import Path

from lossbook import _console
from lossbook.cli import place
from lossbook.cli.place import Slip
from lossbook.exercises import CHAPTERS, FORBIDDEN, checker
from lossbook.grading.marks import verify as verifying
from lossbook.grading.marks.assignment import Assignment
from lossbook.grading.marks.clerks import Clerks
from lossbook.grading.marks.secret import Secret
from lossbook.grading.marks.sitting import Limits
from lossbook.grading.room.opening import open_room

# What hangs on purpose need not hang for long.
_IMPATIENT = Limits(cell=3, submission=30, reading=15, call=0.5)


def verify(args):
    """Print what is wrong with the tests; the exit status is 1 if something is."""
    # A secret of this minute: a test that is right for one secret only is not right.
    secret = Secret(secrets.token_bytes(32))
    wanted = _wanted(args.names)
    complaints = 0
    with (
        open_room(forbidden=FORBIDDEN) as room,
        open_room(forbidden=FORBIDDEN[1:]) as lending,
    ):
        for chapter, exercises in wanted.items():
            every = checker(chapter).exercises.values()
            assignment = Assignment(chapter, every, secret, FORBIDDEN)
            with open_room("clerk", chapter=chapter) as clerk:
                found = list(_on_chapter(assignment, exercises, room, lending, Clerks(clerk)))
            count = f"{len(exercises)} exercises"
            print(f"chapter {chapter}, {count}: {'as it should be' if not found else 'WRONG'}")
            for complaint in found:
                print(f"  {complaint}")
            complaints += len(found)
    if args.attacks:
        complaints += _attacks(secret)
    return _console.NO if complaints else _console.YES


def _wanted(names):
    """Chapter → its exercises that are to be looked at."""
    every = {chapter: list(checker(chapter).exercises.values()) for chapter in CHAPTERS}
    known = {exercise.name for exercises in every.values() for exercise in exercises}
    for name in names:
        if name not in every and name not in known:
            raise Slip(f"there is no chapter and no exercise {name!r}")
    if not names:
        return every
    chosen = {
        chapter: [e for e in exercises if chapter in names or e.name in names]
        for chapter, exercises in every.items()
    }
    return {chapter: exercises for chapter, exercises in chosen.items() if exercises}


def _on_chapter(assignment, exercises, room, lending, clerks):
    solution, empty = place.exercise_notebooks(assignment.chapter)
    yield from verifying.notebooks(assignment, room, clerks, solution, empty)
    for exercise in exercises:
        yield from verifying.mistakes(exercise, assignment, lending, clerks)


def _attacks(secret):
    """Let every attack at the walls; print those that were not met as they should be."""
    from lossbook.grading.attacks import ATTACKS, Bait
    from lossbook.grading.attacks.trial import trial

    honest = json.loads(place.exercise_notebooks("02")[0].read_text(encoding="utf-8"))
    for cell in honest["cells"]:
        cell["source"] = "".join(cell["source"])
    every = checker("02").exercises.values()
    assignment = Assignment("02", every, secret, FORBIDDEN, _IMPATIENT)
    wrong = 0
    with (
        tempfile.TemporaryDirectory(prefix="lossbook-") as scratch,
        Bait() as bait,
        open_room(forbidden=FORBIDDEN) as room,
        open_room("clerk", chapter="02") as clerk,
    ):
        tried = [attack for attack in ATTACKS if attack.stopped_by(room.walls)]
        for attack, found in trial(
            Path(scratch), honest, assignment, room, Clerks(clerk), bait, tried
        ):
            wrong += bool(found)
            for complaint in found:
                print(f"  {attack.family}, {attack.name}: {complaint}", flush=True)
        missing = len(ATTACKS) - len(tried)
        if missing:
            print(f"  {missing} attacks are left out: tier {room.tier} has no wall against them")
    said = "all met as they should be" if not wrong else f"{wrong} NOT met as they should be"
    print(f"{len(tried)} attacks at tier {room.tier}: {said}")
    return wrong
