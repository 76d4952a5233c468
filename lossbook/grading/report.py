"""The words: what is right already, the first case that is not, and what it looks like."""

from typing import NamedTuple

import numpy as np

from lossbook.grading import recognise
from lossbook.grading.calls import Runner, outcome
from lossbook.grading.judge import judge, missing
from lossbook.grading.values import written


class Report(NamedTuple):
    """An answer's report.

    state : "solved", "wrong" or "not yet"
    head : the first line
    shown : lines to stand in a fixed-width block
    says : sentences below it
    kind, mistake : the kind of the first finding, the known mistake that was named
    """

    exercise: object
    state: str
    head: str
    shown: tuple = ()
    says: tuple = ()
    kind: str = ""
    mistake: object = None

    @property
    def solved(self):
        return self.state == "solved"

    def __str__(self):
        lines = [f"{_MARKS[self.state]} {self.head}", *(f"    {line}" for line in self.shown)]
        return "\n".join([*lines, *self.says])

    def markdown(self):
        """The same for a notebook; what the student wrote stands in a fenced block only."""
        parts = [f"**{_MARKS[self.state]} {self.head}**"]
        if self.shown:
            parts.append("```text\n" + "\n".join(self.shown).replace("```", "'''") + "\n```")
        return "\n\n".join([*parts, *self.says])


_MARKS = {"solved": "✓", "wrong": "✗", "not yet": "○"}


# ---------------------------------------------------------------------------- functions


def on_function(exercise, function, seed=0):
    """The Report on a student's function."""
    if not callable(function):
        said = f"Hand over the function itself: check({exercise.name}), without calling it."
        return Report(exercise, "wrong", f"{exercise.name}: this is no function.", says=(said,))
    cases = exercise.drawn(seed)
    expected = [outcome(exercise.reference, case.args, case.kwargs) for case in cases]
    given = _all_outcomes(exercise, function, cases)
    if missing(given):
        return Report(exercise, "not yet", f"{exercise.name}: not yet written.", kind="missing")
    tried = list(zip(cases, expected, given, strict=False))  # fewer if one did not end
    findings = [judge(exercise, *one) for one in tried]
    if len(given) == len(cases) and not any(findings):
        said = (exercise.done,) if exercise.done else ()
        head = f"{exercise.name}: right in all {len(cases)} cases."
        return Report(exercise, "solved", head, says=said)
    return _wrong(exercise, function, cases, tried, findings)


def _all_outcomes(exercise, function, cases):
    """One Outcome for each case; what does not end ends the list."""
    given = []
    with Runner(function, exercise.seconds) as run:
        for case in cases:
            given.append(run(case.args, case.kwargs))
            if given[-1].kind == "late":
                break
    return given


def _wrong(exercise, function, cases, tried, findings):
    failed = [k for k, finding in enumerate(findings) if finding]
    first = min(failed, key=lambda k: _order(*tried[k][:2], k))
    case, right, mine = tried[first]
    mistake, guess = None, None
    if len(tried) == len(cases):
        mistake = recognise.known(exercise, *zip(*tried, strict=True), shown=first)
        guess = mistake.says if mistake else _guess(exercise, function, tried)
    good = len(tried) - len(failed)
    head = f"{exercise.name}: {good} of {len(cases)} cases are right."
    says = [f"**What it looks like:** {guess}"] if guess else []
    fails = {tried[k][0].about for k in failed}
    works = [case.about for case, _, _ in tried if case.about not in fails]
    if works:
        says.append(f"Works already: {', '.join(dict.fromkeys(works))}.")
    shown = (
        f"{_call(exercise, case)}      # {case.about}",
        *_sides(right, mine, findings[first]),
    )
    return Report(exercise, "wrong", head, shown, tuple(says), findings[first].kind, mistake)


def _guess(exercise, function, tried):
    cases, expected, given = zip(*tried, strict=True)
    return (
        recognise.factor(cases, expected, given)
        or recognise.transposed(expected, given)
        or recognise.probe(exercise, function)
    )


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
    came_to = outcome(lambda: answer, (), {})
    if came_to.kind != "value" or getattr(came_to.value, "shape", None) != ():
        return _unfit(exercise, "one number is asked for")
    number = float(came_to.value)

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
