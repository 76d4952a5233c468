"""Exercises to chapter 7: handwritten digits."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from lossbook import network
from lossbook.grading import Case, Function, Mistake, Prediction, Proof

# ------------------------------------------------------------------ counting parameters


def _count_cases(rng):
    yield Case("the chapter's network", (8, 8, 1, 32, 3, 10))
    yield Case("the note's network", (28, 28, 1, 32, 3, 10))
    yield Case("filters of one pixel", (4, 4, 1, 1, 1, 2))
    yield Case("colours", (8, 8, 3, 2, 3, 10))
    yield Case("images that are not square", (6, 10, 1, 4, 3, 3))
    yield Case("a margin that fills no square", (8, 9, 1, 2, 2, 5))
    yield Case("two rows of answers", (4, 8, 1, 3, 3, 2))
    yield Case("two columns of answers", (8, 4, 1, 3, 3, 2))
    for _ in range(2):
        height, width = rng.integers(20, 40, size=2)
        yield Case("other sizes", (int(height), int(width), 3, int(rng.integers(4, 20)), 5, 7))
    yield Case("one row of answers only", (3, 8, 1, 2, 3, 2))
    yield Case("one column of answers only", (8, 3, 1, 2, 3, 2))
    yield Case("a filter larger than the image", (4, 4, 1, 2, 5, 2))


def _count_afresh(rng):
    def some(low, high):
        return int(rng.integers(low, high))

    def sizes(height, width, size):
        return height, width, some(1, 6), some(2, 90), size, some(2, 90)

    size = some(2, 8)
    even = size + 1 + 2 * some(1, 30)  # an even number of answers fits in
    yield Case("other sizes", sizes(some(20, 90), some(20, 90), size))
    yield Case("images that are not square", sizes(even, even + 2, size))
    yield Case("a margin that fills no square", sizes(even - 1, even + 1, size))
    yield Case("two rows of answers", sizes(size + 1, even, size))
    yield Case("one row of answers only", sizes(size, even, size))
    yield Case("one column of answers only", sizes(even, size, size))
    yield Case("a filter larger than the image", sizes(size - 1, size - 1, size))


def _count(height, width, channels, filters, size, classes):
    rows, columns = _answers(height, width, size)
    return _sum_of_layers(rows // 2 * (columns // 2), channels, filters, size, classes)


def _answers(height, width, size):
    rows, columns = height - size + 1, width - size + 1
    if min(rows, columns) < 2:
        raise ValueError(f"no square of 2 × 2 in {rows} × {columns} answers")
    return rows, columns


def _sum_of_layers(kept, channels, filters, size, classes):
    return filters * (size**2 * channels + 1) + classes * (kept * filters + 1)


def _one_colour(height, width, channels, filters, size, classes):
    return _count(height, width, 1, filters, size, classes)


def _no_filter_biases(height, width, channels, filters, size, classes):
    return _count(height, width, channels, filters, size, classes) - filters


def _no_class_biases(height, width, channels, filters, size, classes):
    return _count(height, width, channels, filters, size, classes) - classes


def _weights_only(height, width, channels, filters, size, classes):
    return _count(height, width, channels, filters, size, classes) - filters - classes


def _no_pooling(height, width, channels, filters, size, classes):
    rows, columns = _answers(height, width, size)
    return _sum_of_layers(rows * columns, channels, filters, size, classes)


def _no_shrinking(height, width, channels, filters, size, classes):
    _answers(height, width, size)
    return _sum_of_layers(height // 2 * (width // 2), channels, filters, size, classes)


def _margin_kept(height, width, channels, filters, size, classes):
    rows, columns = _answers(height, width, size)
    kept = (rows + 1) // 2 * ((columns + 1) // 2)
    return _sum_of_layers(kept, channels, filters, size, classes)


def _windows_of_their_own(height, width, channels, filters, size, classes):
    rows, columns = _answers(height, width, size)
    kept = rows // 2 * (columns // 2)
    first = rows * columns * filters * (size**2 * channels + 1)
    return first + classes * (kept * filters + 1)


def _colours_in_the_last_layer(height, width, channels, filters, size, classes):
    rows, columns = _answers(height, width, size)
    kept = rows // 2 * (columns // 2)
    return filters * (size**2 * channels + 1) + classes * (kept * filters * channels + 1)


def _nothing_refused(height, width, channels, filters, size, classes):
    rows, columns = height - size + 1, width - size + 1
    return _sum_of_layers(rows // 2 * (columns // 2), channels, filters, size, classes)


COUNT = Function(
    "count_parameters",
    "Count the parameters",
    1,
    _count,
    _count_cases,
    [
        Mistake("Right for grey images. A window of a colour image holds the ink of each "
                "channel, and a filter has a weight for each number in its window.", _one_colour),
        Mistake("The biases of the filters are missing: there is a $b$ in (7.1).",
                _no_filter_biases),
        Mistake("The biases of the classes are missing: there is a $b_k$ in (7.4).",
                _no_class_biases),
        Mistake("You count weights only. Filters (7.1) and classes (7.4) have biases as well.",
                _weights_only),
        Mistake("The last layer sees all answers here. Pooling (7.3) keeps one of four.",
                _no_pooling),
        Mistake("You have as many answers as pixels. A window of (7.1) must lie inside the image, "
                "so there are fewer.", _no_shrinking),
        Mistake("A margin that fills no square of 2 × 2 is pooled as well. It should be left out: "
                "what is pooled in (7.3) has four answers.", _margin_kept),
        Mistake("Each window has weights of its own here. In (7.1) all windows share them, and "
                "that is the point of a filter.", _windows_of_their_own),
        Mistake("The channels come into the last layer once more. A filter adds them up: by (7.1) "
                "it gives one answer for each window.", _colours_in_the_last_layer),
        Mistake("An image too small for a single square of answers is let in. Raise a "
                "ValueError: (7.3) has nothing to pool.", _nothing_refused),
    ],
    afresh=_count_afresh,
    done="Before you train a network, compare this count with the number of images.",
)

# ------------------------------------------------------------------------------ windows


def _windows_cases(rng):
    def draw(*shape):
        return rng.normal(size=shape).round(2)

    yield Case("one window", (np.array([[[1.0, 2], [3, 4]]]), 2))
    yield Case("windows of one pixel", (np.array([[[1.0, 2], [3, 4]]]), 1))
    yield Case("a single image", (np.arange(1.0, 13).reshape(1, 3, 4), 2))
    yield Case("a filter as high as the image", (np.arange(1.0, 7).reshape(1, 2, 3), 2))
    yield Case("a filter as wide as the image", (np.arange(1.0, 7).reshape(1, 3, 2), 2))
    yield Case("two images", (draw(2, 3, 3), 2))
    yield Case("two narrow images", (draw(2, 4, 3), 2))
    yield Case("whole numbers", (np.arange(244, 256, dtype=np.uint8).reshape(1, 4, 3), 2))
    yield Case("many windows", (draw(3, 5, int(rng.integers(7, 10))), 3))
    yield Case("many windows", (draw(2, int(rng.integers(7, 10)), 6), 4))
    yield Case("a filter that is too high", (np.ones((1, 2, 4)), 3))
    yield Case("a filter that is too wide", (np.ones((1, 4, 2)), 3))
    yield Case("a filter without a pixel", (np.ones((1, 2, 2)), 0))


def _windows_afresh(rng):
    height, width, size = (int(k) for k in rng.integers((5, 5, 2), (9, 9, 5)))
    n = int(rng.integers(1, 4))

    def grey(*shape):
        return rng.integers(0, 256, size=shape).astype(np.uint8)

    def draw(*shape):
        return rng.normal(size=shape).round(2)

    yield Case("whole numbers", (grey(n, height, width), size))
    yield Case("windows of one pixel", (draw(n + 1, 3, 2), 1))
    yield Case("a filter as high as the image", (draw(n, size, width), size))
    yield Case("a filter as wide as the image", (draw(n, height, size), size))
    yield Case("a filter that is too high", (draw(n, size - 1, width), size))
    yield Case("a filter that is too wide", (draw(n, height, size - 1), size))
    yield Case("a filter without a pixel", (draw(n, height, width), 0))


def _windows(images, size):
    """(image, row, column, row in the window, column in it)"""
    images = np.asarray(images)
    if size < 1 or min(images.shape[1:]) < size:
        raise ValueError(f"size must be from 1 to the shortest side, got {size}")
    return sliding_window_view(images, (size, size), axis=(1, 2))


def _im2col(images, size):
    return _windows(images, size).reshape(-1, size**2)


def _columns_first_inside(images, size):
    return _windows(images, size).swapaxes(3, 4).reshape(-1, size**2)


def _columns_first_outside(images, size):
    return _windows(images, size).swapaxes(1, 2).reshape(-1, size**2)


def _images_last(images, size):
    return np.moveaxis(_windows(images, size), 0, 2).reshape(-1, size**2)


def _a_column_each(images, size):
    return _im2col(images, size).T


def _turned(images, size):
    return _im2col(images, size)[:, ::-1]


def _no_overlap(images, size):
    return _windows(images, size)[:, ::size, ::size].reshape(-1, size**2)


def _last_windows_missed(images, size):
    return _windows(images, size)[:, :-1, :-1].reshape(-1, size**2)


def _square_images_only(images, size):
    _windows(images, size)
    side = images.shape[1] - size + 1
    places = np.ndindex(len(images), side, side)
    windows = [images[i, r : r + size, c : c + size].ravel() for i, r, c in places]
    return np.array(windows)


def _zeros_around(images, size):
    _windows(images, size)
    before, after = (size - 1) // 2, size // 2
    around = (before, after)
    return _im2col(np.pad(images, ((0, 0), around, around)), size)


def _a_block_for_each_image(images, size):
    return _im2col(images, size).reshape(len(images), -1, size**2)


def _any_size(images, size):
    n, height, width = images.shape
    rows, columns = max(0, height - size + 1), max(0, width - size + 1)
    if not size or not rows * columns:
        return np.zeros((n * rows * columns, size**2))
    return _im2col(images, size)


WINDOWS = Function(
    "im2col",
    "Windows",
    2,
    _im2col,
    _windows_cases,
    [
        Mistake("Inside a window you go down the columns. Asked for is the order of reading, the "
                "order of the weights $w_{uv}$ in (7.1) as NumPy stores them.",
                _columns_first_inside),
        Mistake("Each row is right, and they stand in another order: you go down the image "
                "first. The answers $a_{rc}$ of (7.1) are wanted row by row.",
                _columns_first_outside),
        Mistake("Each row is right, and the images are shuffled into each other. All windows of "
                "the first image come first, then all of the second; each has its own $a_{rc}$ "
                "in (7.1).", _images_last),
        Mistake("Each window is a column here. That is where the name comes from; asked for is a "
                "row for each window, so that (7.1) is `im2col(images, size) @ w + b`.",
                _a_column_each),
        Mistake("Your windows are turned by 180°. That is the convolution of mathematics; (7.1) "
                "does not turn.", _turned),
        Mistake("Your windows do not overlap. That is how pooling goes through an image; in (7.1) "
                "the next window begins one pixel further.", _no_overlap),
        Mistake("The last window of each row and column is missing. How many values may $r$ take "
                "in (7.1), so that the window still lies inside?", _last_windows_missed),
        Mistake("Right for square images. Rows and columns are counted separately in (7.1).",
                _square_images_only),
        Mistake("You put zeros around the image, to have a window for each pixel. In (7.1) all "
                "windows lie inside.", _zeros_around),
        Mistake("Each image has a matrix of its own here. One matrix is asked for, so that (7.1) "
                "for all images is one product.", _a_block_for_each_image),
        Mistake("A filter that has no place in the image, or no pixel, is let in. (7.1) has no "
                "answer there: raise a ValueError.", _any_size),
    ],
    afresh=_windows_afresh,
    done="Now (7.1) is one line: `im2col(images, 3) @ filters.reshape(9, -1) + bias`.",
)

# ---------------------------------------------------------------- back through the pooling


def _pooling_cases(rng):
    def draw(*shape):
        return rng.normal(size=shape).round(2)

    def arrays(about, a, g):
        return Case(about, (np.array(a), np.array(g)))

    yield arrays("one square", [[[1.0, 2], [4, 3]]], [[[0.5]]])
    yield arrays("four equal answers", [[[2.0, 2], [2, 2]]], [[[0.5]]])
    yield arrays("two equal answers", [[[1.0, 3], [3, 2]]], [[[-2.0]]])
    yield arrays("negative answers", [[[-1.0, -2], [-4, -3]]], [[[3.0]]])
    yield arrays("zeros", [[[0.0, -1], [0, 0]]], [[[1.5]]])
    yield arrays("an odd width", [[[1.0, 2, 9], [4, 3, 9]]], [[[0.5]]])
    yield arrays("an odd height", [[[1.0, 2], [3, 1], [9, 9]]], [[[0.5]]])
    yield arrays("whole numbers", [[[1, 2], [4, 3]]], [[[0.5]]])
    yield arrays("two squares", [[[1.0, 2, 8, 7], [4, 3, 6, 5]]], [[[0.5, -0.25]]])
    for _ in range(2):
        rows, columns = rng.integers(4, 8, size=2)
        yield Case("many squares", (draw(3, rows, columns), draw(3, rows // 2, columns // 2)))
    a = rng.integers(0, 3, size=(2, 6, 8)).astype(float)
    yield Case("many equal answers", (a, draw(2, 3, 4)))


def _pooling_afresh(rng):
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
            "By (7.8) each square hands on its gradient to one answer, so that all that comes "
            "back sums to the sum of g. Yours does not."
        )
    return None


POOLING = Function(
    "pool_backward",
    "The way back through pooling",
    2,
    _back,
    _pooling_cases,
    [
        Mistake("Where several answers are largest, each of them takes the whole gradient, and "
                "more comes back than arrived. Only the first takes it: see below (7.8).",
                _to_each),
        Mistake("Several largest answers share the gradient. That is a sound convention, and not "
                "the chapter's: below (7.8), the first takes it all.", _in_shares),
        Mistake("Of several largest answers the last one takes the gradient. The chapter's "
                "convention, below (7.8), is the first.", _to_the_last),
        Mistake("You look for the first of several largest answers down the columns. Asked for "
                "is the order of reading; away from such ties, (7.8), it makes no difference.",
                _down_the_columns),
        Mistake("All four answers take the gradient. By (7.8) only the largest moves $h$.",
                _to_all_four),
        Mistake("The smallest answer takes the gradient. What was kept in (7.3), and moves $h$ in "
                "(7.8), is the largest.", _to_the_smallest),
        Mistake("Each answer takes a quarter. That is the way back through a mean; the slope of "
                "a maximum (7.8) is 0 or 1.", _mean_pooling),
        Mistake("The gradient stops where the largest answer is not positive. That is the switch "
                "of the ReLU (7.2), a layer of its own; here only (7.8) is asked for.",
                _with_the_relu),
        Mistake("The gradient is multiplied by the answer. By (7.8) the slope is 1 there, however "
                "large the answer is.", _times_the_answer),
        Mistake("The answers are whole numbers here, and your gradients became whole numbers too. "
                "Make an array of floats for the slopes of (7.8).", _whole_numbers),
        Mistake("A margin that fills no square makes your function fail. It takes no part in "
                "(7.3), so its gradient is 0.", _even_sides_only),
        Mistake("Right inside the squares. But the gradient must have the shape of a: an answer "
                "in the margin takes no part in (7.3), so its slope is 0.", _cut_to_squares),
    ],
    afresh=_pooling_afresh,
    probes=(_nothing_is_lost,),
    done="With the switch (7.2) of the ReLU and the windows above you have all of (7.10) in your "
    "hands.",
)

# ------------------------------------------------------------------------ softmax, twice

TWICE = Prediction(
    "softmax_twice",
    "Softmax twice",
    2,
    np.log(1 + 2 / np.e),
    [
        (0.55, "Nearly, or just rounded: three digits are asked for."),
        (0.0, "That is what one softmax can come to. The second one receives numbers between 0 "
         "and 1 for its scores, not large ones: see (7.15)."),
        (np.log(3), "This is (7.12), the loss of a network that treats all three alike. Ours "
         "knows the answer."),
        (np.log(1 + 9 / np.e), "This is the chapter's number for ten classes. Put K = 3 into "
         "(7.15)."),
        (np.e / (np.e + 2), "This is the largest probability (7.15) itself. What does it cost, "
         "by (7.5)?"),
        (np.log2(1 + 2 / np.e), "Right, but in bits. Nats are asked for: take the natural "
         "logarithm, as (7.5) does."),
        (np.log(1 + 3 / np.e), "Of K = 3 classes only two are wrong: look at the K − 1 in "
         "(7.15)."),
        (np.log(2 + np.e), "This is the other end, the price of a flower that is surely misread: "
         "the second softmax caps the loss, too."),
    ],
    because="The first softmax comes as near to (1, 0, 0) as you like. With these scores the "
    "second one gives the true class e/(e + 2) = 0.576, the bound (7.15), and −ln 0.576 = 0.551. "
    "Half the loss of knowing nothing, ln 3 = 1.099, can never be learned away.",
    rtol=2e-3,
    variable="floor",
)

# --------------------------------------------------------------- the slope through both


def _twice_exercise():
    from lossbook.derive import Exercise

    return Exercise(
        "The slope through two softmaxes",
        r"""
Let j, k \in \{1,\dots,K\}, z \in \mathbb{R}^K, t \in \Delta_K
Define p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}
Define \hat p_k = \frac{e^{p_k}}{\sum_j e^{p_j}}
Define \ell = \ln \sum_j e^{p_j} - \sum_j t_j p_j
""",
        start=r"\frac{\partial \ell}{\partial z_k}",
        goal=r"p_k \left( \hat p_k - t_k - \sum_j p_j (\hat p_j - t_j) \right)",
        at_least=3,
    )


TWICE_SLOPE = Proof(
    "slope_of_two",
    "Who does not pull behind two softmaxes",
    3,
    _twice_exercise,
    solution=r"""
= \sum_j (\hat p_j - t_j) \frac{\partial p_j}{\partial z_k}
= \sum_j (\hat p_j - t_j)\, p_j (\delta_{jk} - p_k)
= p_k \left( \hat p_k - t_k - \sum_j p_j (\hat p_j - t_j) \right)
""",
    false=[
        (r"= \hat p_k - t_k", 1),
        (
            r"""
= \sum_j (\hat p_j - t_j) \frac{\partial p_j}{\partial z_k}
= (\hat p_k - t_k)\, p_k (1 - p_k)
""",
            2,
        ),
        (
            r"""
= \sum_j (\hat p_j - t_j) \frac{\partial p_j}{\partial z_k}
= \sum_j (\hat p_j - t_j)\, p_j (\delta_{jk} - p_k)
= p_k \left( \hat p_k - t_k + \sum_j p_j (\hat p_j - t_j) \right)
""",
            3,
        ),
    ],
    done="Put p = (1, 0, 0) into it, whatever the label: every slope is 0. Who is surely wrong "
    "does not pull at all.",
)

# ---------------------------------------------------------------------------------- Adam


def _adam_cases(rng):
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


def _adam_afresh(rng):
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
    return means[0] / (1 - beta1) / (1 - beta1**N) / (
        np.sqrt(means[1] / (1 - beta2**N)) + epsilon
    )


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
                f"{came[0]:.4g}. By (7.11b) the first step is the learning rate, downhill, "
                "whatever the size of the slope."
            )
    return None


ADAM = Function(
    "adam",
    "Adam, step by step",
    3,
    _adam,
    _adam_cases,
    [
        Mistake("The means are not repaired: their weights sum to less than 1, see (7.11).",
                _not_repaired),
        Mistake("The mean of the squares is not repaired. It starts at 0 as well, and (7.11) "
                "holds for it with its own β.", _squares_not_repaired),
        Mistake("The mean of the slopes is not repaired: divide it by the sum of its weights, "
                "(7.11).", _mean_not_repaired),
        Mistake("The first step is right. Then you go on with the repaired means, and they are "
                "repaired twice. What runs on are the raw means above (7.11).",
                _repaired_for_good),
        Mistake("The first step is right. In step N the weights sum to $1 - \\beta^N$, (7.11), "
                "not to $1 - \\beta$.", _always_the_first_step),
        Mistake("You divide by zero in the first step, as if N were 0 there. One slope has been "
                "seen: N is 1 in (7.11).", _counts_from_zero),
        Mistake("Nearly: ε stands under the root. It is added to the root, below (7.11b).",
                _epsilon_under_the_root),
        Mistake("You divide by the mean square. Its root has the unit of a slope, and only then "
                "the size cancels as in (7.11b).", _no_root),
        Mistake("The step follows the last slope alone. Adam follows the running mean of the "
                "slopes, repaired by (7.11).", _last_slope),
        Mistake("You divide by the size of the mean, so that every step is the learning rate. "
                "The second mean is over the squares: mean of squares, not square of the mean; "
                "the two agree only where the slopes do, (7.11b).", _square_of_the_mean),
        Mistake("All parameters are divided by one number. Each has its own two means; look at "
                "(7.11b), which is about one slope.", _one_scale_for_all),
        Mistake("Your mean is a sum: the new slope comes in whole. With the share 1 − β its "
                "weights sum to (7.11).", _a_sum_for_the_mean),
        Mistake("You go uphill. The slope says where the loss rises; the sign in (7.11b) is to "
                "be subtracted.", _uphill),
        Mistake("The two β have changed places. beta1 belongs to the slopes, beta2 to their "
                "squares; each comes into (7.11) with its own mean.", _shares_swapped),
        Mistake("A running mean keeps the share β of its *old* value and takes 1 − β of the new "
                "slope; see the line above (7.11).", _shares_upside_down),
    ],
    afresh=_adam_afresh,
    probes=(_first_step,),
    done="This is `network.Adam` to the last digit. Hand it the slopes of any loss.",
)

EXERCISES = [COUNT, WINDOWS, POOLING, TWICE, TWICE_SLOPE, ADAM]
