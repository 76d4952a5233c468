"""Count the parameters of a network with one layer of filters.

It teaches that windows share their weights (7.1), and how sides shrink before the last layer.
Expected are channels that are forgotten or counted twice, missing biases, missing pooling, sides
that do not shrink, a margin that is pooled, windows with weights of their own, and an image that
is too small.
"""

from lossbook.checking import Case, Function, Mistake


def _cases(rng):
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


def _hidden_cases(rng):
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


EXERCISE = Function(
    "count_parameters",
    "Count the parameters",
    1,
    _count,
    _cases,
    [
        Mistake(
            "Right for grey images. A window of a colour image holds the ink of each "
            "channel, and a filter has a weight for each number in its window.",
            _one_colour,
        ),
        Mistake(
            "The biases of the filters are missing: there is a $b$ in (7.1).", _no_filter_biases
        ),
        Mistake(
            "The biases of the classes are missing: there is a $b_k$ in (7.3).", _no_class_biases
        ),
        Mistake(
            "You count weights only. Filters (7.1) and classes (7.3) have biases as well.",
            _weights_only,
        ),
        Mistake(
            "The last layer sees all answers here. Pooling (7.2) keeps one of four.", _no_pooling
        ),
        Mistake(
            "You have as many answers as pixels. A window of (7.1) must lie inside the image, "
            "so there are fewer.",
            _no_shrinking,
        ),
        Mistake(
            "A margin that fills no square of 2 × 2 is pooled as well. It should be left out: "
            "what is pooled in (7.2) has four answers.",
            _margin_kept,
        ),
        Mistake(
            "Each window has weights of its own here. In (7.1) all windows share them, and "
            "that is the point of a filter.",
            _windows_of_their_own,
        ),
        Mistake(
            "The channels come into the last layer once more. A filter adds them up: by (7.1) "
            "it gives one answer for each window.",
            _colours_in_the_last_layer,
        ),
        Mistake(
            "An image too small for a single square of answers is let in. Raise a "
            "ValueError: (7.2) has nothing to pool.",
            _nothing_refused,
        ),
    ],
    hidden_cases=_hidden_cases,
    on_success="Before you train a network, compare this count with the number of images.",
)
