"""The log loss of a tree: what the entropies of two leaves come to.

It teaches that where the forecast is the share, cross-entropy is entropy (8.7). Expected are one
leaf, the root, the gain, the sum, bits, the Gini value, the error rate, 0, and too few digits.
"""

import numpy as np

from lossbook import information
from lossbook.checking import Prediction

_LEAF, _ROOT = information.entropy([3, 1]), information.entropy([3, 5])

EXERCISE = Prediction(
    "tree_loss",
    "The log loss of a tree",
    1,
    _LEAF / 2,
    [
        (
            _LEAF,
            "This is the entropy of the first leaf. Half of the tumours are in the other one: "
            "take the mean over all eight.",
        ),
        (
            _LEAF / 2 / np.log(2),
            "Right, but in bits, as scikit-learn's tree would say it. A log "
            "loss is in nats: multiply by ln 2.",
        ),
        (
            _LEAF / np.log(2),
            "This is the entropy of the first leaf, and in bits. Take the mean over both leaves, "
            "and nats: multiply by ln 2.",
        ),
        (_LEAF * 4, "This is the sum over the eight tumours; the log loss is the mean."),
        (
            _ROOT,
            "This is what one belief for all eight leaves over, before the tree asked its "
            "question.",
        ),
        (
            _ROOT - _LEAF / 2,
            "This is the gain of the question. Asked for is what is left after it.",
        ),
        (
            3 / 16,
            "This is the mean Gini value of the leaves, what the Brier score leaves over. "
            "The log loss leaves entropy.",
        ),
        (
            1 / 8,
            "This is the error rate: one tumour of eight. The log loss also charges for the "
            "three that are right with 75 %.",
        ),
        (
            0.0,
            "The second leaf pays nothing. In the first one every tumour pays something, for "
            "the tree is not certain there.",
        ),
        (0.28, "Nearly, or just rounded: three digits are asked for."),
    ],
    explanation="In a leaf the tree believes the shares that it sees, q = p, so by (8.7) its "
    "cross-entropy is the entropy of the leaf: ½ · 0.5623 + ½ · 0 = 0.2812 nats.",
    rtol=1e-3,
    variable="tree_says",
)
