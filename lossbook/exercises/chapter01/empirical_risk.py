"""Weights: the average loss of samples that do not count alike.

It teaches that a weighted average divides by the sum of the weights, and that a weight of 0
silences even an infinite loss. Expected are n for the divisor or none at all, weights that never
enter, 0 · ∞, shapes that NumPy stretches, negative weights, weights of sum 0, and `np.average`,
which does only a part of this.
"""

import numpy as np

from lossbook.checking import Case, Function, Mistake


def _cases(rng):
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
    yield Case("shapes that differ", ([[1.0], [2.0]], [1.0, 3.0]))
    yield Case("lengths that differ", ([1.0, 2.0, 4.0], [2.0]))
    yield Case("lengths that differ", ([5.0], [1.0, 2.0, 1.0]))
    yield Case("no sample at all", ([], []))


def _hidden_cases(rng):
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
    yield Case("shapes that differ", (losses[:, None], weights))
    yield Case("lengths that differ", (losses, weights[:1]))
    yield Case("lengths that differ", (losses[:1], weights))


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
    """Handles infinite losses and divides by something else."""
    said = {3.0: _BY_N, 6.0: _SUM}
    given = ask([1.0, 4.0], [2.0, 1.0])
    return said.get(float(given)) if isinstance(given, np.ndarray) and given.ndim == 0 else None


EXERCISE = Function(
    "empirical_risk",
    "Weights",
    1,
    _empirical_risk,
    _cases,
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
            "Shapes that differ must be refused: NumPy multiplies every loss with every weight "
            "for (n,) and (n, 1), and stretches an array of one number.",
            _every_with_every,
        ),
        Mistake(
            "A negative weight must be refused. It would *pay* for a loss, and (1.1) says that a "
            "loss never pays.",
            _takes_negative,
        ),
        Mistake(
            "Weights of sum 0 are let in. Nothing counts then, so there is no average: raise "
            "ValueError. No sample at all is the same case.",
            _zero_by_zero,
        ),
        Mistake(
            "`np.average` does the arithmetic, and it takes negative weights and makes nan of an "
            "infinite loss of weight 0. Those are yours to see to.",
            _average,
        ),
    ],
    hidden_cases=_hidden_cases,
    version=2,
    probes=(_which_divisor,),
    on_success="With the weights 1/n it is (1.3) again, and a weight of 2 does the same as a "
    "sample that occurs twice.",
)
