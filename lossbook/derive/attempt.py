"""A derivation for the student to write: true lines that link a start to a goal.

The lines are a graph: every side is a node, every true relation an edge, so a derivation may run
from the left, from the right, from both ends, or show that a difference is zero. It is done when
the start is linked to the goal over a milestone: a term that a real derivation passes through and
that padding does not earn.
"""

import re

from lossbook._console import printable
from lossbook.derive import constructs as c
from lossbook.derive import page
from lossbook.derive.constructs import SIGNS
from lossbook.derive.derivation import Derivation
from lossbook.derive.graph import Graph
from lossbook.derive.syntax.reader import read_formula
from lossbook.derive.syntax.spelling import RELATIONS, WORDS, CannotRead

# What nbgrader puts where a solution was cut out, and the marks of the place.
_STUB = re.compile(r"\s*(%|#|raise NotImplementedError)")


class Exercise:
    """What is given, where to start, where to arrive, and what a derivation passes through.

    Parameters
    ----------
    title : str
    setting : str
        Lines of Let, Define and Assume.
    start, goal : str
        Formulas. The derivation links the one to the other.
    milestones : list of str
        Formulas. One of them, or a multiple of it, has to be a side or a term of a side on the
        way. Name one for every route that you can think of.
    sign : str
        The relation between start and goal, ``=`` unless stated.

    Examples
    --------
    >>> square = Exercise(
    ...     "Square of a sum", r"Let a, b \\in \\mathbb{R}",
    ...     start="(a + b)^2", goal="a^2 + 2 a b + b^2", milestones=["a (a + b)", "a b"],
    ... )
    >>> square.attempt(r'''
    ... = a (a + b) + b (a + b)
    ... = a^2 + a b + b^2
    ... ''')
    Square of a sum: your derivation
     (1) ✓  = a (a + b) + b (a + b)
     (2) ✗  = a² + a b + b²
            | false: for  a = 1, b = -1
            | left   a (a + b) + b (a + b) = 0
            | right  a² + a b + b² = 1
    Line (2) needs another look; the other line holds.

    Raises
    ------
    FalseStep
        The goal does not follow: the exercise itself is checked.
    """

    def __init__(self, title, setting, *, start, goal, milestones=(), sign="="):
        self.title, self.start, self.goal = title, start, goal
        self.milestones, self.sign = tuple(milestones), sign
        self.last = None  # the latest attempt
        self.frame = Derivation(title, setting)
        Derivation(title, f"{setting}\n{start} {sign} {goal}{self._reason()}")
        for formula in self.milestones:
            read_formula(formula, self.frame.setting)

    def _reason(self):
        labels = [f"({label})" for label in self.frame.facts]
        return f"   % by {' and '.join(labels)}" if labels else ""

    def tree(self, formula):
        return read_formula(formula, self.frame.setting)

    def attempt(self, body, *, seed=1):
        """Feedback on a student's lines; never raises for what they wrote.

        `seed`, an int ≥ 0, draws the instances: another seed, other instances. A grader takes a
        secret one.
        """
        lines = [line for line in body.splitlines() if not _STUB.match(line)]
        self.last = Attempt(self, "\n".join(lines), seed=seed)
        return self.last

    def __repr__(self):
        frame = "\n".join(repr(self.frame).split("\n")[:-1])
        sign = SIGNS.get(self.sign, self.sign)
        return printable(f"{frame}\nShow: {self.tree(self.start)} {sign} {self.tree(self.goal)}")

    def _repr_markdown_(self):
        frame = page.as_markdown(self.frame).rpartition("\n\n<small>")[0]
        return f"{frame}\n\nShow:\n\n$${self.start} {self.sign} {self.goal}$$"


class Attempt(Derivation):
    """A student's lines with feedback; `done` says whether the exercise is solved."""

    def __init__(self, exercise, body, *, seed=1):
        self.exercise, frame = exercise, exercise.frame
        self._says = None
        super().__init__(
            f"{exercise.title}: your derivation",
            body,
            setting=frame.setting,
            strict=False,
            seed=seed,
            start=exercise.tree(exercise.start),
            facts=frame.facts,
        )

    def _read(self, formula, reason):
        match = WORDS.match(formula)
        if match and match[1] in ("Assume", "Suppose"):
            error = CannotRead(
                "the facts of an exercise are given: write true lines only", formula, 0
            )
            self._step(formula, reason, page.unread(error))
            return
        chain = self._chain
        super()._read(formula, reason)
        if match and self.rows and self.rows[-1].kind in ("Let", "Define"):
            self._chain = chain  # an abbreviation breaks no chain

    def _anchors(self, line):
        """The last side; or, behind a lemma, the start, if no line has begun there already."""
        last, start = self._chain.anchor, self.exercise.tree(self.exercise.start)
        begun = any(side == start for step in self.steps[:-1] for side in _sides(step))
        may_begin = line.lead in RELATIONS and last not in (None, start) and not begun
        return [last, start] if may_begin else [last]

    @property
    def done(self):
        return self.ok and not self._shortcoming()

    def say(self):
        """One sentence on where the attempt stands."""
        if not self.steps:
            sign = SIGNS.get(self.exercise.sign, self.exercise.sign)
            return f"Write the first line: {self.exercise.tree(self.exercise.start)} {sign} …"
        wrong = [step for step in self.steps if not step.verdict.holds]
        if wrong:
            good = len(self.steps) - len(wrong)
            said = f"Line ({wrong[0].label}) needs another look"
            others = {0: "", 1: "; the other line holds"}
            return said + others.get(good, f"; the other {good} lines hold") + "."
        return self._shortcoming() or "Complete: every line holds and you have reached the goal."

    def _shortcoming(self):
        """What true lines still lack, or nothing."""
        c.Effort.left = 10**6
        if self._says is None:
            self._says = Graph(self).shortcoming() if self.steps else "There is no line yet."
        return self._says

    def __repr__(self):
        shown = page.as_text(self).split("\n")[:-1]
        return printable("\n".join([*shown, self.say()]))

    def _repr_markdown_(self):
        return (
            f"{page.as_markdown(self).rpartition(chr(10) * 2 + '<small>')[0]}\n\n**{self.say()}**"
        )


def _sides(step):
    return [s for a, _, b in step.claim.pairs() for s in (a, b)] if step.claim is not None else []
