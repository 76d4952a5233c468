"""Sentences about PyTorch, TensorFlow, JAX and Optax."""

import inspect
import warnings

import jax
import numpy as np
import optax
import tensorflow as tf
import torch
from scipy import special

from lossbook import network, regression, softmax
from tests.claims import check
from tests.claims.names import CLASS, DELTA, SCORES, P, Q, Y, same_as_ours
from tests.claims.names import F as SCORE

jax.config.update("jax_enable_x64", True)
F = torch.nn.functional
GAP = [[0.0, 40.0]]  # the scores of one sample; class 1 is true


def softmax_twice():
    """A softmax before the loss of PyTorch or Optax: no warning, and no pull (4.11, 7.13)."""
    scores = torch.tensor([[0.0, 100.0]], requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loss = torch.nn.CrossEntropyLoss()(torch.softmax(scores, dim=1), torch.tensor([0]))
        loss.backward()
        of_optax = optax.softmax_cross_entropy_with_integer_labels(
            jax.nn.softmax(np.array([[0.0, 100.0]])), np.array([0])
        )
    np.testing.assert_allclose([loss.item(), of_optax[0]], np.log(1 + np.e), rtol=1e-6)
    assert scores.grad.abs().max() < 1e-40


def zero_at_a_gap_of_40():
    """The softmax cross-entropy of PyTorch, TensorFlow and Optax is 0 at the scores 0 and 40, and
    so is the log_softmax of JAX and SciPy; lossbook says 4.2e-18 (README)."""
    given = np.array(GAP)
    answers = [
        F.cross_entropy(torch.tensor(given), torch.tensor([1])).item(),
        tf.nn.sparse_softmax_cross_entropy_with_logits([1], given)[0].numpy(),
        optax.softmax_cross_entropy(given, np.array([[0.0, 1.0]]))[0],
        optax.softmax_cross_entropy_with_integer_labels(given, np.array([1]))[0],
        jax.nn.log_softmax(given)[0, 1],
        special.log_softmax(given[0])[1],
    ]
    assert [float(answer) for answer in answers] == [0] * 6
    np.testing.assert_allclose(softmax.softmax_cross_entropy([1], GAP), np.exp(-40), rtol=1e-12)


def huber():
    """`regression.huber` is `torch.nn.HuberLoss`, ½ r² with δ in the unit of y; Optax, too."""
    for delta in (1.0, 2.0):
        ours = regression.huber([0.0], [3.0], delta=delta)[0]
        theirs = torch.nn.HuberLoss(delta=delta)(torch.tensor([3.0]), torch.tensor([0.0]))
        assert theirs.item() == ours
        assert float(optax.huber_loss(np.array([3.0]), np.zeros(1), delta=delta)[0]) == ours


def names_of_losses():
    """The table of losses in chapter 9 names those of PyTorch and Optax that give our numbers."""
    y, f = torch.tensor([Y]), torch.tensor([SCORE])
    minus_one = torch.tensor([-1.0])
    same_as_ours(
        torch,
        "torch",
        {
            "squared error": lambda loss: loss()(f, y),
            "absolute error": lambda loss: loss()(f, y),
            "Huber loss": lambda loss: loss(delta=DELTA)(f, y),
            "softmax cross-entropy": lambda loss: loss()(
                torch.tensor([SCORES]), torch.tensor([CLASS])
            ),
            "logistic loss": lambda loss: loss()(f, minus_one),
            "KL divergence": lambda loss: loss(reduction="sum")(
                torch.tensor(Q).log(), torch.tensor(P)
            ),
        },
    )
    given, true = np.array([SCORE]), np.array([Y])
    same_as_ours(
        optax,
        "optax",
        {
            "squared error": lambda loss: loss(given, true)[0],
            "Huber loss": lambda loss: loss(given, true, delta=DELTA)[0],
            "softmax cross-entropy": lambda loss: loss(np.array(SCORES), np.eye(3)[CLASS]),
            "logistic loss": lambda loss: loss(given, np.array([0.0]))[0],
            "hinge": lambda loss: loss(given, np.array([-1.0]))[0],
            "KL divergence": lambda loss: loss(np.log(Q), np.array(P)),
        },
    )


def order_of_arguments():
    """PyTorch takes (input, target) (9.2)."""
    for loss in (F.mse_loss, F.cross_entropy, F.huber_loss):
        assert [*inspect.signature(loss).parameters][:2] == ["input", "target"]


def convolution():
    """PyTorch puts the channel second and does not flip the filter (7.1)."""
    rng = np.random.default_rng(0)
    layer = network.Conv2D(2, 4, 3, dtype=np.float64)
    images = rng.normal(size=(5, 8, 8, 2))  # image, row, column, channel
    theirs = F.conv2d(
        torch.tensor(images.transpose(0, 3, 1, 2)),
        torch.tensor(layer.weights.transpose(3, 2, 0, 1)),
        torch.tensor(layer.bias),
    )
    ours = layer.forward(images)
    np.testing.assert_allclose(theirs.numpy().transpose(0, 2, 3, 1), ours, atol=1e-12)


def adam():
    """`network.Adam` takes the steps of torch.optim.Adam (7.7)."""
    rng = np.random.default_rng(0)
    ours = rng.normal(size=7)
    theirs = torch.tensor(ours.copy(), requires_grad=True)
    our_adam, their_adam = network.Adam(0.01), torch.optim.Adam([theirs], lr=0.01)
    for _ in range(20):
        slopes = rng.normal(size=7)
        our_adam.step([ours], [slopes])
        theirs.grad = torch.tensor(slopes)
        their_adam.step()
    np.testing.assert_allclose(theirs.detach().numpy(), ours, rtol=1e-12)


if __name__ == "__main__":
    check(
        [
            softmax_twice,
            zero_at_a_gap_of_40,
            huber,
            names_of_losses,
            order_of_arguments,
            convolution,
            adam,
        ],
        torch,
        tf,
        jax,
        optax,
    )
