"""Layers that are copied, used at several places, or whose arrays are written to in between."""

import copy
import io
import pickle
from dataclasses import dataclass

import joblib
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from lossbook.network import (
    Adam,
    Conv2D,
    Dense,
    Flatten,
    Layer,
    MaxPool2D,
    Network,
    ReLU,
    note_network,
    numerical_gradient,
)
from lossbook.softmax import softmax_cross_entropy


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def by_joblib(thing):
    file = io.BytesIO()
    joblib.dump(thing, file)
    file.seek(0)
    return joblib.load(file)


COPIES = {
    "copy": copy.copy,  # copies the numbers, as it does for a NumPy array
    "deepcopy": copy.deepcopy,
    "pickle": lambda thing: pickle.loads(pickle.dumps(thing)),
    "pickle 2": lambda thing: pickle.loads(pickle.dumps(thing, protocol=2)),
    "joblib": by_joblib,  # writes an array once for each reference to it
}
each_copy = pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)

LAYERS = [
    (lambda: Conv2D(2, 3, 2, dtype=np.float64), (2, 5, 4, 2)),
    (lambda: Dense(4, 3, dtype=np.float64), (5, 4)),
    (ReLU, (3, 4)),
    (lambda: MaxPool2D(2), (2, 5, 4, 2)),
    (Flatten, (2, 5, 4, 2)),
    (Layer, (2, 3)),
]
each_layer = pytest.mark.parametrize(
    ("make", "shape"), LAYERS, ids=[repr(make()) for make, _ in LAYERS]
)


# Copies


@each_copy
def test_the_smallest_copy(copied):
    """A filter of one pixel multiplies: 1 · 5."""
    layer = Conv2D(1, 1, 1, dtype=np.float64)
    layer.weights[...] = 2
    other = copied(layer)
    other.weights[...] = 5
    one = np.ones((1, 1, 1, 1))
    assert (layer.forward(one).item(), other.forward(one).item()) == (2, 5)


@each_copy
@each_layer
def test_a_copy_hangs_together_and_leaves_the_original_alone(make, shape, copied):
    """Its parameters, gradients and what it remembers of a pass."""
    layer, x = make(), noise(*shape)
    v = noise(*layer.forward(x).shape, seed=1)
    other = copied(layer)
    assert_array_equal(other.backward(v), layer.backward(v))  # of the forward before the copy
    for g, same in zip(other.gradients, layer.gradients, strict=True):
        assert_array_equal(g, same)
        g[...] = 0
        assert same.any()
    before = layer.forward(x)
    for parameter in other.parameters:
        parameter[...] = 0
    if other.parameters:
        assert not other.weights.any()
        assert not other.bias.any()
        assert not other.forward(x).any()
        other.weights[...] = 0
        other.bias[...] = 7
        assert (other.forward(x) == 7).all()
    assert_array_equal(layer.forward(x), before)


@pytest.mark.parametrize("make", [make for make, _ in LAYERS[:2]])
def test_what_is_assigned_to_weights_is_written_into_them(make):
    layer = make()
    (first, *_), w = layer.parameters, noise(*layer.weights.shape)
    layer.weights, layer.bias = w, [1, 2, 3]
    layer.weights += 1
    assert layer.parameters[0] is first
    assert_array_equal(layer.weights, w + 1)
    assert_array_equal(layer.bias, [1, 2, 3])
    with pytest.raises(ValueError, match=r"weights must have shape .*, got \(\)"):
        layer.weights = 1
    with pytest.raises(ValueError, match=r"bias must have shape \(3,\), got \(1,\)"):
        layer.bias = [1]


X, Y = noise(6, 5, 5, seed=3), np.array([0, 1, 2, 0, 1, 2])


def trained(steps=3):
    network, optimiser = note_network((5, 5), 3, dtype=np.float64), Adam(0.05)
    network.fit(X, Y, epochs=steps, batch_size=6, optimiser=optimiser)
    return network, optimiser


def next_step(network, optimiser):
    """Logits, gradients, and the parameters after one more step."""
    logits, gradients = network.forward(X[..., None]), network.loss_with_gradients(X, Y)[1]
    optimiser.step(network.parameters, gradients)
    return [logits, *gradients, *(p.copy() for p in network.parameters)]


def assert_same(left, right):
    for a, b in zip(left, right, strict=True):
        assert_array_equal(a, b)


@each_copy
@pytest.mark.parametrize("together", [False, True])
def test_a_copied_network_and_optimiser_go_on_as_the_originals(copied, together):
    network, optimiser = trained()
    both = (network, optimiser)
    if together and copied is not copy.copy:  # a copied tuple holds the same things
        both = copied(both)
    else:
        both = copied(network), copied(optimiser)
    expected = next_step(network, optimiser)
    assert_same(next_step(*both), expected)
    kept = [p.copy() for p in network.parameters]
    next_step(*both)
    assert_same(network.parameters, kept)


@each_copy
def test_a_network_copied_between_forward_and_backward(copied):
    network, _ = trained()
    v = noise(*network.forward(X[..., None]).shape)
    other = copied(network)
    network.backward(v)
    other.backward(v)
    assert_same(other.gradients, network.gradients)


def test_the_best_network_so_far_is_kept():
    """What people copy networks for: later training does not reach the copy."""
    network, optimiser = trained()
    best, loss = copy.copy(network), network.loss(X, Y)
    network.fit(X, Y, epochs=2, optimiser=optimiser)
    assert best.loss(X, Y) == loss != network.loss(X, Y)
    assert len(best.history) == 3


# Twice the same layer


def line_with(relu, other):
    """Three layers of one number each, weights 1, biases 0, 1, 0."""
    dense = [Dense(1, 1, dtype=np.float64) for _ in range(3)]
    for layer, bias in zip(dense, [0, 1, 0], strict=True):
        layer.weights, layer.bias = [[1]], [bias]
    return Network([dense[0], relu, dense[1], other, dense[2]])


def test_one_relu_at_two_places():
    """x = −3: relu(−3) = 0, so that nothing before it counts. By hand: ∂/∂w of the second layer
    is relu(−3) = 0, of the third relu(0 + 1) = 1; of the biases 0, 1, 1."""
    relu = ReLU()
    network = line_with(relu, relu)
    assert network.forward([[-3.0]]) == 1
    network.backward([[1.0]])
    assert np.concatenate(network.gradients, axis=None).tolist() == [0, 0, 0, 1, 1, 1]


def test_a_dense_layer_at_two_places():
    """x W W with W = 3 and x = 2: the slope is 2 x W = 12; of b, with (x W + b) W + b, W + 1."""
    dense = Dense(1, 1, dtype=np.float64)
    dense.weights, dense.bias = [[3]], [0]
    network = Network([dense, dense])
    assert network.n_parameters == 2
    assert network.forward([[2.0]]) == 18
    network.backward([[1.0]])
    assert [g.item() for g in network.gradients] == [12, 4]
    network.forward([[2.0]])
    network.backward([[1.0]])  # starts anew
    assert [g.item() for g in network.gradients] == [12, 4]


class Square(Layer):
    """Keeps in `memory` what backward needs."""

    def forward(self, x):
        self.memory = x
        return x * x

    def backward(self, g):
        return 2 * self.memory * g


class Exp(Layer):
    """Keeps it elsewhere."""

    def forward(self, x):
        self._output = np.exp(x)
        return self._output

    def backward(self, g):
        return g * self._output


class Doubled(Layer):
    """Needs nothing."""

    def forward(self, x):
        return 2 * x

    def backward(self, g):
        return 2 * g


class Residual(Layer):
    """x + inner(x), with layers of its own."""

    def __init__(self, *layers):
        self.layers = layers

    @property
    def parameters(self):
        return tuple(p for layer in self.layers for p in layer.parameters)

    @property
    def gradients(self):
        return tuple(g for layer in self.layers for g in layer.gradients)

    def forward(self, x):
        z = x
        for layer in self.layers:
            z = layer.forward(z)
        return x + z

    def backward(self, g):
        by_input = g
        for layer in reversed(self.layers):
            by_input = layer.backward(by_input)
        return g + by_input


def assert_slopes(network, x):
    """Gradients of a random linear function of the output against central differences.

    h = 1e-5: the error is h²/6 |f'''|, about 1e-9 for derivatives up to 100, and rounding of f
    divided by h, 1e-15 / 1e-5 = 1e-10 for f of order 1. Slopes are of order 1.
    """
    v = noise(*network.forward(x).shape, seed=9)
    network.backward(v)
    for parameter, g in zip(network.parameters, network.gradients, strict=True):
        kept = parameter.copy()

        def moved(value, parameter=parameter):
            parameter[...] = value
            return (v * network.forward(x)).sum()

        expected = numerical_gradient(moved, kept)
        parameter[...] = kept
        assert_allclose(g, expected, rtol=1e-7, atol=1e-7)


def dense(n=3, seed=0):
    layer = Dense(n, n, seed=seed, dtype=np.float64)
    layer.bias[...] = noise(n, seed=seed) / 2
    return layer


def shared_networks():
    d, relu, square, conv = dense(), ReLU(), Square(), Conv2D(2, 2, 1, dtype=np.float64)
    pool, flat = MaxPool2D(1), Flatten()
    block = Residual(relu, dense(seed=2))
    return {
        "one relu": [dense(), relu, dense(seed=1), relu, dense(seed=2)],
        "one dense": [d, relu, d, square, d],
        "twice in a row": [d, d, relu, relu, d],
        "own layer with memory": [d, square, dense(seed=1), square],
        "own layer without a state": [d, Doubled(), d, Doubled()],
        "a conv": [conv, relu, conv, pool, conv, pool, flat, flat, Dense(8, 2, dtype=np.float64)],
        "a block twice": [dense(), block, dense(seed=1), block],
        "nested and outside": [dense(), relu, block, relu, Residual(Residual(block)), relu],
        "tied arrays": [d, relu, tied(d), square],
    }


def tied(layer):
    other = dense(seed=5)
    other.parameters = layer.parameters
    return other


@pytest.mark.parametrize("name", shared_networks())
def test_shared_layers_against_finite_differences(name):
    network = Network(shared_networks()[name])
    shape = (2, 2, 2, 2) if name == "a conv" else (4, 3)
    assert len({id(p) for p in network.parameters}) == len(network.parameters)
    assert_slopes(network, noise(*shape, seed=4))


def test_layers_that_were_exchanged_since_forward():
    network = Network([dense(), ReLU(), dense(seed=1)])
    network.forward(noise(2, 3))
    network.layers[1] = Doubled()
    with pytest.raises(RuntimeError, match="layers have changed since forward"):
        network.backward(noise(2, 3))
    assert_slopes(network, noise(2, 3))


@dataclass
class Scaled(Layer):
    """Cannot be hashed, and is equal to another one."""

    factor: float
    inner: Layer

    def forward(self, x):
        return self.factor * self.inner.forward(x)

    def backward(self, g):
        return self.inner.backward(self.factor * g)


def test_equal_layers_are_not_the_same_layer():
    relu = ReLU()
    assert_slopes(
        Network([dense(), Scaled(2.0, relu), dense(seed=1), Scaled(2.0, relu), dense()]),
        noise(3, 3),
    )


def test_two_networks_with_one_layer_whose_passes_interleave():
    relu, shared, exp = ReLU(), dense(), Exp()
    first = Network([dense(seed=1), relu, shared])
    second = Network([dense(seed=2), relu, shared, relu])
    x, z, v = noise(4, 3), noise(4, 3, seed=7), noise(4, 3, seed=8)
    expected = []
    for network, batch in ((first, x), (second, z)):
        network.forward(batch)
        network.backward(v)
        expected.append(network.gradients)
    first.forward(x)
    second.forward(z)
    first.backward(v)
    second.backward(v)
    assert_same(first.gradients, expected[0])
    assert_same(second.gradients, expected[1])
    first, second = Network([dense(), exp]), Network([dense(), exp])
    first.forward(x)
    second.forward(x)
    with pytest.raises(RuntimeError, match=r"Exp\(\)\._output has changed .*a second Exp"):
        first.backward(v)


def test_what_runs_between_forward_and_backward_does_no_harm():
    network, _ = trained()
    v = noise(*network.forward(X[..., None]).shape)
    network.backward(v)
    expected = network.gradients
    network.forward(X[..., None])
    network.predict(X[:2])
    network.loss_with_gradients(X[:3], Y[:3])
    network.layers[0].forward(X[:1, ..., None])
    network.backward(v)
    assert_same(network.gradients, expected)


def test_an_own_layer_at_two_places_that_does_not_keep_memory_is_refused():
    exp = Exp()
    network = line_with(exp, exp)
    network.forward([[0.1]])
    with pytest.raises(RuntimeError, match=r"Exp\(\)\._output has changed .*keep in `memory`"):
        network.backward([[1.0]])
    once = line_with(Exp(), Exp())
    once.forward([[0.1]])
    once.backward([[1.0]])


def test_one_layer_at_two_places_of_a_loop_by_hand_is_refused():
    relu = ReLU()
    relu.forward(np.array([-3.0]))
    relu.forward(np.array([1.0]))
    relu.backward([1.0])
    with pytest.raises(RuntimeError, match=r"ReLU\(\)\.backward needs a forward.*second ReLU"):
        relu.backward([1.0])


def test_one_layer_twice_inside_another_is_refused():
    relu = ReLU()
    network = Network([dense(), Residual(relu, dense(seed=1), relu)])
    network.forward(noise(2, 3))
    with pytest.raises(RuntimeError, match=r"ReLU\(\)\.backward needs a forward.*second ReLU"):
        network.backward(noise(2, 3))


def test_an_own_layer_without_backward_is_no_identity():
    class Cut(Layer):
        def forward(self, x):
            return np.clip(x, -1, 1)

    network = Network([dense(), Cut(), dense()])
    network.forward(noise(2, 3))
    with pytest.raises(RuntimeError, match=r"Cut\(\)\.backward needs a forward before it"):
        network.backward(noise(2, 3))


# Written to in between


@each_layer
@pytest.mark.parametrize("written", ["input", "output", "both"])
def test_inputs_and_outputs_may_be_written_to_before_backward(make, shape, written):
    layer, x = make(), noise(*shape)
    v = noise(*layer.forward(x).shape, seed=1)
    expected = [layer.backward(v), *layer.gradients]
    z = layer.forward(x)
    for array in {"input": [x], "output": [z], "both": [x, z]}[written]:
        array[...] = -array[::-1]
    assert_same([layer.backward(v), *layer.gradients], expected)


def test_gradients_may_be_written_to_after_backward():
    layer, x, v = dense(), noise(2, 3), noise(2, 3, seed=1)
    layer.forward(x)
    back = layer.backward(v)
    kept = [back.copy(), *(g.copy() for g in layer.gradients)]
    v[...] = 0
    layer.weights[...] = 0
    assert_same([back, *layer.gradients], kept)


# Random networks


@st.composite
def networks(draw):
    """A network of random layers, some of them at two places, and images for it."""
    height, width, channels = (draw(st.integers(low, 5)) for low in (3, 3, 1))
    n, seed, relu = draw(st.integers(1, 3)), draw(st.integers(0, 99)), ReLU()
    shape, layers = (n, height, width, channels), []
    x = noise(*shape, seed=seed)
    for kind in draw(st.lists(st.sampled_from(["conv", "pool", "relu", "same relu"]), max_size=4)):
        side = min(x.shape[1:3])
        new = {
            "conv": lambda side=side, c=x.shape[-1]: Conv2D(
                c, draw(st.integers(1, 3)), draw(st.integers(1, min(side, 3))), dtype=np.float64
            ),
            "pool": lambda side=side: MaxPool2D(draw(st.integers(1, min(side, 3)))),
            "relu": ReLU,
            "same relu": lambda: relu,
        }[kind]()
        layers.append(new)
        x = new.forward(x)
    layers.append(Flatten())
    if draw(st.booleans()):
        x = x.reshape(n, -1)
        square = Dense(x.shape[1], x.shape[1], dtype=np.float64)
        layers += [square, relu, square]
    layers.append(Dense(x[0].size, 3, dtype=np.float64))
    network = Network(layers)
    rng = np.random.default_rng(seed)
    for p in network.parameters:  # of the size at which sums of so many terms are of order 1
        p[...] = rng.normal(size=p.shape) / np.sqrt(len(p))
    return network, noise(*shape, seed=seed), rng.integers(3, size=n)


def choices(network, x):
    """Which side of every kink: the signs at each ReLU, the largest pixels at each pooling."""
    found = []
    for layer in network.layers:
        z = layer.forward(x)
        if isinstance(layer, ReLU):
            found.append(x > 0)
        elif isinstance(layer, MaxPool2D):
            spread = z.repeat(layer.config[0], axis=1).repeat(layer.config[0], axis=2)
            found.append(x[:, : spread.shape[1], : spread.shape[2]] == spread)
        x = z
    return found


def moved_by(network, direction, t):
    for p, d in zip(network.parameters, direction, strict=True):
        p += t * d


@settings(max_examples=150)
@given(networks(), st.integers(0, 99))
def test_a_random_network_against_a_central_difference(problem, seed):
    """In a random direction of all parameters.

    The difference quotient D errs by h²/6 |f'''|, a third of D(2h) − D(h), and by rounding: a
    loss of sums of a hundred terms in some layers is right to 1000 ε times its largest term, and
    this is divided by h.
    """
    network, x, y = problem
    gradients = network.loss_with_gradients(x, y)[1]
    rng = np.random.default_rng(seed)
    direction = [rng.normal(size=p.shape) for p in network.parameters]
    slope = sum((g * d).sum() for g, d in zip(gradients, direction, strict=True))
    start, size = [p.copy() for p in network.parameters], max(1, abs(network.forward(x)).max())
    here, h, values = choices(network, x), 1e-6, {}
    for step in (-2, -1, 1, 2):
        moved_by(network, direction, step * h)
        values[step] = softmax_cross_entropy(y, network.forward(x))
        there = choices(network, x)
        assume(all(np.array_equal(a, b) for a, b in zip(here, there, strict=True)))
        for p, kept in zip(network.parameters, start, strict=True):
            p[...] = kept
    one, two = (values[1] - values[-1]) / (2 * h), (values[2] - values[-2]) / (4 * h)
    budget = abs(two - one) + 1000 * np.finfo(float).eps * size / h
    assert abs(slope - one) <= budget
    assert budget < 1e-4  # so that it says something


@settings(max_examples=40)
@given(networks(), st.sampled_from([*COPIES, "file"]))
def test_a_round_trip_changes_neither_outputs_nor_gradients_nor_the_next_step(
    tmp_path_factory, problem, way
):
    network, x, y = problem
    optimiser = Adam(0.01)
    network.fit(x, y, epochs=2, batch_size=2, optimiser=optimiser)
    if way == "file":
        path = tmp_path_factory.mktemp("round_trip") / "network"
        network.save(path)
        other, its = Network.load(path), copy.copy(optimiser)
    else:
        other, its = COPIES[way](network), COPIES[way](optimiser)
    assert repr(other) == repr(network)
    assert other.n_parameters == network.n_parameters
    for net, opt in ((network, optimiser), (other, its)):
        net.forward(x)
        net.backward(np.ones((len(x), 3)))
        opt.step(net.parameters, net.gradients)
    assert_same(other.gradients, network.gradients)
    assert_same(other.parameters, network.parameters)
    assert_array_equal(other.forward(x), network.forward(x))
