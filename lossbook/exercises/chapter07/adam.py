"""Adam, step by step, from a list of slopes.

It teaches what the two running means are for, and why young ones are repaired (7.7). Expected
are repairs that are missing, doubled or of another step, ε or the root in the wrong place, the
last slope or the squared mean for a mean, one scale for all, a sum for a mean, uphill, and the
shares exchanged or upside down. A probe looks at the first step.
"""

import numpy as np

from lossbook import network
from lossbook.checking import Case, Function, Mistake


def _cases(rng):
    def draw(*shape):
        return rng.normal(size=shape).round(2)

    yield Case("one step", ([1.0], [[5.0]], 0.1))
    yield Case("one step of two parameters", ([1.0, -1.0], [[5.0, -0.01]], 0.1))
    yield Case("slopes that agree", ([1.0], [[2.0], [2.0], [2.0]], 0.1))
    yield Case("slopes that turn round", ([1.0], [[1.0], [-2.0]], 0.1))
    yield Case("whole numbers", ([1, 2], [[3, -4], [1, 0]], 0.5))
    yield Case("a slope of 0", ([1.0, 2.0], [[0.0, 1.0]], 0.1))
    yield Case("no step", ([1.0, 2.0], [], 0.1))
    yield Case("slopes as small as ε", ([1.0], [[1e-8]], 0.1))
    yield Case("another ε", ([1.0], [[1.0], [3.0]], 0.1, 0.9, 0.999, 0.5))
    yield Case("other shares", ([1.0], [[1.0], [3.0], [-1.0]], 0.1, 0.5, 0.8))
    yield Case("forgetful means", (draw(2), draw(4, 2), 0.2, 0.3, 0.6))
    for _ in range(2):
        d, steps = int(rng.integers(2, 5)), int(rng.integers(20, 40))
        yield Case("many steps", (draw(d), draw(steps, d), 0.01))


def _hidden_cases(rng):
    d, steps = int(rng.integers(2, 5)), int(rng.integers(3, 9))
    start, slopes = rng.normal(size=d).round(2), rng.normal(size=(steps, d)).round(2)
    yield Case("one step of two parameters", (start[:2], slopes[:1, :2], 0.1))
    yield Case("slopes that agree", (start, np.tile(slopes[:1], (steps, 1)), 0.1))
    yield Case("slopes as small as ε", (start, slopes * 1e-8, 0.1))
    yield Case("another ε", (start, slopes, 0.1, 0.9, 0.999, float(rng.uniform(0.1, 1))))
    shares = (round(float(share), 2) for share in rng.uniform(0.3, 0.95, size=2))
    yield Case("other shares", (start, slopes, 0.1, *shares))
    whole = rng.integers(-9, 10, size=d), rng.integers(-9, 10, size=(steps, d))
    yield Case("whole numbers", (*whole, 0.5))
    yield Case("no step", (start, [], 0.1))


def _adam(start, slopes, learning_rate, beta1=0.9, beta2=0.999, epsilon=1e-8):
    parameters = np.array(start, dtype=float)
    optimiser = network.Adam(learning_rate, beta1=beta1, beta2=beta2, epsilon=epsilon)
    for g in np.asarray(slopes, dtype=float):
        optimiser.step([parameters], [g])
    return parameters


def _variant(move):
    """Adam with another step: `move(means, g, N, beta1, beta2, epsilon)`; means = [g̅, of g²]."""

    def adam(start, slopes, learning_rate, beta1=0.9, beta2=0.999, epsilon=1e-8):
        parameters = np.array(start, dtype=float)
        means = [np.zeros_like(parameters), np.zeros_like(parameters)]
        for N, g in enumerate(np.asarray(slopes, dtype=float), start=1):
            means[0] = beta1 * means[0] + (1 - beta1) * g
            means[1] = beta2 * means[1] + (1 - beta2) * g**2
            step = move(means, g, N, beta1, beta2, epsilon)
            parameters = parameters - learning_rate * step
        return parameters

    adam.__name__ = move.__name__
    return adam


@_variant
def _not_repaired(means, g, N, beta1, beta2, epsilon):
    return means[0] / (np.sqrt(means[1]) + epsilon)


@_variant
def _squares_not_repaired(means, g, N, beta1, beta2, epsilon):
    return means[0] / (1 - beta1**N) / (np.sqrt(means[1]) + epsilon)


@_variant
def _mean_not_repaired(means, g, N, beta1, beta2, epsilon):
    return means[0] / (np.sqrt(means[1] / (1 - beta2**N)) + epsilon)


@_variant
def _repaired_for_good(means, g, N, beta1, beta2, epsilon):
    means[0] = means[0] / (1 - beta1**N)
    means[1] = means[1] / (1 - beta2**N)
    return means[0] / (np.sqrt(means[1]) + epsilon)


@_variant
def _always_the_first_step(means, g, N, beta1, beta2, epsilon):
    return means[0] / (1 - beta1) / (np.sqrt(means[1] / (1 - beta2)) + epsilon)


@_variant
def _counts_from_zero(means, g, N, beta1, beta2, epsilon):
    with np.errstate(all="ignore"):
        mean, square = means[0] / (1 - beta1 ** (N - 1)), means[1] / (1 - beta2 ** (N - 1))
        return mean / (np.sqrt(square) + epsilon)


@_variant
def _epsilon_under_the_root(means, g, N, beta1, beta2, epsilon):
    return means[0] / (1 - beta1**N) / np.sqrt(means[1] / (1 - beta2**N) + epsilon)


@_variant
def _no_root(means, g, N, beta1, beta2, epsilon):
    return means[0] / (1 - beta1**N) / (means[1] / (1 - beta2**N) + epsilon)


@_variant
def _last_slope(means, g, N, beta1, beta2, epsilon):
    return g / (np.sqrt(means[1] / (1 - beta2**N)) + epsilon)


@_variant
def _square_of_the_mean(means, g, N, beta1, beta2, epsilon):
    mean = means[0] / (1 - beta1**N)
    return mean / (np.abs(mean) + epsilon)


@_variant
def _one_scale_for_all(means, g, N, beta1, beta2, epsilon):
    square = np.sum(means[1]) / (1 - beta2**N)
    return means[0] / (1 - beta1**N) / (np.sqrt(square) + epsilon)


@_variant
def _a_sum_for_the_mean(means, g, N, beta1, beta2, epsilon):
    return means[0] / (1 - beta1) / (1 - beta1**N) / (np.sqrt(means[1] / (1 - beta2**N)) + epsilon)


def _uphill(start, slopes, *options):
    return 2 * np.array(start, dtype=float) - _adam(start, slopes, *options)


def _shares_swapped(start, slopes, learning_rate, beta1=0.9, beta2=0.999, epsilon=1e-8):
    return _adam(start, slopes, learning_rate, beta2, beta1, epsilon)


def _shares_upside_down(start, slopes, learning_rate, beta1=0.9, beta2=0.999, epsilon=1e-8):
    return _adam(start, slopes, learning_rate, 1 - beta1, 1 - beta2, epsilon)


def _first_step(ask):
    for slope in (5.0, -0.01):
        came = ask([0.0], [[slope]], 0.1)
        if came is None or isinstance(came, (tuple, str)) or came.shape != (1,):
            return None
        if not np.isclose(came[0], -0.1 * np.sign(slope), rtol=1e-4):
            return (
                f"From 0, after one slope of {slope:g} with the learning rate 0.1, you are at "
                f"{came[0]:.4g}. By (7.7b) the first step is the learning rate, downhill, "
                "whatever the size of the slope."
            )
    return None


EXERCISE = Function(
    "adam",
    "Adam, step by step",
    3,
    _adam,
    _cases,
    [
        Mistake(
            "The means are not repaired: their weights sum to less than 1, see (7.7).",
            _not_repaired,
        ),
        Mistake(
            "The mean of the squares is not repaired. It starts at 0 as well, and (7.7) "
            "holds for it with its own β.",
            _squares_not_repaired,
        ),
        Mistake(
            "The mean of the slopes is not repaired: divide it by the sum of its weights, (7.7).",
            _mean_not_repaired,
        ),
        Mistake(
            "The first step is right. Then you go on with the repaired means, and they are "
            "repaired twice. What runs on are the raw means above (7.7).",
            _repaired_for_good,
        ),
        Mistake(
            "The first step is right. In step N the weights sum to $1 - \\beta^N$, (7.7), "
            "not to $1 - \\beta$.",
            _always_the_first_step,
        ),
        Mistake(
            "You divide by zero in the first step, as if N were 0 there. One slope has been "
            "seen: N is 1 in (7.7).",
            _counts_from_zero,
        ),
        Mistake(
            "Nearly: ε is under the root. It is added to the root, below (7.7b).",
            _epsilon_under_the_root,
        ),
        Mistake(
            "You divide by the mean square. Its root has the unit of a slope, and only then "
            "the size cancels as in (7.7b).",
            _no_root,
        ),
        Mistake(
            "The step follows the last slope alone. Adam follows the running mean of the "
            "slopes, repaired by (7.7).",
            _last_slope,
        ),
        Mistake(
            "You divide by the size of the mean, so that every step is the learning rate. "
            "The second mean is over the squares: mean of squares, not square of the mean; "
            "the two agree only where the slopes do, (7.7b).",
            _square_of_the_mean,
        ),
        Mistake(
            "All parameters are divided by one number. Each has its own two means; look at "
            "(7.7b), which is about one slope.",
            _one_scale_for_all,
        ),
        Mistake(
            "Your mean is a sum: the new slope comes in whole. With the share 1 − β its "
            "weights sum to (7.7).",
            _a_sum_for_the_mean,
        ),
        Mistake(
            "You go uphill. The slope says where the loss rises; the sign in (7.7b) is to "
            "be subtracted.",
            _uphill,
        ),
        Mistake(
            "The two β have changed places. beta1 belongs to the slopes, beta2 to their "
            "squares; each comes into (7.7) with its own mean.",
            _shares_swapped,
        ),
        Mistake(
            "A running mean keeps the share β of its *old* value and takes 1 − β of the new "
            "slope; see the line above (7.7).",
            _shares_upside_down,
        ),
    ],
    hidden_cases=_hidden_cases,
    probes=(_first_step,),
    on_success="This is `network.Adam` to the last digit. Hand it the slopes of any loss.",
)
