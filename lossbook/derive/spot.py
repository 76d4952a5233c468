"""Spot the error: a derivation in which one line carries a slip, made on purpose."""

import copy
import random
import re

from lossbook._console import printable
from lossbook.derive import show
from lossbook.derive.check import Verdict
from lossbook.derive.slips import slips

_TICK = re.compile(r"✓  |\{\\color\{green\}\\checkmark\}(?:\\;)?")


class SpotTheError:
    """A right derivation with a slip in exactly one line, which the checker refutes.

    Parameters
    ----------
    derivation : Derivation
        One in which every line holds.
    seed : int
        Chooses the line and the slip.
    line : int or str, optional
        The label of the line that gets the slip; any line unless stated.

    Raises
    ------
    ValueError
        The derivation is wrong already, there is no such line, or no slip was found: whatever
        was tried leaves the line true, or breaks more than this line.

    Examples
    --------
    >>> from lossbook.derive import Derivation
    >>> square = Derivation("The square of a sum", r'''
    ... Let a, b \\in \\mathbb{R}
    ... (a + b)^2 = (a + b)(a + b)
    ...   = a^2 + 2 a b + b^2   % multiply out
    ... ''')
    >>> spot = SpotTheError(square, seed=1, line=2)
    >>> spot.guess(1)
    Line (1) holds. Look again.
    """

    def __init__(self, derivation, *, seed=1, line=None):
        if not derivation.ok:
            raise ValueError(f"{derivation.title}: a line is wrong already, before any slip")
        self.right = derivation
        labels = [step.label for step in derivation.steps if step.verdict.kind != "note"]
        chance = random.Random(seed)
        if line is not None:
            labels = [self._known(line, labels)]
        chance.shuffle(labels)
        found = (self._slipped(label, chance) for label in labels)
        self.wrong = next((wrong for wrong in found if wrong is not None), None)
        if self.wrong is None:
            where = f"line ({labels[0]})" if line is not None else "any line"
            raise ValueError(f"{derivation.title}: no slip found in {where} that is surely false")
        self._step = next(step for step in self.wrong.steps if not step.verdict.holds)

    def guess(self, line):
        """Whether this is the line, in words; a right guess gets the counterexample."""
        label = self._known(line, [step.label for step in self.wrong.steps])
        if label != self._step.label:
            return Answer(f"Line ({label}) holds. Look again.")
        correct = next(step for step in self.right.steps if step.label == label)
        said = show.words(self._step.verdict).replace("\n", "\n  ")
        found = f"Right: the slip is in line ({label}).\n  {said}"
        return Answer(f"{found}\nCorrect: {correct.reading}")

    def __repr__(self):
        lines = _TICK.sub("", show.as_text(self._unmarked())).split("\n")[:-1]
        return printable("\n".join([*lines, _TASK]))

    def _repr_markdown_(self):
        return f"{_TICK.sub('', show.as_markdown(self._unmarked()))}\n\n**{_TASK}**"

    def _unmarked(self):
        """The wrong derivation with the same mark at every line, to be taken off."""
        shown = copy.copy(self.wrong)
        shown.rows = [copy.copy(row) for row in self.wrong.rows]
        for step in shown.steps:
            if step.verdict.kind != "note":
                step.verdict = Verdict("true")
        return shown

    def _slipped(self, label, chance):
        """The derivation with a slip in this line, if one makes it false and no other line."""
        formula = next(step.source for step in self.right.steps if step.label == label)
        found = list(slips(formula, self.right.setting))
        chance.shuffle(found)
        for _, slip in found:
            wrong = self.right.rewritten(label, slip)
            failing = [step for step in wrong.steps if not step.verdict.holds]
            if [step.label for step in failing] != [label]:
                continue
            verdict = failing[0].verdict
            # What a fact makes true again is a missing citation, not a slip to be seen.
            if verdict.kind == "false" and "it holds under" not in verdict.hint:
                return wrong
        return None

    def _known(self, line, labels):
        if str(line) not in labels:
            raise ValueError(f"there is no line ({line}); the lines are ({'), ('.join(labels)})")
        return str(line)


_TASK = "One line does not follow from the last right line above it. Which? Try guess(1)."


class Answer(str):
    """Words that show as they are, without quotation marks."""

    __slots__ = ()

    def __str__(self):
        return printable(super().__str__())

    def __repr__(self):
        return str(self)
