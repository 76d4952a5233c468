"""Sentences about Keras, on the backend that KERAS_BACKEND names: tensorflow, jax or torch."""

import sys
import warnings

import keras
import numpy as np
from keras import layers

from tests.claims import check
from tests.claims.names import CLASS, DELTA, SCORES, F, P, Q, Y, same_as_ours

NOTICES = keras.backend.backend() == "tensorflow"  # it finds the scores in front of a softmax
CUT = -np.log(1e-7)  # 16.118


def note_network(side, hidden):
    """The network of the note, here without its second pair of layers."""
    return keras.Sequential(
        [
            keras.Input((side, side, 1)),
            layers.Conv2D(hidden, (3, 3), activation="relu"),
            layers.MaxPooling2D((2, 2)),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )


def step(network, weights, x, y, loss):
    """One step from `weights`: the loss before it, how far a weight moved, and the warnings."""
    network.set_weights(weights)
    network.compile(optimizer=keras.optimizers.SGD(1.0), loss=loss)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        history = network.fit(x, y, verbose=0)
    moved = max(np.abs(a - b).max() for a, b in zip(network.get_weights(), weights, strict=True))
    return history.history["loss"][0], moved, [str(warning.message) for warning in caught]


def gap_of_100(*after, loss):
    """One step of a layer with two scores, 0 and 100, where the first class is true."""
    network = keras.Sequential([keras.Input((1,)), layers.Dense(2, activation="softmax"), *after])
    scores = [np.array([[0.0, 100.0]], "float32"), np.zeros(2, "float32")]
    return step(network, scores, np.ones((1, 1)), np.array([[1.0, 0.0]]), loss)


def the_network_of_the_note():
    """A network that ends in a softmax: with TensorFlow the loss is computed from the scores;
    with JAX or PyTorch it stops at 16.118, and hopeless images do not pull (0.6, 7.13)."""
    network = note_network(8, 32)
    weights = network.get_weights()
    weights[-1] = np.array([60.0] + [0] * 9, "float32")  # sure of a 0, whatever it sees
    images = np.random.default_rng(0).random((4, 8, 8, 1))
    loss, moved, _ = step(
        network, weights, images, np.eye(10)[[1, 2, 3, 4]], "categorical_crossentropy"
    )
    if NOTICES:
        assert loss > 50
        assert moved > 0.1
    else:
        np.testing.assert_allclose(loss, CUT, rtol=1e-4)
        assert moved == 0


def a_layer_between():
    """With a layer between the softmax and the loss the clip is there on every backend (7.13)."""
    loss, moved, _ = gap_of_100(layers.Rescaling(1.0), loss="categorical_crossentropy")
    np.testing.assert_allclose(loss, CUT, rtol=1e-4)
    assert moved == 0


def handed_probabilities():
    """Keras clips probabilities that it is handed at 1e-7: 16.12 (chapter 4, trap 1)."""
    loss = float(keras.losses.CategoricalCrossentropy()(np.eye(2)[:1], np.eye(2)[1:]))
    np.testing.assert_allclose(loss, CUT, rtol=1e-4)


def softmax_twice():
    """A softmax in the model and one in the loss: Keras with TensorFlow warns and computes from
    the scores; with JAX or PyTorch it says nothing, and the loss is 1.313 (4.11, 7.13)."""
    loss, moved, said = gap_of_100(loss=keras.losses.CategoricalCrossentropy(from_logits=True))
    if NOTICES:
        assert abs(loss - 100) < 1e-3
        assert moved > 0.9
        assert any("from_logits=True" in message for message in said)
    else:
        np.testing.assert_allclose(loss, np.log(1 + np.e), rtol=1e-5)
        assert moved < 1e-6
        assert not [message for message in said if "logits" in message]


def a_gap_of_40():
    """The cross-entropy of the scores 0 and 40, class 2, is 0 (README)."""
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    scores = keras.ops.convert_to_tensor([[0.0, 40.0]], "float32")
    assert float(loss(np.array([[0.0, 1.0]]), scores)) == 0


def names_of_losses():
    """The table of losses in chapter 9 names those of Keras that give our numbers."""
    true, given = np.array([[Y]]), np.array([[F]])
    minus_one = np.array([[-1.0]])
    same_as_ours(
        keras,
        "keras",
        {
            "squared error": lambda loss: loss()(true, given),
            "absolute error": lambda loss: loss()(true, given),
            "Huber loss": lambda loss: loss(delta=DELTA)(true, given),
            "softmax cross-entropy": lambda loss: loss(from_logits=True)(
                np.eye(3)[[CLASS]], np.array([SCORES])
            ),
            "log loss of probabilities": lambda loss: loss()(np.array([0, 1]), np.array([Q, P])),
            "hinge": lambda loss: loss()(minus_one, given),
            "squared hinge": lambda loss: loss()(minus_one, given),
            "KL divergence": lambda loss: loss()(np.array([P]), np.array([Q])),
        },
    )


def conventions():
    """Keras: (image, row, column, channel), and the note's network has 54,410 parameters
    (7.1, 7.14)."""
    assert keras.backend.image_data_format() == "channels_last"
    assert note_network(28, 32).count_params() == 54_410


if __name__ == "__main__":
    check(
        [
            the_network_of_the_note,
            a_layer_between,
            handed_probabilities,
            softmax_twice,
            a_gap_of_40,
            names_of_losses,
            conventions,
        ],
        keras,
        sys.modules[keras.backend.backend()],
    )
