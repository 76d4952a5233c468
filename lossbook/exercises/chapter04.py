"""Exercises to chapter 4: softmax and cross-entropy."""

import numpy as np
from scipy.special import expit

from lossbook import softmax
from lossbook.grading import Case, Function, Mistake, Prediction, Proof

# ------------------------------------------------------------------- softmax, row by row


def _softmax_cases(rng):
    yield Case("equal scores", ([5, 5],))
    yield Case("three scores", ([1, 2, 3],))
    yield Case("one score", ([-7.0],))
    yield Case("rows", ([[0.0, 1.0, -1.0], [2.0, 2.0, 0.5]],))
    for shape in (3, 3), (int(rng.integers(4, 7)), 3):
        yield Case("rows", (rng.normal(scale=2, size=shape).round(2),))
    yield Case("small integers (uint8)", (np.array([1, 3, 2], dtype=np.uint8),))
    yield Case("a masked class", ([-np.inf, 0.0, 1.0],))
    yield Case("scores of 10000", ([1e4, 1e4 + 1, -1e4],), extreme=True)
    heights = np.array([[1e4, 1e4 + 1], [-1e4, -1e4 - 2]])
    yield Case("rows at different heights", (heights,), extreme=True)
    yield Case("scores of 1e308", ([1e308, -1e308],), extreme=True)
    yield Case("a row that is masked throughout", ([[0.0, 1.0], [-np.inf, -np.inf]],))
    yield Case("a score that is nan", ([np.nan, 0.0],))
    yield Case("a score of +inf", ([np.inf, 0.0],))


def _softmax_afresh(rng):
    def rows(n=3, K=4):
        return rng.normal(scale=2, size=(n, K)).round(2)

    def but(entry, *place):
        z = rows()
        z[place] = entry
        return z

    n = int(rng.integers(2, 5))
    yield Case("small integers (uint8)", (rng.permutation(20)[:6].astype(np.uint8),))
    yield Case("a masked class", (but(-np.inf, n - 2, n - 1),))
    yield Case("scores of 10000", (rows(1)[0] + rng.choice([-1e4, 1e4]),), extreme=True)
    heights = rng.permutation([[1e4], [0.0], [-1e4]])
    yield Case("rows at different heights", (rows() + heights,), extreme=True)
    yield Case("a row that is masked throughout", (but(-np.inf, n - 2),))
    yield Case("a score that is nan", (but(np.nan, n - 2, n - 1),))
    yield Case("a score of +inf", (but(np.inf, n - 2, n - 1),))


def _scores(z):
    """Scores as floats, after the refusals that most of the mistakes share."""
    softmax.softmax(z)
    return np.asarray(z, dtype=float)


def _share(e, axis=-1):
    return e / e.sum(axis=axis, keepdims=True)


def _no_shift(z):
    return _share(np.exp(_scores(z)))


def _top_of_the_matrix(z):
    z = _scores(z)
    return _share(np.exp(z - z.max()))


def _one_sum_for_all(z):
    z = _scores(z)
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum()


def _down_the_columns(z):
    z = _scores(z)
    return _share(np.exp(z - z.max(axis=0)), axis=0)


def _each_for_itself(z):
    return expit(_scores(z))


def _largest_is_one(z):
    z = _scores(z)
    return np.exp(z - z.max(axis=-1, keepdims=True))


def _logarithm(z):
    return softmax.log_softmax(z)


def _clips(z):
    return _share(np.exp(np.clip(_scores(z), -500, 500)))


def _subtracts_small_integers(z):
    _scores(z)
    z = np.asarray(z)
    return _share(np.exp((z - z.max(axis=-1, keepdims=True)).astype(float)))


def _refuses_nothing(z):
    z = np.asarray(z, dtype=float)
    return _share(np.exp(z - z.max(axis=-1, keepdims=True)))


SOFTMAX = Function(
    "softmax",
    "Softmax, row by row",
    1,
    softmax.softmax,
    _softmax_cases,
    [
        Mistake(
            "The formula is right, and the exponentials leave the range of floats: e^10000 is "
            "inf, and inf / inf is nan. Only differences count (4.2), so subtract something first.",
            _no_shift,
        ),
        Mistake(
            "You subtract the largest score of the whole matrix. A row far below it then has "
            "nothing but zeros, and 0 / 0 is nan. (4.2) holds for each row with its own constant.",
            _top_of_the_matrix,
        ),
        Mistake(
            "All entries together sum to 1. Each row is a sample with probabilities of its own.",
            _one_sum_for_all,
        ),
        Mistake(
            "The columns sum to 1. A row holds the scores of one sample, and (4.1) sums over its "
            "classes.",
            _down_the_columns,
        ),
        Mistake(
            "This is the logistic function, each score for itself. The probabilities do not sum "
            "to 1: softmax couples them (section 4.2).",
            _each_for_itself,
        ),
        Mistake(
            "The largest entry is 1, and nothing sums to 1: divide by the sum as well.",
            _largest_is_one,
        ),
        Mistake("This is ln p, the first line of (4.1). Asked for is p.", _logarithm),
        Mistake(
            "Clipping the scores makes 10000 and 10001 the same. Subtracting as in (4.2) changes "
            "no probability; clipping does.",
            _clips,
        ),
        Mistake(
            "Small integers wrap around when they are subtracted: 1 − 3 is 254 as uint8. Turn "
            "the scores into floats first.",
            _subtracts_small_integers,
        ),
        Mistake(
            "What has no answer gets nan. Where the largest score of a row is nan or infinite, "
            "raise a ValueError.",
            _refuses_nothing,
        ),
    ],
    afresh=_softmax_afresh,
    atol=1e-30,
    done="Three lines, and they hold from −1e308 to 1e308. `lossbook.softmax.softmax` and "
    "`scipy.special.softmax` do the same.",
)

# --------------------------------------------------------------- all digits of a small loss


def _loss_cases(rng):
    yield Case("equal scores", ([0], [[0.0, 0.0]]))
    yield Case("one sample", ([1], [[2.0, 0.0]]))
    yield Case("one sample", ([0], [[1.0, 2.0, 3.0]]))
    yield Case("two samples", ([0, 1], [[2.0, 0.0], [1.0, 0.0]]))
    for K in (3, 5):
        n = int(rng.integers(3, 7))
        y, z = rng.integers(K, size=n), rng.normal(scale=2, size=(n, K)).round(2)
        yield Case("more samples", (y, z))
    yield Case("a masked class", ([0], [[0.5, -np.inf, 0.0]]))
    yield Case("a masked class that occurs", ([1], [[0.0, -np.inf]]))
    yield Case("behind by 1000", ([0], [[0.0, 1000.0]]), extreme=True)
    yield Case("a lead of 40", ([1], [[0.0, 40.0]]), extreme=True)
    high_and_low = np.array([[1e4, 1e4 + 1], [-1e4, -1e4]])
    yield Case("scores of 10000", ([1, 0], high_and_low), extreme=True)
    yield Case("a label K", ([2, 0], [[0.0, 1.0], [1.0, 0.0]]))
    yield Case("a label −1", ([-1, 0], [[0.0, 1.0], [1.0, 0.0]]))
    yield Case("two labels, one row", ([0, 1], [[0.0, 1.0]]))


def _loss_afresh(rng):
    n, K = int(rng.integers(3, 7)), int(rng.integers(3, 6))
    y, z = rng.integers(K, size=n), rng.normal(size=(n, K)).round(2)

    def but(by, sample, label):
        changed = z.copy()
        changed[sample, label] += by
        return changed

    other = (y[0] + 1) % K
    yield Case("a masked class", (y, but(-np.inf, 0, other)))
    yield Case("behind by 1000", (y, but(1000, 0, other)), extreme=True)
    yield Case("a lead of 40", (y[:1], but(40, 0, y[0])[:1]), extreme=True)
    heights = rng.permutation(np.resize([1e4, -1e4], n))[:, None]
    yield Case("scores of 10000", (y, z + heights), extreme=True)
    yield Case("a label K", (np.where(np.arange(n) == 1, K, y), z))
    yield Case("a label −1", (np.where(np.arange(n) == 1, -1, y), z))
    yield Case("two labels, one row", (y[:2], z[:1]))


def _labelled(y, z):
    """Labels and scores as arrays, after the refusals that most of the mistakes share."""
    softmax.softmax_cross_entropy(y, z)
    return np.asarray(y), np.asarray(z, dtype=float)


def _own(rows, y):
    """The entry of the true class of each row."""
    return rows[np.arange(len(y)), y]


def _shifted(z):
    return z - z.max(axis=1, keepdims=True)


def _plain_loss(y, z):
    y, z = _labelled(y, z)
    return np.mean(-np.log(_own(_share(np.exp(z)), y)))


def _log_of_softmax(y, z):
    y, z = _labelled(y, z)
    return np.mean(-np.log(_own(_share(np.exp(_shifted(z))), y)))


def _shift_alone(y, z):
    y, z = _labelled(y, z)
    s = _shifted(z)
    return np.mean(np.log(np.exp(s).sum(axis=1)) - _own(s, y))


def _true_score_alone(y, z):
    y, z = _labelled(y, z)
    e = np.exp(z - _own(z, y)[:, None])
    e[np.arange(len(y)), y] = 0
    return np.mean(np.log1p(e.sum(axis=1)))


def _one_hot_product(y, z):
    y, z = _labelled(y, z)
    log_p = softmax.log_softmax(z)
    return np.mean(-(np.eye(z.shape[1])[y] * log_p).sum(axis=1))


def _sum_of_losses(y, z):
    return len(y) * softmax.softmax_cross_entropy(y, z)


def _likelihood(y, z):
    y, z = _labelled(y, z)
    return np.mean(_own(softmax.softmax(z), y))


def _log_of_the_mean(y, z):
    y, z = _labelled(y, z)
    return -np.log(np.mean(_own(softmax.softmax(z), y)))


def _softmax_twice(y, z):
    y, z = _labelled(y, z)
    return softmax.softmax_cross_entropy(y, softmax.softmax(z))


def _lead_of_the_best(y, z):
    """LSE read as a hard maximum: the lead of the best score."""
    y, z = _labelled(y, z)
    return np.mean(z.max(axis=1) - _own(z, y))


def _label_from_behind(y, z):
    y, z = np.asarray(y), np.asarray(z, dtype=float)
    if y.shape != z.shape[:1] or y.max() >= z.shape[1]:
        raise ValueError("labels")
    return softmax.softmax_cross_entropy(y % z.shape[1], z)


def _labels_from_one(y, z):
    y, z = _labelled(y, z)
    return softmax.softmax_cross_entropy((y - 1) % z.shape[1], z)


def _one_row_for_all_labels(y, z):
    y, z = np.asarray(y), np.asarray(z, dtype=float)
    if len(z) == 1:
        z = np.broadcast_to(z, (len(y), z.shape[1]))
    return softmax.softmax_cross_entropy(y, z)


LOSS = Function(
    "softmax_cross_entropy",
    "All digits",
    2,
    softmax.softmax_cross_entropy,
    _loss_cases,
    [
        Mistake(
            "The formula is right on paper, and the exponentials overflow: inf / inf is nan. "
            "(4.10) subtracts a score before it exponentiates.",
            _plain_loss,
        ),
        Mistake(
            "The probability is computed first, and its logarithm comes too late: far behind, p "
            "has rounded to 0, far ahead to 1. (4.10) never forms p.",
            _log_of_softmax,
        ),
        Mistake(
            "Nothing overflows, but the digits of a small loss are gone: 1 + 4e-18 is 1 in "
            "floating point, and its logarithm 0. (4.10) has the 1 apart; what computes "
            "ln(1 + s) from s?",
            _shift_alone,
        ),
        Mistake(
            "With a lead all digits are there. Far behind, e^1000 overflows in (4.10): there the "
            "largest score must be taken out first.",
            _true_score_alone,
        ),
        Mistake(
            "One-hot times ln p meets a masked class: 0 · (−inf) is nan. Pick the one entry that "
            "counts instead of multiplying by zeros.",
            _one_hot_product,
        ),
        Mistake("This is the sum over the samples. The exercise asks for the mean.",
                _sum_of_losses),
        Mistake("This is the mean probability of the true class. Its negative logarithm, sample "
                "by sample, is the loss (4.3).", _likelihood),
        Mistake(
            "You average the probabilities and take the logarithm after. Independent samples "
            "multiply (4.3): first the logarithm of each, then the mean.",
            _log_of_the_mean,
        ),
        Mistake(
            "Softmax twice. z are scores already, and (4.4) contains the one softmax that is "
            "needed. Your loss can never leave the band (4.11b).",
            _softmax_twice,
        ),
        Mistake(
            "This is the lead of the best score over the true one. In (4.4) stands the soft "
            "maximum LSE, which is larger by up to ln K, see (4.1a).",
            _lead_of_the_best,
        ),
        Mistake(
            "Python reads the label −1 as the last class. Labels outside of 0, …, K − 1 must be "
            "refused.",
            _label_from_behind,
        ),
        Mistake(
            "The formulas count classes from 1, Python counts from 0: your loss looks at the "
            "class before the true one.",
            _labels_from_one,
        ),
        Mistake(
            "Two labels and one row of scores: NumPy uses the row twice. Other lengths must be "
            "refused.",
            _one_row_for_all_labels,
        ),
    ],
    afresh=_loss_afresh,
    atol=0,
    done="With a lead of 40 it says 4.248e-18, where the shift alone says 0. "
    "`lossbook.softmax.softmax_cross_entropy` does the same.",
)

# ------------------------------------------------------------------- the loss and its gradient


def _pair_cases(rng):
    yield Case("one-hot target", ([[1.0, 0.0]], [[0.0, 0.0]]))
    yield Case("soft target", ([[0.5, 0.5]], [[0.0, 0.0]]))
    yield Case("soft target", ([[0.2, 0.8]], [[1.0, 0.0]]))
    yield Case("two samples", ([[1.0, 0.0], [0.25, 0.75]], [[2.0, 0.0], [1.0, 3.0]]))
    for K in (3, 4):
        n = int(rng.integers(3, 6))
        z = rng.normal(scale=2, size=(n, K)).round(2)
        yield Case("more samples, soft", (rng.multinomial(10, np.full(K, 1 / K), size=n) / 10, z))
    yield Case("more samples, one-hot", (np.eye(K)[rng.integers(K, size=n)], z))
    yield Case("a masked class", ([[1.0, 0.0]], [[0.0, -np.inf]]))
    yield Case("a masked class", ([[0.5, 0.0, 0.5]], [[1.0, -np.inf, 0.0]]))
    yield Case("behind by 1000", ([[0.3, 0.7]], [[1000.0, 0.0]]), extreme=True)
    high_and_low = np.array([[1e4, 1e4 + 1], [-1e4, -1e4]])
    yield Case("scores of 10000", (np.array([[0.5, 0.5], [1, 0]]), high_and_low), extreme=True)
    yield Case("a target that does not sum to 1", ([[0.5, 0.5], [0.7, 0.5]], np.zeros((2, 2))))
    yield Case("a negative target", ([[1.5, -0.5]], [[0.0, 1.0]]))
    yield Case("shapes that differ", ([[0.5, 0.5]], np.zeros((2, 2))))


def _pair_afresh(rng):
    n, K = int(rng.integers(2, 5)), int(rng.integers(3, 6))
    # Twentieths, none of them 0; below, one sample gives its second share to the first class.
    t = (1 + rng.multinomial(20 - K, np.full(K, 1 / K), size=n)) / 20
    z = rng.normal(size=(n, K)).round(2)
    masked, without = z.copy(), t.copy()
    masked[0, 1] = -np.inf
    without[0, 0] += without[0, 1]
    without[0, 1] = 0
    yield Case("soft target", (t, z))
    yield Case("a masked class", (without, masked))
    behind = z.copy()
    behind[0, 0] += 1000
    yield Case("behind by 1000", (t, behind), extreme=True)
    heights = rng.permutation(np.resize([1e4, -1e4], n))[:, None]
    yield Case("scores of 10000", (t, z + heights), extreme=True)
    yield Case("a target that does not sum to 1", (t + without, z))
    negative = t.copy()
    negative[0, :2] += [1, -1]
    yield Case("a negative target", (negative, z))
    yield Case("shapes that differ", (t[:1], z))


def _pair(t, z):
    """The reference: loss and gradient for distributions, of one shape with the scores."""
    if np.shape(t) != np.shape(z):
        raise ValueError("shapes differ")
    return softmax.softmax_cross_entropy_with_gradient(np.asarray(t, dtype=float), z)


def _both_sums(t, z):
    loss, gradient = _pair(t, z)
    return len(t) * loss, len(t) * gradient


def _gradient_of_the_sum(t, z):
    loss, gradient = _pair(t, z)
    return loss, len(t) * gradient


def _true_minus_predicted(t, z):
    loss, gradient = _pair(t, z)
    return loss, -gradient


def _slope_by_p(t, z):
    loss, _ = _pair(t, z)
    return loss, -np.asarray(t) / softmax.softmax(z) / len(t)


def _logistic_slope(t, z):
    """Predicted minus true, times p (1 − p): a factor that squares have (4.11)."""
    loss, gradient = _pair(t, z)
    p = softmax.softmax(z)
    return loss, gradient * p * (1 - p)


def _only_predicted(t, z):
    loss, _ = _pair(t, z)
    return loss, softmax.softmax(z) / len(t)


def _largest_target_only(t, z):
    _pair(t, z)
    t = np.asarray(t, dtype=float)
    return _pair(np.eye(t.shape[1])[t.argmax(axis=1)], z)


def _divergence(t, z):
    loss, gradient = _pair(t, z)
    t = np.asarray(t, dtype=float)
    entropy = -np.sum(t * np.log(np.where(t > 0, t, 1)), axis=1)
    return loss - entropy.mean(), gradient


def _zero_times_infinity(t, z):
    _, gradient = _pair(t, z)
    return np.mean(-np.sum(np.asarray(t) * softmax.log_softmax(z), axis=1)), gradient


def _plain_pair(t, z):
    _pair(t, z)
    t, z = np.asarray(t, dtype=float), np.asarray(z, dtype=float)
    p = _share(np.exp(z))
    surprise = np.where(t > 0, -np.log(p), 0)
    return np.mean(np.sum(t * surprise, axis=1)), (p - t) / len(t)


def _logarithm_too_late(t, z):
    _, gradient = _pair(t, z)
    t = np.asarray(t, dtype=float)
    surprise = np.where(t > 0, -np.log(softmax.softmax(z)), 0)
    return np.mean(np.sum(t * surprise, axis=1)), gradient


def _takes_any_target(t, z):
    """LSE(z) − Σ t z and p − t for whatever t is."""
    t, z = np.asarray(t, dtype=float), np.asarray(z, dtype=float)
    if t.shape != z.shape:
        raise ValueError("shapes differ")
    inner = np.sum(np.where(t == 0, 0, t * z), axis=1)
    return np.mean(softmax.logsumexp(z) - inner), (softmax.softmax(z) - t) / len(t)


_AT = (
    np.array([[0.2, 0.5, 0.3], [0.0, 1.0, 0.0], [0.6, 0.0, 0.4]]),
    np.array([[0.3, -1.2, 0.8], [1.5, 0.1, -0.4], [-0.7, 0.2, 0.9]]),
)


def _is_pair(said, shape):
    """Whether two things came back, a number and an array of this shape."""
    parts = said if isinstance(said, tuple) else ()
    return [getattr(part, "shape", None) for part in parts] == [(), shape]


def _gradient_against_differences(ask):
    """The gradient that comes back, against slopes of the loss that comes back with it."""
    t, z = _AT
    said = ask(t, z)
    if not _is_pair(said, z.shape):
        return "Two things are asked for: the mean loss, and the gradient in the shape of z."
    gradient, n, step = said[1], len(z), 1e-5
    slopes = np.zeros(z.shape)
    for spot in np.ndindex(z.shape):
        around = []
        for sign in (1, -1):
            moved = z.copy()
            moved[spot] += sign * step
            came = ask(t, moved)
            if not _is_pair(came, z.shape):
                return None
            around.append(came[0])
        slopes[spot] = (around[0] - around[1]) / (2 * step)

    def is_slopes_times(factor):
        return np.allclose(gradient, factor * slopes, rtol=1e-5, atol=1e-8)

    if is_slopes_times(1):
        return None
    if is_slopes_times(n):
        return (
            "Your gradient is everywhere n times the slope of your own loss. The mean has 1/n "
            "before the sum, and its slope, too."
        )
    if is_slopes_times(1 / n):
        return "Your gradient is everywhere the slope of your own loss divided by n."
    if is_slopes_times(-1):
        return "Your gradient points downhill: it is minus the slope of your own loss."
    if np.abs(gradient.sum(axis=1)).max() > 1e-9:
        return (
            "The rows of your gradient do not sum to 0. By (4.2) a loss does not notice when all "
            "scores of a row rise together, so its slopes must cancel."
        )
    spot = np.unravel_index(np.abs(gradient - slopes).argmax(), z.shape)
    where = ", ".join(map(str, spot))
    return (
        f"Your gradient is not the slope of your own loss. For t = {t.tolist()} and z = "
        f"{z.tolist()} the entry [{where}] is {gradient[spot]:.6f}, and moving that score up and "
        f"down by 0.00001 gives {slopes[spot]:.6f}."
    )


PAIR = Function(
    "loss_and_gradient",
    "Predicted minus true",
    2,
    _pair,
    _pair_cases,
    [
        Mistake(
            "Both are sums over the samples. The exercise asks for the mean loss and its gradient.",
            _both_sums,
        ),
        Mistake(
            "The loss is right. The gradient is n times its slope: (4.5) is the gradient for one "
            "sample, and each sample has the share 1/n in the mean.",
            _gradient_of_the_sum,
        ),
        Mistake(
            "The loss is right. The gradient is the pull, true minus predicted: (4.5) with the "
            "other sign.",
            _true_minus_predicted,
        ),
        Mistake(
            "The gradient is the slope by the probabilities, −t / p. Asked for is the one by the "
            "scores, so the chain rule has another factor to come (4.5).",
            _slope_by_p,
        ),
        Mistake(
            "There is a factor p (1 − p) too many. Squared error drags such a factor along "
            "(4.11); in (4.5) the logarithm has cancelled it.",
            _logistic_slope,
        ),
        Mistake(
            "The gradient is that of LSE alone, the prediction. (4.4) subtracts the scores, "
            "weighted by the target.",
            _only_predicted,
        ),
        Mistake(
            "You make the target one-hot at its largest entry. All entries of a soft target "
            "count in (4.4).",
            _largest_target_only,
        ),
        Mistake(
            "You subtract the entropy of the target: this is the divergence of (3.5). "
            "Cross-entropy (4.3) keeps it, and for a soft target its least value is not 0.",
            _divergence,
        ),
        Mistake(
            "A masked class with the target 0 turns into 0 · inf, which is nan. It cannot occur "
            "and costs nothing: leave it out of the sum.",
            _zero_times_infinity,
        ),
        Mistake(
            "The formulas are right, and the exponentials overflow. Subtract the largest score "
            "of each row first (4.2).",
            _plain_pair,
        ),
        Mistake(
            "The gradient is right. The loss takes the logarithm of a probability that has "
            "rounded to 0; take ln p from the scores, as in the first line of (4.4).",
            _logarithm_too_late,
        ),
        Mistake(
            "A target that is no distribution gets an answer. (4.4) used that the t sum to 1; "
            "refuse other sums, and negative entries.",
            _takes_any_target,
        ),
    ],
    afresh=_pair_afresh,
    probes=(_gradient_against_differences,),
    done="One pass gives both, and each row of the gradient sums to 0. This is all that a network "
    "needs at its end (chapter 7).",
)

# -------------------------------------------------------------------------- label smoothing


def _label_smoothing():
    from lossbook.derive import Exercise

    return Exercise(
        "Label smoothing",
        r"""
Let j, k \in \{1,\dots,K\}, y \in \{1,\dots,K\}, z \in \mathbb{R}^K, \varepsilon \in (0, 1)
Define p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}
Define t_{yk} = (1 - \varepsilon) \delta_{yk} + \frac{\varepsilon}{K}
Define \bar z = \frac1K \sum_k z_k
""",
        start=r"-\sum_k t_{yk} \ln p_k",
        goal=r"\ln \sum_j e^{z_j} - z_y + \varepsilon (z_y - \bar z)",
        at_least=3,
    )


SMOOTHING = Proof(
    "label_smoothing",
    "What label smoothing adds",
    2,
    _label_smoothing,
    solution=r"""
= \ln \sum_j e^{z_j} - \sum_k t_{yk} z_k
= \ln \sum_j e^{z_j} - (1 - \varepsilon) z_y - \varepsilon \bar z
= \ln \sum_j e^{z_j} - z_y + \varepsilon (z_y - \bar z)
""",
    false=[
        (
            r"""
= \ln \sum_j e^{z_j} - \sum_k t_{yk} z_k
= \ln \sum_j e^{z_j} - (1 - \varepsilon) z_y - \varepsilon \sum_k z_k
""",
            2,
        ),
        (
            r"""
= \ln \sum_j e^{z_j} - \sum_k t_{yk} z_k
= \ln \sum_j e^{z_j} - (1 - \varepsilon) z_y - \varepsilon \bar z
= \ln \sum_j e^{z_j} - z_y - \varepsilon (z_y - \bar z)
""",
            3,
        ),
        (r"= -(1 - \varepsilon) \ln p_y - \varepsilon \sum_k \ln p_k", 1),
    ],
    done="The old loss (4.4), plus ε times the lead of the true score over the average one: a "
    "lead costs something now, so it cannot pay to let it grow for ever.",
)

# -------------------------------------------------------------------- where it comes to rest

LEAD = Prediction(
    "smoothed_lead",
    "The lead at rest",
    2,
    np.log(91),
    [
        (np.log(9), "This is ln(0.9 / 0.1). The 0.1 is shared out: what does each of the ten "
         "classes get of it?"),
        (np.log(90), "Nearly: this is ln(0.9 / 0.01). The true class has its share of the 0.1, "
         "too."),
        (np.log(0.91 / 0.09), "This is ln(0.91 / 0.09): all nine others together. The lead is "
         "over one of them."),
        (np.log(81), "This is ln(0.9 · 9 / 0.1), with the 0.1 spread over the nine others. Here "
         "it is spread over all ten classes."),
        (0.500288, "This is the least loss, the entropy of the target. Asked for is the lead of "
         "the score."),
        (np.log(10), "This is the loss of somebody who knows nothing, ln 10. Where is the "
         "gradient (4.5) zero?"),
        (91.0, "This is the quotient of the probabilities. The scores are their logarithms, up to "
         "a constant."),
        (-np.log(91), "The sign: the lead of the true score over the others is positive."),
        (np.log2(91), "Right, but with the logarithm to the base 2. Softmax has e."),
        (0.9, "This is the difference of the probabilities. The lead is a difference of scores."),
    ],
    because="The gradient (4.5) is zero where p = t: 0.9 + 0.01 = 0.91 at the true class, 0.01 at "
    "each other. The lead is ln 0.91 − ln 0.01 = ln 91 = 4.511, and the loss there is the entropy "
    "of the target, 0.500288. No longer do the scores run away.",
    variable="lead",
)

# --------------------------------------------------------------------------- Newton's method


def _newton_cases(rng):
    coin = np.ones((3, 1)), np.array([1, 1, -1])
    yield Case("a constant, no penalty", (*coin, np.inf))
    yield Case("a constant", (*coin, 1.0))
    line = np.array([[1.0, 0], [1, 1], [1, 2], [1, 3]]), np.array([-1, -1, 1, 1])
    yield Case("separable, with a penalty", (*line, 1.0))
    yield Case("separable, with a weak penalty", (*line, 1e4))
    for C in (0.5, 50.0):
        X, y = _overlapping(rng)
        yield Case("many samples", (X, y, C))
    yield Case("many samples, no penalty", (X, y, np.inf))
    X = np.array([[-3.0, 40], [-50, 40], [2, -10], [1, -1], [10, 40]])
    yield Case("a step that is too long", (X, np.array([-1, -1, 1, 1, 1]), 1000.0))
    X = np.array([[1.0, 0], [1, -10], [-30, 40], [40, 50]])
    yield Case("a penalty that pulls back", (X, np.array([-1, 1, -1, -1]), 1.0))
    yield Case("separable, no penalty", (*line, np.inf))
    y = np.where(rng.normal(size=12) > 0, 1, -1)
    y[:2] = 1, -1
    apart = np.column_stack([y * rng.uniform(0.5, 2, size=12), rng.normal(size=12)]).round(2)
    yield Case("separable, no penalty", (apart, y, np.inf))


def _newton_afresh(rng):
    def turned(X, y, C):
        """The same question with samples and features mixed, and in another unit u: with X u
        and C / u² the objective is what it was, only the weights are divided by u."""
        order, turn, unit = rng.permutation(len(y)), rng.permutation(2), rng.uniform(0.5, 2)
        return (X * unit * rng.choice([-1, 1], size=2))[order][:, turn], y[order], C / unit**2

    X = np.array([[-3.0, 40], [-50, 40], [2, -10], [1, -1], [10, 40]])
    yield Case("a step that is too long", turned(X, np.array([-1, -1, 1, 1, 1]), 1000.0))
    X = np.array([[1.0, 0], [1, -10], [-30, 40], [40, 50]])
    yield Case("a penalty that pulls back", turned(X, np.array([-1, 1, -1, -1]), 1.0))
    y = np.where(np.arange(8) < rng.integers(2, 7), -1, 1)
    x = np.cumsum(rng.uniform(0.2, 1, size=8)).round(2)
    line = np.column_stack([np.ones(8), x - x[y < 0].max() - 0.1])
    yield Case("separable, with a penalty", (line, y, round(float(rng.uniform(0.5, 5)), 2)))
    yield Case("separable, with a weak penalty", (line, y, float(rng.integers(1000, 9000))))
    yield Case("separable, no penalty", (line, y, np.inf))


def _overlapping(rng):
    """Samples that no plane separates: the first four alone see to that."""
    n = int(rng.integers(14, 20))
    X = np.column_stack([np.ones(n), rng.normal(size=(n, 2)).round(2)])
    y = np.where(X @ rng.normal(size=3) + rng.logistic(size=n) > 0, 1, -1)
    X[:4, 1:] = [[1, 0], [-1, 0], [0, 1], [0, -1]]
    X[4:8] = X[:4]
    y[:8] = 1, 1, 1, 1, -1, -1, -1, -1
    return X, y


def _reference(X, y, C):
    """Two rows of scores with C/2 in the place of one with C: (4.9a)."""
    both = softmax.SoftmaxRegression(C=C / 2, fit_intercept=False, tol=1e-12).fit(X, y)
    return both.coef_[1] - both.coef_[0]


def _newton(X, y, C, steps=40, *, damped=True, notices=True):
    """Newton's method with the least wrong about it; the mistakes change one thing each."""

    def objective(w):
        return np.sum(np.logaddexp(0, -y * (X @ w))) + w @ w / (2 * C)

    w = np.zeros(X.shape[1])
    for _ in range(steps):
        m = y * (X @ w)
        if notices and np.isinf(C) and m.min() > 0:
            raise ValueError("separable")
        q = expit(-m)
        gradient = w / C - X.T @ (y * q)
        hessian = (X.T * (q * expit(m))) @ X + np.eye(len(w)) / C
        step = -np.linalg.lstsq(hessian, gradient, rcond=None)[0]
        while damped and objective(w + step) > objective(w):
            step = step / 2
        w = w + step
        if np.abs(step).max() <= 1e-13 * np.abs(w).max():
            break
    return w


def _refused(X, y, C):
    """Without a penalty: refuse what is separable, as most of the mistakes do."""
    if np.isinf(C):
        _newton(X, y, C)


def _one_newton_step(X, y, C):
    _refused(X, y, C)
    return _newton(X, y, C, steps=1)


def _full_steps(X, y, C):
    return _newton(X, y, C, damped=False)


def _never_notices(X, y, C):
    return _newton(X, y, C, notices=False)


def _refuses_every_plane(X, y, C):
    w = _newton(X, y, C)
    if (y * (X @ w)).min() > 0:
        raise ValueError("separable")
    return w


def _ignores_the_penalty(X, y, C):
    return _newton(X, y, np.inf, notices=np.isinf(C))


def _penalty_upside_down(X, y, C):
    return _newton(X, y, 1 / C if np.isfinite(C) else np.inf)


def _mean_and_penalty(X, y, C):
    return _newton(X, y, C / len(y))


def _softmax_weight(X, y, C):
    return _newton(X, y, C / 2)


def _labels_zero_one(X, y, C):
    _refused(X, y, C)
    w = np.zeros(X.shape[1])
    for _ in range(30):
        p = expit(X @ w)
        gradient = w / C + X.T @ (p - y)
        hessian = (X.T * (p * (1 - p))) @ X + np.eye(len(w)) / C
        w = w - np.linalg.lstsq(hessian, gradient, rcond=None)[0]
    return w


def _least_squares(X, y, C):
    _refused(X, y, C)
    return np.linalg.lstsq(X, y, rcond=None)[0]


NEWTON = Function(
    "newton_logistic_regression",
    "Newton, and when to give up",
    3,
    _reference,
    _newton_cases,
    [
        Mistake("This is one Newton step from 0. Repeat until the weights stand still.",
                _one_newton_step),
        Mistake(
            "Right where full steps work. One data set makes the parabola of a step a poor guide: "
            "the objective rises, and the weights run away. Shorten a step that does not lower it.",
            _full_steps,
        ),
        Mistake(
            "With C = np.inf and separable samples you return weights. There are none: by (4.13) "
            "longer is always better. Once all margins are positive, refuse.",
            _never_notices,
        ),
        Mistake(
            "You refuse separable samples also where there is a penalty. With a finite C the "
            "minimum exists: only without a penalty does (4.13) have the last word.",
            _refuses_every_plane,
        ),
        Mistake("C does not enter: this minimises the loss without the penalty of section 4.9.",
                _ignores_the_penalty),
        Mistake(
            "C stands at the penalty. It says how much the *data* count (section 4.9): the larger, "
            "the weaker the penalty.",
            _penalty_upside_down,
        ),
        Mistake(
            "The losses are averaged, and the penalty is not. The objective has C times the "
            "*sum* of the losses.",
            _mean_and_penalty,
        ),
        Mistake(
            "This is the minimum for C/2: either ½ ‖w‖² has lost its ½, or you took the C of the "
            "two-class softmax, see (4.9a).",
            _softmax_weight,
        ),
        Mistake(
            "σ(f) − y is predicted minus true for labels 0 and 1. Here y is −1 or +1, and the "
            "pull is (4.8a).",
            _labels_zero_one,
        ),
        Mistake("These are least squares on the labels, and no logistic loss at all.",
                _least_squares),
    ],
    afresh=_newton_afresh,
    rtol=1e-7,
    atol=1e-9,
    done="Twenty lines, and the weights of scikit-learn's `newton-cholesky` to seven digits. And "
    "it knows when there is nothing to find.",
    seconds=5,
)

EXERCISES = [SOFTMAX, LOSS, PAIR, SMOOTHING, LEAD, NEWTON]
