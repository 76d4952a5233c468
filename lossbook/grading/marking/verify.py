"""Tests of the tests: solutions get full marks, known mistakes lose exactly theirs.

the solution      full marks
an empty notebook 0
a known mistake   loses exactly the tests on which it is wrong, and is named
a wrong number, letter or derivation   earns nothing
a slip            1 % off, or another sign in one entry, loses points
"""

import json
import tempfile

import numpy as np

from lossbook.checking.calls import outcome
from lossbook.checking.spec import Choice, Function, Prediction, Proof
from lossbook.grading.marking import points
from lossbook.grading.marking.grader import grade, mark
from lossbook.grading.marking.submission_session import SubmissionSession
from lossbook.grading.submissions.submission import Submission


def verify_notebooks(assignment, sandbox, proof_checker, solution, empty):
    """Problems with the solution notebook and with the notebook that is released to students.

    solution, empty : paths
    """
    full = grade(_submission("solution", solution), assignment, sandbox, proof_checker)
    yield from _not_graded(full)
    yield from _losing(full, "the solution")
    nothing = grade(_submission("empty", empty), assignment, sandbox, proof_checker)
    yield from _not_graded(nothing)
    for answer in nothing.answers:
        if answer.earned:
            yield f"{answer.name}: an empty notebook gets {answer.earned:g} points"


def verify_draw(assignment, sandbox, proof_checker, solution):
    """Problems with the solution notebook that has the numbers of another student."""
    full = grade(_submission("solution", solution), assignment, sandbox, proof_checker)
    yield from _not_graded(full)
    yield from _losing(full, "with other numbers the solution")


def _losing(result, what):
    for answer in result.answers:
        if answer.earned != answer.points:
            earned = f"{answer.earned:g} of {answer.points:g}"
            yield f"{answer.name}: {what} gets {earned} points. {answer.summary}"


def verify_slips(exercise, assignment):
    """Problems with the tolerance of an exercise: answers that are a little off earn all points."""
    off = 1 + max(0.01, 3 * getattr(exercise, "rtol", 0))
    slips = {f"{off - 1:.0%} too large": lambda numbers: numbers * off}
    slips |= {f"the other sign {where}": _negated(k) for where, k in (("first", 0), ("last", -1))}
    for name, change in slips.items():
        if isinstance(exercise, Prediction):
            value = float(change(np.array([exercise.answer]))[0])
            wrong = value != exercise.answer and exercise.judge(value)[0] == "right"
        elif isinstance(exercise, Function):
            wrong = _earns_all(exercise, assignment, change)
        else:
            return
        if wrong:
            yield (
                f"{exercise.name}: the right values, {name}, earn all points: rtol or atol is too "
                "large for these cases"
            )


def _negated(k):
    """numbers → the same with another sign of the first or the last that is not 0."""

    def change(numbers):
        changed, places = np.array(numbers, float), np.flatnonzero(np.nan_to_num(numbers))
        if places.size:
            changed[places[k]] *= -1
        return changed

    return change


def _earns_all(exercise, assignment, change):
    """Whether the reference earns all points after a change of its values that is one."""
    graded = assignment.functions[exercise.name]
    changed, findings = False, []
    for case_set in (graded.public, graded.secret):
        given = [
            one._replace(value=_changed(one.value, change)) if one.kind == "value" else one
            for one in case_set.expected
        ]
        before, after = (
            [number for one in outcomes for number in _flat(one.value)]
            for outcomes in (case_set.expected, given)
        )
        changed |= not np.array_equal(before, after, equal_nan=True)
        findings.append(case_set.findings(given))
    earned = points.total(points.earned(graded.plans, *findings))
    return changed and earned >= exercise.stars


def _changed(value, change):
    """The value with all numbers in it changed as one vector."""
    new = iter(change(np.array(_flat(value))))

    def fill(part):
        if isinstance(part, tuple):
            return tuple(map(fill, part))
        if isinstance(part, str):
            return part
        return np.array([next(new) for _ in range(part.size)]).reshape(part.shape)

    return fill(value)


def _flat(value):
    """The numbers of a plain value, in a list."""
    if isinstance(value, tuple):
        return [number for part in value for number in _flat(part)]
    return [] if value is None or isinstance(value, str) else value.ravel().tolist()


def verify_mistakes(exercise, assignment, trusted, proof_checker, module=None):
    """Problems with the known mistakes of one exercise.

    trusted : Sandbox in which lossbook can be imported, because the mistakes are our functions
    module : the module with the EXERCISES, where the sandbox can import it; otherwise the
        mistakes run in this process
    """
    if isinstance(exercise, Function):
        in_process = not module or _passes_functions(assignment.functions[exercise.name])
        for number, mistake in enumerate(exercise.mistakes):
            if in_process:
                answer = mark(exercise, assignment, _InProcess(mistake.function), proof_checker)
            else:
                source = _IMPORTED.format(module, exercise.name, number)
                answer = _answer_to(exercise, source, assignment, trusted, proof_checker)
            yield from _on_mistake(answer, exercise, mistake, assignment)
    elif isinstance(exercise, Proof):
        for lines, number in exercise.false:
            state, *_ = proof_checker.check(exercise.name, lines, assignment.seed(exercise))
            if state != "wrong":
                yield f"{exercise.name}: false line ({number}) is called {state!r}"
    else:
        for value, sentence in _distractors(exercise):
            source = f"{exercise.variable} = {value!r}"
            answer = _answer_to(exercise, source, assignment, trusted, proof_checker)
            if answer.earned or sentence not in answer.feedback:
                yield (
                    f"{exercise.name}: {value!r} gets {answer.earned:g} points, {answer.feedback}"
                )


_IMPORTED = """
from {0} import EXERCISES

{1} = next(e for e in EXERCISES if e.name == "{1}").mistakes[{2}].function
"""


class _InProcess:
    """Calls one of our functions in this process, in place of a SubmissionSession.

    Some mistakes recognise a loss by the name of its function. In the sandbox an argument that is
    a function is a stub that calls back, and has no name.
    """

    def __init__(self, function):
        self.function = function

    def call(self, name, args, kwargs, seconds):
        return outcome(self.function, args, kwargs)


def _submission(student, path):
    return Submission(student, path, path.name)


def _passes_functions(graded):
    return any(callable(arg) for case in graded.public.cases for arg in case.args)


def _distractors(exercise):
    if isinstance(exercise, Prediction):
        return [(float(value), sentence) for value, sentence in exercise.distractors]
    assert isinstance(exercise, Choice)
    return exercise.distractors.items()


def _answer_to(exercise, source, assignment, sandbox, proof_checker):
    """The Answer of a notebook with one cell."""
    cell = {"cell_type": "code", "id": "answer", "metadata": {}, "outputs": [], "source": source}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
    with tempfile.TemporaryFile() as file:
        file.write(json.dumps(notebook).encode())
        file.seek(0)
        with SubmissionSession(sandbox, file, "mistake.ipynb", assignment.limits) as session:
            session.read()
            return mark(exercise, assignment, session, proof_checker)


def _on_mistake(answer, exercise, mistake, assignment):
    """Problems with the marks of one known mistake."""
    graded = assignment.functions[exercise.name]
    public, secret = (
        case_set.findings(next(one for one in case_set.mistakes if one.mistake is mistake).outcomes)
        for case_set in (graded.public, graded.secret)
    )
    expected = points.total(points.earned(graded.plans, public, secret))
    name = f"{exercise.name}: {mistake.feedback!r}"
    if answer.earned != expected:
        yield f"{name} gets {answer.earned:g} points, and not {expected:g}"
    if expected >= exercise.stars:
        yield f"{name} loses nothing"
    if answer.mistake != mistake.feedback:
        yield f"{name} is called {answer.mistake or answer.feedback!r}"


def _not_graded(result):
    if result.score is None:
        yield f"{result.student}: it could not be graded: {' '.join(result.notes)}"
