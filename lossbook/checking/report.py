"""The feedback text: passing cases, the first failing case, and a diagnosis."""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from lossbook._console import printable
from lossbook.checking import diagnose, spelling
from lossbook.checking.calls import FINAL_KINDS, Runner
from lossbook.checking.cases import CaseSet
from lossbook.checking.compare import NOT_TRIED, missing
from lossbook.checking.spec import PUBLIC
from lossbook.checking.values import Unusable, written


class Report(NamedTuple):
    """An answer's report.

    state : "solved", "wrong" or "not yet"
    summary : the first line
    call : lines of a fixed-width block: the first failing call
    feedback : sentences below it
    kind, mistake : the kind of the first finding, and the known mistake that matches
    findings : for a function, one Finding for each case, or None if the case is right
    """

    exercise: Any
    state: str
    summary: str
    call: tuple = ()
    feedback: tuple = ()
    kind: str = ""
    mistake: object = None
    findings: tuple = ()

    @property
    def solved(self) -> bool:
        return self.state == "solved"

    def __str__(self):
        lines = [f"{_MARKS[self.state]} {self.summary}", *(f"    {line}" for line in self.call)]
        return printable("\n".join([*lines, *self.feedback]))

    def markdown(self) -> str:
        """The same as Markdown; text of the student occurs only in the fenced block."""
        parts = [f"**{_MARKS[self.state]} {self.summary}**"]
        if self.call:
            parts.append("```text\n" + "\n".join(self.call).replace("```", "'''") + "\n```")
        return "\n\n".join([*parts, *self.feedback])


_MARKS = {"solved": "✓", "wrong": "✗", "not yet": "○"}


# ---------------------------------------------------------------------------- functions


def on_function(exercise: Any, function: Any, seed: Any = PUBLIC) -> Report:
    """The Report on a student's function."""
    report = on_case_set(CaseSet(exercise, seed), function)
    return _with_bonus(report, function) if report.solved and exercise.bonus else report


def _with_bonus(report, function):
    """The Report on a solved exercise, with what its bonus cases came to."""
    exercise, bonus = report.exercise, report.exercise.bonus
    further = CaseSet(replace(exercise, cases=bonus.cases))
    with Runner(function, exercise.seconds) as run:
        given = _all_outcomes(run, further.cases, hangs=1)
    findings = further.findings(given)
    first = next((k for k, finding in enumerate(findings) if finding), None)
    if first is None:
        topics = ", ".join(dict.fromkeys(case.about for case in further.cases))
        return report._replace(feedback=(*report.feedback, f"**Bonus:** {topics} as well."))
    parts = further.cases[first], further.expected[first], given[first], findings[first]
    return report._replace(
        call=lines_on(exercise, *parts),
        feedback=(*report.feedback, f"**Bonus, not needed:** {bonus.feedback}"),
    )


def on_packed_function(exercise: Any, function: Any) -> Report:
    """The Report on a student's function, for an exercise without its reference."""
    return on_case_set(exercise.case_set, function)


def on_case_set(case_set: CaseSet, function: Any) -> Report:
    """The Report on a student's function."""
    exercise = case_set.exercise
    if not callable(function):
        hint = f"Pass the function itself: check({exercise.name}), without calling it."
        return Report(
            exercise, "wrong", f"{exercise.name}: this is not a function.", feedback=(hint,)
        )
    with Runner(function, exercise.seconds) as run:
        return on_calls(case_set, run)


def on_calls(case_set, call, hangs=1):
    """The Report on a function that `call` runs, possibly in another process.

    Parameters
    ----------
    case_set : CaseSet
        The calls and their expected outcomes.
    call : callable
        `call(args, kwargs)` returns an Outcome.
    hangs : int
        After so many outcomes of kind "timeout" or "crashed", and after one that is "unasked", it
        is not called again.
    """
    exercise, cases = case_set.exercise, case_set.cases
    given = _all_outcomes(call, cases, hangs)
    findings = case_set.findings(given) + (NOT_TRIED,) * (len(cases) - len(given))
    if missing(given):
        summary = f"{exercise.name}: not yet written."
        return Report(exercise, "not yet", summary, kind="missing", findings=findings)
    if not any(findings):
        feedback = (exercise.on_success,) if exercise.on_success else ()
        summary = f"{exercise.name}: right in all {len(cases)} cases."
        return Report(exercise, "solved", summary, feedback=feedback, findings=findings)
    return _wrong(case_set, call, given, findings)


def _all_outcomes(call, cases, hangs):
    """One Outcome for each case, up to the last call that is made."""
    given = []
    for case in cases:
        given.append(call(case.args, case.kwargs))
        hangs -= given[-1].kind in FINAL_KINDS
        if hangs <= 0 or given[-1].kind == "unasked":
            break
    return given


def _wrong(case_set, call, given, findings):
    exercise, cases, expected = case_set.exercise, case_set.cases, case_set.expected
    failed = [k for k in range(len(given)) if findings[k]]
    first = min(failed, key=lambda k: _order(cases[k], expected[k], k))
    mistake, guess = None, None
    if len(given) == len(cases):
        mistake = diagnose.match_known_mistake(case_set, given, failed, shown=first)
        guess = mistake.feedback if mistake else _guess(case_set, call, given)
    good = len(given) - len(failed)
    summary = f"{exercise.name}: {good} of {len(cases)} cases are right."
    feedback = [f"**What it looks like:** {guess}"] if guess else []
    fails = {cases[k].about for k in failed}
    works = [case.about for case in cases[: len(given)] if case.about not in fails]
    if works:
        feedback.append(f"Works already: {', '.join(dict.fromkeys(works))}.")
    call_lines = lines_on(exercise, cases[first], expected[first], given[first], findings[first])
    return Report(
        exercise,
        "wrong",
        summary,
        call_lines,
        tuple(feedback),
        findings[first].kind,
        mistake,
        findings,
    )


def _guess(case_set, call, given):
    with np.errstate(all="ignore"):  # an answer can be at the limit of the range of floats
        guess = diagnose.factor(case_set.cases, case_set.expected, given)
        guess = guess or diagnose.transposed(case_set.expected, given)
    if guess is None and not any(one.kind in FINAL_KINDS for one in given):
        guess = diagnose.probe(case_set.exercise, call)
    return guess


def lines_on(exercise, case, expected, given, finding):
    """The lines on a case that is not right: the call, what it came to, what was expected."""
    call = f"{_call(exercise, case)}      # {case.about}"
    return call, *_sides(expected, given, finding)


def _call(exercise, case):
    args = [written(arg) for arg in case.args]
    args += [f"{name}={written(value)}" for name, value in case.kwargs.items()]
    return f"{exercise.name}({', '.join(args)})"


def _sides(right, mine, finding):
    yours, expected = (
        written(one.value, digits=8) if one.kind == "value" else None for one in (mine, right)
    )
    if yours == expected and yours is not None:  # the difference is beyond 8 digits
        yours, expected = written(mine.value), written(right.value)
    lines = []
    if yours is not None:
        lines.append(f"yours     {yours}")
    if expected is not None:
        lines.append(f"expected  {expected}")
    if finding.message != "wrong value":
        lines.append(f"          {finding.message}" if lines else finding.message)
    return lines


def _order(case, expected, k):
    """Sort key of failing cases: ordinary values, then extreme ones, then errors; small first."""
    return expected.kind == "raised", case.extreme, _size(case.args), k


def _size(args):
    """The number of entries, a measure of the work to redo the case by hand."""
    total = 0
    for arg in args:
        try:
            total += np.asarray(arg).size
        except ValueError:
            total += 100
    return total


# ---------------------------------------------------------------- predictions and proofs


def on_prediction(exercise: Any, answer: Any) -> Report:
    """The Report on a predicted number."""
    if answer is None or answer is Ellipsis:
        return Report(exercise, "not yet", f"{exercise.name}: what do you predict?")
    try:
        number = spelling.number(answer)
    except Unusable as error:
        return _unusable(exercise, str(error))
    return _judged(exercise, number, written(number, digits=6))


def on_choice(exercise: Any, answer: Any) -> Report:
    """The Report on a chosen option: its letter, or its text."""
    letters = ", ".join(map(repr, exercise.options))
    if answer is None or answer is Ellipsis:
        return Report(exercise, "not yet", f"{exercise.name}: choose one of {letters}.")
    letter = spelling.option(answer, exercise.options)
    if letter is None:
        return _unusable(exercise, f"one of {letters} is asked for")
    return _judged(exercise, letter, repr(letter))


def _judged(exercise, answer, shown):
    verdict, said = exercise.judge(answer)
    if verdict == "right":
        return Report(exercise, "solved", f"{exercise.name}: {shown} is right.", feedback=(said,))
    feedback = (said,) if said else ()
    summary = f"{exercise.name}: {shown} is not it."
    return Report(exercise, "wrong", summary, feedback=feedback, kind=verdict)


def on_unchecked(exercise: Any, answer: Any) -> Report:
    """The Report on an answer to an exercise that is only marked when it is handed in."""
    summary = f"{exercise.name}: it is checked when you hand it in, and not here."
    return Report(exercise, "not yet", summary)


def _unusable(exercise, message):
    return Report(exercise, "wrong", f"{exercise.name}: {message}.", kind="no answer")


def on_proof(exercise: Any, attempt: Any) -> Report:
    """The Report on the last %%attempt at a derivation, or on None."""
    if attempt is None or not attempt.steps:
        return Report(exercise, "not yet", f"{exercise.name}: write the lines, and run that cell.")
    if attempt.done:
        feedback = (exercise.on_success,) if exercise.on_success else ()
        return Report(exercise, "solved", f"{exercise.name}: every line holds.", feedback=feedback)
    return Report(exercise, "wrong", f"{exercise.name}: {attempt.say()}", kind="wrong value")
