"""All digits: the mean cross-entropy from scores, also where it is tiny or huge.

It teaches that (4.10) never forms a probability. Expected are the formula as written, each half
of the repair alone, 0 · ∞ for a masked class, sums, means or logarithms in the wrong place,
softmax twice, a hard maximum, and labels that NumPy reads in its own way.
"""

import numpy as np

from lossbook import softmax
from lossbook.checking import Case, Function, Mistake
from lossbook.exercises.chapter04.softmax import shares


def _cases(rng):
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
    yield Case("one label, two rows", ([1], [[0.0, 1.0], [1.0, 0.0]]))


def _hidden_cases(rng):
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
    yield Case("one label, two rows", (y[:1], z))


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
    return np.mean(-np.log(_own(shares(np.exp(z)), y)))


def _log_of_softmax(y, z):
    y, z = _labelled(y, z)
    return np.mean(-np.log(_own(shares(np.exp(_shifted(z))), y)))


def _small_number_inside(y, z):
    y, z = _labelled(y, z)
    return np.mean(-np.log(_own(shares(np.exp(_shifted(z))), y) + 1e-12))


def _shift_alone(y, z):
    y, z = _labelled(y, z)
    s = _shifted(z)
    return np.mean(np.log(np.exp(s).sum(axis=1)) - _own(s, y))


def _one_subtracted_again(y, z):
    y, z = _labelled(y, z)
    lead = z - _own(z, y)[:, None]
    return np.mean(np.log1p(np.exp(lead).sum(axis=1) - 1))


def _true_score_alone(y, z):
    y, z = _labelled(y, z)
    e = np.exp(z - _own(z, y)[:, None])
    e[np.arange(len(y)), y] = 0
    return np.mean(np.log1p(e.sum(axis=1)))


def _one_hot_product(y, z):
    y, z = _labelled(y, z)
    log_q = softmax.log_softmax(z)
    return np.mean(-(np.eye(z.shape[1])[y] * log_q).sum(axis=1))


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
    n = max(len(y), len(z))
    y, z = np.broadcast_to(y, n), np.broadcast_to(z, (n, z.shape[1]))
    return softmax.softmax_cross_entropy(y, z)


SMALL_NUMBER = (
    "A small number inside the logarithm, or a cut-off there, hides that q has rounded to 0: the "
    "loss stops growing. (4.10) needs no such number."
)


def _stops_growing(ask):
    """Behind by 1000 the loss is 1000; with a small number inside the logarithm it is far less."""
    behind = ask([0], [[0.0, 1000.0]])
    if not isinstance(behind, np.ndarray) or behind.shape or not 5 < behind < 800:
        return None
    return f"{SMALL_NUMBER} Behind by 1000 your loss is {behind:.4g}."


EXERCISE = Function(
    "softmax_cross_entropy",
    "All digits",
    2,
    softmax.softmax_cross_entropy,
    _cases,
    [
        Mistake(
            "The formula is right on paper, and the exponentials overflow: inf / inf is nan. "
            "(4.10) subtracts a score before it exponentiates.",
            _plain_loss,
        ),
        Mistake(
            "The probability is computed first, and its logarithm comes too late: far behind, q "
            "has rounded to 0, far ahead to 1. (4.10) never forms q.",
            _log_of_softmax,
        ),
        Mistake(SMALL_NUMBER, _small_number_inside),
        Mistake(
            "Nothing overflows, but the digits of a small loss are gone: 1 + 4e-18 is 1 in "
            "floating point, and its logarithm 0. (4.10) has the 1 apart; what computes "
            "ln(1 + s) from s?",
            _shift_alone,
        ),
        Mistake(
            "`np.log1p` comes too late: 1 + 4e-18 is already 1 in the sum, and subtracting the 1 "
            "does not bring the digits back. Leave the true class out of the sum.",
            _one_subtracted_again,
        ),
        Mistake(
            "With a lead all digits are there. Far behind, e^1000 overflows in (4.10): there the "
            "largest score must be taken out first.",
            _true_score_alone,
        ),
        Mistake(
            "One-hot times ln q meets a masked class: 0 · (−inf) is nan. Pick the one entry that "
            "counts instead of multiplying by zeros.",
            _one_hot_product,
        ),
        Mistake(
            "This is the sum over the samples. The exercise asks for the mean.", _sum_of_losses
        ),
        Mistake(
            "This is the mean probability of the true class. Its negative logarithm, sample "
            "by sample, is the loss (4.3).",
            _likelihood,
        ),
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
            "This is the lead of the best score over the true one. (4.4) has the soft "
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
            "Other lengths must be refused: NumPy stretches one row of scores to two labels, and "
            "one label to two rows.",
            _one_row_for_all_labels,
        ),
    ],
    hidden_cases=_hidden_cases,
    probes=(_stops_growing,),
    version=2,
    atol=0,
    on_success="With a lead of 40 it says 4.248e-18, where the shift alone says 0. "
    "`lossbook.softmax.softmax_cross_entropy` does the same.",
)
