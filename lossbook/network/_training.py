"""Train a sequence of layers with Adam."""

import math
import os
from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from lossbook import _validation as check
from lossbook._types import Array
from lossbook.network import _files
from lossbook.network._files import KINDS
from lossbook.network._layers import (
    Conv2D,
    DeepCopied,
    Dense,
    Flatten,
    Layer,
    MaxPool2D,
    ReLU,
    cast,
    generator,
    positive_ints,
)
from lossbook.softmax import softmax, softmax_cross_entropy_with_gradient

# Number of images that pass through the layers at once, to keep intermediate arrays in the cache.
_SLICE = 32

# Layers that contain no other layers.
_OWN = frozenset(KINDS.values())


class Adam(DeepCopied):
    """Gradient steps scaled by running means of the gradient and of its square.

    With the gradient g of step t = 1, 2, …::

        m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²
        θ ← θ − η m̂ / (√v̂ + ε),  m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ)

    m and v start at 0; the divisions correct that bias. The first step is η in every coordinate
    with a nonzero gradient. An optimiser is bound to the arrays of its first step, whose means it
    keeps. A copy or an unpickled optimiser keeps the means and is bound to the arrays of its next
    step, which must have the same shapes: those of a copied or loaded network, or the same ones.

    Examples
    --------
    >>> theta = np.array([1.0, -1.0])
    >>> Adam(learning_rate=0.1).step([theta], [np.array([5.0, -0.01])])
    >>> theta.round(6)
    array([ 0.9, -0.9])

    Source: Kingma and Ba (2015), algorithm 1; equation (7.7).
    """

    def __init__(
        self,
        learning_rate: float = 1e-3,
        *,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
    ) -> None:
        self.learning_rate = check.positive("learning_rate", learning_rate)
        self.beta1, self.beta2 = check.fraction("beta1", beta1), check.fraction("beta2", beta2)
        self.epsilon = check.positive("epsilon", epsilon)
        self._t = 0
        self._means: list | None = None
        self._bound_to: list | None = None

    def __getstate__(self):
        return {**vars(self), "_bound_to": None}

    def step(self, parameters: Sequence[np.ndarray], gradients: Sequence[ArrayLike]) -> None:
        """Change the arrays `parameters` in place.

        Raises
        ------
        TypeError
            Parameters that are not a sequence of float arrays; gradients that are not numbers.
        ValueError
            Shapes that differ; gradients that are not finite or whose squares overflow; other
            arrays than before. In that case nothing is changed.
        """
        parameters = _arrays(parameters)
        gradients = _checked_gradients(parameters, gradients)
        means = self._bind(parameters)
        self._t += 1
        to_m_hat, to_v_hat = 1 - self.beta1**self._t, 1 - self.beta2**self._t
        for theta, g, (m, v) in zip(parameters, gradients, means, strict=True):
            m += (1 - self.beta1) * (g - m)
            v += (1 - self.beta2) * (g * g - v)
            theta -= self.learning_rate / to_m_hat * m / (np.sqrt(v / to_v_hat) + self.epsilon)

    def _bind(self, parameters):
        """The means, after checking that they belong to these arrays."""
        if self._means is None:
            self._means = [(np.zeros_like(p), np.zeros_like(p)) for p in parameters]
        if self._bound_to and [*map(id, self._bound_to)] == [*map(id, parameters)]:
            return self._means
        kinds = [f"{p.shape} {p.dtype}" for p in parameters]
        kept = [f"{m.shape} {m.dtype}" for m, _ in self._means]
        if kinds != kept:
            raise ValueError(
                f"this Adam keeps means of {', '.join(kept)}, and got parameters of "
                f"{', '.join(kinds)}: each network needs its own Adam()"
            )
        if self._bound_to and [*map(memory_address, self._bound_to)] != [
            *map(memory_address, parameters)
        ]:
            raise ValueError(
                "this Adam keeps the means of other arrays: each network needs its own Adam(), and "
                "copy.copy(optimiser) can be used with another network. To change an array between "
                "steps, write into it: theta[...] = "
            )
        self._bound_to = parameters  # keeps them alive, so that no other array gets their address
        return self._means


class Network(DeepCopied):
    """A sequence of layers; the last returns the logits of softmax cross-entropy.

    Parameters
    ----------
    layers : sequence of Layer
        All parameters have one dtype, the network's. A layer may occur several times, and in
        several networks: its parameters are then shared, and their gradient is the sum over its
        occurrences.

    Raises
    ------
    TypeError
        layers is not a sequence of layers.
    ValueError
        No parameters, or parameters of several dtypes.

    Examples
    --------
    >>> note_network((8, 8), 10)
    Network([Conv2D(1, 32, 3), MaxPool2D(2), ReLU(), Flatten(), Dense(288, 10)])
    """

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = _layers(layers)
        dtypes = {p.dtype for p in self.parameters}
        if len(dtypes) != 1:
            raise ValueError(
                "layers must have parameters, all of one dtype, got "
                + (", ".join(sorted(map(str, dtypes))) or "none")
            )
        (self.dtype,) = dtypes
        self.history: list[dict] = []
        self._passed: list | None = None
        self._gradients: list[np.ndarray] = []

    def __repr__(self):
        return f"Network({self.layers})"

    @property
    def parameters(self) -> list[np.ndarray]:
        """The arrays that training changes, layer by layer; a shared array occurs once."""
        return list({id(p): p for layer in self.layers for p in layer.parameters}.values())

    @property
    def gradients(self) -> list[np.ndarray]:
        """Gradients of the loss by `parameters`, from the last `backward`.

        To scale them, write into these arrays, not into those of the layers.
        """
        return self._gradients

    @property
    def n_parameters(self) -> int:
        """Number of parameters."""
        return sum(p.size for p in self.parameters)

    def forward(self, x: ArrayLike) -> np.ndarray:
        """Logits of shape (n, K) of images in the shape that the first layer expects."""
        self._passed = None
        logits, self._passed = self._forward(_finite("x", x, self.dtype))
        return logits

    def backward(self, g: ArrayLike) -> None:
        """Compute `gradients`, those of all parameters, from the gradient by the logits.

        The backward pass ends at the first layer with parameters; the gradient by the pixels is
        not needed. Other calls between forward and backward, such as `predict`, are allowed.
        """
        if self._passed is None:
            raise RuntimeError(
                "Network.backward needs a forward(x) before it; each forward allows one backward"
            )
        if [id(layer) for layer, _ in self._passed] != [*map(id, self.layers)]:
            raise RuntimeError("the layers have changed since forward(x); call forward(x) again")
        gradients, totals = self._totals()
        self._backward(self._passed, g, totals)
        self._passed, self._gradients = None, gradients

    def _totals(self):
        """Zeros to accumulate gradients: in the order of `parameters`, and by the layer's id."""
        zeros, by_layer = {}, {}
        for layer in self.layers:
            shared = [(id(p), p) for p in layer.parameters]
            zeros |= {key: np.zeros_like(p) for key, p in shared if key not in zeros}
            by_layer[id(layer)] = [zeros[key] for key, _ in shared]
        return [*zeros.values()], by_layer

    def _forward(self, x):
        """The output, and for every position the layer and its stored state."""
        passed = []
        for layer in self.layers:
            x = layer.forward(x)
            passed.append((layer, _snapshot(layer)))
        return x, passed

    def _backward(self, passed, g, totals):
        """Add the gradients of a pass to those in `totals`, by layer."""
        first = next(i for i, (layer, _) in enumerate(passed) if layer.parameters)
        for i in range(len(passed) - 1, first - 1, -1):
            layer, snapshot = passed[i]
            _restore_memory(snapshot)
            if i > first:
                g = layer.backward(g)
            else:
                layer.backward_parameters(g)
            _add(layer, totals[id(layer)])

    def loss_with_gradients(
        self, images: ArrayLike, labels: ArrayLike
    ) -> tuple[float, list[np.ndarray]]:
        """Mean softmax cross-entropy in nats, and its gradients by `parameters`, as a list.

        The loss is computed in float64; its gradient has the network's dtype.
        """
        x = _images(images, self.dtype)
        loss, _, gradients = self._step(
            x, check.class_numbers("labels", labels, len(x), self._n_classes(x))
        )
        return loss, gradients

    def loss(self, images: ArrayLike, labels: ArrayLike) -> float:
        """Mean softmax cross-entropy in nats."""
        return self.loss_with_gradients(images, labels)[0]

    def fit(
        self,
        images: ArrayLike,
        labels: ArrayLike,
        *,
        epochs: int = 10,
        batch_size: int = 32,
        optimiser: Any = None,
        seed: int | np.random.Generator = 0,
        progress: Callable[[dict], object] | None = None,
    ) -> list[dict]:
        """Train by gradient steps on batches, which are shuffled in every epoch.

        Parameters
        ----------
        images : array_like of shape (n, height, width, channels) or (n, height, width)
        labels : array_like of shape (n,)
            Integers in 0..K−1.
        epochs, batch_size : int
            The last batch of an epoch may be smaller.
        optimiser : object with step(parameters, gradients), optional
            Default: Adam().
        seed : int or numpy.random.Generator
            Seed of the shuffling.
        progress : callable, optional
            Called after every epoch with its record.

        Returns
        -------
        list of dict
            The records of these epochs: mean loss in nats and accuracy over the batches, each
            before its step. `history` contains the records of all calls.

        Raises
        ------
        ValueError
            Shapes that do not fit the layers or each other; no images; pixels that are NaN or
            infinite; labels out of range; epochs or batch_size < 1; a loss that is not finite; an
            optimiser that is bound to another network.
        TypeError
            Pixels that are not real numbers, labels that are not integers, an optimiser without
            `step`, a progress that cannot be called.
        """
        x = _images(images, self.dtype)
        y = check.class_numbers("labels", labels, len(x), self._n_classes(x))
        epochs, batch_size = positive_ints(epochs=epochs, batch_size=batch_size)
        optimiser = Adam() if optimiser is None else optimiser
        if isinstance(optimiser, type) or not callable(getattr(optimiser, "step", None)):
            raise TypeError(f"optimiser must be an object like Adam(), got {optimiser!r}")
        if progress is not None and not callable(progress):
            raise TypeError(f"progress must be a function of one record, got {progress!r}")
        rng = generator(seed)
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

    def predict_proba(self, images: ArrayLike) -> Array:
        """Probabilities of the classes, shape (n, K), float64."""
        return softmax(self._logits(images))

    def predict(self, images: ArrayLike) -> np.ndarray:
        """The most probable class of each image, shape (n,); the first of equal ones."""
        return self._logits(images).argmax(axis=1)

    def save(self, path: str | os.PathLike) -> None:
        """Write layers and parameters to an .npz file, without pickle.

        The suffix .npz is added if it is missing. An existing file is replaced atomically. The
        optimiser and `history` are not saved.

        Raises
        ------
        TypeError
            path is not a path; a layer of a class that `load` does not know.
        OSError
            The file cannot be written.
        """
        _files.write(path, self.layers, self.parameters)

    @classmethod
    def load(cls, path: str | os.PathLike) -> Self:
        """Read a network that `save` wrote to the same path; nothing is unpickled.

        The file is `path` with the suffix .npz, as in `save`, or else `path` itself.

        Raises
        ------
        FileNotFoundError
            There is no such file.
        ValueError
            The file is something else, or damaged.
        """
        return cls(_files.read(path))

    def _step(self, x, y):
        """Mean loss of a batch, its number of correct predictions, and the gradients of the mean.

        The batch is processed in slices that fit into the cache.
        """
        loss = hits = 0
        gradients, totals = self._totals()
        for start in range(0, len(x), _SLICE):
            part = slice(start, start + _SLICE)
            logits, passed = self._forward(x[part])
            _refuse_infinite(logits)
            mean, g = softmax_cross_entropy_with_gradient(y[part], logits)
            weight = len(logits) / len(x)
            self._backward(passed, (weight * g).astype(self.dtype), totals)
            loss += weight * mean
            hits += int((logits.argmax(axis=1) == y[part]).sum())
        return loss, hits, gradients

    def _logits(self, images):
        x = _images(images, self.dtype)
        slices = range(0, len(x), _SLICE)
        z = np.concatenate([self._forward(x[start : start + _SLICE])[0] for start in slices])
        _refuse_infinite(z)
        _count_classes(z)
        return z

    def _n_classes(self, x):
        return _count_classes(self._forward(x[:1])[0])


def note_network(
    image_shape: Sequence[int],
    n_classes: int,
    *,
    seed: int | np.random.Generator = 0,
    dtype: DTypeLike = np.float32,
) -> Network:
    """The note's network: Conv 3×3×32, ReLU, max-pool 2, Dense.

    Here ReLU is applied after the pooling. ReLU is monotone, so it commutes with the maximum:
    outputs and gradients are the same, for a quarter of the work.

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
    if np.ndim(image_shape) != 1 or len(image_shape) not in (2, 3):
        raise ValueError(
            f"image_shape must be (height, width) or (height, width, channels), got {image_shape!r}"
        )
    height, width, channels = positive_ints(
        **dict(zip(("height", "width", "channels"), (*image_shape, 1), strict=False))
    )
    if min(height, width) < 4:
        raise ValueError(f"image_shape must be at least 4 × 4, got {height} × {width}")
    rng = generator(seed)
    pooled = (height - 2) // 2 * ((width - 2) // 2) * 32
    return Network(
        [
            Conv2D(channels, 32, 3, seed=rng, dtype=dtype),
            MaxPool2D(2),
            ReLU(),
            Flatten(),
            Dense(pooled, n_classes, seed=rng, dtype=dtype),
        ]
    )


def _images(images, dtype) -> np.ndarray:
    """Images of shape (n, height, width, channels), finite, in the network's dtype."""
    x = _finite("images", images, dtype)
    if x.ndim not in (3, 4):
        raise ValueError(
            "images must have shape (n, height, width) or (n, height, width, channels), got "
            f"{x.shape}"
        )
    return x.reshape(*x.shape[:3], -1)


def _finite(name, value, dtype) -> np.ndarray:
    """An array of finite numbers in `dtype`."""
    x = check.numbers(name, value)
    if np.isinf(x).any():
        raise ValueError(f"{name} must be finite, found inf")
    return cast(name, x, dtype)


def _layers(layers) -> list[Layer]:
    """A list of layers."""
    try:
        layers = list(layers)
    except TypeError:
        raise TypeError(f"layers must be a list of layers, got {layers!r}") from None
    for i, layer in enumerate(layers):
        if isinstance(layer, Layer):
            continue
        hint = ""
        if isinstance(layer, type) and issubclass(layer, Layer):
            hint = f"; {layer.__name__}() makes one"
        elif isinstance(layer, Network):
            hint = "; put its layers there instead: *network.layers"
        raise TypeError(f"layers[{i}] must be a Layer, got {layer!r}{hint}")
    return layers


def _snapshot(layer):
    """The stored state of the layer and of all layers that it contains."""
    if type(layer) in _OWN:
        return [(layer, {"memory": layer.memory})]
    parts = [layer]
    for part in parts:  # the list grows in the loop
        for value in vars(part).values():
            for inner in value if isinstance(value, list | tuple) else (value,):
                if isinstance(inner, Layer) and not any(inner is part for part in parts):
                    parts.append(inner)
    return [(part, vars(part).copy()) for part in parts]


def _restore_memory(snapshot):
    """Restore the state of layers that `_snapshot` returned."""
    for part, then in snapshot:
        now = vars(part)
        for name, value in then.items():
            if now.get(name) is not value and name not in ("memory", "gradients"):
                raise RuntimeError(
                    f"{part}.{name} has changed between forward and backward: if the layer is used "
                    f"more than once, keep in `memory` what backward needs, or make a second "
                    f"{type(part).__name__}"
                )
        part.memory = then.get("memory")


def _add(layer, totals):
    """Add the layer's gradients to `totals`."""
    gradients = layer.gradients
    if [t.shape for t in totals] != [np.shape(g) for g in gradients]:
        raise ValueError(
            f"{layer}.backward must leave gradients of the shapes of its parameters, "
            f"{[t.shape for t in totals]}, got {[np.shape(g) for g in gradients]}"
        )
    for total, gradient in zip(totals, gradients, strict=True):
        total += gradient


def memory_address(array):
    """The address and layout of an array: equal for two views of the same numbers."""
    return array.__array_interface__["data"][0], array.shape, array.strides


def _arrays(parameters) -> list[np.ndarray]:
    """The parameters as a list of arrays that can be changed in place."""
    if isinstance(parameters, np.ndarray):
        raise TypeError("parameters must be a list of arrays; for a single one: step([theta], [g])")
    parameters = _listed("parameters", parameters)
    for i, p in enumerate(parameters):
        if not isinstance(p, np.ndarray) or p.dtype.kind != "f":
            got = f"dtype {p.dtype}" if isinstance(p, np.ndarray) else repr(p)
            raise TypeError(f"parameters[{i}] must be an array of floats to write to, got {got}")
        if not p.flags.writeable:
            raise ValueError(f"parameters[{i}] is read-only, and step changes it in place")
    return parameters


def _checked_gradients(parameters, gradients) -> list[np.ndarray]:
    """The gradients as arrays of the shapes and dtypes of the parameters."""
    gradients = _listed("gradients", gradients)
    if len(gradients) != len(parameters):
        raise ValueError(
            f"{len(parameters)} parameters need as many gradients, got {len(gradients)}"
            + ("" if gradients else ": call backward first")
        )
    with np.errstate(over="ignore", invalid="ignore"):
        return [
            _checked_gradient(f"gradients[{i}]", p, gradients[i]) for i, p in enumerate(parameters)
        ]


def _checked_gradient(name, parameter, g):
    if type(g) is not np.ndarray or g.dtype != parameter.dtype:
        g = cast(name, check.real_array(name, g), parameter.dtype)
    if g.shape != parameter.shape:
        raise ValueError(f"{name} must have its parameter's shape {parameter.shape}, got {g.shape}")
    # One dot product is a fast test that nearly always suffices.
    if not math.isfinite(np.vdot(g, g)) and not (fine := np.isfinite(g * g)).all():
        raise ValueError(
            f"{name} and its square must be finite in {g.dtype}, got {g[~fine][0]}: try a smaller "
            "learning rate"
        )
    return g


def _listed(name, arrays):
    try:
        return list(arrays)
    except TypeError:
        raise TypeError(f"{name} must be a list of arrays, got {arrays!r}") from None


def _refuse_infinite(logits):
    if not np.isfinite(logits).all():
        raise ValueError("the logits are no longer finite: try a smaller learning rate")


def _count_classes(logits):
    if logits.ndim != 2:
        raise ValueError(
            f"the last layer must return logits of shape (n, K), got shape {logits.shape}: put "
            "Flatten() and a Dense after it"
        )
    return logits.shape[1]
