"""The best constant: five losses, and five answers to the question which number is best.

It teaches that the loss decides which average is meant: mean, median, quantile, commonest label
or share. Expected are the mean whatever the loss, the middle of the range for the median, the
quantile 1 − τ or one between two samples, the median or a sign for labels, the mean of the
labels or the log-odds for a probability, and a misspelt name that passes.
"""

import numpy as np

from lossbook.checking import Case, Function, Mistake
from lossbook.exercises._shared import as_low


def _cases(rng):
    yield Case("squared", ([1.0, 2.0, 6.0], "squared"))
    yield Case("numbers below 0", ([-3.0, 1.0, -4.0], "squared"))
    yield Case("numbers below 0", ([-1.0, -7.0, 2.0, -5.0, -3.0], "pinball"), {"tau": 0.3})
    yield Case("numbers below 0", ([-2, 3, -2, 2], "zero-one"))
    yield Case("absolute (odd number)", ([1.0, 2.0, 9.0], "absolute"))
    yield Case("absolute (even number)", ([9.0, 1.0, 4.0, 2.0], "absolute"))
    yield Case("absolute (as many −1 as +1)", ([1, -1, 1, -1], "absolute"))
    yield Case("pinball", ([10.0, 0.0, 3.0, 1.0, 2.0], "pinball"), {"tau": 0.7})
    yield Case("zero-one", ([2, 2, 5, 6, 9], "zero-one"))
    yield Case("zero-one", ([0.5, 1.5, 1.25, 1.5], "zero-one"))
    yield Case("zero-one (a tie)", ([-1, 1], "zero-one"))
    yield Case("log loss", ([1, 1, -1, 1], "log"))
    yield Case("log loss (all labels equal)", ([-1, -1, -1], "log"))
    yield Case("one sample", ([7.0], "pinball"), {"tau": 0.3})
    n = 2 * int(rng.integers(5, 9)) + 1
    yield Case("ordinary numbers", (rng.normal(size=n).round(2), "absolute"))
    yield Case("ordinary numbers", (rng.gamma(2, size=n).round(2), "pinball"), {"tau": 0.8})
    yield Case("no sample at all", ([], "squared"))
    yield Case("an unknown name", ([1.0, 2.0], "cubic"))


def _hidden_cases(rng):
    def numbers(n):
        return rng.choice(1000, n, replace=False) / 10

    yield Case("squared", (numbers(5), "squared"))
    yield Case("numbers below 0", (numbers(7) - 1000, "squared"))
    yield Case("numbers below 0", (numbers(7) - 1000, "pinball"), {"tau": 0.8})
    yield Case("absolute (odd number)", (numbers(7), "absolute"))
    yield Case("absolute (even number)", (numbers(6), "absolute"))
    # Neither a whole number of samples below the quantile nor of gaps: one sample alone is best.
    tau = round(float(rng.uniform(0.6, 0.95)), 2)
    yield Case("pinball", (numbers(7), "pinball"), {"tau": tau})
    yield Case("pinball", (numbers(7), "pinball"), {"tau": round(1 - tau, 2)})
    few = np.sort(rng.choice(np.arange(2, 1000), 5, replace=False))
    for end in (0, -1):
        yield Case("zero-one", (rng.permutation(np.append(few, few[end])), "zero-one"))
    yield Case("zero-one (a tie)", (rng.permutation(np.append(few, few[[0, -1]])), "zero-one"))
    n = int(rng.integers(20, 60))
    labels = np.where(np.arange(n) < rng.integers(1, n // 2), 1, -1)
    for sign in (1, -1):
        yield Case("log loss", (sign * rng.permutation(labels), "log"))
    yield Case("an unknown name", (numbers(3), "".join(rng.choice(list("abcdefgh"), 6))))


def _checked(y, loss):
    y = np.asarray(y, dtype=float)
    if y.size == 0:
        raise ValueError("there is no sample")
    if loss not in ("squared", "absolute", "pinball", "zero-one", "log"):
        raise ValueError("there is no such loss")
    return y


def _commonest(y):
    values, counts = np.unique(y, return_counts=True)
    return values[counts.argmax()]


_BEST = {
    "squared": lambda y, tau: y.mean(),
    "absolute": lambda y, tau: np.median(y),
    "pinball": lambda y, tau: np.quantile(y, tau, method="inverted_cdf"),
    "zero-one": lambda y, tau: _commonest(y),
    "log": lambda y, tau: np.mean(y == 1),
}


def _best_constant(y, loss, tau=None):
    y = _checked(y, loss)
    return _BEST[loss](y, tau)


def _wrong_for(name, function):
    """The right answers, but for one loss."""

    def best_constant(y, loss, tau=None):
        y = _checked(y, loss)
        return (function if loss == name else _BEST[loss])(y, tau)

    return best_constant


def _always_the_mean(y, loss, tau=None):
    return _checked(y, loss).mean()


def _takes_any_name(y, loss, tau=None):
    y = np.asarray(y, dtype=float)
    return y.mean() if y.size and loss not in _BEST else _best_constant(y, loss, tau)


def _log_odds(y, tau):
    with np.errstate(divide="ignore"):
        return np.log(np.mean(y == 1) / np.mean(y == -1))


def _constant_risk(y, loss, tau, c):
    """The average loss of the constant c."""
    if loss == "zero-one":
        return np.mean(y != c)
    slope = 0.5 if loss == "absolute" else tau
    pinball = np.maximum(slope * (y - c), (slope - 1) * (y - c)).mean()
    return 2 * pinball if loss == "absolute" else pinball


def _as_good(case, c, best):
    y, loss = np.asarray(case.args[0], dtype=float), case.args[1]
    if loss in ("squared", "log"):
        if loss == "log" and not 0 <= c <= 1:
            return "the log loss judges a probability, between 0 and 1"
        return bool(abs(c - best) <= 1e-9 * (1 + abs(best))) or "wrong value"
    tau = case.kwargs.get("tau")
    found, least = (_constant_risk(y, loss, tau, value) for value in (c, best))
    return as_low(found, least, "the average loss of this constant", within=1e-9)


EXERCISE = Function(
    "best_constant",
    "The best constant",
    1,
    _best_constant,
    _cases,
    [
        Mistake(
            "This is the mean, whatever the loss. Each loss asks its own question: look at the "
            "second column of the table in section 1.8.",
            _always_the_mean,
        ),
        Mistake(
            "For the absolute error you give the middle between the smallest and the largest "
            "value. The median is in the middle of the *samples*.",
            _wrong_for("absolute", lambda y, tau: (y.min() + y.max()) / 2),
        ),
        Mistake(
            "This is the quantile 1 − τ. Section 1.8 charges τ for each unit that c is too low, "
            "so a large τ asks for a large c.",
            _wrong_for("pinball", lambda y, tau: np.quantile(y, 1 - tau, method="inverted_cdf")),
        ),
        Mistake(
            "`np.quantile` interpolates unless you forbid it, and lands between two samples where "
            "only one of them is best. Which `method` returns a sample?",
            _wrong_for("pinball", lambda y, tau: np.quantile(y, tau)),
        ),
        Mistake(
            "For the pinball loss you give the median: τ never enters.",
            _wrong_for("pinball", lambda y, tau: np.median(y)),
        ),
        Mistake(
            "For the zero–one loss you give the median. Being near does not help here: the answer "
            "is right or it is wrong.",
            _wrong_for("zero-one", lambda y, tau: np.median(y)),
        ),
        Mistake(
            "For the zero–one loss you give the sign of the mean. There may be other values than "
            "±1, and in a tie 0 is none of the labels: ask which value is the commonest.",
            _wrong_for("zero-one", lambda y, tau: np.sign(y.mean())),
        ),
        Mistake(
            "For the log loss you give the mean of the labels, 2η − 1. Asked for is a "
            "probability: (1.8d) has its minimum at q = η.",
            _wrong_for("log", lambda y, tau: y.mean()),
        ),
        Mistake(
            "For the log loss you give the share of the label −1. In section 1.8 q is the "
            "probability of +1.",
            _wrong_for("log", lambda y, tau: np.mean(y == -1)),
        ),
        Mistake(
            "For the log loss you give the log-odds. That is the best *score* under the logistic "
            "loss (1.7c); here a probability is asked for.",
            _wrong_for("log", _log_odds),
        ),
        Mistake(
            "A name that is none of the five should raise ValueError. A typing error would "
            "otherwise pass for an answer.",
            _takes_any_name,
        ),
    ],
    hidden_cases=_hidden_cases,
    accepts=_as_good,
    version=2,
    on_success="Mean, median, quantile, commonest label and share: five answers to five questions, "
    "and all about the same sample.",
)
