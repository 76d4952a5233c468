"""The note's network for handwritten digits (chapter 7).

`layers` holds the layers, each with its way forward and its way back; `training` puts them one
after the other, compares the end with the labels, and lets Adam change the weights; `data` fetches
MNIST, for readers who want the note's own images.

There is no softmax layer: the loss takes logits, and a second softmax would flatten them.
"""

from lossbook.network.data import mnist
from lossbook.network.layers import (
    Conv2D,
    Dense,
    Flatten,
    Layer,
    MaxPool2D,
    ReLU,
    numerical_gradient,
)
from lossbook.network.training import Adam, Network, note_network

__all__ = [
    "Adam",
    "Conv2D",
    "Dense",
    "Flatten",
    "Layer",
    "MaxPool2D",
    "Network",
    "ReLU",
    "mnist",
    "note_network",
    "numerical_gradient",
]
