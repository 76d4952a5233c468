"""One function for all of them: the risk that the best constant leaves over, for any loss.

It teaches that variance, entropy, Gini value and error rate are one thing. Expected are the sum
for the mean, a best constant that is taken for granted (mean, class shares, largest class), a
grid that is too coarse, and a search among too many forecasts or too few.
"""

import numpy as np

from lossbook.checking import Case, Function, Mistake


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
    return np.sum(((np.asarray(y)[:, None] == np.arange(len(q))) - q) ** 2, axis=1)


def _cases(rng):
    def small(about, loss, y, says):
        return Case(about, (loss, np.array(y), says))

    yield small("squared error", squared_error, [1.0, 2.0, 4.0, 9.0], "number")
    yield small("zero–one loss", zero_one, [0, 1, 1, 2], "class")
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


def _hidden_cases(rng):
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


EXERCISE = Function(
    "bayes_risk",
    "One function for all of them",
    4,
    _leftover,
    _cases,
    [
        Mistake(
            "This is the least *sum*. A risk is a mean: divide by n, as in (3.6).", _leftover_sum
        ),
        Mistake(
            "The best number is taken to be the mean. That is so for squared error only; "
            "let the loss decide.",
            _always_the_mean,
        ),
        Mistake(
            "A grid of numbers sees the minimum only to within its spacing. Search on, "
            "closer and closer, as `scipy.optimize.minimize_scalar` does.",
            _coarse_grid,
        ),
        Mistake(
            "Your shares need not sum to 1. Then the best forecast gives 1 to every class, "
            "and log loss charges nothing.",
            _no_sum,
        ),
        Mistake(
            "You try only forecasts that are sure of one class. The best ones of (3.6) and "
            "(3.9) lie between these.",
            _sure_of_one_class,
        ),
        Mistake(
            "This is the risk of equal shares for all classes: ln K for log loss, the "
            "ceiling (3.4). The search has not left its start.",
            _the_same_for_all,
        ),
        Mistake(
            "The best shares are taken to be the class shares. That is so for log loss (3.6) "
            "and the Brier score (3.9); let the loss decide.",
            _always_the_class_shares,
        ),
        Mistake(
            "You try only classes that occur in y. For some losses a class between two "
            "others is best, although it never occurs.",
            _only_classes_that_occur,
        ),
        Mistake(
            "You always say the largest class. That is (3.10), for zero–one loss only; where "
            "mistakes differ in cost another class can be cheaper.",
            _largest_class,
        ),
    ],
    hidden_cases=_hidden_cases,
    rtol=1e-6,
    atol=1e-7,
    on_success="One function gave the variance, the entropy, the Gini value and the error rate: "
    "each is what the best constant leaves over.",
    seconds=5,
)
