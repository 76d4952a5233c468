"""What one instance says of a claim: true for certain, not refuted, false for certain, undecided.

An instance is evaluated with more and more bits until every comparison is certain, or both sides
agree to half of the bits.
"""

from flint import arb, ctx, fmpq

from lossbook.derive import constructs as c
from lossbook.derive.evaluate import numbers as nb
from lossbook.derive.evaluate.numbers import Overflow, Undecided, Undefined

BITS = (128, 256, 512, 1024, 2048)
LIMIT_BITS = (512, 1024, 2048)  # a limit refutes only where all of these do

TRUE, OPEN, FALSE, UNDEFINED, UNDECIDED, ABSTAINS = range(6)


def nature(tree, setting):
    """What the plans for a line depend on; see `_nature`."""
    return setting.known(_nature, tree)


def _nature(tree, setting):
    """(constants, order of derivatives, "limit" or "search" or ""), also inside of definitions."""
    todo = [
        tree,
        *[setting.definitions[n].body for n in setting.rests_on(tree) if n in setting.definitions],
    ]
    constants, order, limits = set(), 0, ""
    for one in todo:
        for part in one.parts():
            if type(part) is c.Num and part.number not in (0, 1, 2, fmpq(1, 2)):
                constants.add(part.number)
            elif type(part) is c.Pow and (power := _power_of_numbers(part)) is not None:
                constants.add(power)
            elif type(part) in (c.Gradient, c.Slope):
                order = max(order, part.order)
            elif type(part) is c.Partial:
                order = max(order, len(part.variables))
            if type(part) is c.Optimum:
                limits = "search"
            elif type(part) in (c.Limit, c.Integral):
                limits = limits or "limit"
    return tuple(sorted(constants)), order, limits


def _power_of_numbers(power):
    """10^{-9} as a number, or None."""
    base, exponent = power.base, power.exponent
    minus = type(exponent) is c.Neg
    exponent = exponent.body if minus else exponent
    if type(base) is not c.Num or type(exponent) is not c.Num or exponent.number.q != 1:
        return None
    if not 0 < exponent.number <= 60 or not 0 < base.number <= 60:
        return None
    return base.number ** (-int(exponent.number.p) if minus else int(exponent.number.p))


def judged(claim, instance, every, closest=None):
    """[(places, vote)] of a claim at these values of its free indices."""
    limits = nature(claim, instance.setting)[2] == "limit"
    ladder = LIMIT_BITS if limits else BITS
    open_now, votes = list(every), []
    false_at = {}
    for bits in ladder:
        waiting = []
        with ctx.workprec(bits):
            try:
                world = instance.world()
            except Undefined:
                return [(places, UNDEFINED) for places in open_now]
            except Overflow:
                return [(places, ABSTAINS) for places in open_now]
            except Undecided:
                continue
            for places in open_now:
                vote = _vote(claim, world.at(places), bits, closest, instance, places)
                if limits and vote in (FALSE, UNDEFINED):  # only where every precision says so
                    at = tuple(places.items())
                    false_at[at] = false_at.get(at, 0) + 1
                    vote = vote if false_at[at] == len(ladder) else UNDECIDED
                if vote == UNDECIDED:
                    waiting.append(places)
                else:
                    votes.append((places, vote))
                if vote in (FALSE, UNDEFINED):
                    return votes
        open_now = waiting
        if not open_now:
            break
    return votes + [(places, UNDECIDED) for places in open_now]


def _vote(claim, world, bits, closest, instance, places):
    try:
        found = [_compared(*pair, world, bits, closest, instance, places) for pair in claim.pairs()]
    except Overflow:
        return ABSTAINS
    except Undecided:
        return UNDECIDED
    except Undefined:
        return UNDEFINED
    if FALSE in found and world.soft:
        world.soft.append("wide")  # a search found this: refute only what no better find can save
        try:
            again = [
                _compared(*pair, world, bits, None, instance, places) for pair in claim.pairs()
            ]
        except ArithmeticError:
            return UNDECIDED
        finally:
            world.soft.clear()
        return FALSE if FALSE in again else UNDECIDED
    world.soft.clear()
    return max(found)


def _compared(left, sign, right, world, bits, closest, instance, places):
    pairs = c.entry_pairs(left, right, world)
    votes = [_one(a, sign, b, bits) for a, b in pairs]
    if closest is not None and len(pairs) == 1:
        closest.append((pairs[0], (left, sign, right), instance, places))
    if sign == r"\ne":  # it is enough that one entry differs
        doubts = [vote for vote in votes if vote != FALSE]
        return TRUE if TRUE in votes else max(doubts, default=FALSE)
    return FALSE if FALSE in votes else max(votes, default=TRUE)


def _one(a, sign, b, bits):
    for x in (a, b):
        if type(x) is arb and not x.is_finite() and not nb.is_infinite(x):
            raise Undecided
    if nb.is_infinite(a) or nb.is_infinite(b):
        side = nb.order(a, b)
    else:
        gap = a - b
        try:
            side = nb.sign(gap)
        except Undecided:
            scale = abs(nb.ball(a)).lower()
            fine = gap.rad() < (scale if scale > 0 else 1) * arb(2) ** (-bits // 2)
            soft = gap.rad() < arb(10) ** -5 * (1 + abs(nb.ball(a)).upper())
            return (
                OPEN
                if sign in ("=", r"\le", r"\ge") and (fine or (soft and bits >= 1024))
                else UNDECIDED
            )
    return TRUE if c.HOLDS[sign](side) else FALSE
