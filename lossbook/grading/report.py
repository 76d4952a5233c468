"""The words: what is right already, the first case that is not, and what it looks like."""

from typing import NamedTuple

import numpy as np

from lossbook._console import printable
from lossbook.grading import recognise
from lossbook.grading.calls import ENDS, Runner
from lossbook.grading.drawn import Drawn
from lossbook.grading.judge import NOT_TRIED, missing
from lossbook.grading.spec import PUBLIC
from lossbook.grading.values import Unusable, plain, written


class Report(NamedTuple):
    """An answer's report.

    state : "solved", "wrong" or "not yet"
    head : the first line
    shown : lines to stand in a fixed-width block
    says : sentences below it
    kind, mistake : the kind of the first finding, the known mistake that was named
    findings : for a function, one Finding for each case, None where the case is right
    """

    exercise: object
    state: str
    head: str
    shown: tuple = ()
    says: tuple = ()
    kind: str = ""
    mistake: object = None
    findings: tuple = ()

    @property
    def solved(self):
        return self.state == "solved"

    def __str__(self):
        lines = [f"{_MARKS[self.state]} {self.head}", *(f"    {line}" for line in self.shown)]
        return printable("\n".join([*lines, *self.says]))

    def markdown(self):
        """The same for a notebook; what the student wrote stands in a fenced block only."""
        parts = [f"**{_MARKS[self.state]} {self.head}**"]
        if self.shown:
            parts.append("```text\n" + "\n".join(self.shown).replace("```", "'''") + "\n```")
        return "\n\n".join([*parts, *self.says])


_MARKS = {"solved": "✓", "wrong": "✗", "not yet": "○"}


# ---------------------------------------------------------------------------- functions


def on_function(exercise, function, seed=PUBLIC):
    """The Report on a student's function."""
    if not callable(function):
        said = f"Hand over the function itself: check({exercise.name}), without calling it."
        return Report(exercise, "wrong", f"{exercise.name}: this is no function.", says=(said,))
    with Runner(function, exercise.seconds) as run:
        return on_calls(Drawn(exercise, seed), run)


def on_calls(drawn, call):
    """The Report on a function that is reached through `call` only, wherever it runs.

    Parameters
    ----------
    drawn : Drawn
        What to ask, and what is expected.
    call : callable
        `call(args, kwargs)` returns an Outcome. After one of kind "late" or "lost" it is not
        called again.
    """
    exercise, cases = drawn.exercise, drawn.cases
    given = _all_outcomes(call, cases)
    findings = drawn.findings(given) + (NOT_TRIED,) * (len(cases) - len(given))
    if missing(given):
        head = f"{exercise.name}: not yet written."
        return Report(exercise, "not yet", head, kind="missing", findings=findings)
    if not any(findings):
        said = (exercise.done,) if exercise.done else ()
        head = f"{exercise.name}: right in all {len(cases)} cases."
        return Report(exercise, "solved", head, says=said, findings=findings)
    return _wrong(drawn, call, given, findings)


def _all_outcomes(call, cases):
    """One Outcome for each case; what does not end ends the list."""
    given = []
    for case in cases:
        given.append(call(case.args, case.kwargs))
        if given[-1].kind in ENDS:
            break
    return given


def _wrong(drawn, call, given, findings):
    exercise, cases, expected = drawn.exercise, drawn.cases, drawn.expected
    failed = [k for k in range(len(given)) if findings[k]]
    first = min(failed, key=lambda k: _order(cases[k], expected[k], k))
    mistake, guess = None, None
    if len(given) == len(cases):
        mistake = recognise.known(drawn, given, shown=first)
        guess = mistake.says if mistake else _guess(drawn, call, given)
    good = len(given) - len(failed)
    head = f"{exercise.name}: {good} of {len(cases)} cases are right."
    says = [f"**What it looks like:** {guess}"] if guess else []
    fails = {cases[k].about for k in failed}
    works = [case.about for case in cases[: len(given)] if case.about not in fails]
    if works:
        says.append(f"Works already: {', '.join(dict.fromkeys(works))}.")
    shown = lines_on(exercise, cases[first], expected[first], given[first], findings[first])
    return Report(
        exercise, "wrong", head, shown, tuple(says), findings[first].kind, mistake, findings
    )


def _guess(drawn, call, given):
    with np.errstate(all="ignore"):  # an answer may stand at the end of the range of floats
        guess = recognise.factor(drawn.cases, drawn.expected, given)
        guess = guess or recognise.transposed(drawn.expected, given)
    if guess is None and given[-1].kind not in ENDS:
        guess = recognise.probe(drawn.exercise, call)
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
    if yours == expected and yours is not None:  # they differ further behind the point
        yours, expected = written(mine.value), written(right.value)
    lines = []
    if yours is not None:
        lines.append(f"yours     {yours}")
    if expected is not None:
        lines.append(f"expected  {expected}")
    if finding.words != "wrong value":
        lines.append(f"          {finding.words}" if lines else finding.words)
    return lines


def _order(case, expected, k):
    """What to show first: an ordinary value before an extreme one before an error; small ones."""
    return expected.kind == "raised", case.extreme, _size(case.args), k


def _size(args):
    """How much there is to redo by hand."""
    total = 0
    for arg in args:
        try:
            total += np.asarray(arg).size
        except ValueError:
            total += 100
    return total


# ---------------------------------------------------------------- predictions and proofs


def on_prediction(exercise, answer):
    """The Report on a predicted number."""
    if answer is None or answer is Ellipsis:
        return Report(exercise, "not yet", f"{exercise.name}: what do you predict?")
    try:
        number = plain(answer)
    except Unusable:
        number = None
    if getattr(number, "shape", None) != ():
        return _unfit(exercise, "one number is asked for")
    number = float(number)

    def near(value):
        return abs(number - value) <= exercise.atol + exercise.rtol * abs(value)

    if near(exercise.answer):
        head = f"{exercise.name}: {written(answer, digits=6)} is right."
        return Report(exercise, "solved", head, says=(exercise.because,))
    says = tuple(words for value, words in exercise.tempting if near(value))[:1]
    head = f"{exercise.name}: {written(answer, digits=6)} is not it."
    return Report(exercise, "wrong", head, says=says, kind="wrong value")


def on_choice(exercise, answer):
    """The Report on a chosen letter."""
    if answer is None or answer is Ellipsis:
        letters = ", ".join(map(repr, exercise.options))
        return Report(exercise, "not yet", f"{exercise.name}: choose one of {letters}.")
    letter = answer.strip().lower() if type(answer) is str else answer
    if type(letter) is not str or letter not in exercise.options:
        letters = ", ".join(map(repr, exercise.options))
        return _unfit(exercise, f"one of {letters} is asked for")
    if letter == exercise.answer:
        head = f"{exercise.name}: {letter!r} is right."
        return Report(exercise, "solved", head, says=(exercise.because,))
    head = f"{exercise.name}: {letter!r} is not it."
    return Report(exercise, "wrong", head, says=(exercise.wrong[letter],), kind="wrong value")


def _unfit(exercise, words):
    return Report(exercise, "wrong", f"{exercise.name}: {words}.", kind="no answer")


def on_proof(exercise, attempt):
    """The Report on the last %%attempt at a derivation; None where there is none."""
    if attempt is None or not attempt.steps:
        return Report(exercise, "not yet", f"{exercise.name}: write the lines, and run that cell.")
    if attempt.done:
        said = (exercise.done,) if exercise.done else ()
        return Report(exercise, "solved", f"{exercise.name}: every line holds.", says=said)
    return Report(exercise, "wrong", f"{exercise.name}: {attempt.say()}", kind="wrong value")
