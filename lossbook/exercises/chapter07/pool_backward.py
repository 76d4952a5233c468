"""The way back through pooling: what each answer adds to the slope of the loss.

It teaches (7.2d): the gradient of a square goes to its largest answer, to the first one in a tie.
Expected are other conventions for ties, all four or the smallest, the way back through a mean,
the switch of the ReLU, a product with the answer, whole numbers, and margins that are lost. A
probe adds up what came back.
"""

import numpy as np

from lossbook import network
from lossbook.checking import Case, Function, Mistake
from lossbook.exercises._shared import array_case


def _cases(rng):
    def draw(*shape):
        return rng.normal(size=shape).round(2)

    yield array_case("one square", [[[1.0, 2], [4, 3]]], [[[0.5]]])
    yield array_case("four equal answers", [[[2.0, 2], [2, 2]]], [[[0.5]]])
    yield array_case("two equal answers", [[[1.0, 3], [3, 2]]], [[[-2.0]]])
    yield array_case("negative answers", [[[-1.0, -2], [-4, -3]]], [[[3.0]]])
    yield array_case("zeros", [[[0.0, -1], [0, 0]]], [[[1.5]]])
    yield array_case("an odd width", [[[1.0, 2, 9], [4, 3, 9]]], [[[0.5]]])
    yield array_case("an odd height", [[[1.0, 2], [3, 1], [9, 9]]], [[[0.5]]])
    yield array_case("whole numbers", [[[1, 2], [4, 3]]], [[[0.5]]])
    yield array_case("two squares", [[[1.0, 2, 8, 7], [4, 3, 6, 5]]], [[[0.5, -0.25]]])
    for _ in range(2):
        rows, columns = rng.integers(4, 8, size=2)
        yield Case("many squares", (draw(3, rows, columns), draw(3, rows // 2, columns // 2)))
    a = rng.integers(0, 3, size=(2, 6, 8)).astype(float)
    yield Case("many equal answers", (a, draw(2, 3, 4)))


def _hidden_cases(rng):
    rows, columns = (int(k) for k in rng.integers(2, 5, size=2))
    a, g = rng.normal(size=(2, 2 * rows, 2 * columns)), rng.normal(size=(2, rows, columns))
    a, g = a.round(2), g.round(2)
    yield Case("negative answers", (-np.abs(a) - 0.01, g))
    high = np.abs(a).max() + 1
    ties = a.copy()
    ties[:, ::2, 1::2] = ties[:, 1::2, ::2] = high  # upper right and lower left
    yield Case("two equal answers", (ties, g))
    yield Case("an odd width", (np.concatenate([a, a[:, :, :1] + high], axis=2), g))
    yield Case("an odd height", (np.concatenate([a, a[:, :1] + high], axis=1), g))
    yield Case("whole numbers", (rng.integers(-9, 10, size=a.shape), g + 0.005))
    yield Case("zeros", (np.minimum(a, 0), g))


def _back(a, g):
    pool = network.MaxPool2D(2)
    pool.forward(np.asarray(a, dtype=float)[..., None])
    return pool.backward(g[..., None])[..., 0]


def _squares(a, g, give, kind=float):
    """Gradients by a; `give(square)` says what share of g each of the four gets."""
    by_a = np.zeros(a.shape, kind)
    for i, r, c in np.ndindex(g.shape):
        here = (i, slice(2 * r, 2 * r + 2), slice(2 * c, 2 * c + 2))
        by_a[here] = give(a[here]) * g[i, r, c]
    return by_a


def _only(square, place):
    return np.arange(4).reshape(2, 2) == place


def _to_each(a, g):
    return _squares(a, g, lambda square: square == square.max())


def _in_shares(a, g):
    return _squares(a, g, lambda square: (square == square.max()) / np.sum(square == square.max()))


def _to_the_last(a, g):
    return _squares(a, g, lambda square: _only(square, 3 - square.ravel()[::-1].argmax()))


def _down_the_columns(a, g):
    return _squares(a, g, lambda square: _only(square, square.T.argmax()).T)


def _to_all_four(a, g):
    return _squares(a, g, np.ones_like)


def _to_the_smallest(a, g):
    return _back(-a, g)


def _mean_pooling(a, g):
    return _squares(a, g, lambda square: np.full((2, 2), 0.25))


def _with_the_relu(a, g):
    return _back(a, g) * (a > 0)


def _times_the_answer(a, g):
    return _back(a, g) * a


def _whole_numbers(a, g):
    return _squares(a, g, lambda square: _only(square, square.argmax()), a.dtype)


def _even_sides_only(a, g):
    n, rows, columns = a.shape
    a.reshape(n, rows // 2, 2, columns // 2, 2)
    return _back(a, g)


def _cut_to_squares(a, g):
    return _back(a, g)[:, : 2 * g.shape[1], : 2 * g.shape[2]]


def _nothing_is_lost(ask):
    a = np.array([[[1.0, 5, 2, 0], [3, 4, 7, 6]]])
    came = ask(a, np.array([[[1.0, 10.0]]]))
    if came is None or isinstance(came, (tuple, str)) or came.shape != a.shape:
        return None
    if not np.isclose(came.sum(), 11.0):
        return (
            "By (7.2d) each square hands on its gradient to one answer, so that all that comes "
            "back sums to the sum of g. Yours does not."
        )
    return None


EXERCISE = Function(
    "pool_backward",
    "The way back through pooling",
    2,
    _back,
    _cases,
    [
        Mistake(
            "Where several answers are largest, each of them takes the whole gradient, and "
            "more comes back than arrived. Only the first takes it: see below (7.2d).",
            _to_each,
        ),
        Mistake(
            "Several largest answers share the gradient. That is a sound convention, and not "
            "the chapter's: below (7.2d), the first takes it all.",
            _in_shares,
        ),
        Mistake(
            "Of several largest answers the last one takes the gradient. The chapter's "
            "convention, below (7.2d), is the first.",
            _to_the_last,
        ),
        Mistake(
            "You look for the first of several largest answers down the columns. Asked for "
            "is the order of reading; away from such ties, (7.2d), it makes no difference.",
            _down_the_columns,
        ),
        Mistake(
            "All four answers take the gradient. By (7.2d) only the largest moves $h$.",
            _to_all_four,
        ),
        Mistake(
            "The smallest answer takes the gradient. What was kept in (7.2), and moves $h$ in "
            "(7.2d), is the largest.",
            _to_the_smallest,
        ),
        Mistake(
            "Each answer takes a quarter. That is the way back through a mean; the slope of "
            "a maximum (7.2d) is 0 or 1.",
            _mean_pooling,
        ),
        Mistake(
            "The gradient stops where the largest answer is not positive. That is the switch "
            "of the ReLU (7.2c), a layer of its own; here only (7.2d) is asked for.",
            _with_the_relu,
        ),
        Mistake(
            "The gradient is multiplied by the answer. By (7.2d) the slope is 1 there, however "
            "large the answer is.",
            _times_the_answer,
        ),
        Mistake(
            "The answers are whole numbers here, and your gradients became whole numbers too. "
            "Make an array of floats for the slopes of (7.2d).",
            _whole_numbers,
        ),
        Mistake(
            "A margin that fills no square makes your function fail. It takes no part in "
            "(7.2), so its gradient is 0.",
            _even_sides_only,
        ),
        Mistake(
            "Right inside the squares. But the gradient must have the shape of a: an answer "
            "in the margin takes no part in (7.2), so its slope is 0.",
            _cut_to_squares,
        ),
    ],
    hidden_cases=_hidden_cases,
    probes=(_nothing_is_lost,),
    on_success="With the switch (7.2c) of the ReLU and the windows above you have all of (7.4b) in "
    "your hands.",
)
