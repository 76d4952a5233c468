"""From layers to a network that learns: the loop over the layers, and Adam."""

import numpy as np

from lossbook import _validation as check
from lossbook.network.layers import Conv2D, Dense, Flatten, MaxPool2D, ReLU, checked_shape, counts
from lossbook.softmax import softmax, softmax_cross_entropy_with_gradient

# Images go through the layers in slices of so many: what lies between two layers stays in the
# processor's cache.
_SLICE = 32


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

    Source: Kingma and Ba (2015), algorithm 1; equation (7.7).
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
        epochs, batch_size = counts(epochs=epochs, batch_size=batch_size)
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
        """Write layers and parameters to an .npz file, without pickle; NumPy adds the ending."""
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
        return checked_shape(self.forward(x[:1]), (1, None), self)[1]


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
