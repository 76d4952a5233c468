"""Layers: the forward pass, and the chain rule in the backward pass.

`forward(x)` computes the layer's output and stores what the backward pass needs; `backward(g)`
takes the gradient of the loss by that output, stores the gradients of the layer's own parameters
in `gradients`, and returns the gradient by x. Each forward allows one backward, which uses the
current parameters. Inputs and outputs may be overwritten in between.

Images have shape (n, height, width, channels). In memory the order is (height, width, n,
channels), so that pooling compares long contiguous runs of numbers. NumPy's elementwise functions
keep the memory order, so only Conv2D and Flatten mention it, and every layer accepts any order.

Layers with parameters compute in the dtype of these; the others in float32 for float32, and in
float64 for anything else. NaN and inf pass through a layer as through NumPy; `Network` refuses
them.
"""

import copy
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from lossbook import _validation as check
from lossbook._types import Array

# Overflow is detected later: in the logits, and by Adam in the gradients.
_ignore_overflow = np.errstate(over="ignore", invalid="ignore")

_FLOATS = np.dtype(np.float32), np.dtype(np.float64)


class DeepCopied:
    """`copy.copy` copies the contained arrays as well."""

    def __copy__(self):
        return copy.deepcopy(self)


class Layer(DeepCopied):
    """The base class of all layers; by itself the identity.

    `parameters` are changed in place by an optimiser; `gradients` are those of the last
    `backward`, in the same order. `config` is the tuple of arguments that make an equal layer.
    A layer with parameters may override `backward_parameters(g)`: `backward` without the gradient
    by x.

    `memory` is what `backward` needs from the last `forward`. A subclass that replaces it in every
    `forward`, and stores nothing else for `backward`, may occur several times in a network.

    Raises
    ------
    TypeError
        x or g is not an array of real numbers.
    ValueError
        x is empty or its shape does not fit the layer; g has another shape than the output.
    RuntimeError
        `backward` without a `forward` before it.
    """

    # A layer stores only this tuple of arrays; weights and biases are views made on access, so
    # that copies and pickles stay consistent.
    parameters: tuple[np.ndarray, ...] = ()
    gradients: tuple[np.ndarray, ...] = ()
    memory: Any = None
    config: tuple[int, ...] = ()

    @staticmethod
    def shapes(*config: int) -> tuple[tuple[int, ...], ...]:
        """Shapes of the parameters of a layer with this configuration."""
        return ()

    def forward(self, x: np.ndarray) -> np.ndarray:
        return self._remember(self._input(x))

    def backward(self, g: np.ndarray) -> np.ndarray:
        (g,) = self._use_memory(g)
        return g

    def backward_parameters(self, g: np.ndarray) -> None:
        """Gradients of the parameters only."""
        self.backward(g)

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(map(str, self.config))})"

    def _input(self, x, expected=None) -> np.ndarray:
        """x as an array in the layer's dtype, after checking its shape."""
        x = self._floats("x", x)
        if expected is None and x.size:
            return x
        return checked_shape(x, expected or (None,) * x.ndim, self)

    def _remember(self, output, *needed) -> np.ndarray:
        """Store what `backward` needs; returns the output."""
        self.memory = [output.shape, needed]
        return output

    def _use_memory(self, g) -> Any:
        """g as an array, and what `forward` stored; it can be used once."""
        shape, needed = self.memory or (None, ())
        if shape is None:
            raise RuntimeError(
                f"{self}.backward needs a forward before it; a second backward, or one layer at "
                f"two places, needs a second forward or a second {type(self).__name__}"
            )
        g = self._floats("g", g)
        if g.shape != shape:
            raise ValueError(
                f"{self}.backward takes the gradient by its output, shape {shape}, got {g.shape}"
            )
        # Mark as used, but keep the arrays until the next forward replaces them one by one:
        # freed at once, their memory would go back to the system and be requested again.
        self.memory[0] = None
        return g, *needed

    def _floats(self, name, value) -> np.ndarray:
        wanted = self.parameters[0].dtype if self.parameters else None
        if type(value) is np.ndarray and value.dtype in ((wanted,) if wanted else _FLOATS):
            return value
        if value is None:  # NumPy would convert it to NaN
            raise TypeError(f"{name} of {self} must be an array, got None")
        if type(value) is not np.ndarray or value.dtype not in _FLOATS:
            value = check.real_array(f"{name} of {self}", value)
        return cast(f"{name} of {self}", value, wanted or value.dtype)


class Conv2D(Layer):
    """Cross-correlation of images with square filters, stride 1, no padding.

    ::

        z[n, i, j, f] = b[f] + Σ_{u, v, c} w[u, v, c, f] x[n, i + u, j + v, c]

    Convention: as usual in deep learning, the filter is not flipped. All windows become the
    columns of one matrix (im2col), so that the sum is one matrix product.

    Parameters
    ----------
    channels, filters, size : int
        Channels of the input and of the output, side of the filters.
    seed : int or numpy.random.Generator
        Weights are drawn from N(0, 2 / (size² channels)), He's scale for ReLU; biases are 0.
    dtype : float32 or float64

    `weights` has shape (size, size, channels, filters), `bias` (filters,). Both can be
    assigned to, which writes into the array.

    Examples
    --------
    >>> layer = Conv2D(1, 1, 2)
    >>> layer.weights[...] = 1
    >>> layer.forward(np.arange(9).reshape(1, 3, 3, 1)).squeeze()
    array([[ 8., 12.],
           [20., 24.]], dtype=float32)

    Source: LeCun et al. (1998); He et al. (2015) for the scale; equations (7.1) and (7.4b).
    """

    def __init__(
        self,
        channels: int,
        filters: int,
        size: int = 3,
        *,
        seed: int | np.random.Generator = 0,
        dtype: DTypeLike = np.float32,
    ) -> None:
        self.config = positive_ints(channels=channels, filters=filters, size=size)
        # The bias is an additional row; its entry of each window is 1.
        (shape,) = self.shapes(*self.config)
        self.parameters = (np.zeros(shape, float_dtype(dtype)),)
        rng = generator(seed)
        self.weights[...] = rng.normal(0, np.sqrt(2 / (shape[0] - 1)), self.weights.shape)

    @staticmethod
    def shapes(channels, filters, size):
        return ((size * size * channels + 1, filters),)

    @property
    def weights(self) -> np.ndarray:
        channels, filters, size = self.config
        return self.parameters[0][:-1].reshape(size, size, channels, filters)

    @weights.setter
    def weights(self, value: ArrayLike) -> None:
        fill("weights", self.weights, value)

    @property
    def bias(self) -> np.ndarray:
        return self.parameters[0][-1]

    @bias.setter
    def bias(self, value: ArrayLike) -> None:
        fill("bias", self.bias, value)

    @_ignore_overflow
    def forward(self, x: np.ndarray) -> np.ndarray:
        (affine,) = self.parameters
        channels, filters, size = self.config
        x = self._input(x, (None, None, None, channels))
        n, height, width, _ = x.shape
        if min(height, width) < size:
            raise ValueError(f"{self} needs images of at least {size} × {size}, got {x.shape}")
        rows, columns = height - size + 1, width - size + 1
        pixels = np.ascontiguousarray(x.transpose(1, 2, 3, 0))
        shape = size, size, channels, rows, columns, n
        down, right, deep, on = pixels.strides
        # A view: entry (u, v, c, i, j, n) is pixel (i + u, j + v) of channel c of image n.
        strides = down, right, deep, down, right, on
        windows = np.ndarray(shape, pixels.dtype, pixels, strides=strides)
        matrix = np.empty((len(affine), rows * columns * n), affine.dtype)
        matrix[:-1].reshape(shape)[...] = windows
        matrix[-1] = 1
        z = (matrix.T @ affine).reshape(rows, columns, n, filters)
        return self._remember(z.transpose(2, 0, 1, 3), matrix, x.shape)

    def backward_parameters(self, g: np.ndarray) -> None:
        self._parameter_gradients(g)

    @_ignore_overflow
    def _parameter_gradients(self, g):
        """Set the parameters' gradients; returns g by window and filter, and the shape of x."""
        g, matrix, input_shape = self._use_memory(g)
        g = g.transpose(1, 2, 0, 3).reshape(-1, g.shape[-1])
        self.gradients = (matrix @ g,)
        return g, input_shape

    @_ignore_overflow
    def backward(self, g: np.ndarray) -> np.ndarray:
        g, (n, height, width, channels) = self._parameter_gradients(g)
        size = self.config[-1]
        rows, columns = height - size + 1, width - size + 1
        by_window = (self.parameters[0][:-1] @ g.T).reshape(size, size, channels, rows, columns, n)
        # The gradient of a pixel is the sum over all windows that contain it.
        by_pixel = np.zeros((height, width, channels, n), by_window.dtype)
        for u, v in np.ndindex(size, size):
            by_pixel[u : u + rows, v : v + columns] += by_window[u, v].transpose(1, 2, 0, 3)
        return by_pixel.transpose(3, 0, 1, 2)


class ReLU(Layer):
    """max(x, 0), of any shape. Convention: the slope at 0 is 0.

    Source: equation (7.2c).
    """

    def forward(self, x: np.ndarray) -> np.ndarray:
        x = self._input(x)
        return self._remember(np.maximum(x, 0), x > 0)

    def backward(self, g: np.ndarray) -> np.ndarray:
        g, positive = self._use_memory(g)
        return g * positive


class MaxPool2D(Layer):
    """The largest value in each square of size × size pixels; squares do not overlap.

    Conventions: rows and columns that fill no square are dropped (8 × 7 becomes 4 × 3 for size 2),
    and if several pixels of a square are largest, the first, row by row, gets the gradient.

    Source: equations (7.2) and (7.2d).
    """

    def __init__(self, size: int = 2) -> None:
        self.config = positive_ints(size=size)

    def forward(self, x: np.ndarray) -> np.ndarray:
        (size,) = self.config
        x = self._input(x, (None, None, None, None))
        if min(x.shape[1:3]) < size:
            raise ValueError(f"{self} needs images of at least {size} × {size}, got {x.shape}")
        first, *others = planes = self._planes(x)
        largest = first.copy(order="K")
        for plane in others:
            np.maximum(largest, plane, out=largest)
        # Only the shape and the memory order of x are used later.
        return self._remember(largest, x, [plane == largest for plane in planes[:-1]])

    def backward(self, g: np.ndarray) -> np.ndarray:
        g, x, is_largest = self._use_memory(g)
        (size,) = self.config
        _, rows, columns, _ = g.shape
        by_input = np.empty_like(x, dtype=g.dtype)
        by_input[:, rows * size :] = 0
        by_input[:, :, columns * size :] = 0
        left = g.copy(order="K")
        *planes, last = self._planes(by_input)
        for chosen, out in zip(is_largest, planes, strict=True):
            np.multiply(left, chosen, out=out)
            left -= out  # of equal pixels the first gets the gradient
        last[...] = left
        return by_input

    def _planes(self, x):
        """Views of the pixels at each of the size² positions in their square, row by row."""
        (size,) = self.config
        rows, columns = (side // size * size for side in x.shape[1:3])
        places = itertools.product(range(size), repeat=2)
        return [x[:, u:rows:size, v:columns:size] for u, v in places]


class Flatten(Layer):
    """Each image as one row, by rows, columns, channels: (n, height · width · channels)."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        x = self._input(x)
        if not x.ndim:
            raise ValueError(f"{self} takes shape (n, …), got ()")
        return self._remember(x.reshape(len(x), -1), x)  # only shape and memory order of x are used

    def backward(self, g: np.ndarray) -> np.ndarray:
        g, x = self._use_memory(g)
        by_input = np.empty_like(x, dtype=g.dtype)
        by_input[...] = g.reshape(x.shape)
        return by_input


class Dense(Layer):
    """x W + b for rows x.

    Parameters
    ----------
    inputs, outputs : int
    seed : int or numpy.random.Generator
        Weights are drawn from N(0, 1 / inputs), half of He's variance, because no ReLU follows;
        biases are 0.
    dtype : float32 or float64

    `weights` has shape (inputs, outputs), `bias` (outputs,). Both can be assigned to, which
    writes into the array.

    Source: LeCun et al. (1998), Efficient BackProp, for the scale; equations (7.3) and (7.3d).
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        seed: int | np.random.Generator = 0,
        dtype: DTypeLike = np.float32,
    ) -> None:
        self.config = inputs, outputs = positive_ints(inputs=inputs, outputs=outputs)
        rng = generator(seed)
        weights = rng.normal(0, np.sqrt(1 / inputs), (inputs, outputs)).astype(float_dtype(dtype))
        self.parameters = weights, np.zeros(outputs, weights.dtype)

    @staticmethod
    def shapes(inputs, outputs):
        return (inputs, outputs), (outputs,)

    @property
    def weights(self) -> np.ndarray:
        return self.parameters[0]

    @weights.setter
    def weights(self, value: ArrayLike) -> None:
        fill("weights", self.weights, value)

    @property
    def bias(self) -> np.ndarray:
        return self.parameters[1]

    @bias.setter
    def bias(self, value: ArrayLike) -> None:
        fill("bias", self.bias, value)

    @_ignore_overflow
    def forward(self, x: np.ndarray) -> np.ndarray:
        x = self._input(x, (None, self.config[0]))
        return self._remember(x @ self.weights + self.bias, x.copy())

    def backward_parameters(self, g: np.ndarray) -> None:
        self._parameter_gradients(g)

    @_ignore_overflow
    def _parameter_gradients(self, g):
        g, x = self._use_memory(g)
        self.gradients = (x.T @ g, g.sum(axis=0))
        return g

    @_ignore_overflow
    def backward(self, g: np.ndarray) -> np.ndarray:
        return self._parameter_gradients(g) @ self.weights.T


def numerical_gradient(
    f: Callable[[np.ndarray], ArrayLike], x: ArrayLike, h: float = 1e-5
) -> Array:
    """Central differences of a function f of an array, in every entry of x, in float64.

    ::

        ∂f/∂x_i ≈ (f(x + h e_i) − f(x − h e_i)) / 2h

    The error is about h² for a smooth f, plus the rounding of f divided by h. Near a kink, such as
    that of ReLU at 0, the result is between the slopes on both sides.

    Examples
    --------
    >>> numerical_gradient(lambda x: (x * x).sum(), [1, 2]).round(6)
    array([2., 4.])
    """
    x = check.numbers("x", x)
    h = check.positive("h", h)
    if not callable(f):
        raise TypeError(f"f must be a function of an array, got {f!r}")
    gradient = np.empty_like(x)
    for place in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[place] = h
        right, left = (check.numbers("f(x)", f(near)) for near in (x + step, x - step))
        if right.ndim or left.ndim:
            raise ValueError(f"f(x) must be one number, got shape {right.shape}")
        gradient[place] = (right - left) / (2 * h)
    return gradient


def generator(seed):
    """The random generator of NumPy for a seed; a generator is returned as it is."""
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"seed must be a whole number ≥ 0, a numpy.random.Generator or None, got {seed!r}"
        ) from None


def positive_ints(**given):
    """DeepCopied numbers ≥ 1, in the order given."""
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
            raise ValueError(f"{name} must be a whole number ≥ 1, got {value!r}")
    return tuple(int(value) for value in given.values())


def float_dtype(dtype):
    try:
        if dtype is not None and (known := np.dtype(dtype)) in _FLOATS:
            return known
    except TypeError:  # not a dtype
        pass
    raise ValueError(f"dtype must be float32 or float64, got {dtype!r}")


def cast(name, array, dtype) -> np.ndarray:
    """The array in `dtype`; ValueError if a number overflows."""
    if array.dtype == dtype:
        return array
    with np.errstate(over="ignore"):
        result = array.astype(dtype)
    if (np.isinf(result) > np.isinf(array)).any():
        raise ValueError(f"{name} must fit {dtype}, got {np.abs(array).max():g}")
    return result


def fill(name, array, value):
    """Write `value` into `array`, of the same shape."""
    value = cast(name, check.real_array(name, value), array.dtype)
    if value.shape != array.shape:
        raise ValueError(
            f"{name} must have shape {array.shape}, got {value.shape}; {name}[...] = broadcasts"
        )
    array[...] = value


def checked_shape(x, expected, layer):
    """x, after checking its shape; None in `expected` allows any size ≥ 1."""
    if len(x.shape) != len(expected) or not all(
        size == wanted or (wanted is None and size)
        for size, wanted in zip(x.shape, expected, strict=True)
    ):
        wanted = ", ".join("≥1" if size is None else str(size) for size in expected)
        one_missing = len(x.shape) == len(expected) - 1 and expected[-1] == 1
        hint = "; x[..., np.newaxis] would add the last 1" if one_missing else ""
        raise ValueError(f"{layer} takes shape ({wanted}), got {x.shape}{hint}")
    return x
