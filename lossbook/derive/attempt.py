"""A derivation for the student to write: true lines that link a start to a goal.

The lines are a graph: every side is a node, every true relation an edge, so a derivation may run
from the left, from the right, from both ends, or show that a difference is zero. It is done when
the start is linked to the goal over a milestone: a term that a real derivation passes through and
that padding does not earn.
"""

import random
import re
from itertools import combinations

from flint import ctx, fmpq

from lossbook._console import printable
from lossbook.derive import constructs as c
from lossbook.derive import page
from lossbook.derive.constructs import SIGNS
from lossbook.derive.derivation import Derivation
from lossbook.derive.evaluate import arrays as ar
from lossbook.derive.evaluate import numbers as nb
from lossbook.derive.evaluate import sampling
from lossbook.derive.evaluate.numbers import ZERO
from lossbook.derive.normal_form import Forms
from lossbook.derive.syntax.reader import read_formula
from lossbook.derive.syntax.spelling import RELATIONS, WORDS, CannotRead

# What nbgrader puts where a solution was cut out, and the marks of the place.
_STUB = re.compile(r"\s*(%|#|raise NotImplementedError)")
_WORLDS = 6
_LARGER = 1.75  # a side counts as the goal if it has its normal form and is not much larger
_MOST_TERMS = 40
_STEPS_OF_ANOTHER_ROUTE = 3
_MOST_SIDES = 16


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
            self._says = _Graph(self).shortcoming() if self.steps else "There is no line yet."
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


class _Graph:
    """Sides of true lines as nodes, up to their normal form; relations as edges."""

    def __init__(self, attempt):
        self.exercise, self.setting = attempt.exercise, attempt.setting
        exercise = attempt.exercise
        self.start, self.goal = exercise.tree(exercise.start), exercise.tree(exercise.goal)
        frame = exercise.frame.setting
        self.worlds = _Worlds(attempt._checker(set(attempt.facts)), self.setting)
        self.loose = _Worlds(attempt._checker(set()), self.setting, frame)
        self.forms = Forms(self.setting, self.worlds)
        self.blank = any(step.verdict.kind == "blank" for step in attempt.steps)
        self.pairs = []  # (left, sign, right) of true lines
        for step in attempt.steps:
            if step.verdict.kind in ("true", "definition") and step.claim is not None:
                pairs = step.claim.pairs()
                self.pairs += [(self._opened(a), sign, self._opened(b)) for a, sign, b in pairs]
        self._values, self._cleaned, self._written = {}, {}, {}

    def _opened(self, tree):
        """The tree with the student's own abbreviations written out: they hide no padding."""
        index = type(tree) is c.Index and type(tree.base) is c.Name
        name = tree.base.name if index else getattr(tree, "name", None)
        places = tree.places if index else ()
        own = self.setting.definitions.get(name) if type(tree) is c.Name or index else None
        known = name in self.exercise.frame.setting.definitions
        if own is None or known or own.parameters or len(own.indices) != len(places):
            return tree.rebuilt(self._opened)
        binds = {i for part in own.body.parts() for i in getattr(part, "binds", ())}
        if binds & set().union(*[place.names() for place in places], set()):
            return tree
        body = own.body
        for i, place in zip(own.indices, places, strict=True):
            body = c.replaced(body, c.Name(i), place)
        return self._opened(body)

    def shortcoming(self):
        if self.blank:
            return "A blank is left: your turn."
        start, goal = self.forms.key(self.start), self.forms.key(self.goal)
        linked = None
        for first, last, sign in self._ends():
            sides = self._on_the_way(first, last, sign)
            if sides is not None and (last is not self.goal or self._in_its_form()):
                if self._earned(sides):
                    return ""
                linked = sides
        if linked is not None:
            return self._hint()
        sides = self._reached(self.start, self.exercise.sign)
        shown = self.exercise.tree(self.exercise.goal)
        if len(sides) < 2 and not self._mentions(start):
            return f"Every line holds, but none of them starts from {self.start}."
        if self._mentions(goal):
            sign = SIGNS.get(self.exercise.sign, self.exercise.sign)
            return f"Every line holds, but they do not yet link {self.start} {sign} {shown}."
        if self.exercise.sign == "=" and len(sides) > 1:
            return f"Every line holds, and this equals the goal; write it as {shown}."
        return f"Every line holds. Go on until you reach {shown}."

    def _ends(self):
        """(first, last, sign) of every link that says what start and goal say: also A − B for 0."""
        sign = self.exercise.sign
        turned = {r"\le": r"\ge", r"\ge": r"\le"}.get(sign, sign)
        yield self.start, self.goal, sign
        wanted = {self.forms.key(c.Sub(self.start, self.goal)): sign}
        wanted.setdefault(self.forms.key(c.Sub(self.goal, self.start)), turned)
        sides = list({self._key(side): side for a, _, b in self.pairs for side in (a, b)}.values())
        for a in sides[:_MOST_SIDES]:
            for b in sides[:_MOST_SIDES]:
                found = wanted.get(self.forms.key(c.Sub(a, b))) if a is not b else None
                if found and {self._key(a), self._key(b)} != {
                    self._key(self.start),
                    self._key(self.goal),
                }:
                    yield a, b, found

    def _hint(self):
        if not self.exercise.milestones:
            return "True, but too fast: write the steps between."
        tree = self.exercise.tree(self.exercise.milestones[0])
        return f"True, but the step between is missing: a line with the term {tree} would show it."

    # ------------------------------------------------------------ the graph

    def _key(self, tree):
        return self.forms.key(self._clean(tree))

    def _light(self, tree):
        """Only written alike: nothing is multiplied out, and no terms are put together."""
        if tree not in self._written:
            terms = _signed(self._clean(tree))
            keys = [self.forms.key(c.Neg(t) if sign < 0 else t, expand=False) for sign, t in terms]
            self._written[tree] = tuple(sorted(keys))
        return self._written[tree]

    def _mentions(self, key):
        return any(self._key(side) == key for a, _, b in self.pairs for side in (a, b))

    def _edges(self, sign, bare):
        """key → keys that it is linked to; `bare` pairs of keys link nothing."""
        strict = {r"\le": "<", r"\ge": ">"}.get(sign, sign)
        turned = {r"\le": (r"\ge", ">"), r"\ge": (r"\le", "<")}.get(sign, ())
        edges = {}
        for left, own, right in self.pairs:
            if {self._light(left), self._light(right)} <= bare:
                continue
            a, b = self._key(left), self._key(right)
            if own in ("=", sign, strict):
                edges.setdefault(a, set()).add(b)
            if own == "=" or own in turned:
                edges.setdefault(b, set()).add(a)
        return edges

    def _reached(self, first, sign):
        bare = {self._light(self.start), self._light(self.goal)}
        return _closure({self._key(first)}, self._edges(sign, bare))

    def _on_the_way(self, first, last, sign):
        """The sides on all ways from the first to the last, or None where there is no way."""
        bare = {self._light(first), self._light(last)}
        edges = self._edges(sign, bare)
        back = {}
        for a, targets in edges.items():
            for b in targets:
                back.setdefault(b, set()).add(a)
        start, goal = self._key(first), self._key(last)
        ahead, behind = _closure({start}, edges), _closure({goal}, back)
        if goal not in ahead or (start == goal and not edges):
            return None
        between = ahead & behind
        sides = {
            side: None for a, _, b in self.pairs for side in (a, b) if self._key(side) in between
        }
        return [side for side in sides if self._light(side) not in bare]

    def _in_its_form(self):
        """Whether some side is written as the goal is, and not at much greater length."""
        goal, most = self._key(self.goal), _LARGER * _size(self.goal)
        every = [side for a, _, b in self.pairs for side in (a, b)]
        return any(self._key(side) == goal and _size(side) <= most for side in every)

    # ------------------------------------------------------------ milestones

    def _earned(self, sides):
        if not self.exercise.milestones:
            return bool(sides)
        sides = [side for side in sides if not self._wraps(side) and not self._mixes(side)]
        trees = [self.exercise.tree(formula) for formula in self.exercise.milestones]
        lemmas = [s for a, _, b in self.pairs if self._light(a) != self._light(b) for s in (a, b)]
        lemmas = [s for s in lemmas if not self._wraps(s) and not self._mixes(s)] if sides else []
        if any(self._earns(side, tree) for side in [*sides, *lemmas] for tree in trees):
            return True
        ends = {self.forms.key(self.start), self.forms.key(self.goal)}
        others = {self._key(side) for side in sides} - ends
        return len(others) >= _STEPS_OF_ANOTHER_ROUTE  # a route that the exercise does not know

    def _wraps(self, side):
        """Whether the start or the goal as a whole is inside of a factor, power or function."""
        ends = [self._everywhere(end) for end in (self.start, self.goal)]

        def inside(tree, under):
            value = not isinstance(tree, (c.Num, c.Claim, c.Relation)) and under
            if value and any(end and _same(self._everywhere(tree), end) for end in ends):
                return True
            under = under or not isinstance(tree, (c.Add, c.Sub, c.Neg, c.Blank))
            return any(inside(child, under) for child in tree.children())

        return inside(side, False)

    def _mixes(self, side):
        """Whether a side is a mean of start and goal, multiplied out."""
        start, goal, mean = map(self.forms.terms, (self.start, self.goal, side))
        if None in (start, goal, mean):
            return False
        only = [key for key in start if key not in goal]
        share = mean.get(only[0], ZERO) / start[only[0]] if only else ZERO
        if share in (0, 1):
            return False
        every = {*start, *goal, *mean}
        return all(
            mean.get(k, ZERO) == share * start.get(k, ZERO) + (1 - share) * goal.get(k, ZERO)
            for k in every
        )

    def _earns(self, side, milestone):
        """Whether a multiple of the milestone is a term of the side, and is not cancelled."""
        side, ends = self._clean(side), (self.start, self.goal)
        given = {self._light(t) for end in ends for s, t in _signed(end)}
        for kind in ("worlds", "loose"):
            wanted = self._value(milestone, kind)
            if wanted is None or not any(map(_nonzero, wanted)):
                continue  # it is always 0 here: then as if the definitions were free letters
            if kind == "worlds" and any(_ratio(self._value(end, kind), wanted) for end in ends):
                continue  # worth as much as the start: then its definitions tell it apart
            parts = [side] if self._light(side) in given else _terms(side)
            terms = [self._value(term, kind) for term in parts]
            if None in terms:
                continue
            ratios = [_ratio(term, wanted) for term in terms]
            share = sum((ratio for ratio in ratios if ratio is not None), ZERO)
            others = [term for term, ratio in zip(terms, ratios, strict=True) if ratio is None]
            new = any(
                r is not None and self._light(t) not in given
                for t, r in zip(parts, ratios, strict=True)
            )
            if new and _nonzero(share) and not _cancels(others, [x * share for x in wanted]):
                return True
            if (
                _ratio(self._value(side, kind), wanted) is not None
                and self._light(side) not in given
            ):
                return True
        return False

    def _value(self, tree, kind):
        """What a formula is on some instances, or None where it has no value."""
        if (tree, kind) not in self._values:
            found = []
            for world, places in getattr(self, kind).places():
                try:
                    with ctx.workprec(128):
                        found += [nb.real(x) for x in ar.entries(tree.value(world().at(places)))]
                except (ArithmeticError, ValueError, AttributeError):
                    found = None
                    break
            self._values[tree, kind] = found
        return self._values[tree, kind]

    def _everywhere(self, tree):
        """The values on instances, and where the definitions are free letters as well."""
        true, free = self._value(tree, "worlds"), self._value(tree, "loose")
        return true if true is None or free is None else true + free

    # ------------------------------------------------------------ padding

    def _clean(self, tree):
        """The side without what is idle: a part that is worth the whole takes its place."""
        if tree not in self._cleaned:
            self._cleaned[tree] = self._stripped(tree)
        return self._cleaned[tree]

    def _stripped(self, tree):
        if type(tree) in (c.Num, c.Name, c.Index):
            return tree
        whole = self._everywhere(tree)
        if whole is None:
            return tree
        if not isinstance(tree, (c.Add, c.Sub, c.Neg)):
            for part in tree.parts():
                if part is tree or isinstance(part, (c.Num, c.Claim, c.Relation)):
                    continue
                if _same(self._everywhere(part), whole):
                    return self._stripped(part)
        else:
            signed = _signed(tree)
            values = [self._everywhere(term) for _, term in signed]
            if None not in values and len(signed) < _MOST_TERMS:
                kept = _without_zeros(signed, values)
                kept = [(sign, self._clean(term)) for sign, term in kept]
                return _joined(kept) if kept else c.Num(ZERO)
        return tree


class _Worlds:
    """A few worlds to compare formulas on; with `frame`, its definitions are free letters."""

    def __init__(self, checker, setting, frame=None):
        self.instances = []
        for number, plan in enumerate(sampling.PLANS):
            if plan.style not in ("nice", "generic") or max(plan.sizes) > 4 or 1 in plan.sizes:
                continue
            found = checker.facts.fulfilled(plan, 7, number)
            if found is not None:
                self.instances.append(_freed(found, frame, number) if frame else found)
            if len(self.instances) == _WORLDS:
                break

    def __iter__(self):
        return iter([instance.world for instance in self.instances])

    def places(self):
        """Every world, with the free indices at their first and at their last value."""
        for instance in self.instances:
            ranges = instance.setting.ranges
            lengths = {i: s if isinstance(s, int) else instance.sizes[s] for i, s in ranges.items()}
            for k in (0, 1):
                yield (
                    instance.world,
                    {i: n if (j + k) % 2 else 1 for j, (i, n) in enumerate(lengths.items())},
                )


def _freed(instance, frame, number):
    """The instance with every definition that is no function replaced by drawn numbers."""
    for name, definition in frame.definitions.items():
        if definition.parameters:
            continue
        try:
            with ctx.workprec(128):
                value = instance.world().lookup(name)
        except (ArithmeticError, ValueError):
            continue
        rng = random.Random(f"free {name} {number}")
        flat = [fmpq(rng.randint(1, 40), 7) for _ in ar.entries(value)]
        free = ar.Array(value.dims, value.shape, flat) if type(value) is ar.Array else flat[0]
        instance = instance.but({}, [(name, lambda world, free=free: free)])
    return instance


def _closure(found, edges):
    todo = list(found)
    while todo:
        for key in edges.get(todo.pop(), ()):
            if key not in found:
                found.add(key)
                todo.append(key)
    return found


def _size(tree):
    return sum(1 for _ in tree.parts())


def _nonzero(x):
    return x != 0 if type(x) is fmpq else not x.contains(0)


def _same(a, b):
    """Whether two lists of numbers agree; what has no value agrees with nothing."""
    if a is None or b is None:
        return a is None and b is None
    return len(a) == len(b) and not any(_nonzero(x - y) for x, y in zip(a, b, strict=True))


def _ratio(values, wanted):
    """The number r for which values = r · wanted, or None."""
    if values is None or len(values) != len(wanted) or not any(map(_nonzero, values)):
        return None
    at = next(k for k, x in enumerate(wanted) if _nonzero(x))
    ratio = values[at] / wanted[at]
    return ratio if _same(values, [ratio * x for x in wanted]) else None


def _cancels(terms, wanted):
    """Whether some of the terms add up to the negative of what is wanted."""
    most = len(terms) if len(terms) <= 9 else 2
    for many in range(1, most + 1):
        for chosen in combinations(terms, many):
            total = [sum(column, ZERO) for column in zip(*chosen, strict=True)]
            if len(total) == len(wanted) and _same(total, [-x for x in wanted]):
                return True
    return False


def _signed(tree, sign=1):
    """The terms of a sum with their signs, through brackets."""
    if type(tree) is c.Neg:
        return _signed(tree.body, -sign)
    if type(tree) in (c.Add, c.Sub):
        return _signed(tree.left, sign) + _signed(
            tree.right, sign if type(tree) is c.Add else -sign
        )
    return [(sign, tree)]


def _joined(signed):
    sign, tree = signed[0]
    tree = c.Neg(tree) if sign < 0 else tree
    for sign, term in signed[1:]:
        tree = (c.Add if sign > 0 else c.Sub)(tree, term)
    return tree


def _without_zeros(signed, values):
    """Without terms that are 0, and pairs of terms that add up to 0, on every instance."""
    kept = [k for k, value in enumerate(values) if any(map(_nonzero, value))]
    for a, b in combinations(list(kept), 2):
        if a in kept and b in kept and len(values[a]) == len(values[b]):
            total = [
                signed[a][0] * x + signed[b][0] * y
                for x, y in zip(values[a], values[b], strict=True)
            ]
            if not any(map(_nonzero, total)):
                kept = [k for k in kept if k not in (a, b)]
    return [signed[k] for k in kept]


def _terms(tree):
    """The terms of a side when brackets are opened; no two of them are put together."""
    if type(tree) is c.Blank:
        return _terms(tree.body)
    if type(tree) is c.Neg:
        return [c.Neg(term) for term in _terms(tree.body)]
    if type(tree) in (c.Add, c.Sub):
        right = _terms(tree.right)
        return _terms(tree.left) + (
            right if type(tree) is c.Add else [c.Neg(term) for term in right]
        )
    if type(tree) in (c.Mul, c.Dot):
        left, right = _terms(tree.left), _terms(tree.right)
        if len(left) * len(right) <= _MOST_TERMS:
            return [type(tree)(a, b) for a in left for b in right]
    if type(tree) is c.Div:
        return [c.Div(term, tree.below) for term in _terms(tree.above)]
    if type(tree) is c.Big and tree.kind == "sum":
        return [c.Big("sum", tree.binders, tree.condition, term) for term in _terms(tree.body)]
    return [tree]
