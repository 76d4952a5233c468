"""A derivation for the student to write: from a start to a goal, every line checked."""

import re
from collections import Counter

from lossbook._console import printable
from lossbook.derive import show
from lossbook.derive.derivation import Derivation
from lossbook.derive.reading import text
from lossbook.derive.tex import RELATIONS, read_formula
from lossbook.derive.tokens import CannotRead
from lossbook.derive.trees import parts

_BLANK = re.compile(r"□(\d)")
# What nbgrader puts where a solution was cut out, and the marks of the place.
_STUB = re.compile(r"\s*(%|#|raise NotImplementedError)")


class Exercise:
    """What is given, where to start, where to arrive.

    Parameters
    ----------
    title : str
    setting : str
        Lines of Let, Define and Assume.
    start, goal : str
        Formulas. The derivation goes from the one to the other.
    at_least : int
        Least number of lines; jumping to the goal is no derivation.
    sign : str
        The relation between start and goal, ``=`` unless stated.

    Examples
    --------
    >>> square = Exercise(
    ...     "Square of a sum", r"Let a, b \\in \\mathbb{R}",
    ...     start="(a + b)^2", goal="a^2 + 2 a b + b^2", at_least=2,
    ... )
    >>> square.attempt(r'''
    ... = (a + b)(a + b)
    ... = a^2 + a b + b^2
    ... ''')
    Square of a sum: your derivation
     (1) ✓  = (a + b) (a + b)
     (2) ✗  = a² + a b + b²
            | false: for  a = 1, b = 3
            | left   (a + b) (a + b) = 16
            | right  a² + a b + b² = 13
    Line (2) needs another look; the other line holds.

    Raises
    ------
    FalseStep
        The goal does not follow: the exercise itself is checked.
    """

    def __init__(self, title, setting, *, start, goal, at_least=2, sign="="):
        self.title, self.start, self.goal = title, start, goal
        self.at_least, self.sign = at_least, sign
        self.last = None  # the latest attempt
        self.frame = Derivation(title, setting)
        Derivation(title, f"{setting}\n{start} {sign} {goal}{self._reason()}")

    def _reason(self):
        labels = [f"({label})" for label in self.frame.facts]
        return f"   % by {' and '.join(labels)}" if labels else ""

    def attempt(self, body, *, seed=1):
        """Feedback on a student's lines; never raises for what they wrote.

        `seed`, an int ≥ 0, draws the instances: another seed, other instances. A grader takes a
        secret one.
        """
        lines = [line for line in body.splitlines() if not _STUB.match(line)]
        self.last = Attempt(self, "\n".join(lines), seed=seed)
        return self.last

    def fill(self, template, **answers):
        """Feedback on a derivation with blanks □1, □2, … filled in by answers _1=, _2=, …"""
        wanted = set(_BLANK.findall(template))
        given = {key.lstrip("_") for key in answers}
        if wanted != given:
            missing = ", ".join(sorted(f"_{k}" for k in wanted ^ given))
            raise ValueError(f"the blanks are {', '.join(sorted(wanted))}; look at {missing}")
        return Attempt(
            self, _BLANK.sub(lambda blank: f"({answers['_' + blank[1]]})", template), copied=True
        )

    def __repr__(self):
        sign = _sign(self)
        frame = "\n".join(repr(self.frame).split("\n")[:-1])
        scope = self.frame.setting.scope
        start, goal = text(read_formula(self.start, scope)), text(read_formula(self.goal, scope))
        task = f"Show in at least {self.at_least} lines: {start} {sign} {goal}"
        return printable(f"{frame}\n{task}")

    def _repr_markdown_(self):
        frame = show.as_markdown(self.frame)
        task = f"Show in at least {self.at_least} lines:"
        return f"{frame}\n\n{task}\n\n$${self.start} {self.sign} {self.goal}$$"


class Attempt(Derivation):
    """A student's lines with feedback; `done` says whether the exercise is solved."""

    def __init__(self, exercise, body, *, copied=False, seed=1):
        self.exercise, self.copied = exercise, copied
        frame = exercise.frame
        first = next((line for line in body.splitlines() if line.strip()), "")
        start = read_formula(exercise.start, frame.setting.scope)
        self.implicit = first.strip()[:1] == "=" or first.strip().startswith(RELATIONS)
        super().__init__(
            f"{exercise.title}: your derivation",
            body,
            setting=frame.setting,
            strict=False,
            seed=seed,
            start=start if self.implicit else None,
            facts=frame.facts,
        )

    def _read(self, formula, reason):
        # What is given is given: a student's line states, it does not declare.
        if re.match(r"(Let|Define|Assume|Suppose|Note)\b", formula):
            why = "the letters and facts of an exercise are given: write formulas only"
            error = CannotRead(why, formula, 0)
            self._step(formula, reason, show.unread(error))
            return
        super()._read(formula, reason)

    @property
    def done(self):
        return self.ok and not self._shortcoming()

    def say(self):
        """One sentence on where the attempt stands."""
        if not self.steps:
            start = read_formula(self.exercise.start, self.exercise.frame.setting.scope)
            return f"Write the first line: {text(start)} {_sign(self.exercise)} …"
        wrong = [step for step in self.steps if not step.verdict.holds]
        if wrong:
            good = len(self.steps) - len(wrong)
            said = f"Line ({wrong[0].label}) needs another look"
            others = {0: "", 1: "; the other line holds"}
            return said + others.get(good, f"; the other {good} lines hold") + "."
        return self._shortcoming() or "Complete: every line holds and you have reached the goal."

    def _shortcoming(self):
        """What true lines still lack, or nothing."""
        scope = self.exercise.frame.setting.scope
        start, goal = (read_formula(f, scope) for f in (self.exercise.start, self.exercise.goal))
        if not self.steps:
            return "There is no line yet."
        sides = self._sides(start)
        if sides is None:
            return f"Every line holds, but this is no chain that starts from {text(start)}."
        if canonical(sides[-1]) != canonical(goal):
            return f"Every line holds. Go on until you reach {text(goal)}."
        ends = (start, goal)
        new = {canonical(side) for side in sides if not any(is_padded(side, end) for end in ends)}
        new -= set(map(canonical, ends))
        # The goal counts as a line, the start does not; lines that repeat another do not count,
        # and neither do those that pad the start or the goal, as S + 1 - 1 does.
        if len(new) + 1 < self.exercise.at_least and not self.copied:
            return f"True, but too fast: write at least {self.exercise.at_least} different lines."
        return ""

    def _sides(self, start):
        """All sides of the chain, from the start; None if the lines are no such chain."""
        sides = [start]
        for step in self.steps:
            if step.statement is None or step.statement[0] != "rel":
                return None
            _, (left, *rest), signs = step.statement
            if not _allowed(signs, self.exercise.sign):
                return None
            if not step.line.lead and canonical(left) not in map(canonical, sides):
                return None
            sides += rest
        return sides

    def __repr__(self):
        shown = show.as_text(self).split("\n")[:-1]
        return printable("\n".join([*shown, self.say()]))

    def _repr_markdown_(self):
        return f"{show.as_markdown(self)}\n\n**{self.say()}**"


def _sign(exercise):
    return show.SIGNS.get(exercise.sign, exercise.sign)


def _allowed(signs, wanted):
    """A chain of = proves =; a chain of = and ≤ proves ≤."""
    strict = {r"\le": "<", r"\ge": ">"}.get(wanted, wanted)
    return set(signs) <= {"=", wanted, strict}


def canonical(tree):
    """A tree up to the order of terms and factors, as text: for "is this the goal?"."""
    if not isinstance(tree, tuple) or not tree:
        return repr(tree)
    if tree[0] in ("add", "sub", "neg"):
        return "sum" + repr(sorted(_terms(tree, 1)))
    if tree[0] in ("mul", "dot"):
        return "product" + repr(sorted(_factors(tree)))
    return repr((tree[0], *[canonical(branch) for branch in tree[1:]]))


def _terms(tree, sign):
    if tree[0] == "neg":
        return _terms(tree[1], -sign)
    if tree[0] in ("add", "sub"):
        right = sign if tree[0] == "add" else -sign
        return _terms(tree[1], sign) + _terms(tree[2], right)
    return [(sign, canonical(tree))]


def _factors(tree):
    if tree[0] in ("mul", "dot"):
        return _factors(tree[1]) + _factors(tree[2])
    return [canonical(tree)]


def is_padded(tree, short):
    """Whether a tree is `short` with something idle: S + 0, 1 · S, 3 S / 3, S x / x, S + T − T.

    Only what stands outside of sums, powers and brackets is looked at. To add and subtract the
    same inside of a square is how many a derivation begins.
    """
    return _size(tree) > _size(short) and _linear(tree) == _linear(short)


def _size(tree):
    return sum(1 for _ in parts(tree))


def _linear(tree):
    """Factors of a term, as a tuple of texts → the number in front of it; () is the term 1."""
    if not isinstance(tree, tuple) or not tree:
        return {(repr(tree),): 1}
    kind, *branches = tree
    if kind == "num":
        return _sum(({(): branches[0]}, 1))
    if kind == "neg":
        return _sum((_linear(branches[0]), -1))
    if kind in ("add", "sub"):
        return _sum((_linear(branches[0]), 1), (_linear(branches[1]), 1 if kind == "add" else -1))
    if kind in ("mul", "dot"):
        return _product(_linear(branches[0]), _linear(branches[1]))
    if kind == "div":
        return _product(_linear(branches[0]), _inverse(_linear(branches[1])))
    if kind == "pow" and _linear(branches[1]) == {(): 1}:
        return _linear(branches[0])
    return {(canonical(tree),): 1}


def _sum(*parts):
    found = {}
    for terms, sign in parts:
        for factors, number in terms.items():
            found[factors] = found.get(factors, 0) + sign * number
    return {factors: number for factors, number in found.items() if number}


def _product(left, right):
    for number, terms in ((left, right), (right, left)):
        if not number.keys() - {()}:  # a number, which goes into each of the terms
            return _sum((terms, number.get((), 0)))
    (left, a), (right, b) = _one_term(left), _one_term(right)
    factors = Counter([*left, *right])
    for factor in [one for one in factors if f"1/{one}" in factors]:
        both = min(factors[factor], factors[f"1/{factor}"])
        factors -= Counter({factor: both, f"1/{factor}": both})
    return {tuple(sorted(factors.elements())): a * b}


def _inverse(terms):
    if not terms:  # 1 / 0 is not ours to judge
        return {("1/0",): 1}
    factors, number = _one_term(terms)
    return {tuple(sorted(f"1/{one}" for one in factors)): 1 / number}


def _one_term(terms):
    """The factors and the number of a sum that has one term; any other is a factor as a whole."""
    return next(iter(terms.items())) if len(terms) == 1 else ((_written(terms),), 1)


def _written(terms):
    terms = [f"{number} {'·'.join(factors)}" for factors, number in terms.items()]
    return f"({' + '.join(sorted(terms))})"
