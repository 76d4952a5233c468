"""One submission → its marks. The judge: it knows the tests and runs none of the student's code.

    with open_sandbox(forbidden=…) as sandbox, open_sandbox(proofs=…) as second:
        result = grade(submission, assignment, sandbox, Clerks(second))

It asks the sandbox for values and compares them here. The words are those of the instant check, on
the cases that every student can see; of the secret ones only their kind is told.
"""

import datetime
import hashlib
import os
import stat
import time
from contextlib import nullcontext
from functools import partial

from lossbook.checking import report
from lossbook.checking.compare import NOT_TRIED
from lossbook.checking.spec import Choice, Function, Prediction, Proof
from lossbook.grading.marking import points
from lossbook.grading.marking.assignment import versions
from lossbook.grading.marking.result import Answer, Result, Test
from lossbook.grading.marking.submission_session import Sitting, Unreadable
from lossbook.grading.sandbox.session import SandboxGone

LARGEST = 200 << 20  # bytes of a file; old outputs can be huge
_TRIES = 3
_KINDS = {
    Function: "function", Prediction: "number", Choice: "choice", Proof: "derivation"
}  # fmt: skip


def grade(submission, assignment, sandbox, clerks, stopped=lambda: False, turns=None):
    """The Result of a submission: an object with student, path, name and notes.

    Never raises for what was handed in. A sandbox that ends is opened again and the submission is
    graded anew; after three times it is blank and a person should look. Raises SandboxGone if
    `stopped()` says that it was closed on purpose. `turns` are those of the judges that work at the
    same time: who was late for want of a processor is graded anew, alone.
    """
    began = time.monotonic()
    try:
        with _opened(submission.path) as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            fields = _in_sandbox(submission, assignment, sandbox, clerks, file, stopped, turns)
    except (Unreadable, OSError) as error:
        why = f"{error.strerror}." if getattr(error, "strerror", None) else str(error)
        return blank_result(submission, assignment, why, tier=sandbox.tier)
    if fields is None:
        why = f"The sandbox in which it ran was ended {_TRIES} times."
        return blank_result(submission, assignment, why, tier=sandbox.tier)
    seconds = round(time.monotonic() - began, 3)
    measured = {"sha256": sha256, "tier": sandbox.tier, "seconds": seconds}
    return _result(submission, assignment, fields, **measured)


def blank_result(submission, assignment, why, *, sha256="", tier=""):
    """The Result of what could not be graded, because of the sentence `why`: no score, not 0.

    Without the file's hash it is graded again in the next run.
    """
    fields = {"status": "blank", "score": None, "notes": (why,), "look_at": (why,)}
    return _result(submission, assignment, fields, sha256=sha256, tier=tier)


def digest(path):
    """The hash of a file; "" where it cannot be read."""
    try:
        with _opened(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (Unreadable, OSError):
        return ""


def _result(submission, assignment, fields, **more):
    return Result(
        student=submission.student,
        file=submission.name,
        chapter=assignment.chapter,
        most=assignment.most,
        seed_id=assignment.secret.id,
        test_version=assignment.test_version,
        versions=versions(),
        when=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        **(fields | {"notes": (*submission.notes, *fields["notes"])}),
        **more,
    )


def _in_sandbox(submission, assignment, sandbox, clerks, file, stopped, turns):
    """The fields of a Result, or None if every sandbox was ended."""
    killed, turn, limits = 0, turns.beside if turns else nullcontext, assignment.limits
    for _ in range(_TRIES):
        starts = sandbox.starts, clerks.sandbox.starts
        file.seek(0)
        try:
            with turn(), Sitting(sandbox, file, submission.name, limits) as sitting:
                fields = _graded(assignment, sitting, clerks)
            killed += sitting.killed
            once_killed = sitting.killed and killed < 2  # it may have been somebody else's doing
            if sitting.starved and turns and turn != turns.alone:
                turn = turns.alone
            elif not once_killed:
                return fields
        except SandboxGone:
            if stopped():
                raise
            for one, number in zip((sandbox, clerks.sandbox), starts, strict=True):
                if one.gone:
                    one.restart(number)
    return None


def _opened(path):
    """The file, if it is one, not followed anywhere else. Raises OSError and Unreadable."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    file = os.fdopen(os.open(path, flags | getattr(os, "O_BINARY", 0)), "rb")
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode):
        file.close()
        raise Unreadable("It is no ordinary file.")
    if status.st_size > LARGEST:
        file.close()
        raise Unreadable(f"It has {status.st_size >> 20} MB; the limit is {LARGEST >> 20}.")
    return file


def _graded(assignment, sitting, clerks):
    """The fields of a Result."""
    try:
        sitting.read()
    except Unreadable as error:
        why = str(error)
        return {"status": "blank", "score": None, "notes": (why,), "look_at": (why,)}
    openly = _openly(assignment, sitting, clerks)
    notes = (*sitting.notes, *_cell_notes(sitting))
    answers = tuple(openly[exercise.name]() for exercise in assignment.exercises)
    sitting.close()
    look_at = (*_left_out(sitting), *_suspicions(answers))
    stopped = sitting.left_out or sitting.restarts
    return {
        "status": "partly run" if stopped else "graded",
        "score": round(sum(answer.earned for answer in answers), 2),
        "answers": answers,
        "notes": notes,
        "look_at": look_at,
        "cells": tuple(sitting.cells),
        "restarts": sitting.restarts,
        "memory": sitting.memory,
    }


def _openly(assignment, sitting, clerks):
    """Exercise → function that asks it the secret cases and gives its Answer.

    All that is told in a submission's own words is heard before its process meets the first
    secret case: what it returns or raises later could carry the case out. Derivations come first
    of all, while none of its code has run: nobody watches its process while a clerk reads them.
    """
    derivations_first = sorted(assignment.exercises, key=lambda one: not isinstance(one, Proof))
    return {one.name: _begin(one, assignment, sitting, clerks) for one in derivations_first}


# ----------------------------------------------------------------------- kinds of exercises


def mark(exercise, assignment, sitting, clerks):
    """The Answer to one exercise."""
    return _begin(exercise, assignment, sitting, clerks)()


def _begin(exercise, assignment, sitting, clerks):
    """Ask what everybody may see; the function that comes back asks the rest."""
    return _MARKS[type(exercise)](exercise, assignment, sitting, clerks)


def _mark_function(exercise, assignment, sitting, clerks):
    graded = assignment.graded[exercise.name]

    def call(args, kwargs=None):
        seconds = assignment.limits.seconds_for(exercise)
        return sitting.call(exercise.name, args, kwargs or {}, seconds)

    said = report.on_calls(graded.public, call)
    return partial(_with_the_secret, exercise, graded, call, said)


def _with_the_secret(exercise, graded, call, said):
    findings = [_secretly(drawn, call, said) for drawn in graded.secret]
    tests = points.earned(graded.plans, said.findings, findings)
    if said.state == "solved" and points.total(tests) < exercise.stars:
        head = f"{exercise.name}: right in every case that you can see, and not in the others."
        said = said._replace(state="wrong", head=head, says=())
    return _answer(exercise, said, tests)


def _secretly(drawn, call, said):
    """The findings on a secret draw, unless the visible cases have shown that it is no use."""
    if said.state == "not yet":
        return said.findings[:1] * len(drawn.cases)
    if any(finding and finding.kind in _STOPS for finding in said.findings):
        return (NOT_TRIED,) * len(drawn.cases)
    return report.on_calls(drawn, call).findings


_STOPS = {"too slow", "lost", "not tried"}


def _mark_value(exercise, assignment, sitting, clerks):
    given = sitting.value(exercise.name, exercise.variable)
    on = report.on_prediction if isinstance(exercise, Prediction) else report.on_choice
    if given.kind in ("value", "missing"):
        return partial(_answer, exercise, on(exercise, given.value), _whole(exercise, given.kind))
    said = report.Report(exercise, "wrong", f"{exercise.name}: {given.words}.")
    return partial(_answer, exercise, said, _whole(exercise, given.kind))


def _mark_proof(exercise, assignment, sitting, clerks):
    body = sitting.attempts.get(exercise.name)
    if body is None:
        said = report.on_proof(exercise, None)
        return partial(_answer, exercise, said, _whole(exercise, "missing"))
    seeds = assignment.seeds(exercise)
    state, head, shown, says = clerks.check(exercise.name, body, seeds)
    said = report.Report(exercise, state, head, shown, says)
    return partial(_answer, exercise, said, _whole(exercise, "value"))


_MARKS = {
    Function: _mark_function, Prediction: _mark_value, Choice: _mark_value, Proof: _mark_proof
}  # fmt: skip


def _whole(exercise, kind):
    """One test for all of an exercise's points."""
    words = "nothing is written yet" if kind == "missing" else "it is not right"
    return (Test("the answer", exercise.stars, 0.0, False, words),)


def _answer(exercise, said, tests):
    """An Answer; an exercise with one test earns it where the report calls it solved."""
    if said.solved and not isinstance(exercise, Function):
        tests = tuple(Test(t.about, t.points, t.points, t.visible) for t in tests)
    return Answer(
        name=exercise.name,
        title=exercise.title,
        kind=_KINDS[type(exercise)],
        points=exercise.stars,
        earned=points.total(tests),
        state=said.state,
        head=said.head,
        shown=said.shown,
        says=said.says,
        mistake=_named(exercise, said),
        tests=tests,
    )


def _named(exercise, said):
    """The sentence of the mistake that was recognised; to a wrong number or letter there is one."""
    if said.mistake:
        return said.mistake.says
    tempted = isinstance(exercise, (Prediction, Choice)) and not said.solved
    return said.says[0] if tempted and said.says else ""


# ------------------------------------------------------------------------ what is to be said


def _cell_notes(sitting):
    for number in sitting.again:
        yield f"Cell {number + 1} needs a later one; it was run again after it."
    for number, (kind, words) in sorted(sitting.raised.items()):
        yield f"Cell {number + 1} raised {kind}{': ' if words else ''}{words}"


def _left_out(sitting):
    for number, why in sorted(sitting.left_out.items()):
        yield f"Cell {number + 1} was left out: {why}."


def _suspicions(answers):
    for answer in answers:
        visible = [test for test in answer.tests if test.visible]
        wrong = [test for test in answer.tests if not test.visible and test.words]
        if visible and len(wrong) and not any(map(_is_wrong, visible)):
            yield (
                f"{answer.name} is right in every case that students can see and wrong in drawn "
                "ones: is it a table of the printed examples?"
            )


def _is_wrong(test):
    return bool(test.words) and not test.words.startswith("right")
