"""Exercises to chapter 8: one picture."""

import numpy as np

from lossbook import information, margin, softmax
from lossbook.grading import Case, Choice, Function, Mistake, Prediction, Proof

# ------------------------------------------------------------------------ which is a likelihood

LIKELIHOOD = Choice(
    "likelihood",
    "One likelihood among five",
    1,
    {
        "a": "(1 − m)²",
        "b": "max(0, 1 − m)",
        "c": "log₂(1 + e^−m)",
        "d": "ln(1 + e^−2m)",
        "e": "e^−m",
    },
    "d",
    {
        "a": "The square is a likelihood for a real target with Gaussian noise. For a label the "
        "two numbers must sum to 1, and at the score 0 they are e⁻¹ + e⁻¹ = 0.7358.",
        "b": "This is the hinge, and (8.1) shows that it fails at any scale: the sums are 0.7358 "
        "at the score 0 and 1.1353 at 1.",
        "c": "Nearly: this is the logistic loss in bits, so 2^−φ is a probability. Asked for is "
        "the natural logarithm: at the score 0 the sum is e⁻¹ + e⁻¹ = 0.7358.",
        "e": "The exponential loss contains an exponential, but is no logarithm of one. The sums "
        "are 0.7358 at the score 0 and 0.7582 at 1.",
    },
    because="e^−φ(f) = 1 / (1 + e^−2f) is σ(2f), and σ(2f) + σ(−2f) = 1 at every score. At the "
    "score 0 both labels cost the same, so each likelihood of a label costs ln 2 there; the four "
    "others cost 1.",
    variable="which",
)

# ------------------------------------------------------------------------ the loss of a tree

_LEAF, _ROOT = information.entropy([3, 1]), information.entropy([3, 5])

TREE = Prediction(
    "tree_loss",
    "The log loss of a tree",
    1,
    _LEAF / 2,
    [
        (_LEAF, "This is the entropy of the first leaf. Half of the tumours are in the other one: "
         "take the mean over all eight."),
        (_LEAF / 2 / np.log(2), "Right, but in bits, as scikit-learn's tree would say it. A log "
         "loss is in nats: multiply by ln 2."),
        (_LEAF * 4, "This is the sum over the eight tumours; the log loss is the mean."),
        (_ROOT, "This is what one belief for all eight leaves over, before the tree asked its "
         "question."),
        (_ROOT - _LEAF / 2, "This is the gain of the question. Asked for is what is left after "
         "it."),
        (3 / 16, "This is the mean Gini value of the leaves, what the Brier score leaves over. "
         "The log loss leaves entropy."),
        (1 / 8, "This is the error rate: one tumour of eight. The log loss also charges for the "
         "three that are right with 75 %."),
        (0.0, "The second leaf pays nothing. In the first one every tumour pays something, for "
         "the tree is not certain there."),
        (0.28, "Nearly, or just rounded: three digits are asked for."),
    ],
    because="In a leaf the tree believes the shares that it sees, q = p, so by (8.7) its "
    "cross-entropy is the entropy of the leaf: ½ · 0.5623 + ½ · 0 = 0.2812 nats.",
    rtol=1e-3,
    variable="tree_says",
)

# -------------------------------------------------------------------------- conjugates by search

hinge, logistic, exponential = margin.hinge, margin.logistic, margin.exponential
square, squared_hinge = margin.square, margin.squared_hinge


def cubed_hinge(m):
    return np.maximum(0, 1 - m) ** 3


def perceptron(m):
    return np.maximum(0, -m)


def two_kinks(m):
    return np.maximum(np.maximum(0, 1 - m), -1 - 3 * m)


def _on_the_box(end, height):
    return lambda u: height(u) if 0 <= u <= end else -np.inf


_HEIGHTS = {
    cubed_hinge: _on_the_box(np.inf, lambda u: u - 2 * (u / 3) ** 1.5),
    perceptron: _on_the_box(1, lambda u: 0.0),
    two_kinks: _on_the_box(3, lambda u: min(u, 2 - u)),
    **{
        loss.value: lambda u, conjugate=loss.conjugate: -conjugate(-u)
        for name, loss in margin.MARGIN_LOSSES.items()
        if name != "zero_one"
    },
}


def _height(phi, u):
    return float(_HEIGHTS[phi](u))


def _height_cases(rng):
    def some(low, high):
        return round(float(rng.uniform(low, high)), 2)

    yield Case("the hinge", (hinge, 0.25))
    yield Case("the logistic loss", (logistic, 0.25))
    yield Case("a rising line", (square, -1.0))
    yield Case("flat on the left", (hinge, 1.0))
    yield Case("flat on the right", (squared_hinge, 0.0))
    yield Case("too steep", (hinge, 1.5))
    yield Case("rising where the loss falls", (exponential, -0.5))
    yield Case("the exponential loss", (exponential, some(0.2, 3)))
    yield Case("the squared hinge", (squared_hinge, some(0.2, 3)))
    yield Case("the cubed hinge", (cubed_hinge, some(0.4, 2.6)))
    yield Case("the cubed hinge", (cubed_hinge, some(4, 9)))
    yield Case("two kinks", (two_kinks, some(1.1, 2.9)))
    yield Case("the perceptron's loss", (perceptron, some(0.2, 0.8)))
    yield Case("a place far to the left", (square, 600.0 + some(0, 100)))


def _height_afresh(rng):
    def some(low, high):
        return float(rng.uniform(low, high))

    yield Case("the hinge", (hinge, some(0.1, 0.9)))
    yield Case("the logistic loss", (logistic, some(0.1, 0.9)))
    yield Case("a rising line", (square, -some(0.5, 9)))
    yield Case("the exponential loss", (exponential, some(0.2, 3)))
    yield Case("the squared hinge", (squared_hinge, some(0.2, 3)))
    yield Case("the cubed hinge", (cubed_hinge, some(0.4, 9)))
    yield Case("two kinks", (two_kinks, some(1.1, 2.9)))
    yield Case("a place far to the left", (square, some(600, 1500)))
    yield Case("flat on the left", (two_kinks, 1.0))
    yield Case("flat on the right", (cubed_hinge, 0.0))
    yield Case("too steep", (rng.choice([hinge, logistic, perceptron]), some(1.1, 3)))
    rising = rng.choice([logistic, squared_hinge])
    yield Case("rising where the loss falls", (rising, -some(0.1, 2)))


def _lowest(phi, u, m, strict=True):
    """The least φ(m) + u m among the places m, and −inf where it still falls at an end."""
    g = phi(m) + u * m
    k = int(np.argmin(g))
    falls = g[0] < g[1] or g[-1] < g[-2]
    if falls or (not strict and (g[0] == g.min() or g[-1] == g.min())):
        return -np.inf
    return float(g[k])


def _wrong_slope(phi, u):
    return _height(phi, -u)


def _conjugate(phi, u):
    return -_height(phi, u)


def _always_finite(phi, u):
    if np.isfinite(_height(phi, u)):
        return _height(phi, u)
    return min(float(phi(m) + u * m) for m in (-1000.0, 1000.0))


def _touching_place(phi, u):
    """Any place of the minimum, found by the ternary search that a student would write."""
    low, high = -1000.0, 1000.0
    for _ in range(120):
        a, b = low + (high - low) / 3, high - (high - low) / 3
        if phi(a) + u * a <= phi(b) + u * b:
            high = b
        else:
            low = a
    return low


def _only_the_loss(phi, u):
    return float(phi(_touching_place(phi, u))) if np.isfinite(_height(phi, u)) else -np.inf


def _coarse(phi, u):
    return _lowest(phi, u, np.linspace(-1000, 1000, 2001) + 0.25)


def _narrow(phi, u):
    return _lowest(phi, u, np.linspace(-10, 10, 20001))


def _infinite_on_the_flat(phi, u):
    return -np.inf if u in (0, 1) else _height(phi, u)


_NO_LEAST = (
    "Where φ(m) + u m falls without end there is no lowest value, and what you return depends on "
    "where your search ends. The answer is −inf there."
)


def _goes_on_falling(ask):
    """Whatever the search is: right for the hinge inside of the box, and finite outside of it."""
    inside, outside = ask(hinge, 0.25), ask(hinge, 1.5)
    if not all(isinstance(given, np.ndarray) and given.shape == () for given in (inside, outside)):
        return None
    return _NO_LEAST if abs(inside - 0.25) < 1e-3 and not np.isinf(outside) else None


HEIGHT = Function(
    "tangent_height",
    "Conjugates by search",
    2,
    _height,
    _height_cases,
    [
        Mistake("Your line has the slope +u. It should fall: the minimum is that of φ(m) + u m, "
                "trap 5 of the chapter.", _wrong_slope),
        Mistake("This is the conjugate φ*(−u) itself. The height at which the tangent cuts the "
                "axis is minus that.", _conjugate),
        Mistake(_NO_LEAST, _always_finite),
        Mistake("This is the loss at the place where the line touches. Its height at m = 0 is "
                "φ(m) + u m.", _only_the_loss),
        Mistake("A coarse grid steps over the lowest place. Search on, closer and closer, or let "
                "`scipy.optimize.minimize_scalar` do it.", _coarse),
        Mistake("The search is too narrow: a steep line touches the square far to the left. The "
                "exercise says how far.", _narrow),
        Mistake("Where φ(m) + u m is flat up to the end of the search, you return −inf. It falls "
                "no further there; −inf is for what still falls.", _infinite_on_the_flat),
    ],
    afresh=_height_afresh,
    rtol=1e-6,
    atol=1e-6,
    probes=(_goes_on_falling,),
    done="Now the dual of *any* loss of the margin can be written down, formula or not: "
    "C times a sum of these heights, minus ½‖v‖².",
)

# ------------------------------------------------------------------------------ the cubed hinge


def _cubed_exercise():
    from lossbook.derive import Exercise

    return Exercise(
        "The tangent of the cubed hinge",
        r"""
Let m \in \mathbb{R}, s > 0
Define t = \max(0, 1 - m)
""",
        start=r"\max(0, 1 - m)^3 + 3 s^2 m",
        goal=r"3 s^2 - 2 s^3",
        at_least=3,
        sign=r"\ge",
    )


CUBED = Proof(
    "cubed_tangent",
    "The dual of the cubed hinge",
    2,
    _cubed_exercise,
    solution=r"""
\ge t^3 + 3 s^2 (1 - t)
= 3 s^2 - 2 s^3 + (t - s)^2 (t + 2 s)
\ge 3 s^2 - 2 s^3
""",
    false=[
        (r"= t^3 + 3 s^2 (1 - t)", 1),
        (
            r"""
\ge t^3 + 3 s^2 (1 - t)
= 3 s^2 - 2 s^3 + (t - s)^3
\ge 3 s^2 - 2 s^3
""",
            2,
        ),
    ],
    done="With u = 3s² this is the height u − 2 (u/3)^1.5, for every u ≥ 0: the dual of the cubed "
    "hinge, with the box α ≥ 0.",
)

# --------------------------------------------------------------------------------- sparsemax


def _sparsemax(z):
    """The threshold is the only τ at which the parts above it sum to 1; try each support size."""
    z = np.asarray(z, dtype=float)
    if z.size == 0:
        raise ValueError("z must not be empty")
    z = z - z.max()
    for kept in range(1, z.size + 1):
        largest = np.sort(z)[-kept:]
        p = np.maximum(z - (largest.sum() - 1) / kept, 0)
        if np.count_nonzero(p > 0) <= kept:
            return p
    raise AssertionError("some size always fits")


def _sparsemax_cases(rng):
    yield Case("two classes", ([0.0, 0.5],))
    yield Case("a clear winner", ([1.0, 2.0, 3.0],))
    yield Case("close scores", ([0.1, 0.2, 0.3],))
    yield Case("whole numbers", ([0, -1, 0, -3],))
    yield Case("all equal", ([0.3, 0.3, 0.3, 0.3],))
    yield Case("one entry", ([7.0],))
    yield Case("on the edge", ([1.0, 0.0, 0.5],))
    yield Case("in any order", (rng.permutation([0.1, 0.35, 0.5, -0.9, 0.2]),))
    yield Case("negative scores", (rng.uniform(-3, -2, size=6).round(2),))
    yield Case("many scores", (rng.normal(size=12).round(2),))
    yield Case("a large shift", ([1e12 + 0.25, 1e12 + 0.5, 1e12],), extreme=True)
    yield Case("huge scores", ([1e308, -1e308, 1e308],), extreme=True)
    yield Case("no entry", ([],))


def _sparsemax_afresh(rng):
    n = int(rng.integers(4, 9))
    close = rng.integers(0, 1600, size=n) / 2**13  # all within 0.2 of each other
    yield Case("close scores", (close[:4] / 2,))
    yield Case("a clear winner", (rng.permutation(np.append(close[1:] - 2, close[0])),))
    yield Case("in any order", (rng.uniform(-1, 1, size=n).round(2),))
    yield Case("whole numbers", (rng.permutation(np.append(rng.integers(-9, 1, size=n), 0)),))
    # 2^-13 is what a float near 10^12 can still hold, so the shift itself loses nothing.
    yield Case("a large shift", (1e12 + close,), extreme=True)
    high = rng.permutation(np.append(np.ones(2), rng.uniform(-1, 0.9, size=n)))
    yield Case("huge scores", (high * rng.uniform(0.5, 1.5) * 1e308,), extreme=True)


def _checked(z):
    _sparsemax(z)  # refuses what is empty
    return np.asarray(z, dtype=float)


def _softmax(z):
    return softmax.softmax(_checked(z))


def _clipped(z):
    return np.clip(_checked(z), 0, 1)


def _one_hot_winner(z):
    z = _checked(z)
    return np.eye(z.size)[np.argmax(z)]


def _shared_winners(z):
    z = _checked(z)
    return (z == z.max()) / np.count_nonzero(z == z.max())


def _equal_shift(z):
    z = _checked(z)
    z = z - z.max()
    return z + (1 - z.sum()) / z.size


def _shift_and_clip(z):
    return np.maximum(_equal_shift(z), 0)


def _shift_clip_divide(z):
    p = _shift_and_clip(z)
    return p / p.sum()


def _sorted_answer(z):
    return np.sort(_sparsemax(z))[::-1]


def _divided(z):
    z = _checked(z)
    return z / z.sum()


def _large_scores_round(z):
    z = _checked(z)
    k = np.arange(1, z.size + 1)
    return np.maximum(z - np.max((np.cumsum(np.sort(z)[::-1]) - 1) / k), 0)


SPARSEMAX = Function(
    "sparsemax",
    "Sparsemax",
    2,
    _sparsemax,
    _sparsemax_cases,
    [
        Mistake("This is the softmax, what the entropy gives. Sparsemax comes from half the Gini "
                "index, and may return exact zeros.", _softmax),
        Mistake("Scores are cut off at 0 and 1 where they stand. First all must be moved by one "
                "number, so that the parts above 0 sum to 1.", _clipped),
        Mistake("The winner gets everything here. A close second should keep a share: look at "
                "(0.1, 0.2, 0.3).", _one_hot_winner),
        Mistake("All of the largest scores share everything. A close second should keep a share "
                "as well: look at (0.1, 0.2, 0.3).", _shared_winners),
        Mistake("The numbers sum to 1, and some are negative. The vector nearest to z among the "
                "probability vectors is asked for.", _equal_shift),
        Mistake("One move and one cut are not enough: after the cut the sum is above 1. The move "
                "must count only the entries that stay above 0.", _shift_and_clip),
        Mistake("You divide by the sum after the cut. That gives a probability vector, but not "
                "the nearest one: all positive entries should move by the *same* amount.",
                _shift_clip_divide),
        Mistake("The shares are right and come sorted. Each belongs to the place of its score.",
                _sorted_answer),
        Mistake("Dividing scores by their sum fails as soon as one is negative, and depends on a "
                "shift that should not matter.", _divided),
        Mistake("The method is right; with huge scores the digits are lost in the sums. A common "
                "shift changes nothing: choose one that makes the scores harmless.",
                _large_scores_round),
    ],
    afresh=_sparsemax_afresh,
    done="It is the softmax of another impurity: put half the Gini index for the entropy in 8.4.",
)

# ------------------------------------------------------------- logistic regression in the dual


def _pair_cases(rng):
    def pair(about, K, y, C, alpha, i, j, **more):
        K, y, alpha = (np.array(part, dtype=float) for part in (K, y, alpha))
        return Case(about, (K, y, C, alpha, i, j), **more)

    same = [[1, 1], [1, 1]]
    yield pair("equal samples, other labels", same, [1, -1], 1.0, [0.2, 0.2], 0, 1)
    yield pair("equal samples, same labels", same, [1, 1], 2.0, [0.4, 1.2], 0, 1)
    yield pair("two samples", [[1, -1], [-1, 1]], [1, -1], 1.0, [0.5, 0.5], 0, 1)
    yield pair("from a wall of the box", [[1, 0], [0, 4]], [-1, 1], 3.0, [0, 0], 1, 0)
    yield pair("from the other wall", [[1, 0], [0, 4]], [-1, 1], 0.5, [0.5, 0.5], 0, 1)
    yield pair("no room to move", [[1, 0], [0, 1]], [1, 1], 2.0, [0, 0], 0, 1)
    yield pair("no room to move", [[1, 0], [0, 1]], [-1, 1], 2.0, [2, 0], 0, 1)
    for labels, (i, j) in (([1, 1, -1, -1, 1], (1, 4)), ([1, -1, -1, 1, 1], (2, 1)),
                           ([-1, 1, 1, -1, 1], (3, 1)), ([1, -1, 1, -1, 1], (0, 3))):
        X = rng.normal(size=(5, 2)).round(1)
        C = round(float(rng.uniform(2, 6)), 1)
        alpha = (C * rng.uniform(0.1, 0.9, size=5)).round(2)
        yield pair("five samples", X @ X.T, labels, C, alpha, i, j)
    X = 30 * rng.uniform(0.5, 1, size=(4, 2)).round(1)
    yield pair("long samples", X @ X.T, [1, -1, 1, -1], 2.0, [1, 1.5, 0.5, 0.1], 0, 3, extreme=True)
    yield pair("a pair of one", same, [1, -1], 1.0, [0.2, 0.2], 1, 1)


def _pair_afresh(rng):
    X, y = rng.normal(size=(5, 2)).round(1), np.array([-1.0, -1.0, -1.0, 1.0, 1.0])
    K, C = X @ X.T, round(float(rng.uniform(2, 6)), 1)
    (i, alike), j = map(int, rng.permutation(3)[:2]), 3 + int(rng.integers(2))
    alpha = (C * rng.uniform(0.1, 0.9, size=5)).round(2)

    def but(entry, *pair):
        return np.where(np.isin(np.arange(5), pair), entry, alpha)

    yield Case("from a wall of the box", (K, y, C, but(0.0, i, j), i, j))
    yield Case("from the other wall", (K, y, C, but(C, i, j), j, i))
    yield Case("five samples", (K, y, C, alpha, i, alike))
    yield Case("no room to move", (K, y, C, but(0.0, i, alike), i, alike))
    same = np.where(np.arange(5) == j, i, np.arange(5))
    yield Case("equal samples, other labels", (K[same][:, same], y, C, alpha, i, j))
    yield Case("a pair of one", (K, y, C, alpha, i, i))


def _pair(K, y, C, alpha, i, j, *, weight=1.0, curvature=-2.0, scores=None, ends=None, moves=None):
    """The best step by halving; what the mistakes change has a name."""
    if i == j:
        raise ValueError("one multiplier cannot move alone")
    beta = alpha * y
    lo, hi = np.minimum(0, C * y), np.maximum(0, C * y)
    r = K @ (beta if scores is None else scores)
    a = K[i, i] + K[j, j] + curvature * K[i, j]
    low = max(lo[i] - beta[i], beta[j] - hi[j])
    high = min(hi[i] - beta[i], beta[j] - lo[j])

    def slope(t):
        p, q = beta[i] + t, beta[j] - t
        entropy = np.log((hi[i] - p) / (p - lo[i])) - np.log((hi[j] - q) / (q - lo[j]))
        return weight * entropy - (r[i] - r[j]) - a * t

    t = 0.0
    for _ in range(100 if low < high else 0):
        t = (low + high) / 2
        low, high = (t, high) if slope(t) > 0 else (low, t)
    new = alpha.copy()
    new[i] += (y[i] if moves is None else 1) * t
    new[j] -= (y[j] if moves is None else 1) * t
    return new


def _the_hinge_step(K, y, C, alpha, i, j):
    if i == j:
        raise ValueError("one multiplier cannot move alone")
    beta = alpha * y
    lo, hi = np.minimum(0, C * y), np.maximum(0, C * y)
    r = y - K @ beta
    a = max(K[i, i] + K[j, j] - 2 * K[i, j], 1e-12)
    low = max(lo[i] - beta[i], beta[j] - hi[j])
    high = min(hi[i] - beta[i], beta[j] - lo[j])
    t = np.clip((r[i] - r[j]) / a, low, high)
    new = alpha.copy()
    new[i] += y[i] * t
    new[j] -= y[j] * t
    return new


def _one_newton_step(K, y, C, alpha, i, j):
    if i == j:
        raise ValueError("one multiplier cannot move alone")
    beta, u = alpha * y, alpha / C
    slope = y * np.log((1 - u) / u) - K @ beta
    bend = 1 / (C * u * (1 - u))
    t = (slope[i] - slope[j]) / (K[i, i] + K[j, j] - 2 * K[i, j] + bend[i] + bend[j])
    new = alpha.copy()
    new[i] += y[i] * t
    new[j] -= y[j] * t
    return new


def _labels_forgotten(K, y, C, alpha, i, j):
    return _pair(K, y, C, alpha, i, j, moves="alpha")


def _factor_c(K, y, C, alpha, i, j):
    return _pair(K, y, C, alpha, i, j, weight=C)


def _in_bits(K, y, C, alpha, i, j):
    return _pair(K, y, C, alpha, i, j, weight=1 / np.log(2))


def _wrong_petal(K, y, C, alpha, i, j):
    return _pair(K, y, C, alpha, i, j, curvature=2.0)


def _scores_without_labels(K, y, C, alpha, i, j):
    return _pair(K, y, C, alpha, i, j, scores=alpha)


def _half_of_the_square(K, y, C, alpha, i, j):
    return _pair(K / 2, y, C, alpha, i, j)


def _twice_the_square(K, y, C, alpha, i, j):
    return _pair(K * 2, y, C, alpha, i, j)


PAIR = Function(
    "logistic_pair",
    "Logistic regression, two multipliers at a time",
    3,
    _pair,
    _pair_cases,
    [
        Mistake("This is the step of the support vector machine, (6.8): its multipliers earn α. "
                "Those of logistic regression earn C h(α/C), see (8.3).", _the_hinge_step),
        Mistake("This is one Newton step. With a parabola that would be the end; the entropy is "
                "none, so go on until the slope is zero.", _one_newton_step),
        Mistake("One multiplier gains what the other loses, whatever the labels. What must stay is "
                "the sum of α y.", _labels_forgotten),
        Mistake("The derivative of C h(α/C) has lost its inner factor 1/C: the two C cancel.",
                _factor_c),
        Mistake("Your entropy is in bits. The one of (8.3) is in nats.", _in_bits),
        Mistake("The curvature of the square along this step is K_ii + K_jj − 2 K_ij: one β grows "
                "and the other one shrinks.", _wrong_petal),
        Mistake("The vector v is a sum of α y x. In yours the labels are missing.",
                _scores_without_labels),
        Mistake("The slope of ½‖v‖² is counted only half.", _half_of_the_square),
        Mistake("The slope of ½‖v‖² is counted twice: where is the ½?", _twice_the_square),
    ],
    afresh=_pair_afresh,
    rtol=1e-7,
    atol=1e-8,
    done="Around it, the loop above is a solver for logistic regression that never leaves the "
    "dual.",
)

EXERCISES = [LIKELIHOOD, TREE, HEIGHT, CUBED, SPARSEMAX, PAIR]
