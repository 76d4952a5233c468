"""The note's network for handwritten digits (chapter 7).

- `_layers`: the layers, each with its forward and backward pass
- `_training`: a sequence of layers, the loss, and Adam
- `_files`: saving and loading a network
- `_data`: the MNIST images of the note

There is no softmax layer: the loss takes logits, and a second softmax would flatten them.
"""

from lossbook.network._data import mnist
from lossbook.network._layers import (
    Conv2D,
    Dense,
    Flatten,
    Layer,
    MaxPool2D,
    ReLU,
    numerical_gradient,
)
from lossbook.network._training import Adam, Network, note_network

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
