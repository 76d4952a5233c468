"""Trust in the tests themselves: what should earn everything does, what is wrong loses its points.

the solution      full marks
an empty notebook 0
a known mistake   loses exactly the tests on which it is wrong, and is named
a wrong number, letter or derivation   earns nothing
"""

import json
import tempfile

from lossbook.checking.calls import outcome
from lossbook.checking.spec import Choice, Function, Prediction, Proof
from lossbook.grading.marking import points
from lossbook.grading.marking.grader import grade, mark
from lossbook.grading.marking.submission_session import Sitting
from lossbook.grading.submissions.submission import Submission


def notebooks(assignment, sandbox, clerks, solution, empty):
    """Complaints about the solution notebook and the student's notebook as it is released.

    solution, empty : paths
    """
    full = grade(Submission("solution", solution, solution.name), assignment, sandbox, clerks)
    yield from _not_graded(full)
    for answer in full.answers:
        if answer.earned != answer.points:
            points_of = f"{answer.earned:g} of {answer.points:g}"
            yield f"{answer.name}: the solution gets {points_of} points. {answer.head}"
    nothing = grade(Submission("empty", empty, empty.name), assignment, sandbox, clerks)
    yield from _not_graded(nothing)
    for answer in nothing.answers:
        if answer.earned:
            yield f"{answer.name}: an empty notebook gets {answer.earned:g} points"


def mistakes(exercise, assignment, lending, clerks):
    """Complaints about the known mistakes of one exercise.

    lending : Sandbox in which lossbook can be imported; the mistakes are functions of ours
    """
    if isinstance(exercise, Function):
        here = _hands_out_functions(assignment.graded[exercise.name])
        for number, mistake in enumerate(exercise.mistakes):
            if here:
                answer = mark(exercise, assignment, _Here(mistake.function), clerks)
            else:
                source = _NAMED.format(assignment.chapter, exercise.name, number)
                answer = _answer_to(exercise, source, assignment, lending, clerks)
            yield from _on_mistake(answer, exercise, mistake, assignment)
    elif isinstance(exercise, Proof):
        seeds = assignment.seeds(exercise)
        for lines, number in exercise.false:
            state, *_ = clerks.check(exercise.name, lines, seeds)
            if state != "wrong":
                yield f"{exercise.name}: false line ({number}) is called {state!r}"
    else:
        for value, sentence in _wrong_values(exercise):
            source = f"{exercise.variable} = {value!r}"
            answer = _answer_to(exercise, source, assignment, lending, clerks)
            if answer.earned or sentence not in answer.says:
                yield f"{exercise.name}: {value!r} gets {answer.earned:g} points, {answer.says}"


_NAMED = """
from lossbook.exercises import chapter{0}

{1} = next(e for e in chapter{0}.EXERCISES if e.name == "{1}").mistakes[{2}].function
"""


class _Here:
    """Calls a function in this process; it is one of ours.

    Some mistakes tell by a function's name which loss they were handed. In the sandbox every
    function of the judge's is a stub that calls back, and has no name.
    """

    def __init__(self, function):
        self.function = function

    def call(self, name, args, kwargs, seconds):
        return outcome(self.function, args, kwargs)


def _hands_out_functions(graded):
    return any(callable(arg) for case in graded.public.cases for arg in case.args)


def _wrong_values(exercise):
    if isinstance(exercise, Prediction):
        return [(float(value), sentence) for value, sentence in exercise.tempting]
    assert isinstance(exercise, Choice)
    return exercise.wrong.items()


def _answer_to(exercise, source, assignment, sandbox, clerks):
    """The Answer of a notebook with one cell."""
    cell = {"cell_type": "code", "id": "answer", "metadata": {}, "outputs": [], "source": source}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
    with tempfile.TemporaryFile() as file:
        file.write(json.dumps(notebook).encode())
        file.seek(0)
        with Sitting(sandbox, file, "mistake.ipynb", assignment.limits) as sitting:
            sitting.read()
            return mark(exercise, assignment, sitting, clerks)


def _on_mistake(answer, exercise, mistake, assignment):
    """What is wrong with the marks that a known mistake got."""
    graded = assignment.graded[exercise.name]
    findings = [
        next(one for one in drawn.mistakes if one.mistake is mistake)
        for drawn in (graded.public, *graded.secret)
    ]
    public, *secret = (
        drawn.findings(known.outcomes)
        for drawn, known in zip((graded.public, *graded.secret), findings, strict=True)
    )
    aimed = points.total(points.earned(graded.plans, public, secret))
    if answer.earned != aimed:
        yield f"{exercise.name}: {mistake.says!r} gets {answer.earned:g} points, and not {aimed:g}"
    if aimed >= exercise.stars:
        yield f"{exercise.name}: {mistake.says!r} loses nothing"
    if answer.mistake != mistake.says:
        yield f"{exercise.name}: {mistake.says!r} is called {answer.mistake or answer.says!r}"


def _not_graded(result):
    if result.score is None:
        yield f"{result.student}: it could not be graded: {' '.join(result.notes)}"
