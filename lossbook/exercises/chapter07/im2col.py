"""Windows: every window of every image as a row of one matrix.

It teaches to make (7.1) one product of matrices, with everything in the order of reading.
Expected are columns before rows inside or outside of the window, shuffled images, a transpose,
turned windows, windows that do not overlap, that are missed or that reach outside, one matrix for
each image, and filters that have no place.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from lossbook.checking import Case, Function, Mistake


def _cases(rng):
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


def _hidden_cases(rng):
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


EXERCISE = Function(
    "im2col",
    "Windows",
    2,
    _im2col,
    _cases,
    [
        Mistake(
            "Inside a window you go down the columns. Asked for is the order of reading, the "
            "order of the weights $w_{uv}$ in (7.1) as NumPy stores them.",
            _columns_first_inside,
        ),
        Mistake(
            "Each row is right, but the order is another: you go down the image "
            "first. The answers $a_{rc}$ of (7.1) are wanted row by row.",
            _columns_first_outside,
        ),
        Mistake(
            "Each row is right, and the images are shuffled into each other. All windows of "
            "the first image come first, then all of the second; each has its own $a_{rc}$ "
            "in (7.1).",
            _images_last,
        ),
        Mistake(
            "Each window is a column here. That is where the name comes from; asked for is a "
            "row for each window, so that (7.1) is `im2col(images, size) @ w + b`.",
            _a_column_each,
        ),
        Mistake(
            "Your windows are turned by 180°. That is the convolution of mathematics; (7.1) "
            "does not turn.",
            _turned,
        ),
        Mistake(
            "Your windows do not overlap. That is how pooling goes through an image; in (7.1) "
            "the next window begins one pixel further.",
            _no_overlap,
        ),
        Mistake(
            "The last window of each row and column is missing. How many values may $r$ take "
            "in (7.1), so that the window still lies inside?",
            _last_windows_missed,
        ),
        Mistake(
            "Right for square images. Rows and columns are counted separately in (7.1).",
            _square_images_only,
        ),
        Mistake(
            "You put zeros around the image, to have a window for each pixel. In (7.1) all "
            "windows lie inside.",
            _zeros_around,
        ),
        Mistake(
            "Each image has a matrix of its own here. One matrix is asked for, so that (7.1) "
            "for all images is one product.",
            _a_block_for_each_image,
        ),
        Mistake(
            "A filter that has no place in the image, or no pixel, is let in. (7.1) has no "
            "answer there: raise a ValueError.",
            _any_size,
        ),
    ],
    hidden_cases=_hidden_cases,
    on_success="Now (7.1) is one line: `im2col(images, 3) @ filters.reshape(9, -1) + bias`.",
)
