"""Gain from labels: the information that a grouping gives about the classes, in bits.

It teaches that each group counts with its share (3.7). Expected are groups that all count alike,
the entropy that is left for the one that went away, nats, the gain ratio, counts for shares,
lengths that differ, the gain of the Gini value, and pairs of label and group that are joined into
one text or one number, so that two different pairs become the same.
"""

import numpy as np

from lossbook import information
from lossbook.checking import Case, Function, Mistake


def _cases(rng):
    yield Case("groups that tell all", (["good", "good", "bad", "bad"], [1, 1, 2, 2]))
    yield Case("groups that tell nothing", ([0, 1, 0, 1], [0, 0, 1, 1]))
    yield Case("groups of unequal size", ([0, 0, 1, 1], [5, 5, 5, 7]))
    yield Case("a single group", ([0, 1, 1], [2, 2, 2]))
    yield Case("a single class", ([1, 1, 1], [0, 0, 1]))
    yield Case("one sample", ([3], [1]))
    yield Case("a running number", ([0, 1, 1], [1, 2, 3]))
    fruit = ["good", "bad", "good", "bad", "bad"], ["dark", "pale", "dark", "dark", "green"]
    yield Case("strings", fruit)
    yield Case("texts that look alike when joined", (["1", "11"], ["11", "1"]))
    yield Case("numbers below zero", ([0, 1, 0, 1], [4, -1, -1, 4]))
    for n in (7, int(rng.integers(14, 20))):
        y, groups = rng.choice([2, 5, 9], size=n), rng.choice([-1, 0, 4, 8], size=n)
        y[:3], groups[:3] = [2, 5, 9], [-1, -1, 4]
        yield Case("numbers in any order", (y, groups))
    yield Case("labels below zero", ([-1, 1, -1, 1], ["a", "b", "a", "a"]))
    yield Case("lengths that differ", ([0, 1, 1], [0, 1]))
    yield Case("lengths that differ", ([0, 1], [0, 1, 1]))
    yield Case("no sample at all", ([], []))


def _hidden_cases(rng):
    n = int(rng.integers(12, 30))
    words = np.array(["good", "bad", "fair"])[rng.integers(3, size=n)]
    shades = np.array(["dark", "pale", "green"])[rng.integers(3, size=n)]
    yield Case("strings", (words.tolist(), shades.tolist()))
    few = np.repeat([5, 7], [2, n - 2])
    yield Case("groups of unequal size", (rng.permutation(np.arange(n) % 3), few))
    yield Case("a running number", (rng.integers(4, size=n), rng.permutation(n)))
    yield Case("lengths that differ", (rng.integers(3, size=n), rng.integers(3, size=n - 1)))
    digit = str(rng.integers(1, 10))
    pairs = np.array([[digit, 2 * digit], [2 * digit, digit]])[rng.permutation(n) % 2]
    yield Case("texts that look alike when joined", (pairs[:, 0].tolist(), pairs[:, 1].tolist()))
    y, groups = rng.permutation(np.arange(n) % 2), rng.integers(-1, 5, size=n)
    y[:2], groups[:2] = [0, 1], [4, -1]
    yield Case("numbers below zero", (y, groups))
    yield Case("labels below zero", (rng.integers(-2, 2, size=n), shades.tolist()))


def bits_gained(y, groups):
    """The gain (3.7) in bits; labels and groups of different lengths, or none, are refused."""
    return information.information_gain(y, groups, base=2)


def _node(labels):
    return information.entropy(np.unique(labels, return_counts=True)[1], base=2)


def _parts(y, groups):
    """Entropy before, and the entropy and share of each group."""
    bits_gained(y, groups)  # refuses what must be refused
    y, groups = np.asarray(y), np.asarray(groups)
    inside = [groups == v for v in np.unique(groups)]
    return _node(y), np.array([_node(y[i]) for i in inside]), np.array([i.mean() for i in inside])


def unweighted_mean(y, groups):
    """The gain as it would be if every group counted alike."""
    before, after, _ = _parts(y, groups)
    return before - after.mean()


def _unweighted_sum(y, groups):
    before, after, _ = _parts(y, groups)
    return before - after.sum()


def _only_after(y, groups):
    _, after, share = _parts(y, groups)
    return share @ after


def _gain_in_nats(y, groups):
    return information.information_gain(y, groups)


def _gain_ratio(y, groups):
    before, after, share = _parts(y, groups)
    gain, own = before - share @ after, information.entropy(share, base=2)
    return gain / own if own else 0.0


def _counts_for_shares(y, groups):
    return bits_gained(y, groups) * len(y)


def _lengths_unseen(y, groups):
    n = min(len(y), len(groups))
    if n == 0:
        raise ValueError("no samples")
    return bits_gained(y[:n], groups[:n])


def _gini_gain(y, groups):
    bits_gained(y, groups)
    y, groups = np.asarray(y), np.asarray(groups)

    def gini(labels):
        return information.gini(np.unique(labels, return_counts=True)[1])

    return gini(y) - sum(np.mean(groups == v) * gini(y[groups == v]) for v in np.unique(groups))


def _joined(y, groups, join):
    bits_gained(y, groups)
    pairs = [join(label, group) for label, group in zip(y, groups, strict=True)]
    return _node(y) + _node(groups) - _node(pairs)


def _joined_texts(y, groups):
    return _joined(y, groups, lambda label, group: f"{label}{group}")


def _joined_numbers(y, groups):
    bits_gained(y, groups)
    y, groups = (
        np.unique(labels, return_inverse=True)[1]
        if np.asarray(labels).dtype.kind == "U"
        else labels
        for labels in (y, groups)
    )
    width = np.max(groups) + 1
    return _joined(y, groups, lambda label, group: label * width + group)


EXERCISE = Function(
    "information_gain",
    "Gain from labels",
    2,
    bits_gained,
    _cases,
    [
        Mistake(
            "Every group counts alike here. In (3.7) each entropy is weighted by the share "
            "$s_v$ of its group.",
            unweighted_mean,
        ),
        Mistake(
            "The entropies of the groups are added up without their weights, the shares "
            "$s_v$ of (3.7).",
            _unweighted_sum,
        ),
        Mistake(
            "This is the entropy that is left *after* the answer. The gain (3.7) is what "
            "went away: before minus after.",
            _only_after,
        ),
        Mistake("This is in nats; bits are asked for, see (3.12).", _gain_in_nats),
        Mistake(
            "This is the gain ratio: you divide by the entropy of the groups. (3.7) does "
            "not divide.",
            _gain_ratio,
        ),
        Mistake(
            "Counts are used in place of shares, so it is n times too large: compare with "
            "the ceiling below (3.8).",
            _counts_for_shares,
        ),
        Mistake(
            "Labels and groups of different lengths are let through, and some samples are "
            "lost on the way. Raise a ValueError.",
            _lengths_unseen,
        ),
        Mistake(
            "This is the gain of the Gini value (3.9). Information is measured by the "
            "entropy (3.2).",
            _gini_gain,
        ),
        Mistake(
            "Two different pairs are counted as one. If label and group are joined into one text, "
            "1 with 11 looks like 11 with 1. Keep them apart, as in `(label, group)`.",
            _joined_texts,
        ),
        Mistake(
            "Two different pairs are counted as one: joined into one number, they can become the "
            "same number. Keep them apart, as in `(label, group)`.",
            _joined_numbers,
        ),
    ],
    hidden_cases=_hidden_cases,
    on_success="It agrees with `mutual_info_score` of scikit-learn divided by ln 2, and by (3.8) "
    "you may swap the two arguments.",
    version=3,
)
