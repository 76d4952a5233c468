"""One submission → its Result. This code knows the tests and runs none of the student's code.

    with open_sandbox(forbidden=…) as sandbox, open_sandbox(proofs=…) as proofs:
        result = grade(submission, assignment, sandbox, ProofChecker(proofs))

It asks the sandbox for values and compares them here. On visible cases the feedback is that of the
instant check; of hidden cases only the kind of failure is reported.
"""

import datetime
import hashlib
import os
import time
from dataclasses import replace
from functools import partial

from lossbook.checking import report as reports
from lossbook.checking.compare import NOT_TRIED
from lossbook.checking.spec import Choice, Function, Prediction, Proof
from lossbook.grading.marking import points
from lossbook.grading.marking.assignment import versions
from lossbook.grading.marking.lender import Lender
from lossbook.grading.marking.open_answers import (
    HANGS,
    Asked,
    called,
    not_asked,
    only_form,
    undefined,
    written,
)
from lossbook.grading.marking.result import Answer, Result, Test
from lossbook.grading.marking.submission_session import SubmissionSession
from lossbook.grading.sandbox.session import SandboxGone
from lossbook.grading.sandbox.worker import UNDEFINED
from lossbook.grading.submissions.content import Unreadable, open_regular

LARGEST = 200 << 20  # bytes of a file; old outputs can be huge
_TRIES = 3
_OF_FILE = ("notes", "look_at")  # what is said of the file comes first
_KINDS = {
    Function: "function", Prediction: "number", Choice: "choice", Proof: "derivation"
}  # fmt: skip


def grade(submission, assignment, sandbox, proof_checker, *, stopped=lambda: False):
    """The Result of a Submission.

    submission : Submission
    assignment : Assignment
    sandbox : Sandbox for submissions
    proof_checker : ProofChecker
    stopped : callable, whether the sandbox was closed on purpose

    Never raises for the content of the file. If the sandbox ends, it is restarted and the
    submission is graded again; after three times the result is blank. Raises SandboxGone if the
    sandbox ended and `stopped()` is true.
    """
    began = time.monotonic()
    try:
        with _opened(submission.path) as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            run = partial(_in_sandbox, submission, assignment, sandbox, proof_checker, file)
            fields = run(stopped)
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
    """The Result of a submission that could not be graded: no score, and the sentence `why`.

    Without the hash of the file the next run grades it again.
    """
    return _result(submission, assignment, _blank(why), sha256=sha256, tier=tier)


def digest(path):
    """The hash of a file; "" where it cannot be read."""
    try:
        with _opened(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (Unreadable, OSError):
        return ""


def _blank(why):
    return {"status": "blank", "score": None, "notes": (why,), "look_at": (why,)}


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
        lms_id=submission.lms_id,
        lms_name=submission.lms_name,
        handed_in=submission.handed_in,
        time_from=submission.time_from,
        **(fields | {name: (*getattr(submission, name), *fields[name]) for name in _OF_FILE}),
        **more,
    )


def _in_sandbox(submission, assignment, sandbox, proof_checker, file, stopped):
    """The fields of a Result, or None if the sandbox ended each time."""
    killed = 0
    for _ in range(_TRIES):
        starts = sandbox.starts, proof_checker.sandbox.starts
        file.seek(0)
        try:
            lender = Lender(assignment, proof_checker.sandbox)
            session = SubmissionSession(
                sandbox, file, submission.name, assignment.limits, lender, assignment.released
            )
            with session:
                fields = _graded(assignment, session, proof_checker)
            killed += session.killed
            if not session.killed or killed > 1:  # the cause of the first may lie outside
                return fields
        except SandboxGone:
            if stopped():
                raise
            for one, number in zip((sandbox, proof_checker.sandbox), starts, strict=True):
                if one.gone:
                    one.restart(number)
    return None


def _opened(path):
    """The open file, if it is a regular file of a possible size. Raises OSError, Unreadable."""
    file = open_regular(path)
    size = os.fstat(file.fileno()).st_size
    if size > LARGEST:
        file.close()
        raise Unreadable(f"It has {size >> 20} MB; the limit is {LARGEST >> 20}.")
    return file


def _graded(assignment, session, proof_checker):
    """The fields of a Result."""
    try:
        session.read()
    except Unreadable as error:
        return _blank(str(error))
    owner, specifications = "", {}
    if assignment.variants:
        owner, specifications = assignment.variants.of(session.cells)
    finish = _on_visible_cases(assignment, session, proof_checker, specifications)
    notes = (*session.notes, *_cell_notes(session))
    answers = tuple(finish[exercise.name]() for exercise in assignment.exercises)
    session.close()
    stopped = session.left_out or session.restarts
    return {
        "status": "partly run" if stopped else "graded",
        "score": round(sum(answer.earned for answer in answers), 2),
        "answers": answers,
        "notes": notes,
        "look_at": (*_asking(answers), *_left_out(session), *_suspicions(answers)),
        "cells": tuple(session.cells),
        "restarts": session.restarts,
        "memory": session.memory,
        "numbers": owner,
    }


def _on_visible_cases(assignment, session, proof_checker, specifications):
    """Exercise → function that runs the hidden cases and returns the Answer.

    All text that a submission can choose is collected before its process gets the first hidden
    case: a return value or error message could reveal the case. Derivations come first, before
    any of the student's code has run: while they are checked, its process is not watched.
    """
    derivations_first = sorted(assignment.exercises, key=lambda one: not isinstance(one, Proof))
    return {
        one.name: _begin(specifications.get(one.name, one), assignment, session, proof_checker, one)
        for one in derivations_first
    }


# ----------------------------------------------------------------------- kinds of exercises


def mark(exercise, assignment, session, proof_checker):
    """The Answer to one exercise."""
    return _begin(exercise, assignment, session, proof_checker)()


def _begin(exercise, assignment, session, proof_checker, general=None):
    """Run the visible cases; the function that is returned runs the hidden ones.

    exercise : its specification, or the reason why `general` has none for this student
    """
    if isinstance(exercise, str):
        return partial(_open, general, reports.Report(general, "open", ""), exercise)
    return _MARKS[type(exercise)](exercise, assignment, session, proof_checker)


def _mark_function(exercise, assignment, session, proof_checker):
    graded = assignment.functions[exercise.name]
    asked = Asked(session, exercise, assignment.limits.seconds_for(exercise))
    report = reports.on_calls(graded.public, asked, hangs=HANGS)
    if not asked.defined:
        return _undefined(exercise, assignment, session, report)
    return partial(_with_hidden_cases, exercise, assignment, session, asked, report)


def _with_hidden_cases(exercise, assignment, session, asked, report):
    graded = assignment.functions[exercise.name]
    findings = _on_secret_draw(graded.secret, asked, report)
    if why := asked.obstacle or not_asked((*report.findings, *findings)):
        return _open(exercise, report, why)
    tests, look = points.earned(graded.plans, report.findings, findings), ""
    if report.state == "solved" and points.total(tests) < exercise.stars:
        summary = f"{exercise.name}: right in every case that you can see, and not in the others."
        report = report._replace(state="wrong", summary=summary, feedback=())
    if report.state == "not yet" and written(exercise, session, assignment.released) is not None:
        look = f"{exercise.name}: it returns nothing in every case."
        report = report._replace(state="wrong", summary=look)
    if form := only_form((*report.findings, *findings)):
        look = f"{exercise.name}: {form}."
    if asked.hung:
        look = f"{exercise.name}: {asked.hung} of its calls did not end."
    return replace(_answer(exercise, report, tests), look=look)


def _on_secret_draw(case_set, asked, report):
    """The findings on the secret draw; it is not called if nothing can be found out there."""
    if report.state == "not yet":
        return report.findings[:1] * len(case_set.cases)
    if asked.obstacle or asked.left <= 0:
        return (NOT_TRIED,) * len(case_set.cases)
    asked.hidden = True
    return reports.on_calls(case_set, asked, hangs=asked.left).findings


def _mark_value(exercise, assignment, session, proof_checker):
    given = session.value(exercise.name, exercise.variable)
    on = reports.on_prediction if isinstance(exercise, Prediction) else reports.on_choice
    report = on(exercise, given.value)
    if given.kind == "missing" and given.message == UNDEFINED:
        return _undefined(exercise, assignment, session, report)
    if given.kind == "missing" and written(exercise, session, assignment.released) is not None:
        return partial(_open, exercise, report, f"{exercise.variable} is None when all has run")
    if given.kind not in ("value", "missing"):
        return partial(_open, exercise, report, given.message)
    if report.kind == "no answer":
        return partial(_open, exercise, report, report.summary.partition(": ")[2].rstrip("."))
    answer = _answer(exercise, report, _one_test(exercise, given.kind))
    if report.kind == "nearly":
        answer = replace(answer, look=f"{report.summary} {report.feedback[0]}")
    return lambda: answer


def _mark_proof(exercise, assignment, session, proof_checker):
    body = session.attempts.get(exercise.name)
    if body is None:
        report = reports.on_proof(exercise, None)
        return _undefined(exercise, assignment, session, report)
    report = reports.Report(
        exercise, *proof_checker.check(exercise.name, body, assignment.seed(exercise))
    )
    if report.state == "open":
        return partial(_open, exercise, report, report.summary.partition(": ")[2].rstrip("."))
    return partial(_answer, exercise, report, _one_test(exercise, "value"))


_MARKS = {
    Function: _mark_function, Prediction: _mark_value, Choice: _mark_value, Proof: _mark_proof
}  # fmt: skip


def _undefined(exercise, assignment, session, report):
    """The Answer where there is none to be asked: nothing is written, or it is open."""
    others = {name for one in assignment.exercises for name in (one.name, called(one))}
    why = undefined(exercise, session, assignment.released, others)
    if why:
        return partial(_open, exercise, report, why)
    tests = _one_test(exercise, "missing")
    if isinstance(exercise, Function):
        graded = assignment.functions[exercise.name]
        nothing = report.findings[:1] * len(graded.secret.cases)
        tests = points.earned(graded.plans, report.findings, nothing)
    return partial(_answer, exercise, report, tests)


def _open(exercise, report, why):
    """The Answer that could not be asked; nothing is said of its tests."""
    summary = f"{exercise.name}: {why}."
    tests = (Test("the answer", exercise.stars, 0.0, False),)
    report = report._replace(state="open", summary=summary, feedback=(), mistake=None)
    look = f"{exercise.name} is open: {why}."
    return replace(_answer(exercise, report, tests), look=look)


def _one_test(exercise, kind):
    """One test for all points of an exercise."""
    message = "nothing is written yet" if kind == "missing" else "it is not right"
    return (Test("the answer", exercise.stars, 0.0, False, message),)


def _answer(exercise, report, tests):
    """An Answer; an exercise with one test earns its points if the report says solved."""
    if report.solved and not isinstance(exercise, Function):
        tests = tuple(Test(t.about, t.points, t.points, t.visible) for t in tests)
    return Answer(
        name=exercise.name,
        title=exercise.title,
        kind=_KINDS[type(exercise)],
        points=exercise.stars,
        earned=points.total(tests),
        state=report.state,
        summary=report.summary,
        call=report.call,
        feedback=report.feedback,
        mistake=_mistake(exercise, report),
        tests=tests,
    )


def _mistake(exercise, report):
    """The feedback on the mistake that was recognised; each distractor has one."""
    if report.mistake:
        return report.mistake.feedback
    chosen = isinstance(exercise, (Prediction, Choice)) and not report.solved
    return report.feedback[0] if chosen and report.feedback else ""


# ----------------------------------------------------------------------- notes and suspicions


def _cell_notes(session):
    for number in session.rerun:
        yield f"Cell {number + 1} needs a later one; it was run again after it."
    for number, failures in sorted(session.failures.items()):
        for one in failures[:3]:
            said = one.of(number)
            yield f"{said[:1].upper()}{said[1:]}"
    for number, commands in sorted(session.commands.items()):
        yield f"Cell {number + 1} asks the system for {commands[0]}; that was not run."
    if session.setup:
        yield "Cells of the released notebook are missing; they were run before the others."


def _left_out(session):
    for number, why in sorted(session.left_out.items()):
        yield f"Cell {number + 1} was left out: {why}."


def _asking(answers):
    """Why a person should look at single answers, open ones first."""
    asking = [answer for answer in answers if answer.look]
    return (answer.look for answer in sorted(asking, key=lambda one: one.state != "open"))


def _suspicions(answers):
    for answer in answers:
        visible = [test for test in answer.tests if test.visible]
        hidden = [test for test in answer.tests if not test.visible]
        if visible and any(map(_is_wrong, hidden)) and not any(map(_is_wrong, visible)):
            yield (
                f"{answer.name} is right in every case that students can see and wrong in drawn "
                "ones: is it a table of the printed examples?"
            )


def _is_wrong(test):
    return test.message not in ("", *points.NOT_WRONG)
