"""Judge a line on instances: refuted for certain, not refuted, or undecided.

An instance is evaluated with more and more bits until every comparison is certain, or both sides
agree to half of the bits. One certain refutation is a counterexample. What stays undecided counts
for nothing, and a line with such an instance is not marked as true.
"""

from typing import NamedTuple

from flint import fmpq

from lossbook.derive import constructs as c
from lossbook.derive.evaluate import arrays as ar
from lossbook.derive.evaluate import sampling
from lossbook.derive.falsify.compare import (
    BITS,
    FALSE,
    OPEN,
    TRUE,
    UNDECIDED,
    UNDEFINED,
    judged,
    nature,
)
from lossbook.derive.falsify.counterexample import better_point, violation
from lossbook.derive.falsify.explain import counterexample_text, diagnosis, instance_text, nowhere
from lossbook.derive.falsify.facts import Facts
from lossbook.derive.falsify.roots import roots

_ENOUGH = 6  # instances that decide a claim
_EFFORT = 150_000  # what one line may cost
_MOST_TIGHT = 6
_WITNESSES = 3  # instances on which one side of ⇔ holds
_FAR = tuple(fmpq(10) ** power for power in (-12, -9, -6, -4, 4, 6, 9, 12))  # roots may lie there
_NO_ROOTS = ("label", "set", "integer", "random", "simplex")


class Verdict(NamedTuple):
    """kind: true, definition, false, size, undefined, unreadable, untested, undecided, carried,
    reference, blank, note, heavy. `sizes` are the least and the largest size that were tried."""

    kind: str
    instances: int = 0
    message: str = ""
    hint: str = ""
    sizes: tuple = ()

    @property
    def holds(self):
        return self.kind in ("true", "definition", "note", "blank")


class Checker:
    """Judges lines in one setting, under some facts."""

    def __init__(self, setting, facts=(), seed=1):
        self.setting, self.seed = setting, seed
        self.facts = Facts(setting, facts)
        self._drawn, self._tight = {}, None

    def instances(self, tree):
        """Instances on which the facts hold, for a line that speaks of these constants."""
        constants, order, limits = nature(tree, self.setting)
        used = self.setting.rests_on(tree) | set().union(
            *[self.setting.rests_on(f) for f in self.facts.facts], set()
        )
        named = self._sizes(tree, used)
        for number, plan in enumerate(
            sampling.plans_for(constants, self.setting, order, limits, named)
        ):
            own = constants if plan.style == "corner" else ()
            key = (plan, number if not plan.large else -number, own)
            if key not in self._drawn:
                self._drawn[key] = self.facts.fulfilled(plan, self.seed, number, own)
            if self._drawn[key] is not None:
                yield self._drawn[key]

        yield from self._at_the_bounds()

    def _sizes(self, tree, used):
        """The sizes that a line rests on: of its letters, its labels and its sums."""
        setting = self.setting
        used = used | {index for part in tree.parts() for index in getattr(part, "binds", ())}
        found = {setting.ranges[index] for index in setting.ranges if index in used}
        for name, variable in setting.variables.items():
            if name in used:
                found |= {*variable.dims}
                found |= {variable.detail} if variable.space == "label" else set()
        return [n for n, kind in setting.scope.items() if kind == "size" and n in used | found]

    def _at_the_bounds(self):
        """Instances on which the inequalities of the facts are just met."""
        if self._tight is None:
            self._tight = []
            facts = c.Claim(self.facts.facts)
            bounds = _as_equations(facts)
            if bounds != facts:
                tight = Facts(self.setting, bounds.relations)
                for number, plan in enumerate(sampling.PLANS[:14]):
                    found = tight.fulfilled(plan, self.seed, 300 + number, draws=2)
                    if found is not None and self.facts.hold(found):
                        self._tight.append(found)
                    if len(self._tight) == _MOST_TIGHT or number > 6 + 2 * len(self._tight):
                        break
        yield from self._tight

    # ------------------------------------------------------------ one question

    def line(self, line, anchor=None, before=None):
        """Verdict on a Line; `anchor` continues a chain, `before` is the claim above."""
        c.Effort.left = _EFFORT
        try:
            return self._line(line, anchor, before)
        except ar.SizeMismatch as error:
            return Verdict("size", message=str(error))
        except (c.TooLarge, RecursionError) as error:
            return Verdict("heavy", message=str(error))

    def _line(self, line, anchor, before):
        claims = list(line.claims)
        if anchor is not None:
            first = claims[0].relations[0]
            first = c.Relation((anchor, *first.sides[1:]), first.signs)
            claims[0] = c.Claim((first, *claims[0].relations[1:]))
        links = list(zip(claims, line.links, claims[1:], strict=False))
        if before is not None:
            links.insert(0, (before, line.lead, claims[0]))
        if not links:
            return self.claim(claims[0])
        tested = 0
        for left, link, right in links:
            verdict = self.link(left, link, right)
            if not verdict.holds:
                return verdict
            tested += verdict.instances
        return verdict._replace(instances=tested)

    def claim(self, claim):
        """A claim that must hold on every instance."""
        if any(type(right) is c.ArgOptimum for _, _, right in claim.pairs()):
            return self._arg_optimum(claim)
        decided, undecided, sizes = 0, 0, []
        closest = []
        for instance in self.instances(claim):
            try:
                votes = judged(claim, instance, sampling.combinations(claim, instance), closest)
            except c.TooLarge:
                if decided < _ENOUGH:
                    raise
                continue
            for places, vote in votes:
                if vote == FALSE:
                    hint = diagnosis(claim, self)
                    return Verdict("false", decided, self._example(claim, instance, places), hint)
                if vote == UNDEFINED:
                    return Verdict("undefined", decided, nowhere(claim, instance, places))
            kinds = {vote for _, vote in votes}
            if kinds <= {TRUE, OPEN}:
                decided += 1
                sizes += instance.sizes.values()
            undecided += UNDECIDED in kinds and not instance.is_extreme
        if decided < _ENOUGH and not undecided:
            return Verdict("untested", decided, _too_few(decided))
        found = violation(claim, closest, self) if not undecided else None
        if type(found) is str:
            return Verdict("undecided", decided, found)
        if found is not None:
            instance, places = found
            return Verdict("false", decided, self._example(claim, instance, places))
        if undecided:
            said = f"{undecided} instance(s) could not be told apart with {BITS[-1]} bits"
            return Verdict("undecided", decided, said)
        return Verdict("true", decided, sizes=_range(sizes))

    def _example(self, claim, instance, places):
        return counterexample_text(claim, instance, places, self.facts.facts)

    def _arg_optimum(self, claim):
        """a = arg min_v f: no other v among many tried gives less."""
        ((left, _, right),) = claim.pairs()
        decided, sizes = 0, []
        for number, instance in enumerate(self.instances(claim)):
            better = better_point(left, right, instance, self.facts, search=number < 10)
            if type(better) is str:
                shown = instance_text(claim, instance, {}, self.facts.facts)
                return Verdict("false", decided, f"{better}\n{shown}")
            decided += better
            sizes += instance.sizes.values()
        if decided < _ENOUGH:
            return Verdict("untested", decided, _too_few(decided))
        return Verdict("true", decided, sizes=_range(sizes))

    # ------------------------------------------------------------ ⇔ and ⇒

    def link(self, left, link, right):
        """Where one side holds the other must hold; instances are made to satisfy the first."""
        ways, tested, sizes = [(left, right, "left"), (right, left, "right")], 0, []
        for given, wanted, word in ways if link == r"\iff" else ways[:1]:
            verdict = self._one_way(given, wanted, word)
            if not verdict.holds:
                return verdict
            tested += verdict.instances
            sizes += verdict.sizes
        return Verdict("true", tested, sizes=_range(sizes))

    def _one_way(self, given, wanted, word):
        both, seen, undecided, sizes = c.Claim(given.relations + wanted.relations), 0, 0, []

        def witnesses():
            yield from self._witnesses(given, both)
            if seen < _WITNESSES:  # more patience, and points far out
                for form, chosen in self._forms(given):
                    for found in self._made(form, self._plans(both), 6, first=500, patience=60):
                        yield found, chosen
            if seen < _WITNESSES:
                yield from self._roots(given, both, _FAR)

        for instance, places_that_hold in witnesses():
            hit = False
            for places in places_that_hold(sampling.combinations(both, instance)):
                ((_, vote),) = judged(wanted, instance, [places])
                if vote in (FALSE, UNDEFINED):
                    said = nowhere(wanted, instance, places)
                    if vote == FALSE:
                        facts = (*given.relations, *self.facts.facts)
                        said = counterexample_text(wanted, instance, places, facts)
                    said = f"here the {word} side holds, but not the other\n{said}"
                    return Verdict("undefined" if vote == UNDEFINED else "false", seen, said)
                hit |= vote in (TRUE, OPEN)
                undecided += vote == UNDECIDED and not instance.is_extreme
            seen += hit
            sizes += instance.sizes.values() if hit else []
        if seen < _WITNESSES:
            said = f"only {seen} instance(s) were found in which the {word} side holds"
            return Verdict("untested", seen, said)
        if undecided:
            return Verdict("undecided", seen, f"{undecided} instance(s) could not be told apart")
        return Verdict("true", seen, sizes=_range(sizes))

    def _witnesses(self, given, both):
        """(instance, function that chooses the places at which `given` holds for certain)."""

        def certain(instance):
            def chosen(every):
                return [p for p in every if judged(given, instance, [p])[0][1] == TRUE]

            return chosen

        for instance in self.instances(both):
            yield instance, certain(instance)
        for form, chosen in self._forms(given):
            for found in self._made(form, self._plans(both), 6):
                yield found, chosen
        edges = _as_equations(given)
        if edges != given:
            for found in self._made(edges, self._plans(both), 4):
                yield found, certain(found)
        yield from self._roots(given, both, nature(both, self.setting)[0])

    def _forms(self, given):
        """(claim, choice of places): for every place, and for the first one alone.

        What holds for one i need not hold for all.
        """
        first = {i: c.Num(fmpq(1)) for i in c.free_indices(given, self.setting.scope)}
        yield given, lambda every: every
        if first:
            yield (
                _put(given, first),
                lambda every: [p for p in every if all(p.get(i) == 1 for i in first)],
            )

    def _plans(self, tree):
        constants, order, _ = nature(tree, self.setting)
        plans = sampling.plans_for(constants, self.setting, order, "limit")
        return _in_turn([p for p in plans if not p.large])

    def _made(self, form, plans, most, first=100, patience=6):
        """A few instances on which this form holds by construction."""
        facts = Facts(self.setting, [*self.facts.facts, *_split(form)])
        hits = failures = 0
        for number, plan in enumerate(plans):
            found = facts.fulfilled(plan, self.seed, first + number, draws=2)
            if found is None:
                failures += 1
            else:
                hits += 1
                yield found
            if hits == most or failures == patience + 2 * hits:
                return

    def _roots(self, given, both, points):
        """Where one scalar equation of the premise is solved in one entry of a letter."""
        for form, chosen in self._forms(given):
            relations = _split(form)
            equations = [r for r in relations if r.signs == ("=",)]
            others = c.Claim(tuple(r for r in relations if r.signs != ("=",)))
            if len(equations) != 1 or c.free_indices(equations[0], self.setting.scope):
                continue
            letters = self._letters_of(equations[0], both)
            hits = failures = 0
            for number, plan in enumerate(self._plans(both)):
                if hits >= 4 or failures >= 8 + hits:
                    break
                failures += 1
                instance = self.facts.fulfilled(plan, self.seed, number)
                for name in letters if instance is not None else ():
                    try:
                        found = roots(equations[0], instance, name, 0, {}, points)
                    except (ArithmeticError, ValueError):
                        failures -= 1
                        continue
                    for one in found:
                        changed = [name] if name in one.values else ()
                        if self.facts.hold(one, changed) and _holds(others, one):
                            hits += 1
                            yield one, chosen
                    if found:
                        break

    def _letters_of(self, equation, claim):
        """Up to three letters to solve an equation for; first those that the claim is about."""
        rest = self.setting.rests_on(equation)
        letters = Facts(self.setting, [equation]).letters()
        letters = letters or [n for n in self.setting.variables if n in rest]
        sought = _sought(claim)
        letters = sorted(letters, key=lambda name: name not in sought)[:3]
        return [n for n in letters if self.setting.variables[n].space not in _NO_ROOTS]


def _in_turn(plans):
    """The plans with their styles in turn: nice, generic, corner, …, nice, …"""
    styles = list(dict.fromkeys(plan.style for plan in plans))
    return [
        plan
        for turn in range(len(plans))
        for style in styles
        for plan in [p for p in plans if p.style == style][turn : turn + 1]
    ]


def _range(sizes):
    return (min(sizes), max(sizes)) if sizes else ()


def _put(claim, values):
    for index, number in values.items():
        claim = c.replaced(claim, c.Name(index), number)
    return claim


def _split(claim):
    return [c.Relation((left, right), (sign,)) for left, sign, right in claim.pairs()]


def _as_equations(claim):
    """The claim with an equation for every bound: where it is just met."""
    relations = []
    for relation in claim.relations:
        for left, sign, right in relation.pairs():
            relations.append(
                c.Relation((left, right), ("=" if sign in (r"\le", r"\ge") else sign,))
            )
    return c.Claim(tuple(relations))


def _sought(claim):
    """Letters that the claim is about: differentiated by, or alone on a left side."""
    found = set()
    for part in claim.parts():
        if type(part) is c.Gradient:
            found |= part.variable.names()
        elif type(part) is c.Partial:
            found |= set().union(*[v.names() for v in part.variables])
        elif type(part) is c.Slope:
            found |= part.argument.names()
    for relation in claim.relations:
        if relation.sides[0] is not None and type(relation.sides[0]) in (c.Name, c.Index):
            found |= relation.sides[0].names()
    return found


def _holds(claim, instance):
    return not claim.relations or judged(claim, instance, [{}])[0][1] == TRUE


def _too_few(decided):
    return f"only {decided} instance(s) satisfy the assumptions and decide it"
