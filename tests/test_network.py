"""The note's network: shapes, slopes against finite differences, and what training must reach."""

import copy

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.signal import correlate
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

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
from lossbook.softmax import softmax, softmax_cross_entropy


@pytest.fixture(scope="module")
def digits():
    """1347 images to learn from, 450 to be tested on, each class in its share."""
    images, labels = load_digits(return_X_y=True)
    return train_test_split(
        images.reshape(-1, 8, 8) / 16, labels, test_size=450, stratify=labels, random_state=0
    )


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def off_the_kinks(network, seed=0):
    """Random biases: at bias 0, a blank patch would put ReLU exactly on its kink."""
    rng = np.random.default_rng(seed)
    for parameter in network.parameters:
        parameter[...] = rng.normal(size=parameter.shape) / 2
    return network


def relative_error(a, b):
    assert np.shape(a) == np.shape(b)
    return np.linalg.norm(np.subtract(a, b)) / (np.linalg.norm(a) + np.linalg.norm(b))


# Shapes and values


@pytest.mark.parametrize(
    ("layer", "given", "returned"),
    [
        (Conv2D(1, 32, 3), (5, 8, 8, 1), (5, 6, 6, 32)),
        (Conv2D(3, 4, 1), (1, 5, 6, 3), (1, 5, 6, 4)),
        (Conv2D(2, 7, 4), (2, 4, 9, 2), (2, 1, 6, 7)),  # a filter as high as the image
        (ReLU(), (2, 3), (2, 3)),
        (MaxPool2D(2), (5, 6, 6, 32), (5, 3, 3, 32)),
        (MaxPool2D(2), (1, 5, 7, 2), (1, 2, 3, 2)),
        (MaxPool2D(3), (1, 8, 3, 2), (1, 2, 1, 2)),
        (Flatten(), (5, 3, 3, 32), (5, 288)),
        (Dense(288, 10), (5, 288), (5, 10)),
    ],
    ids=str,
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shapes_and_dtypes_there_and_back(layer, given, returned, dtype):
    if layer.parameters:
        layer = type(layer)(*layer.config, dtype=dtype)
    x = noise(*given).astype(dtype)
    z = layer.forward(x)
    back = layer.backward(np.ones_like(z))
    assert (z.shape, z.dtype) == (returned, dtype)
    assert (back.shape, back.dtype) == (given, dtype)
    assert [g.shape for g in layer.gradients] == [p.shape for p in layer.parameters]
    assert all(g.dtype == dtype for g in layer.gradients)


@pytest.mark.parametrize(("side", "count"), [(8, 3210), (28, 54410)])
def test_the_note_network_has_as_many_parameters_as_the_note_says(side, count):
    network = note_network((side, side), 10)
    assert network.n_parameters == count
    assert network.forward(np.zeros((2, side, side, 1), np.float32)).shape == (2, 10)


def test_channels_of_colour_images():
    network = note_network((9, 6, 3), 4)
    assert network.predict_proba(noise(2, 9, 6, 3)).shape == (2, 4)


@pytest.mark.parametrize(("channels", "size"), [(1, 3), (3, 2), (2, 5)])
def test_convolution_is_the_cross_correlation_of_scipy(channels, size):
    layer = off_the_kinks(Conv2D(channels, 3, size, dtype=np.float64))
    x = noise(2, 6, 5, channels)
    z = layer.forward(x)
    for n, f in np.ndindex(2, 3):
        expected = correlate(x[n], layer.weights[..., f], mode="valid")[..., 0] + layer.bias[f]
        # Two sums of m + 1 terms in different orders: 2 (m + 1) u Σ|x| at most, u = 1.1e-16.
        terms = correlate(abs(x[n]), abs(layer.weights[..., f]), mode="valid") + abs(layer.bias[f])
        budget = 2 * (channels * size**2 + 1) * 1.1e-16 * terms.max()
        assert_allclose(z[n, ..., f], expected, rtol=0, atol=budget)


def test_flatten_keeps_the_order_of_rows_columns_channels():
    x = np.arange(24).reshape(1, 2, 3, 4)
    assert_array_equal(Flatten().forward(x), [np.arange(24)])
    swapped = np.ascontiguousarray(x.transpose(1, 2, 0, 3)).transpose(2, 0, 1, 3)
    flatten = Flatten()
    assert_array_equal(flatten.forward(swapped), [np.arange(24)])
    assert_array_equal(flatten.backward(np.arange(24).reshape(1, 24)), x)


def pooled(image, g):
    """A single-channel image through MaxPool2D(2), and the gradient g back."""
    layer = MaxPool2D(2)
    z = layer.forward(np.array(image, float)[np.newaxis, ..., np.newaxis])
    return z.squeeze().tolist(), layer.backward(np.full_like(z, g)).squeeze().tolist()


@pytest.mark.parametrize(
    ("image", "largest", "back"),
    [
        ([[1, 2], [3, 4]], 4, [[0, 0], [0, 5]]),
        ([[1, 4], [4, 4]], 4, [[0, 5], [0, 0]]),  # ties go to the first, row by row
        ([[0, 4], [4, 0]], 4, [[0, 5], [0, 0]]),
        ([[7, 7], [7, 7]], 7, [[5, 0], [0, 0]]),
        ([[-1, -3], [-2, -1]], -1, [[5, 0], [0, 0]]),
        # odd sizes: the margin is left out, however large
        ([[1, 2, 9], [3, 0, 9], [9, 9, 9]], 3, [[0, 0, 0], [5, 0, 0], [0, 0, 0]]),
    ],
)
def test_max_pooling_ties_and_margins(image, largest, back):
    assert pooled(image, 5.0) == (largest, back)


def test_relu_has_slope_0_at_its_kink():
    layer = ReLU()
    assert_array_equal(layer.forward(np.array([-1.0, 0.0, 2.0])), [0, 0, 2])
    assert_array_equal(layer.backward(np.array([3.0, 3.0, 3.0])), [0, 0, 3])


def test_layers_do_not_write_to_what_they_are_given():
    for layer in (Conv2D(2, 3, 2), ReLU(), MaxPool2D(2), Flatten()):
        x = noise(2, 5, 4, 2)
        x.flags.writeable = False
        g = np.ones_like(layer.forward(x))
        g.flags.writeable = False
        layer.backward(g)


# Slopes: central differences with h = 1e-5 err by h²/6 |f'''| and by rounding of f, divided by h.
# f here is a sum of up to some hundred terms, right to √n u Σ|terms| = 1e-14 (n u Σ|terms| = 1e-12
# at worst), u = 1.1e-16. So slopes, whose norm is of order 1, are right to 1e-9 (1e-7 at worst).


def test_numerical_gradient_of_a_function_known_by_heart():
    """h²/6 f''' is 1e-10. Rounding of f, 6 u Σ|x³| = 3e-15, and of x ± h, u |x| f' = 1e-15, are
    divided by h: 4e-10 at most."""
    x = noise(2, 3)
    assert_allclose(numerical_gradient(lambda x: (x**3).sum(), x), 3 * x**2, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (Conv2D(2, 3, 3, dtype=np.float64), (2, 5, 4, 2)),
        (Conv2D(1, 2, 1, dtype=np.float64), (3, 2, 2, 1)),
        (Conv2D(2, 2, 4, dtype=np.float64), (1, 4, 6, 2)),
        (ReLU(), (3, 4)),
        (MaxPool2D(2), (2, 5, 6, 3)),
        (MaxPool2D(3), (1, 7, 3, 2)),
        (Flatten(), (2, 3, 2, 2)),
        (Dense(4, 3, dtype=np.float64), (5, 4)),
    ],
    ids=str,
)
def test_backward_is_the_gradient_of_forward(layer, shape):
    """By the input and by every parameter, of a random linear function of the output."""
    off_the_kinks(layer)
    x = noise(*shape, seed=1)
    v = noise(*layer.forward(x).shape, seed=2)

    def total(x):
        return (v * layer.forward(x)).sum()

    expected = numerical_gradient(total, x)
    layer.forward(x)
    assert relative_error(layer.backward(v), expected) < 1e-6
    for parameter, g in zip(layer.parameters, layer.gradients, strict=True):
        assert relative_error(g, by_parameter(lambda: total(x), parameter)) < 1e-6


def by_parameter(loss, parameter):
    """Numerical gradient of loss() by an array that it reads."""
    kept = parameter.copy()

    def moved(value):
        parameter[...] = value
        return loss()

    gradient = numerical_gradient(moved, kept)
    parameter[...] = kept
    return gradient


def test_the_whole_network_against_finite_differences(digits):
    network = off_the_kinks(note_network((8, 8), 10, dtype=np.float64))
    x, y = digits[0][:4], digits[2][:4]
    gradients = network.loss_with_gradients(x, y)[1]
    for parameter, g in zip(network.parameters, gradients, strict=True):
        numeric = by_parameter(lambda: softmax_cross_entropy(y, network._logits(x)), parameter)
        assert relative_error(g, numeric) < 1e-6


def test_the_gradient_of_a_sample_is_the_mean_of_those_of_its_images(digits):
    """80 images make three slices, the last one half as large."""
    network = note_network((8, 8), 10, dtype=np.float64)
    x, y = digits[0][:80], digits[2][:80]
    loss, gradients = network.loss_with_gradients(x, y)
    single = [network.loss_with_gradients(x[i : i + 1], y[i : i + 1]) for i in range(80)]
    assert loss == pytest.approx(np.mean([one for one, _ in single]), rel=1e-12)
    for place, g in enumerate(gradients):
        assert relative_error(g, np.mean([each[place] for _, each in single], axis=0)) < 1e-12


def test_relu_and_max_pooling_may_change_places(digits):
    network = off_the_kinks(note_network((8, 8), 10))
    conv, pool, relu, *rest = network.layers
    as_in_the_note = Network([conv, relu, pool, *rest])
    loss, gradients = network.loss_with_gradients(digits[0], digits[2])
    same_loss, same_gradients = as_in_the_note.loss_with_gradients(digits[0], digits[2])
    assert loss == same_loss
    for g, same in zip(gradients, same_gradients, strict=True):
        assert_array_equal(g, same)


def test_float32_gradients_are_those_of_float64_rounded(digits):
    gradients = []
    for dtype in (np.float32, np.float64):
        network = note_network((8, 8), 10, seed=3, dtype=dtype)
        gradients.append(network.loss_with_gradients(digits[0][:80], digits[2][:80])[1])
    for single, double in zip(*gradients, strict=True):
        assert single.dtype == np.float32
        assert relative_error(single, double) < 1e-5  # sums of some hundred terms of 6e-8


# Adam, by hand: θ = 1, η = 0.1, β = (0.9, 0.99), gradients 2, −1, 0.
#   t = 1: m = 0.2, v = 0.04, m̂ = 2, v̂ = 4, step 0.1 · 2 / 2
#   t = 2: m = 0.08, v = 0.0496, m̂ = 0.08 / 0.19, v̂ = 0.0496 / 0.0199
#   t = 3: m = 0.072, v = 0.049104, m̂ = 0.072 / 0.271, v̂ = 0.049104 / 0.029701
ADAM = [
    (2.0, 0.1),
    (-1.0, 0.1 * (0.08 / 0.19) / (0.0496 / 0.0199) ** 0.5),
    (0.0, 0.1 * (0.072 / 0.271) / (0.049104 / 0.029701) ** 0.5),
]


def test_adam_against_a_table_by_hand():
    theta, optimiser = np.array([1.0]), Adam(0.1, beta2=0.99, epsilon=1e-300)
    for slope, step in ADAM:
        before = theta.copy()
        optimiser.step([theta], [np.array([slope])])
        assert_allclose(before - theta, step, rtol=1e-12)


def test_adam_adds_epsilon_after_the_root():
    theta = np.array([0.0])
    Adam(1.0, epsilon=3.0).step([theta], [np.array([1.0])])
    assert_allclose(theta, -1 / 4, rtol=1e-12)


# Training


@pytest.mark.parametrize("seed", range(5))
def test_the_first_loss_is_that_of_guessing(digits, seed):
    network = note_network((8, 8), 10, seed=seed)
    assert network.loss(digits[0], digits[2]) == pytest.approx(np.log(10), rel=0.25)


@pytest.mark.parametrize("seed", range(3))
def test_it_reads_96_of_100_digits_after_15_epochs(digits, seed):
    x, x_test, y, y_test = digits
    network = note_network((8, 8), 10, seed=seed)
    history = network.fit(x, y, epochs=15, optimiser=Adam(2e-3), seed=seed)
    assert (network.predict(x_test) == y_test).mean() > 0.96
    assert history[-1]["accuracy"] > 0.96
    assert history[-1]["loss"] < history[0]["loss"] / 5


def test_it_can_learn_20_images_by_heart(digits):
    x, y = digits[0][:20], digits[2][:20]
    network = note_network((8, 8), 10)
    network.fit(x, y, epochs=150, batch_size=20, optimiser=Adam(1e-2))
    assert network.loss(x, y) < 1e-2


class Softmax(Layer):
    """The layer that does not belong there."""

    def forward(self, x):
        self._p = softmax(x)
        return self._p

    def backward(self, g):
        return self._p * (g - (self._p * g).sum(axis=1, keepdims=True))


@pytest.mark.parametrize("seed", range(3))
def test_a_second_softmax_costs_accuracy_and_all_certainty(digits, seed):
    """It slows learning down: 0.13 to 0.30 of accuracy after one epoch, for eight seeds.

    Later epochs may catch up, but of scores in [0, 1] no probability exceeds e / (e + 9).
    """
    x, x_test, y, y_test = digits
    accuracy, loss = [], []
    for extra in ([], [Softmax()]):
        network = Network([*note_network((8, 8), 10, seed=seed).layers, *extra])
        network.fit(x, y, epochs=1, optimiser=Adam(2e-3), seed=seed)
        accuracy.append((network.predict(x_test) == y_test).mean())
        loss.append(network.loss(x_test, y_test))
    assert accuracy[0] - accuracy[1] > 0.05
    assert loss[0] < np.log(1 + 9 / np.e) <= loss[1]


def test_the_same_seeds_give_the_same_weights(digits):
    def trained(seed, order):
        network = note_network((8, 8), 10, seed=seed)
        network.fit(digits[0][:100], digits[2][:100], epochs=2, seed=order)
        return np.concatenate([p.ravel() for p in network.parameters])

    assert_array_equal(trained(1, 2), trained(1, 2))
    assert (trained(1, 2) != trained(3, 2)).any()
    assert (trained(1, 2) != trained(1, 3)).any()


def test_history_counts_every_image_once_and_progress_hears_every_epoch(digits):
    """With a learning rate of nearly nothing, an epoch's mean loss is the loss."""
    x, y = digits[0][:50], digits[2][:50]
    network = note_network((8, 8), 10)
    heard = []
    options = {"batch_size": 32, "optimiser": Adam(1e-12), "progress": heard.append}
    first = network.fit(x, y, epochs=2, **options)
    second = network.fit(x, y, epochs=1, **options)
    assert heard == network.history == first + second
    assert [record["epoch"] for record in heard] == [1, 2, 3]
    for record in heard:
        assert record["loss"] == pytest.approx(network.loss(x, y), rel=1e-5)  # float32
        assert record["accuracy"] == pytest.approx((network.predict(x) == y).mean())


def test_predictions_are_probabilities_and_their_largest(digits):
    network = note_network((8, 8), 10)
    p = network.predict_proba(digits[0][:600])  # several blocks
    assert_allclose(p.sum(axis=1), 1, rtol=1e-12)
    assert_array_equal(network.predict(digits[0][:600]), p.argmax(axis=1))
    assert_allclose(p[300:301], network.predict_proba(digits[0][300:301]), rtol=1e-5)  # float32


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_save_and_load(tmp_path, digits, dtype):
    network = off_the_kinks(note_network((8, 8), 10, dtype=dtype))
    network.save(tmp_path / "network")
    again = Network.load(tmp_path / "network")
    assert repr(again) == repr(network)
    assert again.dtype == dtype
    assert_array_equal(again.predict_proba(digits[1]), network.predict_proba(digits[1]))


# Bad input

X, Y = np.zeros((3, 8, 8)), [0, 1, 2]


def with_pixel(value):
    x = X.copy()
    x[1, 2, 3] = value
    return x


@pytest.mark.parametrize(
    ("images", "labels", "options", "error", "message"),
    [
        (np.zeros((3, 10, 10)), Y, {}, ValueError, r"takes shape .*288.*, got \(1, "),
        (np.zeros((3, 2, 8)), Y, {}, ValueError, "at least 3 × 3"),
        (np.zeros((3, 3, 8)), Y, {}, ValueError, "at least 2 × 2"),
        (np.zeros((3, 8, 8, 3)), Y, {}, ValueError, r"Conv2D\(1, 32, 3\) takes shape"),
        (np.zeros((3, 64)), Y, {}, ValueError, "images must have shape"),
        (np.zeros((0, 8, 8)), [], {}, ValueError, "images must not be empty"),
        (with_pixel(np.nan), Y, {}, ValueError, "images must not contain NaN.*1, 2, 3"),
        (with_pixel(-np.inf), Y, {}, ValueError, "images must be finite"),
        (X.astype(str), Y, {}, TypeError, "images must hold real numbers"),
        (X, [0, 1], {}, ValueError, r"labels must have shape \(3,\)"),
        (X, np.zeros((3, 1), int), {}, ValueError, r"labels must have shape .*\.ravel\(\)"),
        (X, [0, 1, 10], {}, ValueError, r"labels must lie in 0\.\.9"),
        (X, [0, -1, 2], {}, ValueError, r"labels must lie in 0\.\.9"),
        (X, [0.0, 1.0, 2.0], {}, TypeError, r"integer class indices.*astype\(int\)"),
        (X, Y, {"epochs": 0}, ValueError, "epochs must be a whole number"),
        (X, Y, {"batch_size": 0}, ValueError, "batch_size must be a whole number"),
        (X, Y, {"batch_size": 2.5}, ValueError, "batch_size must be a whole number"),
    ],
)
def test_bad_input_to_fit(images, labels, options, error, message):
    network = note_network((8, 8), 10)
    before = [p.copy() for p in network.parameters]
    with pytest.raises(error, match=message):
        network.fit(images, labels, **options)
    for parameter, kept in zip(network.parameters, before, strict=True):
        assert_array_equal(parameter, kept)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Conv2D(0, 1), "channels must be a whole number"),
        (lambda: Conv2D(1, 1, True), "size must be a whole number"),
        (lambda: Dense(3, 0), "outputs must be a whole number"),
        (lambda: MaxPool2D(1.5), "size must be a whole number"),
        (lambda: Dense(3, 3, dtype=int), "dtype must be float32 or float64"),
        (lambda: Network([]), "layers must have parameters"),
        (lambda: Network([Dense(1, 1), Dense(1, 1, dtype=float)]), "float32, float64"),
        (lambda: note_network((3, 8), 10), "at least 4 × 4"),
        (lambda: Adam(0), "learning_rate"),
        (lambda: Adam(beta1=1), "beta1"),
        (lambda: Conv2D(1, 1).forward(np.zeros((0, 8, 8, 1))), "takes shape"),  # an empty batch
        (lambda: Dense(2, 1).forward(np.zeros((0, 2))), "takes shape"),
        (lambda: note_network((8, 8), 10).predict(with_pixel(np.nan)), "NaN"),
    ],
)
def test_other_bad_input(make, message):
    with pytest.raises(ValueError, match=message):
        make()


IMAGES = noise(2, 4, 4, 1, seed=5)
KINDS = [
    (lambda: Conv2D(1, 2, 2, dtype=np.float64), IMAGES),
    (ReLU, IMAGES),
    (lambda: MaxPool2D(2), IMAGES),
    (Flatten, IMAGES),
    (lambda: Dense(4, 3, dtype=np.float64), IMAGES[:, :, 0, 0]),
    (Layer, IMAGES),
]
each_kind = pytest.mark.parametrize(("make", "x"), KINDS, ids=[repr(make()) for make, _ in KINDS])


@each_kind
@pytest.mark.parametrize(
    ("spoil", "error", "message"),
    [
        (lambda g: g[:1], ValueError, "takes the gradient by its output, shape"),
        (lambda g: g[..., :1, :1][:1], ValueError, "takes the gradient by its output, shape"),
        (lambda g: np.zeros(1), ValueError, r"takes the gradient .* got \(1,\)"),
        (lambda g: g[np.newaxis], ValueError, "takes the gradient by its output, shape"),
        (lambda g: g[..., np.newaxis], ValueError, "takes the gradient by its output, shape"),
        (lambda g: 1.0, ValueError, r"takes the gradient .* got \(\)"),
        (lambda g: None, TypeError, "g of .* must be an array, got None"),
        (lambda g: g.astype(str), TypeError, "g of .* must hold real numbers"),
        (lambda g: 1j * g, TypeError, "g of .* must hold real numbers"),
        (lambda g: np.ma.array(g), TypeError, "g of .* is a masked array"),
    ],
)
def test_gradients_that_do_not_fit_are_refused_and_the_right_one_still_fits(
    make, x, spoil, error, message
):
    layer = make()
    g = np.ones_like(layer.forward(x))
    for way in (layer.backward, layer.backward_parameters):
        with pytest.raises(error, match=message) as caught:
            way(spoil(g))
        assert repr(layer) in str(caught.value)
    assert layer.backward(g).shape == x.shape


@each_kind
def test_each_forward_serves_one_backward(make, x):
    layer = make()
    g = np.ones_like(make().forward(x))
    for way in (layer.backward, layer.backward_parameters):
        with pytest.raises(RuntimeError, match=r"backward needs a forward before it"):
            way(g)
    for way in (layer.backward, layer.backward_parameters):
        layer.forward(x)
        way(g)
        with pytest.raises(RuntimeError, match=r"a second backward, .* needs a second forward"):
            layer.backward(g)


@each_kind
@pytest.mark.parametrize(
    ("spoil", "error", "message"),
    [
        (lambda x: x[:0], ValueError, "takes shape"),
        (lambda x: x.astype(str), TypeError, "x of .* must hold real numbers"),
        (lambda x: x + 0j, TypeError, "x of .* must hold real numbers"),
        (lambda x: np.ma.array(x), TypeError, "x of .* is a masked array"),
        (lambda x: None, TypeError, "x of .* must be an array, got None"),
        (lambda x: [[1], [1, 2]], ValueError, "x of .* must be a rectangular array"),
    ],
)
def test_bad_input_to_a_layer(make, x, spoil, error, message):
    layer = make()
    with pytest.raises(error, match=message) as caught:
        layer.forward(spoil(x))
    assert repr(layer) in str(caught.value)


@each_kind
def test_layers_take_lists_and_numbers_of_any_kind(make, x):
    whole = np.abs(4 * x).astype(np.uint8)
    expected = make().forward(whole.astype(float))
    for given in (whole, whole.tolist(), whole.astype(object), whole.astype(">i4"), whole[::1]):
        layer = make()
        z = layer.forward(given)
        assert z.dtype == np.float64
        assert_array_equal(z, expected)
        g = np.full(z.shape, 0.5)  # not cut down to whole numbers on the way back
        right = make()
        right.forward(whole.astype(float))
        assert_array_equal(layer.backward(g.tolist()), right.backward(g))


@pytest.mark.parametrize("layer", [ReLU(), MaxPool2D(2), Flatten(), Layer()], ids=str)
def test_layers_without_parameters_keep_the_precision_of_a_gradient(layer):
    z = layer.forward(IMAGES.astype(np.float32))
    back = layer.backward(np.full(z.shape, 0.1))
    assert z.dtype == np.float32
    assert set(back.ravel()) <= {0.0, 0.1}  # and not the 0.1 of float32


@pytest.mark.parametrize("layer", [Conv2D(1, 2, 2), Dense(4, 3)], ids=str)
def test_layers_with_parameters_compute_in_their_dtype(layer):
    x = IMAGES if isinstance(layer, Conv2D) else IMAGES[:, :, 0, 0]
    z = layer.forward(x)
    assert z.dtype == layer.backward(np.ones(z.shape)).dtype == np.float32
    assert {g.dtype for g in layer.gradients} == {np.dtype(np.float32)}
    with pytest.raises(ValueError, match=r"x of .* must fit float32, got 1e\+300"):
        layer.forward(np.full_like(x, 1e300))
    for value in (np.nan, np.inf):  # as through NumPy, without its warning
        assert not np.isfinite(layer.forward(np.full_like(x, value))).any()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Conv2D(3, 1).forward(IMAGES), ValueError, r"\(≥1, ≥1, ≥1, 3\), got \(2, 4, 4, 1"),
        (lambda: Conv2D(1, 1).forward(IMAGES[..., 0]), ValueError, r"x\[..., np.newaxis\] would"),
        (lambda: MaxPool2D(2).forward(IMAGES[0]), ValueError, "takes shape"),
        (lambda: MaxPool2D(5).forward(IMAGES), ValueError, "at least 5 × 5"),
        (lambda: Flatten().forward(1.0), ValueError, "takes shape"),
        (lambda: Dense(4, 3).forward(np.ones(4)), ValueError, r"\(≥1, 4\), got \(4,\)"),
        (lambda: Dense(4, 3, dtype=None), ValueError, "dtype must be float32 or float64"),
        (lambda: Dense(4, 3, dtype="number"), ValueError, "dtype must be float32 or float64"),
        (lambda: Network([ReLU]), TypeError, r"layers\[0\] must be a Layer.*ReLU\(\) makes one"),
        (lambda: Network(Dense(1, 1)), TypeError, "layers must be a list of layers"),
        (lambda: Network([[Dense(1, 1)]]), TypeError, r"layers\[0\] must be a Layer"),
        (lambda: Network([Network([Dense(1, 1)])]), TypeError, r"\*network.layers"),
        (lambda: note_network(8, 10), ValueError, "image_shape must be"),
        (lambda: note_network((8, 8, 1, 1), 10), ValueError, "image_shape must be"),
        (lambda: note_network((8.5, 8), 10), ValueError, "height must be a whole number"),
        (lambda: numerical_gradient(lambda x: x, [1, 2]), ValueError, r"f\(x\) must be one number"),
        (lambda: numerical_gradient(lambda x: "1", [1]), TypeError, r"f\(x\) must hold real"),
        (lambda: numerical_gradient(print, [1]), TypeError, r"f\(x\) must be .* got None"),
        (lambda: numerical_gradient(3, [1]), TypeError, "f must be a function"),
        (lambda: note_network((8, 8), 10).backward([[1]]), RuntimeError, r"needs a forward\(x\)"),
    ],
)
def test_more_bad_input(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_the_network_checks_both_ends():
    network = note_network((8, 8), 3)
    for x, message in [
        (np.full((2, 8, 8, 1), np.nan), "x must not contain NaN"),
        (np.full((2, 8, 8, 1), np.inf), "x must be finite"),
        (np.full((2, 8, 8, 1), 1e300), "x must fit float32"),
        (np.zeros((0, 8, 8, 1)), "x must not be empty"),
        (np.zeros((2, 8, 8)), "takes shape .*np.newaxis"),
    ]:
        network.forward(X[..., None])
        with pytest.raises(ValueError, match=message):
            network.forward(x)
        with pytest.raises(RuntimeError, match=r"needs a forward\(x\)"):  # not the one before
            network.backward(np.ones((3, 3)))
    network.forward(X[..., None])
    with pytest.raises(ValueError, match=r"Dense\(288, 3\)\.backward takes .*, got \(2, 3\)"):
        network.backward(np.ones((2, 3)))
    network.backward(np.ones((3, 3)))
    with pytest.raises(RuntimeError, match="each forward allows one backward"):
        network.backward(np.ones((3, 3)))
    with pytest.raises(ValueError, match=r"\(2, 3, 3, 1\): put Flatten\(\) and a Dense after it"):
        Network([Conv2D(1, 1, 2)]).predict(np.zeros((2, 4, 4)))
    network.layers[-1].bias[0] = np.nan
    with pytest.raises(ValueError, match="logits are no longer finite"):
        network.predict(X)


class Careless(Layer):
    """Its gradient has one number for a parameter of three."""

    def __init__(self):
        self.parameters = (np.ones(3),)

    def forward(self, x):
        return x * self.parameters[0]

    def backward(self, g):
        self.gradients = (np.ones(1),)
        return g


def test_gradients_of_own_layers_are_not_broadcast():
    network = Network([Careless()])
    network.forward(np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"Careless\(\).backward .* \[\(3,\)\], got \[\(1,\)\]"):
        network.backward(np.ones((2, 3)))


def frozen(array):
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    ("parameters", "gradients", "error", "message"),
    [
        (np.zeros(3), np.ones(3), TypeError, r"for a single one: step\(\[theta\], \[g\]\)"),
        (1.0, 1.0, TypeError, "parameters must be a list of arrays"),
        ([np.zeros(3)], None, TypeError, "gradients must be a list of arrays"),
        ([[0.0, 0.0]], [[1, 1]], TypeError, r"parameters\[0\] must be an array of floats"),
        ([np.zeros(3, int)], [np.ones(3)], TypeError, r"parameters\[0\] must .* dtype int"),
        ([frozen(np.zeros(3))], [np.ones(3)], ValueError, r"parameters\[0\] is read-only"),
        ([np.zeros(3)], [], ValueError, "as many gradients, got 0: call backward first"),
        ([np.zeros(3)], [np.ones(3)] * 2, ValueError, "as many gradients, got 2"),
        ([np.zeros(3)], [np.ones(1)], ValueError, r"gradients\[0\] must have .*\(3,\), got \(1,\)"),
        ([np.zeros(3)], [np.ones((1, 3))], ValueError, r"gradients\[0\] must have .*shape"),
        ([np.zeros(3)], [1.0], ValueError, r"gradients\[0\] must have .*shape"),
        ([np.zeros(1)] * 2, [[1.0], ["a"]], TypeError, r"gradients\[1\] must hold real numbers"),
        ([np.zeros(2)], [[1.0, np.nan]], ValueError, r"gradients\[0\] and its square .* got nan"),
        (
            [np.zeros(1)],
            [[1e200]],
            ValueError,
            r"its square must be finite in float64, got 1e\+200",
        ),
        ([np.zeros(1, np.float32)], [[1e200]], ValueError, r"gradients\[0\] must fit float32"),
    ],
)
def test_bad_input_to_adam_changes_nothing(parameters, gradients, error, message):
    optimiser = Adam()
    with pytest.raises(error, match=message):
        optimiser.step(parameters, gradients)
    theta = np.array([1.0, -1.0])
    optimiser.step([theta], [[5.0, -0.01]])
    assert_allclose(theta, [0.999, -0.999], rtol=1e-8)  # the first step: η = 0.001; ε / 0.01 = 1e-6


def test_adam_takes_a_large_gradient_whose_sum_of_squares_is_infinite():
    theta = np.zeros(9, np.float32)
    Adam(1.0).step([theta], [np.full(9, 1e19, np.float32)])
    assert_allclose(theta, -1, rtol=1e-5)  # float32


def test_an_optimiser_serves_one_network():
    first, second, optimiser = note_network((8, 8), 3), note_network((8, 8), 3), Adam()
    first.fit(X, Y, epochs=1, optimiser=optimiser)
    first.fit(X, Y, epochs=1, optimiser=optimiser)
    before = [p.copy() for p in second.parameters]
    with pytest.raises(ValueError, match=r"other arrays: each network needs its own Adam\(\)"):
        second.fit(X, Y, epochs=1, optimiser=optimiser)
    for other in (note_network((12, 8), 3), note_network((8, 8), 3, dtype=float)):
        with pytest.raises(ValueError, match=r"keeps means of .* and got parameters of"):
            optimiser.step(other.parameters, [0 * p for p in other.parameters])
    for p, kept in zip(second.parameters, before, strict=True):
        assert_array_equal(p, kept)
    second.fit(X, Y, epochs=1, optimiser=copy.copy(optimiser))
    first.fit(X, Y, epochs=1, optimiser=optimiser)


def test_an_optimiser_knows_a_view_of_the_same_numbers():
    theta, optimiser = np.zeros((2, 2)), Adam(0.5)
    optimiser.step([theta], [np.ones((2, 2))])
    optimiser.step([theta[:]], [np.ones((2, 2))])
    with pytest.raises(ValueError, match="means of other arrays"):
        optimiser.step([theta.T], [np.ones((2, 2))])
    assert_allclose(theta, -1, rtol=1e-7)  # two steps of η; ε is 1e-8


@pytest.mark.parametrize("optimiser", [Adam, "adam", 0, object()])
def test_what_is_no_optimiser(optimiser):
    with pytest.raises(TypeError, match=r"optimiser must be an object like Adam\(\), got"):
        note_network((8, 8), 3).fit(X, Y, optimiser=optimiser)


def test_labels_of_any_integer_type_are_the_same_classes():
    """Tables give object columns of int, masks give bool: the class numbers are the same."""
    loss = note_network((8, 8), 3).loss(X, [0, 1, 1])
    for labels in (
        np.array([0, 1, 1], dtype=object),
        np.array([0, 1, 1], dtype=np.uint8),
        [False, True, True],
        [np.int64(0), 1, True],
    ):
        assert note_network((8, 8), 3).loss(X, labels) == loss


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        (np.ma.array(Y), TypeError, "masked"),
        ([[0], [1, 2], [0]], ValueError, "labels must be a rectangular array"),
        (["0", "1", "2"], TypeError, r"integer .* got dtype <U1; .*astype\(int\)"),
        (["a", "b", "a"], TypeError, r"integer .* got dtype <U1; np\.unique\(labels"),
        (np.array([[0], [1], [0]], object), ValueError, r"shape .*\.ravel\(\)"),
        (np.array([0, None, 1]), ValueError, "labels must not contain NaN, found None"),
        (None, TypeError, "labels must be an array or a list of labels, got None"),
    ],
)
def test_more_labels_that_are_none(labels, error, message):
    with pytest.raises(error, match=message):
        note_network((8, 8), 3).fit(X, labels)
    with pytest.raises(TypeError, match="progress must be a function"):
        note_network((8, 8), 3).fit(X, Y, progress=3)


def test_a_training_that_explodes_says_so(digits):
    network = note_network((8, 8), 10)
    with pytest.raises(ValueError, match="smaller learning rate"):
        network.fit(digits[0], digits[2], optimiser=Adam(1e30))


@pytest.mark.parametrize("dtype", [np.uint8, int, np.float32, object])
def test_any_kind_of_number_will_do_and_nothing_is_changed(dtype):
    images = np.random.default_rng(0).integers(256, size=(3, 8, 8)).astype(dtype)
    images.flags.writeable = False
    kept = images.copy()
    network = note_network((8, 8), 10)
    assert_array_equal(network.predict_proba(images), network.predict_proba(images.tolist()))
    network.fit(images, np.array(Y, np.uint8), epochs=1)
    assert_array_equal(images, kept)


@pytest.mark.parametrize(("seed", "error"), [(-1, ValueError), ("a", TypeError), (1.5, TypeError)])
def test_what_is_no_seed(seed, error):
    with pytest.raises(error, match="seed must be a whole number"):
        Dense(1, 1, seed=seed)
    with pytest.raises(error, match="seed must be a whole number"):
        note_network((8, 8), 3).fit(X, Y, seed=seed)
