"""Whether true lines link the start of an exercise to its goal, over a milestone.

Sides are nodes, up to their normal form; relations are edges.
"""

from lossbook.derive import constructs as c
from lossbook.derive.evaluate.numbers import ZERO
from lossbook.derive.normal_form import Forms
from lossbook.derive.worth import (
    Worlds,
    Worth,
    cancels,
    nonzero,
    opened_terms,
    ratio,
    same,
    signed_terms,
)

_LARGER = 1.75  # a side counts as the goal if it has its normal form and is not much larger
_STEPS_OF_ANOTHER_ROUTE = 3
_MOST_SIDES = 16


class Graph:
    """Sides of true lines as nodes, up to their normal form; relations as edges."""

    def __init__(self, attempt):
        self.exercise, self.setting = attempt.exercise, attempt.setting
        exercise = attempt.exercise
        self.start, self.goal = exercise.tree(exercise.start), exercise.tree(exercise.goal)
        frame = exercise.frame.setting
        true = Worlds(attempt._checker(set(attempt.facts)), self.setting)
        self.worth = Worth(true, Worlds(attempt._checker(set()), self.setting, frame))
        self.forms = Forms(self.setting, true)
        self.blank = any(step.verdict.kind == "blank" for step in attempt.steps)
        self.pairs = []  # (left, sign, right) of true lines
        for step in attempt.steps:
            if step.verdict.kind in ("true", "definition") and step.claim is not None:
                pairs = step.claim.pairs()
                self.pairs += [(self._opened(a), sign, self._opened(b)) for a, sign, b in pairs]
        self._written = {}

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
            gap = f"there is a gap between {self.start} and {shown}"
            return f"Every line holds, but {gap}. Write the steps between."
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
        return self.forms.key(self.worth.clean(tree))

    def _light(self, tree):
        """Only written alike: nothing is multiplied out, and no terms are put together."""
        if tree not in self._written:
            terms = signed_terms(self.worth.clean(tree))
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
        ends = [self.worth.everywhere(end) for end in (self.start, self.goal)]

        def inside(tree, under):
            value = not isinstance(tree, (c.Num, c.Claim, c.Relation)) and under
            if value and any(end and same(self.worth.everywhere(tree), end) for end in ends):
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
        side, ends = self.worth.clean(side), (self.start, self.goal)
        given = {self._light(term) for end in ends for _, term in signed_terms(end)}
        for worlds in (self.worth.true, self.worth.free):
            wanted = self.worth.on(worlds, milestone)
            if wanted is None or not any(map(nonzero, wanted)):
                continue  # it is always 0 here: then as if the definitions were free letters
            if worlds is self.worth.true and any(
                ratio(self.worth.on(worlds, end), wanted) for end in ends
            ):
                continue  # worth as much as the start: then its definitions tell it apart
            own = self._light(side) in given
            if not own and ratio(self.worth.on(worlds, side), wanted) is not None:
                return True
            parts = [side] if own else opened_terms(side)
            values = [self.worth.on(worlds, part) for part in parts]
            if None in values:
                continue
            ratios = [ratio(value, wanted) for value in values]
            new = any(
                r is not None and self._light(part) not in given
                for part, r in zip(parts, ratios, strict=True)
            )
            share = sum((r for r in ratios if r is not None), ZERO)
            others = [value for value, r in zip(values, ratios, strict=True) if r is None]
            if new and nonzero(share) and not cancels(others, [x * share for x in wanted]):
                return True
        return False


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
