"""Exercises to chapter 1: what a loss is."""

import numpy as np

from lossbook import margin
from lossbook.grading import Case, Choice, Function, Mistake, Prediction, Proof

# --------------------------------------------------------------------- the best constant


def _constant_cases(rng):
    yield Case("squared", ([1.0, 2.0, 6.0], "squared"))
    yield Case("absolute (odd number)", ([1.0, 2.0, 9.0], "absolute"))
    yield Case("absolute (even number)", ([9.0, 1.0, 4.0, 2.0], "absolute"))
    yield Case("absolute (as many −1 as +1)", ([1, -1, 1, -1], "absolute"))
    yield Case("pinball", ([10.0, 0.0, 3.0, 1.0, 2.0], "pinball"), {"tau": 0.7})
    yield Case("zero-one", ([2, 2, 5, 6, 9], "zero-one"))
    yield Case("zero-one (a tie)", ([-1, 1], "zero-one"))
    yield Case("log loss", ([1, 1, -1, 1], "log"))
    yield Case("log loss (all labels equal)", ([-1, -1, -1], "log"))
    yield Case("one sample", ([7.0], "pinball"), {"tau": 0.3})
    n = 2 * int(rng.integers(5, 9)) + 1
    yield Case("ordinary numbers", (rng.normal(size=n).round(2), "absolute"))
    yield Case("ordinary numbers", (rng.gamma(2, size=n).round(2), "pinball"), {"tau": 0.8})
    yield Case("no sample at all", ([], "squared"))
    yield Case("an unknown name", ([1.0, 2.0], "cubic"))


def _constant_afresh(rng):
    def numbers(n):
        return rng.choice(1000, n, replace=False) / 10

    yield Case("squared", (numbers(5), "squared"))
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
    if found <= least + 1e-9 * (1 + least):
        return True
    return f"the average loss of this constant is {found:.6g}, and {least:.6g} can be reached"


CONSTANT = Function(
    "best_constant",
    "The best constant",
    1,
    _best_constant,
    _constant_cases,
    [
        Mistake(
            "This is the mean, whatever the loss. Each loss asks its own question: look at the "
            "second column of the table in section 1.10.",
            _always_the_mean,
        ),
        Mistake(
            "For the absolute error you give the middle between the smallest and the largest "
            "value. The median is in the middle of the *samples*.",
            _wrong_for("absolute", lambda y, tau: (y.min() + y.max()) / 2),
        ),
        Mistake(
            "This is the quantile 1 − τ. Section 1.10 charges τ for each unit that c is too low, "
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
            "For the zero–one loss you give the median. Being near helps nobody here: the answer "
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
            "probability: (1.10d) has its minimum at p = η.",
            _wrong_for("log", lambda y, tau: y.mean()),
        ),
        Mistake(
            "For the log loss you give the share of the label −1. In section 1.10 p is the "
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
    afresh=_constant_afresh,
    accepts=_as_good,
    done="Mean, median, quantile, commonest label and share: five answers to five questions, "
    "and all about the same sample.",
)

# --------------------------------------------------------------------------------- weights


def _weight_cases(rng):
    yield Case("small numbers", ([1.0, 4.0], [2.0, 1.0]))
    yield Case("equal weights", ([0.0, 1.0, 5.0], [3, 3, 3]))
    yield Case("one sample", ([2.5], [0.2]))
    yield Case("a weight of 0", ([1.0, 2.0, 60.0], [1.0, 3.0, 0.0]))
    yield Case("weights of sum 1", ([0.0, 1.0, 1.0], [0.5, 0.125, 0.375]))
    n = int(rng.integers(5, 9))
    yield Case("ordinary numbers", (rng.gamma(2, size=n).round(2), rng.gamma(1, size=n).round(2)))
    yield Case("an infinite loss", ([np.inf, 1.0], [1.0, 1.0]))
    yield Case("an infinite loss of weight 0", ([np.inf, 1.0, 3.0], [0.0, 1.0, 1.0]), extreme=True)
    yield Case("a negative weight", ([1.0, 2.0, 3.0], [2.0, -1.0, 2.0]))
    yield Case("all weights 0", ([1.0, 2.0], [0.0, 0.0]))
    yield Case("shapes that differ", ([1.0, 2.0, 4.0], [[1.0], [1.0], [2.0]]))
    yield Case("no sample at all", ([], []))


def _weight_afresh(rng):
    n, k = int(rng.integers(4, 9)), int(rng.integers(4))
    losses, weights = rng.uniform(0.1, 9, size=n).round(2), rng.integers(1, 40, size=n) / 8

    def but(array, entry):
        return np.where(np.arange(n) == k, entry, array)

    yield Case("equal weights", (losses, np.full(n, weights[0])))
    yield Case("a weight of 0", (losses, but(weights, 0)))
    silent = but(losses, np.inf), but(weights, 0)
    yield Case("an infinite loss of weight 0", silent, extreme=True)
    yield Case("a negative weight", (losses, but(weights, -0.0625)))
    yield Case("all weights 0", (losses, np.zeros(n)))
    yield Case("shapes that differ", (losses, weights[:, None]))


def _pair(losses, weights, *, shapes=True, negative=True, zero=True):
    """The two arrays; what is refused can be switched off for a mistake."""
    losses, w = np.asarray(losses, dtype=float), np.asarray(weights, dtype=float)
    if shapes and losses.shape != w.shape:
        raise ValueError("shapes differ")
    if negative and (w < 0).any():
        raise ValueError("a weight is negative")
    if zero and w.sum() == 0:
        raise ValueError("the weights sum to 0")
    return losses, w


def _counted(losses, w):
    """Σ w ℓ, in which a weight of 0 silences even an infinite loss."""
    return np.sum(np.where(w == 0, 0, w * losses))


def _empirical_risk(losses, weights):
    losses, w = _pair(losses, weights)
    return _counted(losses, w) / w.sum()


def _divides_by_n(losses, weights):
    losses, w = _pair(losses, weights)
    return np.sum(w * losses) / w.size


def _not_divided(losses, weights):
    losses, w = _pair(losses, weights)
    return np.sum(w * losses)


def _weightless(losses, weights):
    return _pair(losses, weights)[0].mean()


def _zero_times_infinity(losses, weights):
    losses, w = _pair(losses, weights)
    return np.sum(w * losses) / w.sum()


def _every_with_every(losses, weights):
    losses, w = _pair(losses, weights, shapes=False)
    return _counted(losses, w) / w.sum()


def _takes_negative(losses, weights):
    losses, w = _pair(losses, weights, negative=False)
    return _counted(losses, w) / w.sum()


def _zero_by_zero(losses, weights):
    losses, w = _pair(losses, weights, zero=False)
    return _counted(losses, w) / w.sum()


def _average(losses, weights):
    return np.average(losses, weights=weights)


_BY_N = (
    "You divide by n. Weights take the place of the shares in (1.3), and shares sum to 1: divide "
    "by the sum of the weights."
)
_SUM = "This is the weighted sum. An average is asked for: if all weights double, nothing changes."


def _which_divisor(ask):
    """For those who see to infinite losses, and divide by something else."""
    said = {3.0: _BY_N, 6.0: _SUM}
    given = ask([1.0, 4.0], [2.0, 1.0])
    return said.get(float(given)) if isinstance(given, np.ndarray) and given.ndim == 0 else None


WEIGHTED = Function(
    "empirical_risk",
    "Weights",
    1,
    _empirical_risk,
    _weight_cases,
    [
        Mistake(_BY_N, _divides_by_n),
        Mistake(_SUM, _not_divided),
        Mistake("This is the plain mean: the weights never enter.", _weightless),
        Mistake(
            "An infinite loss of weight 0 gives nan, because 0 · inf is no number. A sample that "
            "does not count should be left out before anything is multiplied.",
            _zero_times_infinity,
        ),
        Mistake(
            "Shapes (n,) and (n, 1) must be refused: NumPy multiplies every loss with every "
            "weight otherwise.",
            _every_with_every,
        ),
        Mistake(
            "A negative weight must be refused. It would *pay* for a loss, and (1.1) says that a "
            "loss never pays.",
            _takes_negative,
        ),
        Mistake(
            "Where all weights are 0 you divide by 0. Nothing counts, so there is no average: "
            "raise ValueError. No sample at all is the same case.",
            _zero_by_zero,
        ),
        Mistake(
            "`np.average` does the arithmetic, and it takes negative weights and makes nan of an "
            "infinite loss of weight 0. Those are yours to see to.",
            _average,
        ),
    ],
    afresh=_weight_afresh,
    probes=(_which_divisor,),
    done="With the weights 1/n it is (1.3) again, and a weight of 2 does the same as a sample "
    "that occurs twice.",
)

# ------------------------------------------------------------------------- a missed tumour

MISSED = Prediction(
    "missed_tumour",
    "A missed tumour costs ten times a false alarm",
    2,
    1 / 11,
    [
        (0.1, "Nearly. The risk of +1 is not 1 but 1 − η: a false alarm needs a *benign* tumour."),
        (10 / 11, "The other way round. Missing is the dearer mistake, so one should say +1 "
         "*early*, at a small η."),
        (0.5, "That is (1.5), where both mistakes cost the same."),
        (0.9, "Missing is the dearer mistake. Should one then say +1 more readily, or less?"),
        (10.0, "10 is how much dearer one mistake is. Asked for is a probability."),
        (0.09, "Two digits are not enough here. Give three, or type a fraction."),
    ],
    because="The answer −1 has the risk 10 η, the answer +1 the risk 1 · (1 − η). The second is "
    "smaller if 11 η > 1.",
    variable="threshold",
)

# --------------------------------------------------------------------------- any surrogate


def perceptron(m):
    return np.maximum(0, -m)


def cubic_hinge(m):
    return np.maximum(0, 1 - m) ** 3


def _score_cases(rng):
    five, short = np.arange(-2.0, 3.0), np.array([-0.5, -0.25, 0.0, 0.25, 0.5])
    yield Case("hinge", (margin.hinge, 0.75, five))
    yield Case("square", (margin.square, 0.25, np.array([-1.0, -0.5, 0.0, 0.5, 1.0])))
    yield Case("perceptron", (perceptron, 0.75, np.array([-1.0, 0.0, 1.0])))
    yield Case("still falling at the right end", (margin.logistic, 1, five))
    yield Case("still falling at the left end", (margin.exponential, 0, five))
    yield Case("a grid that is too short", (margin.square, 0.875, short))
    yield Case("a flat bottom", (margin.hinge, 0.5, five))
    yield Case("a flat bottom up to the left end", (margin.hinge, 0, five))
    yield Case("a flat bottom up to the right end", (margin.hinge, 1, five))
    yield Case("zero-one", (margin.zero_one, 0.25, five))
    fine = np.arange(-400, 401) / 100
    for phi, low, high in ((margin.logistic, 0.1, 0.4), (cubic_hinge, 0.6, 0.9)):
        yield Case("a fine grid", (phi, round(float(rng.uniform(low, high)), 2), fine))
    yield Case("η outside [0, 1]", (margin.hinge, 1.25, five))
    yield Case("η outside [0, 1]", (margin.hinge, -0.25, five))


def _score_afresh(rng):
    def grid(low, high, n):
        return np.sort(rng.choice(np.arange(low, high, 0.0625), n, replace=False))

    def inside(low, high):
        return float(rng.uniform(low, high))

    fine = np.arange(-400, 401) / 100 + inside(-0.005, 0.005)
    yield Case("a fine grid", (margin.logistic, inside(0.1, 0.4), fine))
    yield Case("a fine grid", (cubic_hinge, inside(0.6, 0.9), fine))
    short = grid(-0.5, 0.5, 6)
    yield Case("a grid that is too short", (margin.square, inside(0.8, 0.95), short))
    wide = grid(-3, 3, 7)
    yield Case("still falling at the right end", (margin.logistic, 1, wide))
    yield Case("still falling at the left end", (margin.exponential, 0, wide))
    flat = np.append(grid(-4, -1, 3), grid(-1, 3, 3))
    yield Case("a flat bottom up to the left end", (margin.hinge, 0, flat))
    yield Case("a flat bottom up to the right end", (margin.hinge, 1, -flat[::-1]))
    yield Case("zero-one", (margin.zero_one, inside(0.1, 0.4), wide))
    yield Case("η outside [0, 1]", (margin.hinge, 1 + inside(0.01, 1), wide))
    yield Case("η outside [0, 1]", (margin.hinge, -inside(0.01, 1), wide))


def _search(phi, eta, scores, *, risk=None, falling=None, refuse=True):
    """Search the grid; a mistake brings its own risk or its own test of the ends."""
    if refuse and not 0 <= eta <= 1:
        raise ValueError("eta must lie between 0 and 1")
    risks = (risk or _risk)(phi, eta, scores)
    k = int(np.argmin(risks))
    return scores[k], risks[k], (falling or _falling)(risks, k)


def _risk(phi, eta, f):
    return eta * phi(f) + (1 - eta) * phi(-f)


def _falling(risks, k):
    return min(risks[0], risks[-1]) < risks[1:-1].min()


def _best_score(phi, eta, scores):
    return _search(phi, eta, scores)


def _no_minus(phi, eta, scores):
    return _search(phi, eta, scores, risk=lambda phi, eta, f: eta * phi(f) + (1 - eta) * phi(f))


def _eta_swapped(phi, eta, scores):
    return _search(phi, eta, scores, risk=lambda phi, eta, f: _risk(phi, 1 - eta, f))


def _positive_only(phi, eta, scores):
    return _search(phi, eta, scores, risk=lambda phi, eta, f: eta * phi(f))


def _position(phi, eta, scores):
    _, risk, falling = _search(phi, eta, scores)
    return int(np.argmin(_risk(phi, eta, scores))), risk, falling


def _loss_of_the_score(phi, eta, scores):
    f, _, falling = _search(phi, eta, scores)
    return f, phi(f), falling


def _by_position(phi, eta, scores):
    return _search(phi, eta, scores, falling=lambda risks, k: k in (0, len(risks) - 1))


def _right_end_only(phi, eta, scores):
    return _search(phi, eta, scores, falling=lambda risks, k: risks[-1] < risks[:-1].min())


def _never_says(phi, eta, scores):
    return _search(phi, eta, scores, falling=lambda risks, k: False)


def _any_eta(phi, eta, scores):
    return _search(phi, eta, scores, refuse=False)


def _as_good_a_score(case, value, expected):
    phi, eta, scores = case.args
    f, risk, at_end = (float(part) for part in value)
    least, falling = float(expected[1]), bool(expected[2])
    if not np.any(np.abs(scores - f) <= 1e-9):
        return "the score is none of the given ones"
    found = _risk(phi, eta, f)
    if not found <= least + 1e-12:
        return f"the conditional risk of this score is {found:.8g}, and {least:.8g} can be reached"
    if not abs(risk - least) <= 1e-9 * (1 + least):
        return f"a best score, but its conditional risk is {least:.6g}"
    if at_end != falling and falling:
        return "a best score, but the bowl still falls there: the third answer is True (1)"
    if at_end != falling:
        return "a best score, but one between the ends is as good: the third answer is False (0)"
    return True


SURROGATE = Function(
    "best_score",
    "Any surrogate",
    2,
    _best_score,
    _score_cases,
    [
        Mistake(
            "You charge φ(f) for both labels. Where the label is −1 the margin is −f: see (1.7).",
            _no_minus,
        ),
        Mistake(
            "η and 1 − η have changed places. In (1.7) η is the probability of +1, whose margin "
            "is f.",
            _eta_swapped,
        ),
        Mistake("This looks at the label +1 only. (1.7) has a second term.", _positive_only),
        Mistake("You return the place in the grid, and not the score there.", _position),
        Mistake(
            "Your second number is φ(f), the loss of a sample with the label +1. Asked for is the "
            "conditional risk C_η(f) of (1.7).",
            _loss_of_the_score,
        ),
        Mistake(
            "You say that the bowl is still falling because the *first* of several best scores is "
            "an end. If a score between the ends is as good, the bowl is flat there.",
            _by_position,
        ),
        Mistake(
            "You look at the right end only. At η = 0 the best logistic score is −∞.",
            _right_end_only,
        ),
        Mistake(
            "You never say that the grid was too short. Where an end is better than every score "
            "between, the true best score lies outside.",
            _never_says,
        ),
        Mistake("A probability below 0 or above 1 must be refused.", _any_eta),
    ],
    afresh=_score_afresh,
    accepts=_as_good_a_score,
    done="It finds the f* and the H of section 1.7 for losses that nobody has solved on paper.",
)

# ----------------------------------------------------------------------- calibrated or not

CALIBRATED = Choice(
    "calibrated",
    "Calibrated or not?",
    3,
    {
        "a": "all three, for all three are convex",
        "b": "2 and 3: only the perceptron's loss is flat where it should pull",
        "c": "only 2",
        "d": "1 and 2: only these two are never negative",
        "e": "none: 2 charges the cube, so it asks for something else",
    },
    "c",
    {
        "a": "Convex is the condition of the test in 1.8, not its answer. The test looks at one "
        "point, m = 0: is there a derivative, and is it negative?",
        "b": "3 does pull at every margin. But at m = 0 it has two slopes, −2 from the left and "
        "−½ from the right, so the test fails. Try η = 0.6: what does C_η do on both sides of 0?",
        "d": "That a loss never pays (1.1) does not help here. 1 has a kink at m = 0: its slope is "
        "−1 to the left of it and 0 to the right.",
        "e": "The best score may differ from that of the hinge, and it does. Calibrated asks for "
        "its sign only. What is the derivative of 2 at m = 0?",
    },
    because="2 has the slope −3 (1 − 0)² = −3 at 0. The other two have a kink there. At η = 0.6 "
    "the third one's risk rises by 0.5 for each unit to the right of 0, and by 1 to the left: "
    "the best score is 0, undecided.",
    variable="choice",
)

# --------------------------------------------------------------------- splitting never hurts


def _splitting():
    from lossbook.derive import Exercise

    return Exercise(
        "Splitting never hurts",
        r"""
Let j \in \{1,\dots,J\}, a_j, b_j \in \mathbb{R}, p, \eta_1, \eta_2 \in [0, 1]
Define H(\theta) = \min_j (\theta\, a_j + (1 - \theta)\, b_j)
Define \eta = p\, \eta_1 + (1 - p)\, \eta_2
""",
        start=r"H(\eta)",
        goal=r"p\, H(\eta_1) + (1 - p)\, H(\eta_2)",
        sign=r"\ge",
        at_least=3,
    )


SPLITTING = Proof(
    "splitting",
    "Splitting never hurts",
    3,
    _splitting,
    solution=r"""
= \min_j (\eta\, a_j + (1 - \eta)\, b_j)
= \min_j \left( p (\eta_1 a_j + (1 - \eta_1) b_j) + (1 - p) (\eta_2 a_j + (1 - \eta_2) b_j) \right)
\ge p \min_j (\eta_1 a_j + (1 - \eta_1) b_j) + (1 - p) \min_j (\eta_2 a_j + (1 - \eta_2) b_j)
= p\, H(\eta_1) + (1 - p)\, H(\eta_2)
""",
    false=[
        (
            r"""
= \min_j (\eta\, a_j + (1 - \eta)\, b_j)
= p \min_j (\eta_1 a_j + (1 - \eta_1) b_j) + (1 - p) \min_j (\eta_2 a_j + (1 - \eta_2) b_j)
""",
            2,
        ),
        (
            r"""
= \min_j (\eta\, a_j + (1 - \eta)\, b_j)
\ge \eta \min_j a_j + (1 - \eta) \min_j b_j
\ge p\, H(\eta_1) + (1 - p)\, H(\eta_2)
""",
            3,
        ),
        (r"= p\, H(\eta_1) + (1 - p)\, H(\eta_2)", 1),
    ],
    done="Two minima may be taken at two different scores, one minimum at one only. Nothing else "
    "was needed, so it holds for every loss.",
)

EXERCISES = [CONSTANT, WEIGHTED, MISSED, SURROGATE, CALIBRATED, SPLITTING]
