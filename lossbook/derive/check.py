"""Is a line true? Tested on instances, attacked by search, never "proved"."""

from typing import NamedTuple

import numpy as np

from lossbook.derive.arithmetic import SizeMismatch, TooLarge, fifty_digits
from lossbook.derive.attack import find_better_point, find_violation
from lossbook.derive.compare import FALSE, TRUE, UNDEFINED, holds_for_all, votes
from lossbook.derive.instances import PLANS, draw, exactly, spread
from lossbook.derive.search import Conditions, polish, solve
from lossbook.derive.trees import at_first, equation, free_indices, names, pairs, parts, relations
from lossbook.derive.words import counterexample, diagnosis, instance, nowhere

_ENOUGH = 6  # instances that decide a claim
_WITNESSES = 3  # instances on which one side of ⇔ holds


class Verdict(NamedTuple):
    """kind: true, false, size, undefined, unreadable, untested, carried, note, heavy."""

    kind: str
    instances: int = 0
    message: str = ""
    hint: str = ""

    @property
    def holds(self):
        return self.kind in ("true", "note")


class Checker:
    """Judges lines in one setting, under some facts; draws its instances once."""

    def __init__(self, setting, facts=(), seed=1):
        self.setting, self.seed = setting, seed
        self.conditions = Conditions(setting, list(facts))
        self._worlds = None
        # Where nothing has a size, size 1 is nothing new.
        sized = "size" in setting.scope.values()
        self.plans = [plan for plan in PLANS if sized or plan.sizes != (1,)]

    def worlds(self):
        """Exact worlds in which the facts hold, one for each plan that can be met."""
        if self._worlds is None:
            drawn = (self._batch(plan) for plan in self.plans)
            self._worlds = [world for world in drawn if world is not None]
        return [world.afresh() for world in self._worlds]

    def _batch(self, plan):
        with np.errstate(all="ignore"):
            world = self._candidates(plan, plan.instances)
            fine = self.conditions.hold(world)
        return self.made_exact(world, np.flatnonzero(fine)[: plan.instances])

    def _candidates(self, plan, enough=None):
        """A float64 world of candidates: as drawn if `enough` of them hold, else solved for."""
        conditions = self.conditions
        world = conditions.assign(draw(self.setting, plan, self.seed))
        letters = conditions.letters(conditions.equations)
        if not (conditions.equations and letters):
            return world
        fine = conditions.hold(world)
        if enough is not None and fine.sum() >= enough:
            return world
        for many in (4 * enough, world.count) if enough else (world.count,):
            start = world.rows(np.arange(many)).afresh()
            solved, _ = solve(start, conditions.equations, letters, conditions)
            held = conditions.hold(solved).sum()
            if held >= (enough or world.count):
                break
        return solved if held > fine.sum() else world

    def made_exact(self, world, keep, also=()):
        """The chosen candidates in decimals, polished; None if none of them holds exactly."""
        if not len(keep):
            return None
        world = self.conditions.assign(exactly(world, keep))
        equations = [*self.conditions.equations, *also]
        letters = self.conditions.letters(equations)
        if equations and letters:
            world = polish(world, equations, letters, self.conditions)
        fine = np.flatnonzero(self.conditions.hold(world))
        return world.rows(fine).afresh() if len(fine) else None

    # ------------------------------------------------------------ one question

    def line(self, line, anchor=None, before=None):
        """Verdict on a Line; `anchor` continues a chain, `before` is the statement above."""
        with fifty_digits(), np.errstate(all="ignore"):
            try:
                return self._line(line, anchor, before)
            except SizeMismatch as error:
                return Verdict("size", message=str(error))
            except TooLarge as error:
                return Verdict("heavy", message=str(error))

    def _line(self, line, anchor, before):
        statements = list(line.statements)
        if anchor is not None:
            _, sides, signs = statements[0]
            statements[0] = ("rel", (anchor, *sides[1:]), signs)
        links = list(zip(statements, line.links, statements[1:], strict=False))
        if before is not None:
            links.insert(0, (before, line.lead, statements[0]))
        if not links:
            return self.claim(statements[0])
        tested = 0
        for left, link, right in links:
            verdict = self.link(left, link, right)
            if not verdict.holds:
                return verdict
            tested += verdict.instances
        return Verdict("true", tested)

    def claim(self, statement):
        """A statement that must hold on every instance."""
        if any(right[0] in ("argmin", "argmax") for _, _, right in pairs(statement)):
            return self._optimum(statement)
        indices = sorted(free_indices(statement, self.setting.scope))
        decided = 0
        for world in self.worlds():
            wide, combinations = spread(world, indices)
            vote = votes(statement, wide)
            if (vote == UNDEFINED).any():
                one = wide.row(int(np.argmax(vote == UNDEFINED)))
                return Verdict("undefined", decided, nowhere(statement, one))
            if (vote == FALSE).any():
                one = wide.row(int(np.argmax(vote == FALSE)))
                hint = diagnosis(statement, self.worlds())
                return Verdict("false", decided, self._example(statement, one), hint)
            decided += int((vote.reshape(-1, combinations) == TRUE).all(axis=1).sum())
        if decided < _ENOUGH:
            return Verdict("untested", decided, _too_few(decided))
        return self._attacked(statement, decided)

    def _example(self, statement, one):
        return counterexample(statement, one, self.conditions.facts)

    def _attacked(self, statement, decided):
        for left, sign, right in pairs(statement):
            if sign in ("=", r"\ne"):
                continue
            found = find_violation(self, left, sign, right)
            if found is not None:
                return Verdict("false", decided, self._example(statement, found))
        return Verdict("true", decided)

    def _optimum(self, statement):
        """a = arg min_v f: no other v among many tried gives less."""
        ((left, _, right),) = pairs(statement)
        decided = 0
        for world in self.worlds():
            found = find_better_point(self, world, left, right)
            if found is not None:
                shown = instance(("rel", (left, right[2]), ("=",)), found)
                word = "smaller" if right[0] == "argmin" else "larger"
                return Verdict("false", decided, f"nearby is a point with a {word} value\n{shown}")
            decided += world.count
        if decided < _ENOUGH:
            return Verdict("untested", decided, _too_few(decided))
        return Verdict("true", decided)

    # ------------------------------------------------------------ ⇔ and ⇒

    def link(self, left, link, right):
        """Where one side holds the other must hold; instances are made to satisfy the first."""
        tested = 0
        ways = [(left, right, "left"), (right, left, "right")]
        for given, wanted, word in ways if link == r"\iff" else ways[:1]:
            verdict = self._one_way(given, wanted, word)
            if not verdict.holds:
                return verdict
            tested += verdict.instances
        return Verdict("true", tested)

    def _one_way(self, given, wanted, word):
        indices = sorted(free_indices(("and", given, wanted), self.setting.scope))
        seen = 0
        for world in self._witnesses(given, wanted):
            wide, combinations = spread(world, indices)
            # A premise without free indices of its own must hold on the whole instance; one
            # with them is taken index by index.
            holds = votes(given, wide, premise=True) == TRUE
            vote = votes(wanted, wide)
            for kind, bad in (("undefined", UNDEFINED), ("false", FALSE)):
                wrong = holds & (vote == bad)
                if wrong.any():
                    one = wide.row(int(np.argmax(wrong)))
                    if kind == "undefined":
                        said = nowhere(wanted, one)
                    else:
                        said = counterexample(wanted, one, (given, *self.conditions.facts))
                    said = f"here the {word} side holds, but not the other\n{said}"
                    return Verdict(kind, seen, said)
            hit = holds & (vote == TRUE)
            seen += int(hit.reshape(-1, combinations).any(axis=1).sum())
        if seen < _WITNESSES:
            return Verdict(
                "untested", seen, f"I found only {seen} instance(s) in which the {word} side holds"
            )
        return Verdict("true", seen)

    def _witnesses(self, given, wanted):
        """Worlds in which `given` may hold: as drawn, and with its equations solved."""
        yield from self.worlds()
        yield from self._chosen_for(given)
        equations = [fact for fact in relations(given) if set(fact[2]) == {"="}]
        edges = [equation(a, b) for a, sign, b in pairs(given) if sign not in ("=", r"\ne")]
        for plan in self.plans:
            for goal in [equations] if equations else [[edge] for edge in edges]:
                yield from self._solved(plan, goal, given, wanted)
                # What holds for one i need not hold for all: solve for the first one alone.
                one = [at_first(fact, free_indices(fact, self.setting.scope)) for fact in goal]
                if one != goal and plan in PLANS[:3]:
                    yield from self._solved(plan, one, given, wanted)

    def _chosen_for(self, given):
        """Those among many candidates that satisfy a statement as they are."""
        for plan in PLANS[:5]:
            world = self._candidates(plan)
            fine = self.conditions.hold(world) & holds_for_all(given, world)
            exact = self.made_exact(world, np.flatnonzero(fine)[: plan.instances])
            if exact is not None:
                yield exact

    def _solved(self, plan, goal, given, wanted):
        both = ("and", given, wanted)
        everything = [*self.conditions.equations, *goal]
        preferred = [_sought(both), names(given) & names(wanted), None]
        tried = set()
        for among in preferred:
            letters = tuple(self.conditions.letters(everything, among))
            if not letters or letters in tried:
                continue
            tried.add(letters)
            start = self.conditions.assign(draw(self.setting, plan, self.seed, plan.instances))
            try:
                world, arrived = solve(start, everything, letters, self.conditions)
            except TooLarge:
                return
            if not arrived.any():
                continue
            exact = self.conditions.assign(exactly(world, np.flatnonzero(arrived)))
            exact = polish(exact, everything, letters, self.conditions)
            fine = np.flatnonzero(self.conditions.hold(exact))
            if len(fine):
                yield exact.rows(fine).afresh()
                return


def _sought(statement):
    """Letters that the statement is about: differentiated by, or alone on a left side."""
    found = set()
    for part in parts(statement):
        if part[0] == "grad":
            found.add(part[1][1])
        elif part[0] == "part":
            found |= {variable[1] for variable in part[2]}
        elif part[0] in ("slope", "prime"):
            found |= names(part[3])
    for relation in relations(statement):
        if relation[1][0] is not None and relation[1][0][0] in ("name", "idx"):
            found.add(relation[1][0][1])
    return found


def _too_few(decided):
    return f"only {decided} instance(s) satisfy the assumptions and decide it"
