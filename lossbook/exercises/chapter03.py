"""Exercises to chapter 3: information entropy."""

import numpy as np

from lossbook import information
from lossbook.grading import Case, Function, Mistake, Prediction, Proof

# -------------------------------------------------------------------- entropy from a list


def _entropy_cases(rng):
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
    yield Case("huge masses", ([1e308, 1e308, 1e308, 1.0], 2), extreme=True)
    yield Case("tiny masses", ([1e-320, 1e-320], 2), extreme=True)
    yield Case("a negative count", ([-1, 2], 2))


def _entropy_afresh(rng):
    def counts(n):
        return rng.integers(1, 500, size=n)

    n, base = int(rng.integers(3, 7)), int(rng.integers(2, 12))
    yield Case("counts", (counts(n), 2))
    yield Case("nats", (counts(n), np.e))
    yield Case("another base", (counts(n), base))
    yield Case("a class without samples", (rng.permutation(np.append(counts(n), 0)), base))
    yield Case("a node without samples", ([0] * n, base))
    yield Case("huge masses", (rng.uniform(0.9, 1.7, size=n) * 1e308, 2), extreme=True)
    yield Case("tiny masses", (counts(n) * 1e-320, 2), extreme=True)
    negative = np.append(counts(n), -1)
    yield Case("a negative count", (rng.permutation(negative), base))


def _entropy(p, base):
    return information.entropy(p, base=base)


def _surprise(p, base, *, scale=True):
    """The mean surprise, after the checks that most of the mistakes share."""
    p = np.asarray(p, dtype=float)
    if (p < 0).any():
        raise ValueError("p must not be negative")
    p = p[p > 0]
    if scale and p.size:
        p = p / p.max()
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
    p = p / p.max()
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
    p = p / np.abs(p).max()
    p = (p / p.sum())[p > 0]
    return -np.sum(p * np.log(p)) / np.log(base)


def _sum_overflows(p, base):
    p = np.asarray(p, dtype=float)
    if (p < 0).any():
        raise ValueError("p must not be negative")
    if not p.any():
        return 0.0
    p = p / p.sum()
    p = p[p > 0]
    return -np.sum(p * np.log(p)) / np.log(base)


def _largest_possible(p, base):
    p = np.asarray(p, dtype=float)
    if (p < 0).any():
        raise ValueError("p must not be negative")
    return np.log(max(1, np.count_nonzero(p))) / np.log(base)


ENTROPY = Function(
    "entropy",
    "Entropy from a list",
    1,
    _entropy,
    _entropy_cases,
    [
        Mistake("This is in nats whatever the base is: see (3.12) for the way to bits.",
                _always_nats),
        Mistake("The base acts the wrong way round: from nats to bits, (3.12) makes the number "
                "larger.", _base_upside_down),
        Mistake("The masses go into (3.2) as they are. It asks for shares: counts must be made "
                "to sum to 1 first.", _counts_as_they_are),
        Mistake("A class with no samples gives 0 · log 0, which is nan here. Its limit is 0, so "
                "the class adds nothing to (3.2).", _keeps_the_zeros),
        Mistake("A node without samples is refused. It should have the entropy 0 (trap 4 of the "
                "chapter).", _refuses_the_empty_node),
        Mistake("A negative count is let in. Nothing can occur −1 times: raise a ValueError.",
                _lets_negatives_in),
        Mistake("The formula is right, and the sum of huge masses leaves the range of floats. "
                "Shares do not change when all masses are divided by the largest one.",
                _sum_overflows),
        Mistake("This is the ceiling (3.4), the logarithm of the number of classes. It is "
                "reached only where all shares are equal.", _largest_possible),
    ],
    afresh=_entropy_afresh,
    done="Your function now does what `information.entropy` does, and SciPy's answer for a node "
    "without samples is nan where yours is 0.",
)

# ------------------------------------------------------------------- what caution costs

_QUARTER = information.entropy([1, 3], base=2)

FORECASTER = Prediction(
    "wasted_bits",
    "The cautious forecaster",
    2,
    1 - _QUARTER,
    [
        (1.0, "1 bit is all that she pays, the cross-entropy. A part of it nobody could avoid."),
        (_QUARTER, "This is the entropy of the weather: what the best constant forecast still "
         "pays. Asked for is the rest of (3.5)."),
        (information.kl_divergence([0.5, 0.5], [0.25, 0.75], base=2),
         "This is the divergence the other way round. True are the shares 1/4 and 3/4, believed "
         "are 1/2 and 1/2: in (3.3) the true ones come first."),
        (information.kl_divergence([0.25, 0.75], [0.5, 0.5]),
         "Right, but in nats. Divide by log 2."),
        (0.19, "Nearly, or just rounded: three digits are asked for."),
        (0.25, "This is the difference of two probabilities. Log loss charges logarithms: take "
         "(3.5) and subtract."),
        (0.0, "She could save something: her forecast is not the share of wet days, and by (3.3) "
         "the divergence is 0 only there."),
    ],
    because="She pays log₂ 2 = 1 bit every day, wet or dry. The best constant forecast, 25 %, "
    "pays the entropy, 0.8113 bits. By (3.5) the difference is KL(p ‖ q) = 0.1887 bits.",
    rtol=4e-3,
    variable="saved",
)

# ---------------------------------------------------------------------- gain from labels


def _gain_cases(rng):
    yield Case("groups that tell all", (["good", "good", "bad", "bad"], [1, 1, 2, 2]))
    yield Case("groups that tell nothing", ([0, 1, 0, 1], [0, 0, 1, 1]))
    yield Case("groups of unequal size", ([0, 0, 1, 1], [5, 5, 5, 7]))
    yield Case("a single group", ([0, 1, 1], [2, 2, 2]))
    yield Case("a single class", ([1, 1, 1], [0, 0, 1]))
    yield Case("one sample", ([3], [1]))
    yield Case("a running number", ([0, 1, 1], [1, 2, 3]))
    fruit = ["good", "bad", "good", "bad", "bad"], ["dark", "pale", "dark", "dark", "green"]
    yield Case("strings", fruit)
    for n in (7, int(rng.integers(14, 20))):
        y, groups = rng.choice([2, 5, 9], size=n), rng.choice([-1, 0, 4, 8], size=n)
        y[:3], groups[:3] = [2, 5, 9], [-1, -1, 4]
        yield Case("numbers in any order", (y, groups))
    yield Case("lengths that differ", ([0, 1, 1], [0, 1]))
    yield Case("no sample at all", ([], []))


def _gain_afresh(rng):
    n = int(rng.integers(12, 30))
    words = np.array(["good", "bad", "fair"])[rng.integers(3, size=n)]
    shades = np.array(["dark", "pale", "green"])[rng.integers(3, size=n)]
    yield Case("strings", (words.tolist(), shades.tolist()))
    few = np.repeat([5, 7], [2, n - 2])
    yield Case("groups of unequal size", (rng.permutation(np.arange(n) % 3), few))
    yield Case("a running number", (rng.integers(4, size=n), rng.permutation(n)))
    yield Case("lengths that differ", (rng.integers(3, size=n), rng.integers(3, size=n - 1)))


def _bits_gained(y, groups):
    return information.information_gain(y, groups, base=2)


def _node(labels):
    return information.entropy(np.unique(labels, return_counts=True)[1], base=2)


def _parts(y, groups):
    """Entropy before, and the entropy and share of each group."""
    _bits_gained(y, groups)  # refuses what must be refused
    y, groups = np.asarray(y), np.asarray(groups)
    inside = [groups == v for v in np.unique(groups)]
    return _node(y), np.array([_node(y[i]) for i in inside]), np.array([i.mean() for i in inside])


def _unweighted_mean(y, groups):
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
    return _bits_gained(y, groups) * len(y)


def _lengths_unseen(y, groups):
    n = min(len(y), len(groups))
    if n == 0:
        raise ValueError("no samples")
    return _bits_gained(y[:n], groups[:n])


def _gini_gain(y, groups):
    _bits_gained(y, groups)
    y, groups = np.asarray(y), np.asarray(groups)

    def gini(labels):
        return information.gini(np.unique(labels, return_counts=True)[1])

    return gini(y) - sum(np.mean(groups == v) * gini(y[groups == v]) for v in np.unique(groups))


GAIN = Function(
    "information_gain",
    "Gain from labels",
    2,
    _bits_gained,
    _gain_cases,
    [
        Mistake("Every group counts alike here. In (3.7) each entropy is weighted by the share "
                "$s_v$ of its group.", _unweighted_mean),
        Mistake("The entropies of the groups are added up without their weights, the shares "
                "$s_v$ of (3.7).", _unweighted_sum),
        Mistake("This is the entropy that is left *after* the answer. The gain (3.7) is what "
                "went away: before minus after.", _only_after),
        Mistake("This is in nats; bits are asked for, see (3.12).", _gain_in_nats),
        Mistake("This is the gain ratio: you divide by the entropy of the groups. (3.7) does "
                "not divide.", _gain_ratio),
        Mistake("Counts stand in the place of shares, so it is n times too large: compare with "
                "the ceiling below (3.8).", _counts_for_shares),
        Mistake("Labels and groups of different lengths are let through, and some samples are "
                "lost on the way. Raise a ValueError.", _lengths_unseen),
        Mistake("This is the gain of the Gini value (3.9). Information is measured by the "
                "entropy (3.2).", _gini_gain),
    ],
    afresh=_gain_afresh,
    done="It agrees with `mutual_info_score` of scikit-learn divided by log 2, and by (3.8) you "
    "may swap the two arguments.",
)

# --------------------------------------------------------------------- a gain of another kind


def _gini_exercise():
    from lossbook.derive import Exercise

    return Exercise(
        "The Gini gain of a question",
        r"""
Let k \in \{1,\dots,K\}, q \in \Delta_K, u \in \Delta_K, s \in [0, 1]
Define p_k = s q_k + (1 - s) u_k
""",
        start=r"\sum_k p_k (1 - p_k) - s \sum_k q_k (1 - q_k) - (1 - s) \sum_k u_k (1 - u_k)",
        goal=r"s (1 - s) \sum_k (q_k - u_k)^2",
        at_least=3,
    )


GINI_GAIN = Proof(
    "gini_gain",
    "Why a Gini gain is never negative",
    2,
    _gini_exercise,
    solution=r"""
= s \sum_k q_k^2 + (1 - s) \sum_k u_k^2 - \sum_k p_k^2
= \sum_k \left( s q_k^2 + (1 - s) u_k^2 - (s q_k + (1 - s) u_k)^2 \right)
= s (1 - s) \sum_k (q_k - u_k)^2
""",
    false=[
        (r"= s \sum_k q_k^2 + (1 - s) \sum_k u_k^2 + \sum_k p_k^2", 1),
        (
            r"""
= s \sum_k q_k^2 + (1 - s) \sum_k u_k^2 - \sum_k p_k^2
= s \sum_k q_k^2 + (1 - s) \sum_k u_k^2 - \sum_k \left( s^2 q_k^2 + (1 - s)^2 u_k^2 \right)
= s (1 - s) \sum_k (q_k^2 + u_k^2)
""",
            2,
        ),
    ],
    done="So the gain is 0 only where the two groups have the same shares, or where one of them "
    "is empty.",
)

# -------------------------------------------------------------------------- the best question


def _split_cases(rng):
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


def _split_afresh(rng):
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


def _questions(x, y, value=_bits_gained):
    """The middles, and what `value` says of each question x ≤ middle."""
    x, y = np.asarray(x, dtype=float), np.asarray(y)
    levels = np.unique(x)
    middles = (levels[:-1] + levels[1:]) / 2
    return middles, np.array([value(y, x <= t) for t in middles])


def _of_the_best(x, y, value=_bits_gained):
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
    gains = [_bits_gained(y, np.arange(len(x)) < cut) for cut in cuts]
    if not gains:
        return np.inf, 0.0
    cut = 1 + int(np.argmax(gains))
    return (x[cut - 1] + x[cut]) / 2, max(gains)


def _labels_left_behind(x, y):
    return _of_the_best(np.sort(x), y)


def _one_error_rate(labels):
    return 1 - np.unique(labels, return_counts=True)[1].max() / len(labels)


def _fewest_errors(x, y):
    def right(y, left):
        return -sum(np.mean(left == v) * _one_error_rate(y[left == v]) for v in (True, False))

    threshold, _ = _of_the_best(x, y, right)
    return threshold, _bits_gained(y, np.asarray(x) <= threshold)


def _unweighted_split(x, y):
    return _of_the_best(x, y, _unweighted_mean)


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


SPLIT = Function(
    "best_split",
    "The best threshold",
    3,
    _best_split,
    _split_cases,
    [
        Mistake("The threshold is one of the values, not the middle to the next one. It parts "
                "these samples as well, but a new one will often lie just above it.", _a_value),
        Mistake("You cut between two equal values. No question *is it at most t?* can send them "
                "to different sides.", _splits_equals),
        Mistake("The numbers are sorted and the labels stay where they were, so each number gets "
                "the label of another sample.", _labels_left_behind),
        Mistake("This question makes the fewest errors. Section 3.10 shows why trees do not "
                "count errors: choose by the gain (3.7).", _fewest_errors),
        Mistake("Both sides count alike here. In (3.7) each entropy is weighted by the share "
                "of its side.", _unweighted_split),
        Mistake("This is the question that tells the *least*. Small is the entropy after, large "
                "is the gain.", _least_gain),
        Mistake("Where all values are equal there is no middle, and your search fails. Return "
                "(inf, 0) there.", _fails_on_constants),
        Mistake("The gain is in nats; bits are asked for, see (3.12).", _split_in_nats),
    ],
    afresh=_split_afresh,
    accepts=_one_of_the_best,
    done="This is a decision tree of depth 1. Called again on each side, and there again, it "
    "grows a whole tree.",
)

# ------------------------------------------------------------------- one function for them all


def squared_error(c, y):
    return (c - y) ** 2


def pinball(c, y):
    return np.where(y > c, 0.9 * (y - c), 0.1 * (c - y))


def fourth_power(c, y):
    return (c - y) ** 4


def zero_one(c, y):
    return np.where(y == c, 0.0, 1.0)


def steps_squared(c, y):
    return (c - y) ** 2 / 4


def dear_mistakes(c, y):
    return np.array([[0.0, 9.0, 9.0], [1.0, 0.0, 2.0], [1.0, 3.0, 0.0]])[c, y]


def log_loss(q, y):
    return -np.log(q[y])


def log_loss_with_prices(q, y):
    return -(1 + 2 * y) * np.log(q[y])


def brier_score(q, y):
    return np.sum((np.eye(len(q))[y] - q) ** 2, axis=1)


def _leftover_cases(rng):
    def small(about, loss, y, says):
        return Case(about, (loss, np.array(y), says))

    yield small("squared error", squared_error, [1.0, 2.0, 4.0, 9.0], "number")
    yield small("0/1 loss", zero_one, [0, 1, 1, 2], "class")
    yield small("log loss", log_loss, [0, 0, 1, 0], "shares")
    yield small("Brier score", brier_score, [0, 1, 1, 2], "shares")
    yield small("pinball loss", pinball, [1.0, 2.0, 4.0, 9.0], "number")
    yield small("a class that does not occur", steps_squared, [0, 2, 2, 0], "class")
    yield small("a table of costs", dear_mistakes, [0, 0, 1, 2, 0, 0], "class")
    yield small("a price for each class", log_loss_with_prices, [0, 0, 1, 0], "shares")
    yield small("all targets equal", squared_error, [3.0, 3.0], "number")
    yield small("a single class", log_loss, [0, 0], "shares")
    n = int(rng.integers(12, 18))
    y = (rng.exponential(size=n) * 5).round(2)
    yield Case("a loss that you have not met", (fourth_power, y, "number"))
    yield Case("pinball loss, many targets", (pinball, y - 3, "number"))
    y = rng.permutation(np.repeat(np.arange(4), rng.permutation([2, 3, 5, 9])))
    yield Case("log loss, four classes", (log_loss, y, "shares"))
    yield Case("Brier score, four classes", (brier_score, y, "shares"))


def _leftover_afresh(rng):
    def classes(*most):
        return rng.permutation(np.repeat(np.arange(len(most)), most))

    def some(low, high):
        return int(rng.integers(low, high))

    yield Case("squared error", (squared_error, rng.normal(size=9).round(2), "number"))
    between = np.append(rng.integers(0, 2, size=6), rng.integers(6, 8, size=7))
    yield Case("a class that does not occur", (steps_squared, rng.permutation(between), "class"))
    dear = classes(some(12, 20), some(4, 7), some(2, 5))
    yield Case("a table of costs", (dear_mistakes, dear, "class"))
    priced = classes(some(3, 40), some(3, 40))
    yield Case("a price for each class", (log_loss_with_prices, priced, "shares"))
    yield Case("log loss", (log_loss, classes(some(3, 40), some(3, 40)), "shares"))
    four = [some(2, 30) for _ in range(4)]
    yield Case("log loss, four classes", (log_loss, classes(*four), "shares"))
    yield Case("Brier score, four classes", (brier_score, classes(*four), "shares"))


def _leftover(loss, y, says):
    """The least mean loss, by the closed forms of chapters 2 and 3 instead of a search."""
    y = np.asarray(y)

    def risk(c):
        return np.mean(loss(c, y))

    if says == "class":
        return min(risk(c) for c in range(y.max() + 1))
    if says == "shares":
        paid = np.bincount(y)
        if loss is log_loss_with_prices:  # a class that costs w times as much counts w times
            paid = paid * (1 + 2 * np.arange(len(paid)))
        return risk(paid / paid.sum())
    if loss is pinball:
        return min(risk(c) for c in y)
    if loss is fourth_power:  # the slope is a cubic with one real root
        roots = np.roots([1, -3 * y.mean(), 3 * np.mean(y**2), -np.mean(y**3)])
        return risk(roots[np.argmin(np.abs(roots.imag))].real)
    return np.var(y)


def _leftover_sum(loss, y, says):
    return _leftover(loss, y, says) * len(y)


def _always_the_mean(loss, y, says):
    if says != "number":
        return _leftover(loss, y, says)
    return np.mean(loss(np.mean(y), np.asarray(y)))


def _coarse_grid(loss, y, says):
    y = np.asarray(y)
    if says != "number":
        return _leftover(loss, y, says)
    return min(np.mean(loss(c, y)) for c in np.linspace(y.min(), y.max(), 101))


def _no_sum(loss, y, says):
    """Shares between 0 and 1 that need not sum to 1: log loss likes them all to be 1."""
    y = np.asarray(y)
    if says != "shares" or loss is brier_score:  # whose best shares sum to 1 of themselves
        return _leftover(loss, y, says)
    return np.mean(loss(np.ones(y.max() + 1), y))


def _sure_of_one_class(loss, y, says):
    y = np.asarray(y)
    if says != "shares":
        return _leftover(loss, y, says)
    return min(np.mean(loss(q, y)) for q in np.eye(y.max() + 1))


def _the_same_for_all(loss, y, says):
    y = np.asarray(y)
    if says != "shares":
        return _leftover(loss, y, says)
    return np.mean(loss(np.full(y.max() + 1, 1 / (y.max() + 1)), y))


def _always_the_class_shares(loss, y, says):
    if says != "shares":
        return _leftover(loss, y, says)
    return np.mean(loss(np.bincount(y) / len(y), np.asarray(y)))


def _only_classes_that_occur(loss, y, says):
    y = np.asarray(y)
    if says != "class":
        return _leftover(loss, y, says)
    return min(np.mean(loss(c, y)) for c in np.unique(y))


def _largest_class(loss, y, says):
    y = np.asarray(y)
    if says != "class":
        return _leftover(loss, y, says)
    return np.mean(loss(np.argmax(np.bincount(y)), y))


LEFTOVER = Function(
    "leftover_risk",
    "One function for all of them",
    4,
    _leftover,
    _leftover_cases,
    [
        Mistake("This is the least *sum*. A risk is a mean: divide by n, as in (3.6).",
                _leftover_sum),
        Mistake("The best number is taken to be the mean. That is so for squared error only; "
                "let the loss decide.", _always_the_mean),
        Mistake("A grid of numbers sees the minimum only to within its spacing. Search on, "
                "closer and closer, as `scipy.optimize.minimize_scalar` does.", _coarse_grid),
        Mistake("Your shares need not sum to 1. Then the best forecast gives 1 to every class, "
                "and log loss charges nothing.", _no_sum),
        Mistake("You try only forecasts that are sure of one class. The best ones of (3.6) and "
                "(3.9) lie between these.", _sure_of_one_class),
        Mistake("This is the risk of equal shares for all classes: log K for log loss, the "
                "ceiling (3.4). The search has not left its start.", _the_same_for_all),
        Mistake("The best shares are taken to be the class shares. That is so for log loss (3.6) "
                "and the Brier score (3.9); let the loss decide.", _always_the_class_shares),
        Mistake("You try only classes that occur in y. For some losses a class between two "
                "others is best, although it never occurs.", _only_classes_that_occur),
        Mistake("You always say the largest class. That is (3.10), for the 0/1 loss only; where "
                "mistakes differ in cost another class can be cheaper.", _largest_class),
    ],
    afresh=_leftover_afresh,
    rtol=1e-6,
    atol=1e-7,
    done="One function gave the variance, the entropy, the Gini value and the error rate: each "
    "is what the best constant leaves over.",
    seconds=5,
)

EXERCISES = [ENTROPY, FORECASTER, GAIN, GINI_GAIN, SPLIT, LEFTOVER]
