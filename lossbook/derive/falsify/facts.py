"""Instances on which facts hold exactly: assigned, or solved for over the rationals.

What holds only to thirty digits would refute true lines, so an instance is no witness unless its
facts hold exactly, or by construction. `name = formula` is assigned; equations and inequalities
that are affine in some letters are solved for these; one transcendental equation in one number is
solved by a change of sign, which proves that a root lies in the ball.
"""

import random
from collections import Counter
from itertools import combinations

from flint import arb, ctx, fmpq, fmpq_mat, fmpz

from lossbook.derive import constructs as c
from lossbook.derive.evaluate import arrays as ar
from lossbook.derive.evaluate import numbers as nb
from lossbook.derive.evaluate import sampling
from lossbook.derive.evaluate.arrays import Array
from lossbook.derive.evaluate.environment import key_of
from lossbook.derive.evaluate.numbers import ZERO
from lossbook.derive.evaluate.search import as_float, rounded

FACT_BITS = 128
_SOLVED_FOR = ("real", "positive", "nonnegative", "interval", "simplex", "open simplex", "random")
_MOST_SUBSETS = 24
_DRAWS = 8
_MOST_FAILURES = 20  # after these, letters are not worth another try
_MOST_PLACES = 400
_ZERO = c.Num(ZERO)
FAILURES = (ArithmeticError, ar.SizeMismatch, c.TooLarge)


class _Bent(Exception):
    """The facts are not affine in these letters."""


class Facts:
    """Relations that are taken to hold, for every value of their free indices."""

    def __init__(self, setting, facts):
        self.setting, self.facts = setting, tuple(facts)
        self.assigned, self.rest = [], []  # [(name, indices, formula)], [Relation]
        self._tried = Counter()  # letters → how often they could not be solved for; −1 if ever
        for fact in facts:
            for left, sign, right in fact.pairs():
                target = sign == "=" and (self._target(left, right) or self._target(right, left))
                if target:
                    self.assigned.append(target)
                else:
                    self.rest.append(c.Relation((left, right), (sign,)))

    def _target(self, left, right):
        """(name, its indices, formula) where a side is a letter that may take the other's value."""
        base, places = (left.base, left.places) if type(left) is c.Index else (left, ())
        if type(base) is not c.Name or base.name not in self.setting.variables:
            return None
        name, variable = base.name, self.setting.variables[base.name]
        indices = [getattr(place, "name", None) for place in places]
        ranges = tuple(self.setting.ranges.get(i) for i in indices)
        whole = variable.dims[:-1] if variable.dims[-1:] == (1,) else variable.dims
        fits = not places or (len(set(indices)) == len(indices) and ranges == whole[: len(ranges)])
        if variable.space not in ("real", "positive", "nonnegative", "interval") or not fits:
            return None
        if (len(variable.dims) == 3 and len(places) != 1) or (
            places and len(places) < len(whole) and len(variable.dims) != 3
        ):
            return None
        used = self.setting.rests_on(right)
        if name in used or not c.free_indices(right, self.setting.scope) <= set(indices):
            return None
        for other, _, formula in self.assigned:
            if other == name or name in self.setting.rests_on(formula):
                return None
        return name, tuple(indices), right

    # ------------------------------------------------------------ whether they hold

    def assign(self, instance):
        """The instance with the assigned letters: exact where that is possible, else a recipe."""
        for name, indices, formula in self.assigned:
            recipe = _recipe(name, indices, formula, instance)
            with ctx.workprec(FACT_BITS):
                value = recipe(instance.world())
            if all(type(x) is fmpq for x in ar.entries(value)):
                instance = instance.but({name: value})
            else:
                instance = instance.but({}, [(name, recipe)])
        return instance

    def hold(self, instance, changed=()):
        """Whether all of them hold for certain, and every changed letter is where it may be."""
        try:
            with ctx.workprec(FACT_BITS):
                world = instance.world()
                if not all(
                    self._inside(name, world) for name in [*changed, *[a[0] for a in self.assigned]]
                ):
                    return False
                for fact in self.rest:
                    for places in sampling.combinations(fact, instance, _MOST_PLACES):
                        if not _certain(fact, world.at(places)):
                            return False
        except FAILURES:
            return False
        return True

    def _inside(self, name, world):
        """Whether a letter is where its declaration says."""
        bounds = _bounds(name, self.setting.variables[name], world)
        return all(c.HOLDS[sign](nb.sign(gap)) for sign, gap in bounds)

    # ------------------------------------------------------------ making them hold

    def fulfilled(self, plan, seed, number, constants=(), draws=_DRAWS):
        """An Instance of this plan on which the facts hold, or None."""
        for turn in range(draws if self.facts else 1):
            instance = sampling.drawn(
                self.setting, plan, seed, f"{number}.{turn}" if turn else number, constants
            )
            if not self.facts:
                return instance
            try:
                found = self.made_true(instance, turn + number)
            except FAILURES:
                continue
            if found is not None:
                return found
        return None

    def made_true(self, instance, turn=0):
        """This instance as it is, or with some letters solved for."""
        assigned = self.assign(instance)
        if self.hold(assigned):
            return assigned
        if not self.rest:
            return None
        rng = random.Random(f"solve {turn}")
        for names, scaled in self._subsets(turn):
            key = (names, scaled)
            if self._tried[key] >= _MOST_FAILURES:
                continue
            try:
                found = self._solved(instance, names, rng, scaled)
            except _Bent:
                self._tried[key] += _MOST_FAILURES // 2
                continue
            if found is not None and self.hold(found, names):
                self._tried[key] -= _MOST_FAILURES
                return found
            self._tried[key] += 1
        return self._one_by_one(instance, turn, rng)

    def _one_by_one(self, instance, turn, rng):
        """Each equation solved in a letter that no earlier one contains."""
        if len(self.rest) < 2 or self._tried["one by one"] >= _MOST_FAILURES:
            return None
        settled, changed = set(), []
        equations = [fact for fact in self.rest if fact.signs == ("=",)]
        for fact in sorted(equations, key=lambda fact: len(self.setting.rests_on(fact))):
            part = Facts(self.setting, [])
            part.assigned, part.rest = self.assigned, [fact]
            own = [name for name in part.letters() if name not in settled]
            settled |= self.setting.rests_on(fact)
            if part.hold(self.assign(instance)):
                continue
            for k in range(len(own)):
                name = own[(k + turn) % len(own)]
                try:
                    found = part._solved(instance, (name,), rng)
                except _Bent:
                    continue
                if found is not None and part.hold(found, (name,)):
                    instance, changed = found, [*changed, name]
                    break
        instance = self.assign(instance)
        if self.hold(instance, changed):
            return instance
        self._tried["one by one"] += 1
        return None

    def letters(self):
        """Letters that the facts rest on and that can be solved for."""
        used = set().union(*[self.setting.rests_on(fact) for fact in self.rest], set())
        for _, _, formula in self.assigned:
            used |= self.setting.rests_on(formula)
        used -= {name for name, _, _ in self.assigned}
        return [
            n for n, v in self.setting.variables.items() if n in used and v.space in _SOLVED_FOR
        ]

    def _subsets(self, turn):
        """Sets of one to three letters, beginning with another one every turn."""
        letters = self.letters()
        found = [s for many in (1, 2, 3) for s in combinations(letters, many)]
        ones = found[: len(letters)]
        turn = turn % max(len(ones), 1)
        ones = ones[turn:] + ones[:turn]
        scales = [
            s for s in ones if self.setting.variables[s[0]].space in ("positive", "nonnegative")
        ]
        found = (
            [(s, False) for s in ones]
            + [(s, True) for s in scales]
            + [(s, False) for s in found[len(ones) :]]
        )
        return found[:_MOST_SUBSETS]

    def _solved(self, instance, names, rng, scaled=False):
        unknowns = (_Scale if scaled else _Unknowns)(self.setting, instance, names)
        if not unknowns.many:
            return None
        active = {}
        for turn in range(3):
            here = self._rows(unknowns, unknowns.start, instance)
            goals = enumerate(_goals(here, rng, turn))
            more = {k: goal for k, goal in goals if goal is not None and k not in active}
            if active and not more:
                break
            active |= more
            moved = self._step(unknowns, instance, active, rng)
            if moved is None:
                return None
            unknowns.start = moved
        return self.assign(unknowns.put(instance, unknowns.start))

    def _step(self, unknowns, instance, active, rng):
        """Where the active rows are at their goals, with the least change; None if not affine."""

        def rows(point):
            found = self._rows(unknowns, point, instance)
            return [found[k][1] - goal for k, goal in active.items()]

        start, many = unknowns.start, unknowns.many
        here = rows(start)
        if not here or not all(type(x) is fmpq for x in here):
            raise _Bent
        test = [fmpq(rng.randint(-5, 5), 3) for _ in range(many)]
        there = rows([x + t for x, t in zip(start, test, strict=True)])
        back = rows([x - t for x, t in zip(start, test, strict=True)])
        if any(a + b != h + h for a, b, h in zip(there, back, here, strict=True)):
            raise _Bent
        columns = []
        for j in range(many):
            poked = [x + 1 if i == j else x for i, x in enumerate(start)]
            columns.append([a - b for a, b in zip(rows(poked), here, strict=True)])
            if not all(type(x) is fmpq for x in columns[-1]):
                raise _Bent
        for i, x in enumerate(there):
            if x != here[i] + sum((columns[j][i] * test[j] for j in range(many)), ZERO):
                raise _Bent
        return _least_change(start, here, columns)

    def _rows(self, unknowns, point, instance):
        """(sign, left − right) of every comparison, and of the bounds of the unknowns."""
        moved = self.assign(unknowns.put(instance, point))
        found = []
        with ctx.workprec(FACT_BITS):
            world = moved.world()
            for fact in self.rest:
                ((left, sign, right),) = fact.pairs()
                for places in sampling.combinations(fact, moved, _MOST_PLACES):
                    for a, b in sides(left, right, world.at(places)):
                        found.append((sign, a - b))
            found += unknowns.bounds(world)
            for name, _, _ in self.assigned:
                found += _bounds(name, self.setting.variables[name], world)
        return found


def _goals(rows, rng, turn):
    """Where each row has to go: nowhere if it holds, 0 for an equation, beyond a bound."""
    for sign, gap in rows:
        beyond = fmpq(rng.choice((0, 1, 1, 2, 3)), rng.choice((1, 2)) * 8**turn)
        if sign in ("<", ">", r"\ne") and beyond == 0:
            beyond = fmpq(1, 8**turn)
        try:
            fine = c.HOLDS[sign](nb.sign(gap))
        except nb.Undecided:
            fine = False
        if sign == "=":
            yield ZERO
        else:
            yield None if fine else -beyond if sign in ("<", r"\le") else beyond


def _least_change(start, here, columns):
    many = len(start)
    table = [x for i in range(len(here)) for x in (*(col[i] for col in columns), -here[i])]
    reduced, rank = fmpq_mat(len(here), many + 1, table).rref()
    pivots = [next(j for j in range(many + 1) if reduced[i, j] != 0) for i in range(rank)]
    if many in pivots:
        return None  # contradictory
    if not rank:
        return list(start)
    a = fmpq_mat(rank, many, [reduced[i, j] for i in range(rank) for j in range(many)])
    b = fmpq_mat(rank, 1, [reduced[i, many] for i in range(rank)])
    change = a.transpose() * (a * a.transpose()).solve(b)
    return [x + change[j, 0] for j, x in enumerate(start)]


class _Unknowns:
    """The entries of some letters, in one list."""

    def __init__(self, setting, instance, names):
        self.setting, self.names = setting, names
        self.keys = [key_of(setting, name) for name in names]
        self.letters = [instance.value(key) for key in self.keys]
        self.start = [x for letter in self.letters for x in ar.entries(letter)]
        self.many = len(self.start)

    def put(self, instance, point):
        values, at = {}, 0
        for key, letter in zip(self.keys, self.letters, strict=True):
            flat = point[at : at + len(ar.entries(letter))]
            at += len(flat)
            is_array = type(letter) is Array
            values[key] = Array(letter.dims, letter.shape, list(flat)) if is_array else flat[0]
        return instance.but(values)

    def bounds(self, world):
        found = []
        for name in self.names:
            found += _bounds(name, self.setting.variables[name], world)
        return found


class _Scale(_Unknowns):
    """A factor that the entries of a letter have in common."""

    def __init__(self, setting, instance, names):
        super().__init__(setting, instance, names)
        self.start, self.many = [fmpq(1)], 1

    def put(self, instance, point):
        scaled = {k: ar.scaled(point[0], v) for k, v in zip(self.keys, self.letters, strict=True)}
        return instance.but(scaled)


def _bounds(name, variable, world):
    """(sign, entry − bound) for where a letter lives."""
    space = variable.space
    if space in ("real", "random", "label", "set", "integer"):
        return []
    value = world.lookup(name)
    entries = ar.entries(value)
    if space in ("positive", "open simplex", "nonnegative", "simplex"):
        sign = ">" if space in ("positive", "open simplex") else r"\ge"
        found = [(sign, x) for x in entries]
        if space.endswith("simplex"):
            step = value.shape[-2]
            for k in range(0, len(entries), step):
                found.append(("=", sum(entries[k : k + step], ZERO) - 1))
        return found
    low, high, open_low, open_high = variable.detail
    ends = (low, ">" if open_low else r"\ge"), (high, "<" if open_high else r"\le")
    ends = [(end.value(world), sign) for end, sign in ends]
    return [(sign, x - end) for end, sign in ends if not nb.is_infinite(end) for x in entries]


def _recipe(name, indices, formula, instance):
    """A function of a world: the value that a fact `name = formula` gives to the letter."""
    old = instance.value(name)

    def value(world):
        if not indices:
            found = formula.value(world)
            if type(old) is Array and ar.is_number(found):
                found = Array(old.dims, old.shape, [found] * len(old.flat)) if found == 0 else found
            if type(old) is Array and (type(found) is not Array or found.dims != old.dims):
                raise ar.SizeMismatch(f"{name} is a {ar.sized(old)}, not a {ar.sized(found)}")
            return found
        members = []
        for k in range(len(old.flat) // (old.shape[1] if len(old.shape) == 3 else 1)):
            places = (
                (k + 1,) if len(indices) == 1 else (k // old.shape[1] + 1, k % old.shape[1] + 1)
            )
            members += ar.entries(formula.value(world.at(dict(zip(indices, places, strict=True)))))
        if len(members) != len(old.flat):
            raise ar.SizeMismatch(f"{name} is a {ar.sized(old)}")
        return Array(old.dims, old.shape, members)

    return value


def sides(left, right, world):
    """Pairs of entries of both sides; a bare 0 is also the zero vector."""
    a, b = left.value(world), right.value(world)
    if left == _ZERO:
        a = _zeros(b)
    elif right == _ZERO:
        b = _zeros(a)
    if (type(a) is Array and len(a.dims) == 3) or (type(b) is Array and len(b.dims) == 3):
        raise ar.SizeMismatch("a whole family cannot be compared: give it an index")
    if type(a) is ar.Unit or type(b) is ar.Unit:
        a, b = ar.like(a, b, "compared with")
    if (type(a) is Array) != (type(b) is Array) or (type(a) is Array and a.dims != b.dims):
        raise ar.SizeMismatch(f"left is a {ar.sized(a)}, right is a {ar.sized(b)}")
    if type(a) is ar.Unit:
        a, b = a.scale, b.scale
    return list(zip(ar.entries(a), ar.entries(b), strict=True))


def _zeros(value):
    return ZERO if ar.is_number(value) else ar.scaled(ZERO, value)


def _certain(fact, world):
    """Whether a relation holds for certain here, entry by entry."""
    for left, sign, right in fact.pairs():
        found = [c.HOLDS[sign](nb.order(a, b)) for a, b in sides(left, right, world)]
        if not (any(found) if sign == r"\ne" else all(found)):
            return False
    return True


# -------------------------------------------------------------------- roots of one number

_GRID = (0, 1, 2, 3, 5, 8, 13, 21, 40, 75, 150, 400, 1000)


def roots(fact, instance, name, entry, places, constants=(), most=3):
    """Instances on which one scalar equation holds in one entry of a letter: exact, or proven."""
    key = key_of(instance.setting, name)
    letter, variable = instance.value(key), instance.setting.variables[name]
    ((left, _, right),) = fact.pairs()

    def put(x):
        if type(letter) is not Array:
            return x
        flat = list(letter.flat)
        flat[entry] = x
        return Array(letter.dims, letter.shape, flat)

    def gap(x, world=None):
        if world is None:
            world = instance.but({key: put(x)}).world().at(places)
        else:
            world = world.but({key: put(x)}).at(places)
        ((a, b),) = sides(left, right, world)
        return nb.real(nb.add(a, -b))

    def side(x):
        try:
            with ctx.workprec(FACT_BITS):
                return nb.sign(gap(x))
        except (ArithmeticError, ValueError):
            return None

    points = _points(variable, constants)
    with ctx.workprec(FACT_BITS):
        gap(points[len(points) // 2])  # ValueError, where it is more than one number
    found, before = [], None
    for x in points:
        here = side(x)
        if here == 0:
            found.append(instance.but({key: put(x)}))
        elif here is not None and before is not None and here * before[1] < 0:
            found.append(_bracketed(instance, key, put, gap, side, before[0], x, before[1]))
        before = (x, here) if here else None
        if len(found) >= most:
            break
    return [one for one in found if one is not None]


def _points(variable, constants):
    near = {fmpq(x) for x in _GRID} | {x + fmpq(s, 2) for x in constants for s in (-1, 0, 1)}
    points = sorted(near | {-x for x in near} | {fmpq(1, n) for n in (2, 10, 1000)})
    if variable.space in ("positive", "nonnegative"):
        return [x for x in points if x > 0]
    if variable.space in ("interval", "simplex", "open simplex"):
        return [fmpq(k, 64) for k in range(1, 64)]
    return points


def _bracketed(instance, key, put, gap, side, low, high, side_low):
    """The root between two points: a short rational if that is one, else a recipe for a ball."""
    for _ in range(34):
        middle = (low + high) / 2
        here = side(middle)
        if here is None:
            return None
        if here == 0:
            return instance.but({key: put(middle)})
        low, high = (middle, high) if here == side_low else (low, middle)
    for largest in (1, 2, 12, 100, 10**4):
        simple = _simplest(low, high, largest)
        if simple is not None and side(simple) == 0:
            return instance.but({key: put(simple)})

    def recipe(world):
        at, before = high, low
        here, there = gap(at, world), gap(before, world)
        width = fmpq(1, 2 ** (ctx.prec * 5 // 8))
        for _ in range(12):  # the secant, until it does not move
            slope = (here - there) / (nb.ball(at - before))
            step = (here / slope).mid()
            if not step.is_finite() or abs(step) < arb(width) / 4:
                break
            before, there, at = at, here, at - step.fmpq()
            at = fmpq((at * 2**ctx.prec).floor(), fmpz(2) ** ctx.prec)
            here = gap(at, world)
        if nb.sign(gap(at - width, world)) * nb.sign(gap(at + width, world)) >= 0:
            raise nb.Undecided
        inside = arb(at) + arb(0, 1) * arb(width)
        if not gap(inside, world).is_finite():  # it has a value on all of the ball: no jump there
            raise nb.Undecided
        return put(inside)

    with ctx.workprec(FACT_BITS):
        try:
            recipe(instance.world())
        except FAILURES:
            return None
    return instance.but({}, [(key, recipe)])


def _simplest(low, high, largest):
    x = rounded(as_float((low + high) / 2), largest)
    return x if low - fmpq(1, 10**9) <= x <= high + fmpq(1, 10**9) else None
