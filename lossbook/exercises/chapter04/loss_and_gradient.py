"""Predicted minus true: the loss and its gradient for targets that may be soft.

It teaches (4.5), and that both numbers must belong together: a probe holds the gradient against
differences of the student's own loss. Expected are n times too much in one or both, the sign, a
slope by q, factors too many, a target made one-hot, the divergence, 0 · ∞, overflow, and targets
that are no distributions.
"""

import numpy as np

from lossbook import softmax
from lossbook.checking import Case, Function, Mistake
from lossbook.exercises.chapter04.softmax import shares
from lossbook.exercises.chapter04.softmax_cross_entropy import SMALL_NUMBER


def _cases(rng):
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
    # All entries together sum to n here, and no row to 1.
    yield Case("a target that does not sum to 1", ([[0.5, 0.7], [0.5, 0.3]], np.zeros((2, 2))))
    yield Case("a negative target", ([[1.5, -0.5]], [[0.0, 1.0]]))
    yield Case("shapes that differ", ([[0.5, 0.5]], np.zeros((2, 2))))
    yield Case("shapes that differ", ([[0.5, 0.5], [1.0, 0.0]], [[0.0, 1.0]]))


def _hidden_cases(rng):
    n, K = int(rng.integers(2, 5)), int(rng.integers(3, 6))
    # Twentieths, none of them 0; below, one sample gives its second share to the first class.
    p = (1 + rng.multinomial(20 - K, np.full(K, 1 / K), size=n)) / 20
    z = rng.normal(size=(n, K)).round(2)
    masked, without = z.copy(), p.copy()
    masked[0, 1] = -np.inf
    without[0, 0] += without[0, 1]
    without[0, 1] = 0
    yield Case("soft target", (p, z))
    yield Case("a masked class", (without, masked))
    behind = z.copy()
    behind[0, 0] += 1000
    yield Case("behind by 1000", (p, behind), extreme=True)
    heights = rng.permutation(np.resize([1e4, -1e4], n))[:, None]
    yield Case("scores of 10000", (p, z + heights), extreme=True)
    yield Case("a target that does not sum to 1", (p + without, z))
    shifted = p.copy()
    shifted[:2, 0] += [0.05, -0.05]
    yield Case("a target that does not sum to 1", (shifted, z))
    negative = p.copy()
    negative[0, :2] += [1, -1]
    yield Case("a negative target", (negative, z))
    yield Case("shapes that differ", (p[:1], z))
    yield Case("shapes that differ", (p, z[:1]))


def _pair(p, z):
    """The reference: loss and gradient for distributions, of one shape with the scores."""
    if np.shape(p) != np.shape(z):
        raise ValueError("shapes differ")
    return softmax.softmax_cross_entropy_with_gradient(np.asarray(p, dtype=float), z)


def _both_sums(p, z):
    loss, gradient = _pair(p, z)
    return len(p) * loss, len(p) * gradient


def _gradient_of_the_sum(p, z):
    loss, gradient = _pair(p, z)
    return loss, len(p) * gradient


def _true_minus_predicted(p, z):
    loss, gradient = _pair(p, z)
    return loss, -gradient


def _slope_by_q(p, z):
    loss, _ = _pair(p, z)
    return loss, -np.asarray(p) / softmax.softmax(z) / len(p)


def _logistic_slope(p, z):
    """Predicted minus true, times q (1 − q): a factor that squares have (4.11)."""
    loss, gradient = _pair(p, z)
    q = softmax.softmax(z)
    return loss, gradient * q * (1 - q)


def _only_predicted(p, z):
    loss, _ = _pair(p, z)
    return loss, softmax.softmax(z) / len(p)


def _largest_target_only(p, z):
    _pair(p, z)
    p = np.asarray(p, dtype=float)
    return _pair(np.eye(p.shape[1])[p.argmax(axis=1)], z)


def _divergence(p, z):
    loss, gradient = _pair(p, z)
    p = np.asarray(p, dtype=float)
    entropy = -np.sum(p * np.log(np.where(p > 0, p, 1)), axis=1)
    return loss - entropy.mean(), gradient


def _zero_times_infinity(p, z):
    _, gradient = _pair(p, z)
    return np.mean(-np.sum(np.asarray(p) * softmax.log_softmax(z), axis=1)), gradient


def _plain_pair(p, z):
    _pair(p, z)
    p, z = np.asarray(p, dtype=float), np.asarray(z, dtype=float)
    q = shares(np.exp(z))
    surprise = np.where(p > 0, -np.log(q), 0)
    return np.mean(np.sum(p * surprise, axis=1)), (q - p) / len(p)


def _logarithm_too_late(p, z):
    _, gradient = _pair(p, z)
    p = np.asarray(p, dtype=float)
    surprise = np.where(p > 0, -np.log(softmax.softmax(z)), 0)
    return np.mean(np.sum(p * surprise, axis=1)), gradient


def _small_number_inside(p, z):
    _, gradient = _pair(p, z)
    p = np.asarray(p, dtype=float)
    return -np.mean(np.sum(p * np.log(softmax.softmax(z) + 1e-12), axis=1)), gradient


def _stops_growing(ask):
    """Behind by 1000 the loss is 1000; with a small number inside the logarithm it is far less."""
    behind = ask([[1.0, 0.0]], [[0.0, 1000.0]])
    if not _is_pair(behind, (1, 2)) or not 5 < behind[0] < 800:
        return None
    return f"{SMALL_NUMBER} Behind by 1000 your loss is {behind[0]:.4g}."


def _takes_any_target(p, z):
    """LSE(z) − Σ p z and q − p for whatever p is."""
    p, z = np.asarray(p, dtype=float), np.asarray(z, dtype=float)
    if p.shape != z.shape:
        raise ValueError("shapes differ")
    inner = np.sum(np.where(p == 0, 0, p * z), axis=1)
    return np.mean(softmax.logsumexp(z) - inner), (softmax.softmax(z) - p) / len(p)


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
    p, z = _AT
    said = ask(p, z)
    if not _is_pair(said, z.shape):
        return "Two things are asked for: the mean loss, and the gradient in the shape of z."
    gradient, n, step = said[1], len(z), 1e-5
    slopes = np.zeros(z.shape)
    for spot in np.ndindex(z.shape):
        around = []
        for sign in (1, -1):
            moved = z.copy()
            moved[spot] += sign * step
            came = ask(p, moved)
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
        f"Your gradient is not the slope of your own loss. For p = {p.tolist()} and z = "
        f"{z.tolist()} the entry [{where}] is {gradient[spot]:.6f}, and moving that score up and "
        f"down by 0.00001 gives {slopes[spot]:.6f}."
    )


EXERCISE = Function(
    "loss_and_gradient",
    "Predicted minus true",
    2,
    _pair,
    _cases,
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
            "The gradient is the slope by the probabilities, −p / q. Asked for is the one by the "
            "scores, so the chain rule has another factor to come (4.5).",
            _slope_by_q,
        ),
        Mistake(
            "There is a factor q (1 − q) too many. Squared error has such a factor "
            "(4.11); in (4.5) the logarithm cancels it.",
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
            "rounded to 0; take ln q from the scores, as in the first line of (4.4).",
            _logarithm_too_late,
        ),
        Mistake(SMALL_NUMBER, _small_number_inside),
        Mistake(
            "A target that is no distribution gets an answer. (4.4) used that the p sum to 1; "
            "refuse other sums, and negative entries.",
            _takes_any_target,
        ),
    ],
    hidden_cases=_hidden_cases,
    probes=(_stops_growing, _gradient_against_differences),
    version=2,
    on_success="One pass gives both, and each row of the gradient sums to 0. This is all that a "
    "network needs at its end (chapter 7).",
)
