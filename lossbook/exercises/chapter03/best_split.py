"""The best threshold: a decision tree of depth 1.

It teaches to try the middles between neighbouring values, and to judge them by the gain.
Expected are values for middles, a cut between equal values, labels left behind when the values
are sorted, the fewest errors, sides that count alike, the least gain, a search that fails where
all values are equal, and nats.
"""

import numpy as np

from lossbook import information
from lossbook.checking import Case, Function, Mistake
from lossbook.exercises.chapter03.information_gain import bits_gained, unweighted_mean


def _cases(rng):
    yield Case("two samples", ([1.0, 2.0], ["no", "yes"]))
    yield Case("strings", ([1.0, 2.0, 3.0, 5.0], ["no", "no", "no", "yes"]))
    yield Case("equal values", ([1.0, 2.0, 2.0, 3.0], [0, 0, 1, 1]))
    yield Case("both sides mixed", ([1.0, 1, 1, 2, 2, 2, 2], [0, 0, 1, 1, 1, 1, 0]))
    yield Case("two equal gains", ([1.0, 2.0, 3.0, 4.0], [0, 1, 1, 0]))
    yield Case("numbers in any order", ([3.0, 0.0, 4.0, 1.0], [1, 0, 1, 0]))
    yield Case("a constant feature", ([2.0, 2.0, 2.0], [0, 1, 1]))
    yield Case("a single class", ([1.0, 2.0, 3.0], [1, 1, 1]))
    # The fewest errors at 5.5, two; the most information at 2.5, with three errors.
    yield Case("errors are not bits", (np.arange(1.0, 9.0), [0, 0, 1, 0, 0, 1, 1, 0]))
    for _ in range(2):
        n = int(rng.integers(12, 20))
        x = rng.integers(-8, 9, size=n) / 4
        yield Case("many samples", (x, (x + rng.normal(size=n) > 0).astype(int)))
    x = rng.integers(0, 12, size=16)
    yield Case("three classes, whole numbers", (x, rng.integers(0, 3, size=16)))


def _hidden_cases(rng):
    def rising(n):
        return np.cumsum(rng.integers(1, 40, size=n)) / 8

    (low, middle, high), (a, b) = rising(3), rng.choice(9, 2, replace=False)
    most = [int(k) for k in rng.integers(1, 5, size=3)]
    # The equal values lie as a sort finds them that keeps their order: cut there, it is perfect.
    x = np.repeat([high, low, middle], [most[0], most[1], 2 * most[2]])
    y = np.repeat([b, a, a, b], [most[0], most[1], most[2], most[2]])
    yield Case("equal values", (x, y))
    order = rng.permutation(8)
    labels = np.array([a, a, b, a, a, b, b, a])
    yield Case("errors are not bits", (rising(8)[order], labels[order]))
    n = int(rng.integers(12, 20))
    yield Case("a constant feature", (np.full(n, low), rng.integers(3, size=n)))
    yield Case("a single class", (rng.integers(9, size=n) / 4, np.full(n, a)))


def _best_split(x, y):
    return tuple(information.best_split(x, y, base=2))


def _questions(x, y, value=bits_gained):
    """The middles, and what `value` says of each question x ≤ middle."""
    x, y = np.asarray(x, dtype=float), np.asarray(y)
    levels = np.unique(x)
    middles = (levels[:-1] + levels[1:]) / 2
    return middles, np.array([value(y, x <= t) for t in middles])


def _of_the_best(x, y, value=bits_gained):
    """Threshold and gain of the question that `value` prefers."""
    middles, worth = _questions(x, y, value)
    if not middles.size:
        return np.inf, 0.0
    best = np.argmax(worth)
    return middles[best], worth[best]


def _a_value(x, y):
    threshold, gain = _best_split(x, y)
    x = np.asarray(x, dtype=float)
    return (x[x <= threshold].max(), gain) if gain > 0 else (threshold, gain)


def _splits_equals(x, y):
    """Cuts after every sample of the sorted list, also between equal values."""
    x, y = np.asarray(x, dtype=float), np.asarray(y)
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    cuts = range(1, len(x)) if np.ptp(x) else []
    gains = [bits_gained(y, np.arange(len(x)) < cut) for cut in cuts]
    if not gains:
        return np.inf, 0.0
    cut = 1 + int(np.argmax(gains))
    return (x[cut - 1] + x[cut]) / 2, max(gains)


def _only_where_labels_change(x, y):
    """Tries a middle only where two neighbours of the sorted list have different labels."""
    x, y = np.asarray(x, dtype=float), np.asarray(y)
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    here = (x[1:] != x[:-1]) & (y[1:] != y[:-1])
    middles = ((x[1:] + x[:-1]) / 2)[here]
    gains = [bits_gained(y, x <= t) for t in middles]
    return (middles[np.argmax(gains)], max(gains)) if gains else (np.inf, 0.0)


def _labels_left_behind(x, y):
    return _of_the_best(np.sort(x), y)


def _one_error_rate(labels):
    return 1 - np.unique(labels, return_counts=True)[1].max() / len(labels)


def _fewest_errors(x, y):
    def right(y, left):
        return -sum(np.mean(left == v) * _one_error_rate(y[left == v]) for v in (True, False))

    threshold, _ = _of_the_best(x, y, right)
    return threshold, bits_gained(y, np.asarray(x) <= threshold)


def _unweighted_split(x, y):
    return _of_the_best(x, y, unweighted_mean)


def _least_gain(x, y):
    middles, gains = _questions(x, y)
    return (middles[np.argmin(gains)], gains.min()) if middles.size else (np.inf, 0.0)


def _fails_on_constants(x, y):
    middles, gains = _questions(x, y)
    best = np.argmax(gains)
    return middles[best], gains[best]


def _split_in_nats(x, y):
    return _of_the_best(x, y, information.information_gain)


def _one_of_the_best(case, value, expected):
    x, y = np.asarray(case.args[0], dtype=float), np.asarray(case.args[1])
    threshold, gain = float(value[0]), float(value[1])
    least = float(expected[1])
    if not abs(gain - least) <= 1e-9:
        return "this is not the largest gain in bits"
    middles, gains = _questions(x, y)
    if threshold == np.inf:
        if least > 0:
            return "there is a question that gains something"
        return True
    close = np.isclose(middles, threshold, rtol=1e-9, atol=1e-12)
    if not close.any():
        return "the threshold is no middle between two neighbouring values"
    if gains[close][0] < least - 1e-9:
        return "the gain is right, and it is not the gain of this threshold"
    return True


EXERCISE = Function(
    "best_split",
    "The best threshold",
    3,
    _best_split,
    _cases,
    [
        Mistake(
            "The threshold is one of the values, not the middle to the next one. It parts "
            "these samples as well, but a new one will often lie just above it.",
            _a_value,
        ),
        Mistake(
            "You cut between two equal values. No question *is it at most t?* can send them "
            "to different sides.",
            _splits_equals,
        ),
        Mistake(
            "You try a threshold only where two neighbours in the sorted list have different "
            "labels. Where several samples have the same value, their order is a matter of "
            "chance: try all middles between different values.",
            _only_where_labels_change,
        ),
        Mistake(
            "The numbers are sorted and the labels stay where they were, so each number gets "
            "the label of another sample.",
            _labels_left_behind,
        ),
        Mistake(
            "This question makes the fewest errors. Section 3.10 shows why trees do not "
            "count errors: choose by the gain (3.7).",
            _fewest_errors,
        ),
        Mistake(
            "Both sides count alike here. In (3.7) each entropy is weighted by the share "
            "of its side.",
            _unweighted_split,
        ),
        Mistake(
            "This is the question that tells the *least*. Small is the entropy after, large "
            "is the gain.",
            _least_gain,
        ),
        Mistake(
            "Where all values are equal there is no middle, and your search fails. Return "
            "(inf, 0) there.",
            _fails_on_constants,
        ),
        Mistake("The gain is in nats; bits are asked for, see (3.12).", _split_in_nats),
    ],
    hidden_cases=_hidden_cases,
    accepts=_one_of_the_best,
    on_success="This is a decision tree of depth 1. Called again on each side, and there again, it "
    "grows a whole tree.",
)
