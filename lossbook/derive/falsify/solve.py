"""Facts solved over the rationals for the entries of some letters, with the least change.

Equations, and bounds that are not met, are rows that have to reach a goal; where every row is
affine in the unknowns, elimination finds the nearest point at which all of them are there.
"""

from flint import ctx, fmpq, fmpq_mat

from lossbook.derive import constructs as c
from lossbook.derive.evaluate import arrays as ar
from lossbook.derive.evaluate import numbers as nb
from lossbook.derive.evaluate import sampling
from lossbook.derive.evaluate.arrays import Array
from lossbook.derive.evaluate.environment import key_of
from lossbook.derive.evaluate.numbers import ZERO

FACT_BITS = 128
FAILURES = (ArithmeticError, ar.SizeMismatch, c.TooLarge)
MOST_PLACES = 400


class Bent(Exception):
    """The facts are not affine in these letters."""


def solved(facts, instance, names, rng, scaled=False):
    unknowns = (_Scale if scaled else _Unknowns)(facts.setting, instance, names)
    if not unknowns.many:
        return None
    active = {}
    for turn in range(3):
        here = _rows(facts, unknowns, unknowns.start, instance)
        goals = zip(here, _goals(here.values(), rng, turn), strict=True)
        more = {key: goal for key, goal in goals if goal is not None and key not in active}
        if active and not more:
            break
        active |= more
        moved = _step(facts, unknowns, instance, active, rng)
        if moved is None:
            return None
        unknowns.start = moved
    return facts.assign(unknowns.put(instance, unknowns.start))


def _step(facts, unknowns, instance, active, rng):
    """Where the active rows are at their goals, with the least change; None if not affine."""

    def rows(point):
        found = _rows(facts, unknowns, point, instance, {key[:2] for key in active})
        return [found[key][1] - goal for key, goal in active.items()]

    start, many = unknowns.start, unknowns.many
    here = rows(start)
    if not here or not all(type(x) is fmpq for x in here):
        raise Bent
    test = [fmpq(rng.randint(-5, 5), 3) for _ in range(many)]
    there = rows([x + t for x, t in zip(start, test, strict=True)])
    back = rows([x - t for x, t in zip(start, test, strict=True)])
    if any(a + b != h + h for a, b, h in zip(there, back, here, strict=True)):
        raise Bent
    columns = []
    for j in range(many):
        poked = [x + 1 if i == j else x for i, x in enumerate(start)]
        columns.append([a - b for a, b in zip(rows(poked), here, strict=True)])
        if not all(type(x) is fmpq for x in columns[-1]):
            raise Bent
    for i, x in enumerate(there):
        if x != here[i] + sum((columns[j][i] * test[j] for j in range(many)), ZERO):
            raise Bent
    return _least_change(start, here, columns)


def _rows(facts, unknowns, point, instance, wanted=None):
    """{key: (sign, left − right)} of every comparison, and of the bounds of the unknowns.

    The first two parts of a key say which fact this is, and for which values of its indices;
    only the `wanted` ones are computed.
    """
    moved, found = facts.assign(unknowns.put(instance, point)), {}
    with ctx.workprec(FACT_BITS):
        world = moved.world()
        for m, fact in enumerate(facts.rest):
            ((left, sign, right),) = fact.pairs()
            for n, places in enumerate(sampling.combinations(fact, moved, MOST_PLACES)):
                if wanted is None or (m, n) in wanted:
                    pairs = c.entry_pairs(left, right, world.at(places))
                    found |= {(m, n, k): (sign, a - b) for k, (a, b) in enumerate(pairs)}
        for name in (*unknowns.names, *[name for name, _, _ in facts.assigned]):
            rows = bounds(name, facts.setting.variables[name], world)
            found |= {("bound", name, k): row for k, row in enumerate(rows)}
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


class _Scale(_Unknowns):
    """A factor that the entries of a letter have in common."""

    def __init__(self, setting, instance, names):
        super().__init__(setting, instance, names)
        self.start, self.many = [fmpq(1)], 1

    def put(self, instance, point):
        scaled = {k: ar.scaled(point[0], v) for k, v in zip(self.keys, self.letters, strict=True)}
        return instance.but(scaled)


def bounds(name, variable, world):
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
