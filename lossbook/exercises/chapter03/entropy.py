"""Entropy from a list of counts or shares, in any base.

It teaches that (3.2) asks for shares and that 0 · ln 0 is 0. Expected are nats whatever the base,
the base upside down, counts as they are, nan for an empty class or a small number against it, an
empty node refused, negative counts let in, and the ceiling ln K. Masses whose sum overflows are a
bonus.
"""

import numpy as np

from lossbook import information
from lossbook.checking import Bonus, Case, Function, Mistake


def _cases(rng):
    yield Case("a fair coin", ([1, 1], 2))
    yield Case("counts", ([8, 9], 2))
    yield Case("shares", ([0.5, 0.25, 0.25], 2))
    yield Case("a class without samples", ([3, 0, 1], 2))
    yield Case("a pure node", ([0, 5], 2))
    yield Case("one class", ([1], 10))
    yield Case("nats", ([1, 2, 5], np.e))
    yield Case("another base", (rng.integers(1, 30, size=4), 10))
    yield Case("another base", (rng.integers(1, 30, size=5) / 100, 3))
    yield Case("no class at all", ([], 2))
    yield Case("a node without samples", ([0, 0], 2))
    yield Case("a negative count", ([-1, 2], 2))
    yield Case("a negative count", ([3, -1], 2))


def _hidden_cases(rng):
    def counts(n):
        return rng.integers(1, 500, size=n)

    n, base = int(rng.integers(3, 7)), int(rng.integers(2, 12))
    yield Case("counts", (counts(n), 2))
    yield Case("nats", (counts(n), np.e))
    yield Case("another base", (counts(n), base))
    yield Case("a class without samples", (rng.permutation(np.append(counts(n), 0)), base))
    yield Case("a pure node", (rng.permutation(np.append(np.zeros(n), counts(1))), base))
    yield Case("a node without samples", ([0] * n, base))
    negative = np.append(counts(n), -1)
    yield Case("a negative count", (rng.permutation(negative), base))


def _beyond(rng):
    yield Case("masses of 1e308", ([1e308, 1e308, 1e308, 1.0], 2), extreme=True)
    yield Case("masses of 1e-320", ([1e-320, 1e-320], 2), extreme=True)


def _entropy(p, base):
    return information.entropy(p, base=base)


def _surprise(p, base, *, scale=True):
    """The mean surprise, after the checks that most of the mistakes share."""
    p = np.asarray(p, dtype=float)
    if (p < 0).any():
        raise ValueError("p must not be negative")
    p = p[p > 0]
    if scale and p.size:
        p = p / p.sum()
    return -np.sum(p * np.log(p)) / np.log(base)


def _always_nats(p, base):
    return _surprise(p, np.e)


def _base_upside_down(p, base):
    return _surprise(p, np.e) * np.log(base)


def _counts_as_they_are(p, base):
    return _surprise(p, base, scale=False)


def _keeps_the_zeros(p, base):
    _entropy(p, base)  # refuses what is negative
    p = np.asarray(p, dtype=float)
    if not p.any():
        return 0.0
    p = p / p.sum()
    return -np.sum(p * np.log(p)) / np.log(base)


def _refuses_the_empty_node(p, base):
    if np.sum(p) == 0:
        raise ValueError("there is no mass")
    return _entropy(p, base)


def _lets_negatives_in(p, base):
    p = np.asarray(p, dtype=float)
    if not p.any():
        return 0.0
    p = (p / p.sum())[p > 0]
    return -np.sum(p * np.log(p)) / np.log(base)


def _small_number_inside(p, base):
    _entropy(p, base)  # refuses what is negative
    p = np.asarray(p, dtype=float)
    if not p.any():
        return 0.0
    p = p / p.sum()
    return -np.sum(p * np.log(p + 1e-10)) / np.log(base)


def _one_class_is_not_zero(ask):
    """A pure node has the entropy 0; with a small number inside the logarithm it is below 0."""
    pure = ask([0, 5], 2)
    if not isinstance(pure, np.ndarray) or pure.shape or not 0 < -pure < 1e-3:
        return None
    return f"{_SMALL_NUMBER} Your entropy of a pure node, [0, 5], is {pure:.3g}."


_SMALL_NUMBER = (
    "A small number inside the logarithm avoids ln 0 and changes each entropy. Leave out the "
    "classes without samples: they add nothing to (3.2)."
)


def _largest_possible(p, base):
    p = np.asarray(p, dtype=float)
    if (p < 0).any():
        raise ValueError("p must not be negative")
    return np.log(max(1, np.count_nonzero(p))) / np.log(base)


EXERCISE = Function(
    "entropy",
    "Entropy from a list",
    1,
    _entropy,
    _cases,
    [
        Mistake(
            "This is in nats whatever the base is: see (3.12) for the way to bits.", _always_nats
        ),
        Mistake(
            "The base acts the wrong way round: from nats to bits, (3.12) makes the number larger.",
            _base_upside_down,
        ),
        Mistake(
            "The masses go into (3.2) as they are. It asks for shares: counts must be made "
            "to sum to 1 first.",
            _counts_as_they_are,
        ),
        Mistake(
            "A class with no samples gives 0 · ln 0, which is nan here. Its limit is 0, so "
            "the class adds nothing to (3.2).",
            _keeps_the_zeros,
        ),
        Mistake(
            "A node without samples is refused. It should have the entropy 0 (trap 4 of the "
            "chapter).",
            _refuses_the_empty_node,
        ),
        Mistake(
            "A negative count is let in. Nothing can occur −1 times: raise a ValueError.",
            _lets_negatives_in,
        ),
        Mistake(_SMALL_NUMBER, _small_number_inside),
        Mistake(
            "This is the ceiling (3.4), the logarithm of the number of classes. It is "
            "reached only where all shares are equal.",
            _largest_possible,
        ),
    ],
    hidden_cases=_hidden_cases,
    probes=(_one_class_is_not_zero,),
    bonus=Bonus(
        _beyond,
        "The sum of huge masses leaves the range of floats. Shares do not change when all masses "
        "are divided by the largest one first.",
    ),
    version=2,
    on_success="Your function now does what `information.entropy` does, and SciPy's answer for a "
    "node without samples is nan where yours is 0.",
)
