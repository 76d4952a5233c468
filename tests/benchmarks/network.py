"""An epoch of the note's network beside PyTorch: `python -m tests.benchmarks.network`.

PyTorch serves this contest only and is no dependency of the course. Before the clock starts, both
get the same weights and must give the same loss and gradients. The exit code is 1 if a median is
over its limit, and 0, with a message, where PyTorch is missing.
"""

import sys

from tests.benchmarks import race  # isort: skip  (first: it limits the threads of what is imported below)

import numpy as np
from sklearn.datasets import load_digits

from lossbook.network import Adam, note_network
from tests.benchmarks.run import HEADER, row

try:
    import torch
    from torch.nn import functional
except ImportError:
    torch = None


class Theirs:
    """The same network in PyTorch, with the weights of ours."""

    def __init__(self, network, side):
        self.side = (side - 2) // 2
        conv, dense = network.layers[0], network.layers[-1]
        self.layers = torch.nn.Sequential(
            torch.nn.Conv2d(1, 32, 3),
            torch.nn.ReLU(),
            torch.nn.MaxPool2d(2),
            torch.nn.Flatten(),
            torch.nn.Linear(32 * self.side**2, 10),
        )
        ours = (
            conv.weights.transpose(3, 2, 0, 1),
            conv.bias,
            self.channels_first(dense.weights),
            dense.bias,
        )
        with torch.no_grad():
            for parameter, our in zip(self.layers.parameters(), ours, strict=True):
                parameter.copy_(torch.tensor(np.ascontiguousarray(our)))
        self.optimiser = torch.optim.Adam(self.layers.parameters(), lr=2e-3)

    def channels_first(self, weights):
        """Dense weights in the order in which PyTorch flattens: channels before pixels."""
        shape = (self.side, self.side, 32, 10)
        return weights.reshape(shape).transpose(3, 2, 0, 1).reshape(10, -1)

    def loss(self, images, labels):
        self.optimiser.zero_grad()
        loss = functional.cross_entropy(self.layers(images), labels)
        loss.backward()
        return loss.item()  # fit adds the losses up as well

    def epoch(self, images, labels, batch_size):
        order = torch.randperm(len(images))
        for start in range(0, len(images), batch_size):
            batch = order[start : start + batch_size]
            self.loss(images[batch], labels[batch])
            self.optimiser.step()


def agree(network, theirs, images, labels):
    """Loss and all gradients of one batch, to the precision of float32 sums."""
    our_loss, (conv, weights, bias) = network.loss_with_gradients(images, labels)
    their_loss = theirs.loss(torch.tensor(images[:, np.newaxis]), torch.tensor(labels))
    ours = [conv[:-1].T.reshape(32, 1, 3, 3), conv[-1], theirs.channels_first(weights), bias]
    np.testing.assert_allclose(our_loss, their_loss, rtol=1e-5)
    for our, their in zip(ours, theirs.layers.parameters(), strict=True):
        np.testing.assert_allclose(our, their.grad.numpy(), atol=1e-5)


def contest(name, images, labels, batch_size, limit):
    images = images.astype(np.float32)
    side = images.shape[1]
    network = note_network((side, side), 10)
    theirs = Theirs(network, side)
    agree(network, theirs, images[:64], labels[:64])
    optimiser = Adam(2e-3)
    x, y = torch.tensor(images[:, np.newaxis]), torch.tensor(labels)
    result = race.race(
        lambda: network.fit(images, labels, epochs=1, batch_size=batch_size, optimiser=optimiser),
        lambda: theirs.epoch(x, y, batch_size),
        seconds=20,
    )
    return row(f"epoch, {name}, batches of {batch_size}", result, limit)


def main():
    if torch is None:
        print("PyTorch is missing, so there is no contest: pip install torch==2.13.0")
        return 0
    torch.set_num_threads(1)
    torch.manual_seed(0)
    digits = load_digits()
    rng = np.random.default_rng(0)
    large = rng.random((2000, 28, 28))
    large *= large > 0.7  # mostly background, as in handwriting
    print(f"NumPy {np.__version__}, PyTorch {torch.__version__}, float32, one thread.\n")
    print("\n".join(HEADER), flush=True)
    contests = [
        ("1797 digits of 8 × 8", digits.images / 16, digits.target, 32, 0.3),
        ("2000 images of 28 × 28", large, rng.integers(10, size=2000), 128, 0.5),
    ]
    all_kept = True
    for arguments in contests:
        line, kept = contest(*arguments)
        print(line, flush=True)
        all_kept &= kept
    return 0 if all_kept else 1


if __name__ == "__main__":
    sys.exit(main())
