"""The note's network for handwritten digits (chapter 7).

Layers with two methods. `forward(x)` computes the layer's output and remembers what the way back
needs; `backward(g)` takes the gradient of the loss by that output, keeps the gradients of the
layer's own parameters in `gradients`, and returns the gradient by x. The chain rule is then a
loop over the layers in reverse.

Images have shape (n, height, width, channels). In memory a pixel's whole batch lies together
(height, width, n, channels): what pooling compares are then long runs of neighbouring numbers.
NumPy's elementwise functions keep the order they find, so only Conv2D and Flatten mention it, and
every layer is right for any order.

There is no softmax layer: the loss takes logits, and a second softmax would flatten them.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from lossbook import _validation as check
from lossbook.softmax import softmax, softmax_cross_entropy_with_gradient

# Images go through the layers in slices of so many: what lies between two layers stays in the
# processor's cache.
_SLICE = 32


class Layer:
    """What all layers share; this one hands everything on unchanged.

    `parameters` are changed in place by an optimiser; `gradients` are those of the last
    `backward`, in the same order. `sizes` are the arguments that make another layer like this.
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

    Source: LeCun et al. (1998); He et al. (2015) for the scale; equations (7.1) and (7.10).
    """

    def __init__(self, channels, filters, size=3, *, seed=0, dtype=np.float32):
        self.sizes = channels, filters, size = _counts(
            channels=channels, filters=filters, size=size
        )
        fan_in = size * size * channels
        # The bias is one more row: its window entry is always 1.
        self._affine = np.zeros((fan_in + 1, filters), _float_type(dtype))
        self.weights = self._affine[:-1].reshape(size, size, channels, filters)
        self.bias = self._affine[-1]
        rng = np.random.default_rng(seed)
        self.weights[...] = rng.normal(0, np.sqrt(2 / fan_in), self.weights.shape)
        self.parameters = (self._affine,)

    def forward(self, x):
        channels, filters, size = self.sizes
        n, height, width, _ = _shape(x, (None, None, None, channels), self)
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

    Source: equation (7.2).
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

    Source: equations (7.3) and (7.8).
    """

    def __init__(self, size=2):
        self.sizes = _counts(size=size)

    def forward(self, x):
        (size,) = self.sizes
        _, height, width, _ = _shape(x, (None, None, None, None), self)
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
        for plane, out in zip(self._planes(self._input), self._planes(by_input), strict=True):
            out[...] = plane == self._output
            out *= left
            left -= out  # what is given away is gone: ties go to the first
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

    Source: LeCun et al. (1998), Efficient BackProp, for the scale; equations (7.4) and (7.7).
    """

    def __init__(self, inputs, outputs, *, seed=0, dtype=np.float32):
        self.sizes = inputs, outputs = _counts(inputs=inputs, outputs=outputs)
        rng = np.random.default_rng(seed)
        weights = rng.normal(0, np.sqrt(1 / inputs), (inputs, outputs))
        self.weights = weights.astype(_float_type(dtype))
        self.bias = np.zeros(outputs, self.weights.dtype)
        self.parameters = (self.weights, self.bias)

    def forward(self, x):
        _shape(x, (None, self.sizes[0]), self)
        self._input = x
        return x @ self.weights + self.bias

    def collect(self, g):
        """Gradients of the parameters only."""
        self.gradients = (self._input.T @ g, g.sum(axis=0))

    def backward(self, g):
        self.collect(g)
        return g @ self.weights.T


class Adam:
    """Gradient steps scaled by running means of the gradient and of its square.

    With the gradient g of step t = 1, 2, …::

        m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²
        θ ← θ − η m̂ / (√v̂ + ε),  m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ)

    m and v start at 0; the divisions undo that bias. The first step is η in every coordinate
    that has a slope. One optimiser serves one network, whose means it keeps.

    Examples
    --------
    >>> theta = np.array([1.0, -1.0])
    >>> Adam(learning_rate=0.1).step([theta], [np.array([5.0, -0.01])])
    >>> theta.round(6)
    array([ 0.9, -0.9])

    Source: Kingma and Ba (2015), algorithm 1; equation (7.11).
    """

    def __init__(self, learning_rate=1e-3, *, beta1=0.9, beta2=0.999, epsilon=1e-8):
        self.learning_rate = check.positive("learning_rate", learning_rate)
        self.beta1, self.beta2 = check.fraction("beta1", beta1), check.fraction("beta2", beta2)
        self.epsilon = check.positive("epsilon", epsilon)
        self._t, self._means = 0, None

    def step(self, parameters, gradients):
        """Change the arrays `parameters` in place."""
        if self._means is None:
            self._means = [(np.zeros_like(p), np.zeros_like(p)) for p in parameters]
        self._t += 1
        to_m_hat, to_v_hat = 1 - self.beta1**self._t, 1 - self.beta2**self._t
        for theta, g, (m, v) in zip(parameters, gradients, self._means, strict=True):
            m += (1 - self.beta1) * (g - m)
            v += (1 - self.beta2) * (g * g - v)
            theta -= self.learning_rate / to_m_hat * m / (np.sqrt(v / to_v_hat) + self.epsilon)


class Network:
    """Layers one after the other; the last gives the logits of softmax cross-entropy.

    Parameters
    ----------
    layers : sequence of Layer
        All with parameters of one dtype, which is the network's.

    Examples
    --------
    >>> note_network((8, 8), 10)
    Network([Conv2D(1, 32, 3), MaxPool2D(2), ReLU(), Flatten(), Dense(288, 10)])
    """

    def __init__(self, layers):
        self.layers = list(layers)
        dtypes = {p.dtype for p in self.parameters}
        if len(dtypes) != 1:
            raise ValueError(
                "layers must have parameters, all of one dtype, got "
                + (", ".join(sorted(map(str, dtypes))) or "none")
            )
        (self.dtype,) = dtypes
        self.history = []

    def __repr__(self):
        return f"Network({self.layers})"

    @property
    def parameters(self):
        """The arrays that training changes, layer by layer."""
        return [p for layer in self.layers for p in layer.parameters]

    @property
    def gradients(self):
        """Gradients of the loss by `parameters`, from the last `backward`."""
        return [g for layer in self.layers for g in layer.gradients]

    @property
    def n_parameters(self):
        """How many numbers training changes."""
        return sum(p.size for p in self.parameters)

    def forward(self, x):
        """Logits, shape (n, K), of images in the network's dtype."""
        with np.errstate(over="ignore", invalid="ignore"):  # said once, by _step
            for layer in self.layers:
                x = layer.forward(x)
        return x

    def backward(self, g):
        """From the gradient by the logits, those of all parameters: see `gradients`.

        The way back ends at the first layer that has parameters: nobody asks for the gradient
        by the pixels.
        """
        first = next(i for i, layer in enumerate(self.layers) if layer.parameters)
        for layer in reversed(self.layers[first + 1 :]):
            g = layer.backward(g)
        self.layers[first].collect(g)

    def loss_with_gradients(self, images, labels):
        """Mean softmax cross-entropy in nats, and its gradients by `parameters`, as a list.

        The loss works in float64 inside; its gradient returns to the network's dtype.
        """
        x = _images(images, self.dtype)
        loss, _, gradients = self._step(x, _labels(labels, len(x), self._n_classes(x)))
        return loss, gradients

    def loss(self, images, labels):
        """Mean softmax cross-entropy in nats."""
        return self.loss_with_gradients(images, labels)[0]

    def fit(
        self, images, labels, *, epochs=10, batch_size=32, optimiser=None, seed=0, progress=None
    ):
        """Train by gradient steps on batches, shuffled anew in every epoch.

        Parameters
        ----------
        images : array_like of shape (n, height, width, channels) or (n, height, width)
        labels : array_like of shape (n,)
            Integers in 0..K−1.
        epochs, batch_size : int
            The last batch of an epoch holds what is left.
        optimiser : object with step(parameters, gradients), optional
            Adam() if omitted.
        seed : int or numpy.random.Generator
            Of the shuffling.
        progress : callable, optional
            Called after every epoch with its record.

        Returns
        -------
        list of dict
            The records of these epochs: mean loss in nats and accuracy over the batches as they
            were met, before each step. `history` collects them over all calls.

        Raises
        ------
        ValueError
            Shapes that do not fit the layers or each other; no images; pixels that are NaN or
            infinite; labels out of range; epochs or batch_size < 1; a loss that is not finite.
        TypeError
            Pixels that are not real numbers, labels that are not integers.
        """
        x = _images(images, self.dtype)
        y = _labels(labels, len(x), self._n_classes(x))
        epochs, batch_size = _counts(epochs=epochs, batch_size=batch_size)
        optimiser = optimiser or Adam()
        rng = np.random.default_rng(seed)
        records = []
        for _ in range(epochs):
            order = rng.permutation(len(x))
            loss = hits = 0
            for start in range(0, len(x), batch_size):
                batch = order[start : start + batch_size]
                batch_loss, batch_hits, gradients = self._step(x[batch], y[batch])
                optimiser.step(self.parameters, gradients)
                loss += batch_loss * len(batch) / len(x)
                hits += batch_hits
            record = {"epoch": len(self.history) + 1, "loss": loss, "accuracy": hits / len(x)}
            self.history.append(record)
            records.append(record)
            if progress is not None:
                progress(record)
        return records

    def predict_proba(self, images):
        """Probabilities of the classes, shape (n, K), float64."""
        return softmax(self._logits(images))

    def predict(self, images):
        """The most probable class of each image, shape (n,); the first of equal ones."""
        return self._logits(images).argmax(axis=1)

    def save(self, path):
        """Write layers and parameters to an .npz file, without pickle."""
        arrays = {f"parameter_{i}": p for i, p in enumerate(self.parameters)}
        words = [" ".join(map(str, (type(la).__name__, *la.sizes))) for la in self.layers]
        np.savez(path, layers=np.array(words), **arrays)

    @classmethod
    def load(cls, path):
        """Read a network that `save` wrote; a file that holds anything else is a ValueError."""
        kinds = {kind.__name__: kind for kind in (Conv2D, ReLU, MaxPool2D, Flatten, Dense)}
        with np.load(path, allow_pickle=False) as file:
            try:
                dtype = file["parameter_0"].dtype
                layers = []
                for name, *sizes in map(str.split, file["layers"].tolist()):
                    options = {"dtype": dtype} if name in ("Conv2D", "Dense") else {}
                    layers.append(kinds[name](*map(int, sizes), **options))
                network = cls(layers)
                for i, parameter in enumerate(network.parameters):
                    stored = file[f"parameter_{i}"]
                    check.same_shape(f"parameter_{i}", stored, str(path), parameter)
                    parameter[...] = stored
            except KeyError as error:
                raise ValueError(f"{path} holds no network of lossbook: {error}") from None
        return network

    def _step(self, x, y):
        """Mean loss of a batch, how many of it are right, and the gradients of the mean.

        The mean of a batch is made of the means of its slices, which stay in the cache.
        """
        loss = hits = 0
        gradients = [np.zeros_like(p) for p in self.parameters]
        for start in range(0, len(x), _SLICE):
            part = slice(start, start + _SLICE)
            logits = self.forward(x[part])
            if not np.isfinite(logits).all():
                raise ValueError("the logits are no longer finite: try a smaller learning rate")
            mean, g = softmax_cross_entropy_with_gradient(y[part], logits)
            share = len(logits) / len(x)
            self.backward((share * g).astype(self.dtype))
            for total, gradient in zip(gradients, self.gradients, strict=True):
                total += gradient
            loss += share * mean
            hits += int((logits.argmax(axis=1) == y[part]).sum())
        return loss, hits, gradients

    def _logits(self, images):
        x = _images(images, self.dtype)
        slices = range(0, len(x), _SLICE)
        return np.concatenate([self.forward(x[start : start + _SLICE]) for start in slices])

    def _n_classes(self, x):
        return _shape(self.forward(x[:1]), (1, None), self)[1]


def note_network(image_shape, n_classes, *, seed=0, dtype=np.float32):
    """The note's network: Conv 3×3×32, ReLU, max-pool 2, Dense.

    ReLU stands after the pooling here. It never decreases, so the largest of the cut values is
    the cut largest value: outputs and gradients are the same, for a quarter of the work.

    Parameters
    ----------
    image_shape : (height, width) or (height, width, channels)
    n_classes : int
    seed : int or numpy.random.Generator
    dtype : float32 or float64

    Examples
    --------
    >>> note_network((8, 8), 10).n_parameters, note_network((28, 28), 10).n_parameters
    (3210, 54410)
    """
    height, width, *channels = image_shape
    if min(height, width) < 4:
        raise ValueError(f"image_shape must be at least 4 × 4, got {height} × {width}")
    rng = np.random.default_rng(seed)
    pooled = (height - 2) // 2 * ((width - 2) // 2) * 32
    return Network(
        [
            Conv2D(*(channels or [1]), 32, 3, seed=rng, dtype=dtype),
            MaxPool2D(2),
            ReLU(),
            Flatten(),
            Dense(pooled, n_classes, seed=rng, dtype=dtype),
        ]
    )


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


def _counts(**given):
    """Whole numbers ≥ 1, in the order given."""
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
            raise ValueError(f"{name} must be a whole number ≥ 1, got {value!r}")
    return tuple(int(value) for value in given.values())


def _float_type(dtype):
    if np.dtype(dtype) not in (np.float32, np.float64):
        raise ValueError(f"dtype must be float32 or float64, got {dtype!r}")
    return np.dtype(dtype)


def _shape(x, expected, taker):
    """The shape of x, if it is as expected; None stands for any size ≥ 1."""
    if x.ndim != len(expected) or not all(
        size == wanted or (wanted is None and size)
        for size, wanted in zip(x.shape, expected, strict=True)
    ):
        wanted = ", ".join("≥1" if size is None else str(size) for size in expected)
        raise ValueError(f"{taker} takes shape ({wanted}), got {x.shape}")
    return x.shape


def _images(images, dtype):
    """Images of shape (n, height, width, channels), finite, in the network's dtype."""
    x = check.numbers("images", images)
    if x.ndim not in (3, 4):
        raise ValueError(
            "images must have shape (n, height, width) or (n, height, width, channels), got "
            f"{x.shape}"
        )
    if np.isinf(x).any():
        raise ValueError("images must be finite, found inf")
    return x.reshape(*x.shape[:3], -1).astype(dtype, copy=False)


def _labels(labels, n, n_classes):
    y = np.asarray(labels)
    if y.shape != (n,):
        raise ValueError(f"labels must have shape ({n},), one for each image, got {y.shape}")
    if y.dtype.kind not in "iu":
        raise TypeError(f"labels must be integers, got dtype {y.dtype}")
    if y.min() < 0 or y.max() >= n_classes:
        raise ValueError(f"labels must lie in 0..{n_classes - 1}, got {y.min()} to {y.max()}")
    return y
