"""Layers: the way forward, and the chain rule on the way back.

`forward(x)` computes the layer's output and remembers what the way back needs; `backward(g)`
takes the gradient of the loss by that output, keeps the gradients of the layer's own parameters
in `gradients`, and returns the gradient by x.

Images have shape (n, height, width, channels). In memory a pixel's whole batch lies together
(height, width, n, channels): what pooling compares are then long runs of neighbouring numbers.
NumPy's elementwise functions keep the order they find, so only Conv2D and Flatten mention it, and
every layer is right for any order.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from lossbook import _validation as check


class Layer:
    """What all layers share; this one hands everything on unchanged.

    `parameters` are changed in place by an optimiser; `gradients` are those of the last
    `backward`, in the same order. `sizes` are the arguments that make another layer like this.
    A layer with parameters has `collect(g)` as well: `backward` without the gradient by x.
    """

    parameters = ()
    gradients = ()
    sizes = ()

    def forward(self, x):
        return x

    def backward(self, g):
        return g

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(map(str, self.sizes))})"


class Conv2D(Layer):
    """Cross-correlation of images with square filters, stride 1, no padding.

    ::

        z[n, i, j, f] = b[f] + Σ_{u, v, c} w[u, v, c, f] x[n, i + u, j + v, c]

    Convention: as everywhere in deep learning, the filter is not flipped. All windows become the
    columns of one matrix (im2col), so that the sum is one matrix product.

    Parameters
    ----------
    channels, filters, size : int
        Channels of the input and of the output, side of the filters.
    seed : int or numpy.random.Generator
        Weights are drawn from N(0, 2 / (size² channels)), He's scale for ReLU; biases are 0.
    dtype : float32 or float64

    `weights` has shape (size, size, channels, filters), `bias` (filters,): write into them, do
    not replace them.

    Examples
    --------
    >>> layer = Conv2D(1, 1, 2)
    >>> layer.weights[...] = 1
    >>> layer.forward(np.arange(9).reshape(1, 3, 3, 1)).squeeze()
    array([[ 8., 12.],
           [20., 24.]], dtype=float32)

    Source: LeCun et al. (1998); He et al. (2015) for the scale; equations (7.1) and (7.4b).
    """

    def __init__(self, channels, filters, size=3, *, seed=0, dtype=np.float32):
        self.sizes = channels, filters, size = counts(
            channels=channels, filters=filters, size=size
        )
        fan_in = size * size * channels
        # The bias is one more row: its window entry is always 1.
        self._affine = np.zeros((fan_in + 1, filters), float_type(dtype))
        self.weights = self._affine[:-1].reshape(size, size, channels, filters)
        self.bias = self._affine[-1]
        rng = np.random.default_rng(seed)
        self.weights[...] = rng.normal(0, np.sqrt(2 / fan_in), self.weights.shape)
        self.parameters = (self._affine,)

    def forward(self, x):
        channels, filters, size = self.sizes
        n, height, width, _ = checked_shape(x, (None, None, None, channels), self)
        if min(height, width) < size:
            raise ValueError(f"{self} needs images of at least {size} × {size}, got {x.shape}")
        self._input_shape = x.shape
        rows, columns = height - size + 1, width - size + 1
        pixels = np.ascontiguousarray(x.transpose(1, 2, 3, 0), self._affine.dtype)
        windows = sliding_window_view(pixels, (size, size), axis=(0, 1))  # (i, j, c, n, u, v)
        self._columns = np.ones((len(self._affine), rows * columns * n), self._affine.dtype)
        self._columns[:-1].reshape(size, size, channels, rows, columns, n)[...] = (
            windows.transpose(4, 5, 2, 0, 1, 3)
        )
        z = self._columns.T @ self._affine
        return z.reshape(rows, columns, n, filters).transpose(2, 0, 1, 3)

    def collect(self, g):
        """Gradients of the parameters only."""
        g = g.transpose(1, 2, 0, 3).reshape(-1, len(self.bias))
        self.gradients = (self._columns @ g,)
        return g

    def backward(self, g):
        rows, columns = g.shape[1:3]
        g = self.collect(g)
        n, height, width, channels = self._input_shape
        size = self.sizes[2]
        by_window = (self._affine[:-1] @ g.T).reshape(size, size, channels, rows, columns, n)
        # A pixel gets back the sum over all windows it was in.
        by_pixel = np.zeros((height, width, channels, n), by_window.dtype)
        for u, v in np.ndindex(size, size):
            by_pixel[u : u + rows, v : v + columns] += by_window[u, v].transpose(1, 2, 0, 3)
        return by_pixel.transpose(3, 0, 1, 2)


class ReLU(Layer):
    """max(x, 0), of any shape. Convention: the slope at 0 is 0.

    Source: equation (7.2c).
    """

    def forward(self, x):
        self._output = np.maximum(x, 0)
        return self._output

    def backward(self, g):
        return g * (self._output > 0)


class MaxPool2D(Layer):
    """The largest value in each square of size × size pixels; squares do not overlap.

    Conventions: a margin that fills no square is left out (8 × 7 becomes 4 × 3 for size 2), and
    if several pixels of a square are largest, the first of them, row by row, takes the gradient.

    Source: equations (7.2) and (7.2d).
    """

    def __init__(self, size=2):
        self.sizes = counts(size=size)

    def forward(self, x):
        (size,) = self.sizes
        _, height, width, _ = checked_shape(x, (None, None, None, None), self)
        if min(height, width) < size:
            raise ValueError(f"{self} needs images of at least {size} × {size}, got {x.shape}")
        self._input = x
        first, *others = self._planes(x)
        self._output = first.copy(order="K")
        for plane in others:
            np.maximum(self._output, plane, out=self._output)
        return self._output

    def backward(self, g):
        by_input = np.zeros_like(self._input)
        left = g.copy(order="K")
        *places, (_, last) = zip(self._planes(self._input), self._planes(by_input), strict=True)
        for plane, out in places:
            out[...] = plane == self._output
            out *= left
            left -= out  # what is given away is gone: ties go to the first
        last[...] = left
        return by_input

    def _planes(self, x):
        """Views of the pixels at each of the size² places within their square, row by row."""
        (size,) = self.sizes
        rows, columns = (side // size * size for side in x.shape[1:3])
        return [x[:, u:rows:size, v:columns:size] for u, v in np.ndindex(size, size)]


class Flatten(Layer):
    """Each image as one row, by rows, columns, channels: (n, height · width · channels)."""

    def forward(self, x):
        self._input = x
        return x.reshape(len(x), -1)

    def backward(self, g):
        by_input = np.empty_like(self._input)  # in the memory order of the input
        by_input[...] = g.reshape(by_input.shape)
        return by_input


class Dense(Layer):
    """x W + b for rows x.

    Parameters
    ----------
    inputs, outputs : int
    seed : int or numpy.random.Generator
        Weights are drawn from N(0, 1 / inputs), half of He's variance, as no ReLU follows and
        halves the outputs; biases are 0.
    dtype : float32 or float64

    Source: LeCun et al. (1998), Efficient BackProp, for the scale; equations (7.3) and (7.3d).
    """

    def __init__(self, inputs, outputs, *, seed=0, dtype=np.float32):
        self.sizes = inputs, outputs = counts(inputs=inputs, outputs=outputs)
        rng = np.random.default_rng(seed)
        weights = rng.normal(0, np.sqrt(1 / inputs), (inputs, outputs))
        self.weights = weights.astype(float_type(dtype))
        self.bias = np.zeros(outputs, self.weights.dtype)
        self.parameters = (self.weights, self.bias)

    def forward(self, x):
        checked_shape(x, (None, self.sizes[0]), self)
        self._input = x
        return x @ self.weights + self.bias

    def collect(self, g):
        """Gradients of the parameters only."""
        self.gradients = (self._input.T @ g, g.sum(axis=0))

    def backward(self, g):
        self.collect(g)
        return g @ self.weights.T


def numerical_gradient(f, x, h=1e-5):
    """Central differences of a function f of an array, in every entry of x, in float64.

    ::

        ∂f/∂x_i ≈ (f(x + h e_i) − f(x − h e_i)) / 2h

    The error is about h² for a smooth f, plus rounding of f divided by h. Next to a kink, as of
    ReLU at 0, the result is between the slopes of both sides.

    Examples
    --------
    >>> numerical_gradient(lambda x: (x * x).sum(), [1, 2]).round(6)
    array([2., 4.])
    """
    x = check.numbers("x", x)
    h = check.positive("h", h)
    gradient = np.empty_like(x)
    for place in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[place] = h
        gradient[place] = (f(x + step) - f(x - step)) / (2 * h)
    return gradient


def counts(**given):
    """Whole numbers ≥ 1, in the order given."""
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
            raise ValueError(f"{name} must be a whole number ≥ 1, got {value!r}")
    return tuple(int(value) for value in given.values())


def float_type(dtype):
    if np.dtype(dtype) not in (np.float32, np.float64):
        raise ValueError(f"dtype must be float32 or float64, got {dtype!r}")
    return np.dtype(dtype)


def checked_shape(x, expected, taker):
    """The shape of x, if it is as expected; None stands for any size ≥ 1."""
    if x.ndim != len(expected) or not all(
        size == wanted or (wanted is None and size)
        for size, wanted in zip(x.shape, expected, strict=True)
    ):
        wanted = ", ".join("≥1" if size is None else str(size) for size in expected)
        raise ValueError(f"{taker} takes shape ({wanted}), got {x.shape}")
    return x.shape
